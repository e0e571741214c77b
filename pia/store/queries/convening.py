"""Inquiries for the day of a sitting with their replies, and those who listen to a sitting.

Knows rows. Must not know how replies are counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.convening import DateInquiry, DateReply, Observer
from ..rows.councils import Attendance, Sitting


def inquiries(session: Session, council_id: int) -> list[DateInquiry]:
    """The inquiries to a council that stand, the latest first."""
    mine = select(DateInquiry).where(
        DateInquiry.council_id == council_id, DateInquiry.withdrawn.is_(None)
    )
    return list(session.scalars(mine.order_by(DateInquiry.id.desc())))


def replies(session: Session, inquiry_ids: Iterable[int]) -> dict[int, dict[int, DateReply]]:
    """Inquiry → member → what the member answered last."""
    asked = select(DateReply).where(DateReply.inquiry_id.in_(list(inquiry_ids)))
    last: dict[int, dict[int, DateReply]] = {}
    for reply in session.scalars(asked.order_by(DateReply.id)):
        last.setdefault(reply.inquiry_id, {})[reply.member_id] = reply
    return last


def observers(session: Session, sitting_id: int) -> list[Observer]:
    """Those who listened to a sitting, by their tickets."""
    mine = select(Observer).where(Observer.sitting_id == sitting_id, Observer.withdrawn.is_(None))
    return list(session.scalars(mine.order_by(Observer.ticket, Observer.id)))


def attended(session: Session, member_id: int) -> list[Sitting]:
    """The sittings whose record says that a member was there."""
    was_there = (
        select(Sitting)
        .join(Attendance, Attendance.sitting_id == Sitting.id)
        .where(Attendance.member_id == member_id, Attendance.present.is_(True))
    )
    return list(session.scalars(was_there.order_by(Sitting.day)))


def attendances(session: Session, sitting_ids: Iterable[int]) -> list[Attendance]:
    """Who was there, of several sittings."""
    mine = select(Attendance).where(Attendance.sitting_id.in_(list(sitting_ids)))
    return list(session.scalars(mine))
