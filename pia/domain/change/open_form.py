"""Compares documents that no form fixes: plain text and Markdown. Sections and paragraphs have no
keys of their own, so they are matched by content.

Siblings in sequence first (equal, equal but for the number, alike), then what left one place and
came up in another, also under another heading. An inserted article is one addition and
renumberings, not hundreds of edits. The work is bounded. Must not know files.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import Indel

from ..document.tree import LEAVES, UNLOADED, Node, Path, Tree
from ..text import alignment
from ..text.notation import weighed
from .model import Added, Change, Modified, Moved, Place, Removed, Renumbered, own

_ALIKE = 0.5  # in its place
_MOVED = 0.7  # elsewhere
_MOVED_CHARS = 8
_WINDOW = 10_000
_ELSEWHERE = 160_000
_K = "〇一二三四五六七八九十百千"
# What numbers a paragraph or a heading: 第12条の2, 第三章, ２, （２）, 二, イ, ①. A numeral alone
# counts only before a space or a point.
_NUMBER = re.compile(
    rf"[ \t　]*(?:[#]+[ \t　]+)?(?:第[\d０-９{_K}]+[条章節款編項号](?:の[\d０-９{_K}]+)*|"
    rf"[（(](?:[\d０-９{_K}]{{1,4}}|[ァ-ヺa-zａ-ｚ])[）)]|[①-⓿]|"
    rf"(?:[\d０-９]{{1,3}}(?:[-.．－][\d０-９]{{1,3}})*|[{_K}]{{1,4}}|"
    rf"[ァ-ヺⅰ-ⅿⅠ-Ⅻ])(?:の[\d０-９{_K}]+)*(?=[ \t　.．、)）])[.．、)）]?)"
)


@lru_cache(maxsize=100_000)
def unnumbered(text: str) -> str:
    """A paragraph or heading without the number it begins with."""
    number = _NUMBER.match(text)
    if number:
        return text[number.end() :]
    return text


def words(n: Node) -> str:
    """What a node says of itself: its text, or its heading."""
    if n.value is UNLOADED or n.value is None:
        return ""
    return str(n.value.get("text") or n.value.get("heading", ""))


def _body(n: Node, limit: int = 1_500) -> str:
    """Heading and the beginning of what stands below: enough to tell sections apart."""
    if n.kind in LEAVES:
        return weighed(alignment.sample(words(n)))
    out = [weighed(alignment.sample(unnumbered(words(n))))]
    size = 0
    todo = list(reversed(n.children))
    while todo and size < limit:
        node = todo.pop()
        out.append(weighed(alignment.sample(words(node))))
        size += len(out[-1])
        todo += reversed(node.children)
    return "\n".join(out)


def _named(n: Node) -> Hashable:
    """Equal for nodes that differ in their number and in notation only."""
    if n.kind in LEAVES:
        return (n.kind, weighed(unnumbered(words(n))))
    return (n.kind, weighed(unnumbered(words(n))), tuple(child.digest for child in n.children))


def _titled(n: Node) -> Hashable:
    """Equal for sections of the same title and level, whatever stands below; a leaf is never told
    by it.
    """
    if n.kind not in LEAVES:
        title = weighed(unnumbered(words(n)).strip("#　 \t"))
    else:
        title = ""
    if title and n.value is not UNLOADED:
        return (n.kind, n.value["level"], title)
    return id(n)


def in_sequence(
    old: Sequence[Node], new: Sequence[Node], coarse: list[bool]
) -> list[tuple[int, int]]:
    """Pairs of indices in ascending order on both sides."""
    pairs: list[tuple[int, int]] = []
    windows: list[alignment.Run] = [(0, len(old), 0, len(new))]
    for name in (lambda node: node.digest, _named, _titled):
        rest: list[alignment.Run] = []
        for a0, a1, b0, b1 in windows:
            index = a0
            other_index = b0
            for x0, x1, y0, y1 in [
                *_within(old, new, (a0, a1, b0, b1), name, coarse),
                (a1, a1, b1, b1),
            ]:
                pairs += zip(range(index, x0), range(other_index, y0))
                if x1 > x0 and y1 > y0:
                    rest.append((x0, x1, y0, y1))
                index = x1
                other_index = y1
        windows = rest
    for window in windows:
        pairs += _alike_within(old, new, window, coarse)
    return sorted(pairs)


def _within(
    old: Sequence[Node],
    new: Sequence[Node],
    window: alignment.Run,
    name: Callable[[Node], Hashable],
    coarse: list[bool],
) -> Iterator[alignment.Run]:
    a0, a1, b0, b1 = window
    for x0, x1, y0, y1 in alignment.runs(
        list(map(name, old[a0:a1])), list(map(name, new[b0:b1])), coarse
    ):
        yield (a0 + x0, a0 + x1, b0 + y0, b0 + y1)


def _alike_within(
    old: Sequence[Node], new: Sequence[Node], window: alignment.Run, coarse: list[bool]
) -> list[tuple[int, int]]:
    """The most alike in order, by dynamic programming; along the diagonal where there are too
    many."""
    a0, a1, b0, b1 = window
    rows = a1 - a0
    columns = b1 - b0
    band = max(rows, columns)
    if rows * columns > _WINDOW:
        band = max(4, _WINDOW // max(rows, columns))
        coarse.append(True)
    steps = _steps(old[a0:a1], new[b0:b1], band)
    pairs = []
    row = 0
    column = 0
    while row < rows and column < columns:
        # Outside the band the path keeps to the diagonal.
        if column * rows < row * columns:
            towards = _SKIP_NEW
        else:
            towards = _SKIP_OLD
        step = steps[row].get(column, (0.0, towards))[1]
        if step == _PAIR:
            pairs.append((a0 + row, b0 + column))
        row += step != _SKIP_NEW
        column += step != _SKIP_OLD
    return pairs


_PAIR = 0
_SKIP_OLD = 1
_SKIP_NEW = 2


def _steps(
    old: Sequence[Node], new: Sequence[Node], band: int
) -> list[dict[int, tuple[float, int]]]:
    """Row → column → (worth of the best way from there to the end, its first step)."""
    old_words = list(map(_body, old))
    new_words = list(map(_body, new))
    best: list[dict[int, tuple[float, int]]] = [{} for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        below = best[i + 1]
        middle = i * len(new) // len(old)
        for j in reversed(range(max(0, middle - band), min(len(new), middle + band))):
            skip_old = below.get(j, (0.0, _SKIP_OLD))[0]
            skip_new = best[i].get(j + 1, (0.0, _SKIP_NEW))[0]
            choice = (skip_new, _SKIP_NEW)
            if skip_old >= skip_new:
                choice = (skip_old, _SKIP_OLD)
            if old[i].kind == new[j].kind:
                worth = _worth(old_words[i], new_words[j])
                rest = below.get(j + 1, (0.0, _SKIP_OLD))[0]
                if worth and rest + worth > choice[0]:
                    choice = (rest + worth, _PAIR)
            best[i][j] = choice
    return best


def _worth(old: str, new: str) -> float:
    """What pairing two nodes is worth: likeness squared, longer texts more; 0 where unlike."""
    likeness = Indel.normalized_similarity(old, new, score_cutoff=_ALIKE)
    return likeness * likeness * min(200, max(8, len(old)))


class OpenWalk:
    """One comparison of two documents without a form. `out` holds the changes in the order of the
    new document.
    """

    def __init__(self, old: Tree, new: Tree):
        self.coarse: list[bool] = []
        self.out: list[Change] = []
        self.partner: dict[
            int, tuple[Node, Path, int]
        ] = {}  # id of a new node -> its old self, that one's parent path, that parent's id
        self.kept: set[int] = set()  # ids of old nodes that live on
        self.left: list[tuple[Node, Path, int]] = []
        self.came: list[Node] = []
        self._match(old, new, ())
        self._elsewhere()
        self._siblings(old, new, (), ())

    def _match(self, a: Node | Tree, b: Node | Tree, was: Path) -> None:
        pairs = in_sequence(a.children, b.children, self.coarse)
        for index, other_index in pairs:
            self._pair(a.children[index], b.children[other_index], was, id(a))
        taken_a = set()
        for index, _ in pairs:
            taken_a.add(index)
        taken_b = set()
        for _, other_index in pairs:
            taken_b.add(other_index)
        self.left += [
            (child, was, id(a)) for index, child in enumerate(a.children) if index not in taken_a
        ]
        self.came += [child for index, child in enumerate(b.children) if index not in taken_b]

    def _pair(self, a: Node, b: Node, was: Path, parent: int) -> None:
        self.partner[id(b)] = (a, was, parent)
        self.kept.add(id(a))
        if a.digest != b.digest or a.children:
            self._match(a, b, (*was, a.key))

    def _elsewhere(self) -> None:
        """Sections, and long enough paragraphs, that went under another heading or across their
        siblings; then what stood in sections that are gone.
        """
        self._find((lambda node: node.digest, _named, _titled))
        self._open_up()
        self._find((lambda node: node.digest, _named, _titled))

    def _find(self, names: Sequence[Callable[[Node], Hashable]]) -> None:
        for name in names:
            waiting: dict[Hashable, deque[tuple[Node, Path, int]]] = defaultdict(deque)
            for x in self.left:
                if self._counts(x[0]):
                    waiting[name(x[0])].append(x)
            self._take(
                [
                    (waiting[key].popleft(), node)
                    for node in self.came
                    if self._counts(node) and waiting.get(key := name(node))
                ]
            )
        self._alike_elsewhere(
            [x for x in self.left if self._counts(x[0])],
            [node for node in self.came if self._counts(node)],
        )

    def _open_up(self) -> None:
        """Sections that found no partner are opened, so that paragraphs can be looked for one by
        one.
        """
        left = []
        todo = deque(self.left)
        while todo:
            node, was, parent = todo.popleft()
            left.append((node, was, parent))
            for child in node.children:
                todo.append((child, (*was, node.key), id(node)))
        came = []
        fresh = deque(self.came)
        while fresh:
            came.append(node := fresh.popleft())
            fresh += node.children
        self.left = left
        self.came = came

    def _counts(self, n: Node) -> bool:
        return n.kind not in LEAVES or len(words(n).strip()) >= _MOVED_CHARS

    def _alike_elsewhere(self, left: list[tuple[Node, Path, int]], came: list[Node]) -> None:
        if len(left) * len(came) > _ELSEWHERE:
            self.coarse.append(True)
            return
        bodies = []
        for new in came:
            bodies.append(_body(new))
        scored = []
        for index, (node, _, _) in enumerate(left):
            body = _body(node)
            for number, new in enumerate(came):
                if node.kind == new.kind and (
                    length := Indel.normalized_similarity(body, bodies[number], score_cutoff=_MOVED)
                ):
                    scored.append((length, -index, -number))
        self._take(
            [(left[-index], came[-number]) for _, index, number in sorted(scored, reverse=True)]
        )

    def _take(self, pairs: list[tuple[tuple[Node, Path, int], Node]]) -> None:
        for (node, was, parent), new in pairs:
            if (
                id(node) not in self.kept
                and id(new) not in self.partner
                and not self._inside_out(node, new)
            ):
                self._pair(node, new, was, parent)
        self.left = [x for x in self.left if id(x[0]) not in self.kept]
        self.came = [new for new in self.came if id(new) not in self.partner]

    def _inside_out(self, a: Node, b: Node) -> bool:
        """Whether something below either is matched already: a section never moves into what it
        held.
        """
        todo = [*a.children]
        while todo:
            node = todo.pop()
            if id(node) in self.kept:
                return True
            todo += node.children
        todo = [*b.children]
        while todo:
            node = todo.pop()
            if id(node) in self.partner:
                return True
            todo += node.children
        return False

    def _siblings(
        self, a: Node | Tree | None, b: Node | Tree | None, was: Path, path: Path
    ) -> None:
        """All changes among the children of one parent, which may be missing on a side."""
        if a is not None:
            old = a.children
        else:
            old = ()
        if b is not None:
            new = b.children
        else:
            new = ()
        still = _still(self._stayed(a, old, new))
        behind = self._removed_behind(old, still)
        for index in behind[-1]:
            self._removed(old, index, was)
        for position, node in enumerate(new):
            if position:
                after = new[position - 1].key
            else:
                after = None
            place = Place(path, after, position, node.extra)
            self._one(node, position in still, (*path, node.key), place)
            for index in behind[position]:
                self._removed(old, index, was)

    def _removed_behind(
        self, old: Sequence[Node], still: Mapping[int, int]
    ) -> dict[int, list[int]]:
        """New index → removed old ones told behind it: those whose left neighbour stayed there; -1
        is before all.
        """
        anchors = [(index, position) for position, index in still.items()]
        behind: dict[int, list[int]] = defaultdict(list)
        for index, node in enumerate(old):
            if id(node) not in self.kept:
                left = bisect_left(anchors, (index, -1)) - 1
                behind[anchors[left][1] if left >= 0 else -1].append(index)
        return behind

    def _stayed(
        self, parent: Node | Tree | None, old: Sequence[Node], new: Sequence[Node]
    ) -> list[tuple[int, int]]:
        """(old index, new index) of the children that have the same parent on both sides."""
        index_of = {id(node): index for index, node in enumerate(old)}
        stayed = []
        for position, node in enumerate(new):
            partner = self.partner.get(id(node))
            if partner and partner[2] == id(parent) and id(partner[0]) in index_of:
                stayed.append((index_of[id(partner[0])], position))
        return stayed

    def _removed(self, old: Sequence[Node], index: int, was: Path) -> None:
        node = old[index]
        path = (*was, node.key)
        if index:
            after = old[index - 1].key
        else:
            after = None
        place = Place(was, after, index, node.extra)
        self.out.append(Removed(node.kind, path, own(node), place))
        self._siblings(node, None, path, path)

    def _one(self, new: Node, still: bool, path: Path, place: Place) -> None:
        """The changes of one node of the new document, and of what is below it."""
        partner = self.partner.get(id(new))
        if partner is None:
            self.out.append(Added(new.kind, path, own(new), place))
            self._siblings(None, new, path, path)
            return
        old, parent, _ = partner
        was = (*parent, old.key)
        if not still:
            self.out.append(Moved(new.kind, path, was, place, own(old), own(new)))
        spaced = still and old.extra != new.extra
        if spaced or old.content != new.content or (still and _rekeyed(old, new)):
            if _only_number(old, new, spaced):
                change = Renumbered
            else:
                change = Modified
            if spaced:
                at = place
            else:
                at = None
            self.out.append(change(new.kind, path, was, own(old), own(new), at))
        if old.digest != new.digest or old.children:
            self._siblings(old, new, was, path)


def _still(stayed: list[tuple[int, int]]) -> dict[int, int]:
    """New index → old index of the children that kept their order, by both."""
    kept = alignment.kept_in_order([index for index, _ in stayed])
    in_place = sorted(stayed[place] for place in kept)
    return {position: index for index, position in in_place}


def _only_number(old: Node, new: Node, spaced: bool) -> bool:
    """Whether nothing but the number it begins with differs."""
    if old.content == new.content:
        return not spaced
    return unnumbered(words(old)) == unnumbered(words(new))


def _rekeyed(old: Node, new: Node) -> bool:
    """Whether a section has another key: leaves are known by their place."""
    return old.key != new.key and new.kind not in LEAVES
