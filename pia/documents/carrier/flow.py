"""Texts that need more room than their cell: rows made higher, and rows 「（続き）」 put in below,
as people do it.

Knows boxes, heights and fonts; nothing of forms. A text is never cut: where it cannot go on, that
is said, and it goes onto a sheet of its own (`carrier_annex`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from ..ooxml.book import BookCell
from ..ooxml.markup import local, parse
from ..ooxml.measure import CONTINUED, LINE, chunks, height, lines, width
from .parts import Parts
from .refs import Box, Insert
from .sheet import SheetGrid

MOST = 409.0  # points: Excel makes no row higher
UNITS = 32_767  # UTF-16 units a cell holds
# a text in more rows than these is no form any more (and LibreOffice moves drawings that stand 60
# metres down)
ROWS = 40


@dataclass(slots=True)
class Flow:
    """What a text becomes: the text of its own cell, texts of rows that already go on, rows to put
    in, rows no longer needed.

    `tight`: it does not show whole, or no cell can hold it, and there is nowhere to go on, or too
    far.
    """

    text: str
    puts: dict[tuple[int, int], str] = field(default_factory=dict)
    insert: list[Insert] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    tight: bool = False


@dataclass(frozen=True, slots=True)
class TextGround:
    """Where a text can stand: the box of its answer, the rows it already goes on in, and the widths
    of the sheet's columns.

    `wide` is in pixels, `points` the size of the letters, `columns` and `usual` in points.
    """

    grid: SheetGrid
    label: Box
    box: Box
    wide: float
    points: float
    going_on: list[list[BookCell]]
    columns: dict[int, float]
    usual: float


class Look:
    """What a workbook's styles say of a cell: points of its letters, whether it breaks lines."""

    def __init__(self, parts: Parts):
        self.points: list[float] = []
        self.broken: list[bool] = []
        for _, kind, part in parts.related(parts.main):
            if kind == "styles" and part in parts.body:
                self._read(parts.body[part])
                return

    def _read(self, xml: bytes) -> None:
        """The styles part: a size and a breaking of lines for each cell format."""
        root = parse(xml)
        fonts = []
        for node in root:
            if local(node.tag) == "fonts":
                fonts += list(map(_points, node))
        for cell_format in next((node for node in root if local(node.tag) == "cellXfs"), ()):
            font = int(cell_format.get("fontId") or 0)
            self.broken.append(any(map(_breaks, cell_format)))
            self.points.append(fonts[font] if font < len(fonts) else 11.0)

    def wraps(self, grid: SheetGrid, row: int, col: int) -> bool:
        """Whether a cell breaks its lines."""
        style = grid.style(row, col)
        return bool(style and int(style) < len(self.broken) and self.broken[int(style)])

    def size(self, grid: SheetGrid, row: int, col: int) -> float:
        """Points of a cell's letters."""
        return self.of(grid.style(row, col))

    def of(self, style: str | None) -> float:
        """Points of a style's letters."""
        if style and int(style) < len(self.points):
            return self.points[int(style)]
        if self.points:
            return self.points[0]
        return 11.0


def _points(font: etree._Element) -> float:
    for node in font:
        if local(node.tag) == "sz":
            return float(node.get("val") or 11)
    return 11.0


def _breaks(node: etree._Element) -> bool:
    return local(node.tag) == "alignment" and node.get("wrapText") in ("1", "true")


def pixels(widths: dict[int, float], usual: float, box: Box) -> float:
    """The width of a box; `widths` in points by column."""
    return sum(widths.get(index, usual) for index in range(box[1], box[3] + 1)) / 0.75


def room(grid: SheetGrid, box: Box) -> float:
    """Points a box is high now."""
    return sum(grid.height(index) or grid.default_height for index in range(box[0], box[2] + 1))


def needed(text: str, wide: float, points: float) -> float:
    """Points a text takes; a single line has its room already."""
    if lines(text, wide, points) > 1:
        return height(text, wide, points)
    return 0.0


def fits(text: str, box: Box, wide: float, points: float) -> bool:
    """Whether a cell holds a text and its rows, made as high as they can be, show it whole."""
    return needed(text, wide, points) <= MOST * (box[2] - box[0] + 1) and _units(text) <= UNITS


def flow(ground: TextGround, text: str) -> Flow:
    """Where a text goes: into its box, the rows it goes on in, and rows put in below."""
    going_on = ground.going_on
    if fits(text, ground.box, ground.wide, ground.points):
        return Flow(text, _emptied(going_on), empty=[row[0].row for row in going_on])
    split = _split(ground.label, ground.box, ground.columns, ground.usual)
    if not going_on and split is None:
        return Flow(text, tight=True)
    # First and last cell of each row that goes on: 「（続き）」 and the text.
    further = []
    for row in going_on:
        if len(row) > 1:
            further.append((row[0], row[-1]))
    narrow = _narrowest(ground, further, split)
    limit = max(int((MOST - 5) / (LINE * ground.points / 10)) - 1, 3)
    pieces = list(chunks(text, narrow * 10 / ground.points, limit))
    if len(pieces) > ROWS:
        return Flow(text, tight=True)
    out = Flow(pieces[0][1])
    for index, (mark, piece) in enumerate(pieces[1:]):
        if index < len(further):
            mark_cell, text_cell = further[index]
            out.puts[mark_cell.row, mark_cell.col] = mark
            out.puts[text_cell.row, text_cell.col] = piece
            continue
        insert = _row_below(ground, further, split, mark, piece)
        tall = max(height(piece, narrow, ground.points), ground.grid.default_height)
        insert.heights[0] = min(MOST, tall)
        out.insert.append(insert)
    for mark_cell, text_cell in further[len(pieces) - 1 :]:
        out.puts[mark_cell.row, mark_cell.col] = ""
        out.puts[text_cell.row, text_cell.col] = ""
        out.empty.append(mark_cell.row)
    return out


def _emptied(rows: Sequence[Sequence[BookCell]]) -> dict[tuple[int, int], str]:
    """All cells of rows that are no longer needed, without text."""
    puts = {}
    for row in rows:
        for cell in row:
            puts[cell.row, cell.col] = ""
    return puts


def _narrowest(
    ground: TextGround, further: Sequence[tuple[BookCell, BookCell]], split: tuple[Box, Box] | None
) -> float:
    """Pixels of the narrowest box the text goes through."""
    boxes = []
    for _, cell in further:
        boxes.append(ground.grid.box(cell.row, cell.col))
    if split:
        boxes.append(split[1])
    widths = []
    for box in boxes:
        widths.append(pixels(ground.columns, ground.usual, box))
    return min([ground.wide, *widths])


def _row_below(
    ground: TextGround,
    further: Sequence[tuple[BookCell, BookCell]],
    split: tuple[Box, Box] | None,
    mark: str,
    piece: str,
) -> Insert:
    """A row put in for one piece: like the last that goes on, else with boxes of its own."""
    if further:
        mark_cell, text_cell = further[-1]
        row = mark_cell.row
        texts = {(0, mark_cell.col): mark, (0, text_cell.col): piece}
        return Insert(mark_cell.row2, row, row, True, texts)
    assert split is not None
    merges = tuple((0, box[1], 0, box[3]) for box in split if box[3] > box[1])
    texts = {(0, split[0][1]): mark, (0, split[1][1]): piece}
    last = ground.box[2]
    return Insert(last, last, last, True, texts, merges)


def _split(label: Box, box: Box, columns: dict[int, float], usual: float) -> tuple[Box, Box] | None:
    """Columns of 「（続き）」 and of the text in a row that goes on: those of label and answer, or
    the left of an answer that has the whole width.
    """
    if label[3] < box[1] and label[2] <= box[2]:
        return (0, label[1], 0, label[3]), (0, box[1], 0, box[3])
    # The label goes on down beside other items: room is between it and the answer.
    if label[3] + 1 < box[1]:
        return (0, label[3] + 1, 0, box[1] - 1), (0, box[1], 0, box[3])
    need = width(CONTINUED) + 12
    at = box[1]
    while at < box[3] and pixels(columns, usual, (0, box[1], 0, at)) < need:
        at += 1
    if at < box[3]:
        return ((0, box[1], 0, at), (0, at + 1, 0, box[3]))
    return None


def fit_height(grid: SheetGrid, box: Box, text: str, wide: float, points: float) -> None:
    """Makes the rows of a box high enough for a text; never lower."""
    need = needed(text, wide, points)
    for row in range(box[2], box[0] - 1, -1):
        missing = need - room(grid, box)
        if missing <= 0.5:
            return
        have = grid.height(row) or grid.default_height
        if have < MOST:
            grid.set_height(row, min(MOST, round(have + missing, 2)))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
