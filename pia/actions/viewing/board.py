"""The board of all rounds that run: how many stand in each state, and each with whose turn it is
and what is due next.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..workplace import Workplace
from .running import RunningSet, running

PAGE = 60  # sets on a page


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many sets stand in a state."""

    state: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Board:
    """Some of the sets that answer what was asked (`fitting` of `whole`), the nearest last day
    first; how many stand in each state; whose turn sets are."""

    sets: tuple[RunningSet, ...]
    fitting: int
    whole: int
    states: tuple[StateCount, ...]
    holders: tuple[str, ...]


def board(wp: Workplace, today: date, state: str, holder: str, first: int) -> Board:
    """The sets in a state ("" for all) that are a holder's turn ("" for anybody's), from number
    `first` (from 0)."""
    with wp.store.read() as session:
        sets = running(session, wp, today).sets
    fitting = []
    for one in sets:
        if state in ("", one.state) and holder in ("", one.holder):
            fitting.append(one)
    fitting.sort(key=lambda one: (one.until is None, one.until or today, one.affair))
    return Board(
        tuple(fitting[first : first + PAGE]),
        len(fitting),
        len(sets),
        counted(sets),
        tuple(sorted({one.holder for one in sets})),
    )


def counted(sets: Iterable[RunningSet]) -> tuple[StateCount, ...]:
    """How many sets stand in each state, in the order of the procedure."""
    count: dict[str, int] = {}
    known: dict[str, RunningSet] = {}
    for one in sets:
        count[one.state] = count.get(one.state, 0) + 1
        known[one.state] = one
    counts = []
    for one in sorted(known.values(), key=lambda one: (_rank(one), one.state)):
        counts.append(StateCount(one.state, one.state_name, count[one.state]))
    return tuple(counts)


def _rank(one: RunningSet) -> int:
    """The place of a set's state on its strip; what has none stands just before 提出."""
    if one.state in one.strip:
        return 2 * one.strip.index(one.state)
    if "SUBMITTED" in one.strip:
        return 2 * one.strip.index("SUBMITTED") - 1
    return 2 * len(one.strip)
