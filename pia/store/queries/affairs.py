"""Affairs and what was counted for them, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Affair, ThresholdFact
from ..rows.filing import Submission


def all_affairs(session: Session) -> list[Affair]:
    """Every affair, also those whose registration was taken back."""
    return list(session.scalars(select(Affair)))


def by_number(session: Session) -> list[Affair]:
    """Every affair, by its number."""
    there = select(Affair).where(Affair.withdrawn.is_(None))
    return list(session.scalars(there.order_by(Affair.number)))


def of_body(session: Session, body_id: int) -> list[Affair]:
    """The affairs of a body, by their number."""
    mine = select(Affair).where(Affair.body_id == body_id, Affair.withdrawn.is_(None))
    return list(session.scalars(mine.order_by(Affair.number)))


def running_in(session: Session, department_id: int) -> list[Affair]:
    """The affairs of a department that have not ended, by their number."""
    return list(
        session.scalars(
            select(Affair)
            .where(
                Affair.department_id == department_id,
                Affair.ended.is_(None),
                Affair.withdrawn.is_(None),
            )
            .order_by(Affair.number)
        )
    )


def of_key(session: Session, key: str) -> Affair | None:
    """The affair of a key; None when there is none."""
    return session.scalar(select(Affair).where(Affair.key == key))


def threshold_facts(session: Session, affair_id: int) -> list[ThresholdFact]:
    """What was counted for an affair, oldest first."""
    return list(
        session.scalars(
            select(ThresholdFact)
            .where(ThresholdFact.affair_id == affair_id)
            .order_by(ThresholdFact.id)
        )
    )


def last_threshold_fact(session: Session, affair_id: int) -> ThresholdFact | None:
    """What was counted last for an affair; None before the first."""
    return session.scalars(
        select(ThresholdFact)
        .where(ThresholdFact.affair_id == affair_id)
        .order_by(ThresholdFact.id.desc())
    ).first()


def ends_of_body(session: Session, body_id: int) -> list[date]:
    """The days the affairs of a body ended."""
    return list(session.scalars(select(Affair.ended).where(Affair.body_id == body_id)))


def department_of_assessment(session: Session, assessment_id: int) -> int | None:
    """The department of the affair of an assessment; None where it has none."""
    return session.scalar(
        select(Affair.department_id)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .where(Assessment.id == assessment_id)
    )


def department_of_key(session: Session, key: str) -> int | None:
    """The department of the affair of an assessment's key; None where it has none."""
    return session.scalar(
        select(Affair.department_id)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .where(Assessment.key == key)
    )


def id_numbered(session: Session, body_id: int, number: str) -> int | None:
    """The affair of a 評価書番号 of a body that was not taken back; None when there is none."""
    mine = (Affair.body_id == body_id, Affair.number == number, Affair.withdrawn.is_(None))
    return session.scalar(select(Affair.id).where(*mine))


def numbered(session: Session, body_id: int, number: str) -> Affair | None:
    """The affair of a 評価書番号 of a body, also one that was taken back; None when there is
    none."""
    return session.scalar(select(Affair).where(Affair.body_id == body_id, Affair.number == number))


def id_of_key(session: Session, key: str) -> int | None:
    """The number of the affair of a key; None when there is none."""
    return session.scalar(select(Affair.id).where(Affair.key == key))


def name_of(session: Session, affair_id: int) -> str | None:
    """The name of an affair."""
    return session.scalar(select(Affair.name).where(Affair.id == affair_id))


def instants_of_body(session: Session, body_id: int) -> Iterator[datetime]:
    """When an assessment, a count, a round and a submission of a body was recorded last; those
    there are."""
    mine = (
        select(Assessment.id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Affair.body_id == body_id)
    )
    versions = select(Version.id).where(Version.assessment_id.in_(mine))
    affairs = select(Affair.id).where(Affair.body_id == body_id)
    instants = (
        select(func.max(Assessment.created)).where(Assessment.id.in_(mine)),
        select(func.max(ThresholdFact.at)).where(ThresholdFact.affair_id.in_(affairs)),
        select(func.max(Round.at)).where(Round.assessment_id.in_(mine)),
        select(func.max(Submission.at)).where(Submission.version_id.in_(versions)),
    )
    for at in map(session.scalar, instants):
        if at is not None:
            yield at


def of_assessment(session: Session, key: str) -> str | None:
    """The key of the affair of an assessment's key; None when there is none."""
    return session.scalar(
        select(Affair.key)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .where(Assessment.key == key)
    )


def last_threshold_facts(session: Session, affair_ids: Iterable[int]) -> dict[int, ThresholdFact]:
    """What was counted last for each of these affairs, by affair."""
    last = (
        select(func.max(ThresholdFact.id))
        .where(ThresholdFact.affair_id.in_(affair_ids))
        .group_by(ThresholdFact.affair_id)
    )
    rows = session.scalars(select(ThresholdFact).where(ThresholdFact.id.in_(last)))
    return {row.affair_id: row for row in rows}


def busiest_body(session: Session) -> int | None:
    """The body with the most affairs, the earlier registered where several have as many; None
    before the first affair."""
    of = select(Affair.body_id).where(Affair.withdrawn.is_(None)).group_by(Affair.body_id)
    return session.scalar(of.order_by(func.count().desc(), Affair.body_id).limit(1))


def last_id(session: Session) -> int | None:
    """The affair registered last; None before the first."""
    of = select(Affair.id).where(Affair.withdrawn.is_(None)).order_by(Affair.id.desc())
    return session.scalar(of.limit(1))
