"""`compare`: the one way to say what differs between two trees. Every screen, table and notice
renders its result; nothing compares otherwise.

Knows trees and how free nodes are matched. Must not know labels, reasons or the procedure
(`describe` adds them), nor how text differs inside a leaf (`spans`). Equal subtrees are never
visited; values are not looked at, only digests, so a skeleton from the store is enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz.distance import Indel

from ..document import marked
from ..document.tree import FREE, LEAVES, UNLOADED, Node, Path, Tree
from ..text.alignment import kept_in_order, sample
from ..text.notation import weighed
from ..text.numbering import is_number
from .model import Added, Change, ChangeSet, Modified, Moved, Place, Removed, Renumbered, own

# leftovers at least this alike are one edited leaf, not a removal and an addition
# (docs/contracts.md)
PAIRED = 0.6
OPEN_FORM = "text@1"
_PAIR_BUDGET = 160_000


def _words(n: Node) -> str:
    if n.kind == "row":
        return "｜".join(n.value["cells"])
    return str(n.value.get("text") or n.value.get("heading", ""))


# digests of contents -> their values, from the store
Load = Callable[[Iterable[str]], Mapping[str, Any]]


def _nothing(digests: Iterable[str]) -> Mapping[str, Any]:
    return {}


def loaded(nodes: Sequence[Node], load: Load) -> list[Node]:
    """The nodes with their values, fetched in one go where they are still in the store."""
    missing = set()
    for node in nodes:
        if node.content and node.value is UNLOADED:
            missing.add(node.content)
    if not missing:
        return list(nodes)
    values = load(missing)
    filled = []
    for node in nodes:
        if node.content and node.value is UNLOADED and node.content in values:
            filled.append(replace(node, value=values[node.content]))
        else:
            filled.append(node)
    return filled


def align(old: Sequence[Node], new: Sequence[Node], load: Load = _nothing) -> list[tuple[int, int]]:
    """Pairs of indices, by the new order: equal key and content first, then equal content, then
    equal key, then the most alike of what is left.
    """
    alignment = _Alignment(old, new)
    alignment.match(lambda node: (node.key, node.digest))
    alignment.match(lambda node: (_base(node), node.digest))
    alignment.match(lambda node: (node.kind, node.key) if _base(node) else None)
    alignment.match_lone_leads()
    alignment.match_alike(load)
    return sorted(alignment.pairs, key=lambda pair: pair[1])


class _Alignment:
    """Free siblings of two documents and the pairs found so far, each step surer than the next."""

    def __init__(self, old: Sequence[Node], new: Sequence[Node]):
        self.old = old
        self.new = new
        self.pairs: list[tuple[int, int]] = []
        # The indices without a partner, in order.
        self.free_old = dict.fromkeys(range(len(old)))
        self.free_new = dict.fromkeys(range(len(new)))

    def _pair(self, old: int, new: int) -> None:
        self.pairs.append((old, new))
        del self.free_old[old]
        del self.free_new[new]

    def match(self, name: Callable[[Node], Any]) -> None:
        """Pairs the nodes of one name in their order; None is no name."""
        waiting: dict[Any, deque[int]] = defaultdict(deque)
        for old in self.free_old:
            waiting[name(self.old[old])].append(old)
        for new in list(self.free_new):
            wanted = name(self.new[new])
            if wanted is not None and waiting.get(wanted):
                self._pair(waiting[wanted].popleft(), new)

    def match_lone_leads(self) -> None:
        """The texts before any heading, where each side has one."""
        old = []
        for index in self.free_old:
            if not _base(self.old[index]):
                old.append(index)
        new = []
        for index in self.free_new:
            if not _base(self.new[index]):
                new.append(index)
        if len(old) == len(new) == 1:
            self._pair(old[0], new[0])

    def match_alike(self, load: Load) -> None:
        """The most alike of what is left, where that is little enough to compare all with all."""
        size = len(self.free_old) * len(self.free_new)
        if not 0 < size <= _PAIR_BUDGET:
            return
        left = list(self.free_old)
        right = list(self.free_new)
        old = loaded([self.old[index] for index in left], load)
        new = loaded([self.new[index] for index in right], load)
        if any(node.value is UNLOADED for node in (*old, *new)):
            return
        for i, j in _alike(old, new):
            if left[i] in self.free_old and right[j] in self.free_new:
                self._pair(left[i], right[j])


def _alike(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[int, int]]:
    """The indices of every two nodes of one kind that are alike, the most alike first; of equally
    alike ones those that stand nearest.
    """
    old_words = [weighed(sample(_words(node))) for node in old]
    new_words = [weighed(sample(_words(node))) for node in new]
    ranked = []
    for i, words in enumerate(old_words):
        for j, other_words in enumerate(new_words):
            if old[i].kind != new[j].kind:
                continue
            likeness = Indel.normalized_similarity(words, other_words, score_cutoff=PAIRED)
            if likeness >= PAIRED:
                ranked.append((likeness, -abs(i - j), i, j))
    ranked.sort(reverse=True)
    return [(i, j) for _, _, i, j in ranked]


def _base(n: Node) -> str:
    return n.key.split(" #", 1)[0]


def compare(old: Tree, new: Tree, load: Load = _nothing) -> ChangeSet:
    """All differences, in the order of the new document; a removal stands after its left neighbour.
    `load` fetches values of skeletons where an edited heading can only be told from a removal and
    an addition by looking at the text.
    """
    if old.digest == new.digest:
        return ChangeSet(old.form, new.form, (), old.digest, new.digest)
    if old.form == new.form == OPEN_FORM:
        from .open_form import OpenWalk  # it stands on this module

        open_walk = OpenWalk(old, new)
        changes = tuple(open_walk.out)
        coarse = bool(open_walk.coarse)
        return ChangeSet(old.form, new.form, changes, old.digest, new.digest, coarse)
    walk = _Walk(load)
    walk.siblings(old.children, new.children, (), ())
    return ChangeSet(old.form, new.form, tuple(walk.out), old.digest, new.digest)


class _Order:
    """How free siblings of two documents stand to each other: which is which, which stayed in
    order, and behind which new one each removed one is told.
    """

    def __init__(self, old: Sequence[Node], new: Sequence[Node], pairs: list[tuple[int, int]]):
        self.old = old
        self.new = new
        # New index → old index, and the way back.
        self.partner = {after: before for before, after in pairs}
        self._successor = dict(pairs)
        kept = kept_in_order([before for before, _ in pairs])
        self.still = {pairs[index][1] for index in kept}
        self._removed: dict[int | None, list[int]] = defaultdict(list)
        self._place_removed()

    def _place_removed(self) -> None:
        """A removed node stands after its left neighbour that did not move."""
        anchors = sorted((self.partner[index], index) for index in self.still)
        for index in range(len(self.old)):
            if index in self._successor:
                continue
            left = bisect_left(anchors, (index, -1)) - 1
            if left >= 0:
                neighbour = anchors[left][1]
            else:
                neighbour = None
            self._removed[neighbour].append(index)

    def removed_behind(self, index: int | None) -> list[int]:
        """Old indices of the removed nodes told behind a new one, or (None) before all."""
        return self._removed[index]

    def new_key_of(self, index: int) -> str:
        """The key an old node has now; its own where it is gone."""
        if index in self._successor:
            return self.new[self._successor[index]].key
        return self.old[index].key


def _by_key(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[int, int]]:
    """Pairs of indices of the same key, by the new order: entries never change theirs."""
    index_of = {node.key: index for index, node in enumerate(old)}
    return [(index_of[node.key], i) for i, node in enumerate(new) if node.key in index_of]


def _same_row(old: Sequence[Node], new: Sequence[Node]) -> bool:
    """Whether key, line feeds and content are the same, one by one."""
    if len(old) != len(new):
        return False
    for before, after in zip(old, new):
        if (before.key, before.extra, before.digest) != (after.key, after.extra, after.digest):
            return False
    return True


def _own_content(node: Node | None) -> Node | None:
    if node is None or not node.content:
        return None
    return own(node)


def _level(node: Node) -> str:
    """The level of a change of this node's content."""
    if node.kind in FREE:
        return node.kind
    return "item"


class _Walk:
    """One comparison under way: two trees walked side by side, only where their digests differ."""

    def __init__(self, load: Load):
        self.load = load
        self.out: list[Change] = []

    def content(
        self, old: Node | None, new: Node | None, was: Path, path: Path, at: Place | None
    ) -> None:
        """The change of one node's own content. An entry that stays and whose only content, its
        marks, comes or goes is modified: nothing was added.
        """
        before = _own_content(old)
        after = _own_content(new)
        if before and after:
            if before.content == after.content:
                return
            if self.only_number(before, after):
                self.out.append(Renumbered(_level(after), path, was, before, after))
            else:
                self.out.append(Modified(_level(after), path, was, before, after))
            return
        node = before or after
        if node is None:
            return
        if old and new and node.kind == "entry":
            self.out.append(Modified("entry", path, was, before, after))
        elif before:
            self.out.append(Removed(_level(node), was, before, at))
        else:
            self.out.append(Added(_level(node), path, after, at))

    def only_number(self, old: Node, new: Node) -> bool:
        """Whether two rows differ in nothing but the number in their first cell."""
        if new.kind != "row":
            return False
        old, new = loaded((old, new), self.load)
        if old.value is UNLOADED or new.value is UNLOADED:
            return False
        if marked.of_value(old.value) != marked.of_value(new.value):
            return False
        before = old.value["cells"]
        after = new.value["cells"]
        return (
            len(before) == len(after) > 1
            and before[1:] == after[1:]
            and is_number(before[0])
            and is_number(after[0])
        )

    def node(
        self, old: Node | None, new: Node | None, was: Path, path: Path, at: Place | None
    ) -> None:
        """All changes of one node and of what is below it; one of the two may be missing."""
        if old and new:
            if old.digest != new.digest:
                self._unequal(old, new, was, path)
            return
        self._lone(old, new, was, path, at)
        self.siblings(old.children if old else (), new.children if new else (), was, path)

    def _unequal(self, old: Node, new: Node, was: Path, path: Path) -> None:
        """The same of two nodes that are known to differ."""
        if old.content or new.content:
            self.content(old, new, was, path, None)
        if old.children or new.children:
            self.siblings(old.children, new.children, was, path)

    def _lone(
        self, old: Node | None, new: Node | None, was: Path, path: Path, at: Place | None
    ) -> None:
        """A node that only one side has. An entry without marks is a change without content."""
        node = new or old
        assert node is not None
        if node.kind not in ("entry", "section") or node.content:
            self.content(old, new, was, path, at)
        elif new:
            self.out.append(Added(node.kind, path, None, at))
        else:
            self.out.append(Removed(node.kind, was, None, at))

    def siblings(self, old: Sequence[Node], new: Sequence[Node], was: Path, path: Path) -> None:
        """All changes among the children of one parent: first the free ones, then the fixed."""
        if len(old) == len(new) and (differing := _only_inside(old, new)) is not None:
            for before, after in differing:
                self._unequal(before, after, (*was, before.key), (*path, after.key))
            return
        free_old = []
        for node in old:
            if node.kind in FREE:
                free_old.append(node)
        free_new = []
        for node in new:
            if node.kind in FREE:
                free_new.append(node)
        if free_old or free_new:
            self.free(free_old, free_new, was, path)
        if len(free_old) < len(old) or len(free_new) < len(new):
            self._fixed(old, new, was, path)

    def _fixed(self, old: Sequence[Node], new: Sequence[Node], was: Path, path: Path) -> None:
        before = {}
        for node in old:
            if node.kind not in FREE:
                before[node.key] = node
        after = {}
        for node in new:
            if node.kind not in FREE:
                after[node.key] = node
        for key in _merged(list(before), list(after)):
            self.node(before.get(key), after.get(key), (*was, key), (*path, key), None)

    def free(self, old: Sequence[Node], new: Sequence[Node], was: Path, path: Path) -> None:
        """All changes among free siblings, in the order of the new ones."""
        if _same_row(old, new):
            return
        if all(node.kind == "entry" for node in (*old, *new)):
            pairs = _by_key(old, new)
        else:
            pairs = align(old, new, self.load)
        order = _Order(old, new, pairs)
        for gone in order.removed_behind(None):
            self._removed(order, gone, was)
        for index in range(len(new)):
            self._stands(order, index, was, path)
            for gone in order.removed_behind(index):
                self._removed(order, gone, was)

    def _removed(self, order: _Order, index: int, was: Path) -> None:
        node = order.old[index]
        if index:
            after = order.new_key_of(index - 1)
        else:
            after = None
        path = (*was, node.key)
        self.node(node, None, path, path, Place(was, after, index, node.extra))

    def _stands(self, order: _Order, index: int, was: Path, path: Path) -> None:
        """The changes of one free node of the new document."""
        new = order.new[index]
        if index:
            anchor = order.new[index - 1].key
        else:
            anchor = None
        place = Place(path, anchor, index, new.extra)
        new_path = (*path, new.key)
        if index not in order.partner:
            self.node(None, new, new_path, new_path, place)
            return
        old = order.old[order.partner[index]]
        old_path = (*was, old.key)
        if new.content:
            before = own(old)
        else:
            before = None
        if new.content:
            after = own(new)
        else:
            after = None
        stayed = index in order.still
        if not stayed:
            self.out.append(Moved(new.kind, new_path, old_path, place, before, after))
        elif new.kind == "entry" and order.partner[index] != index:
            self.out.append(Renumbered("entry", new_path, old_path, at=place))
        if stayed and old.extra != new.extra:
            # The line feeds before it differ, alone or with its words: one change that also says
            # the place.
            self.out.append(Modified(new.kind, new_path, old_path, before, after, place))
            self.siblings(old.children, new.children, old_path, new_path)
        else:
            self.node(old, new, old_path, new_path, None)


def _only_inside(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[Node, Node]] | None:
    """The pairs that differ, where both sides have the same children in the same order and at most
    one leaf differs; None where more must be looked at.
    """
    differing = []
    leaves = 0
    for before, after in zip(old, new):
        if before is after:
            continue
        if before.key != after.key or before.kind != after.kind or before.extra != after.extra:
            return None
        if before.digest != after.digest:
            leaves += before.kind in LEAVES
            if leaves > 1:
                return None
            differing.append((before, after))
    return differing


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
