"""The parts of a document being written, with every item of the form in each.

Knows the order of the form. Must not know how an item is typed.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from ...domain.change.describe import label, names
from ...domain.document.form import Form, FormNode
from ...domain.document.items import shown_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ...domain.errors import PiaError
from ..declared import needs
from .draft import blueprint, open_desk, path_of


def _rows(
    form: Form, tree: Tree, lines: tuple[FormNode, ...], n: Node | None, path: Path, found: Any
) -> list[dict[str, Any]]:
    """Every line of the form below a place, filled or not, in order."""
    out: list[dict[str, Any]] = []
    if n is not None:
        below = {}
        for child in n.children:
            if child.kind not in LEAVES:
                below[child.key] = child
    else:
        below = {}
    for line in lines:
        here = (*path, line.key)
        at = below.get(line.key)
        row: dict[str, Any] = {
            "path": "/".join(here),
            "line": line,
            "depth": len(here) - len(path),
            "kind": "heading",
            "label": f"{line.number}{line.label}",
        }
        if line.repeated:
            if at is not None:
                entries = []
                for child in at.children:
                    entries.append((child.key, label(form, (*here, child.key), found)))
            else:
                entries = []
            out.append(
                {
                    **row,
                    "kind": "repeat",
                    "entries": entries,
                    "label": line.label.replace("{n}", ""),
                    "id": "-".join(here),
                }
            )
            for child in at.children if at is not None else ():
                spot = (*here, child.key)
                out.append(
                    {
                        "kind": "entry",
                        "label": label(form, spot, found),
                        "path": "/".join(spot),
                        "id": "-".join(spot),
                    }
                )
                out += _rows(form, tree, line.children, child, spot, found)
            continue
        if line.answerable:
            said = shown_of(at)
            out.append(
                {
                    **row,
                    "kind": "item",
                    "text": said,
                    "filled": bool(said),
                    "id": "-".join(here),
                    "shapes": at is not None
                    and line.kind in ("figure", "table")
                    and len(at.leaves),
                }
            )
        else:
            out.append(row)
        out += _rows(form, tree, line.children, at, here, found)
    return out


def _parts(form: Form, tree: Tree, found: Any) -> list[tuple[str, str]]:
    """(path, words) of every part, a repeated one per entry."""
    out = []
    for line in form.parts:
        if line.id in ("TOC", "H"):
            continue
        node = tree.find((line.key,))
        if line.repeated:
            if line.shares:
                root = tree.find((line.shares,))
            else:
                root = node
            out += [
                (f"{line.key}/{child.key}", label(form, (line.key, child.key), found))
                for child in (root.children if root is not None else ())
            ]
        else:
            out.append((line.key, f"{line.number}{line.label}"))
    return out


@blueprint.get("/lines/<ref>/parts")
@needs("draft", own="ref", ref="line", asks=("part",))
def part(ref: str) -> str:
    """One part with all its items, filled or not."""
    desk = open_desk(ref)
    found = names(desk.form, desk.tree)
    parts = _parts(desk.form, desk.tree, found)
    asked = request.args.get("part") or parts[0][0]
    path = path_of(asked)
    line, _, rest = desk.form.at(path)
    if line is None or rest:
        raise PiaError("その部分は、この様式にありません。")
    node = desk.tree.find(path)
    rows = _rows(desk.form, desk.tree, line.children, node, path, found)
    if line.answerable:
        rows.insert(
            0,
            {
                "kind": "item",
                "path": asked,
                "line": line,
                "depth": 0,
                "label": f"{line.number}{line.label}",
                "text": shown_of(node),
                "filled": node is not None,
                "id": "-".join(path),
                "shapes": 0,
            },
        )
    roots = []
    for each_part in desk.form.parts:
        if each_part.repeated and not each_part.shares:
            roots.append(each_part)
    return render_template(
        "desk/part.html",
        d=desk,
        parts=parts,
        asked=asked,
        rows=rows,
        title=dict(parts).get(asked, line.label),
        roots=roots,
    )
