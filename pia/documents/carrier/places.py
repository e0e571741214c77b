"""Where every item of a document stands in a workbook: the placement that reads an answer names the cell to write.

Knows the reader's findings and the sheets' boxes; neither how answers are printed nor the package. An entry of a repeat is known by its place: the n-th of
the document is the n-th printed one; all parts of one ファイル count the files in one common order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import forms
from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Node, Path, Tree
from ...domain.errors import Problem
from ...domain.withheld import marked
from ..ooxml.book import Cell, open_book
from ..workbook_in import annex, answers, sections
from ..workbook_in.assemble import _Work
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import Found
from ..workbook_in.labels import is_check, is_hole, is_name
from .parts import Parts
from .refs import Box
from .sheet import Grid

At = tuple[int, int, int]  # sheet, row, column


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer of the document: its line of the form, its entries by place, and what it says (as `items.plain` takes it)."""

    line: FormNode
    chain: Chain
    path: Path
    value: Any


@dataclass(slots=True)
class Site:
    """Where an item is answered: its label, and the cells its answer is read from. `inner`: printed inside the cells of the item above it."""

    line: FormNode
    chain: Chain
    found: Found
    cells: list[Cell]
    inner: bool = False
    continued: list[list[Cell]] = field(default_factory=list)


def files_of(tree: Tree, form: Form) -> list[str]:
    """The keys of all ファイル, in an order that keeps that of each part where they agree."""
    sharing = {n.shares for n in form.walk() if n.shares}
    out: list[str] = []
    for n in form.walk():
        if n.id in sharing or n.shares:
            found = tree.find(tuple(p.key for p in (*n.parents, n)))
            keys = [c.key for c in found.children if c.kind == "entry"] if found else []
            for i, key in enumerate(keys):
                if key not in out:
                    following = next((k for k in keys[i:] if k in out), None)
                    out.insert(out.index(following) if following else len(out), key)
    return out


def blank(value: Any) -> bool:
    body = marked.answer_of(value)
    return value is None or (isinstance(body, str) and not body.strip())


def wanted(tree: Tree, form: Form) -> tuple[dict[tuple[str, Chain], Wanted], list[Path]]:
    """Every answer by line and place, and the paths of those that are nothing but spaces: they have no place in print."""
    said = items.answers(tree)
    spaces = [p for p, a in said if blank(a)]
    kept = items.build(form, [(p, a) for p, a in said if not blank(a)]) if spaces else tree
    files, shared = files_of(kept, form), {n.shares for n in form.walk() if n.shares}
    out: dict[tuple[str, Chain], Wanted] = {}

    def visit(lines: Sequence[FormNode], nodes: Sequence[Node], path: Path, chain: Chain) -> None:
        by_key = {n.key: n for n in nodes if n.kind not in ("block", "row", "shape")}
        for line in lines:
            n = by_key.get(line.key)
            if n is None:
                continue
            if line.repeated:
                for k, e in enumerate((e for e in n.children if e.kind == "entry"), 1):
                    place = files.index(e.key) + 1 if line.shares or line.id in shared else k
                    visit(
                        line.children,
                        e.children,
                        (*path, line.key, e.key),
                        (*chain, (line.id, place)),
                    )
                continue
            value = marked.answer_of(items.to_plain(n)) if line.answerable else None
            if (
                isinstance(value, str)
                and line.fixed_text
                and not line.prints_stamp
                and folded(value) == folded(line.fixed_text)
            ):
                value = None  # printed by the form itself
            if value is not None:
                out[line.id, chain] = Wanted(line, chain, (*path, line.key), value)
            visit(line.children, n.children, (*path, line.key), chain)

    visit(form.parts, kept.children, (), ())
    return out, spaces


def body_of(value: Any) -> Any:
    """A text without its marks of withheld parts."""
    return marked.answer_of(value)


def says(line: FormNode, a: Any, b: Any) -> bool:
    """Whether two answers of an item are the same on paper."""
    a, b = body_of(a), body_of(b)
    if a is None or b is None:
        return blank(a) and blank(b)
    if a == b:
        return True
    if line.kind == "table":
        width = len(line.columns) if line.procedure else 0
        return [_padded(r, width) for r in a] == [_padded(r, width) for r in b]
    if line.kind == "choice_many":
        return _many(line, a) == _many(line, b)
    if line.kind == "choice_one":
        return (items.option_of(line, a) or a) == (items.option_of(line, b) or b)
    if line.kind == "figure":
        from ..ooxml import drawings

        return drawings.alike(a["shapes"], b["shapes"])
    return False


def _padded(row: Any, width: int) -> list[str]:
    cells = list(row["cells"]) if isinstance(row, Mapping) else list(row)
    return (cells + [""] * width)[:width] if width else cells


def _many(line: FormNode, value: Sequence[Any]) -> list[tuple[str, str]]:
    pairs = [next(iter(p.items())) if isinstance(p, Mapping) else (p, "") for p in value]
    order = {o.label: i for i, o in enumerate(line.options)}
    known = [(items.option_of(line, label) or label, note.strip()) for label, note in pairs]
    return sorted(known, key=lambda p: order.get(p[0], len(order)))


class Places:
    """A workbook read for filling. `now`: what it says, by line and place."""

    def __init__(self, parts: Parts, form: Form):
        self.parts, self.form = parts, form
        self.problems: list[Problem] = []
        book = open_book(parts.save())
        self.annexes = annex.take(book)
        self.work = _Work(book, self.annexes, form, None, self.problems)
        self.work.run()
        self.book = self.work.book
        self.lists: dict[
            int, tuple[Found, sections.FileList]
        ] = {}  # number of the file in print → its list
        self.list_chains = self._list_chains()
        self.now: dict[tuple[str, Chain], Any] = {}
        for line, chain, value, _ in self.work.values:
            if value is not None:
                self.now[line.id, self.list_chains.get(chain, chain)] = value
        self.text = {c.at: c.text for c in self.work.cells}
        self.labels = {c.at for f in self.work.founds for c in f.cells}
        self.ends: Counter[int] = Counter()
        for c in self.work.cells:
            self.ends[c.sheet] = max(self.ends[c.sheet], c.col2)
        self.rows_labelled: dict[tuple[int, int], list[Found]] = {}
        for f in self.work.rest:
            for r in range(f.box[0], min(f.box[2], f.box[0] + 400) + 1):
                self.rows_labelled.setdefault((f.sheet, r), []).append(f)
        self.sites = {(s.line.id, s.chain): s for s in reversed(list(self._sites()))}
        self.usual: dict[tuple[int, int, int], Counter[int]] = {}
        for s in self.sites.values():
            if s.cells and not s.inner and s.cells[0].row == s.found.box[0]:
                key = (s.found.sheet, s.found.box[1], s.found.box[3])
                self.usual.setdefault(key, Counter())[s.cells[0].col] += 1

    def _list_chains(self) -> dict[Chain, Chain]:
        """The n-th list of 記録項目 in print is the n-th file's, however many stand under one heading; a heading without any keeps its place."""
        out: dict[Chain, Chain] = {}
        for f in self.work.founds:
            line = f.token.node.children[0] if len(f.token.node.children) == 1 else None
            if (
                f.token.kind != "part"
                or line is None
                or not any(c.kind == "table" for c in line.children)
            ):
                continue
            below = [(chain, one) for chain, head, one in self.work.lists if head is f]
            for chain, one in below:
                self.lists[len(self.lists) + 1] = (f, one)
                out[chain] = ((line.id, len(self.lists)),)
            if not below:
                self.lists[len(self.lists) + 1] = (f, sections.FileList(""))
        return out

    def grid(self, sheet: int) -> Grid:
        return self.parts.grid(self.index(sheet))

    def index(self, sheet: int) -> int:
        """A sheet of the reader as one of the package."""
        part = self.book.sheets[sheet].part
        return next(i for i, s in enumerate(self.parts.sheets) if s[1] == part)

    def _sites(self) -> Iterator[Site]:
        """The items of all labels, as the reader goes through them."""
        rest, owned = self.work.rest, self.work.owned
        there = {(f.token.node.id, f.entry) for f in rest if f.token.kind == "item"}
        before: list[FormNode] = []
        for i, f in enumerate(rest):
            line, cells = f.token.node, list(owned.of.get(i, ()))
            if f.token.kind == "note" or line.id == "TOC":
                continue
            if f.tail and f.token.kind != "head":
                cells = [f.cells[0], *cells]
            left = cells
            if line.children and f.token.kind != "part":
                inner, left = answers.gaps_and_boxes(line.children, cells)
                for child in line.children:
                    if child.key in inner or is_check(child) or is_hole(child):
                        yield Site(child, f.entry, f, cells, True)
            continued = owned.continued.get(i, [])
            if f.token.kind == "item":
                left = self.work._without_strays(line, left, before)
                if f.tail and line.kind != "choice_many":
                    left = [c for c in left if c is not f.cells[0]]
                yield Site(line, f.entry, f, left, continued=continued)
                if line.kind in ("choice_one", "choice_many"):
                    before = [*before[-1:], line]
            elif f.token.kind == "head":
                name = next((c for c in line.children if is_name(c)), None)
                if name is not None and (name.id, f.entry) not in there:
                    yield Site(name, f.entry, f, left, continued=continued)
            else:
                twins = (
                    c
                    for c in line.children
                    if c.answerable
                    and folded(c.label) == folded(line.label)
                    and (c.id, f.entry) not in there
                )
                twin = next((c for c in twins if not is_hole(c)), None)
                if twin:
                    yield Site(twin, f.entry, f, left, continued=continued)

    # ---- room for an answer nobody has given yet

    def slot(self, s: Site) -> At | None:
        """The cell an empty item is answered in: the box at the right of its label, else the one below it."""
        f, grid = s.found, self.grid(s.found.sheet)
        r1, c1, r2, c2 = f.box
        end = max(self.ends[f.sheet], c2)
        stop = min(
            (o.box[1] for o in self.rows_labelled.get((f.sheet, r1), ()) if o.box[1] > c2),
            default=1 << 14,
        )
        right = self._boxes(grid, f.sheet, r1, c2 + 1, stop)
        right = [c for c in right if c <= end] or right
        below = self._boxes(grid, f.sheet, r2 + 1, c1, c2 + 1)
        wide = c2 >= end - 1 and end > 2
        side = [
            o for o in self.rows_labelled.get((f.sheet, r1), ()) if o is not f and o.box[0] == r1
        ]
        if right and not wide:
            return (f.sheet, r1, right[0])
        free_below = not any(
            (f.sheet, r2 + 1) in self.rows_labelled and o.box[1] <= c2
            for o in self.rows_labelled.get((f.sheet, r2 + 1), ())
        )
        if free_below and (wide or side) and (below or wide):
            return (f.sheet, r2 + 1, below[0] if below else c1)
        if stop <= c2 + 1 or (wide and c2 - c1 >= 3):
            return (f.sheet, r1, right[0]) if right and f.token.kind == "head" else None
        usual = self.usual.get((f.sheet, c1, c2))
        col = (
            next((c for c, _ in usual.most_common() if c > c2 and c < stop), c2 + 1)
            if usual
            else c2 + 1
        )
        return (f.sheet, r1, col)

    def _boxes(self, grid: Grid, sheet: int, row: int, first: int, stop: int) -> list[int]:
        """Columns of empty boxes on a row: merged ones before single styled ones."""
        merged = [
            b[1]
            for b in grid.merges
            if b[0] == row
            and first <= b[1] < stop
            and (sheet, row, b[1]) not in self.text
            and b[3] > b[1]
        ]
        single = []
        if row in grid.rows:
            for col in grid.rows[row].cells:
                box = grid.box(row, col)
                if (
                    first <= col < stop
                    and box == (row, col, row, col)
                    and (sheet, row, col) not in self.text
                ):
                    single.append(col)
        return sorted(merged) or single

    def extent(self, s: Site) -> Box:
        """The rows and columns an item takes with its label and answers."""
        r1, c1, r2, c2 = s.found.box
        grid = self.grid(s.found.sheet)
        boxes = [grid.box(c.row, c.col) for c in s.cells if c.sheet == s.found.sheet]
        at = None if s.cells or s.inner else self.slot(s)
        if at:
            boxes.append(grid.box(at[1], at[2]))
        boxes += [grid.box(c.row, c.col) for row in s.continued for c in row]
        return r1, c1, max([r2, *(b[2] for b in boxes)]), max([c2, *(b[3] for b in boxes)])

    def where(self, at: At) -> str:
        from ..ooxml.book import address

        return f"{self.book.sheets[at[0]].name}!{address(at[1], at[2])}"


def load(form_id: str) -> Form:
    return forms.load(form_id)
