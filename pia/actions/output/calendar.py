"""Calendars written out: of one round, of a 年度, of one person; and drafts of reminders with a
calendar beside them. Nothing is sent.

Knows what a day is called in a calendar and who may see which. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from ...documents.text import icalendar, mail_draft
from ...documents.text.icalendar import CalendarEntry
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure.calendar import DONE, FIXED
from ...domain.wareki import written
from ...store import queries
from ..access.given import given
from ..access.person import Person
from ..records.schedules import ScheduledRound
from ..viewing import calendar
from ..viewing.asking import Asking
from ..viewing.calendar import SITTING, CalendarDay, Scope
from ..workplace import Workplace

BACK = timedelta(days=60)
AHEAD = timedelta(days=400)
SOON = timedelta(days=60)  # what a reminder to a department names
NO_DEPARTMENT = "担当課"


def of_round(wp: Workplace, ref: str, at: datetime) -> bytes:
    """The days of a round. PiaError where it has none."""
    one = calendar.of_round(wp, ref, day_in_japan(at)).round
    _must_have_days(one)
    return icalendar.write(f"日程：{one.affair}", _entries(calendar.days_of(one)), at)


def of_year(wp: Workplace, year: int, scope: Scope, at: datetime) -> bytes:
    """Everything of a 年度."""
    events = calendar.between(wp, date(year, 4, 1), date(year + 1, 3, 31), scope, day_in_japan(at))
    return icalendar.write(f"評価書の予定（{year}年度）", _entries(events), at)


def of_person(wp: Workplace, who: Person, at: datetime) -> bytes:
    """What somebody may see, from some weeks back for a year: of their own department, of all, or
    the sittings before a member."""
    return icalendar.write("評価書の予定", _entries(_of_person(wp, who, at)), at)


def _of_person(wp: Workplace, who: Person, at: datetime) -> Iterable[CalendarDay]:
    today = day_in_japan(at)
    with wp.store.read() as session:
        asking = Asking(wp, session, who, at, wp.rights["rights"])
        department = asking.office_of
        if not asking.may("read"):
            mine = given(session, who, today).sittings
            sittings = queries.calendar.sittings_between(session, today - BACK, today + AHEAD)
            return [
                CalendarDay(sitting.day, "審議会の会議", sitting.name, SITTING, sitting=sitting.id)
                for sitting in sittings
                if sitting.id in mine
            ]
    return calendar.between(wp, today - BACK, today + AHEAD, Scope(None, department), today)


def _entries(events: Iterable[CalendarDay]) -> Iterator[CalendarEntry]:
    for event in events:
        key = event.key or f"sitting-{event.sitting}"
        summary = f"{event.words}（{event.about}）"
        fixed = event.standing in (DONE, FIXED, SITTING)
        yield CalendarEntry(key, event.day, summary, event.says, fixed=fixed)


def _must_have_days(one: ScheduledRound) -> None:
    if not one.schedule.lines:
        raise PiaError("変更の実施予定日が登録されていないため、日程がありません。")


# ---- drafts of reminders


def round_draft(wp: Workplace, ref: str, at: datetime) -> bytes:
    """A mail that reminds the department of a round of its next day, with all of its days."""
    one = calendar.of_round(wp, ref, day_in_japan(at)).round
    _must_have_days(one)
    following = one.schedule.next
    subject = f"【日程の確認】{one.affair}"
    lines = [
        f"{one.department or NO_DEPARTMENT}　御中",
        "",
        f"「{one.affair}」の{one.kind}の日程をお知らせします。",
    ]
    if following is not None:
        subject += f"　次は「{following.step.name}」（{written(following.day)}）"
        lines += [f"次は「{following.step.name}」で、{written(following.day)}の予定です。"]
    if one.schedule.sentence:
        lines += ["", f"このままでは間に合いません。{one.schedule.sentence}"]
    lines += ["", "日程"]
    for event in calendar.days_of(one):
        lines.append(f"・{written(event.day)}　{event.words}")
    return mail_draft.write(subject, "\n".join((*lines, "")), at, of_round(wp, ref, at), "日程.ics")


def department_draft(wp: Workplace, department: int, at: datetime) -> bytes:
    """A mail that reminds a department of everything of the next 60 days. PiaError where there is
    no such department or nothing to remind of."""
    today = day_in_japan(at)
    with wp.store.read() as session:
        names = {number: name for number, name, _ in queries.calendar.departments(session)}
    if department not in names:
        raise PiaError("その課はありません。一覧から選び直してください。")
    events = [
        event
        for event in calendar.between(
            wp, today - BACK, today + SOON, Scope(None, department), today
        )
        if event.standing not in (DONE, SITTING) and (event.day >= today or event.late)
    ]
    if not events:
        raise PiaError("この課には、60日のうちに知らせる日がありません。")
    until = written(today + SOON)
    lines = [f"{names[department]}　御中", "", f"{until}までの評価書の予定をお知らせします。", ""]
    for event in events:
        late = f"（{event.late}開庁日足りません）" if event.late else ""
        lines.append(f"・{written(event.day)}　{event.words}：{event.about}{late}")
    body = "\n".join((*lines, ""))
    listed = icalendar.write("評価書の予定", _entries(events), at)
    subject = f"【予定の確認】{names[department]}の評価書（{until}まで）"
    return mail_draft.write(subject, body, at, listed, "予定.ics")
