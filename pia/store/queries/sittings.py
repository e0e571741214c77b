"""Sittings, who was there, and what was put right, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.councils import Attendance, Sitting, SittingCorrection


def attendance(session: Session, sitting_id: int) -> list[Attendance]:
    """Who was there at a sitting and who was not."""
    return list(session.scalars(select(Attendance).where(Attendance.sitting_id == sitting_id)))


def present(session: Session, sitting_id: int) -> list[Attendance]:
    """Who was there at a sitting."""
    return list(
        session.scalars(
            select(Attendance).where(
                Attendance.sitting_id == sitting_id, Attendance.present.is_(True)
            )
        )
    )


def corrections(session: Session, sitting_id: int) -> list[SittingCorrection]:
    """What was put right of a closed sitting, oldest first."""
    return list(
        session.scalars(
            select(SittingCorrection)
            .where(SittingCorrection.sitting_id == sitting_id)
            .order_by(SittingCorrection.id)
        )
    )


def all_sittings(session: Session) -> list[Sitting]:
    """Every sitting that stands."""
    return list(session.scalars(select(Sitting).where(Sitting.withdrawn.is_(None))))


def latest_day_first(session: Session) -> list[Sitting]:
    """Every sitting that stands, the latest day first."""
    standing = select(Sitting).where(Sitting.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Sitting.day.desc())))


def newest_first(session: Session) -> list[Sitting]:
    """Every sitting that stands, the latest day and the newest of it first."""
    standing = select(Sitting).where(Sitting.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Sitting.day.desc(), Sitting.id.desc())))


def in_order(session: Session) -> list[Sitting]:
    """Every sitting, in the order they were made."""
    return list(session.scalars(select(Sitting).order_by(Sitting.id)))


def last_made_first(session: Session) -> list[Sitting]:
    """Every sitting that stands, the one made last first."""
    standing = select(Sitting).where(Sitting.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Sitting.id.desc())))


def of_council(session: Session, council_id: int) -> list[Sitting]:
    """The sittings of a council, by day and hour."""
    return list(
        session.scalars(
            select(Sitting)
            .where(Sitting.council_id == council_id, Sitting.withdrawn.is_(None))
            .order_by(Sitting.day, Sitting.opens)
        )
    )


def last_until(session: Session, council_id: int, day: date) -> Sitting | None:
    """The latest sitting of a council up to a day; None before the first."""
    return session.scalars(
        select(Sitting)
        .where(Sitting.council_id == council_id, Sitting.day <= day, Sitting.withdrawn.is_(None))
        .order_by(Sitting.day.desc())
    ).first()


def of_councils(session: Session, council_ids: Iterable[int]) -> list[Sitting]:
    """The sittings of these councils."""
    standing = select(Sitting).where(Sitting.withdrawn.is_(None))
    return list(session.scalars(standing.where(Sitting.council_id.in_(council_ids))))


def of_councils_by_day(session: Session, council_ids: Iterable[int]) -> list[Sitting]:
    """The sittings of these councils, by day and hour."""
    return list(
        session.scalars(
            select(Sitting)
            .where(Sitting.council_id.in_(council_ids), Sitting.withdrawn.is_(None))
            .order_by(Sitting.day, Sitting.opens)
        )
    )


def open_among(session: Session, numbers: Iterable[int], today: date) -> list[Sitting]:
    """Those of these sittings that stand and are not over, by day and hour."""
    mine = (Sitting.id.in_(numbers), Sitting.withdrawn.is_(None))
    coming = (Sitting.closes.is_(None), Sitting.day >= today)
    of = select(Sitting).where(*mine, *coming).order_by(Sitting.day, Sitting.opens)
    return list(session.scalars(of))


def attended_of_councils(session: Session, council_ids: Iterable[int]) -> list[Sitting]:
    """The sittings of these councils at which a member was there."""
    return list(
        session.scalars(
            select(Sitting).where(
                Sitting.council_id.in_(council_ids),
                Sitting.id.in_(select(Attendance.sitting_id).where(Attendance.present.is_(True))),
            )
        )
    )


def convened(session: Session, council_id: int, day: date, opens: time) -> Sitting | None:
    """The sitting of a council on a day at an hour, also one that was taken back; None when there
    is none."""
    return session.scalar(
        select(Sitting).where(
            Sitting.council_id == council_id, Sitting.day == day, Sitting.opens == opens
        )
    )


def by_day(session: Session) -> list[Sitting]:
    """Every sitting, by day and hour."""
    return list(session.scalars(select(Sitting).order_by(Sitting.day, Sitting.opens)))
