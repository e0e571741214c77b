"""Marks of 非公表部分 that stay on their words when an answer comes back without them, and the
words that lie under marks (規則第10条第1項・第2項).

Workbooks and plain edits carry no marks. A mark on words goes with them where they are there to the
letter; where they were touched, a person must decide. A mark on a whole row, part, choice, item or
entry stays whatever is written there. Knows trees and marks; nothing of readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..change.compare import align
from ..document import items, marked
from ..document.tree import LEAVES, Node, Path, Tree, walk
from ..text.spans import Span, spans


def carried(tree: Tree, before: Tree) -> tuple[Tree, tuple[Path, ...]]:
    """`tree` with the marks of `before` on everything that came without any, and the paths where
    marked words were changed or removed."""
    lost: list[Path] = []
    if not any(marked.of_value(node.value) for node in _touched(before, tree)):
        return tree, ()

    def lay(n: Node, was: Node, path: Path) -> Node:
        if not marked.of_value(was.value) or marked.of_value(n.value):
            return n
        kept = laid_on(n, was)
        if kept is None:
            lost.append(path)
        if kept is None:
            return n
        return kept

    kept = walked(tree, before, lay, lambda node, path: _gone(node, path, lost))
    return (tree if kept.digest == tree.digest else kept), tuple(lost)


def _touched(before: Tree | Node, now: Tree | Node) -> Iterator[Node]:
    """The nodes of `before` that are not the very same in `now`: an edit makes few anew, and on all
    others every mark stays where it is."""
    known = {id(child) for child in now.children}
    places = {child.slot: child for child in now.children}
    for child in before.children:
        if id(child) in known:
            continue
        yield child
        other = places.get(child.slot)
        if other is None:
            yield from (node for _, node in walk(child))
        else:
            yield from _touched(child, other)


def laid_on(n: Node, was: Node) -> Node | None:
    """A content with the marks of an earlier one of its place; None where one of them has nothing
    to lie on any more."""
    marks = marked.of_value(was.value)
    if n.kind == "block":
        return _laid_on_block(n, was, marks)
    if n.kind in ("table", "text", "figure"):
        empty = not n.leaves and not n.content
    else:
        empty = n.kind != "entry" and not n.content
    if empty or not all(_there(n, mark) for mark in marks):
        return None
    return marked.put(n, marks)


def _laid_on_block(n: Node, was: Node, marks: Iterable[Mapping[str, Any]]) -> Node | None:
    """A block with the ranges moved along with the words they lie on."""
    stayed = []
    for span in spans(was.value["text"], n.value["text"]):
        if span.op == "equal":
            stayed.append(span)
    moved = []
    for mark in marks:
        shift = _shift(stayed, mark)
        if shift is None:
            return None
        moved.append({**mark, "start": mark["start"] + shift, "end": mark["end"] + shift})
    return marked.put(n, moved)


def _shift(stayed: Iterable[Span], mark: Mapping[str, Any]) -> int | None:
    """How far the words of a range moved; None where they did not all stay."""
    for span in stayed:
        if span.a0 <= mark["start"] and mark["end"] <= span.a1:
            return span.b0 - span.a0
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
            laid = lay(child, was, here)
            if child.kind in LEAVES:
                out.append(laid)
            else:
                out.append(laid.with_children(below(laid, was, here)))
        for lost in partner.pop(-1, ()):
            gone(lost, (*path, lost.key))
        return tuple(out)

    return Tree(tree.form, below(tree, other, ()))


def _partners(old: Sequence[Node], new: Sequence[Node]) -> dict[int, Any]:
    """Index of a new sibling → the old one; under -1 the old ones without a partner. Leaves are
    matched as everywhere, all else by its key."""
    partners: dict[int, Any] = {}
    by_key = {}
    for node in old:
        if node.kind not in LEAVES:
            by_key[node.key] = node
    for index, node in enumerate(new):
        if node.kind not in LEAVES and node.key in by_key:
            partners[index] = by_key.pop(node.key)
    old_leaves = []
    for node in old:
        if node.kind in LEAVES:
            old_leaves.append(node)
    places = []
    for index, node in enumerate(new):
        if node.kind in LEAVES:
            places.append(index)
    left = dict(enumerate(old_leaves))
    for before, after in align(old_leaves, [new[index] for index in places]):
        partners[places[after]] = left.pop(before)
    partners[-1] = [*left.values(), *by_key.values()]
    return partners


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
    if n.kind in _WORDS:
        return _WORDS[n.kind](n, marks)
    return _all_words(n)


_Marks = Sequence[Mapping[str, Any]]


def _words_of_block(n: Node, marks: _Marks) -> list[str]:
    return [n.value["text"][mark["start"] : mark["end"]] for mark in marks]


def _words_of_row(n: Node, marks: _Marks) -> list[str]:
    cells = enumerate(n.value["cells"])
    return [cell for index, cell in cells if _names(marks, "cell", index)]


def _words_of_shape(n: Node, marks: _Marks) -> list[str]:
    return [n.value["text"]]


def _words_of_choices(n: Node, marks: _Marks) -> list[str]:
    notes = []
    for label, note in n.value["options"]:
        if _names(marks, "option", label):
            notes.append(note)
    typed = []
    for words in n.value.get("typed", ()):
        if _names(marks, "option", words):
            typed.append(words)
    return notes + typed


def _words_of_choice(n: Node, marks: _Marks) -> list[str]:
    return [n.value.get("typed") or ""]


def _words_of_value(n: Node, marks: _Marks) -> list[str]:
    """Numbers and days are words to look for only where they are long enough."""
    typed = n.value.get("typed", "")
    if len(typed) > 3:
        return [typed]
    return []


_WORDS: Mapping[str, Callable[[Node, _Marks], list[str]]] = {
    "block": _words_of_block,
    "row": _words_of_row,
    "shape": _words_of_shape,
    "choice_many": _words_of_choices,
    "choice_one": _words_of_choice,
    "number": _words_of_value,
    "date": _words_of_value,
    "yes_no": _words_of_value,
}


def _names(marks: _Marks, part: str, own: Any) -> bool:
    """Whether a mark lies on this part of the content, or on the whole of it."""
    return any(mark.get(part, own) == own for mark in marks)


def _all_words(n: Node) -> list[str]:
    """Everything an item or entry says: the lines of its texts, its cells, the words of its
    shapes."""
    leaves = []
    for _, node in walk(n):
        if node.kind in LEAVES:
            leaves.append(node)
    lines: list[str] = []
    cells: list[str] = []
    shapes: list[str] = []
    for leaf in leaves:
        if n.kind in ("text", "entry"):
            lines += items.leaf_text(leaf).split("\n")
        if leaf.kind == "row":
            cells += leaf.value["cells"]
        elif leaf.kind == "shape":
            shapes.append(leaf.value["text"])
    return [*lines, *cells, *shapes]
