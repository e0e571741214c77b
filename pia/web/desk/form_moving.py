"""様式の移行: what a move to a newer form would do, and the move.

Knows forms of pages. What is moved where is said by `actions.editing.form_moving`.
"""

from __future__ import annotations

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.editing import form_moving
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows
from .draft import blueprint


@blueprint.get("/lines/<ref>/form")
@needs("draft", own="ref", ref="line", asks=("to",))
def form_move(ref: str) -> str:
    """What moves, what is new and empty, what has no place."""
    wp = workplace()
    told = form_moving.preview(wp, ref, request.values.get("to", ""))
    return render_template(
        "desk/form_move.html",
        ref=ref,
        told=told,
        newer=[(form.id, form.stamp) for form in form_moving.newer_forms(told.old)],
        leave=form_moving.LEAVE,
    )


@blueprint.post("/lines/<ref>/form")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(form_move)
def move_form(ref: str) -> Answer:
    """Moves the text as one version."""
    wp = workplace()
    to = inputs.choice("to", "移す先の様式", forms.known())
    seen = inputs.line("seen", "見ていた版")
    told = form_moving.preview(wp, ref, to)
    chosen = {}
    for left in told.left:
        offers = {"", form_moving.LEAVE, *dict(left.offers)}
        chosen[left.field] = inputs.choice(left.field, left.unmapped.citation, offers)
    form_moving.move(wp, by(), ref, seen, to, chosen)
    words = f"{told.new.stamp}の様式に移しました。"
    if told.fresh:
        words += f"新しい欄が{len(told.fresh)}件あります。書いてください。"
    return done(words, url_for("writing.part", ref=ref))
