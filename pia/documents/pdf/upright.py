"""Pages somebody uploaded, made to stand as they are seen, so that what is put onto them later lies
where a reader sees it.

Knows pikepdf's pages; not what is put onto them.
"""

from __future__ import annotations

import io
from typing import Any

from pikepdf import Array, Dictionary, Name, Page, Pdf, Rectangle


def upright(pdf: Pdf, data: bytes) -> bytes:
    """The bytes of an open document whose pages all begin at 0 at their lower left: one that is
    turned, cut or begins elsewhere is drawn onto a page of its own. `data` as it is where none is.
    """
    turned = False
    for number, page in enumerate(pdf.pages):
        seen = _seen(page)
        turn = int(_inherited(page.obj, Name.Rotate) or 0) % 360
        if not turn and list(map(float, page.mediabox)) == seen:
            continue
        turned = True
        page.obj.Rotate = turn
        if turn in (90, 270):
            seen = [0.0, 0.0, seen[3], seen[2]]
        pdf.pages[number] = _redrawn(pdf, page, seen)
    if not turned:
        return data
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _seen(page: Page) -> list[float]:
    """The part of a page that is shown, from 0."""
    left, bottom, right, top = map(float, page.cropbox)
    return [0.0, 0.0, right - left, top - bottom]


def _redrawn(pdf: Pdf, page: Page, seen: list[float]) -> Page:
    """A page with all that another shows."""
    page.trimbox = page.cropbox
    form = page.as_form_xobject()
    resources = Dictionary(XObject=Dictionary(Seen=form))
    fresh = Dictionary(Type=Name.Page, MediaBox=Array(seen), Resources=resources)
    sheet = Page(pdf.make_indirect(fresh))
    drawn = sheet.calc_form_xobject_placement(
        form,
        Name.Seen,
        Rectangle(*seen),
        invert_transformations=True,
        allow_shrink=False,
        allow_expand=False,
    )
    sheet.Contents = pdf.make_stream(drawn)
    return sheet


def _inherited(node: Any, name: Name) -> Any:
    """What a page or what it stands under says."""
    while node is not None and name not in node:
        node = node.get(Name.Parent)
    return None if node is None else node[name]
