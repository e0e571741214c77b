"""Marks of 非公表部分 that stay on their words when an answer comes back without them, and the words
that lie under marks (規則第10条第1項・第2項).

Workbooks and plain edits carry no marks. A mark on words goes with them where they are there to
the letter; where they were touched, a person must decide. A mark on a whole row, part, choice,
item or entry stays whatever is written there. Knows trees and marks; nothing of readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..change.compare import align
from ..document import items
from ..document.tree import LEAVES, Node, Path, Tree, walk
from ..text.spans import spans
from . import marked


def carried(tree: Tree, before: Tree) -> tuple[Tree, tuple[Path, ...]]:
    """`tree` with the marks of `before` on everything that came without any, and the paths where
    marked words were changed or removed."""
    lost: list[Path] = []
    if not any(marked.of_value(n.value) for _, n in walk(before)):
        return tree, ()

    def lay(n: Node, was: Node, path: Path) -> Node:
        if not marked.of_value(was.value) or marked.of_value(n.value):
            return n
        made = laid_on(n, was)
        if made is None:
            lost.append(path)
        return n if made is None else made

    made = walked(tree, before, lay, lambda n, path: _gone(n, path, lost))
    return (tree if made.digest == tree.digest else made), tuple(lost)


def laid_on(n: Node, was: Node) -> Node | None:
    """A content with the marks of an earlier one of its place; None where one of them has nothing
    to lie on any more."""
    marks = marked.of_value(was.value)
    if n.kind == "block":
        same = [
            (s.a0, s.a1, s.b0 - s.a0)
            for s in spans(was.value["text"], n.value["text"])
            if s.op == "equal"
        ]
        shifts = [
            next((shift for a0, a1, shift in same if a0 <= m["start"] and m["end"] <= a1), None)
            for m in marks
        ]
        if None in shifts:
            return None
        return marked.put(
            n,
            [{**m, "start": m["start"] + by, "end": m["end"] + by} for m, by in zip(marks, shifts)],
        )  # type: ignore[operator]
    if n.kind not in ("entry", "table", "text", "figure") and not n.content:
        return None
    if n.kind in ("table", "text", "figure") and not (n.leaves or n.content):
        return None
    return marked.put(n, marks) if all(_there(n, m) for m in marks) else None


def _there(n: Node, m: Mapping[str, Any]) -> bool:
    """Whether the place of a mark is in this content."""
    if n.kind == "row":
        return "cell" not in m or m["cell"] < len(n.value["cells"])
    return n.kind != "choice_many" or marked.fits(n, m)


def walked(
    tree: Tree,
    other: Tree,
    lay: Callable[[Node, Node, Path], Node],
    gone: Callable[[Node, Path], None],
) -> Tree:
    """`tree` with `lay` asked about every node that has a counterpart in `other`; `gone` about
    every node of `other` that has none."""

    def below(new: Node | Tree, old: Node | Tree, path: Path) -> tuple[Node, ...]:
        partner = _partners(old.children, new.children)
        out = []
        for i, n in enumerate(new.children):
            was, here = partner.pop(i, None), (*path, n.key)
            if was is None or was.digest == n.digest:
                out.append(n)
                continue
            made = lay(n, was, here)
            out.append(
                made
                if n.kind in LEAVES
                else replace(made, children=below(made, was, here), _digest=[])
            )
        for lost in partner.pop(-1, ()):  # type: ignore[union-attr]
            gone(lost, (*path, lost.key))
        return tuple(out)

    return Tree(tree.form, below(tree, other, ()))


def _partners(old: Sequence[Node], new: Sequence[Node]) -> dict[int, Any]:
    """Index of a new sibling → the old one; under -1 the old ones without a partner. Leaves are
    matched as everywhere, all else by its key."""
    by_key = {n.key: n for n in old if n.kind not in LEAVES}
    leaves = [n for n in old if n.kind in LEAVES]
    fresh = [i for i, n in enumerate(new) if n.kind in LEAVES]
    out: dict[int, Any] = {
        i: by_key.pop(n.key) for i, n in enumerate(new) if n.kind not in LEAVES and n.key in by_key
    }
    pairs = align(leaves, [new[i] for i in fresh])
    out |= {fresh[j]: leaves[i] for i, j in pairs}
    left = {i for i, _ in pairs}
    out[-1] = [*(n for i, n in enumerate(leaves) if i not in left), *by_key.values()]
    return out


def _gone(n: Node, path: Path, lost: list[Path]) -> None:
    if marked.of_value(n.value):
        lost.append(path)
        return
    for c in n.children:
        _gone(c, (*path, c.key), lost)


# ---- the words


def secrets(*trees: Tree) -> frozenset[str]:
    """The marked words of these documents: what their public readings must not say, not even in the
    変更箇所 table."""
    out: set[str] = set()
    for tree in trees:
        for _, n in walk(tree):
            out |= {w.strip() for w in words_of(n)}
    return frozenset(out - {""})


def words_of(n: Node) -> Iterable[str]:
    """The words under the marks of one content; of a whole item or entry everything it says, line
    by line."""
    marks = marked.of_value(n.value)
    if not marks:
        return ()
    match n.kind:
        case "block":
            return [n.value["text"][m["start"] : m["end"]] for m in marks]
        case "row":
            return [
                c
                for i, c in enumerate(n.value["cells"])
                if any(m.get("cell", i) == i for m in marks)
            ]
        case "shape":
            return [n.value["text"]]
        case "choice_many":
            return [
                note
                for label, note in n.value["options"]
                if any(m.get("option", label) == label for m in marks)
            ] + _typed(n, marks)
        case "choice_one" | "number" | "date" | "yes_no":
            return (
                [n.value.get("typed") or ""]
                if n.kind == "choice_one" or len(n.value.get("typed", "")) > 3
                else []
            )
    below = [c for _, c in walk(n) if c.kind in ("block", "row", "shape")]
    said = (
        [line for c in below for line in items.leaf_text(c).split("\n")]
        if n.kind in ("text", "entry")
        else []
    )
    cells = [c for x in below if x.kind == "row" for c in x.value["cells"]]
    return [*said, *cells, *(x.value["text"] for x in below if x.kind == "shape")]


def _typed(n: Node, marks: Sequence[Mapping[str, Any]]) -> list[str]:
    return [t for t in n.value.get("typed", ()) if any(m.get("option", t) == t for m in marks)]
