"""次回修正候補 of a document: the running list, and what is noted at an item.

Knows forms. Who may settle one is said by the right to write the document. Nothing of this page
goes out with a document.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.candidate_kinds import OUTCOMES
from ...actions.steps import candidates as acts
from ...actions.viewing import candidates, corrections
from .. import inputs
from ..actor import by, who, workplace
from ..allowed import may, readable
from ..answers import done
from ..declared import needs, shows
from .draft import path_of

blueprint = Blueprint("candidates", __name__)


@blueprint.get("/assessments/<key>/candidates")
@needs("read", key="assessment", asks=("item",))
def page(key: str) -> str:
    """The candidates of a document, and the form of a new one."""
    wp = workplace()
    view = readable(candidates.of_document(wp, key), key)
    asked = request.args.get("item", "")
    return render_template(
        "desk/candidates.html",
        view=view,
        key=key,
        item=asked if asked in dict(view.items) else "",
        outcomes=list(OUTCOMES.items()),
        mine=who().name,
        writes=may("draft", key),
        put_right=readable(corrections.of_candidates(wp, key), key),
    )


@blueprint.post("/assessments/<key>/candidates")
@needs("comment", key="assessment")
@shows(page)
def add(key: str) -> Answer:
    """Something to be mended next time."""
    wp = workplace()
    text = inputs.text("text", "直したいこと", most=inputs.PARAGRAPH)
    known = dict(candidates.of_document(wp, key).items)
    path = inputs.choice("item", "項目", {"", *known})
    acts.add(wp, by(), key, path_of(path) if path else (), text)
    return done("次回修正候補に加えました。", url_for("candidates.page", key=key))


@blueprint.post("/assessments/<key>/candidates/<int:number>/outcome")
@needs("draft", own="key", key="assessment", number="candidate")
@shows(lambda key, number: page(key))
def settle(key: str, number: int) -> Answer:
    """A candidate is mended, or dropped with a reason."""
    outcome = inputs.choice("outcome", "どうしたか", OUTCOMES)
    reason = inputs.text("reason", "取りやめる理由", most=inputs.PARAGRAPH, need=False)
    acts.settle(workplace(), by(), key, number, outcome, reason)
    return done(
        f"次回修正候補を「{OUTCOMES[outcome]}」にしました。", url_for("candidates.page", key=key)
    )
