"""Where the draft of a round lies on its way through the house, and what was done on it.

The way begins anew whenever the procedure hands the round to its department. Reads only; must not
know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ...domain.procedure import draft_ways as rules
from ...domain.procedure.draft_ways import HandoverStep
from ...store import queries
from ...store.rows.draft_ways import SENT_BACK, Handover
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One act on the way, as a page shows it: `who` as they are shown, the names of the steps, and
    the version that was looked at."""

    who: str
    actor: str
    at: datetime
    back: bool
    step: str
    goes_to: str
    reason: str
    absent: str
    version: int


@dataclass(frozen=True, slots=True)
class DraftWay:
    """The way of one draft: all steps, the one it lies at, and what was done since the procedure
    handed it to its department, oldest first."""

    steps: tuple[HandoverStep, ...]
    here: HandoverStep
    done: tuple[HandoverLine, ...]

    @property
    def last(self) -> HandoverLine | None:
        """What was done last."""
        return self.done[-1] if self.done else None

    @property
    def at_end(self) -> bool:
        """Whether it lies at the last step: the office has it."""
        return self.here == self.steps[-1]

    @property
    def back_to(self) -> tuple[HandoverStep, ...]:
        """The steps it can be sent back to."""
        return rules.before(self.steps, self.here)

    @property
    def next(self) -> HandoverStep | None:
        """The step it is handed on to; None from the last."""
        return rules.following(self.steps, self.here)


Row = tuple[Handover, str | None]


def of_round(session: Session, wp: Workplace, round_id: int, since: datetime) -> DraftWay | None:
    """The way of one round's draft since an instant; None where the city has no steps."""
    rows = queries.draft_ways.of_rounds(session, [round_id])
    return way(rules.way(wp.handover), rows, since)


def way(steps: Sequence[HandoverStep], rows: Iterable[Row], since: datetime) -> DraftWay | None:
    """The way of a draft from its acts since an instant; None where the city has no steps."""
    if not steps:
        return None
    names = {step.id: step.name for step in steps}
    done = []
    goes_to = ""
    for act, shown in rows:
        if act.at < since:
            continue
        goes_to = act.goes_to
        done.append(
            HandoverLine(
                shown or act.actor,
                act.actor,
                act.at,
                act.act == SENT_BACK,
                names.get(act.step, act.step),
                names.get(act.goes_to, act.goes_to),
                act.reason,
                act.absent,
                act.version_id,
            )
        )
    return DraftWay(tuple(steps), rules.lies_at(steps, goes_to), tuple(done))
