"""Texts that fit no box of the form, as people write them: 「（別紙１のとおり）」 in the box, the
whole text on a sheet 「別紙」 behind all others.

Knows how that sheet is laid out and numbered; what fits is decided by who fills. `annex` reads it
back. Numbers follow the places in the workbook and leave out those the document itself uses for a
paper of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from ..ooxml.book import Book, BookCell, address, open_book
from ..ooxml.measure import CONTINUED_INLINE, chunks, height
from ..workbook_in import annex
from .parts import Parts
from .sheet import escaped
from .styles import Styles

# widths of the two columns in digits: an A4 page upright
_MARK = 12
_TEXT = 66
_TOKEN = re.compile("（別紙\ufdd0([0-9]+)\ufdd1のとおり）")
# The form's own brackets stand around it already.
_INSIDE = re.compile(f"[（(]{_TOKEN.pattern}[)）]")


@dataclass(slots=True)
class Noted:
    """Texts taken out of their cells while a workbook is filled, with the lines that name their
    items. Until all stand they are cited by a token.
    """

    texts: list[tuple[str, str]] = field(default_factory=list)

    def cite(self, text: str, head: str) -> str:
        """The token that stands for a text until all are numbered."""
        self.texts.append((text, head))
        return f"（別紙\ufdd0{len(self.texts) - 1}\ufdd1のとおり）"


def settle(parts: Parts, noted: Noted) -> list[tuple[int, str]]:
    """Numbers the texts in the order they are cited in, writes their sheet, and names the cells.

    Gives (number, head) of each.
    """
    if not noted.texts:
        return []
    book = open_book(parts.save())
    cells = _citing(book)
    numbers = _numbers(book, noted, cells)
    if not numbers:
        return []
    named: dict[str, str] = {}
    first: str | None = None
    for cell in dict.fromkeys(cells):
        grid = parts.grid(parts.index(book.sheets[cell.sheet].part))
        first = first or grid.style(cell.row, cell.col)
        grid.put(cell.row, cell.col, _cited(cell.text, numbers))
        inside = set()
        for match in _INSIDE.finditer(cell.text):
            inside.add(int(match.group(1)))
        for index in _tokens(cell.text):
            name = annex.name(numbers[index], index in inside)
            named.setdefault(name, _reference(book, cell.sheet, cell.row, cell.col))
    texts = []
    for index, number in numbers.items():
        text, head = noted.texts[index]
        texts.append((number, head, text))
    styles = Styles(parts)
    xml = _sheet(texts, _looks(styles, first), _TEXT * styles.digit() + 5.0)
    styles.save(parts)
    parts.add_sheet(_free_name(parts), xml)
    parts.add_names(named)
    return [(number, head) for number, head, _ in texts]


def _citing(book: Book) -> list[BookCell]:
    """The cells that cite a text by token."""
    cells = []
    for sheet in book.sheets:
        for cell in sheet.cells:
            if _TOKEN.search(cell.text):
                cells.append(cell)
    return cells


def _tokens(text: str) -> list[int]:
    """The texts a cell cites by token, in order, as often as it does."""
    return [int(match.group(1)) for match in _TOKEN.finditer(text)]


def _numbers(book: Book, noted: Noted, cells: Sequence[BookCell]) -> dict[int, int]:
    """Text → its number: in the order of the cells, without numbers the document uses itself."""
    texts = [text for text, _ in noted.texts]
    for sheet in book.sheets:
        for cell in sheet.cells:
            texts.append(cell.text)
    used = annex.mentioned(texts)
    free = (number for number in count(1) if number not in used)
    numbers: dict[int, int] = {}
    for cell in cells:
        for index in _tokens(cell.text):
            if index < len(noted.texts) and index not in numbers:
                numbers[index] = next(free)
    return numbers


def _cited(text: str, numbers: Mapping[int, int]) -> str:
    """A text with 「（別紙１のとおり）」 for each token."""

    def inside(match: re.Match[str]) -> str:
        whole = match.group()
        return whole[0] + annex.cited(numbers[int(match.group(1))])[1:-1] + whole[-1]

    once = _INSIDE.sub(inside, text)
    return _TOKEN.sub(lambda match: annex.cited(numbers[int(match.group(1))]), once)


def drop(parts: Parts, sheets: Sequence[str]) -> None:
    """Takes out our sheets (by part) of an earlier filling and the names of the cells that cited
    them.
    """
    parts.drop_names(annex.is_name)
    for part in sheets:
        parts.drop_sheet(parts.index(part))


def _reference(book: Book, sheet: int, row: int, col: int) -> str:
    quoted = book.sheets[sheet].name.replace("'", "''")
    return f"'{quoted}'!${address(1, col)[:-1]}${row}"


def _free_name(parts: Parts) -> str:
    """The name of our sheet; with a number where the workbook has one of that name."""
    used = {name.lower() for name, _, _ in parts.sheets}
    free = annex.SHEET
    number = 1
    while free.lower() in used:
        number += 1
        free = f"{annex.SHEET} ({number})"
    return free


def _looks(styles: Styles, like: str | None) -> dict[str, int]:
    """Numbers of the looks of this sheet's cells, in the letters of the cell that cites first."""
    letters = styles.font_of(like)
    plain = styles.add("fonts", "font", f'<font><sz val="10"/>{letters}</font>')
    bold = styles.add("fonts", "font", f'<font><b/><sz val="10"/>{letters}</font>')
    small = styles.add("fonts", "font", f'<font><sz val="7"/>{letters}</font>')
    line = styles.add(
        "borders",
        "border",
        '<border><left/><right/><top/><bottom style="thin"><color '
        'auto="1"/></bottom><diagonal/></border>',
    )
    if styles.all("cellStyleXfs", "xf"):
        base = ' xfId="0"'
    else:
        base = ""

    def made(font: int, border: int, aligned: str) -> int:
        if border:
            drawn = ' applyBorder="1"'
        else:
            drawn = ""
        about = (
            f'numFmtId="0" fontId="{font}" fillId="0" borderId="{border}"{base} '
            f'applyFont="1"{drawn} applyAlignment="1"'
        )
        return styles.add("cellXfs", "xf", f"<xf {about}><alignment {aligned}/></xf>")

    top = 'horizontal="left" vertical="top" wrapText="1"'
    return {
        "title": made(bold, 0, top),
        "head": made(bold, line, top),
        "text": made(plain, 0, top),
        "mark": made(small, 0, top),
    }


def _sheet(texts: Sequence[tuple[int, str, str]], looks: dict[str, int], wide: float) -> str:
    """The sheet's XML: number and head, the text in rows no program cuts, 「以上」; each begins a
    page. `wide`: pixels of the text's column.
    """
    rows: list[str] = []
    breaks: list[int] = []

    def row(mark: str, text: str, mark_look: str, look: str, points: float) -> None:
        number = len(rows) + 1
        cells = _cell(f"A{number}", mark, looks[mark_look]) + _cell(f"B{number}", text, looks[look])
        rows.append(f'<row r="{number}" ht="{points:g}" customHeight="1">{cells}</row>')

    row(annex.TITLE, "", "title", "title", 24)
    for number, head, text in texts:
        if len(rows) > 1:
            breaks.append(len(rows))
        row(annex.titled(number), head, "head", "head", height(head, wide))
        for mark, piece in chunks(text, wide):
            if mark != CONTINUED_INLINE:
                mark = ""
            row(mark, piece, "mark", "text", max(height(piece, wide), 15))
        row(annex.END, "", "mark", "text", 15)
    page_breaks = ""
    if breaks:
        cut = "".join(f'<brk id="{row_before}" max="16383" man="1"/>' for row_before in breaks)
        count = len(breaks)
        page_breaks = f'<rowBreaks count="{count}" manualBreakCount="{count}">{cut}</rowBreaks>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetPr>'
        '<pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:B{len(rows)}"/><sheetViews><sheetView '
        'workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f'<cols><col min="1" max="1" width="{_MARK}" customWidth="1"/><col min="2" max="2" '
        f'width="{_TEXT}" customWidth="1"/></cols>'
        f'<sheetData>{"".join(rows)}</sheetData><mergeCells count="1"><mergeCell '
        'ref="A1:B1"/></mergeCells>'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" firstPageNumber="1" fitToHeight="0" orientation="portrait" '
        'useFirstPageNumber="1"/><headerFooter><oddFooter>&amp;C別紙－&amp;P</oddFooter></'
        f"headerFooter>{page_breaks}</worksheet>"
    )


def _cell(at: str, text: str, look: int) -> str:
    start = f'<c r="{at}" s="{look}"'
    if text:
        return f'{start} t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'
    return f"{start}/>"
