"""What a child makes of a Word file or a PDF: answers on a form, or the lines of an open text.

Knows which reader a kind needs and when a text is an assessment. Must not know trees or the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import forms
from ...domain.document.form import Form
from ...domain.errors import PiaError, Problem
from ...domain.revise.unread import NOTHING
from ..ooxml import carried
from ..workbook_in import stamps
from ..workbook_in.labels import script
from . import assembly, boxes, inside, layout, letters, outside, paragraphs, word_cells
from .boxes import PageText
from .paper_book import PaperBook

# (level of a heading or 0, text, page or 0)
Line = tuple[int, str, int]


def parse(data: bytes, kind: str, form_id: str | None, tracked: str) -> dict[str, Any]:
    """{"form", "answers", "problems", "title", "base", "pages", "personal", "lines", "copy"}."""
    if kind == "docx":
        return _word(data, form_id, tracked)
    return _pdf(data, form_id)


def _nothing(problems: list[Problem], **values: Any) -> dict[str, Any]:
    return {
        "form": "",
        "answers": [],
        "problems": problems,
        "title": "",
        "base": None,
        "pages": [],
        "personal": [],
        "lines": [],
        "copy": b"",
        "unread": NOTHING,
        **values,
    }


def _pdf(data: bytes, form_id: str | None) -> dict[str, Any]:
    outside.check_pdf(data)
    copy, notes = inside.of_pdf(data)
    problems = []
    for page, words in notes:
        said = f"「{words}」" if words else ""
        problems.append(Problem("note", f"注釈{said}は、取り込みません。", f"p. {page}", "warning"))
    if copy is not None:
        return _nothing(problems, copy=copy)
    read = [boxes.read(page) for page in letters.read(data)]
    _must_have_letters(read)
    problems += _unreadable(read)
    read = layout.without_running(read)
    book = layout.book_of(read)
    form = _form(book, form_id, None, problems)
    if form is None:
        return _nothing(problems, lines=layout.lines_of(read))
    return _on_form(layout.book_of(read, script(form)), form, None, problems)


def _must_have_letters(read: Sequence[PageText]) -> None:
    if not any(page.pieces for page in read):
        raise PiaError(
            "文字の情報がないPDF（紙を読み取った画像など）のため、読み取れません。"
            "元のWordかExcelのファイルか、そこから保存したPDFを選んでください。"
        )


def _unreadable(read: Sequence[PageText]) -> list[Problem]:
    """Pages that are only pictures, letters under a picture, and letters that are struck out."""
    problems = []
    pictured = [f"p. {page.number}" for page in read if not page.pieces and page.images]
    if pictured:
        problems.append(
            Problem(
                "scanned",
                "画像だけのページで、文字の情報がないため読み取れません。"
                "元の文書からPDFを作り直してください。",
                "、".join(pictured),
            )
        )
    unseen = [f"p. {page.number}" for page in read if page.unseen]
    if unseen:
        problems.append(
            Problem(
                "recognised",
                "画像から機械が読み取った文字（OCR）を読みました。原文と見比べてください。",
                "、".join(unseen),
                "warning",
            )
        )
    for page in read:
        if page.struck:
            problems.append(
                Problem(
                    "struck",
                    f"取消線の付いた「{page.struck[:60]}」は、読み取りませんでした。",
                    f"p. {page.number}",
                    "warning",
                )
            )
    return problems


def _form(
    book: PaperBook, form_id: str | None, base: dict[str, Any] | None, problems: list[Problem]
) -> Form | None:
    """The form that was asked for, else the one the document names; None for an open text."""
    if stamps.is_marked(book):
        raise PiaError(
            "変更箇所を見え消しで示した文書のため、読み取れません。"
            "見え消しのない文書を選んでください。"
        )
    printed = stamps.stamp_of(book)
    if form_id:
        form = forms.load(form_id)
        if printed[0] and form.id not in printed[0]:
            sentence = (
                f"表紙の版（{'、'.join(printed[0])}）と、"
                f"指定された様式（{form.id}）が違います。指定された様式として読みました。"
            )
            problems.append(Problem("other_stamp", sentence, level="warning"))
        return form
    form, problem = stamps.form_of(printed, base)
    if form is None and (printed[0] or printed[1]) and problem is not None:
        problems.append(
            Problem(
                problem.code,
                f"{problem.sentence}様式が分からないため、文章として読みました。",
                level="warning",
            )
        )
    return form


def _on_form(
    book: PaperBook, form: Form, base: dict[str, Any] | None, problems: list[Problem]
) -> dict[str, Any]:
    work = assembly.read(book, form, base, problems)
    title = ""
    name = form.by_role.get("cover_name")
    for path, value in work.out:
        if name is not None and path == name.path and isinstance(value, str):
            title = value
    return _nothing(
        problems,
        form=form.id,
        answers=work.out,
        title=title or (base or {}).get("title", ""),
        base=base,
        pages=[(list(path), page) for path, page in assembly.pages_of(work)],
        personal=work.personal,
        unread=assembly.unread_of(work),
    )


def _word(data: bytes, form_id: str | None, tracked: str) -> dict[str, Any]:
    document = paragraphs.read(data, tracked)
    problems = list(document.problems)
    base = carried.usable(document.carried)
    book = word_cells.book_of(document)
    form = _form(book, form_id, base, problems)
    if form is None:
        return _nothing(problems, lines=word_cells.lines_of(document))
    own_base = base if base and base["form"] == form.id else None
    read = _on_form(word_cells.book_of(document, script(form)), form, own_base, problems)
    return {**read, "base": base}
