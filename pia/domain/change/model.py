"""What a comparison says: five kinds of change, each with exactly what that kind has.

Knows nodes and places. Must not know how changes are found (`compare`), told (`describe`) or made
(`revise`). A content in a change stands alone, without what is below it and without its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from ..document.tree import UNLOADED, Node, Path

KINDS = ("added", "removed", "modified", "moved", "renumbered")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a free node stands: its parent, the sibling before it (None: first), its index among
    the free siblings, and extra line feeds.
    """

    parent: Path
    after: str | None
    index: int
    extra: int = 0


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()  # a `before` that accepts whatever stands there


@dataclass(frozen=True, slots=True)
class Added:
    """Something that only the new document has. level: block, row, shape, item, entry, section.
    `after` is None for an entry or section, whose contents are changes of their own; `at` is None
    for an item, whose place the form fixes. `before` is ANY where a national text may write over
    what stands under its heading.
    """

    level: str
    path: Path
    after: Node | None
    at: Place | None = None
    before: Any = None
    kind: ClassVar[Literal["added"]] = "added"
    was: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class Removed:
    """Something that only the old document has, at `path` there. `before` is None for an entry or
    section; `at` is None for an item.
    """

    level: str
    path: Path
    before: Node | None
    at: Place | None = None
    kind: ClassVar[Literal["removed"]] = "removed"
    after: ClassVar[None] = None

    @property
    def was(self) -> Path:
        """Where it stood: its one path."""
        return self.path


@dataclass(frozen=True, slots=True)
class Modified:
    """Another content (or other line feeds, then `at` says the place) of something both have, now
    at `path`, before at `was`. `before` or `after` is None only where marks came onto an entry or
    left it; `before` may be ANY.
    """

    level: str
    path: Path
    was: Path
    before: Node | None
    after: Node | None
    at: Place | None = None
    kind: ClassVar[Literal["modified"]] = "modified"


@dataclass(frozen=True, slots=True)
class Moved:
    """A free node that stands elsewhere among its siblings, or under another parent. Its contents
    are None for an entry without marks.
    """

    level: str
    path: Path
    was: Path
    at: Place
    before: Node | None = None
    after: Node | None = None
    kind: ClassVar[Literal["moved"]] = "moved"


@dataclass(frozen=True, slots=True)
class Renumbered:
    """Nothing but the number differs: of a row or section (contents given), of an entry (none)."""

    level: str
    path: Path
    was: Path
    before: Node | None = None
    after: Node | None = None
    at: Place | None = None
    kind: ClassVar[Literal["renumbered"]] = "renumbered"


Change = Added | Removed | Modified | Moved | Renumbered


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What makes `new` out of `old`. `replay(old, cs) == new`. `coarse`: a document without a form
    was too large to look at every pair.
    """

    old_form: str
    new_form: str
    changes: tuple[Change, ...]
    old_digest: str = ""
    new_digest: str = ""
    coarse: bool = field(default=False, compare=False)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """How many changes of each kind, all five named."""
        count = dict.fromkeys(KINDS, 0)
        for change in self.changes:
            count[change.kind] += 1
        return count


def own(node: Node) -> Node:
    """The node's own content, without what is below it and without its place."""
    if not node.children and not node.extra:
        return node
    return Node(node.key, node.kind, node.content, node.value)


def with_values(cs: ChangeSet, values: Mapping[str, Any]) -> ChangeSet:
    """The same with the values of contents filled in, for a ChangeSet of skeletons; `values` maps
    digest to value.
    """

    def full(node: Node | None) -> Node | None:
        if node is not None and node.content and node.value is UNLOADED:
            return replace(node, value=values[node.content])
        return node

    return replace(cs, changes=tuple(_with_contents(change, full) for change in cs))


def _with_contents(change: Change, full: Callable[[Node | None], Node | None]) -> Change:
    match change:
        case Added():
            return replace(change, after=full(change.after))
        case Removed():
            return replace(change, before=full(change.before))
    return replace(change, before=full(change.before), after=full(change.after))


def wanted(changes: Iterable[Change]) -> set[str]:
    """Digests of the contents that changes of skeletons still need."""
    contents = set()
    for change in changes:
        for node in (change.before, change.after):
            if node is not None and node.content and node.value is UNLOADED:
                contents.add(node.content)
    return contents
