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
        """The form the line is on."""
        return self.source.form

    @property
    def tree(self) -> Tree:
        """Its text now."""
        return self.source.tree


def open_desk(ref: str) -> Desk:
    """The desk of a line, as it is now."""
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        closed = editing.closed(wp, ref)
        if "~" not in ref:
            return Desk(ref, source, None, (), None, closed)
        view = rounds.round_head(wp, ref)
        base = sources.read_ref(wp, view.base_ref) if view.base_ref else None
    if base is not None:
        base = sources.matched(base, source)[0]
    return Desk(ref, source, base, view.reasons, view, closed)


def path_of(given: str) -> Path:
    """The path an address names."""
    return tuple(given.split("/"))
