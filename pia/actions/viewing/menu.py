"""How much waits behind each page of the menu, in one statement.

Knows rights as data and whose turn the states of the city's procedure are. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...domain.procedure import draft_ways, holders
from ...store import queries
from ...store.queries.waiting import MenuAsked
from ..access.person import Person
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class MenuCounts:
    """What waits for one person: `rounds` whose next step is theirs, `opinions` that came and are
    not taken in or not answered, `council` questions without an answer, or referrals before a
    member."""

    rounds: int = 0
    opinions: int = 0
    council: int = 0


NOTHING = MenuCounts()


def counts(wp: Workplace, who: Person, today: date) -> MenuCounts:
    """What waits for a person on a day; nothing for who only reads."""
    rights: Mapping[str, Any] = wp.rights["rights"]

    def may(right: str) -> bool:
        return who.role in rights[right]["roles"]

    if not may("draft") and not may("remark"):
        return NOTHING
    with wp.store.read() as session:
        if may("remark"):
            return MenuCounts(council=queries.waiting.before_member(session, who.name, today))
        office = may("office")
        department = None
        if who.role in rights["draft"].get("own", ()):
            department = who.department_id or 0
        asked = MenuAsked(
            office,
            department,
            _states(wp.procedure, "department"),
            _states(wp.procedure, "office"),
            _steps(wp, who.role, office),
            _digital(wp, who.role),
            _another(wp),
            who.name,
        )
        row = queries.waiting.menu(session, asked, today)
        if not office:
            return MenuCounts(row.rounds, row.assigned, row.questions)
        return MenuCounts(row.rounds + row.over, row.inbox + row.opinions, row.questions)


def _states(table: Mapping[str, Any], holder: str) -> tuple[str, ...]:
    """The states of a table in which a round is somebody's turn whatever else is on record."""
    states = []
    for state in table["states"]:
        if holders.holder(table, state) == holder and state != "REVISING":
            states.append(state)
    return tuple(states)


def _steps(wp: Workplace, role: str, office: bool) -> tuple[str, ...]:
    """The steps of a draft through the house that are a role's turn; the first is where it lies
    before it went anywhere. Without such steps it lies with whoever writes."""
    way = draft_ways.way(wp.handover, digital=False)
    steps = [step.id for step in way if role in step.who]
    if (way and role in way[0].who) or (not way and not office):
        steps.append("")
    return tuple(steps)


def _digital(wp: Workplace, role: str) -> tuple[str, ...]:
    """The steps of a draft that are the turn of a role of the 情報部門, of any document."""
    way = draft_ways.way(wp.handover, digital=True)
    return tuple(step.id for step in way if step.of and role in step.who)


def _another(wp: Workplace) -> tuple[str, ...]:
    """The steps that another takes than who handed the draft on."""
    return tuple(step.id for step in draft_ways.way(wp.handover, digital=True) if step.another)
