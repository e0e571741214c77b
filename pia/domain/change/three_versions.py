"""Three versions at once (published, consulted, final): for every item the text in each and the
step that changed it; and the interdiff of two rounds.

Works on `compare` alone: what was changed in the first step, what in the second, what was changed
twice or taken back. Knows trees; nothing of rounds, reasons or pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..document.texts import shown_beside, text_of
from ..document.tree import LEAVES, Node, Path, Tree
from .compare import compare
from .model import Change, ChangeSet, Moved, Renumbered


@dataclass(frozen=True, slots=True)
class Line:
    """One item (or entry, or section) that differs somewhere between the three. `path` is where it
    stands in the latest version that has it. `texts` are the whole texts in the three versions as
    people read them, None where absent. step: "first", "second", "both", or "back" when the second
    step undid the first.
    """

    path: Path
    texts: tuple[str | None, str | None, str | None]
    step: str
    first: tuple[Change, ...]
    second: tuple[Change, ...]


def item_of(c: Change) -> Path:
    """Where the item stands that a change belongs to, in the newer of its two versions."""
    if c.level in LEAVES:
        return c.path[:-1]
    return c.path


def three(a: Tree, b: Tree, c: Tree) -> tuple[Line, ...]:
    """What happened to every item from a over b to c, in the order of c; items only a or b have
    stand after what they stood behind.
    """
    first = compare(a, b)
    second = compare(b, c)
    return side_by_side((a, b, c), first, second)


def side_by_side(
    trees: tuple[Tree, Tree, Tree], first: ChangeSet, second: ChangeSet
) -> tuple[Line, ...]:
    """`three` for ChangeSets already at hand."""
    carried = _mover(second)
    by_item: dict[Path, tuple[list[Change], list[Change]]] = {}
    for x in second:
        by_item.setdefault(item_of(x), ([], []))[1].append(x)
    for x in first:
        by_item.setdefault(carried(item_of(x)), ([], []))[0].append(x)
    back = _mover(first, backwards=True)
    to_middle = _mover(second, backwards=True)
    out = []
    for path, (one, two) in by_item.items():
        middle = to_middle(path)
        old = back(middle)
        nodes = (_there(trees[0], old), _there(trees[1], middle), _there(trees[2], path))
        exact = tuple(map(_exact, nodes))
        step = _step(trees, old, path, one, two, exact)
        if any(node is not None and node.kind == "section" for node in nodes):
            read = exact
        else:
            read = shown_beside(*nodes)
        oldest, between, newest = map(_read, nodes, read)
        out.append(Line(path, (oldest, between, newest), step, tuple(one), tuple(two)))
    return tuple(out)


def _read(node: Node | None, words: str | None) -> str | None:
    """What a version says at a place; None where it has nothing there."""
    if node is None:
        return None
    return words


def _step(
    trees: tuple[Tree, Tree, Tree],
    old: Path,
    path: Path,
    first: list[Change],
    second: list[Change],
    exact: tuple[str | None, ...],
) -> str:
    """Which step changed an item. Where entries only changed places, one step may say that this one
    moved and the other that its neighbour did: what counts is whether the entries stand in their
    old order again.
    """
    if first and second:
        if exact[0] == exact[2]:
            return "back"
        return "both"
    only_moved = all(isinstance(change, Moved | Renumbered) for change in (*first, *second))
    if (
        only_moved
        and exact[0] == exact[2]
        and _order(trees[0], old) == _order(trees[2], path) != _order(trees[1], path)
    ):
        return "back"
    if first:
        return "first"
    return "second"


def _order(tree: Tree, path: Path) -> tuple[str, ...]:
    """The keys beside an item, in order; empty where its place is not there."""
    if len(path) > 1:
        parent = tree.find(path[:-1])
    else:
        parent = tree
    if parent is not None:
        keys = []
        for child in parent.children:
            keys.append(child.key)
        return tuple(keys)
    return ()


def _there(tree: Tree, path: Path) -> Node | None:
    item = tree.find(path)
    if item is not None and (item.content or item.leaves):
        return item
    return None


def _exact(n: Node | None) -> str | None:
    if n is None:
        return None
    if n.kind == "section":
        return str(n.value["heading"])
    return text_of(n)


def _mover(cs: ChangeSet, backwards: bool = False) -> Callable[[Path], Path]:
    """Takes a path of the old version to the new one (or back) through the entries and sections
    that were moved or renumbered.
    """
    moved: dict[Path, Path] = {}
    for change in cs:
        if change.was is None or change.was == change.path or change.level in LEAVES:
            continue
        if backwards:
            moved[change.path] = change.was
        else:
            moved[change.was] = change.path

    def go(path: Path) -> Path:
        for index in range(len(path), 0, -1):
            if path[:index] in moved:
                return (*moved[path[:index]], *path[index:])
        return path

    return go


def interdiff(old: ChangeSet, new: ChangeSet) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """What two rounds on the same base do not share: the changes only the earlier makes, and those
    only the later makes, each in its own order.
    """

    return _without(old, new), _without(new, old)


def _without(changes: ChangeSet, others: ChangeSet) -> tuple[Change, ...]:
    shared = set(map(_name, others))
    return tuple(change for change in changes if _name(change) not in shared)


def _name(change: Change) -> tuple[object, ...]:
    """What makes changes of two comparisons the same. A place counts only where it is the change:
    of other ones it shifts with their neighbours.
    """
    contents = []
    for node in (change.before, change.after):
        contents.append(node.content if node else None)
    if isinstance(change, Moved):
        place = change.at
    else:
        place = None
    return (change.kind, change.level, change.was, change.path, *contents, place)
