"""重大事故 and what was decided about them, as they are asked for.

Knows rows. Must not know what follows from an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Version
from ..rows.bodies import Affair, Body, ThresholdFact
from ..rows.corrections import RecordCorrection
from ..rows.filing import Publication, stands
from ..rows.incidents import Incident, IncidentDecision

_STANDS = Incident.withdrawn.is_(None)


def listed(session: Session) -> Sequence[Row[Incident, Body]]:
    """(incident, its body) of those that stand, the one known last first."""
    return session.execute(
        select(Incident, Body)
        .join(Body, Body.id == Incident.body_id)
        .where(_STANDS)
        .order_by(Incident.known.desc(), Incident.id.desc())
    ).all()


def major_of_bodies(session: Session, body_ids: Iterable[int]) -> dict[int, list[Incident]]:
    """Body → its incidents that stand and are 重大事故, by the day they were known."""
    mine = (Incident.body_id.in_(body_ids), Incident.major.is_(True), _STANDS)
    found: dict[int, list[Incident]] = {}
    for row in session.scalars(select(Incident).where(*mine).order_by(Incident.known, Incident.id)):
        found.setdefault(row.body_id, []).append(row)
    return found


def major(session: Session) -> list[Incident]:
    """Every incident that stands and is a 重大事故, by the day it was known."""
    of = select(Incident).where(Incident.major.is_(True), _STANDS)
    return list(session.scalars(of.order_by(Incident.known, Incident.id)))


def decisions(session: Session, affair_ids: Iterable[int]) -> dict[int, list[IncidentDecision]]:
    """Affair → what was decided for it that stands, oldest first."""
    mine = (IncidentDecision.affair_id.in_(affair_ids), IncidentDecision.withdrawn.is_(None))
    found: dict[int, list[IncidentDecision]] = {}
    for row in session.scalars(select(IncidentDecision).where(*mine).order_by(IncidentDecision.id)):
        found.setdefault(row.affair_id, []).append(row)
    return found


def is_decided(session: Session, incident_id: int) -> bool:
    """Whether anything was decided about an incident and stands."""
    of = select(IncidentDecision.id).where(
        IncidentDecision.incident_id == incident_id, IncidentDecision.withdrawn.is_(None)
    )
    return session.scalar(of.limit(1)) is not None


def affairs_of(session: Session, body_id: int) -> list[Affair]:
    """The affairs of a body that run, by number."""
    mine = (Affair.body_id == body_id, Affair.ended.is_(None), Affair.withdrawn.is_(None))
    return list(session.scalars(select(Affair).where(*mine).order_by(Affair.number)))


def instants(session: Session, body_id: int) -> set[datetime]:
    """The instants at which affairs of a body were judged anew for its incidents, also of those
    taken back: when one was recorded or put right."""
    recorded = select(Incident.at).where(Incident.body_id == body_id)
    numbers = select(Incident.id).where(Incident.body_id == body_id)
    put_right = select(RecordCorrection.at).where(
        RecordCorrection.kind == "incident", RecordCorrection.row_id.in_(numbers)
    )
    return {*session.scalars(recorded), *session.scalars(put_right)}


def known_between(session: Session, body_id: int, since: date) -> list[Incident]:
    """The incidents of a body that stand, are 重大事故, and happened or became known since a
    day."""
    mine = (Incident.body_id == body_id, Incident.major.is_(True), _STANDS)
    return list(session.scalars(select(Incident).where(*mine, Incident.known >= since)))


def published_last(session: Session, assessment_ids: Iterable[int]) -> dict[int, datetime]:
    """Assessment → the instant it was last recorded as published."""
    rows = session.execute(
        select(Version.assessment_id, func.max(Publication.at))
        .join(Publication, Publication.version_id == Version.id)
        .where(Version.assessment_id.in_(assessment_ids), stands())
        .group_by(Version.assessment_id)
    )
    return {assessment: at for assessment, at in rows}


def counts_of(session: Session, affair_ids: Iterable[int]) -> dict[int, list[ThresholdFact]]:
    """Affair → what was counted for it, oldest first."""
    of = select(ThresholdFact).where(ThresholdFact.affair_id.in_(affair_ids))
    found: dict[int, list[ThresholdFact]] = {}
    for row in session.scalars(of.order_by(ThresholdFact.id)):
        found.setdefault(row.affair_id, []).append(row)
    return found


def decisions_of(session: Session, incident_id: int) -> list[IncidentDecision]:
    """What was decided about an incident and stands, oldest first."""
    mine = (IncidentDecision.incident_id == incident_id, IncidentDecision.withdrawn.is_(None))
    return list(
        session.scalars(select(IncidentDecision).where(*mine).order_by(IncidentDecision.id))
    )


def decision_ids(session: Session, incident_id: int) -> list[int]:
    """The numbers of all that was decided about an incident, also of what was taken back."""
    of = select(IncidentDecision.id).where(IncidentDecision.incident_id == incident_id)
    return list(session.scalars(of))
