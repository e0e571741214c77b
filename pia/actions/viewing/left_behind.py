"""書きかけ of people who may write there no more: that they exist, at which items, of whom and
since when; never a word of them.

A draft that was not saved is its writer's alone (`editing.unsaved`). Reads only. Must not know
pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ... import forms
from ...store import nodes, queries
from ..access.person import Person
from ..workplace import Workplace, line
from .comments import item_words


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """One item somebody was writing who may do so no more."""

    who: str
    item: str
    at: datetime


def is_told(who: Person) -> bool:
    """Whether somebody is told of them: the head of a department."""
    return who.role == "head" and who.department_id is not None


def of_round(wp: Workplace, ref: str, who: Person) -> tuple[LeftBehind, ...]:
    """What was left on a round's draft, for the head of its department; nothing for others."""
    if not is_told(who):
        return ()
    with wp.store.read() as session:
        at = line(session, ref)
        owner = queries.affairs.department_of_assessment(session, at.assessment.id)
        rows = queries.unsaved.left_on(session, at.ref)
        if owner != who.department_id or not rows or at.head_id is None:
            return ()
        form = forms.load(nodes.recent(session, at.head_id).form)
        return tuple(
            LeftBehind(shown, item_words(form, tuple(row.path.split("/"))), row.at)
            for row, shown in rows
        )
