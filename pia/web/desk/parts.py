"""The parts of a document being written, with every item of the form in each.

Knows the order of the form. Must not know how an item is typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from ...domain.change.describe import Names, label, names
from ...domain.document.form import Form, FormNode
from ...domain.document.items import shown_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ...domain.errors import PiaError
from ..declared import needs
from .draft import blueprint, open_desk, path_of

NOT_WRITTEN = ("TOC", "H")  # parts of a form nobody writes here
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a part: every line of the form below a place, filled or not, in order."""

    form: Form
    names: Names

    def rows(self, lines: tuple[FormNode, ...], node: Node | None, path: Path) -> Iterator[Row]:
        """The lines below `path`, where `node` stands if anything is filled in."""
        below = {}
        for child in node.children if node is not None else ():
            if child.kind not in LEAVES:
                below[child.key] = child
        for line in lines:
            here = (*path, line.key)
            filled = below.get(line.key)
            if line.repeated:
                yield from self._repeat(line, filled, here)
                continue
            row = {**_head(line, here), "kind": "heading", "label": f"{line.number}{line.label}"}
            if line.answerable:
                row |= _item(line, filled, here)
            yield row
            yield from self.rows(line.children, filled, here)

    def _repeat(self, line: FormNode, filled: Node | None, here: Path) -> Iterator[Row]:
        """A repeat with its entries, then every entry with what is in it."""
        children = filled.children if filled is not None else ()
        entries = []
        for child in children:
            entries.append((child.key, self._named((*here, child.key))))
        yield {
            **_head(line, here),
            "kind": "repeat",
            "entries": entries,
            "label": line.label.replace("{n}", ""),
            "id": "-".join(here),
        }
        for child in children:
            spot = (*here, child.key)
            yield {
                "kind": "entry",
                "label": self._named(spot),
                "path": "/".join(spot),
                "id": "-".join(spot),
            }
            yield from self.rows(line.children, child, spot)

    def _named(self, path: Path) -> str:
        return label(self.form, path, self.names)


def _head(line: FormNode, here: Path) -> Row:
    return {"path": "/".join(here), "line": line, "depth": 1}


def _item(line: FormNode, filled: Node | None, here: Path) -> Row:
    """What the row of an item says besides its label. `shapes`: how many parts or rows it has."""
    text = shown_of(filled)
    shapes: bool | int = False
    if filled is not None and line.kind in ("figure", "table"):
        shapes = len(filled.leaves)
    return {
        "kind": "item",
        "text": text,
        "filled": bool(text),
        "id": "-".join(here),
        "shapes": shapes,
    }


def _parts(form: Form, tree: Tree, entries: Names) -> Iterator[tuple[str, str]]:
    """(path, words) of every part, a repeated one per entry."""
    for line in form.parts:
        if line.id in NOT_WRITTEN:
            continue
        if not line.repeated:
            yield line.key, f"{line.number}{line.label}"
            continue
        root = tree.find((line.shares or line.key,))
        for child in root.children if root is not None else ():
            yield f"{line.key}/{child.key}", label(form, (line.key, child.key), entries)


@blueprint.get("/lines/<ref>/parts")
@needs("draft", own="ref", ref="line", asks=("part",))
def part(ref: str) -> str:
    """One part with all its items, filled or not."""
    desk = open_desk(ref)
    entries = names(desk.form, desk.tree)
    parts = list(_parts(desk.form, desk.tree, entries))
    asked = request.args.get("part") or parts[0][0]
    path = path_of(asked)
    line, _, rest = desk.form.at(path)
    if line is None or rest:
        raise PiaError("その部分は、この様式にありません。")
    node = desk.tree.find(path)
    rows = list(_Part(desk.form, entries).rows(line.children, node, path))
    if line.answerable:
        rows.insert(0, _part_itself(line, node, path))
    return render_template(
        "desk/part.html",
        d=desk,
        parts=parts,
        asked=asked,
        rows=rows,
        title=dict(parts).get(asked, line.label),
        roots=[root for root in desk.form.parts if root.repeated and not root.shares],
    )


def _part_itself(line: FormNode, node: Node | None, path: Path) -> Row:
    """The row of a part that is an item."""
    return {
        "kind": "item",
        "path": "/".join(path),
        "line": line,
        "depth": 0,
        "label": f"{line.number}{line.label}",
        "text": shown_of(node),
        "filled": node is not None,
        "id": "-".join(path),
        "shapes": 0,
    }
