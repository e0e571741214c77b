"""A tree being worked on: the nodes `replay` and `apply` open, change and close again.

Knows trees and the order of a form's fixed nodes. Must not know which change is right.
"""

from __future__ import annotations

from ..change.model import Added, Change, Moved, Place
from ..document.blocks import keyed
from ..document.form import Form
from ..document.tree import FREE, LEAVES, Node, Path, Tree, pruned
from ..errors import PiaError


class ReplayError(PiaError):
    """The changes do not fit this tree: they were made from another one."""


class Work:
    """A node being worked on. Opened only where changes lead; all else stays the immutable node it
    was.
    """

    __slots__ = (
        "_index",
        "content",
        "extra",
        "incoming",
        "key",
        "kids",
        "kind",
        "new_key",
        "node",
        "value",
    )

    def __init__(self, node: Node):
        self.node: Node | None = node
        self.key = node.key
        self.kind = node.kind
        self.content = node.content
        self.value = node.value
        self.extra = node.extra
        self.kids: list[Work] | None = None
        self.incoming: list[tuple[int, Work]] = []
        self.new_key = node.key
        self._index: dict[tuple[bool, str], Work] | None = None

    def open(self) -> list[Work]:
        """Its children, which from now on may change."""
        if self.kids is None:
            if self.node:
                self.kids = list(map(Work, self.node.children))
            else:
                self.kids = []
            self.node = None
        return self.kids

    def below(self, key: str, leaf: bool, new: bool = False) -> Work | None:
        """The child of a key; `new` looks for the key it has after the changes."""
        if not new and self._index is None and len(self.open()) > 20:
            self._index = {(work.kind in LEAVES, work.key): work for work in reversed(self.open())}
        if not new and self._index is not None:
            return self._index.get((leaf, key))
        for work in (*self.open(), *(work for _, work in self.incoming)):
            if (work.new_key if new else work.key) == key and (work.kind in LEAVES) == leaf:
                return work
        return None

    def put(self, n: Node | None) -> None:
        """Takes over another content (None: no content any more)."""
        self.open()
        if n:
            self.content = n.content
            self.value = n.value
        else:
            self.content = None
            self.value = None

    def own(self) -> Node | None:
        """Its content as it stands now; None where it has none."""
        if self.content:
            return Node(self.key, self.kind, self.content, self.value)
        return None

    def closed(self, form: Form, path: Path) -> Node:
        """The finished node; the very one it came from where nothing changed."""
        if (
            self.node is not None
            and not self.incoming
            and self.extra == self.node.extra
            and self.new_key == self.node.key
        ):
            return self.node
        return Node(
            self.new_key,
            self.kind,
            self.content,
            self.value,
            self.closed_children(form, path),
            self.extra,
        )

    def closed_children(self, form: Form, path: Path) -> tuple[Node, ...]:
        """Leaves first, then entries and sections, then the fixed nodes as the form orders them."""
        free = []
        for kid in self.open():
            if kid.kind in FREE:
                free.append(kid)
        if self.incoming:
            free = self._arranged(free)
        closed = [work.closed(form, (*path, work.new_key)) for work in free]
        leaves = keyed(node for node in closed if node.kind in LEAVES)
        others = []
        for node in closed:
            if node.kind not in LEAVES:
                others.append(node)
        if any(node.kind == "section" for node in others):
            others = list(keyed(others))
        return (*leaves, *others, *self._closed_fixed(form, path))

    def _arranged(self, staying: list[Work]) -> list[Work]:
        """The free children with the incoming ones at their indices; those that stay fill the
        rest."""
        total = len(staying) + len(self.incoming)
        places: list[Work | None] = [None] * total
        for index, work in self.incoming:
            if index >= total or places[index] is not None:
                raise ReplayError("変更の位置が、この文書と合いません。")
            places[index] = work
        rest = iter(staying)
        return [place or next(rest) for place in places]

    def _closed_fixed(self, form: Form, path: Path) -> list[Node]:
        order = form.order(path)
        fixed = []
        for kid in self.open():
            if kid.kind not in FREE:
                fixed.append(kid.closed(form, (*path, kid.key)))
        return sorted(fixed, key=lambda node: order.get(node.key, len(order)))


class WorkingTree:
    """A whole document being worked on."""

    def __init__(self, tree: Tree, form: Form):
        self.form = form
        self.root = Work(Node("", "group", None, None, tree.children))

    def find(self, path: Path, leaf: bool, new: bool = False) -> Work | None:
        """The node at a path; `leaf`: its last key names a block, row or shape; `new`: the keys are
        those after the changes.
        """
        here = self.root
        for index, key in enumerate(path):
            below = here.below(key, leaf and index == len(path) - 1, new)
            if below is None:
                return None
            here = below
        return here

    def ensure(self, path: Path, new: bool = True) -> Work | None:
        """The node at a path of fixed nodes and existing entries, created where only the form is
        needed to know it.
        """
        here = self.root
        for index, key in enumerate(path):
            child = here.below(key, False, new)
            if child is None:
                line, _, rest = self.form.at(path[: index + 1])
                before = self.form.at(path[:index])[0]
                if line is None or rest or (before is line and index):
                    return None  # an entry nobody added, or no item of this form
                child = Work(Node(key, line.node_kind))
                here.open().append(child)
            here = child
        return here

    def tree(self, form_id: str) -> Tree:
        """The finished document, without nodes that hold nothing."""
        return pruned(Tree(form_id, self.root.closed_children(self.form, ())))


def new_work(change: Added) -> Work:
    """A free node as a change adds it."""
    work = Work(Node(change.path[-1], change.level, extra=place_of(change).extra))
    work.put(change.after)
    return work


def place_of(change: Added | Moved) -> Place:
    """The place of a free node that is added or moved."""
    assert change.at is not None
    return change.at


def content_after(change: Change) -> Node:
    """The new content of a change that has one."""
    assert change.after is not None
    return change.after
