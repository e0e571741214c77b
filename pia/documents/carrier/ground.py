"""The rows of a sheet that figures of 別添1 stand in: cells written beside them, and room made.

Knows boxes, rows and looks; not the drawing parts. `figures` decides what goes where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.document.form import FormNode
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import FoundLabel
from ..workbook_in.labels import is_name
from ..workbook_out.page import bounds
from . import flow
from .annex import Noted
from .places import Places, Wanted, body_of
from .refs import Box, Insert
from .sheet import SheetGrid

Want = Mapping[tuple[str, Chain], Wanted]


@dataclass(slots=True)
class DueFigure:
    """A figure to draw when all rows stand: its row, and points right of and below the row's
    corner.
    """

    sheet: int
    row: int
    left: float
    below: float
    value: Any


@dataclass(slots=True)
class Planned:
    """A figure to append: rows of its drawing, and whether its remark has a row of its own."""

    number: int
    value: Any
    remark: str
    rows: int
    has_remark_row: bool

    def height(self) -> int:
        """Rows it takes: its title, its drawing, its remark."""
        return 1 + self.rows + self.has_remark_row


class FigureGround:
    """One workbook whose figures are being put in."""

    def __init__(
        self, places: Places, line: FormNode, want: Want, blobs: Mapping[str, bytes], noted: Noted
    ):
        self.places = places
        self.parts = places.parts
        self.line = line
        self.want = want
        self.blobs = blobs
        self.noted = noted
        # Titles and remarks of the document, and what names them.
        self.heads: dict[str, str] = {}
        self.look = flow.Look(self.parts)
        self.by_kind = {_kind(item): item for item in line.children}
        self.like = self._like()
        self.pending: list[DueFigure] = []
        styles = []
        label_styles = []
        for site in places.sites.values():
            if site.cells and not site.inner and site.line.kind == "text":
                cell = site.cells[0]
                top, left, _, _ = site.found.box
                styles.append(places.grid(cell.sheet).style(cell.row, cell.col))
                label_styles.append(places.grid(site.found.sheet).style(top, left))
        self.style = _usual(styles)
        self.label_style = _usual(label_styles)

    def _like(self) -> tuple[int, Box, Box] | None:
        """Sheet and boxes of a printed 図1 and of its title: other figures are headed like it."""
        for _, figure, _ in self.places.work.figures:
            head = figure.head
            if head is None:
                continue
            grid = self.places.grid(head.sheet)
            top, _, _, last = head.box
            if figure.titles:
                right = figure.titles[0].col
            else:
                boxes = self.places.boxes(grid, head.sheet, top, last + 1, 1 << 14)
                right = next(iter(boxes), 0)
            if right:
                return head.sheet, head.box, grid.box(top, right)
        return None

    def _value(self, what: str, number: int) -> Any:
        """What the document says of 図`number`: its name, figure or remark."""
        answer = self.want.get((self.by_kind[what].id, ((self.line.id, number),)))
        if answer:
            return body_of(answer.value)
        return None

    def _heading(self) -> FoundLabel | None:
        """The label of the part the figures stand in."""
        part = (self.line.parents or (self.line,))[0]
        for label in self.places.work.founds:
            if label.token.node is part and label.token.kind in ("part", "title"):
                return label
        return None

    def _put(self, sheet: int, row: int, col: int, text: str, style: str | None = None) -> None:
        """A text in a cell; one that does not show whole is cited."""
        grid = self.places.grid(sheet)
        box = grid.box(row, col)
        book = self.places.book.sheets[sheet]
        wide = flow.pixels(book.widths, book.width, box)
        if grid.style(row, col):
            points = self.look.size(grid, row, col)
        else:
            points = self.look.of(style)
        if text in self.heads and not flow.fits(text, box, wide, points):
            text = self.noted.cite(text, self.heads[text])
        grid.put(row, col, text, style)
        if text:
            self.parts.cover(self.places.index(sheet), row)
        if self.look.wraps(grid, row, col):
            flow.fit_height(grid, box, text, wide, points)

    def _labelled(self, sheet: int, row: int, label: str, text: str) -> None:
        """A label at the left and its text from where there is room for it to the right edge."""
        if self.like is not None and self.like[0] == sheet:
            self._labelled_like(row, label, text, self.like)
            return
        grid = self.places.grid(sheet)
        book = self.places.book.sheets[sheet]
        heading = self._heading()
        first = 1
        last = 1
        if heading:
            first = heading.box[1]
            last = heading.box[3]
        last = max(self.places.ends[sheet], last, first + 1)
        at = first
        while at < last - 1 and flow.pixels(book.widths, book.width, (0, first, 0, at)) < 56:
            at += 1
        grid.part_merges(row, first, last)
        _merge(grid, row, [(first, at), (at + 1, last)])
        self._put(sheet, row, first, label, self.label_style)
        if text:
            self._put(sheet, row, at + 1, text, self.style)

    def _labelled_like(self, row: int, label: str, text: str, like: tuple[int, Box, Box]) -> None:
        """A label and its text in boxes and looks of a printed 図1 and its title."""
        sheet, mark, title = like
        grid = self.places.grid(sheet)
        grid.part_merges(row, mark[1], title[3])
        _merge(grid, row, [(mark[1], mark[3]), (title[1], title[3])])
        for box in (mark, title):
            for col in range(box[1], box[3] + 1):
                grid.put(row, col, "", grid.style(box[0], col))
        self._put(sheet, row, mark[1], label, grid.style(mark[0], mark[1]))
        if text:
            self._put(sheet, row, title[1], text, grid.style(title[0], title[1]))

    def _height(self, sheet: int, value: Any) -> float:
        """Points a figure takes from top to bottom on a sheet."""
        x1, y1, x2, y2 = bounds(value["shapes"])
        scale = min(1.0, self._room(sheet) / max(x2 - min(x1, 0), 1))
        return max((y2 - min(y1, 0)) * scale + 20, 60.0)

    def _rows_for(self, sheet: int, points: float) -> int:
        """Rows of usual height that hold so many points, and one more."""
        return -(-int(points) // max(int(self.places.book.sheets[sheet].height), 1)) + 1

    def _room(self, sheet: int) -> float:
        """Points from left to right that figures may take on a sheet."""
        book = self.places.book.sheets[sheet]
        return max(book.left(max(self.places.ends[sheet], 2) + 1) - 16, 200.0)

    def _row_at(self, sheet: int, points: float) -> int:
        """The row at a distance from the top of a sheet."""
        book = self.places.book.sheets[sheet]
        row = 1
        while row < 5_000 and book.top(row + 1) <= points + 0.01:
            row += 1
        return row

    def _make_room(self, sheet: int, row: int, count: int) -> None:
        """Empty rows from `row` on: put in where something stands below too soon."""
        below = []
        for at in self.places.text:
            if at[0] == sheet and at[1] >= row:
                below.append(at[1])
        missing = count - (min(below, default=row + count) - row)
        if missing > 0:
            rows = [blank_row(row - 1) for _ in range(missing)]
            self.parts.insert(self.places.index(sheet), rows)
            self._move_pending(sheet, row, missing)

    def _move_pending(self, sheet: int, row: int, count: int) -> None:
        """Figures to draw from `row` on go down with rows put in."""
        for due in self.pending:
            if due.sheet == sheet and due.row >= row:
                due.row += count


def _kind(item: FormNode) -> str:
    """Which of a figure's three answers an item is."""
    if item.kind == "figure":
        return "figure"
    if is_name(item):
        return "name"
    return "remark"


def _merge(grid: SheetGrid, row: int, columns: Iterable[tuple[int, int]]) -> None:
    """Merges the cells of a row from the first to the last column of each pair."""
    grid.add_merges([(row, first, row, last) for first, last in columns if last > first])


def _usual(styles: Iterable[str | None]) -> str | None:
    """The style most cells have."""
    counted = Counter(style for style in styles if style)
    for style, _ in counted.most_common(1):
        return style
    return None


def blank_row(after: int) -> Insert:
    """An empty row put in behind a row."""
    return Insert(after, 1 << 20, 1 << 20, True)
