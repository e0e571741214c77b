"""Documents written out: our own workbook (確認用), interchange, Markdown; a form definition
checked against an official blank.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ... import forms
from ...domain.document.form import OPEN
from ...domain.errors import PiaError, Problem
from ..records.outward import Outward
from ..sources import Source
from ..workplace import Workplace

Step = Callable[[int, int, str], None]

if TYPE_CHECKING:
    from ...documents.pdf.assessment import Paper


def outward(source: Outward, fmt: str, wp: Workplace | None = None) -> bytes:
    """The bytes of a public reading in one format."""
    if fmt == "pdf":
        return public_paper(source, wp).data
    return written(source, fmt, None)


def written(source: Source, fmt: str, wp: Workplace | None) -> bytes:
    """The bytes of a document in one format: json, md, pdf, html, else our own workbook."""
    if fmt == "pdf" and source.form is OPEN:
        raise PiaError("テキストの文書は、評価書のPDFに書き出せません。")
    if fmt == "json":
        from ...documents.text import interchange

        return interchange.write(
            source.tree, key=source.key, title=source.title, blobs=source.blobs
        )
    if fmt == "md":
        from ...documents.text import outline, plain

        return (
            plain.to_text(source.tree)
            if source.form is OPEN
            else outline.markdown(source.form, source.tree)
        ).encode()
    if source.form is OPEN:
        raise PiaError("テキストの文書は、評価書のワークブックに書き出せません。")
    if fmt == "pdf":
        return paper(source, wp).data
    if fmt == "html":
        from ...documents.text import html

        return html.write(
            source.tree, source.form, title=source.title or source.words, ref=source.words
        ).encode()
    from ...documents.workbook_out import writer

    return writer.write(
        source.tree,
        source.form,
        title=source.title or source.ref,
        ref=source.ref,
        blobs=source.blobs,
    )


def paper(source: Source, wp: Workplace | None = None) -> Paper:
    """The whole document on paper, with the page of every item."""
    from .printing import printing

    return printing(wp, source, projection="full")


def public_paper(source: Outward, wp: Workplace | None = None) -> Paper:
    """The public reading on paper."""
    from .printing import printing

    return printing(wp, source, projection="public")


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
            "--form で様式を指定してください（pia form list で見られます）。"
        )
    return form
