"""Where every item of a document stands in a workbook: the placement that reads an answer names the
cell to write.

Knows the reader's findings and the sheets' boxes; neither how answers are printed nor the package.
An entry of a repeat is known by its place: the n-th of the document is the n-th printed one; all
parts of one ファイル count the files in one common order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import forms
from ...domain.document import items, marked
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Node, Path, Tree
from ...domain.errors import Problem
from ..ooxml import drawings
from ..ooxml.book import BookCell, address, open_book, places_of
from ..workbook_in import annex, answers, sections
from ..workbook_in import items as reading
from ..workbook_in.assemble import read
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import FoundLabel
from ..workbook_in.labels import has_table, is_check, is_hole, shared_roots
from ..workbook_in.work import Assembly
from .parts import Parts
from .refs import Box
from .sheet import SheetGrid

At = tuple[int, int, int]  # sheet, row, column


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer of the document: its line of the form, its entries by place, and what it says (as
    `items.plain` takes it).
    """

    line: FormNode
    chain: Chain
    path: Path
    value: Any


@dataclass(slots=True)
class AnswerSite:
    """Where an item is answered: its label, and the cells its answer is read from. `inner`: printed
    inside the cells of the item above it.
    """

    line: FormNode
    chain: Chain
    found: FoundLabel
    cells: list[BookCell]
    inner: bool = False
    continued: list[list[BookCell]] = field(default_factory=list)


def files_of(tree: Tree, form: Form) -> list[str]:
    """The keys of all ファイル, in an order that keeps that of each part where they agree."""
    sharing = shared_roots(form)
    out: list[str] = []
    for node in form.walk():
        if node.id in sharing or node.shares:
            _merge_in(out, _entry_keys(tree, node))
    return out


def _entry_keys(tree: Tree, line: FormNode) -> list[str]:
    node = tree.find(tuple(parent.key for parent in (*line.parents, line)))
    if node is None:
        return []
    return [child.key for child in node.children if child.kind == "entry"]


def _merge_in(out: list[str], keys: Sequence[str]) -> None:
    """Puts each new key before the next one of its part that is in the order already."""
    for index, key in enumerate(keys):
        if key not in out:
            following = next((other for other in keys[index:] if other in out), None)
            place = len(out)
            if following:
                place = out.index(following)
            out.insert(place, key)


def blank(value: Any) -> bool:
    """Whether an answer is nothing, or nothing but spaces."""
    body = marked.answer_of(value)
    return value is None or (isinstance(body, str) and not body.strip())


def wanted(tree: Tree, form: Form) -> tuple[dict[tuple[str, Chain], Wanted], list[Path]]:
    """Every answer by line and place, and the paths of those that are nothing but spaces: they have
    no place in print.
    """
    answered = items.answers(tree)
    spaces = []
    for path, value in answered:
        if blank(value):
            spaces.append(path)
    kept = tree
    if spaces:
        kept = items.build(form, [(path, value) for path, value in answered if not blank(value)])
    walk = _WantedAnswers(files_of(kept, form), shared_roots(form))
    walk.visit(form.parts, kept.children, (), ())
    return walk.out, spaces


class _WantedAnswers:
    """A document walked along its form; `out` is every answer by line and place."""

    def __init__(self, files: Sequence[str], shared: Collection[str]):
        self.files = files
        self.shared = shared
        self.out: dict[tuple[str, Chain], Wanted] = {}

    def visit(
        self, lines: Sequence[FormNode], nodes: Sequence[Node], path: Path, chain: Chain
    ) -> None:
        """Put down the answers of these lines and of all below them."""
        by_key = {}
        for node in nodes:
            if node.kind not in ("block", "row", "shape"):
                by_key[node.key] = node
        for line in lines:
            if line.key not in by_key:
                continue
            node = by_key[line.key]
            below = (*path, line.key)
            if line.repeated:
                self._visit_entries(line, node, below, chain)
                continue
            value = _value_of(line, node)
            if value is not None:
                self.out[line.id, chain] = Wanted(line, chain, below, value)
            self.visit(line.children, node.children, below, chain)

    def _visit_entries(self, line: FormNode, node: Node, path: Path, chain: Chain) -> None:
        """An entry's place is its number; that of a ファイル is the one all parts share."""
        entries = []
        for child in node.children:
            if child.kind == "entry":
                entries.append(child)
        for number, entry in enumerate(entries, 1):
            place = number
            if line.shares or line.id in self.shared:
                place = self.files.index(entry.key) + 1
            self.visit(
                line.children, entry.children, (*path, entry.key), (*chain, (line.id, place))
            )


def _value_of(line: FormNode, node: Node) -> Any:
    """The answer of an item; None where the form itself prints it."""
    if not line.answerable:
        return None
    value = marked.answer_of(items.to_plain(node))
    if not isinstance(value, str) or not line.fixed_text or line.prints_stamp:
        return value
    if folded(value) == folded(line.fixed_text):
        return None
    return value


def body_of(value: Any) -> Any:
    """A text without its marks of withheld parts."""
    return marked.answer_of(value)


def says(line: FormNode, a: Any, b: Any) -> bool:
    """Whether two answers of an item are the same on paper."""
    ours = body_of(a)
    other = body_of(b)
    if ours is None or other is None:
        return blank(ours) and blank(other)
    if ours == other:
        return True
    if line.kind == "table":
        return _rows(line, ours) == _rows(line, other)
    if line.kind == "choice_many":
        return _many(line, ours) == _many(line, other)
    if line.kind == "choice_one":
        return (items.option_of(line, ours) or ours) == (items.option_of(line, other) or other)
    if line.kind == "figure":
        return drawings.alike(ours["shapes"], other["shapes"])
    return False


def _rows(line: FormNode, rows: Sequence[Any]) -> list[list[str]]:
    """The rows of a table as printed; those of 変更箇所 have all columns."""
    width = 0
    if line.procedure:
        width = len(line.columns)
    return [_padded(row, width) for row in rows]


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
        self.work = Assembly(book, self.annexes, form, None, self.problems)
        read(self.work)
        self.book = self.work.book
        # Number of the file in print → its list.
        self.lists: dict[int, tuple[FoundLabel, sections.FileList]] = {}
        self.list_chains = self._list_chains()
        self.now: dict[tuple[str, Chain], Any] = {}
        for line, chain, value, _ in self.work.values:
            if value is not None:
                self.now[line.id, self.list_chains.get(chain, chain)] = value
        self.text: dict[At, str] = {}
        self.ends: Counter[int] = Counter()
        for cell in self.work.cells:
            self.text[cell.at] = cell.text
            self.ends[cell.sheet] = max(self.ends[cell.sheet], cell.col2)
        self.labels: set[At] = set()
        for label in self.work.founds:
            self.labels |= places_of(label.cells)
        self.rows_labelled: dict[tuple[int, int], list[FoundLabel]] = {}
        for label in self.work.rest:
            for row in range(label.box[0], min(label.box[2], label.box[0] + 400) + 1):
                self.rows_labelled.setdefault((label.sheet, row), []).append(label)
        self.sites = {(site.line.id, site.chain): site for site in reversed(list(self._sites()))}
        self.usual = self._usual_columns()

    def _usual_columns(self) -> dict[tuple[int, int, int], Counter[int]]:
        """(sheet, first and last column of a label) → the columns its answers stand in."""
        usual: dict[tuple[int, int, int], Counter[int]] = {}
        for site in self.sites.values():
            if site.cells and not site.inner and site.cells[0].row == site.found.box[0]:
                key = (site.found.sheet, site.found.box[1], site.found.box[3])
                usual.setdefault(key, Counter())[site.cells[0].col] += 1
        return usual

    def _list_chains(self) -> dict[Chain, Chain]:
        """The n-th list of 記録項目 in print is the n-th file's, however many stand under one
        heading; a heading without any keeps its place.
        """
        out: dict[Chain, Chain] = {}
        for label in self.work.founds:
            children = label.token.node.children
            if label.token.kind != "part" or len(children) != 1:
                continue
            line = children[0]
            if not has_table(line):
                continue
            below = []
            for chain, head, file_list in self.work.lists:
                if head is label:
                    below.append((chain, file_list))
            for chain, file_list in below:
                self.lists[len(self.lists) + 1] = (label, file_list)
                out[chain] = ((line.id, len(self.lists)),)
            if not below:
                self.lists[len(self.lists) + 1] = (label, sections.FileList(""))
        return out

    def grid(self, sheet: int) -> SheetGrid:
        """The rows and boxes of a sheet of the reader."""
        return self.parts.grid(self.index(sheet))

    def index(self, sheet: int) -> int:
        """A sheet of the reader as one of the package."""
        return self.parts.index(self.book.sheets[sheet].part)

    def _sites(self) -> Iterator[AnswerSite]:
        """The items of all labels, as the reader goes through them."""
        own_label = reading.labelled(self.work.rest)
        before: list[FormNode] = []
        for index, label in enumerate(self.work.rest):
            line = label.token.node
            if label.token.kind == "note" or line.role == "contents":
                continue
            cells = list(self.work.owned.of.get(index, ()))
            if label.tail and label.token.kind != "head":
                cells = [label.cells[0], *cells]
            inner, left = self._inner_sites(label, cells)
            yield from inner
            continued = self.work.owned.continued.get(index, [])
            item: FormNode | None = line
            if label.token.kind == "item":
                left = self._own_cells(label, left, before)
                if line.kind in reading.CHOICES:
                    before = [*before[-1:], line]
            else:
                item = _item_of_group(label, own_label)
            if item is not None:
                yield AnswerSite(item, label.entry, label, left, continued=continued)

    def _inner_sites(
        self, label: FoundLabel, cells: list[BookCell]
    ) -> tuple[list[AnswerSite], list[BookCell]]:
        """The items printed inside the cells of another, and the cells that are left to it."""
        line = label.token.node
        if not line.children or label.token.kind == "part":
            return [], cells
        inner, left = answers.gaps_and_boxes(line.children, cells)
        sites = []
        for child in line.children:
            if child.key in inner or is_check(child) or is_hole(child):
                sites.append(AnswerSite(child, label.entry, label, cells, True))
        return sites, left

    def _own_cells(
        self, label: FoundLabel, cells: list[BookCell], before: Sequence[FormNode]
    ) -> list[BookCell]:
        """The cells of an item's answer; the words behind its label stay with the label."""
        line = label.token.node
        kept = reading.without_strays(line, cells, before)
        if label.tail and line.kind != "choice_many":
            return [cell for cell in kept if cell is not label.cells[0]]
        return kept

    # ---- room for an answer nobody has given yet

    def slot(self, site: AnswerSite) -> At | None:
        """The cell an empty item is answered in: the box at the right of its label, else the one
        below it.
        """
        label = site.found
        grid = self.grid(label.sheet)
        top, left, bottom, last = label.box
        end = max(self.ends[label.sheet], last)
        stop = self._next_label(label)
        right = _first_within(self.boxes(grid, label.sheet, top, last + 1, stop), end)
        is_wide = _reaches(last, end)
        if right is not None and not is_wide:
            return (label.sheet, top, right)
        below = self.boxes(grid, label.sheet, bottom + 1, left, last + 1)
        may_be_below = is_wide or (below and self._has_neighbour(label))
        if may_be_below and self._is_free_below(label):
            return (label.sheet, bottom + 1, next(iter(below), left))
        fills_its_row = is_wide and last - left >= 3
        if stop > last + 1 and not fills_its_row:
            return (label.sheet, top, self._usual_column(label, stop))
        if right is not None and label.token.kind == "head":
            return (label.sheet, top, right)
        return None

    def _next_label(self, label: FoundLabel) -> int:
        """The column of the next label on the first row of a label."""
        stop = 1 << 14
        for other in self.rows_labelled.get((label.sheet, label.box[0]), ()):
            if other.box[1] > label.box[3]:
                stop = min(stop, other.box[1])
        return stop

    def _has_neighbour(self, label: FoundLabel) -> bool:
        """Whether another label begins on the same row."""
        top = label.box[0]
        for other in self.rows_labelled.get((label.sheet, top), ()):
            if other is not label and other.box[0] == top:
                return True
        return False

    def _is_free_below(self, label: FoundLabel) -> bool:
        """Whether no label stands on the row below, up to the last column of a label."""
        for other in self.rows_labelled.get((label.sheet, label.box[2] + 1), ()):
            if other.box[1] <= label.box[3]:
                return False
        return True

    def _usual_column(self, label: FoundLabel, stop: int) -> int:
        """The column other labels at this place have their answers in."""
        _, left, _, last = label.box
        for col, _ in self.usual.get((label.sheet, left, last), Counter()).most_common():
            if last < col < stop:
                return col
        return last + 1

    def boxes(self, grid: SheetGrid, sheet: int, row: int, first: int, stop: int) -> list[int]:
        """Columns of empty boxes on a row: merged ones before single styled ones."""
        merged = []
        for top, left, _, right in grid.merges:
            fits = top == row and first <= left < stop and right > left
            if fits and (sheet, row, left) not in self.text:
                merged.append(left)
        if merged or row not in grid.rows:
            return sorted(merged)
        single = []
        for col in grid.rows[row].cells:
            fits = first <= col < stop and grid.box(row, col) == (row, col, row, col)
            if fits and (sheet, row, col) not in self.text:
                single.append(col)
        return single

    def extent(self, site: AnswerSite) -> Box:
        """The rows and columns an item takes with its label and answers."""
        top, left, bottom, right = site.found.box
        sheet = site.found.sheet
        places = []
        for cell in site.cells:
            if cell.sheet == sheet:
                places.append((cell.row, cell.col))
        if not site.cells and not site.inner:
            at = self.slot(site)
            if at:
                places.append(at[1:])
        for row in site.continued:
            for cell in row:
                places.append((cell.row, cell.col))
        grid = self.grid(sheet)
        for place in places:
            box = grid.box(*place)
            bottom = max(bottom, box[2])
            right = max(right, box[3])
        return top, left, bottom, right

    def where(self, at: At) -> str:
        """A cell as a person names it: sheet and address."""
        return f"{self.book.sheets[at[0]].name}!{address(at[1], at[2])}"


def _reaches(last: int, end: int) -> bool:
    """Whether a label goes on to the right edge of a sheet of more than two columns."""
    return end > 2 and last >= end - 1


def _first_within(columns: Sequence[int], end: int) -> int | None:
    """The first column up to `end`, else the first of all; None where there is none."""
    for column in columns:
        if column <= end:
            return column
    return next(iter(columns), None)


def _item_of_group(label: FoundLabel, own_label: Collection[tuple[str, Chain]]) -> FormNode | None:
    """The item answered at the label of a group: its name, or the one of the same label."""
    if label.token.kind != "head":
        return reading.twin_of(label, own_label)
    name = reading.name_of(label.token.node)
    if name is None or (name.id, label.entry) in own_label:
        return None
    return name


def load(form_id: str) -> Form:
    """The form of an id."""
    return forms.load(form_id)
