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
    sharing = set()
    for node in form.walk():
        if node.shares:
            sharing.add(node.shares)
    out: list[str] = []
    for node in form.walk():
        if node.id in sharing or node.shares:
            found = tree.find(tuple(parent.key for parent in (*node.parents, node)))
            if found:
                keys = []
                for child in found.children:
                    if child.kind == "entry":
                        keys.append(child.key)
            else:
                keys = []
            for index, key in enumerate(keys):
                if key not in out:
                    following = next(
                        (each_key for each_key in keys[index:] if each_key in out), None
                    )
                    out.insert(out.index(following) if following else len(out), key)
    return out


def blank(value: Any) -> bool:
    body = marked.answer_of(value)
    return value is None or (isinstance(body, str) and not body.strip())


def wanted(tree: Tree, form: Form) -> tuple[dict[tuple[str, Chain], Wanted], list[Path]]:
    """Every answer by line and place, and the paths of those that are nothing but spaces: they have no place in print."""
    said = items.answers(tree)
    spaces = []
    for texts, first in said:
        if blank(first):
            spaces.append(texts)
    if spaces:
        kept = items.build(form, [(texts, first) for texts, first in said if not blank(first)])
    else:
        kept = tree
    files = files_of(kept, form)
    shared = {node.shares for node in form.walk() if node.shares}
    out: dict[tuple[str, Chain], Wanted] = {}

    def visit(lines: Sequence[FormNode], nodes: Sequence[Node], path: Path, chain: Chain) -> None:
        by_key = {node.key: node for node in nodes if node.kind not in ("block", "row", "shape")}
        for line in lines:
            node = by_key.get(line.key)
            if node is None:
                continue
            if line.repeated:
                for number, child in enumerate(
                    (child for child in node.children if child.kind == "entry"), 1
                ):
                    if line.shares or line.id in shared:
                        place = files.index(child.key) + 1
                    else:
                        place = number
                    visit(
                        line.children,
                        child.children,
                        (*path, line.key, child.key),
                        (*chain, (line.id, place)),
                    )
                continue
            if line.answerable:
                value = marked.answer_of(items.to_plain(node))
            else:
                value = None
            if (
                isinstance(value, str)
                and line.fixed_text
                and not line.prints_stamp
                and folded(value) == folded(line.fixed_text)
            ):
                value = None  # printed by the form itself
            if value is not None:
                out[line.id, chain] = Wanted(line, chain, (*path, line.key), value)
            visit(line.children, node.children, (*path, line.key), chain)

    visit(form.parts, kept.children, (), ())
    return out, spaces


def body_of(value: Any) -> Any:
    """A text without its marks of withheld parts."""
    return marked.answer_of(value)


def says(line: FormNode, a: Any, b: Any) -> bool:
    """Whether two answers of an item are the same on paper."""
    a = body_of(a)
    b = body_of(b)
    if a is None or b is None:
        return blank(a) and blank(b)
    if a == b:
        return True
    if line.kind == "table":
        if line.procedure:
            width = len(line.columns)
        else:
            width = 0
        return [_padded(row, width) for row in a] == [_padded(row, width) for row in b]
    if line.kind == "choice_many":
        return _many(line, a) == _many(line, b)
    if line.kind == "choice_one":
        return (items.option_of(line, a) or a) == (items.option_of(line, b) or b)
    if line.kind == "figure":
        from ..ooxml import drawings

        return drawings.alike(a["shapes"], b["shapes"])
    return False


def _padded(row: Any, width: int) -> list[str]:
    if isinstance(row, Mapping):
        cells = list(row["cells"])
    else:
        cells = list(row)
    if width:
        return (cells + [""] * width)[:width]
    return cells


def _many(line: FormNode, value: Sequence[Any]) -> list[tuple[str, str]]:
    pairs = []
    for part in value:
        if isinstance(part, Mapping):
            pairs.append(next(iter(part.items())))
        else:
            pairs.append((part, ""))
    order = {}
    for index, option in enumerate(line.options):
        order[option.label] = index
    known = []
    for label, note in pairs:
        known.append((items.option_of(line, label) or label, note.strip()))
    return sorted(known, key=lambda part: order.get(part[0], len(order)))


class Places:
    """A workbook read for filling. `now`: what it says, by line and place."""

    def __init__(self, parts: Parts, form: Form):
        self.parts = parts
        self.form = form
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
        self.text = {cell.at: cell.text for cell in self.work.cells}
        self.labels = {cell.at for found in self.work.founds for cell in found.cells}
        self.ends: Counter[int] = Counter()
        for cell in self.work.cells:
            self.ends[cell.sheet] = max(self.ends[cell.sheet], cell.col2)
        self.rows_labelled: dict[tuple[int, int], list[Found]] = {}
        for found in self.work.rest:
            for index in range(found.box[0], min(found.box[2], found.box[0] + 400) + 1):
                self.rows_labelled.setdefault((found.sheet, index), []).append(found)
        self.sites = {(site.line.id, site.chain): site for site in reversed(list(self._sites()))}
        self.usual: dict[tuple[int, int, int], Counter[int]] = {}
        for site in self.sites.values():
            if site.cells and not site.inner and site.cells[0].row == site.found.box[0]:
                key = (site.found.sheet, site.found.box[1], site.found.box[3])
                self.usual.setdefault(key, Counter())[site.cells[0].col] += 1

    def _list_chains(self) -> dict[Chain, Chain]:
        """The n-th list of 記録項目 in print is the n-th file's, however many stand under one heading; a heading without any keeps its place."""
        out: dict[Chain, Chain] = {}
        for found in self.work.founds:
            if len(found.token.node.children) == 1:
                line = found.token.node.children[0]
            else:
                line = None
            if (
                found.token.kind != "part"
                or line is None
                or not any(child.kind == "table" for child in line.children)
            ):
                continue
            below = []
            for chain, head, one in self.work.lists:
                if head is found:
                    below.append((chain, one))
            for chain, one in below:
                self.lists[len(self.lists) + 1] = (found, one)
                out[chain] = ((line.id, len(self.lists)),)
            if not below:
                self.lists[len(self.lists) + 1] = (found, sections.FileList(""))
        return out

    def grid(self, sheet: int) -> Grid:
        return self.parts.grid(self.index(sheet))

    def index(self, sheet: int) -> int:
        """A sheet of the reader as one of the package."""
        part = self.book.sheets[sheet].part
        return next(
            each_index
            for each_index, each_sheet in enumerate(self.parts.sheets)
            if each_sheet[1] == part
        )

    def _sites(self) -> Iterator[Site]:
        """The items of all labels, as the reader goes through them."""
        rest = self.work.rest
        owned = self.work.owned
        there = set()
        for found in rest:
            if found.token.kind == "item":
                there.add((found.token.node.id, found.entry))
        before: list[FormNode] = []
        for index, found in enumerate(rest):
            line = found.token.node
            cells = list(owned.of.get(index, ()))
            if found.token.kind == "note" or line.id == "TOC":
                continue
            if found.tail and found.token.kind != "head":
                cells = [found.cells[0], *cells]
            left = cells
            if line.children and found.token.kind != "part":
                inner, left = answers.gaps_and_boxes(line.children, cells)
                for child in line.children:
                    if child.key in inner or is_check(child) or is_hole(child):
                        yield Site(child, found.entry, found, cells, True)
            continued = owned.continued.get(index, [])
            if found.token.kind == "item":
                left = self.work._without_strays(line, left, before)
                if found.tail and line.kind != "choice_many":
                    left = [cell for cell in left if cell is not found.cells[0]]
                yield Site(line, found.entry, found, left, continued=continued)
                if line.kind in ("choice_one", "choice_many"):
                    before = [*before[-1:], line]
            elif found.token.kind == "head":
                name = next(
                    (each_child for each_child in line.children if is_name(each_child)), None
                )
                if name is not None and (name.id, found.entry) not in there:
                    yield Site(name, found.entry, found, left, continued=continued)
            else:
                twins = (
                    item
                    for item in line.children
                    if item.answerable
                    and folded(item.label) == folded(line.label)
                    and (item.id, found.entry) not in there
                )
                twin = next((each_twin for each_twin in twins if not is_hole(each_twin)), None)
                if twin:
                    yield Site(twin, found.entry, found, left, continued=continued)

    # ---- room for an answer nobody has given yet

    def slot(self, site: Site) -> At | None:
        """The cell an empty item is answered in: the box at the right of its label, else the one below it."""
        found = site.found
        grid = self.grid(site.found.sheet)
        r1, c1, r2, c2 = found.box
        end = max(self.ends[found.sheet], c2)
        stop = min(
            (
                found_here.box[1]
                for found_here in self.rows_labelled.get((found.sheet, r1), ())
                if found_here.box[1] > c2
            ),
            default=1 << 14,
        )
        right = self._boxes(grid, found.sheet, r1, c2 + 1, stop)
        right = [number for number in right if number <= end] or right
        below = self._boxes(grid, found.sheet, r2 + 1, c1, c2 + 1)
        wide = c2 >= end - 1 and end > 2
        side = []
        for one_found in self.rows_labelled.get((found.sheet, r1), ()):
            if one_found is not found and one_found.box[0] == r1:
                side.append(one_found)
        if right and not wide:
            return (found.sheet, r1, right[0])
        free_below = not any(
            (found.sheet, r2 + 1) in self.rows_labelled and each_found.box[1] <= c2
            for each_found in self.rows_labelled.get((found.sheet, r2 + 1), ())
        )
        if free_below and (wide or side) and (below or wide):
            return (found.sheet, r2 + 1, below[0] if below else c1)
        if stop <= c2 + 1 or (wide and c2 - c1 >= 3):
            if right and found.token.kind == "head":
                return (found.sheet, r1, right[0])
            return None
        usual = self.usual.get((found.sheet, c1, c2))
        if usual:
            col = next(
                (number for number, _ in usual.most_common() if number > c2 and number < stop),
                c2 + 1,
            )
        else:
            col = c2 + 1
        return (found.sheet, r1, col)

    def _boxes(self, grid: Grid, sheet: int, row: int, first: int, stop: int) -> list[int]:
        """Columns of empty boxes on a row: merged ones before single styled ones."""
        merged = []
        for merge in grid.merges:
            if (
                merge[0] == row
                and first <= merge[1] < stop
                and (sheet, row, merge[1]) not in self.text
                and merge[3] > merge[1]
            ):
                merged.append(merge[1])
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

    def extent(self, site: Site) -> Box:
        """The rows and columns an item takes with its label and answers."""
        r1, c1, r2, c2 = site.found.box
        grid = self.grid(site.found.sheet)
        boxes = []
        for cell in site.cells:
            if cell.sheet == site.found.sheet:
                boxes.append(grid.box(cell.row, cell.col))
        if site.cells or site.inner:
            at = None
        else:
            at = self.slot(site)
        if at:
            boxes.append(grid.box(at[1], at[2]))
        boxes += [grid.box(cell.row, cell.col) for row in site.continued for cell in row]
        return r1, c1, max([r2, *(box[2] for box in boxes)]), max([c2, *(box[3] for box in boxes)])

    def where(self, at: At) -> str:
        from ..ooxml.book import address

        return f"{self.book.sheets[at[0]].name}!{address(at[1], at[2])}"


def load(form_id: str) -> Form:
    return forms.load(form_id)
