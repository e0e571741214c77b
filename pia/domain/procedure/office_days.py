"""The days on which an office is open: weekends, 国民の祝日 (computed by the library jpholiday),
the days of every year a city closes on, and what a city has said of single days.

Knows days and names. Must not know which day it is, nor where a city's days are kept. What the
library says of a year later than `sure_until` is computed and may be changed by a law or by the
announcement of the equinoxes: `sure` says so. 国民の祝日に関する法律 was not read (未確認).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import jpholiday

DAYS = "月火水木金土日"
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """What a city has said of the days from `first` to `last`, both counted: closed under a name
    or (`opened`) open although the calendar says otherwise, as for a holiday that was moved."""

    first: date
    last: date
    name: str
    opened: bool = False


@cache
def holidays(year: int) -> Mapping[date, str]:
    """The 国民の祝日 and 休日 of a year with their names, in order."""
    return MappingProxyType({day: str(name) for day, name in jpholiday.year_holidays(year)})


class OfficeDays:
    """The calendar of one office. `rules`: the file calendar.yaml; `own`: what the city has said
    of single days, in the order it was said; the last counts."""

    def __init__(self, rules: Mapping[str, Any], own: Iterable[ClosedPeriod] = ()):
        self._yearly = tuple(
            (_month_day(line["from"]), _month_day(line["to"]), str(line["says"]))
            for line in rules["closed"]
        )
        self._own: dict[date, tuple[str, bool]] = {}
        for period in own:
            day = period.first
            while day <= period.last:
                self._own[day] = (period.name, period.opened)
                day += _DAY
        self.sure_until = int(rules["holidays"]["sure_until"])
        self._known: dict[date, str] = {}
        self._years: dict[int, Sequence[int]] = {}

    def closing(self, day: date) -> str:
        """Why the office is closed on a day: 元日, 土曜日, 年末年始; "" where it is open."""
        if day not in self._known:
            self._known[day] = self._closing(day)
        return self._known[day]

    def _closing(self, day: date) -> str:
        if day in self._own:
            name, opened = self._own[day]
            return "" if opened else name
        holiday = holidays(day.year).get(day)
        if holiday is not None:
            return holiday
        here = (day.month, day.day)
        for first, last, says in self._yearly:
            within = first <= here <= last if first <= last else not last < here < first
            if within:
                return says
        if day.weekday() >= _SATURDAY:
            return f"{DAYS[day.weekday()]}曜日"
        return ""

    def said(self, day: date) -> str:
        """What the city has said of a day; "" where it said nothing."""
        return self._own.get(day, ("", False))[0]

    def is_open(self, day: date) -> bool:
        """Whether the office is open."""
        return not self.closing(day)

    def sure(self, day: date) -> bool:
        """Whether the holidays of its year were announced when the rules were written."""
        return day.year <= self.sure_until

    def on_or_before(self, day: date) -> date:
        """The day itself where the office is open, else the last open day before it."""
        while not self.is_open(day):
            day -= _DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The day itself where the office is open, else the next open day."""
        while not self.is_open(day):
            day += _DAY
        return day

    def before(self, day: date, count: int) -> date:
        """The open day that lies so many open days before a day; with 0 the day itself or the open
        day before it."""
        if count == 0:
            return self.on_or_before(day)
        for _ in range(count):
            day = self.on_or_before(day - _DAY)
        return day

    def between(self, first: date, last: date) -> int:
        """How many open days lie after `first` up to `last`; negative where `last` is earlier."""
        if last < first:
            return -self.between(last, first)
        whole = sum(self._counts(year)[-1] for year in range(first.year, last.year))
        return whole + self._up_to(last) - self._up_to(first)

    def _up_to(self, day: date) -> int:
        """How many open days its year has up to a day, the day itself counted."""
        return self._counts(day.year)[(day - date(day.year, 1, 1)).days]

    def _counts(self, year: int) -> Sequence[int]:
        """By day of a year: how many open days it has up to that day."""
        if year not in self._years:
            days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
            open_days = [self.is_open(date(year, 1, 1) + number * _DAY) for number in range(days)]
            self._years[year] = tuple(accumulate(open_days))
        return self._years[year]


def _month_day(text: str) -> tuple[int, int]:
    month, day = str(text).split("-")
    return int(month), int(day)
