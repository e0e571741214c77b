"""What left the house for a sitting.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rows.carrying import DESK, CarriedSet
from ..rows.councils import Sitting


def of_sitting(session: Session, sitting_id: int) -> list[CarriedSet]:
    """What left the house for a sitting and stands, by number."""
    mine = (CarriedSet.sitting_id == sitting_id, CarriedSet.withdrawn.is_(None))
    return list(session.scalars(select(CarriedSet).where(*mine).order_by(CarriedSet.number)))


def last_number(session: Session, sitting_id: int) -> int:
    """The last number given for a sitting, also to what was taken back; 0 before the first."""
    last = select(func.max(CarriedSet.number)).where(CarriedSet.sitting_id == sitting_id)
    return session.scalar(last) or 0


def numbered(session: Session, sitting_id: int, number: int) -> CarriedSet | None:
    """What left the house for a sitting under a number and stands; None when there is none."""
    mine = (
        CarriedSet.sitting_id == sitting_id,
        CarriedSet.number == number,
        CarriedSet.withdrawn.is_(None),
    )
    return session.scalar(select(CarriedSet).where(*mine))


def desk_out(session: Session, sitting_id: int) -> CarriedSet | None:
    """The desk of a sitting that is out of the house; None where none is."""
    mine = (
        CarriedSet.sitting_id == sitting_id,
        CarriedSet.kind == DESK,
        CarriedSet.ended.is_(None),
        CarriedSet.withdrawn.is_(None),
    )
    return session.scalar(select(CarriedSet).where(*mine).order_by(CarriedSet.id.desc()).limit(1))


def still_out(session: Session) -> list[tuple[CarriedSet, Sitting]]:
    """Everything that is out of the house with its sitting, the first to be back before."""
    out = (
        select(CarriedSet, Sitting)
        .join(Sitting, CarriedSet.sitting_id == Sitting.id)
        .where(CarriedSet.ended.is_(None), CarriedSet.withdrawn.is_(None))
        .order_by(CarriedSet.until, CarriedSet.id)
    )
    return [(row[0], row[1]) for row in session.execute(out)]
