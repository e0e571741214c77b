"""重大事故 and what was decided about them, as they are asked for.

Knows rows. Must not know what follows from an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.bodies import Affair, Body
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
