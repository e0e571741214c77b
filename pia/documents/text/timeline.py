"""Days drawn: the schedule of one round as a line from above to below, and a bar of a 年度 for one
round among many. Only where things stand is reckoned here; a page draws them.

Knows schedules and open days. Must not know colours, nor how a page is laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ...domain.procedure.calendar import PASSED, Schedule
from ...domain.procedure.office_days import OfficeDays

_DAY = timedelta(days=1)
WIDTH = 340  # of the drawing
_PER_DAY = (2.4, 7.5)  # least and most height of a day
_LABEL = 44  # least height between two labels
_TOP = 16
_BEFORE_TODAY = 45  # days before the first one from which on today is still shown


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """A day of a schedule: where it lies on the axis (`at`) and where its words stand (`words`)."""

    place: int
    at: float
    words: float


@dataclass(frozen=True, slots=True)
class MonthBand:
    """A month beside the axis: from where to where, and whether its year is said."""

    month: date
    top: float
    bottom: float
    with_year: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawn schedule: `closed` are stretches of closed days (from, how long), `period` the
    consultation, `today` where this day lies, where it does."""

    height: float
    marks: tuple[TimelineMark, ...]
    months: tuple[MonthBand, ...]
    closed: tuple[tuple[float, float], ...]
    period: tuple[float, float] | None
    today: float | None


def timeline(schedule: Schedule, office: OfficeDays, today: date) -> Timeline:
    """The line of a schedule that has days."""
    days = [line.day for line in schedule.lines]
    first = min(days)
    last = max(days)
    if first - timedelta(days=_BEFORE_TODAY) <= today < first:
        first = today
    elif last < today <= last + timedelta(days=_BEFORE_TODAY):
        last = today
    first = first.replace(day=1)
    last = (last.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY

    wanted = _LABEL * len(days) * 1.3 / max((max(days) - min(days)).days, 1)
    per_day = min(max(wanted, _PER_DAY[0]), _PER_DAY[1])

    def at(day: date) -> float:
        return round(_TOP + (day - first).days * per_day, 1)

    places = [at(day) for day in days]
    words = _spread(places)
    marks = []
    for place, at_axis in enumerate(places):
        marks.append(TimelineMark(place, at_axis, words[place]))
    opened = schedule.line("opened")
    closed = schedule.line("closed")
    period = None
    if opened and closed and opened.day <= closed.day:
        period = (at(opened.day), at(closed.day) - at(opened.day))
    return Timeline(
        max(at(last + _DAY), words[-1] + _LABEL) + _TOP,
        tuple(marks),
        tuple(_bands(first, last, at)),
        tuple(_closed(first, last, office, at)),
        period,
        at(today) if first <= today <= last else None,
    )


def _spread(places: Sequence[float]) -> list[float]:
    """Where labels stand that would stand at these places, kept apart by `_LABEL`: those that are
    too near one another stand evenly around the middle of their places."""
    groups: list[tuple[float, int]] = []  # (middle, how many)
    for place in places:
        middle = place
        count = 1
        while groups and middle - count * _LABEL / 2 < _end(groups[-1]):
            before, many = groups.pop()
            middle = (before * many + middle * count) / (many + count)
            count += many
        middle = max(middle, _TOP + count * _LABEL / 2)
        groups.append((middle, count))
    spread = []
    for middle, count in groups:
        first = middle - (count - 1) * _LABEL / 2
        spread += [round(first + number * _LABEL, 1) for number in range(count)]
    return spread


def _end(group: tuple[float, int]) -> float:
    return group[0] + group[1] * _LABEL / 2


def _bands(first: date, last: date, at: Callable[[date], float]) -> Iterator[MonthBand]:
    month = first
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        yield MonthBand(month, at(month), at(following), month == first or month.month == 1)
        month = following


def _closed(
    first: date, last: date, office: OfficeDays, at: Callable[[date], float]
) -> Iterator[tuple[float, float]]:
    begun = None
    day = first
    while day <= last + _DAY:
        shut = day <= last and not office.is_open(day)
        if shut and begun is None:
            begun = day
        if not shut and begun is not None:
            yield at(begun), round(at(day) - at(begun), 1)
            begun = None
        day += _DAY


# ---- a bar of a 年度

# From the day of a step to that of another: how the stretch between is drawn.
STRETCHES = (
    ("drafted", "opened", "draft"),
    ("opened", "closed", "period"),
    ("closed", "heard", "council"),
    ("heard", "published", "outward"),
    ("drafted", "published", "draft"),
)

SHOWN = ("heard", "submitted", "published", "changed")  # single days of a bar


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, in per cent of the year: where it begins, how long, and what it is."""

    begins: float
    long: float
    kind: str
    done: bool


@dataclass(frozen=True, slots=True)
class YearBar:
    """The bar of a round in a 年度: its stretches, and single days (per cent, step, how known,
    whether late)."""

    stretches: tuple[Stretch, ...]
    days: tuple[tuple[float, str, str, bool], ...]


def of_year(year: int, day: date) -> float:
    """Where a day lies in a 年度, in per cent: every month has the same width."""
    month = (day.year - year) * 12 + day.month - 4
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    length = (following - day.replace(day=1)).days
    return round((month + (day.day - 1) / length) * 100 / 12, 2)


def bar(schedule: Schedule, year: int, today: date) -> YearBar:
    """The bar of a schedule in a 年度, cut where the year begins and ends."""
    stretches = []
    covered = False
    for begins, ends, kind in STRETCHES:
        first = schedule.line(begins)
        last = schedule.line(ends)
        whole = (begins, ends) == ("drafted", "published")
        if first is None or last is None or (whole and covered):
            continue
        covered = True
        left = max(of_year(year, first.day), 0)
        right = min(of_year(year, last.day), 100)
        if right > left:
            stretches.append(Stretch(left, round(right - left, 2), kind, last.day <= today))
    shown = []
    for line in schedule.lines:
        place = of_year(year, line.day)
        if line.step.id in SHOWN and 0 <= place <= 100 and line.standing != PASSED:
            shown.append((place, line.step.id, line.standing, bool(line.late)))
    return YearBar(tuple(stretches), tuple(shown))
