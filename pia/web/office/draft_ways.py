"""The way of a draft through the house on its round's page: handed on, or sent back with a reason;
and the 決裁 put on record.

Knows forms. Whose turn it is, the act says.
"""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as Answer

from ...actions.editing import unsaved
from ...actions.steps import draft_ways
from ...actions.steps.draft_ways import Decided
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows
from .rounds import DECIDED, blueprint, page


@blueprint.post("/rounds/<ref>/handover")
@needs("draft", own="ref", ref="round")
@shows(page)
def hand_on(ref: str) -> Answer:
    """Looked at and handed on."""
    seen = inputs.line("seen", "版")
    absent = inputs.line("absent", "だれの代理か", need=False)
    name = draft_ways.confirm(workplace(), by(), ref, seen, absent)
    return done(f"{name}に渡しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/handover/back")
@needs("draft", own="ref", ref="round")
@shows(page)
def send_back(ref: str) -> Answer:
    """Sent back with a reason."""
    goes_to = inputs.line("goes_to", "差し戻す先")
    reason = inputs.text("back_reason", "差し戻す理由", most=inputs.PARAGRAPH)
    absent = inputs.line("back_absent", "だれの代理か", need=False)
    name = draft_ways.send_back(workplace(), by(), ref, goes_to, reason, absent)
    return done(f"{name}に差し戻しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/handover/digital")
@needs("look_over", ref="round")
@shows(page)
def look_over(ref: str) -> Answer:
    """The 情報部門 looked at the items it looks over: handed on, or sent back with a reason."""
    what = inputs.choice("what", "操作", ("confirm", "back"))
    draft_ways.must_lie_with_digital(workplace(), by(), ref)
    if what == "confirm":
        seen = inputs.line("seen", "版")
        name = draft_ways.confirm(workplace(), by(), ref, seen)
        return done(f"{name}に渡しました。", url_for("rounds.page", ref=ref))
    goes_to = inputs.line("goes_to", "差し戻す先")
    reason = inputs.text("back_reason", "差し戻す理由", most=inputs.PARAGRAPH)
    name = draft_ways.send_back(workplace(), by(), ref, goes_to, reason)
    return done(f"{name}に差し戻しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/left-behind")
@needs("draft", own="ref", ref="round")
@shows(page)
def drop_left(ref: str) -> Answer:
    """What people began who left, thrown away unread."""
    count = unsaved.drop_left(workplace(), by(), ref)
    return done(f"書きかけ{count}件を捨てました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/decisions")
@needs("office", ref="round")
@shows(page)
def decide(ref: str) -> Answer:
    """A 決裁 of the city's own system of documents."""
    decision = Decided(
        inputs.choice("about", "何の決裁", DECIDED),
        inputs.line("decision_number", "文書番号"),
        inputs.must_day("decision_day", "決裁日"),
        inputs.line("category", "決裁区分"),
    )
    draft_ways.record_decision(workplace(), by(), ref, decision)
    return done("決裁を記録しました。", url_for("rounds.page", ref=ref))
