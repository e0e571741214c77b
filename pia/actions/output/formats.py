"""Documents written out: our own workbook (確認用), interchange, Markdown; a form definition
checked against an official blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ... import forms
from ...domain.document.form import OPEN
from ...domain.errors import PiaError, Problem
from ..records.outward import Outward
from ..sources import Source
from ..workplace import Press, Workplace

Step = Callable[[int, int, str], None]

if TYPE_CHECKING:
    from ...documents.pdf.assessment import Paper


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """One way to write a document out: what people call it, its MIME type, and what writes it.
    `formless`: also a text that no form fixes. `write` is handed the workplace, or what to draw
    with where there is no store.
    """

    name: str
    mime: str
    write: Callable[[Source, Workplace | Press], bytes]
    formless: bool = False


def _json(source: Source, _: Workplace | Press) -> bytes:
    from ...documents.text import interchange

    return interchange.write(source.tree, key=source.key, title=source.title, blobs=source.blobs)


def _markdown(source: Source, _: Workplace | Press) -> bytes:
    from ...documents.text import outline, plain

    if source.form is OPEN:
        return plain.to_text(source.tree).encode()
    return outline.markdown(source.form, source.tree).encode()


def _pdf(source: Source, where: Workplace | Press) -> bytes:
    if isinstance(source, Outward):
        return public_paper(source, where).data
    return paper(source, where).data


def _html(source: Source, where: Workplace | Press) -> bytes:
    from ...documents.paper_in import inside
    from ...documents.text import html

    title = source.title or source.words
    copy = inside.linked(_json(source, where))
    return html.write(source.tree, source.form, title=title, ref=source.words, copy=copy).encode()


def _word(source: Source, where: Workplace | Press) -> bytes:
    from . import tracked

    return tracked.word(source, wp=where if isinstance(where, Workplace) else None)


def _workbook(source: Source, _: Workplace | Press) -> bytes:
    from ...documents.workbook_out import writer

    title = source.title or source.ref
    return writer.write(source.tree, source.form, title=title, ref=source.ref, blobs=source.blobs)


NO_SUCH_FORMAT = "その形式では書き出せません。"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The ending of a file → how it is written. A new format is one line here, and its writer.
FORMATS: dict[str, DocumentFormat] = {
    "xlsx": DocumentFormat("ワークブック", XLSX, _workbook),
    "docx": DocumentFormat("Word文書", DOCX, _word),
    "pdf": DocumentFormat("PDF", "application/pdf", _pdf),
    "html": DocumentFormat("HTML", "text/html; charset=utf-8", _html),
    "json": DocumentFormat("JSON", "application/json", _json, formless=True),
    "md": DocumentFormat("Markdown", "text/markdown; charset=utf-8", _markdown, formless=True),
}


def outward(source: Outward, fmt: str, where: Workplace | Press) -> bytes:
    """The bytes of a public reading in one format."""
    return written(source, fmt, where)


def written(source: Source, fmt: str, where: Workplace | Press) -> bytes:
    """The bytes of a document in one of FORMATS. PiaError where it cannot be written so."""
    kind = FORMATS.get(fmt)
    if kind is None:
        raise PiaError(NO_SUCH_FORMAT)
    if source.form is OPEN and not kind.formless:
        raise PiaError(f"テキストの文書は、評価書の{kind.name}に書き出せません。")
    return kind.write(source, where)


def paper(source: Source, where: Workplace | Press) -> Paper:
    """The whole document on paper, with the page of every item."""
    from .printing import printing

    return printing(where, source, projection="full")


def public_paper(source: Outward, where: Workplace | Press) -> Paper:
    """The public reading on paper."""
    from .printing import printing

    return printing(where, source, projection="public")


def check_form(path: Path, form_id: str | None) -> list[Problem]:
    """What differs between an official blank workbook and our definition of the form."""
    from ...documents.workbook_in import form_check

    try:
        data = path.read_bytes()
    except OSError as error:
        raise PiaError(f"{path} を開けません。ファイルの場所と名前を確かめてください。") from error
    return form_check.check_form(data, forms.load(form_id or form_of(path)))


def form_of(path: Path) -> str:
    """The form that a workbook's cover names. PiaError when it names none."""
    from ...documents.workbook_in import reader

    form = reader.read(path.read_bytes(), name=path.name).form
    if not form:
        raise PiaError(
            f"{path.name} の表紙から様式が分かりません。"
            "表紙に様式の名称があるか確かめるか、様式を指定してください。"
        )
    return form
