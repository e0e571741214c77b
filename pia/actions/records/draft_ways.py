"""Where the draft of a round lies on its way through the house, and what was done on it.

The way begins anew whenever the procedure hands the round to its department. Reads only; must not
know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.compare import compare
from ...domain.change.describe import citation, item_path, names
from ...domain.document.tree import Tree
from ...domain.procedure import draft_ways as rules
from ...domain.procedure.draft_ways import HandoverStep
from ...store import nodes, queries
from ...store.rows.draft_ways import SENT_BACK, Handover
from ..workplace import VersionLine, Workplace
from .revision import moved_base


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
    handed it to its department, oldest first; the departments that are the 情報部門."""

    steps: tuple[HandoverStep, ...]
    here: HandoverStep
    done: tuple[HandoverLine, ...]
    digital: frozenset[int] = frozenset()

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

    def is_turn_of(self, role: str, department_id: int | None) -> bool:
        """Whether it is the turn of somebody of a role and department, as the step says; whether
        the document is of their department, who asks knows."""
        if self.here.of:
            return role in self.here.who and department_id in self.digital
        return role in self.here.who

    @property
    def next(self) -> HandoverStep | None:
        """The step it is handed on to; None from the last."""
        return rules.following(self.steps, self.here)


Row = tuple[Handover, str | None]


def of_round(session: Session, wp: Workplace, round_id: int, since: datetime) -> DraftWay | None:
    """The way of one round's draft since an instant; None where the city has no steps."""
    rows = queries.draft_ways.of_rounds(session, [round_id])
    steps, digital = steps_of(session, wp)
    return way(steps, rows, since, digital)


def steps_of(session: Session, wp: Workplace) -> tuple[tuple[HandoverStep, ...], frozenset[int]]:
    """(the steps of the city's list, the departments that are its 情報部門)."""
    digital = frozenset[int]()
    if any(line.get("of") for line in wp.handover["steps"]):
        digital = frozenset(queries.departments.digital(session))
    return rules.way(wp.handover, bool(digital)), digital


def steps_where_needed(
    session: Session, wp: Workplace, done: Iterable[Sequence[Row]]
) -> tuple[tuple[HandoverStep, ...], frozenset[int]]:
    """The same; the departments are asked for only where a draft went to a step of theirs."""
    of = {line["id"] for line in wp.handover["steps"] if line.get("of")}
    if any(rows and rows[-1][0].goes_to in of for rows in done):
        return steps_of(session, wp)
    return rules.way(wp.handover, digital=False), frozenset()


def changed(session: Session, wp: Workplace, at: VersionLine) -> tuple[tuple[str, str], ...]:
    """(path, as it is cited) of the items of a round's draft that the 情報部門 looks over and that
    say something else than what was published; of all of them where nothing was."""
    head = nodes.recent(session, at.own_head)
    form = forms.load(head.form)
    wanted = frozenset(wp.digital_items.get(form.kind, ()))
    base = Tree(head.form, ())
    if at.own_round.base_id is not None:
        base = moved_base(session, at.own_round.base_id, form)
    cited = {}
    known = names(form, base, head)
    for change in compare(base, head):
        path = item_path(change)
        found = form.at(path)[0]
        if found is not None and wanted & {found.id, *(parent.id for parent in found.parents)}:
            cited["/".join(path)] = citation(form, path, known)
    return tuple(cited.items())


def way(
    steps: Sequence[HandoverStep],
    rows: Iterable[Row],
    since: datetime,
    digital: frozenset[int] = frozenset(),
) -> DraftWay | None:
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
    return DraftWay(tuple(steps), rules.lies_at(steps, goes_to), tuple(done), digital)
