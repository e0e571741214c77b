"""次回修正候補 as they are asked for.

Knows rows. Must not know what an item says, nor who may read it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment
from ..rows.candidates import RevisionCandidate

_STANDS = RevisionCandidate.withdrawn.is_(None)
_WAITS = RevisionCandidate.outcome.is_(None)


def of_assessment(session: Session, assessment_id: int) -> list[RevisionCandidate]:
    """The candidates of a document that stand, oldest first."""
    mine = select(RevisionCandidate).where(
        RevisionCandidate.assessment_id == assessment_id, _STANDS
    )
    return list(session.scalars(mine.order_by(RevisionCandidate.id)))


def ids_of(session: Session, assessment_id: int) -> list[int]:
    """The numbers of all candidates of a document, also of those taken back."""
    of = select(RevisionCandidate.id).where(RevisionCandidate.assessment_id == assessment_id)
    return list(session.scalars(of))


def waiting(session: Session, assessment_id: int) -> int:
    """How many candidates of a document wait."""
    of = select(func.count(RevisionCandidate.id)).where(
        RevisionCandidate.assessment_id == assessment_id, _STANDS, _WAITS
    )
    return session.scalar(of) or 0


def waiting_of_affairs(session: Session, affair_ids: Iterable[int]) -> dict[int, int]:
    """Affair → how many candidates of its documents wait; those without are not in it."""
    rows = session.execute(
        select(Assessment.affair_id, func.count(RevisionCandidate.id))
        .join(Assessment, Assessment.id == RevisionCandidate.assessment_id)
        .where(Assessment.affair_id.in_(affair_ids), _STANDS, _WAITS)
        .group_by(Assessment.affair_id)
    )
    return {affair: number for affair, number in rows}
