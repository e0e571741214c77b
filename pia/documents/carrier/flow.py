"""Texts that need more room than their cell: rows made higher, and rows 「（続き）」 put in below, as people do it.

Knows boxes, heights and fonts; nothing of forms. A text is never cut: where it cannot go on, that is said, and it goes onto a sheet of its own (`carrier_annex`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ..ooxml.book import Cell, local
from ..ooxml.measure import LINE, chunks, height, lines, width
from ..workbook_in.labels import CONTINUED
from .parts import Parts
from .refs import Box, Insert
from .sheet import Grid

MOST = 409.0  # points: Excel makes no row higher
UNITS = 32_767  # UTF-16 units a cell holds
ROWS = 40  # a text in more rows than these is no form any more (and LibreOffice moves drawings that stand 60 metres down)


@dataclass(slots=True)
class Flow:
    """What a text becomes: the text of its own cell, texts of rows that already go on, rows to put in, rows no longer needed; `tight`: it does not show
    whole, or no cell can hold it, and there is nowhere to go on, or too far."""

    text: str
    puts: dict[tuple[int, int], str] = field(default_factory=dict)
    insert: list[Insert] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    tight: bool = False


class Look:
    """What a workbook's styles say of a cell: points of its letters, and whether it breaks lines."""

    def __init__(self, parts: Parts):
        self.points: list[float] = []
        self.broken: list[bool] = []
        part = next(
            (
                text
                for _, kind, text in parts.related(parts.main)
                if kind == "styles" and text in parts.body
            ),
            None,
        )
        if part:
            root = etree.fromstring(
                parts.body[part],
                etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
            )
            fonts = []
            for node in root:
                if local(node.tag) == "fonts":
                    for file in node:
                        fonts.append(
                            next(
                                (float(x.get("val") or 11) for x in file if local(x.tag) == "sz"),
                                11.0,
                            )
                        )
            xfs = next((node for node in root if local(node.tag) == "cellXfs"), ())
            self.broken = [
                any(
                    local(entry.tag) == "alignment" and entry.get("wrapText") in ("1", "true")
                    for entry in x
                )
                for x in xfs
            ]
            self.points = [
                fonts[index] if (index := int(x.get("fontId") or 0)) < len(fonts) else 11.0
                for x in xfs
            ]

    def wraps(self, grid: Grid, row: int, col: int) -> bool:
        style = grid.style(row, col)
        return bool(style and int(style) < len(self.broken) and self.broken[int(style)])

    def size(self, grid: Grid, row: int, col: int) -> float:
        return self.of(grid.style(row, col))

    def of(self, style: str | None) -> float:
        if style and int(style) < len(self.points):
            return self.points[int(style)]
        if self.points:
            return self.points[0]
        return 11.0


def pixels(widths: dict[int, float], usual: float, box: Box) -> float:
    """The width of a box; `widths` in points by column."""
    return sum(widths.get(index, usual) for index in range(box[1], box[3] + 1)) / 0.75


def room(grid: Grid, box: Box) -> float:
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


def flow(
    grid: Grid,
    label: Box,
    box: Box,
    text: str,
    wide: float,
    points: float,
    going_on: list[list[Cell]],
    columns: dict[int, float],
    usual: float,
) -> Flow:
    """Where a text goes that answers the label in a box `wide` pixels across."""
    if fits(text, box, wide, points):
        return Flow(
            text,
            {(cell_here.row, cell_here.col): "" for row in going_on for cell_here in row},
            empty=[row[0].row for row in going_on],
        )
    limit = max(int((MOST - 5) / (LINE * points / 10)) - 1, 3)
    split = _split(label, box, columns, usual)
    if not going_on and split is None:
        return Flow(text, tight=True)
    there = []
    for row in going_on:
        if len(row) > 1:
            there.append((row[0], row[-1]))
    cells = []
    for _, that_cell in there:
        cells.append(grid.box(that_cell.row, that_cell.col))
    narrow = min(
        [
            wide,
            *(pixels(columns, usual, one_cell) for one_cell in cells),
            *([pixels(columns, usual, split[1])] if split else []),
        ]
    )
    pieces = list(chunks(text, narrow * 10 / points, limit))
    if len(pieces) > ROWS:
        return Flow(text, tight=True)
    out = Flow(pieces[0][1])
    for index, (said, piece) in enumerate(pieces[1:]):
        if index < len(there):
            out.puts[there[index][0].row, there[index][0].col] = said
            out.puts[there[index][1].row, there[index][1].col] = piece
            continue
        if there:
            cell, each_cell = there[-1]
            made = Insert(
                cell.row2,
                cell.row,
                cell.row,
                True,
                {(0, cell.col): said, (0, each_cell.col): piece},
            )
        else:
            assert split is not None
            mark, rest = split
            merges = tuple((0, x[1], 0, x[3]) for x in (mark, rest) if x[3] > x[1])
            made = Insert(
                box[2], box[2], box[2], True, {(0, mark[1]): said, (0, rest[1]): piece}, merges
            )
        made.heights[0] = min(MOST, max(height(piece, narrow, points), grid.default_height))
        out.insert.append(made)
    for cell, each_cell in there[len(pieces) - 1 :]:
        out.puts[cell.row, cell.col] = out.puts[each_cell.row, each_cell.col] = ""
        out.empty.append(cell.row)
    return out


def _split(label: Box, box: Box, columns: dict[int, float], usual: float) -> tuple[Box, Box] | None:
    """Columns of 「（続き）」 and of the text in a row that goes on: those of label and answer, or the left of an answer that has the whole width."""
    if label[3] < box[1] and label[2] <= box[2]:
        return (0, label[1], 0, label[3]), (0, box[1], 0, box[3])
    if (
        label[3] + 1 < box[1]
    ):  # the label goes on down beside other items: room is between it and the answer
        return (0, label[3] + 1, 0, box[1] - 1), (0, box[1], 0, box[3])
    need = width(CONTINUED) + 12
    at = box[1]
    while at < box[3] and pixels(columns, usual, (0, box[1], 0, at)) < need:
        at += 1
    if at < box[3]:
        return ((0, box[1], 0, at), (0, at + 1, 0, box[3]))
    return None


def fit_height(grid: Grid, box: Box, text: str, wide: float, points: float) -> None:
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
