"""A member asks to have a word explained; the words and what was asked stand on the page of the
referral's 用語の説明 (`cards.glossary`).

Knows the form. Must not know how the office answers.
"""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import term_requests
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, who, workplace
from ..answers import done
from ..declared import needs, shows
from . import cards

blueprint = Blueprint("words", __name__)


@blueprint.post("/referrals/<int:referral>/glossary/requests")
@needs("remark", referral="referral")
@shows(cards.glossary)
def ask(referral: int) -> Answer:
    """A word a member wants to have explained."""
    if who().role == "tablet" and who().member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    term = inputs.line("term", "用語", most=60)
    note = inputs.text("note", "知りたいこと", most=inputs.PARAGRAPH, need=False)
    term_requests.ask(workplace(), by(), referral, who().shown, term, note)
    return done(
        f"「{term}」の説明を事務局に求めました。", url_for("council.glossary", referral=referral)
    )
