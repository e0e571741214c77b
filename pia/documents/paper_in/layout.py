"""Pages of a PDF as sheets of cells: a sheet begins where a part of the form does, running heads
and page numbers are left out, and what a page broke in two is one again.

Knows pieces of pages and where the form prints its headings. Must not know what an answer is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..ooxml.book import BookCell, BookSheet
from ..workbook_in.labels import Script
from . import boxes, page_breaks
from .boxes import PageText, PaperPiece
from .page_breaks import PlacedPiece
from .paper_book import ColumnEdges, PaperBook, empty

_EDGE = 0.085  # of a page's height: what stands above and below may be a running head
_NUMBER = re.compile(
    r"[-－―–—ー\s]*(?:p\.?|P\.?|ページ|頁)?\s*\d{1,4}\s*(?:[/／]\s*\d{1,4})?(?:ページ|頁)?[-－―–—ー\s]*"
)
_DIGITS = re.compile(r"\d+")
_NEAR_COLUMN = 4.0
_NEAR_ROW = 2.5


def without_running(pages: Sequence[PageText]) -> list[PageText]:
    """The pages without what stands at their edges on many of them, and without page numbers."""
    seen: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        seen.update({_running(page, piece) for piece in page.pieces if _is_at_edge(page, piece)})
    most = max(2, len(pages) // 4)
    out = []
    for page in pages:
        kept = []
        for piece in page.pieces:
            if _is_at_edge(page, piece):
                if _NUMBER.fullmatch(piece.text.strip()):
                    continue
                if len(pages) > 2 and seen[_running(page, piece)] > most:
                    continue
            kept.append(piece)
        out.append(replace(page, pieces=kept))
    return out


def _is_at_edge(page: PageText, piece: PaperPiece) -> bool:
    """Whether a piece stands free at the head or the foot of a page."""
    if piece.frame is not None:
        return False
    return piece.bottom < page.height * _EDGE or piece.top > page.height * (1 - _EDGE)


def _running(page: PageText, piece: PaperPiece) -> tuple[bool, str]:
    """Head or foot, and the words without numbers."""
    return piece.top < page.height / 2, _DIGITS.sub("0", piece.text.strip())


def book_of(pages: Sequence[PageText], script: Script | None = None) -> PaperBook:
    """The pages as a book; with the labels of a form a sheet for each of its parts."""
    book = empty()
    for run in _runs(pages, script):
        _add_sheet(book, run, script)
    return book


def _runs(pages: Sequence[PageText], script: Script | None) -> list[list[PageText]]:
    """Pages that follow each other on one sheet."""
    runs: list[list[PageText]] = []
    for page in pages:
        if not runs or (script is not None and _opens_part(page, script)):
            runs.append([])
        runs[-1].append(page)
    return runs


def _opens_part(page: PageText, script: Script) -> bool:
    """Whether a page begins with the heading of a part."""
    for piece in page.pieces[:2]:
        for match in script.match(piece.text):
            token = script.tokens[match.token]
            if token.kind in ("part", "title") and match.weight >= 1.0:
                return True
            if token.node.role == "contents" and token.kind != "note":
                return True
    return False


def _add_sheet(book: PaperBook, pages: Sequence[PageText], script: Script | None) -> None:
    """A sheet of pages, one below the other."""
    index = len(book.sheets)
    sheet = BookSheet(index, f"p. {pages[0].number}", "visible", "")
    book.sheets.append(sheet)
    columns = ColumnEdges(_lefts(pages), _NEAR_COLUMN)
    row = 1
    before: list[PlacedPiece] = []
    for page in pages:
        rows = ColumnEdges(_tops(page), _NEAR_ROW)
        first = row
        cells = []
        goes_on = page_breaks.going_on(page.pieces, before, script)
        for piece in page.pieces:
            above = goes_on.get(id(piece))
            if above is not None:
                cell = sheet.cells[above.index]
                text = cell.text + page_breaks.behind(above.piece, piece)
                sheet.cells[above.index] = replace(cell, text=text)
                cells.append(PlacedPiece(piece, above.index, True))
                continue
            cells.append(PlacedPiece(piece, len(sheet.cells), False))
            sheet.cells.append(_cell(index, piece, rows, columns, first))
        for blank in page.blanks:
            at = first + rows.of(blank.top) - 1
            sheet.blanks[at] = max(columns.of(blank.left), sheet.blanks.get(at, 0))
        row = first + len(rows.at) + 1
        for number in range(first, row):
            book.places[index, number] = f"p. {page.number}"
            book.pages[index, number] = page.number
        if cells:
            before = cells
    # Blanks at the end were only there for the line that might follow.
    sheet.cells = [replace(cell, text=cell.text.rstrip(" \t")) for cell in sheet.cells]
    sheet.cells.sort(key=lambda cell: (cell.row, cell.col))


def _lefts(pages: Iterable[PageText]) -> list[float]:
    """Where columns may begin or end."""
    places = []
    for page in pages:
        for piece in page.pieces:
            places.append(piece.left)
            if piece.frame is not None:
                places.append(piece.right)
    return places


def _tops(page: PageText) -> list[float]:
    """Where rows may begin or end."""
    places = []
    for piece in page.pieces:
        places.append(piece.top)
        if piece.frame is not None:
            places += (piece.frame.top, piece.frame.bottom)
    for blank in page.blanks:
        places.append(blank.top)
    return places


def _cell(
    sheet: int, piece: PaperPiece, rows: ColumnEdges, columns: ColumnEdges, first: int
) -> BookCell:
    """A piece with the rows and columns it covers."""
    top = first + rows.of(piece.top) - 1
    bottom = top
    left = columns.of(piece.left)
    right = left
    if piece.frame is not None:
        bottom = max(top, first + rows.of(piece.bottom - _NEAR_ROW - 0.1) - 1)
        right = max(left, columns.of(piece.right) - 1)
        if piece.bottom - piece.top < piece.frame.bottom - piece.frame.top - _NEAR_ROW:
            bottom = top
    return BookCell(sheet, top, left, bottom, right, piece.text)


def lines_of(pages: Sequence[PageText]) -> list[tuple[int, str, int]]:
    """(0, text, page): a line a paragraph, a line a row of a table, in reading order."""
    out: list[tuple[int, str, int]] = []
    for page in pages:
        edge = max((piece.right for piece in page.pieces if piece.frame is None), default=0.0)
        last: PaperPiece | None = None
        row: list[PaperPiece] = []
        for piece in page.pieces:
            if row and (piece.frame is None or round(piece.top) != round(row[0].top)):
                out.append(_row_line(row))
                row = []
            if piece.frame is not None:
                row.append(piece)
                last = None
            elif last is not None and _follows(last, piece, edge):
                _, text, number = out[-1]
                room = edge - last.right
                out[-1] = (
                    0,
                    text + boxes.between(text, piece.text, room, piece.size) + piece.text,
                    number,
                )
                last = piece
            else:
                out.append((0, piece.text, page.number))
                last = piece
        if row:
            out.append(_row_line(row))
    return _over_pages(out, pages)


def _row_line(row: Sequence[PaperPiece]) -> tuple[int, str, int]:
    pieces = sorted(row, key=lambda piece: piece.left)
    return 0, "　｜　".join(piece.text for piece in pieces), row[0].page


def _follows(before: PaperPiece, piece: PaperPiece, edge: float) -> bool:
    """Whether a line goes on with the paragraph above it: right below, where that was full."""
    if piece.top - before.top > 2.2 * piece.size or piece.top <= before.top:
        return False
    return boxes.between(before.text, piece.text, edge - before.right, piece.size) != "\n"


def _over_pages(
    lines: list[tuple[int, str, int]], pages: Sequence[PageText]
) -> list[tuple[int, str, int]]:
    """A paragraph that a page broke in the middle of a sentence is one again."""
    edges = {}
    for page in pages:
        loose = [piece for piece in page.pieces if piece.frame is None]
        if loose and loose[-1] is page.pieces[-1]:
            edge = max(piece.right for piece in loose)
            edges[page.number] = edge - loose[-1].right < 2 * loose[-1].size
    out: list[tuple[int, str, int]] = []
    for level, text, page in lines:
        if out and out[-1][2] < page and edges.get(page - 1) and out[-1][2] == page - 1:
            before = out[-1][1]
            if not re.search(r"[。．」）)｜]$", before) and "｜" not in text:
                out[-1] = (level, before + text, out[-1][2])
                continue
        out.append((level, text, page))
    return out
