"""The way of a round's draft through the house, for the round's page.

Reads only. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.procedure import draft_ways as rules
from ...domain.procedure import holders
from ...store import queries
from ...store.rows.assessments import head
from ..access.person import Person
from ..records import draft_ways
from ..records.draft_ways import DraftWay
from ..records.revision import table_of
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class WayView:
    """A draft's way with the version a page shows (`seen`, KEY@N), and whether the text changed
    after it was last handed on; whether it is the reader's turn, whether it lies with the 情報部門
    and the reader is one of its people, and the items (path, as cited) that one looks over that
    changed."""

    way: DraftWay
    seen: str
    changed: bool
    mine: bool = False
    with_digital: bool = False
    items: tuple[tuple[str, str], ...] = ()

    @property
    def goes_to(self) -> str:
        """The name of the step it is handed on to now; empty from the last."""
        onward = self.way.next
        if onward is not None and onward.of and not self.items:
            onward = rules.following(self.way.steps, onward)
        return onward.name if onward is not None else ""

    @property
    def back_to(self) -> list[tuple[str, str]]:
        """(id, name) of the steps the draft can be sent back to, the nearest first."""
        return [(step.id, step.name) for step in reversed(self.way.back_to)]


def of_round(wp: Workplace, ref: str, who: Person) -> WayView | None:
    """The way of a round that is at its department; None for another one, and where the city has no
    steps."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None or at.round.head_id is None:
            return None
        if holders.holder(table_of(session, wp, at), at.round.state) != "department":
            return None
        steps = queries.waiting.last_steps(session, [at.round.id])
        way = draft_ways.of_round(session, wp, at.round.id, steps[-1][0].at)
        version = head(session, at.round)
        if way is None or version is None:
            return None
        last = way.last
        changed = last is not None and last.version != version.id
        mine = way.is_turn_of(who.role, who.department_id)
        items: tuple[tuple[str, str], ...] = ()
        if any(step.of for step in way.steps):
            items = draft_ways.changed(session, wp, at)
        with_digital = mine and bool(way.here.of)
        return WayView(way, version.named(session), changed, mine, with_digital, items)
