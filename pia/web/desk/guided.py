"""The guided order of a document, for somebody who writes one once a year: what is left, what rests
on what, and each item written from there and back.

Knows the addresses of the order. What is said of an item and which comes when, `viewing.guidance`
says; the free order is the page of a part.
"""

from __future__ import annotations

from flask import render_template, url_for

from ...actions.viewing import guidance
from ..actor import workplace
from ..allowed import readable
from ..declared import needs
from .draft import blueprint, open_desk, path_of
from .items import editor_of


@blueprint.get("/lines/<ref>/guide")
@needs("draft", own="ref", ref="line")
def guided(ref: str) -> str:
    """Every item in the guided order, each one click away."""
    desk = open_desk(ref)
    steps = readable(guidance.guided(workplace(), desk.source), ref)
    left = [item for step in steps for item in step.left]
    return render_template(
        "desk/guided.html",
        d=desk,
        steps=steps,
        left=len(left),
        whole=sum(len(step.items) for step in steps),
        first=next((item for item in left if not item.waits), left[0] if left else None),
    )


@blueprint.get("/lines/<ref>/guide/<path:path>")
@needs("draft", own="ref", ref="line", asks=("unsaved", "block", "cards", "rows"))
def guided_item(ref: str, path: str) -> str:
    """One item with what belongs there; saving it leads back to the order."""
    desk = open_desk(ref)
    spot = path_of(path)
    back = url_for("writing.guided", ref=ref, _anchor="-".join(spot))
    return render_template(
        "desk/item.html", **(editor_of(desk, spot, back=back) | {"guided": True})
    )
