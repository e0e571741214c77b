"""The items of other documents of an affair that ask for the same as one being written, as its page
shows them beside the field.

Must not know what may be written there now, nor pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from ... import forms
from ...domain.change.describe import label, names
from ...domain.document.items import shown_beside
from ...domain.document.tree import Node, Path
from ...store import nodes
from ..records import shared_answers
from ..records.shared_answers import SharedPlace
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class SharedItem:
    """One of them: the line, the path and the words for both; what stands here and there as people
    read it; `digest` of what stands there."""

    ref: str
    path: str
    document: str
    place: str
    here: str
    there: str
    digest: str

    @property
    def same(self) -> bool:
        """Whether both say the same now."""
        return self.here.strip() == self.there.strip()


def of_item(wp: Workplace, ref: str, path: Path) -> tuple[SharedItem, ...]:
    """The items that ask for the same as one of a line; none where its form has no such item."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.head_id is None:
            return ()
        tree = nodes.recent(session, at.head_id)
        form = forms.load(tree.form)
        found = shared_answers.elsewhere(session, wp, at, form, path)
        return tuple(_item(one, tree.find(path)) for one in found)


def _item(one: SharedPlace, mine: Node | None) -> SharedItem:
    there, here = shown_beside(one.node, mine)
    said = names(one.form, one.tree)
    return SharedItem(
        one.at.ref,
        "/".join(one.path),
        one.form.name,
        label(one.form, one.path, said),
        here,
        there,
        one.digest,
    )
