"""The way of a round's draft through the house, for the round's page.

Reads only. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.procedure import holders
from ...store import queries
from ...store.rows.assessments import head
from ..records import draft_ways
from ..records.draft_ways import DraftWay
from ..records.revision import table_of
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class WayView:
    """A draft's way with the version a page shows (`seen`, KEY@N), and whether the text changed
    after it was last handed on."""

    way: DraftWay
    seen: str
    changed: bool

    @property
    def back_to(self) -> list[tuple[str, str]]:
        """(id, name) of the steps the draft can be sent back to, the nearest first."""
        return [(step.id, step.name) for step in reversed(self.way.back_to)]


def of_round(wp: Workplace, ref: str) -> WayView | None:
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
        return WayView(way, version.named(session), changed)
