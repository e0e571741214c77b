"""`compare`: the one way to say what differs between two trees. Every screen, table and notice renders its result; nothing compares otherwise.

Knows trees and how free nodes are matched. Must not know labels, reasons or the procedure (`describe` adds them), nor how text differs inside a leaf
(`spans`). Equal subtrees are never visited; values are not looked at, only digests, so a skeleton from the store is enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rapidfuzz.distance import Indel

from ..document.tree import FREE, LEAVES, UNLOADED, Node, Path, Tree
from ..text.alignment import kept_in_order, sample
from ..withheld import marked

PAIRED = 0.6  # leftovers at least this alike are one edited leaf, not a removal and an addition (docs/contracts.md)
OPEN_FORM = "text@1"
_PAIR_BUDGET = 160_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a free node stands: its parent, the sibling before it (None: first), its index among the free siblings, and extra line feeds."""

    parent: Path
    after: str | None
    index: int
    extra: int = 0


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()  # a `before` that accepts whatever stands there


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `path` is where it is now (or was, when removed), `was` where it stood before (None when added). `before` and `after` carry the content
    alone, without children. kind: added, removed, modified, moved, renumbered. level: block, row, shape, item, entry, section."""

    kind: str
    level: str
    path: Path
    was: Path | None = None
    before: Node | None = None
    after: Node | None = None
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What makes `new` out of `old`. `replay(old, cs) == new`."""

    old_form: str
    new_form: str
    changes: tuple[Change, ...]
    old_digest: str = ""
    new_digest: str = ""
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def summary(self) -> dict[str, int]:
        count = dict.fromkeys(("added", "removed", "modified", "moved", "renumbered"), 0)
        for change in self.changes:
            count[change.kind] += 1
        return count


def own(n: Node) -> Node:
    """The node's own content, without what is below it and without its place."""
    if not n.children and not n.extra:
        return n
    return Node(n.key, n.kind, n.content, n.value)


def _words(n: Node) -> str:
    if n.kind == "row":
        return "｜".join(n.value["cells"])
    return str(n.value.get("text") or n.value.get("heading", ""))


Load = Callable[
    [Iterable[str]], Mapping[str, Any]
]  # digests of contents -> their values, from the store


def _nothing(digests: Iterable[str]) -> Mapping[str, Any]:
    return {}


def loaded(nodes: Sequence[Node], load: Load) -> list[Node]:
    """The nodes with their values, fetched in one go where they are still in the store."""
    missing = set()
    for node in nodes:
        if node.content and node.value is UNLOADED:
            missing.add(node.content)
    if missing:
        values = load(missing)
    else:
        values = {}
    found = []
    for node in nodes:
        if node.content and node.value is UNLOADED and node.content in values:
            found.append(replace(node, value=values[node.content]))
        else:
            found.append(node)
    return found


def align(old: Sequence[Node], new: Sequence[Node], load: Load = _nothing) -> list[tuple[int, int]]:
    """Pairs of indices, by the new order: equal key and content first, then equal content, then equal key, then the most alike of what is left."""
    pairs: list[tuple[int, int]] = []
    free_old = dict.fromkeys(range(len(old)))
    free_new = dict.fromkeys(range(len(new)))

    def match(name: Callable[[Node], Any]) -> None:
        waiting: dict[Any, deque[int]] = defaultdict(deque)
        for index in free_old:
            waiting[name(old[index])].append(index)
        for other_index in list(free_new):
            here = name(new[other_index])
            if here is not None and waiting.get(here):
                index = waiting[here].popleft()
                pairs.append((index, other_index))
                del free_old[index], free_new[other_index]

    def lone_leads() -> None:
        leads = (
            [index for index in free_old if not _base(old[index])],
            [other_index for other_index in free_new if not _base(new[other_index])],
        )
        if len(leads[0]) == len(leads[1]) == 1:
            pairs.append((leads[0][0], leads[1][0]))
            del free_old[leads[0][0]], free_new[leads[1][0]]

    match(lambda node: (node.key, node.digest))
    match(lambda node: (_base(node), node.digest))
    match(lambda node: (node.kind, node.key) if _base(node) else None)
    lone_leads()
    if free_old and free_new and len(free_old) * len(free_new) <= _PAIR_BUDGET:
        left = list(free_old)
        right = list(free_new)
        nodes = loaded([old[index] for index in left], load)
        this_nodes = loaded([new[other_index] for other_index in right], load)
        if UNLOADED not in [node.value for node in (*nodes, *this_nodes)]:
            x = []
            for node in nodes:
                x.append(sample(_words(node)))
            y = []
            for node in this_nodes:
                y.append(sample(_words(node)))
            grid = (
                (
                    Indel.normalized_similarity(text, each_text, score_cutoff=PAIRED),
                    -abs(each_index - one_index),
                    each_index,
                    one_index,
                )
                for each_index, text in enumerate(x)
                for one_index, each_text in enumerate(y)
            )
            for _, _, number, each_number in sorted(
                (
                    group
                    for group in grid
                    if group[0] >= PAIRED and nodes[group[2]].kind == this_nodes[group[3]].kind
                ),
                reverse=True,
            ):
                if left[number] in free_old and right[each_number] in free_new:
                    pairs.append((left[number], right[each_number]))
                    del free_old[left[number]], free_new[right[each_number]]
    return sorted(pairs, key=lambda part: part[1])


def _base(n: Node) -> str:
    return n.key.split(" #", 1)[0]


def compare(old: Tree, new: Tree, load: Load = _nothing) -> ChangeSet:
    """All differences, in the order of the new document; a removal stands after its left neighbour. `load` fetches values of skeletons where an edited
    heading can only be told from a removal and an addition by looking at the text."""
    if old.digest == new.digest:
        return ChangeSet(old.form, new.form, (), old.digest, new.digest)
    if old.form == new.form == OPEN_FORM:
        from .open_form import OpenWalk  # it stands on this module

        found = OpenWalk(old, new)
        return ChangeSet(
            old.form,
            new.form,
            tuple(found.out),
            old.digest,
            new.digest,
            {"coarse": True} if found.coarse else {},
        )
    walk = _Walk(load)
    walk.siblings(old.children, new.children, (), ())
    return ChangeSet(old.form, new.form, tuple(walk.out), old.digest, new.digest)


class _Walk:
    """One comparison under way: two trees walked side by side, only where their digests differ."""

    def __init__(self, load: Load):
        self.load = load
        self.out: list[Change] = []

    def content(
        self, a: Node | None, b: Node | None, was: Path, path: Path, at: Place | None
    ) -> None:
        """The change of one node's own content. An entry that stays and whose only content, its marks, comes or goes is modified: nothing was added."""
        kind = (b or a).kind  # type: ignore[union-attr]
        if kind in FREE:
            level = kind
        else:
            level = "item"
        if a and a.content:
            before = own(a)
        else:
            before = None
        if b and b.content:
            after = own(b)
        else:
            after = None
        if before and after:
            if before.content != after.content:
                if level == "row" and self.only_number(before, after):
                    said = "renumbered"
                else:
                    said = "modified"
                self.out.append(Change(said, level, path, was, before, after))
        elif a and b and kind == "entry" and (before or after):
            self.out.append(Change("modified", level, path, was, before, after))
        elif before:
            self.out.append(Change("removed", level, was, was, before, None, at))
        elif after:
            self.out.append(Change("added", level, path, None, None, after, at))

    def only_number(self, a: Node, b: Node) -> bool:
        a, b = loaded((a, b), self.load)
        if a.value is UNLOADED or b.value is UNLOADED:
            return False
        if marked.of_value(a.value) != marked.of_value(b.value):
            return False
        x = a.value["cells"]
        y = b.value["cells"]
        return (
            len(x) == len(y) > 1
            and x[1:] == y[1:]
            and x[0].strip().rstrip(".．").isdigit()
            and y[0].strip().rstrip(".．").isdigit()
        )

    def node(self, a: Node | None, b: Node | None, was: Path, path: Path, at: Place | None) -> None:
        if a and b:
            if a.digest == b.digest:
                return
            self.content(a, b, was, path, None)
        else:
            this_node: Node = b or a  # type: ignore[assignment]
            if this_node.kind in ("entry", "section") and not this_node.content:
                self.out.append(
                    Change(
                        "added" if b else "removed",
                        this_node.kind,
                        path if b else was,
                        None if b else was,
                        None,
                        None,
                        at,
                    )
                )
            else:
                self.content(a, b, was, path, at)
        self.siblings(a.children if a else (), b.children if b else (), was, path)

    def siblings(self, old: Sequence[Node], new: Sequence[Node], was: Path, path: Path) -> None:
        if len(old) == len(new) and (differing := _only_inside(old, new)) is not None:
            for node, each_node in differing:
                self.node(node, each_node, (*was, node.key), (*path, each_node.key), None)
            return
        free_old = []
        for n in old:
            if n.kind in FREE:
                free_old.append(n)
        free_new = []
        for one_node in new:
            if one_node.kind in FREE:
                free_new.append(one_node)
        if free_old or free_new:
            self.free(free_old, free_new, was, path)
        if len(free_old) == len(old) and len(free_new) == len(new):
            return
        before = {}
        for that_node in old:
            if that_node.kind not in FREE:
                before[that_node.key] = that_node
        after = {}
        for node_here in new:
            if node_here.kind not in FREE:
                after[node_here.key] = node_here
        for key in _merged(list(before), list(after)):
            self.node(before.get(key), after.get(key), (*was, key), (*path, key), None)

    def free(self, old: Sequence[Node], new: Sequence[Node], was: Path, path: Path) -> None:
        if len(old) == len(new) and all(
            node.key == one_node.key
            and node.extra == one_node.extra
            and node.digest == one_node.digest
            for node, one_node in zip(old, new)
        ):
            return
        where = {}
        for index, n in enumerate(old):
            where[n.key] = index
        stable = all(that_node.kind == "entry" for that_node in (*old, *new))
        if stable:
            pairs = []
            for each_index, node_here in enumerate(new):
                if node_here.key in where:
                    pairs.append((where[node_here.key], each_index))
        else:
            pairs = align(old, new, self.load)
        partner = {}
        for index, other_index in pairs:
            partner[other_index] = index
        new_key = {}
        for index, other_index in pairs:
            new_key[index] = new[other_index].key
        still = set()
        for one_index in kept_in_order([index for index, _ in pairs]):
            still.add(pairs[one_index][1])
        anchors = sorted((partner[other_index], other_index) for other_index in still)
        behind: dict[int, list[int]] = defaultdict(
            list
        )  # a removal stands after its left neighbour that did not move
        for index in range(len(old)):
            if index not in new_key:
                left = bisect_left(anchors, (index, -1)) - 1
                behind[anchors[left][1] if left >= 0 else -1].append(index)

        def removed(number: int) -> None:
            if number:
                after = new_key.get(number - 1, old[number - 1].key)
            else:
                after = None
            gone = (*was, old[number].key)
            self.node(old[number], None, gone, gone, Place(was, after, number, old[number].extra))

        for index in behind[-1]:
            removed(index)
        for other_index, each_node in enumerate(new):
            here = Place(
                path,
                new[other_index - 1].key if other_index else None,
                other_index,
                each_node.extra,
            )
            at_new = (*path, each_node.key)
            if other_index not in partner:
                self.node(None, each_node, at_new, at_new, here)
            else:
                node = old[partner[other_index]]
                at_old = (*was, node.key)
                if each_node.content:
                    before = own(node)
                    after = own(each_node)
                else:
                    before = None
                    after = None
                if other_index not in still:
                    self.out.append(
                        Change("moved", each_node.kind, at_new, at_old, before, after, here)
                    )
                elif each_node.kind == "entry" and partner[other_index] != other_index:
                    self.out.append(Change("renumbered", "entry", at_new, at_old, None, None, here))
                if node.extra != each_node.extra and other_index in still:
                    # Only the line feeds before it differ, or those too: one change that also says the place.
                    self.out.append(
                        Change("modified", each_node.kind, at_new, at_old, before, after, here)
                    )
                    self.siblings(node.children, each_node.children, at_old, at_new)
                else:
                    self.node(node, each_node, at_old, at_new, None)
            for index in behind[other_index]:
                removed(index)


def _only_inside(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[Node, Node]] | None:
    """The pairs that differ, where both sides have the same children in the same order and at most one leaf differs; None where more must be looked at."""
    out = []
    leaves = 0
    for node, each_node in zip(old, new):
        if node is each_node:
            continue
        if (
            node.key != each_node.key
            or node.kind != each_node.kind
            or node.extra != each_node.extra
        ):
            return None
        if node.digest != each_node.digest:
            leaves += node.kind in LEAVES
            if leaves > 1:
                return None
            out.append((node, each_node))
    return out


def _merged(old: list[str], new: list[str]) -> Iterable[str]:
    """The keys of both, in the order of the new, each removed one after its left neighbour."""
    known = set(new)
    out = list(new)
    last: str | None = None
    for key in old:
        if key not in known:
            out.insert(out.index(last) + 1 if last is not None else 0, key)
        last = key
    return out


def with_values(cs: ChangeSet, values: dict[str, Any]) -> ChangeSet:
    """The same with the values of contents filled in, for a ChangeSet of skeletons; `values` maps digest to value."""

    def full(n: Node | None) -> Node | None:
        if n is not None and n.content and n.value is UNLOADED:
            return replace(n, value=values[n.content])
        return n

    return replace(
        cs,
        changes=tuple(
            replace(change, before=full(change.before), after=full(change.after)) for change in cs
        ),
    )


def wanted(cs: ChangeSet) -> set[str]:
    """Digests of the contents a ChangeSet of skeletons still needs."""
    contents = set()
    for change in cs:
        for node in (change.before, change.after):
            if node is not None and node.content and node.value is UNLOADED:
                contents.add(node.content)
    return contents
