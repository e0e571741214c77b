"""What the office's papers say of a sitting: which one heard a case, who led it, who was there
(規則第7条第4項).

Reads only.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import councils as rows
from ..records import days
from ..records.revision import verdict_of


def sitting_of(session: Session, ref: rows.Referral) -> rows.Sitting | None:
    """The sitting that decided on a referral, or the last one that has it on its agenda."""
    verdict = verdict_of(session, ref)
    if verdict and verdict.sitting_id:
        return session.get(rows.Sitting, verdict.sitting_id)
    return next(reversed(meetings(session, ref)), None)


def meetings(session: Session, ref: rows.Referral) -> list[rows.Sitting]:
    """The sittings that have a referral on their agenda, in the order of their days."""
    heard = []
    for x in queries.sittings.of_council(session, ref.council_id):
        if days.on_agenda(x, ref.id):
            heard.append(x)
    return heard


def named_meeting(session: Session, ref: rows.Referral, number: int) -> rows.Sitting:
    """The sitting of that number. PiaError when the referral is not on its agenda."""
    sitting = session.get(rows.Sitting, number)
    if sitting is None or not days.on_agenda(sitting, ref.id):
        raise PiaError("この諮問を議題とする会議の中に、その会議はありません。")
    return sitting


def chair_title(chair: rows.Member | None) -> str:
    """As what the chair is spoken of: 会長 where nobody is on record."""
    if chair is None:
        return "会長"
    return chair.title


def chair_name(chair: rows.Member | None) -> str:
    """The name of the chair; empty where nobody is on record."""
    if chair is None:
        return ""
    return chair.name


def seats_of(
    session: Session, sitting: rows.Sitting
) -> list[tuple[rows.Member, rows.Attendance | None]]:
    """Every member in office on the day of a sitting, with what was recorded of their being
    there."""
    attendance_of = {}
    for attendance in queries.sittings.attendance(session, sitting.id):
        attendance_of[attendance.member_id] = attendance
    pairs = []
    for member in rows.in_office(session, sitting.council_id, sitting.day):
        pairs.append((member, attendance_of.get(member.id)))
    return pairs
