"""What the documents of an affair share: for an item of one, the item of each other that asks for
the same, with what stands there (規則第4条第1項).

Knows the lines of an affair. Must not know who writes or what a page shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.content_checks import shared
from ...domain.document.form import Form, FormNode
from ...domain.document.items import item_at
from ...domain.document.tree import Node, Path, Tree
from ...store import nodes, queries
from ..workplace import VersionLine, Workplace


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """The item of another document that asks for the same: its line, its text and form, and the
    path of the item."""

    at: VersionLine
    tree: Tree
    form: Form
    path: Path

    @property
    def line(self) -> FormNode:
        """The form's item."""
        return item_at(self.form, self.path)

    @property
    def node(self) -> Node | None:
        """What stands there; None for nothing."""
        return self.tree.find(self.path)

    @property
    def digest(self) -> str:
        """Of what stands there; empty for nothing."""
        return self.node.digest if self.node is not None else ""


def elsewhere(
    session: Session, wp: Workplace, at: VersionLine, form: Form, path: Path
) -> tuple[SharedPlace, ...]:
    """The places of an item of a line in the other documents of its affair: in the draft of the
    round of the same name, else in the text as it stands."""
    name = at.round.name if at.round is not None else ""
    places = []
    for other, round_ in queries.content_checks.beside(session, at.assessment, name):
        running = round_ is not None and round_.head_id is not None
        where = VersionLine(other, round_ if running else None)
        if where.head_id is None:
            continue
        tree = nodes.recent(session, where.head_id)
        there = forms.load(tree.form)
        spot = shared.place(wp.content_checks, form, path, there)
        if spot is not None:
            places.append(SharedPlace(where, tree, there, spot))
    return tuple(places)
