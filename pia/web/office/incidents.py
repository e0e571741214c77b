"""重大事故: recorded for a body or whom it entrusted, what it asks of every affair, and what the
body decides a year later (規則第4条第8号ロ, 第6条第2項, 第7条第2項, 第14条第1項・第2項・第3項).

Knows forms. What counts as one and what follows, the rules and acts say.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.incident_kinds import DECISIONS
from ...actions.steps import incidents as acts
from ...actions.viewing import corrections, incidents
from ...domain.procedure.incidents import IncidentFacts
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("incidents", __name__)
JUDGED = {"": "規則の考え方のとおり", "1": "重大事故に当たる", "0": "重大事故に当たらない"}


@blueprint.get("/incidents")
@needs("read")
def listed() -> str:
    """The incidents, and the form of a new one."""
    wp = workplace()
    return render_template(
        "office/incidents.html",
        lines=incidents.listed(wp, now_day()),
        bodies=incidents.bodies(wp),
        judged=list(JUDGED.items()),
        source=wp.thresholds["major"]["source"],
    )


@blueprint.post("/incidents")
@needs("office")
@shows(listed)
def record() -> Answer:
    """Records an incident; a 重大事故 judges every affair of the body anew."""
    wp = workplace()
    known = {str(number) for number, _ in incidents.bodies(wp)}
    facts = IncidentFacts(
        inputs.number("people", "本人の数", need=False),
        inputs.ticked("intentional"),
        inputs.ticked("staff_only"),
        inputs.ticked("excused"),
    )
    major = inputs.choice("major", "重大事故の判断", JUDGED)
    new = acts.NewIncident(
        body=int(inputs.choice("body", "評価実施機関", known)),
        contractor=inputs.line("contractor", "委託先", need=False),
        occurred=inputs.day("occurred", "発生した日", need=False),
        known=inputs.must_day("known", "知った日"),
        summary=inputs.text("summary", "概要", most=inputs.PARAGRAPH),
        facts=facts,
        major=None if not major else major == "1",
        reason=inputs.text("reason", "そう判断した理由", most=inputs.PARAGRAPH, need=False),
    )
    made = acts.record(wp, by(), new)
    words = "事故を記録しました。重大事故に当たらないため、しきい値判断は変わりません。"
    if made.major:
        words = f"重大事故を記録し、{made.judged}件の事務を判断し直しました。"
    return done(words, url_for("incidents.page", number=made.number))


@blueprint.get("/incidents/<int:number>")
@needs("read", number="incident")
def page(number: int) -> str:
    """An incident: what it asks of every affair, in order, and what is decided after a year."""
    wp = workplace()
    return render_template(
        "office/incident.html",
        view=incidents.incident(wp, number, now_day()),
        number=number,
        decisions=list(DECISIONS.items()),
        source=wp.thresholds["major"]["source"],
        put_right=corrections.of_incident(wp, number),
    )


@blueprint.post("/incidents/<int:number>/decisions")
@needs("office", number="incident")
@shows(page)
def decide(number: int) -> Answer:
    """What the body decides once the year is over."""
    wp = workplace()
    view = incidents.incident(wp, number, now_day())
    keys = inputs.many("affairs", "事務", {each.key for each in view.undecided})
    decision = inputs.choice("decision", "判断", DECISIONS)
    reason = inputs.text("reason", "理由", most=inputs.PARAGRAPH)
    count = acts.decide(wp, by(), number, keys, decision, reason)
    words = f"{count}件の事務について「{DECISIONS[decision]}」を記録しました。"
    return done(words, url_for("incidents.page", number=number))
