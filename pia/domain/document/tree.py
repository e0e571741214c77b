"""The section tree: immutable, content-addressed, canonical. One document of one moment, and
nothing about who, when or why.

Two sorts of node stand in it. *Fixed* nodes (group, repeat, and the items of the form) have their
place from the form and exist while something is filled in below them. *Free* nodes (entry, section,
and the leaves block, row, shape) have a place of their own among their siblings. Leaves and
one-value items carry a content; its digest never includes key, number or place, so equal text has
one digest wherever it stands.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ..canonical import VERSION, canonical, digest

LEAVES = frozenset({"block", "row", "shape"})
FREE = LEAVES | {"entry", "section"}
VALUED = frozenset({"choice_one", "choice_many", "number", "date", "yes_no"})
Path = tuple[str, ...]


class _Unloaded:
    """The value of a content that still lies in the store; only its digest is known here."""

    def __repr__(self) -> str:
        return "UNLOADED"


UNLOADED: Any = _Unloaded()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node. `content` is the digest of `value` (both None where a node has nothing of its own);
    `extra` counts the line feeds before a block beyond the usual ones. Build with `leaf`, `node`,
    `entry`; equality is equality of digests.
    """

    key: str
    kind: str
    content: str | None = None
    value: Any = None
    children: tuple[Node, ...] = ()
    extra: int = 0
    # Never handed on: a node made from this one computes its own.
    _digest: list[str] = field(default_factory=list, init=False, repr=False)

    @property
    def digest(self) -> str:
        """Of this node and all below it, without its own key and place. A leaf's is its
        content's."""
        if self._digest:
            return self._digest[0]
        if not self.children and self.content:
            return self.content
        below = []
        for child in self.children:
            below.append([child.key, child.extra, child.digest])
        body = canonical(
            {
                "v": VERSION,
                "kind": self.kind,
                "value": {"content": self.content, "children": below},
            }
        )
        self._digest.append(sha256(body).hexdigest())
        return self._digest[0]

    @property
    def slot(self) -> tuple[bool, str]:
        """What tells siblings apart: leaves have a name space of their own, so a heading ＜a＞
        never meets an item a.
        """
        return (self.kind in LEAVES, self.key)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Node)
            and self.key == other.key
            and self.kind == other.kind
            and self.extra == other.extra
            and self.digest == other.digest
        )

    def __hash__(self) -> int:
        return hash((self.key, self.digest))

    def child(self, key: str, leaf: bool = False) -> Node | None:
        """The child of a key: an item or entry, or (`leaf`) a block, row or shape."""
        for child in self.children:
            if child.key == key and (child.kind in LEAVES) == leaf:
                return child
        return None

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The blocks, rows or shapes directly below."""
        return tuple(child for child in self.children if child.kind in LEAVES)

    def with_children(self, children: Iterable[Node]) -> Node:
        """This node with other nodes below it; itself where they are the very same ones."""
        below = tuple(children)
        if _identical(below, self.children):
            return self
        return replace(self, children=below)

    def known_as(self, digest: str) -> Node:
        """This node with the digest the store knows it by, which then is not computed."""
        self._digest.append(digest)
        return self

    def with_value(self, value: Any) -> Node:
        """This node with another content of its own; None takes it away."""
        if value is None:
            content = None
        else:
            content = digest(self.kind, value)
        return replace(self, content=content, value=value)


def node(
    key: str, kind: str, value: Any = None, children: Iterable[Node] = (), extra: int = 0
) -> Node:
    """A node with its content's digest computed; `value` None means it has no content of its
    own."""
    return Node(
        key, kind, None if value is None else digest(kind, value), value, tuple(children), extra
    )


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A whole document: the form it is written on ("all_item@平成30年5月", "text@1" for plain text)
    and its parts.
    """

    form: str
    children: tuple[Node, ...] = ()
    _digest: list[str] = field(default_factory=list, repr=False)

    @property
    def digest(self) -> str:
        """Of the form and all parts: two documents that say the same have the same."""
        if not self._digest:
            below = []
            for child in self.children:
                below.append([child.key, child.extra, child.digest])
            self._digest.append(digest("tree", {"form": self.form, "children": below}))
        return self._digest[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def find(self, path: Iterable[str]) -> Node | None:
        """The node at a path of keys. The last component may name a block, row or shape where no
        child item has that key.
        """
        here: Node | Tree = self
        for key in path:
            below = []
            for child in here.children:
                if child.key == key:
                    below.append(child)
            if not below:
                return None
            here = next((child for child in below if child.kind not in LEAVES), below[0])
        if isinstance(here, Node):
            return here
        return None


def walk(tree: Tree | Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node with its path, parents first, in document order."""
    waiting = []
    for child in reversed(tree.children):
        waiting.append(((*path, child.key), child))
    while waiting:
        here, node = waiting.pop()
        yield here, node
        for child in reversed(node.children):
            waiting.append(((*here, child.key), child))


def _prune(n: Node) -> Node | None:
    if n.kind in LEAVES or not n.children:
        # Marks alone are no entry.
        if n.content and n.kind != "entry":
            return n
        return None
    below = _pruned_children(n.children)
    if not below and (n.kind == "entry" or not n.content):
        return None
    return n.with_children(below)


def _pruned_children(children: Iterable[Node]) -> tuple[Node, ...]:
    """What is left of each child, without those of which nothing is left."""
    return tuple(child for child in map(_prune, children) if child)


def _identical(nodes: Sequence[Node], others: Sequence[Node]) -> bool:
    """Whether they are the very same nodes; their digests are not asked for."""
    return len(nodes) == len(others) and all(map(operator.is_, nodes, others))


def pruned(tree: Tree) -> Tree:
    """Without nodes that hold nothing: an empty text is the same as an absent one, an empty entry
    is not stored.
    """
    return Tree(tree.form, _pruned_children(tree.children))


def filtered(tree: Tree, keep: Callable[[Path, Node], bool]) -> Tree:
    """The tree without the nodes `keep` refuses (and all below them)."""

    def below(n: Tree | Node, path: Path) -> tuple[Node, ...]:
        out = []
        for child in n.children:
            here = (*path, child.key)
            if keep(here, child):
                out.append(child.with_children(below(child, here)))
        return tuple(out)

    return pruned(Tree(tree.form, below(tree, ())))
