"""What every page of the desk shows: the line, its head, what was published last, the round with
its reasons.

Knows how a line is read for writing. Must not know what a page does with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.sources import Source
from ...actions.viewing import rounds
from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.errors import Refused
from ..actor import workplace

blueprint = Blueprint("writing", __name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of the desk shows: the line, its head, what was published last, the round
    with its reasons, and why nothing can be written now."""

    ref: str
    source: Source
    base: Source | None
    reasons: tuple[str, ...]
    round: rounds.RoundHead | None
    closed: Refused | None

    @property
    def form(self) -> Form:
        return self.source.form

    @property
    def tree(self) -> Tree:
        return self.source.tree


def open_desk(ref: str) -> Desk:
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        closed = editing.closed(wp, ref)
        if "~" not in ref:
            return Desk(ref, source, None, (), None, closed)
        view = rounds.round_head(wp, ref)
        if view.base_ref:
            base = sources.read_ref(wp, view.base_ref)
        else:
            base = None
    return Desk(
        ref,
        source,
        base if base and base.form.id == source.form.id else None,
        view.reasons,
        view,
        closed,
    )


def path_of(given: str) -> Path:
    return tuple(given.split("/"))
