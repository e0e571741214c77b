"""A document line by line as a page shows it: parts, headings and items in the form's order, with
what changed there.

Knows trees, forms, what `describe` says, and the template a line is drawn with. Must not know who
looks, nor whether it is the desk, the council or the public zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from ..documents import figures
from ..domain.canonical import canonical, sha256
from ..domain.change.compare import compare
from ..domain.change.describe import Names, Said, describe, label, names
from ..domain.document.form import Form, FormNode
from ..domain.document.items import shown_of
from ..domain.document.tree import LEAVES, Node, Path, Tree


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of a page. kind: part, entry, heading, item, or gone for an item that is no longer
    there; `part`: an entry that is a part of the document. Lines are equal when place, words and
    content are: `digest` stands for all that an item says."""

    kind: str
    path: Path
    full: str
    said: tuple[Said, ...] = ()
    procedure: bool = False
    part: bool = False
    mark: str = ""
    number: str = ""
    label: str = ""
    type: str = ""
    columns: tuple[str, ...] = ()
    digest: str = ""
    blocks: tuple[Node, ...] = field(default=(), compare=False)
    rows: tuple[Sequence[str], ...] = field(default=(), compare=False)
    figure: Any = field(default=None, compare=False)
    text: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        if self.kind == "part":
            return f"part-{self.path[0]}"
        return "-".join(self.path)


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names of a document's entries; `digest` stands for them all."""

    digest: str
    names: Names = field(compare=False)


@lru_cache(maxsize=24)
def lines_of(form: Form, tree: Tree, old: Tree | None) -> tuple[PageLine, ...]:
    """Every line of a document, beside an earlier one on the same form. Versions never change, and
    many people look at the same ones."""
    found = names(form, *(each_tree for each_tree in (old, tree) if each_tree is not None))
    if old is not None and old.form == tree.form:
        said = describe(form, compare(old, tree), old, tree)
    else:
        said = ()
    by_item: dict[Path, list[Said]] = {}
    for each_said in said:
        by_item.setdefault(each_said.item_path, []).append(each_said)
    known = EntryNames(
        sha256(canonical([[*path, *name] for path, name in found.items()])).hexdigest(), found
    )
    return _level(
        form,
        known,
        {key: tuple(many) for key, many in by_item.items()},
        form.parts,
        tree.children,
        (),
    )


@lru_cache(maxsize=20_000)
def _still(
    form: Form, known: EntryNames, line: FormNode, n: Node, path: Path
) -> tuple[PageLine, ...]:
    """A branch with nothing changed in it: the next version mostly has the same."""
    return _level(form, known, {}, (line,), (n,), path)


def _level(
    form: Form,
    known: EntryNames,
    said: dict[Path, tuple[Said, ...]],
    lines: tuple[FormNode, ...],
    nodes: tuple[Node, ...],
    path: Path,
) -> tuple[PageLine, ...]:
    out: list[PageLine] = []
    below = {node.key: node for node in nodes if node.kind not in LEAVES}
    touched = set()
    for texts in said:
        touched.add(texts[: len(path) + 1])
    found = known.names
    for line in lines:
        node = below.get(line.key)
        here = (*path, line.key)
        if node is None:
            if gone := said.get(here):
                out.append(PageLine("gone", here, label(form, here, found), gone, line.procedure))
            continue
        if said and here not in touched:
            out += _still(form, known, line, node, path)
            continue
        if line.repeated:
            for child in node.children:
                spot = (*here, child.key)
                out.append(
                    PageLine(
                        "entry", spot, label(form, spot, found), said.get(spot, ()), part=not path
                    )
                )
                out += _level(form, known, said, line.children, child.children, spot)
            continue
        if not path:
            out.append(
                PageLine("part", here, f"{line.number}{line.label}", procedure=line.procedure)
            )
        if line.answerable:
            out.append(_item(form, found, line, node, here, said.get(here, ())))
        elif path:
            out.append(
                PageLine(
                    "heading",
                    here,
                    f"{line.number}{line.label}",
                    procedure=line.procedure,
                    mark=line.mark,
                )
            )
        out += _level(form, known, said, line.children, node.children, here)
    return tuple(out)


def _item(
    form: Form, found: Names, line: FormNode, n: Node, path: Path, said: tuple[Said, ...]
) -> PageLine:
    return PageLine(
        "item" if n.content or n.leaves or said else "heading",
        path,
        label(form, path, found),
        said,
        line.procedure,
        mark="※" if line.material else "",
        number=line.number,
        label=line.label,
        type=n.kind,
        columns=line.columns,
        digest=n.digest,
        blocks=tuple(leave for leave in n.leaves if leave.kind == "block"),
        rows=tuple(node.value["cells"] for node in n.leaves if node.kind == "row"),
        figure=figures.picture(n, figures.marks(each_said.change for each_said in said)[1])
        if n.kind == "figure"
        else None,
        text=shown_of(n) if n.kind not in ("table", "figure", "text") else "",
    )


def drawn(x: PageLine, reason: str) -> Markup:
    """A line as the desk and the council see it; `reason`: why it changed. Of a long document most
    lines are the same at every look."""
    if not x.said:
        return _drawn_again(x, reason)
    return _drawn(x, reason)


def _drawn(x: PageLine, reason: str) -> Markup:
    return current_app.jinja_env.get_template("desk/line.html").module.line(x, reason)  # type: ignore[attr-defined]


_drawn_again = lru_cache(maxsize=12_000)(_drawn)
