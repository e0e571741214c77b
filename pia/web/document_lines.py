"""A document line by line as a page shows it: parts, headings and items in the form's order, with
what changed there.

Knows trees, forms, what `describe` says, and the template a line is drawn with. Must not know who
looks, nor whether it is the desk, the council or the public zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import current_app
from markupsafe import Markup

from ..documents import figures
from ..domain.canonical import canonical
from ..domain.change.compare import compare
from ..domain.change.describe import DescribedChange, Names, describe, label, names
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
    changes: tuple[DescribedChange, ...] = ()
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
        """Its name on the page, for links."""
        if self.kind == "part":
            return f"part-{self.path[0]}"
        return "-".join(self.path)


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names of a document's entries; `digest` stands for them all."""

    digest: str
    names: Names = field(compare=False)


Changes = Mapping[Path, tuple[DescribedChange, ...]]  # by the item they are in


@lru_cache(maxsize=24)
def lines_of(form: Form, tree: Tree, old: Tree | None) -> tuple[PageLine, ...]:
    """Every line of a document, beside an earlier one on the same form. Versions never change, and
    many people look at the same ones."""
    trees = (tree,) if old is None else (old, tree)
    entries = names(form, *trees)
    changes: dict[Path, tuple[DescribedChange, ...]] = {}
    if old is not None and old.form == tree.form:
        for described in describe(form, compare(old, tree), old, tree):
            changes[described.item_path] = (*changes.get(described.item_path, ()), described)
    plain = [[*path, *name] for path, name in entries.items()]
    known = EntryNames(sha256(canonical(plain)).hexdigest(), entries)
    return _Lines(form, known, changes).level(form.parts, tree.children, ())


@lru_cache(maxsize=20_000)
def _still(
    form: Form, known: EntryNames, line: FormNode, node: Node, path: Path
) -> tuple[PageLine, ...]:
    """A branch with nothing changed in it: the next version mostly has the same."""
    return _Lines(form, known, {}).level((line,), (node,), path)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a document, level by level."""

    form: Form
    known: EntryNames
    changes: Changes

    def level(
        self, lines: tuple[FormNode, ...], nodes: tuple[Node, ...], path: Path
    ) -> tuple[PageLine, ...]:
        """The lines below a path, in the form's order."""
        below = {node.key: node for node in nodes if node.kind not in LEAVES}
        touched = {changed[: len(path) + 1] for changed in self.changes}
        out: list[PageLine] = []
        for line in lines:
            here = (*path, line.key)
            node = below.get(line.key)
            if node is None:
                out += self._gone(line, here)
            elif self.changes and here not in touched:
                out += _still(self.form, self.known, line, node, path)
            elif line.repeated:
                out += self._entries(line, node, here)
            else:
                out += self._line(line, node, here)
                out += self.level(line.children, node.children, here)
        return tuple(out)

    def _gone(self, line: FormNode, here: Path) -> Iterator[PageLine]:
        """An item that is no longer there, where that is a change."""
        if changes := self.changes.get(here):
            yield PageLine("gone", here, self._named(here), changes, line.procedure)

    def _entries(self, line: FormNode, node: Node, here: Path) -> Iterator[PageLine]:
        """Every entry of a repeat with what stands in it."""
        for child in node.children:
            spot = (*here, child.key)
            changes = self.changes.get(spot, ())
            yield PageLine("entry", spot, self._named(spot), changes, part=len(here) == 1)
            yield from self.level(line.children, child.children, spot)

    def _line(self, line: FormNode, node: Node, here: Path) -> Iterator[PageLine]:
        """The line itself: a part, an item or a heading; a part may be an item too."""
        words = f"{line.number}{line.label}"
        part = len(here) == 1
        if part:
            yield PageLine("part", here, words, procedure=line.procedure)
        if line.answerable:
            yield _item(line, node, here, self._named(here), self.changes.get(here, ()))
        elif not part:
            yield PageLine("heading", here, words, procedure=line.procedure, mark=line.mark)

    def _named(self, path: Path) -> str:
        return label(self.form, path, self.known.names)


def _item(
    line: FormNode, node: Node, path: Path, full: str, changes: tuple[DescribedChange, ...]
) -> PageLine:
    """The line of an item: its words in the shape its kind has."""
    kind = "heading"
    if node.content or node.leaves or changes:
        kind = "item"
    figure = None
    text = ""
    if node.kind == "figure":
        marks = figures.marks(described.change for described in changes)[1]
        figure = figures.picture(node, marks)
    elif node.kind not in ("table", "text"):
        text = shown_of(node)
    return PageLine(
        kind,
        path,
        full,
        changes,
        line.procedure,
        mark="※" if line.material else "",
        number=line.number,
        label=line.label,
        type=node.kind,
        columns=line.columns,
        digest=node.digest,
        blocks=tuple(leaf for leaf in node.leaves if leaf.kind == "block"),
        rows=tuple(leaf.value["cells"] for leaf in node.leaves if leaf.kind == "row"),
        figure=figure,
        text=text,
    )


LOWEST = 4  # level of the heading of an item below a heading


def levels(lines: Iterable[PageLine]) -> dict[str, int]:
    """Id of an item → the level of its heading: one below the part or heading it stands under, so
    that who goes from heading to heading misses none."""
    out = {}
    above = 2
    for line in lines:
        if line.kind == "part" or (line.kind == "entry" and line.part):
            above = 2
        elif line.kind in ("entry", "heading"):
            above = 3
        else:
            out[line.id] = min(above + 1, LOWEST)
    return out


def drawn(line: PageLine, reason: str, level: int = LOWEST) -> Markup:
    """A line as the desk and the council see it; `reason`: why it changed; `level`: of the heading
    of an item. Of a long document most lines are the same at every look."""
    if not line.changes:
        return _drawn_again(line, reason, level)
    return _drawn(line, reason, level)


def _drawn(line: PageLine, reason: str, level: int) -> Markup:
    macros: Any = current_app.jinja_env.get_template("desk/line.html").module
    shown: Markup = macros.line(line, reason, level)
    return shown


_drawn_again = lru_cache(maxsize=12_000)(_drawn)
