"""Cases of 漏えい等 as they were reported to a council: cards that answer what members ask, and
their questions.

Knows forms. Nothing of those affected stands here. That somebody looked goes on record.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.access import noted
from ...actions.steps import leaks as acts
from ...actions.viewing import agenda as agenda_views
from ...actions.viewing import leaks as views
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("council_leaks", __name__)


@blueprint.get("/sittings/<int:number>/leaks")
@needs("council", number="sitting")
def cards(number: int) -> str:
    """The cases that were reported at a sitting."""
    wp = workplace()
    found = views.cards(wp, who(), number)
    for card in found:
        noted.note(wp, by(), "leak.read", str(card.case), {"sitting": number})
    return render_template(
        "council/leaks.html",
        cards=found,
        v=agenda_views.agenda(wp, number, now_day()),
        number=number,
    )


@blueprint.post("/sittings/<int:number>/leaks/<int:given>")
@needs("remark", number="sitting", given="leak_given")
@shows(lambda number, given: cards(number))
def ask(number: int, given: int) -> Answer:
    """A member's question about a case."""
    if who().role == "tablet" and who().member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    text = inputs.text("text", "質問", most=inputs.PARAGRAPH)
    acts.ask(workplace(), by(), given, who().shown, text)
    return done("質問を記録しました。", url_for("council_leaks.cards", number=number))
