"""修正案 at the office: what one would do to the texts, and what is decided about it
(規則第7条第4項).

Knows forms. What a proposal does is reckoned by `actions.records.proposals`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.referral_kinds import OUTCOMES
from ...actions.steps import proposals as acts
from ...actions.steps import referrals as referral_acts
from ...actions.viewing import corrections, proposals
from .. import inputs
from ..actor import by, workplace
from ..allowed import must_read_all
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("proposals", __name__)


@blueprint.get("/referrals/<int:referral>/proposals/<int:place>")
@needs("office", referral="referral")
def page(referral: int, place: int) -> str:
    """A proposal with what it would do, and the form that decides about it."""
    wp = workplace()
    must_read_all(*referral_acts.keys_of(wp, referral))
    number = corrections.proposal_id(wp, referral, place)
    return render_template(
        "office/proposal.html", v=proposals.view(wp, number), place=place, outcomes=OUTCOMES
    )


@blueprint.post("/referrals/<int:referral>/proposals/<int:place>")
@needs("office", referral="referral")
@shows(page)
def answer(referral: int, place: int) -> Answer:
    """Takes a proposal up, as it is or in other words, or declines it."""
    wp = workplace()
    must_read_all(*referral_acts.keys_of(wp, referral))
    new = acts.NewOutcome(
        inputs.choice("outcome", "どうするか", OUTCOMES),
        inputs.text("reason", "理由", most=inputs.PARAGRAPH, need=False),
        inputs.text("words", "取り入れる言葉", most=inputs.PARAGRAPH, need=False),
        inputs.ticked("everywhere"),
    )
    refs = acts.answer(wp, by(), corrections.proposal_id(wp, referral, place), new)
    words = "修正案への回答を記録しました。委員のカードに出ます。"
    if refs:
        words = f"{len(refs)}件の評価書に取り入れました。委員のカードに出ます。"
    return done(words, url_for("proposals.page", referral=referral, place=place))
