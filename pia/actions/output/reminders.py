"""Every duty and every schedule of the house reckoned anew for a day, and what comes near said to
each department as the draft of a mail (規則第14条第1項, 第15条, 第16条).

Reads rounds in pages, so that a house of any size fits into memory. Knows departments and days.
Must not know folders, addresses, nor how a mail is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ...documents.text import icalendar, mail_draft
from ...documents.text.icalendar import CalendarEntry
from ...domain.act import day_in_japan
from ...domain.procedure import duties
from ...domain.procedure.calendar import FIXED
from ...domain.wareki import written
from ...store import queries
from ..records import schedules
from ..records.schedules import ScheduledRound
from ..workplace import Workplace

PAGE = 500  # rounds reckoned at a time
MOST = 100  # lines of a mail
NO_DEPARTMENT = "（課のない事務）"


@dataclass(frozen=True, slots=True)
class NearDay:
    """A day a department is reminded of: what it is, of what, by how many open days it is late (or
    that its last day went by)."""

    day: date
    words: str
    about: str
    over: str = ""
    fixed: bool = False


@dataclass(slots=True)
class Reckoned:
    """What a day came to: how many affairs and rounds were reckoned, and by department what is
    near, what went by and what cannot be kept."""

    affairs: int = 0
    rounds: int = 0
    near: dict[str, list[NearDay]] = field(default_factory=dict)


def reckon(wp: Workplace, today: date) -> Reckoned:
    """Every duty of every affair and the schedule of every round that runs, as they stand on a
    day."""
    out = Reckoned()
    with wp.store.read() as session:
        for row in queries.calendar.duty_rows(session):
            department, affair, reassessed, reviewed, ended = row
            out.affairs += 1
            for near in _duties(wp, affair, (reassessed, reviewed, ended), today):
                out.near.setdefault(department or NO_DEPARTMENT, []).append(near)
        office = schedules.office_days(session, wp)
        ids = queries.calendar.running_ids(session)
        for first in range(0, len(ids), PAGE):
            rows = queries.calendar.round_rows(session, ids[first : first + PAGE])
            for one in schedules.of_rounds(session, wp, rows, office, today):
                out.rounds += 1
                near_day = _next(wp, one, today)
                if near_day is not None:
                    out.near.setdefault(one.department or NO_DEPARTMENT, []).append(near_day)
            session.expunge_all()
    return out


def _duties(
    wp: Workplace, affair: str, days: tuple[date | None, date | None, date | None], today: date
) -> Iterator[NearDay]:
    """`days`: of the last 実施 or 再実施, of the last 年次見直し, and of the end."""
    reassessed, reviewed, ended = days
    for duty in duties.duties(reassessed, reviewed, ended, today, wp.rules):
        if duty.state == "over" and duty.rule != "R18":
            yield NearDay(duty.due, duty.name, affair, "過ぎています")
        elif duty.state != "over" and duty.due - today <= duties.SOON:
            yield NearDay(duty.due, duty.name, affair)


def _next(wp: Workplace, one: ScheduledRound, today: date) -> NearDay | None:
    """The next day of a round, once it is near or cannot be kept."""
    line = one.schedule.next
    soon = today + timedelta(days=int(wp.calendar["soon"]))
    if line is None or not (line.late or line.day <= soon):
        return None
    late = f"{line.late}開庁日足りません" if line.late else ""
    return NearDay(line.day, line.step.name, one.affair, late, line.standing == FIXED)


def drafts(reckoned: Reckoned, at: datetime) -> Iterator[tuple[str, bytes]]:
    """(department, draft of a mail) of each department that something is near for."""
    today = day_in_japan(at)
    for department, near in sorted(reckoned.near.items()):
        days = sorted(near, key=lambda one: (one.day, one.words, one.about))
        lines = [f"{department}　御中", "", "次の日が近づいているか、過ぎています。", ""]
        entries = []
        for place, one in enumerate(days[:MOST]):
            over = f"（{one.over}）" if one.over else ""
            lines.append(f"・{written(one.day)}　{one.words}：{one.about}{over}")
            key = f"{department}-{one.words}-{one.about}-{place}"
            summary = f"{one.words}（{one.about}）"
            entries.append(CalendarEntry(key, one.day, summary, one.over, fixed=one.fixed))
        if len(days) > MOST:
            lines.append(f"・ほか{len(days) - MOST}件")
        subject = f"【予定の確認】{department}の評価書 {len(days)}件（{written(today)}）"
        body = "\n".join((*lines, ""))
        listed = icalendar.write("評価書の予定", entries, at)
        yield department, mail_draft.write(subject, body, at, listed, "予定.ics")
