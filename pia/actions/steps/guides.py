"""The commission's 記載要領, filed once by the city so that each item opens its page; and the page
of an item, where the one that was found is not the right one.

Knows a PDF's pages by their words. Must not know pages of the web. Nothing of the 記載要領 is
shipped, and nothing is concluded from it.
"""

from __future__ import annotations

from datetime import date

from ... import forms
from ...documents.proof import pdf
from ...domain.act import By
from ...domain.change.describe import numbers
from ...domain.document.form import Form, FormNode
from ...domain.errors import PiaError, Unfit
from ...domain.text.folding import fold
from ...store import nodes
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.guides import GuideFile, GuidePage
from ..records.guide_kinds import must_be_edition
from ..workplace import Workplace

UNREAD = "\ufffd"  # a letter whose code nobody can read
SHORTEST = 4  # letters of a label that is looked for by itself


def file(wp: Workplace, by: By, title: str, name: str, body: bytes, edition: date | None) -> int:
    """Keeps a 記載要領 (PDF) with the page of every item that was found; its number. Unfit for what
    is no PDF with words."""
    must_be_edition(by, edition)
    try:
        read = pdf.read(body, name).pages
    except PiaError as error:
        raise Unfit("guide", str(error)) from error
    pages = ["\n".join([*page.lines, *_boxed(page)]) for page in read]
    if not any(words.replace(UNREAD, "").strip() for words in pages):
        why = "文字を取り出せません。文字の入ったPDFを選んでください。"
        raise Unfit("guide", f"「{name}」は、{why}")
    folded = [[fold(line) for line in words.split("\n")] for words in pages]
    places = {}
    for known in forms.known():
        form = forms.load(known)
        if form.kind in forms.KIND_NAMES:
            places[form.kind] = found(form, folded)
    with wp.store.begin() as session:
        row = GuideFile(
            title=title,
            edition=edition,
            name=name,
            sha256=nodes.put_blob(session, body),
            pages=pages,
            places=places,
            **acted(by),
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "guide.file", str(row.id), {"pages": len(pages)})
        return row.id


def _boxed(page: pdf.PdfPage) -> list[str]:
    return [" ".join(box.text for box in row) for row in page.rows]


def found(form: Form, pages: list[list[str]]) -> dict[str, int]:
    """Item → page (from 1) on which it is explained, as far as its words lead there: a line that
    begins with its number and label, else one with its label; else the page of its group."""
    places: dict[str, int] = {}
    for item, line in form.by_id.items():
        page = _page_of(line, pages)
        if page is None:
            page = next((places[up.id] for up in reversed(line.parents) if up.id in places), None)
        if page is not None:
            places[item] = page
    return places


def _page_of(line: FormNode, pages: list[list[str]]) -> int | None:
    label = fold(line.label)
    if len(label) < SHORTEST:
        return None
    whole = fold(numbers(line)) + label
    own = fold(line.number or "") + label
    for wanted in (whole, own, label):
        for number, lines in enumerate(pages, 1):
            if any(words.startswith(wanted) for words in lines):
                return number
    return None


def place(wp: Workplace, by: By, number: int, form_kind: str, item: str, page: int) -> None:
    """The page of an item, as a person chose it. Unfit for a page that is not there."""
    with wp.store.begin() as session:
        guide = session.get(GuideFile, number)
        if guide is None or guide.withdrawn is not None:
            raise PiaError("その記載要領はありません。選び直してください。")
        if not 1 <= page <= len(guide.pages):
            raise Unfit("page", f"「頁」は1から{len(guide.pages)}までの数で入力してください。")
        row = GuidePage(guide_id=number, form_kind=form_kind, item=item, page=page, **acted(by))
        session.add(row)
        about = {"kind": form_kind, "item": item, "page": page}
        log.entry(session, by, "guide.place", str(number), about)
