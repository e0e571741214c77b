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
    if not any(marked.of_value(node.value) for _, node in walk(before)):
        return tree, ()

    def lay(n: Node, was: Node, path: Path) -> Node:
        if not marked.of_value(was.value) or marked.of_value(n.value):
            return n
        made = laid_on(n, was)
        if made is None:
            lost.append(path)
        if made is None:
            return n
        return made

    made = walked(tree, before, lay, lambda node, path: _gone(node, path, lost))
    return (tree if made.digest == tree.digest else made), tuple(lost)


def laid_on(n: Node, was: Node) -> Node | None:
    """A content with the marks of an earlier one of its place; None where one of them has nothing
    to lie on any more."""
    marks = marked.of_value(was.value)
    if n.kind == "block":
        same = []
        for span in spans(was.value["text"], n.value["text"]):
            if span.op == "equal":
                same.append((span.a0, span.a1, span.b0 - span.a0))
        shifts = []
        for mark in marks:
            shifts.append(
                next(
                    (shift for a0, a1, shift in same if a0 <= mark["start"] and mark["end"] <= a1),
                    None,
                )
            )
        if None in shifts:
            return None
        return marked.put(
            n,
            [
                {**mark, "start": mark["start"] + by, "end": mark["end"] + by}
                for mark, by in zip(marks, shifts)
            ],
        )
    if n.kind not in ("entry", "table", "text", "figure") and not n.content:
        return None
    if n.kind in ("table", "text", "figure") and not (n.leaves or n.content):
        return None
    if all(_there(n, mark) for mark in marks):
        return marked.put(n, marks)
    return None


def _there(n: Node, match: Mapping[str, Any]) -> bool:
    """Whether the place of a mark is in this content."""
    if n.kind == "row":
        return "cell" not in match or match["cell"] < len(n.value["cells"])
    return n.kind != "choice_many" or marked.fits(n, match)


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
        for index, child in enumerate(new.children):
            was = partner.pop(index, None)
            here = (*path, child.key)
            if was is None or was.digest == child.digest:
                out.append(child)
                continue
            made = lay(child, was, here)
            if child.kind in LEAVES:
                out.append(made)
            else:
                out.append(replace(made, children=below(made, was, here), _digest=[]))
        for lost in partner.pop(-1, ()):
            gone(lost, (*path, lost.key))
        return tuple(out)

    return Tree(tree.form, below(tree, other, ()))


def _partners(old: Sequence[Node], new: Sequence[Node]) -> dict[int, Any]:
    """Index of a new sibling → the old one; under -1 the old ones without a partner. Leaves are
    matched as everywhere, all else by its key."""
    by_key = {}
    for node in old:
        if node.kind not in LEAVES:
            by_key[node.key] = node
    leaves = []
    for node in old:
        if node.kind in LEAVES:
            leaves.append(node)
    fresh = []
    for index, node in enumerate(new):
        if node.kind in LEAVES:
            fresh.append(index)
    out: dict[int, Any] = {}
    for index, node in enumerate(new):
        if node.kind not in LEAVES and node.key in by_key:
            out[index] = by_key.pop(node.key)
    pairs = align(leaves, [new[index] for index in fresh])
    out |= {fresh[other_index]: leaves[index] for index, other_index in pairs}
    left = set()
    for index, _ in pairs:
        left.add(index)
    out[-1] = [
        *(leave for index, leave in enumerate(leaves) if index not in left),
        *by_key.values(),
    ]
    return out


def _gone(n: Node, path: Path, lost: list[Path]) -> None:
    if marked.of_value(n.value):
        lost.append(path)
        return
    for child in n.children:
        _gone(child, (*path, child.key), lost)


# ---- the words


def secrets(*trees: Tree) -> frozenset[str]:
    """The marked words of these documents: what their public readings must not say, not even in the
    変更箇所 table."""
    out: set[str] = set()
    for tree in trees:
        for _, node in walk(tree):
            out |= {word.strip() for word in words_of(node)}
    return frozenset(out - {""})


def words_of(n: Node) -> Iterable[str]:
    """The words under the marks of one content; of a whole item or entry everything it says, line
    by line."""
    marks = marked.of_value(n.value)
    if not marks:
        return ()
    match n.kind:
        case "block":
            values = []
            for mark in marks:
                values.append(n.value["text"][mark["start"] : mark["end"]])
            return values
        case "row":
            found = []
            for index, cell in enumerate(n.value["cells"]):
                if any(mark.get("cell", index) == index for mark in marks):
                    found.append(cell)
            return found
        case "shape":
            return [n.value["text"]]
        case "choice_many":
            return [
                note
                for label, note in n.value["options"]
                if any(mark.get("option", label) == label for mark in marks)
            ] + _typed(n, marks)
        case "choice_one" | "number" | "date" | "yes_no":
            if n.kind == "choice_one" or len(n.value.get("typed", "")) > 3:
                return [n.value.get("typed") or ""]
            return []
    below = []
    for _, node in walk(n):
        if node.kind in ("block", "row", "shape"):
            below.append(node)
    if n.kind in ("text", "entry"):
        said = []
        for node in below:
            for line in items.leaf_text(node).split("\n"):
                said.append(line)
    else:
        said = []
    cells = []
    for x in below:
        if x.kind == "row":
            for cell in x.value["cells"]:
                cells.append(cell)
    return [*said, *cells, *(x.value["text"] for x in below if x.kind == "shape")]


def _typed(n: Node, marks: Sequence[Mapping[str, Any]]) -> list[str]:
    texts = []
    for text in n.value.get("typed", ()):
        if any(mark.get("option", text) == text for mark in marks):
            texts.append(text)
    return texts
