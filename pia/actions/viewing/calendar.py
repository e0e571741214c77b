"""The calendar as pages show it: the days of one round, a month of the office on the wall, and all
rounds of a 年度 beside each other (規則第7条第1項, 第11条, 第14条第1項, 第15条, 第16条).

Reads only, as many statements for a hundred affairs as for one. Knows schedules, sittings and
duties. Must not know how anything is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...domain.procedure import calendar as reckoning
from ...domain.procedure import duties
from ...domain.procedure.office_days import OfficeDays
from ...store import queries
from ...store.rows.calendar import ClosingDay
from ...store.rows.councils import Sitting
from ..records import schedules
from ..records.schedules import ScheduledRound
from ..workplace import Workplace, line

MOST = 2_000  # rounds of a span
PAGE = 40  # rounds on a page of the year
NEAR = 20  # counts near a threshold
CROWDED = 3  # days of one name on one day that are listed one by one
DUTY = "duty"
SITTING = "sitting"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calendar is asked for: of one body, of one department; None for all."""

    body: int | None = None
    department: int | None = None


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a calendar can be narrowed to, and what it is narrowed to."""

    asked: Scope
    bodies: tuple[tuple[int, str], ...]
    departments: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """Something on a day: what it is, of what, how it is known (a standing of a schedule's line,
    `DUTY` or `SITTING`), by how many open days it is late, and the round or sitting it leads to."""

    day: date
    words: str
    about: str
    standing: str
    says: str = ""
    late: int = 0
    ref: str = ""
    sitting: int | None = None
    affair: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class RoundCalendar:
    """The days of one round with the open days of the office, and the duties that follow its
    publication, planned or done."""

    round: ScheduledRound
    office: OfficeDays
    today: date
    after: tuple[duties.Duty, ...] = ()

    @property
    def unsure(self) -> bool:
        """Whether a day lies past the last sure year."""
        return any(not line.sure for line in self.round.schedule.lines)


@dataclass(frozen=True, slots=True)
class WallDay:
    """A day of a month on the wall. `inside`: it belongs to the month; `closing`: why the office is
    closed; `sure`: whether the holidays of its year are."""

    day: date
    inside: bool
    closing: str
    events: tuple[CalendarDay, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class MonthCalendar:
    """A month by weeks from Sunday, with the months before and after it."""

    first: date
    weeks: tuple[tuple[WallDay, ...], ...]
    before: date
    after: date
    sure: bool
    scope: Scopes


@dataclass(frozen=True, slots=True)
class MonthOfDuties:
    """How many duties end in a month, by what they are called."""

    month: date
    counts: tuple[tuple[str, int], ...]

    @property
    def whole(self) -> int:
        """All of them."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class NearCount:
    """An affair whose last count of people comes near a threshold from below."""

    key: str
    affair: str
    people: int
    counted: date
    bound: int


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """A 年度: some of its rounds (`whole` of them; `unplanned` have no planned day), its sittings,
    the duties that end in each month and the counts near a threshold."""

    year: int
    rounds: tuple[ScheduledRound, ...]
    whole: int
    unplanned: int
    broken: int
    sittings: tuple[Sitting, ...]
    months: tuple[MonthOfDuties, ...]
    near: tuple[NearCount, ...]
    sure: bool
    scope: Scopes


# ---- one round


def of_round(wp: Workplace, ref: str, today: date) -> RoundCalendar:
    """The days of a round. PiaError when there is none."""
    with wp.store.read() as session:
        office = schedules.office_days(session, wp)
        rows = queries.calendar.round_rows(session, [line(session, ref).own_round.id])
        one = next(schedules.of_rounds(session, wp, rows, office, today))
        return RoundCalendar(one, office, today, _after(wp, one, today))


def _after(wp: Workplace, one: ScheduledRound, today: date) -> tuple[duties.Duty, ...]:
    """What falls due after the publication of a 実施 or 再実施; a 修正 restarts no clock."""
    published = one.schedule.line("published")
    if published is None or one.round.kind != "REASSESSMENT":
        return ()
    return duties.duties(published.day, None, None, today, wp.rules)


# ---- spans of days


def fiscal_year(day: date) -> int:
    """The 年度 of a day: from 1 April."""
    return day.year if day.month >= 4 else day.year - 1


def month(wp: Workplace, first: date, scope: Scope, today: date) -> MonthCalendar:
    """The month of a day on the wall."""
    first = first.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    last = after - timedelta(days=1)
    end = last + timedelta(days=(5 - last.weekday()) % 7)
    with wp.store.read() as session:
        office = schedules.office_days(session, wp)
        events: dict[date, list[CalendarDay]] = {}
        for event in _gathered(_between(session, wp, start, end, scope, office, today)):
            events.setdefault(event.day, []).append(event)
        scopes = _scopes(session, scope)
    weeks = []
    for week in range(((end - start).days + 1) // 7):
        row = []
        for place in range(7):
            day = start + timedelta(days=7 * week + place)
            listed = tuple(events.get(day, ()))
            closing = office.closing(day)
            row.append(WallDay(day, day.month == first.month, closing, listed, office.sure(day)))
        weeks.append(tuple(row))
    before = (first - timedelta(days=1)).replace(day=1)
    return MonthCalendar(first, tuple(weeks), before, after, office.sure(end), scopes)


def between(
    wp: Workplace, first: date, last: date, scope: Scope, today: date
) -> tuple[CalendarDay, ...]:
    """Everything from `first` to `last`, by day."""
    with wp.store.read() as session:
        office = schedules.office_days(session, wp)
        events = _gathered(_between(session, wp, first, last, scope, office, today))
        return tuple(sorted(events, key=lambda event: event.day))


def _between(
    session: Session,
    wp: Workplace,
    first: date,
    last: date,
    scope: Scope,
    office: OfficeDays,
    today: date,
) -> Iterator[CalendarDay]:
    for one in _scheduled(session, wp, first, last, scope, office, today):
        for event in days_of(one):
            if first <= event.day <= last:
                yield event
    for sitting in queries.calendar.sittings_between(session, first, last):
        yield CalendarDay(sitting.day, "審議会の会議", sitting.name, SITTING, sitting=sitting.id)
    yield from _duty_days(session, wp, first, last, scope)


def _scheduled(
    session: Session,
    wp: Workplace,
    first: date,
    last: date,
    scope: Scope,
    office: OfficeDays,
    today: date,
) -> Iterator[ScheduledRound]:
    """The rounds of a span, the documents of one 評価書一式 as one, by their main document."""
    rows = queries.calendar.rounds_between(session, first, last, scope.body, scope.department, MOST)
    mains: dict[tuple[int, str], Any] = {}
    for row in rows:
        of = (row[2].id, row[0].name)
        if of not in mains or mains[of][1].kind == "basic_item":
            mains[of] = row
    yield from schedules.of_rounds(session, wp, mains.values(), office, today)


def days_of(one: ScheduledRound) -> Iterator[CalendarDay]:
    """The days of a round that are known or planned; not those that went by without a record."""
    for at in one.schedule.lines:
        if at.standing == reckoning.PASSED:
            continue
        says = f"{at.words}。{at.reckoned}。{at.step.source}"
        yield CalendarDay(
            at.day,
            at.step.name,
            one.affair,
            at.standing,
            says,
            at.late,
            one.ref,
            key=f"{one.round.id}-{at.step.id}",
        )


def _duty_days(
    session: Session, wp: Workplace, first: date, last: date, scope: Scope
) -> Iterator[CalendarDay]:
    """The duties whose last day lies in a span: one line a day and name."""
    counts: Counter[tuple[date, str]] = Counter()
    standing = queries.calendar.reassessed_days(session, scope.body, scope.department)
    for day, reviewed, ended, count in standing:
        for duty in duties.duties(day, reviewed, ended, last, wp.rules):
            if first <= duty.due <= last:
                counts[duty.due, duty.name] += count
    for (day, name), count in counts.items():
        yield CalendarDay(day, name, f"{count}件の事務", DUTY, key=f"{day}-{name}")


def _gathered(events: Iterable[CalendarDay]) -> Iterator[CalendarDay]:
    """The same, where many of one name fall on one day as one line."""
    by_name: dict[tuple[date, str, str], list[CalendarDay]] = {}
    for event in events:
        by_name.setdefault((event.day, event.words, event.standing), []).append(event)
    for group in by_name.values():
        if len(group) <= CROWDED:
            yield from group
            continue
        first = group[0]
        late = max(event.late for event in group)
        yield CalendarDay(
            first.day,
            first.words,
            f"{len(group)}件",
            first.standing,
            late=late,
            key=f"{first.key}-{len(group)}",
        )


def _scopes(session: Session, asked: Scope) -> Scopes:
    bodies = tuple((number, name) for number, name in queries.calendar.bodies(session))
    departments = []
    for number, name, body in queries.calendar.departments(session):
        departments.append((number, name, body))
    return Scopes(asked, bodies, tuple(departments))


# ---- a 年度


def year(wp: Workplace, of: int, scope: Scope, first: int, today: date) -> YearCalendar:
    """A 年度, with its rounds from number `first` (from 0)."""
    begins = date(of, 4, 1)
    ends = date(of + 1, 3, 31)
    with wp.store.read() as session:
        office = schedules.office_days(session, wp)
        within = []
        unplanned = 0
        for one in _scheduled(session, wp, begins, ends, scope, office, today):
            days = [at.day for at in one.schedule.lines if at.standing != reckoning.PASSED]
            if not days:
                unplanned += 1
            elif min(days) <= ends and max(days) >= begins:
                within.append(one)
        return YearCalendar(
            of,
            tuple(within[first : first + PAGE]),
            len(within),
            unplanned,
            sum(one.schedule.broken is not None for one in within),
            tuple(queries.calendar.sittings_between(session, begins, ends)),
            tuple(_months(session, wp, of, scope)),
            _near(session, wp),
            office.sure(ends),
            _scopes(session, scope),
        )


def _months(session: Session, wp: Workplace, of: int, scope: Scope) -> Iterator[MonthOfDuties]:
    begins = date(of, 4, 1)
    counts: Counter[tuple[date, str]] = Counter()
    for event in _duty_days(session, wp, begins, date(of + 1, 3, 31), scope):
        number = int(event.about.removesuffix("件の事務"))
        counts[event.day.replace(day=1), event.words] += number
    for place in range(12):
        month = date(of + (place + 3) // 12, (place + 3) % 12 + 1, 1)
        named = sorted((name, count) for (at, name), count in counts.items() if at == month)
        yield MonthOfDuties(month, tuple(named))


def _near(session: Session, wp: Workplace) -> tuple[NearCount, ...]:
    bounds = [band["below"] for band in wp.thresholds["bands"] if band["below"]]
    per_cent = int(wp.calendar["near"])
    spans = [(bound * (100 - per_cent) // 100, bound) for bound in bounds]
    found = []
    for affair, people, counted in queries.calendar.counts_near(session, spans, NEAR):
        bound = reckoning.near_threshold(people, bounds, per_cent)
        if bound is not None:
            found.append(NearCount(affair.key, affair.name, people, counted, bound))
    return tuple(found)


def closings(wp: Workplace) -> Sequence[tuple[ClosingDay, str]]:
    """(what the city said of its days, how its author is shown), the latest first."""
    with wp.store.read() as session:
        return [(row, shown or row.actor) for row, shown in queries.calendar.closings_said(session)]
