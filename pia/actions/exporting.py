"""Documents written out: our own workbook (確認用), interchange, Markdown; a form definition checked against an official blank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import forms
from ..domain.errors import PiaError, Problem
from ..domain.form import OPEN
from .sources import Source

if TYPE_CHECKING:
    from ..documents.pdf_document import Paper


def export(source: Source, fmt: str, *, carrier: bool = False, public: bool = False) -> bytes:
    """PiaError for what this release cannot write, before anything is written."""
    if carrier:
        raise PiaError("公表用（非公表部分を除いたもの）を台紙に書き込むことは、この版ではまだできません。--public か --carrier のどちらかにしてください。")
    if public:
        raise PiaError("公表用（非公表部分を除いたもの）は、この版ではまだ作れません。")
    if fmt == "bundle":
        raise PiaError("提出用の一式（bundle）への書き出しは、この版ではまだ使えません。xlsx・pdf・json・md を使ってください。")
    if fmt == "pdf" and source.form is OPEN:
        raise PiaError("テキストの文書は、評価書のPDFに書き出せません。")
    if fmt == "json":
        from ..documents import interchange

        return interchange.write(source.tree, key=source.key, title=source.title, blobs=source.blobs)
    if fmt == "md":
        from ..documents import outline, plain

        return (plain.to_text(source.tree) if source.form is OPEN else outline.markdown(source.form, source.tree)).encode()
    if source.form is OPEN:
        raise PiaError("テキストの文書は、評価書のワークブックに書き出せません。")
    if fmt == "pdf":
        made = paper(source)
        if made.missing:
            named = "、".join(f"「{c}」（U+{ord(c):04X}、{where}）" for c, where in made.missing[:5])
            raise PiaError(f"書体にない文字があるため、PDFを作れません：{named}。文字を直すか、PIA_FONT_REGULAR に別の書体を指定してください。")
        return made.data
    from ..documents import xlsx_out

    return xlsx_out.write(source.tree, source.form, title=source.title or source.ref, ref=source.ref, blobs=source.blobs)


def paper(source: Source) -> Paper:
    """The whole document on paper, with the page of every item."""
    from .. import config
    from ..documents import pdf_document

    given = config.load().values
    regular, bold = given["PIA_FONT_REGULAR"] or None, given["PIA_FONT_BOLD"] or None
    return pdf_document.write(source.tree, source.form, title=source.title or source.ref, regular=regular, bold=bold)


def check_form(path: Path, form_id: str | None) -> list[Problem]:
    """What differs between an official blank workbook and our definition of the form."""
    from ..documents import form_check

    try:
        data = path.read_bytes()
    except OSError as e:
        raise PiaError(f"{path} を開けません。ファイルの場所と名前を確かめてください。") from e
    if form_id is None:
        from ..documents import xlsx_in

        form_id = xlsx_in.read(data, name=path.name).form
        if not form_id:
            raise PiaError(f"{path.name} の表紙から様式が分かりません。--form で様式を指定してください（pia form list で見られます）。")
    return form_check.check_form(data, forms.load(form_id))
