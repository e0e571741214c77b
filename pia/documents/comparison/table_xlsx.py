"""新旧対照表 as a workbook: rich text with the changed words underlined, A4 lying, the heading on
every printed page.

Knows the spreadsheet format; what stands in the table is `comparison`'s. Equal input gives equal
bytes. Nothing written can become a formula.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain, zip_longest
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from ...domain.text.pieces import Piece
from .. import rehearsal
from ..ooxml.carried import to_cells
from ..ooxml.measure import CONTINUED, LINE
from ..word.model import Run
from .table import (
    HIDDEN,
    SAME,
    ComparisonRow,
    Section,
    Subject,
    about_words,
    carried,
    has_pages,
    heads,
    numbered,
    remarks,
    runs,
    sections,
)

_FONT = "ＭＳ 明朝"
_CELL = 32_000  # characters a cell may hold, less a little
TALLEST = 409.0  # points a row may be high
_MOST = int((TALLEST - 6) / LINE)  # lines of such a row


def write(
    subjects: Sequence[Subject], *, title: str, view: str = "phrase", new_left: bool = True
) -> bytes:
    """The workbook's bytes."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": datetime(1980, 1, 1)})
    sheet = book.add_worksheet("新旧対照表")
    _Table(book, sheet, subjects, sections(subjects, view), new_left).write(title)
    _set_page(sheet)
    hidden = book.add_worksheet(HIDDEN)
    hidden.very_hidden()
    unseen = carried(subjects, title=title, view=view, new_left=new_left, always=True)
    for index, text in enumerate(to_cells(unseen)):
        hidden.write_string(index, 0, text)
    book.close()
    return out.getvalue()


def _set_page(sheet: Any) -> None:
    """A4 lying, one page wide, numbered at the foot."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer("&C－&P－")
    sheet.set_header(rehearsal.header(""))


def _looks(book: Any) -> dict[str, Any]:
    """The formats of the table by name."""
    run = {"font_name": _FONT, "font_size": 10}
    base: dict[str, Any] = {**run, "text_wrap": True, "valign": "top"}
    box = {**base, "border": 1, "border_color": "#808080"}
    centred = {"align": "center", "bold": True}
    looks = {
        "title": {**base, **centred, "font_size": 14, "text_wrap": False},
        "plain": {**base, "text_wrap": False},
        "head": {**box, **centred, "valign": "vcenter", "bg_color": "#E4E9EF"},
        "section": {**box, "bold": True, "bg_color": "#F3F5F8"},
        "cell": box,
        "lined": {**box, "underline": 1},
        "page": {**box, "align": "center"},
        "run": run,
        "line": {**run, "underline": 1},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


class _Table:
    """One table being written, from the top of the sheet down."""

    def __init__(
        self,
        book: Any,
        sheet: Any,
        subjects: Sequence[Subject],
        sections: Sequence[Section],
        new_left: bool,
    ):
        self.sheet = sheet
        self.subjects = subjects
        self.made = sections
        self.new_left = new_left
        self.pages = has_pages(sections)
        self.heads = heads(self.pages, new_left)
        self.widths = (24, 58, 58, 10, 10, 22) if self.pages else (26, 62, 62, 26)
        self.looks = _looks(book)
        self.at = 0

    def write(self, title: str) -> None:
        """Title, documents, heads, rows and remarks."""
        sheet = self.sheet
        for index, width in enumerate(self.widths):
            sheet.set_column(index, index, width)
        self._across(title, "title")
        sheet.set_row(0, 24)
        for subject in self.subjects:
            sheet.write_string(self.at, 0, about_words(subject), self.looks["plain"])
            self.at += 1
        self._write_heads()
        for entry in numbered(self.made):
            if isinstance(entry, str):
                self._across(entry, "section")
            else:
                self._write_row(entry)
        for index, words in enumerate(remarks(self.made, always=True), self.at + 1):
            sheet.write_string(index, 0, words, self.looks["plain"])

    def _across(self, words: str, look: str) -> None:
        """One cell over all columns."""
        last = len(self.heads) - 1
        self.sheet.merge_range(self.at, 0, self.at, last, words, self.looks[look])
        self.at += 1

    def _write_heads(self) -> None:
        for index, words in enumerate(self.heads):
            self.sheet.write_string(self.at, index, words, self.looks["head"])
        self.sheet.set_row(self.at, 30)
        self.sheet.repeat_rows(self.at)
        self.sheet.freeze_panes(self.at + 1, 1)
        self.at += 1

    def _write_row(self, row: ComparisonRow) -> None:
        """One row of the table in as many of the sheet as it needs."""
        for part in _parts(row, self.widths[1], self.widths[-1]):
            self._write_part(part)
            self.at += 1

    def _write_part(self, row: ComparisonRow) -> None:
        sheet = self.sheet
        at = self.at
        looks = self.looks
        if self.new_left:
            turn = 1
        else:
            turn = -1
        sheet.write_string(at, 0, row.label, looks["cell"])
        for column, side in enumerate((0, 1)[::turn], 1):
            _rich(sheet, at, column, [pair[side] for pair in row.pairs], looks)
        if self.pages:
            for column, numbers in enumerate((row.new_pages, row.old_pages)[::turn], 3):
                sheet.write_string(at, column, "\n".join(numbers) or "－", looks["page"])
        notes = "\n".join(row.notes)
        sheet.write_string(at, len(self.heads) - 1, notes, looks["cell"])
        heights = [
            _height(row.pairs, self.widths[1]),
            LINE * lines(notes, self.widths[-1]) + 6,
            LINE * lines(row.label, self.widths[0]) + 6,
        ]
        if self.pages:
            heights.append(LINE * 2 * len(row.new_pages) + 6)
        sheet.set_row(at, min(TALLEST, max(heights)))


def _parts(row: ComparisonRow, width: int, noted: int) -> list[ComparisonRow]:
    """A row in as many as it needs to stay within what a spreadsheet row can be high; `noted`: the
    width of its notes.
    """
    packs: list[list[Any]] = [[]]
    for part in chain.from_iterable(_low(pair, width) for pair in row.pairs):
        if packs[-1] and _height([*packs[-1], part], width) > TALLEST:
            packs.append([])
        packs[-1].append(part)
    notes = list(slices("\n".join(row.notes), noted, _MOST))
    parts = []
    for index, (pack, note) in enumerate(zip_longest(packs, notes)):
        if index:
            label = f"{row.label}{CONTINUED}"
        else:
            label = row.label
        if note is None:
            own = ()
        else:
            own = (note,)
        parts.append(ComparisonRow(label, tuple(pack or ()), row.new_pages, row.old_pages, own))
    return parts


def _low(
    pair: tuple[Sequence[Piece], Sequence[Piece]], width: int
) -> Iterator[tuple[Sequence[Piece], Sequence[Piece]]]:
    """Two sides in stretches that a row can show."""
    if _height([pair], width) <= TALLEST:
        yield pair
        return
    new, old = (_stretches(side, width) for side in pair)
    yield from zip_longest(new, old, fillvalue=())


def _stretches(side: Sequence[Piece], width: int) -> Iterator[list[Piece]]:
    here: list[Piece] = []
    shown_words = ""
    for piece in side:
        if piece.op == "fold":
            shown = SAME
        else:
            shown = piece.text
        while lines(shown_words + shown, width) > _MOST:
            if piece.op != "fold":
                count = bisect_right(
                    range(1, len(shown)),
                    _MOST,
                    key=lambda count: lines(shown_words + shown[:count], width),
                )
            else:
                count = 0
            if count:
                here.append(Piece(piece.op, shown[:count], piece.move))
            yield here
            # the next row stands for the line feed
            here = []
            shown_words = ""
            shown = shown[count:].removeprefix("\n")
        if piece.op == "fold":
            here.append(piece)
        else:
            here.append(Piece(piece.op, shown, piece.move))
        shown_words += shown
    yield here


def slices(text: str, width: int, most: int) -> Iterator[str]:
    """A text in pieces of at most so many lines of a column, cut where its own lines end if one
    fits.
    """
    piece: str | None = None
    for line in text.split("\n"):
        while lines(line, width) > most:
            if piece is not None:
                yield piece
            cut = bisect_right(
                range(1, len(line)), most, key=lambda count: lines(line[:count], width)
            )
            yield line[:cut]
            piece = None
            line = line[cut:]
        if piece is None:
            longer = line
        else:
            longer = f"{piece}\n{line}"
        if piece is not None and lines(longer, width) > most:
            yield piece
            longer = line
        piece = longer
    yield piece or ""


def lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of `width` characters."""
    room = max(1, width - 2)
    return sum(max(1, ceil(_wide(line) / room)) for line in text.split("\n"))


def _wide(line: str) -> int:
    """The width of a line in columns: full-width letters take two."""
    return sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in line)


def _height(pairs: Sequence[Any], width: int) -> float:
    sides = []
    for side in (0, 1):
        sides.append("\n".join("".join(run.text for run in runs(pair[side])) for pair in pairs))
    return LINE * max(lines(x, width) for x in sides) + 6


def _rich(
    sheet: Any, at: int, column: int, stretches: Sequence[Sequence[Piece]], looks: dict[str, Any]
) -> None:
    """One cell of runs; cut, and said to be cut, where a cell can hold no more."""
    pieces: list[Run] = []
    for stretch in stretches:
        if pieces:
            pieces.append(Run("\n"))
        pieces += runs(stretch)
    bits: list[Any] = []
    room = _CELL
    for piece in pieces:
        if len(piece.text) > room:
            bits += [looks["run"], piece.text[:room] + "（以下略）"]
            break
        room -= len(piece.text)
        if piece.text:
            bits += [looks["line"] if piece.underline else looks["run"], piece.text]
    if len(bits) <= 2:  # a rich text has at least two looks
        sheet.write_string(
            at,
            column,
            bits[1] if bits else "",
            looks["lined" if bits and bits[0] is looks["line"] else "cell"],
        )
        return
    sheet.write_rich_string(at, column, *bits, looks["cell"])
