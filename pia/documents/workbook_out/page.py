"""The rows of a printed page: which text stands in which columns, and how high a row is.

Knows columns, widths and heights (A4); not the forms. Must not know any file format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.document.form import FormNode
from ...domain.document.tree import Node, Path
from ...domain.text.pieces import Piece as Marked
from ..ooxml.measure import CONTINUED, PX, chunks, height

# Characters of the standard font; A4 portrait, and landscape.
WIDTHS = (4.0, 18.0, 10.2, 10.2, 10.2, 10.2, 10.2, 10.2)
TABLE_WIDTHS = (11.0, 18.0, 36.0, 36.0, 9.5, 18.0)
# The last column of labels, and of the page.
LABEL = 2
LAST = 8


@dataclass(frozen=True, slots=True)
class PagePiece:
    """Text in columns c1..c2 (1-based). `path`: the item it answers; `style`: title, head, sub,
    label, answer, choice, options, note, plain, table; `runs`:
    the text in pieces with what became of them, where changes are shown."""

    c1: int
    c2: int
    text: str
    style: str
    path: Path | None = None
    down: int = 1  # rows it is merged over
    runs: tuple[Marked, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRow:
    """One printed row; `height` in points."""

    pieces: tuple[PagePiece, ...]
    height: float


@dataclass(slots=True)
class SheetPage:
    """One sheet. `figures` are (index of the first blank row, path of the figure, its node)."""

    name: str
    widths: tuple[float, ...] = WIDTHS
    rows: list[PageRow] = field(default_factory=list)
    landscape: bool = False
    repeat: tuple[int, int] | None = None
    figures: list[tuple[int, Path, Node]] = field(default_factory=list)

    def add(self, *pieces: PagePiece, least: float = 18.0) -> None:
        """A row as high as its longest text needs."""
        heights = []
        for piece in pieces:
            points = 10
            if piece.style == "options":
                points = 8
            heights.append(height(piece.text, self.across(piece.c1, piece.c2), points))
        self.rows.append(PageRow(pieces, max(least, *heights)))

    def add_cells(self, texts: Sequence[str], style: str, path: Path | None = None) -> None:
        """A row of one text a column; `path` is of the first."""
        pieces = []
        for number, text in enumerate(texts, 1):
            pieces.append(PagePiece(number, number, text, style, path))
            path = None
        self.add(*pieces)

    def across(self, c1: int, c2: int) -> float:
        """Pixels from the left of one column to the right of another."""
        return sum(self.widths[c1 - 1 : c2]) * PX


def label_of(line: FormNode) -> str:
    """The printed label of an item, with its number and mark."""
    label = f"{line.number}{line.label}"
    if line.label_parts:
        label = line.label_parts[-1]
    if line.mark:
        return f"{label}　{line.mark}"
    return label


def printed_option(label: str, note: str | None, ticked: bool) -> str:
    """An option with its box, its note in the gap of its label."""
    box = "[　]"
    if ticked:
        box = "[○]"
    if not note:
        return f"{box} {label}"
    before, _, after = label.partition("　")
    return f"{box} {before}{note}{after}"


def split_row(page: SheetPage, cells: Sequence[str]) -> Iterator[list[str]]:
    """A row of a table over as many printed rows as its longest cell needs; the second column says
    that a row goes on.
    """
    split = []
    for number, cell in enumerate(cells, 1):
        split.append(list(chunks(cell, page.across(number, number))))
    for index in range(max(map(len, split))):
        texts = []
        for rows in split:
            _, text = rows[index] if index < len(rows) else ("", "")
            texts.append(text)
        if index and len(split[1]) <= index:
            texts[1] = next((text[index][0] for text in split if index < len(text)), CONTINUED)
        yield texts


def bounds(shapes: Iterable[Mapping[str, Any]]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a figure in its own points; arrows may run backwards."""
    across = []
    down = []
    for shape in shapes:
        across += [shape["x"], shape["x"] + shape["w"]]
        down += [shape["y"], shape["y"] + shape["h"]]
    if not across:
        return 0, 0, 0, 0
    return min(across), min(down), max(across), max(down)
