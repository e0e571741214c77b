"""Books laid out to be brought in, and what is registered that they may belong to.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Affair, ThresholdFact
from ..rows.filing import Publication, stands
from ..rows.imports import ALONE, ImportBatch, ImportBook
from ..rows.jobs import Job


def batches(session: Session, most: int) -> Sequence[Row[ImportBatch, str, int]]:
    """(batch, state of its books, how many) of the latest batches, newest first; books by
    themselves are none."""
    alone = exists().where(ImportBook.batch_id == ImportBatch.id, ImportBook.state.in_(ALONE))
    latest = select(ImportBatch.id).where(~alone).order_by(ImportBatch.id.desc()).limit(most)
    return session.execute(
        select(ImportBatch, ImportBook.state, func.count(ImportBook.id))
        .join(ImportBook, ImportBook.batch_id == ImportBatch.id)
        .where(ImportBatch.id.in_(latest))
        .group_by(ImportBatch.id, ImportBook.state)
        .order_by(ImportBatch.id.desc(), ImportBook.state)
    ).all()


def before(session: Session, at: datetime) -> list[ImportBatch]:
    """The batches from before an instant."""
    return list(session.scalars(select(ImportBatch).where(ImportBatch.at < at)))


def books(session: Session, batch_id: int) -> list[ImportBook]:
    """The books of a batch, in the order they were sent."""
    of = select(ImportBook).where(ImportBook.batch_id == batch_id).order_by(ImportBook.id)
    return list(session.scalars(of))


def documents(session: Session) -> Sequence[Row[Assessment, Affair, int | None, str | None]]:
    """(assessment, affair, number and digest of its head) of every document, also of those that
    were taken back."""
    return session.execute(
        select(Assessment, Affair, Version.seq, Version.digest)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(Version, Version.id == Assessment.head_id)
        .order_by(Assessment.id)
    ).all()


def after(session: Session, version_ids: Iterable[int]) -> dict[int, tuple[int, bool, int | None]]:
    """What became of these versions: version → (head of its assessment, whether that ever had a
    round, the last publication of the version that stands)."""
    rounds = exists().where(Round.assessment_id == Assessment.id)
    last = select(func.max(Publication.id)).where(Publication.version_id == Version.id, stands())
    of = (
        select(Version.id, Assessment.head_id, rounds, last.scalar_subquery())
        .join(Assessment, Assessment.id == Version.assessment_id)
        .where(Version.id.in_(version_ids))
    )
    return {version: (head, bool(had), last) for version, head, had, last in session.execute(of)}


def is_counted(session: Session, affair_id: int) -> bool:
    """Whether people and handlers of an affair were ever counted."""
    of = select(ThresholdFact.id).where(ThresholdFact.affair_id == affair_id).limit(1)
    return session.scalar(of) is not None


def standing_documents(session: Session, affair_id: int) -> int:
    """How many documents of an affair are there and were not taken back."""
    mine = (Assessment.affair_id == affair_id, Assessment.withdrawn.is_(None))
    return session.scalar(select(func.count(Assessment.id)).where(*mine)) or 0


def any_of_kind(session: Session, affair_id: int, kind: str) -> Assessment | None:
    """The assessment of a kind of an affair, also one that was taken back."""
    mine = (Assessment.affair_id == affair_id, Assessment.kind == kind)
    return session.scalar(select(Assessment).where(*mine))


def going(session: Session, job_id: int | None) -> Job | None:
    """The work that was asked for last for a batch; None where none was."""
    if job_id is None:
        return None
    return session.get(Job, job_id)


def version_of(session: Session, ref: str) -> int | None:
    """The number of the version KEY@N."""
    key, _, seq = ref.rpartition("@")
    of = select(Version.id).join(Assessment, Assessment.id == Version.assessment_id)
    return session.scalar(of.where(Assessment.key == key, Version.seq == int(seq)))


def body_of(session: Session, key: str) -> int | None:
    """The body of the affair of a document."""
    of = select(Affair.body_id).join(Assessment, Assessment.affair_id == Affair.id)
    return session.scalar(of.where(Assessment.key == key))
