"""A part of a document as its form prints it: bands of headings with rows of items, entries that
repeat, what is empty, what changed since it was published, and how far it is answered.

Knows forms, trees and the template a row is drawn with. Must not know how an item is typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from ...actions.records.comments import CommentThread
from ...documents import figures
from ...documents.text.page import compared
from ...domain.change.describe import Names, label, names, numbered
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded, shown_beside, shown_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from .draft import Desk, path_of
from .grids import placed

NOT_WRITTEN = ("TOC", "H")  # parts of a form nobody writes here
_SHOWN_ROWS = 12  # of a long table, on the page of its part

Says = tuple[object, ...]  # what an item says: equal where two say the same


@dataclass(frozen=True, slots=True)
class PartRow:
    """One row: an item with its place on the form, what it says (`says`) and what it said when it
    was published (`said`, None where there is nothing to hold it against). Equal rows look alike:
    the nodes they are drawn from do not count."""

    path: str
    number: str
    label: str
    mark: str
    kind: str
    depth: int
    procedure: bool
    columns: tuple[str, ...]
    says: Says
    said: Says | None
    node: Node | None = field(compare=False)
    old: Node | None = field(compare=False)

    @property
    def id(self) -> str:
        """Its name on the page, for links."""
        return self.path.replace("/", "-")

    @property
    def filled(self) -> bool:
        """Whether anything is written; what is ticked or not is always an answer."""
        return bool(self.says) or self.kind == "yes_no"

    @property
    def empty(self) -> bool:
        """Whether somebody has still to write here."""
        return not self.filled and not self.procedure

    @property
    def changed(self) -> bool:
        """Whether it says something else than what was published."""
        return self.said is not None and self.says != self.said

    @property
    def text(self) -> str:
        """What it says, as people read it."""
        return shown_of(self.node)

    @property
    def blocks(self) -> tuple[Node, ...]:
        """The blocks of a text."""
        leaves = self.node.leaves if self.node is not None else ()
        return tuple(leaf for leaf in leaves if leaf.kind == "block")

    @property
    def rows(self) -> tuple[Sequence[str], ...]:
        """The first rows of a table."""
        leaves = self.node.leaves[:_SHOWN_ROWS] if self.node is not None else ()
        return tuple(placed(self.columns, leaf.value["cells"]) for leaf in leaves)

    @property
    def more_rows(self) -> int:
        """How many rows of a table are not shown."""
        leaves = self.node.leaves if self.node is not None else ()
        return max(0, len(leaves) - _SHOWN_ROWS)

    @property
    def drawing(self) -> Any:
        """A figure ready to be drawn; None where there is none."""
        if self.kind == "figure" and self.node is not None and self.node.leaves:
            return figures.picture(self.node)
        return None

    @property
    def sides(self) -> Any:
        """What was published and what stands now, marked."""
        return compared(shown_beside(self.old, self.node))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a part are answered, of how many, and how many changed."""

    answered: int = 0
    whole: int = 0
    changed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.answered + other.answered,
            self.whole + other.whole,
            self.changed + other.changed,
        )


@dataclass(frozen=True, slots=True)
class Band:
    """A heading with the rows below it. kind: group, repeat (its entries are bands) or entry;
    `folds`: it can be closed; `gone`: the names of entries that were published and are there no
    more; `shared`: its entries are added and named in another part; `key`: of an entry; `next`: how
    the next entry of a repeat is called."""

    kind: str
    path: str
    label: str
    mark: str = ""
    depth: int = 0
    folds: bool = False
    below: tuple[PartRow | Band, ...] = ()
    gone: tuple[str, ...] = ()
    new: bool = False
    shared: bool = False
    key: str = ""
    next: str = ""

    @property
    def id(self) -> str:
        """Its name on the page, for links."""
        return self.path.replace("/", "-")

    @property
    def tally(self) -> Tally:
        """Of all rows below it."""
        mine = Tally(changed=len(self.gone) + (1 if self.new else 0))
        for row in self.below:
            mine = mine + (row.tally if isinstance(row, Band) else counted(row))
        return mine

    @property
    def entries(self) -> tuple[Band, ...]:
        """The entries of a repeat."""
        return tuple(row for row in self.below if isinstance(row, Band))


def counted(row: PartRow) -> Tally:
    """One row as it counts."""
    if row.procedure:
        return Tally()
    return Tally(int(row.filled), 1, int(row.changed))


def item_rows(rows: Sequence[PartRow | Band]) -> Iterator[PartRow]:
    """Every row of an item, in the order of the form."""
    for row in rows:
        if isinstance(row, Band):
            yield from item_rows(row.below)
        else:
            yield row


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of a part. `held`: whether there is a published text to hold it against."""

    form: Form
    names: Names
    old_names: Names
    held: bool

    def below(
        self,
        lines: tuple[FormNode, ...],
        node: Node | None,
        old: Node | None,
        path: Path,
        depth: int = 0,
    ) -> Iterator[PartRow | Band]:
        """The rows below a path, where `node` stands now and `old` stood when it was published."""
        now = _by_key(node)
        then = _by_key(old)
        for line in lines:
            here = (*path, line.key)
            one = (now.get(line.key), then.get(line.key))
            if line.prints_stamp:
                continue  # the form's own words, which nobody writes
            if line.repeated:
                yield self._repeat(line, *one, here, depth)
            elif line.answerable:
                yield self.row(line, *one, here, depth)
                yield from self.below(line.children, *one, here, depth + 1)
            else:
                yield Band(
                    "group",
                    "/".join(here),
                    f"{line.number}{line.label}",
                    line.mark,
                    depth,
                    depth == 0,
                    tuple(self.below(line.children, *one, here, depth + 1)),
                )

    def _repeat(
        self, line: FormNode, node: Node | None, old: Node | None, here: Path, depth: int
    ) -> Band:
        """A repeat with its entries, each with what is in it."""
        before = {}
        for child in old.children if old is not None else ():
            before[child.key] = child
        entries = []
        for child in node.children if node is not None else ():
            spot = (*here, child.key)
            was = before.pop(child.key, None)
            below = tuple(self.below(line.children, child, was, spot, depth + 1))
            entries.append(
                Band(
                    "entry",
                    "/".join(spot),
                    self._named(spot, self.names),
                    depth=depth + 1,
                    folds=True,
                    below=below,
                    new=self.held and was is None,
                    key=child.key,
                )
            )
        gone = []
        for key in before:
            gone.append(self._named((*here, key), self.old_names))
        return Band(
            "repeat",
            "/".join(here),
            line.plain_label,
            depth=depth,
            below=tuple(entries),
            gone=tuple(gone) if self.held else (),
            shared=bool(line.shares),
            next=numbered(line, len(entries) + 1),
        )

    def row(
        self, line: FormNode, node: Node | None, old: Node | None, here: Path, depth: int
    ) -> PartRow:
        """The row of an item."""
        return PartRow(
            "/".join(here),
            line.number,
            line.plain_label,
            "※" if line.material else "",
            line.kind,
            depth,
            line.procedure,
            line.columns,
            _says(node),
            _says(old) if self.held else None,
            node,
            old,
        )

    def _named(self, path: Path, known: Names) -> str:
        """An entry as the form names it: 委託事項１（…）."""
        line = self.form.at(path)[0]
        number, name = known.get(path, (0, ""))
        if line is None or "{n}" not in line.label:
            return name or (numbered(line, number) if line else "")
        return numbered(line, number) + (f"（{name}）" if name else "")


def _by_key(node: Node | None) -> dict[str, Node]:
    """The items and entries below a node."""
    below = {}
    for child in node.children if node is not None else ():
        if child.kind not in LEAVES:
            below[child.key] = child
    return below


def _says(node: Node | None) -> Says:
    """What an item says by itself, without the items below it."""
    if node is None:
        return ()
    says: list[object] = [node.content] if node.content else []
    for leaf in node.leaves:
        says.append((leaf.key, leaf.extra, leaf.digest))
    return tuple(says)


@dataclass(frozen=True, slots=True)
class PartLink:
    """A part in the list of parts: its path, words and how far it is answered."""

    path: str
    words: str
    tally: Tally


def parts(desk: Desk) -> list[PartLink]:
    """Every part of a document, a repeated one per entry."""
    entries = names(desk.form, desk.tree)
    old = desk.base.tree if desk.base is not None else None
    out = []
    for line in desk.form.parts:
        if line.id in NOT_WRITTEN:
            continue
        if not line.repeated:
            path: Path = (line.key,)
            out.append(_part(desk.tree, old, line, path, f"{line.number}{line.label}"))
            continue
        root = desk.tree.find((line.shares or line.key,))
        for child in root.children if root is not None else ():
            path = (line.key, child.key)
            out.append(_part(desk.tree, old, line, path, label(desk.form, path, entries)))
    return out


def _part(tree: Tree, old: Tree | None, line: FormNode, path: Path, words: str) -> PartLink:
    before = old.find(path) if old is not None else None
    return PartLink("/".join(path), words, _tally(line, tree.find(path), before, old is not None))


@lru_cache(maxsize=2_000)
def _tally(line: FormNode, node: Node | None, old: Node | None, held: bool) -> Tally:
    """How far a part is answered; of most parts it is the same at every look."""
    return _counted(line, node, old, held, True)


def _counted(
    line: FormNode, node: Node | None, old: Node | None, held: bool, opened: bool = False
) -> Tally:
    """The tally of a line of the form and all below it; `opened`: of an entry's own line."""
    tally = Tally()
    now = _by_key(node)
    then = _by_key(old)
    if line.repeated and not opened:
        gone = [key for key in then if key not in now]
        tally = Tally(changed=len(gone) if held else 0)
        for key, child in now.items():
            tally = tally + Tally(changed=int(held and key not in then))
            tally = tally + _below(line, child, then.get(key), held)
        return tally
    if line.answerable and not line.procedure and not line.prints_stamp:
        says = _says(node)
        filled = bool(says) or line.kind == "yes_no"
        tally = Tally(int(filled), 1, int(held and says != _says(old)))
    return tally + _below(line, node, old, held)


def _below(line: FormNode, node: Node | None, old: Node | None, held: bool) -> Tally:
    tally = Tally()
    now = _by_key(node)
    then = _by_key(old)
    for child in line.children:
        tally = tally + _counted(child, now.get(child.key), then.get(child.key), held)
    return tally


def entries_of(desk: Desk, root: FormNode) -> list[tuple[str, str]]:
    """(key, name) of the entries of a part that repeats."""
    known = names(desk.form, desk.tree)
    node = desk.tree.find((root.key,))
    out = []
    for number, child in enumerate(node.children if node is not None else (), 1):
        _, name = known.get((root.key, child.key), (0, ""))
        out.append((child.key, name or numbered(root, number)))
    return out


def rows_of(desk: Desk, path: Path) -> tuple[PartRow | Band, ...]:
    """The rows of one part. A part that is an item is its first row."""
    line = desk.form.at(path)[0]
    if line is None:
        return ()
    sheet = _sheet(desk)
    node = desk.tree.find(path)
    old = desk.base.tree.find(path) if desk.base is not None else None
    rows: list[PartRow | Band] = []
    if line.answerable:
        rows.append(sheet.row(line, node, old, path, 0))
    rows += sheet.below(line.children, node, old, path)
    return tuple(rows)


def row_of(desk: Desk, path: Path) -> PartRow:
    """The row of one item, as it is now."""
    line = desk.form.at(path)[0]
    assert line is not None
    old = desk.base.tree.find(path) if desk.base is not None else None
    depth = max(0, len(line.parents) - 1)
    return _sheet(desk).row(line, desk.tree.find(path), old, path, depth)


def _sheet(desk: Desk) -> _Sheet:
    before: Names = {}
    if desk.base is not None:
        before = names(desk.form, desk.base.tree)
    return _Sheet(desk.form, names(desk.form, desk.tree), before, desk.base is not None)


def neighbours(rows: Sequence[PartRow | Band], path: str) -> tuple[PartRow | None, PartRow | None]:
    """The rows before and after an item that somebody writes; None at the ends."""
    written = [row for row in item_rows(rows) if not row.procedure]
    for index, row in enumerate(written):
        if row.path == path:
            before = written[index - 1] if index else None
            after = written[index + 1] if index + 1 < len(written) else None
            return before, after
    return None, None


def found(rows: Sequence[PartRow | Band], words: str) -> tuple[PartRow | Band, ...]:
    """The rows in which all these words stand, letters of any width and case alike, with the
    headings above them."""
    wanted = [_searched(word) for word in words.split()]
    return tuple(_found(rows, wanted))


def _found(rows: Sequence[PartRow | Band], wanted: Sequence[str]) -> Iterator[PartRow | Band]:
    for row in rows:
        if isinstance(row, Band):
            below = tuple(_found(row.below, wanted))
            if below:
                yield replace(row, below=below, gone=(), shared=True)
        else:
            said = _searched(f"{row.number}{row.label}{row.text}")
            if all(word in said for word in wanted):
                yield row


def _searched(words: str) -> str:
    return folded(words).casefold()


def place_of(desk: Desk, spot: Path) -> dict[str, Any]:
    """Where an item stands: its part, and the rows before and behind it."""
    asked = "/".join(desk.form.part_path(spot))
    before, after = neighbours(rows_of(desk, path_of(asked)), "/".join(spot))
    return {"asked": asked, "before": before, "after": after}


@dataclass(frozen=True, slots=True)
class PartLook:
    """How the rows of a page are drawn: of which line and part, beside what was published or not,
    and whether they can be written now."""

    ref: str
    part: str
    beside: bool
    writable: bool


Talk = tuple[CommentThread, ...]


@dataclass(frozen=True, slots=True)
class RowNotes:
    """What stands beside an item. `begun`: this person began to write it and did not save; `talk`:
    the comments at it; `found`: what the checks of content found here and nobody answered."""

    begun: bool = False
    talk: Talk = ()
    found: tuple[str, ...] = ()


def drawn(row: PartRow, look: PartLook, notes: RowNotes) -> Markup:
    """A row as the desk shows it; most rows are the same at every look."""
    return _drawn_again(row, look, notes)


def _drawn(row: PartRow, look: PartLook, notes: RowNotes) -> Markup:
    macros: Any = current_app.jinja_env.get_template("desk/row.html").module
    shown: Markup = macros.row(row, look, notes)
    return shown


_drawn_again = lru_cache(maxsize=12_000)(_drawn)
