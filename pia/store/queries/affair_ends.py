"""The ends of affairs, as they are asked for.

Knows rows. Must not know how long a publication goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Row, exists, select
from sqlalchemy.orm import Session

from ..rows.affair_ends import AffairEnd
from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Affair
from ..rows.filing import Publication, stands

# An end the commission was not told of yet.
UNTOLD = AffairEnd.withdrawn.is_(None) & AffairEnd.told.is_(None)


def of_affair(session: Session, affair_id: int) -> AffairEnd | None:
    """The end of an affair that stands; None while it goes on."""
    of = select(AffairEnd).where(AffairEnd.affair_id == affair_id, AffairEnd.withdrawn.is_(None))
    return session.scalar(of.order_by(AffairEnd.id.desc()).limit(1))


def ids_of_affair(session: Session, affair_id: int) -> list[int]:
    """The numbers of every end of an affair, also of those taken back."""
    return list(session.scalars(select(AffairEnd.id).where(AffairEnd.affair_id == affair_id)))


def untold(session: Session) -> Sequence[Row[AffairEnd, str, str]]:
    """(end, name of the affair, key of one of its documents) of those the commission was not told
    of, oldest first."""
    one = (
        select(Assessment.key)
        .where(Assessment.affair_id == Affair.id, Assessment.withdrawn.is_(None))
        .order_by(Assessment.id)
        .limit(1)
        .scalar_subquery()
    )
    return session.execute(
        select(AffairEnd, Affair.name, one)
        .join(Affair, Affair.id == AffairEnd.affair_id)
        .where(UNTOLD)
        .order_by(AffairEnd.day, AffairEnd.id)
    ).all()


def closed(assessment_id: int, day: date) -> ColumnElement[bool]:
    """Whether the documents of an assessment's affair were no longer public on a day."""
    return exists().where(
        Assessment.id == assessment_id,
        AffairEnd.affair_id == Assessment.affair_id,
        AffairEnd.withdrawn.is_(None),
        AffairEnd.closed <= day,
    )


def running(session: Session, affair_id: int) -> list[Round]:
    """The rounds of an affair that are under way."""
    of = (
        select(Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Assessment.affair_id == affair_id, Round.state.not_in(("PUBLISHED", "WITHDRAWN")))
    )
    return list(session.scalars(of.order_by(Round.id)))


def first_public(session: Session, affair_id: int) -> date | None:
    """The day the first document of an affair was made public; None before that."""
    of = (
        select(Publication.day)
        .join(Version, Version.id == Publication.version_id)
        .join(Assessment, Assessment.id == Version.assessment_id)
        .where(Assessment.affair_id == affair_id, stands())
        .order_by(Publication.day)
        .limit(1)
    )
    return session.scalar(of)
