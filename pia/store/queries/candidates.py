"""次回修正候補 as they are asked for.

Knows rows. Must not know what an item says, nor who may read it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Version
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


def version_numbers(session: Session, version_ids: Iterable[int]) -> dict[int, int]:
    """The numbers of these versions within their documents."""
    rows = session.execute(select(Version.id, Version.seq).where(Version.id.in_(version_ids)))
    return {version: seq for version, seq in rows}


def waiting(session: Session, assessment_id: int) -> int:
    """How many candidates of a document wait."""
    of = select(func.count(RevisionCandidate.id)).where(
        RevisionCandidate.assessment_id == assessment_id, _STANDS, _WAITS
    )
    return session.scalar(of) or 0


def waiting_by_document(session: Session, affair_id: int) -> dict[str, int]:
    """Key of a document of an affair → how many of its candidates wait; those without are not in
    it."""
    rows = session.execute(
        select(Assessment.key, func.count(RevisionCandidate.id))
        .join(Assessment, Assessment.id == RevisionCandidate.assessment_id)
        .where(Assessment.affair_id == affair_id, _STANDS, _WAITS)
        .group_by(Assessment.key)
    )
    return {key: number for key, number in rows}


def waiting_of_affairs(session: Session, affair_ids: Iterable[int]) -> dict[int, int]:
    """Affair → how many candidates of its documents wait; those without are not in it."""
    rows = session.execute(
        select(Assessment.affair_id, func.count(RevisionCandidate.id))
        .join(Assessment, Assessment.id == RevisionCandidate.assessment_id)
        .where(Assessment.affair_id.in_(affair_ids), _STANDS, _WAITS)
        .group_by(Assessment.affair_id)
    )
    return {affair: number for affair, number in rows}
