"""新旧対照表 as a workbook: rich text with the changed words underlined, A4 lying, the heading on
every printed page.

Knows the spreadsheet format; what stands in the table is `comparison`'s. Equal input gives equal
bytes. Nothing written can become a formula.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from ...domain.text.pieces import Piece
from .. import rehearsal
from ..ooxml.carried import to_cells
from ..ooxml.measure import CONTINUED, LINE
from ..word.model import Run
from .table import HIDDEN, SAME, Row, Subject, about_words, carried, heads, remarks, runs, sections

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
    base: dict[str, Any] = {"font_name": _FONT, "font_size": 10, "text_wrap": True, "valign": "top"}
    box = {**base, "border": 1, "border_color": "#808080"}
    looks = {}
    for name, of, more in (
        ("title", base, {"font_size": 14, "bold": True, "align": "center", "text_wrap": False}),
        ("plain", base, {"text_wrap": False}),
        (
            "head",
            box,
            {"bold": True, "align": "center", "valign": "vcenter", "bg_color": "#E4E9EF"},
        ),
        ("section", box, {"bold": True, "bg_color": "#F3F5F8"}),
        ("cell", box, {}),
        ("lined", box, {"underline": 1}),
        ("page", box, {"align": "center"}),
        ("run", {"font_name": _FONT, "font_size": 10}, {}),
        ("line", {"font_name": _FONT, "font_size": 10}, {"underline": 1}),
    ):
        looks[name] = book.add_format({**of, **more})
    sheet = book.add_worksheet("新旧対照表")
    made = sections(subjects, view)
    pages = any(
        row.new_pages or row.old_pages for each_section in made for row in each_section.rows
    )
    named = heads(pages, new_left)
    if pages:
        widths = (24, 58, 58, 10, 10, 22)
    else:
        widths = (26, 62, 62, 26)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    last = len(named) - 1
    sheet.merge_range(0, 0, 0, last, title, looks["title"])
    sheet.set_row(0, 24)
    at = 1
    for subject in subjects:
        sheet.write_string(at, 0, about_words(subject), looks["plain"])
        at += 1
    top = at
    for index, words in enumerate(named):
        sheet.write_string(at, index, words, looks["head"])
    sheet.set_row(at, 30)
    at += 1
    count = 0
    for section in made:
        if section.heading:
            count += 1
            sheet.merge_range(at, 0, at, last, f"{count}　{section.heading}", looks["section"])
            at += 1
        for row in section.rows:
            for part in _parts(row, widths[1], widths[-1]):
                _line(sheet, at, part, pages, new_left, looks, widths)
                at += 1
    for index, words in enumerate(remarks(made, always=True), at + 1):
        sheet.write_string(index, 0, words, looks["plain"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 1)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer("&C－&P－")
    sheet.set_header(rehearsal.header(""))
    hidden = book.add_worksheet(HIDDEN)
    hidden.very_hidden()
    for index, text in enumerate(
        to_cells(carried(subjects, title=title, view=view, new_left=new_left, always=True))
    ):
        hidden.write_string(index, 0, text)
    book.close()
    return out.getvalue()


def _parts(row: Row, width: int, noted: int) -> list[Row]:
    """A row in as many as it needs to stay within what a spreadsheet row can be high; `noted`: the
    width of its notes.
    """
    packs: list[list[Any]] = [[]]
    for part in (part for pair in row.pairs for part in _low(pair, width)):
        if packs[-1] and _height([*packs[-1], part], width) > TALLEST:
            packs.append([])
        packs[-1].append(part)
    notes = list(slices("\n".join(row.notes), noted, _MOST))
    rows = range(max(len(packs), len(notes)))
    found = []
    for index in rows:
        found.append(
            Row(
                f"{row.label}{CONTINUED}" if index else row.label,
                tuple(packs[index]) if index < len(packs) else (),
                row.new_pages,
                row.old_pages,
                (notes[index],) if index < len(notes) else (),
            )
        )
    return found


def _low(
    pair: tuple[Sequence[Piece], Sequence[Piece]], width: int
) -> Iterator[tuple[Sequence[Piece], Sequence[Piece]]]:
    """Two sides in stretches that a row can show."""
    if _height([pair], width) <= TALLEST:
        yield pair
        return
    old, new = (list(_stretches(side, width)) for side in pair)
    for index in range(max(len(old), len(new))):
        yield old[index] if index < len(old) else (), new[index] if index < len(new) else ()


def _stretches(side: Sequence[Piece], width: int) -> Iterator[list[Piece]]:
    here: list[Piece] = []
    said = ""
    for piece in side:
        if piece.op == "fold":
            shown = SAME
        else:
            shown = piece.text
        while lines(said + shown, width) > _MOST:
            if piece.op != "fold":
                count = bisect_right(
                    range(1, len(shown)),
                    _MOST,
                    key=lambda count: lines(said + shown[:count], width),
                )
            else:
                count = 0
            if count:
                here.append(Piece(piece.op, shown[:count], piece.move))
            yield here
            # the next row stands for the line feed
            here = []
            said = ""
            shown = shown[count:].removeprefix("\n")
        if piece.op == "fold":
            here.append(piece)
        else:
            here.append(Piece(piece.op, shown, piece.move))
        said += shown
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
    return sum(
        max(
            1,
            -(
                -sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in line)
                // max(1, width - 2)
            ),
        )
        for line in text.split("\n")
    )


def _height(pairs: Sequence[Any], width: int) -> float:
    sides = []
    for side in (0, 1):
        sides.append("\n".join("".join(run.text for run in runs(pair[side])) for pair in pairs))
    return LINE * max(lines(x, width) for x in sides) + 6


def _line(
    sheet: Any,
    at: int,
    row: Row,
    pages: bool,
    new_left: bool,
    looks: dict[str, Any],
    widths: Sequence[int],
) -> None:
    if new_left:
        turn = 1
    else:
        turn = -1
    sheet.write_string(at, 0, row.label, looks["cell"])
    for column, side in enumerate((0, 1)[::turn], 1):
        _rich(sheet, at, column, [pair[side] for pair in row.pairs], looks)
    notes = "\n".join(row.notes)
    if pages:
        for column, numbers in enumerate((row.new_pages, row.old_pages)[::turn], 3):
            sheet.write_string(at, column, "\n".join(numbers) or "－", looks["page"])
    sheet.write_string(at, 5 if pages else 3, notes, looks["cell"])
    tall = max(
        _height(row.pairs, widths[1]),
        LINE * lines(notes, widths[-1]) + 6,
        LINE * lines(row.label, widths[0]) + 6,
    )
    sheet.set_row(at, min(TALLEST, max(tall, LINE * 2 * len(row.new_pages) + 6 if pages else 0)))


def _rich(
    sheet: Any, at: int, column: int, stretches: Sequence[Sequence[Piece]], looks: dict[str, Any]
) -> None:
    """One cell of runs; cut, and said to be cut, where a cell can hold no more."""
    pieces: list[Run] = []
    for stretch in stretches:
        if pieces:
            pieces += [Run("\n")]
        else:
            pieces += []
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
        else:
            bits += []
    if len(bits) <= 2:  # a rich text has at least two looks
        sheet.write_string(
            at,
            column,
            bits[1] if bits else "",
            looks["lined" if bits and bits[0] is looks["line"] else "cell"],
        )
        return
    sheet.write_rich_string(at, column, *bits, looks["cell"])
