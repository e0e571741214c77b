"""A whole document and its answers: `build` makes a tree of them, `answers` lists them again,
`with_answer` replaces one.

Knows where the items of a form stand. What an answer of each kind looks like is in `kinds`, how it
is written in `texts`; both are reached through this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import PiaError
from . import marked
from .form import Form, FormNode
from .kinds import (
    SHAPES,
    choice_many,
    choice_one,
    day,
    figure,
    folded,
    number,
    option_of,
    plain,
    row,
    shape,
    table,
    text,
    to_plain,
)
from .texts import (
    BETWEEN,
    PIPED,
    from_text,
    leaf_text,
    one_line,
    piped,
    shown,
    shown_beside,
    shown_of,
    text_of,
)
from .tree import LEAVES, Node, Path, Tree, node, pruned, walk

__all__ = [
    "BETWEEN",
    "PIPED",
    "SHAPES",
    "answers",
    "build",
    "choice_many",
    "choice_one",
    "day",
    "figure",
    "folded",
    "from_text",
    "is_entry",
    "item_at",
    "leaf_text",
    "number",
    "one_line",
    "option_of",
    "piped",
    "plain",
    "row",
    "shape",
    "shown",
    "shown_beside",
    "shown_of",
    "table",
    "text",
    "text_of",
    "text_of_role",
    "to_plain",
    "with_answer",
]


def build(form: Form, answers: Iterable[tuple[Path, Any]]) -> Tree:
    """A tree from (path, plain answer) pairs. Fixed nodes stand in the form's order, entries in the
    order they first appear. PiaError for an item the form does not have, or one given twice.
    """
    root: dict[str, Any] = {}
    for path, answer in answers:
        line, _, rest = form.at(path)
        entry = is_entry(form, path) and _entry_marks(answer)
        if line is None or rest or not (line.answerable or entry):
            raise PiaError(f"様式（{form.id}）に、項目 {'/'.join(path)} はありません。")
        if line.prints_stamp and answer == line.fixed_text:
            # The form's own stamp is what the tree says it is written on, not an answer.
            continue
        level = root
        for key in path:
            level = level.setdefault(key, {})
        if "" in level:
            raise PiaError(
                f"{line.id}（{line.label}）の記載（{'/'.join(path)}）が、2回出てきます。"
                "1つにしてください。"
            )
        level[""] = answer
    return pruned(Tree(form.id, tuple(_built(form.parts, root))))


def _built(lines: Iterable[FormNode], level: Mapping[str, Any]) -> list[Node]:
    """The nodes of one level: key → the level below it, whose key "" holds the answer."""
    nodes = []
    for line in lines:
        below = level.get(line.key)
        if below is None:
            continue
        if line.repeated:
            entries = []
            for key, entry in below.items():
                if key:
                    entries.append(node(key, "entry", entry.get(""), _built(line.children, entry)))
            nodes.append(node(line.key, "repeat", None, entries))
        elif line.answerable and "" in below:
            nodes.append(plain(line, below[""], _built(line.children, below)))
        else:
            nodes.append(node(line.key, line.node_kind, None, _built(line.children, below)))
    return nodes


def is_entry(form: Form, path: Path) -> bool:
    """Whether a path names an entry of a repeated part."""
    line, _, rest = form.at(path)
    return (
        line is not None
        and not rest
        and line.repeated
        and len(path) > 1
        and form.at(path[:-1])[0] is line
    )


def _entry_marks(answer: Any) -> bool:
    """Whether an answer is the marks of a whole entry."""
    if isinstance(answer, Mapping) and set(answer) == {marked.KEY}:
        marks = marked.marks_of(answer)
    else:
        marks = []
    return bool(marks) and all(marked.fits(node("", "entry"), match) for match in marks)


def answers(tree: Tree) -> list[tuple[Path, Any]]:
    """The inverse of `build`: every item that holds something, with its path, in order; an entry
    that is marked as a whole, with its marks alone.
    """
    pairs = []
    for path, here in walk(tree):
        if here.kind not in LEAVES and (answer := to_plain(here)) is not None:
            pairs.append((path, answer))
    return pairs


def text_of_role(form: Form, tree: Tree, role: str) -> str:
    """The text of the item with a role (`form.ROLES`); empty where the form or the document has
    none.
    """
    line = form.by_role.get(role)
    if line is None:
        return ""
    return text_of(tree.find(line.path))


def item_at(form: Form, path: Path) -> FormNode:
    """The form's item at a path. PiaError when the form has none there that takes an answer."""
    line, _, rest = form.at(path)
    if line is None or rest or not line.answerable:
        below = f"の「{line.plain_label}」" if line is not None else ""
        raise PiaError(f"様式「{form.name}」{below}に、その項目はありません。")
    return line


def with_answer(form: Form, tree: Tree, path: Path, written: str) -> Tree:
    """The tree with one item's answer replaced (its reversible text; "" removes it); only the nodes
    on the way are made anew. PiaError when the form has no such item.
    """
    line = item_at(form, path)
    return with_item(form, tree, path, from_text(line, written) or node(line.key, line.node_kind))


def with_item(form: Form, tree: Tree, path: Path, item: Node) -> Tree:
    """The tree with one item's answer replaced by that of `item`, which has none below it; what
    stands below the item stays. `path` is one of the form's."""
    return Tree(form.id, _level(form.parts, tree.children, path, item))


def _level(
    lines: Sequence[FormNode], nodes: tuple[Node, ...], way: Path, item: Node
) -> tuple[Node, ...]:
    """The children of one node with the item at the end of `way` replaced: leaves first, then
    the fixed nodes in the form's order.
    """
    leaves = tuple(each for each in nodes if each.kind in LEAVES)
    fixed = {each.key: each for each in nodes if each.kind not in LEAVES}
    line = next(each for each in lines if each.key == way[0])
    new = _child(line, fixed.pop(line.key, None), way, item)
    # An empty answer is the same as none, and so is what only held it.
    if new.content or new.children:
        fixed[line.key] = new
    order = {each.key: index for index, each in enumerate(lines)}
    return (*leaves, *sorted(fixed.values(), key=lambda each: order.get(each.key, len(order))))


def _child(line: FormNode, old: Node | None, way: Path, item: Node) -> Node:
    """The first node on the way, with the item at its end."""
    if line.repeated:
        return _repeat(line, old, way, item)
    if len(way) == 1:
        return _answered(old, item)
    below = _level(line.children, old.children if old else (), way[1:], item)
    if old:
        return old.with_children(below)
    return node(line.key, line.node_kind, None, below)


def _answered(old: Node | None, item: Node) -> Node:
    """An item with another answer and the items below it as they are."""
    below = []
    for child in old.children if old else ():
        if child.kind not in LEAVES:
            below.append(child)
    return item.with_children((*item.children, *below))


def _repeat(line: FormNode, old: Node | None, way: Path, item: Node) -> Node:
    """A repeated part with the answer in one entry, which is made where it is not there yet."""
    if old:
        entries = list(old.children)
    else:
        entries = []
    place = next((i for i, entry in enumerate(entries) if entry.key == way[1]), len(entries))
    if place < len(entries):
        entry = entries[place]
    else:
        entry = node(way[1], "entry")
    children = _level(line.children, entry.children, way[2:], item)
    entries[place : place + 1] = [entry.with_children(children)]
    return node(line.key, "repeat", None, [each for each in entries if each.children])
