"""A Word file as the lines of an open text, or as the cells that readers of workbooks know.

Knows paragraphs and tables of a document that was read. Must not know WordprocessingML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..ooxml.book import BookCell, BookSheet
from ..workbook_in.labels import OPTIONS, Script
from ..workbook_in.sections import table_header
from .paper_book import ColumnEdges, PaperBook, empty
from .paragraphs import WIDTH, WordDocument, WordTable, WordText

_TWIPS = 20.0  # in a point
_NEAR = 6.0  # points by which edges of columns may differ
_OPTIONS = re.compile(rf"\n?[ \t　]*({OPTIONS}|<選択肢>|〈選択肢〉)")


# ---- as lines


def lines_of(document: WordDocument) -> list[tuple[int, str, int]]:
    """(level of a heading or 0, text, page or 0): a line a paragraph, a line a row of a table."""
    lines = []
    for block in document.blocks:
        if isinstance(block, WordText):
            lines.append((min(block.level, 6), block.text, block.page))
            continue
        for row in range(block.rows):
            texts = []
            page = 0
            for cell in block.cells:
                if cell.row == row:
                    texts.append(cell.text)
                    page = page or cell.page
            if any(text.strip() for text in texts):
                lines.append((0, "　｜　".join(texts), page))
    return lines


# ---- as cells


def book_of(document: WordDocument, script: Script | None = None) -> PaperBook:
    """The document as a book; with the labels of a form a sheet for each of its parts."""
    book = empty()
    columns = _columns(document)
    last = max(len(columns.at) - 1, 1)
    sheet: BookSheet | None = None
    row = 1
    heading = ""
    closed = False
    for block in document.blocks:
        if sheet is None or closed or _opens(block, script):
            closed = False
            index = len(book.sheets)
            sheet = BookSheet(index, f"{index + 1}", "visible", "")
            book.sheets.append(sheet)
            row = 1
        if isinstance(block, WordText):
            if block.level or len(block.text) <= 40:
                heading = " ".join(block.text.split())
            place = "　".join(filter(None, (_page(block.page), f"「{heading}」")))
            _put(book, sheet, BookCell(sheet.index, row, 1, row, last, block.text), block.names)
            book.places[sheet.index, row] = place
            _say_page(book, sheet.index, row, block.page)
            row += 1
            continue
        # 変更箇所 goes on to the end of its sheet: what stands below its table is none of its rows.
        closed = _is_changes(block, script)
        for cell in block.cells:
            top = row + cell.row
            left = columns.of(cell.left / _TWIPS)
            right = max(columns.of(cell.right / _TWIPS) - 1, left)
            at = BookCell(sheet.index, top, left, top + cell.rows - 1, right, cell.text)
            if cell.text.strip():
                _put(book, sheet, at, cell.names)
            else:
                sheet.blanks[top] = max(left, sheet.blanks.get(top, 0))
                _name(book, sheet, at, cell.names)
            said = (_page(cell.page), f"「{heading}」" if heading else "")
            table = f"表{block.number} {cell.row + 1}行目"
            book.places.setdefault((sheet.index, top), "　".join(filter(None, (*said, table))))
            _say_page(book, sheet.index, top, cell.page)
        row += block.rows
    for made in book.sheets:
        made.cells.sort(key=lambda cell: (cell.row, cell.col))
    return book


def _page(number: int) -> str:
    return f"p. {number}" if number else ""


def _say_page(book: PaperBook, sheet: int, row: int, page: int) -> None:
    if page:
        book.pages[sheet, row] = page


def _columns(document: WordDocument) -> ColumnEdges:
    places: list[float] = []
    for block in document.blocks:
        if isinstance(block, WordTable):
            for cell in block.cells:
                places += (cell.left / _TWIPS, cell.right / _TWIPS)
    return ColumnEdges(places or [0.0, WIDTH / _TWIPS], _NEAR)


def _opens(block: WordText | WordTable, script: Script | None) -> bool:
    """Whether a block is, or begins with, the heading of a part of the form."""
    if script is None:
        return False
    if isinstance(block, WordText):
        text = block.text
    elif block.cells and block.cells[0].row == 0:
        text = block.cells[0].text
    else:
        return False
    for match in script.match(text):
        token = script.tokens[match.token]
        if token.kind in ("part", "title") and match.weight >= 1.0 and not match.like:
            return True
        if token.node.role == "contents" and token.kind != "note":
            return True
    return False


def _is_changes(table: WordTable, script: Script | None) -> bool:
    """Whether a table is 変更箇所, told from its first row."""
    line = script.form.change_table if script is not None else None
    if line is None:
        return False
    heads = [
        BookCell(0, 1, number, 1, number, cell.text)
        for number, cell in enumerate(table.cells)
        if cell.row == 0
    ]
    return table_header(line, heads) is not None


def _put(book: PaperBook, sheet: BookSheet, cell: BookCell, names: Sequence[str]) -> None:
    """A cell; where the printed list of options stands in it too, that is a cell of its own."""
    listed = _OPTIONS.search(cell.text)
    if listed is not None and cell.text[: listed.start()].strip():
        text = cell.text[: listed.start()].rstrip("\n")
        options = cell.text[listed.start() :].strip("\n")
        sheet.cells.append(BookCell(cell.sheet, cell.row, cell.col, cell.row2, cell.col, text))
        right = max(cell.col2, cell.col + 1)
        sheet.cells.append(BookCell(cell.sheet, cell.row, right, cell.row2, right, options))
    else:
        sheet.cells.append(cell)
    _name(book, sheet, cell, names)


def _name(book: PaperBook, sheet: BookSheet, cell: BookCell, names: Sequence[str]) -> None:
    for name in names:
        book.names[name] = (sheet.name, cell.row, cell.col)
