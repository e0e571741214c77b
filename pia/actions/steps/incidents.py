"""重大事故 of a body or of whom it entrusted: recorded, every affair of the body judged anew, and
what the body decides once the year is over (規則第4条第8号ロ, 第6条, 第7条第2項, 第14条第1項).

What is published stays until the body decides. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.procedure import incidents as rule
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Affair, Body, ThresholdFact
from ...store.rows.incidents import ANEW, Incident, IncidentDecision
from ..people.registration import weighing
from ..records import incident_kinds
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class NewIncident:
    """An incident as it is typed. `major`: what the body holds it for, None for what the rule
    proposes; `reason`: why, where it says otherwise."""

    body: int
    contractor: str
    occurred: date | None
    known: date
    summary: str
    facts: rule.IncidentFacts
    major: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident that was recorded: its number, whether it is a 重大事故, and how many affairs
    were judged anew."""

    number: int
    major: bool
    judged: int


def record(wp: Workplace, by: By, new: NewIncident) -> Recorded:
    """Records an incident; for a 重大事故 every affair of the body that was counted is judged anew.
    Unfit for days that cannot be, and for another judgement than the rule's without a reason."""
    incident_kinds.must_be_days(by, new.occurred, new.known)
    proposed, _ = rule.proposed(new.facts, wp.thresholds)
    major = proposed if new.major is None else new.major
    if major != proposed and not new.reason.strip():
        raise Unfit("reason", "規則の考え方と違う判断をする理由を入力してください。")
    with wp.store.begin() as session:
        body = row_of(session, Body, new.body, "評価実施機関")
        row = Incident(
            body_id=body.id,
            contractor=new.contractor,
            occurred=new.occurred,
            known=new.known,
            summary=new.summary,
            people=new.facts.people,
            intentional=new.facts.intentional,
            staff_only=new.facts.staff_only,
            excused=new.facts.excused,
            major=major,
            reason=new.reason.strip(),
            **acted(by),
        )
        session.add(row)
        session.flush()
        about = {"incident": row.id, "major": major}
        log.entry(session, by, "incident.record", body.name, about)
        return Recorded(row.id, major, _judge_body(session, by, row))


def _judge_body(session: Session, by: By, row: Incident) -> int:
    """Every affair of a body by what weighs on it now; how many were judged anew. What somebody
    counted with an incident of its own stays."""
    session.flush()
    affairs = queries.incidents.affairs_of(session, row.body_id)
    counts = queries.affairs.last_threshold_facts(session, [affair.id for affair in affairs])
    now = weighing(session, row.body_id, by.day)
    kept = {each for each in queries.incidents.instants(session, row.body_id)}
    changed = []
    for affair in affairs:
        last = counts.get(affair.id)
        if last is None or last.incident == now:
            continue
        if not now and last.at not in kept:
            continue
        _again(session, by, last, now)
        changed.append(affair.key)
    if changed:
        about = {"incident": row.id, "affairs": changed}
        log.entry(session, by, "incident.judge", str(row.id), about)
    return len(changed)


def _again(session: Session, by: By, last: ThresholdFact, incident: bool) -> None:
    """The same counts of the same days, judged with or without an incident."""
    session.add(
        ThresholdFact(
            affair_id=last.affair_id,
            people=last.people,
            handlers=last.handlers,
            incident=incident,
            counted_people=last.counted_people,
            counted_handlers=last.counted_handlers,
            **acted(by),
        )
    )


def again(session: Session, _: Workplace, by: By, row: Incident, new: Mapping[str, Any]) -> None:
    """An incident put right; what follows from it now is judged anew."""
    for field, value in new.items():
        if field in ("contractor", "summary", "reason"):
            value = value or ""
        setattr(row, field, value)
    _judge_body(session, by, row)


def undo(session: Session, by: By, row: Incident) -> None:
    """An incident is taken back: what rested on it is judged anew."""
    row.withdrawn = by.day
    for case in queries.leaks.of_incident(session, row.id):
        case.incident_id = None
        case.major = None
    _judge_body(session, by, row)


def decide(
    wp: Workplace, by: By, number: int, keys: Sequence[str], decision: str, reason: str
) -> int:
    """What the body decides for affairs once the year of an incident is over; how many. Refused
    before; Unfit without a reason; PiaError for an affair of another body or one that is
    decided."""
    if not reason.strip():
        raise Unfit("reason", "「理由」を入力してください。")
    with wp.store.begin() as session:
        row = row_of(session, Incident, number, "事故")
        last = rule.weighs_until(row.occurred, row.known)
        if not row.major or row.withdrawn is not None or by.day <= last:
            raise Refused(
                "まだ決められません。",
                (f"この事故は{written(last)}まで、しきい値判断に含めます。",),
            )
        if decision == ANEW and weighing(session, row.body_id, by.day):
            raise Refused(
                "判断し直しても変わりません。", ("1年以内のほかの重大事故が記録されています。",)
            )
        for affair in _of_body(session, row, keys):
            made = IncidentDecision(
                incident_id=row.id,
                affair_id=affair.id,
                decision=decision,
                reason=reason.strip(),
                **acted(by),
            )
            session.add(made)
            counts = queries.affairs.last_threshold_fact(session, affair.id)
            if decision == ANEW and counts is not None and counts.incident:
                _again(session, by, counts, False)
            about = {"incident": row.id, "decision": decision}
            log.entry(session, by, "incident.decide", affair.key, about)
        return len(keys)


def _of_body(session: Session, row: Incident, keys: Iterable[str]) -> list[Affair]:
    """The affairs of these keys, which are the body's and not decided yet."""
    affairs = {affair.key: affair for affair in queries.incidents.affairs_of(session, row.body_id)}
    decided = queries.incidents.decisions(session, [affair.id for affair in affairs.values()])
    found = []
    for key in keys:
        affair = affairs.get(key)
        done = decided.get(affair.id, ()) if affair is not None else ()
        if affair is None or any(each.incident_id == row.id for each in done):
            raise PiaError("その事務は、ほかの機関のものか、もう判断が記録されています。")
        found.append(affair)
    return found
