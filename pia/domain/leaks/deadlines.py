"""When a 速報 and a 確報 are due: from the day the body knew that a case is one of those a law
names, counted as day 1 (個人情報保護法施行規則第44条第1項・第2項,
漏えい等報告規則第3条第1項・第2項).

30 and 60 days are of the texts; that the first day counts, the 3 to 5 days and the next open day
are of a guideline that was not read (未確認): they warn. Knows days, and which are closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from ..procedure.office_days import OfficeDays
from .triggers import MET, Trigger


@dataclass(frozen=True, slots=True)
class Deadlines:
    """`start`: day 1; `soon` and `first`: the 3rd and the 5th day, by which a 速報 should be sent;
    `first_open`: the last open day up to the 5th; `counted`: the 30th or 60th day; `final`: that
    day or the open day after it; `sure`: the holidays of that year were announced."""

    start: date
    soon: date
    first: date
    first_open: date
    days: int
    counted: date
    final: date
    closed: str
    sure: bool


def nth(start: date, number: int) -> date:
    """The day of a number where `start` is day 1."""
    return start + timedelta(days=number - 1)


@lru_cache(maxsize=8)
def _office(first: str, last: str, says: str, sure_until: int) -> OfficeDays:
    closed = [{"from": first, "to": last, "says": says}]
    return OfficeDays({"closed": closed, "holidays": {"sure_until": sure_until}})


def office_of(clock: Mapping[str, Any]) -> OfficeDays:
    """The days on which the commission's count moves on; not the city's own."""
    line = clock["closed"][0]
    return _office(
        str(line["from"]),
        str(line["to"]),
        str(line["says"]),
        int(clock["holidays"]["sure_until"]),
    )


def from_day(clock: Mapping[str, Any], start: date, long: bool) -> Deadlines:
    """What is due from a day; `long`: 60 days, for what somebody may have done with a wrongful
    purpose."""
    office = office_of(clock)
    days = int(clock["final"]["long" if long else "days"])
    first = nth(start, int(clock["first"]["last"]))
    counted = nth(start, days)
    final = office.on_or_after(counted)
    # Closed up to day 1 itself: then only day 1 is left.
    first_open = max(start, office.on_or_before(first))
    return Deadlines(
        start,
        nth(start, int(clock["first"]["soon"])),
        first,
        first_open,
        days,
        counted,
        final,
        office.closing(counted),
        office.sure(counted),
    )


def of_triggers(clock: Mapping[str, Any], found: Sequence[Trigger]) -> Deadlines | None:
    """What is due for the cases of one law: from the first day one of them was known, with the
    longer time where one of those that hold has it. None where none holds."""
    met = [each for each in found if each.state == MET and each.since is not None]
    if not met:
        return None
    start = min(each.since for each in met if each.since is not None)
    return from_day(clock, start, any(each.long for each in met))


# How a day stands to what is due.
LATE, TODAY, NEAR, AHEAD = "late", "today", "near", "ahead"


def standing(today: date, soon: date, last: date) -> str:
    """Whether something due on its last day is late, due today, near (from `soon`) or ahead."""
    if today > last:
        return LATE
    if today == last:
        return TODAY
    return NEAR if today >= soon else AHEAD
