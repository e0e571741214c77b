"""Files kept with rounds, as they are asked for.

Knows rows. Must not know who may fetch them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..nodes import Blob
from ..rows.assessments import Assessment, Round
from ..rows.bodies import Account
from ..rows.round_files import RoundFile

RoundFileRow = Row[RoundFile, str | None, int | None]


def of_round(session: Session, round_id: int) -> Sequence[RoundFileRow]:
    """(file, how who kept it is shown, its size in bytes) of a round that were not taken back,
    oldest first."""
    return session.execute(
        select(RoundFile, Account.shown, Blob.size)
        .outerjoin(Account, Account.name == RoundFile.actor)
        .outerjoin(Blob, Blob.sha256 == RoundFile.sha256)
        .where(RoundFile.round_id == round_id, RoundFile.withdrawn.is_(None))
        .order_by(RoundFile.id)
    ).all()


def ids_of_round(session: Session, round_id: int) -> list[int]:
    """The numbers of the files of a round, also of those that were taken back."""
    return list(session.scalars(select(RoundFile.id).where(RoundFile.round_id == round_id)))


def count(session: Session, round_id: int) -> int:
    """How many files a round has, also those that were taken back."""
    of = select(func.count(RoundFile.id)).where(RoundFile.round_id == round_id)
    return session.scalar(of) or 0


def rows_of_round(session: Session, round_id: int) -> list[RoundFile]:
    """The files of a round, also those that were taken back, oldest first."""
    of = select(RoundFile).where(RoundFile.round_id == round_id).order_by(RoundFile.id)
    return list(session.scalars(of))


def with_lines(session: Session) -> Sequence[Row[str, str, str]]:
    """(key, name of the round, SHA-256) of every file kept with a round."""
    return session.execute(
        select(Assessment.key, Round.name, RoundFile.sha256)
        .join(Round, Round.id == RoundFile.round_id)
        .join(Assessment, Assessment.id == Round.assessment_id)
    ).all()
