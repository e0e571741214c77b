"""Tables as people read them, out of workbooks, CSV, Word files and PDFs: the cells that are shown,
with the words for where each stands.

Knows file formats, also as other programs save them again; what a table must say is others' matter.
Hidden rows and columns are not read (nobody sees them); what travels unseen in the file is handed
out beside the cells. Serves R14: a proof reads what people read.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...domain.errors import PiaError, Problem
from ...domain.proof.cells import BLANKS, Cell, SeenRow, Table
from .. import rehearsal
from ..ooxml import carried, guard
from ..ooxml.book import Book, BookCell, BookSheet, address, open_book, rows_of
from ..ooxml.measure import CONTINUED, CONTINUED_INLINE
from ..papers import class_print
from ..word.model import PaperCell, PaperTable, Para, WrittenPaper
from .pdf import PdfBox, PdfDocument, PdfPage

_QUOTED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_SHORT = 40  # letters of what is repeated in a row that goes on
_ABOVE = 10  # lines that may stand above the heads of a CSV file
_LAID = "図形や画像が重ねられています。"
_REMARKS = ("備考", "　", "変更はない")
_SAME = 2.0  # points by which a cell may stand beside its column's head


def of_book(
    data: bytes, name: str, columns: Sequence[Sequence[str]], key: int, hidden: str, sheet: str = ""
) -> Table | None:
    """The table of a workbook under heads like one of `columns` (of the sheet named, or the first
    that has one), with what its hidden sheet carries; None where no sheet has one. `key`: the
    column in which a row says that it goes on.
    """
    guard.check(data, name)
    return guard.in_child(_of_book, data, columns, key, hidden, sheet)


def _of_book(
    data: bytes, columns: Sequence[Sequence[str]], key: int, hidden: str, sheet: str
) -> Table | None:
    book = open_book(data)
    unseen = carried.from_book(book, hidden)
    for shown in book.sheets:
        if shown.state != "visible" or shown.name == hidden or (sheet and shown.name != sheet):
            continue
        rows = rows_of([cell for cell in shown.cells if not cell.hidden])
        top = _top(list(map(_texts, rows)), columns)
        if top is not None:
            reader = _SheetTable(book, shown, rows[top], columns, key)
            return reader.table(rows, top, unseen)
    return None


def _top(rows: Iterable[Sequence[str]], columns: Sequence[Sequence[str]]) -> int | None:
    """The index of the first row that is the heads of a table under one of `columns`."""
    for index, texts in enumerate(rows):
        if any(is_head(texts, names) for names in columns):
            return index
    return None


def _texts(cells: Sequence[BookCell | PdfBox | PaperCell]) -> list[str]:
    return [cell.text for cell in cells]


def carried_in_book(data: bytes, name: str, hidden: str) -> Any:
    """What a workbook's hidden sheet carries; None where there is none."""
    guard.check(data, name)
    return guard.in_child(_carried, data, hidden)


def _carried(data: bytes, hidden: str) -> Any:
    return carried.from_book(open_book(data), hidden)


def is_head(texts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row is the heads of a table, also where one of them was altered."""
    printed = set(map(_plain, texts))
    agreeing = sum(_plain(name) in printed for name in names)
    return agreeing >= max(2, len(names) - 2) and abs(len(texts) - len(names)) <= 2


def _plain(text: str) -> str:
    return "".join(text.split())


class _SheetTable:
    """One sheet of a workbook whose table is read: the rows below its heads, a row for each that
    does not go on from the one above, and what stands beside and above them.
    """

    def __init__(
        self,
        book: Book,
        sheet: BookSheet,
        heads: Sequence[BookCell],
        columns: Sequence[Sequence[str]],
        key: int,
    ):
        self.book = book
        self.sheet = sheet
        self.key = key
        names = max(columns, key=partial(_likeness, _texts(heads)))
        # The sheet's column of each name.
        self.order = _order(_texts(heads), names, [head.col for head in heads])
        self.rows: list[SeenRow] = []
        self.around: list[Cell] = []
        self.stray: list[Cell] = []

    def table(self, rows: Sequence[Sequence[BookCell]], top: int, unseen: Any) -> Table:
        """The table whose heads are row `top`; `unseen` is what the workbook carries."""
        for row in rows[:top]:
            self.around += map(self._cell, row)
        for row in rows[top + 1 :]:
            self._add(row)
        over = ()
        if self.sheet.drawing:
            over = (_LAID,)
        return Table(
            (self._in_columns(rows[top]),),
            tuple(self.rows),
            tuple(self.around),
            tuple(self.stray),
            over,
            unseen,
        )

    def _add(self, row: Sequence[BookCell]) -> None:
        """A row below the heads: a heading over all columns, a remark, a row or the end of one."""
        if self._is_heading(row):
            self.rows.append(SeenRow((self._cell(row[0]),), whole=True))
            return
        if self._is_remark(row):
            self.around.append(self._cell(row[0]))
            return
        for cell in row:
            if cell.col not in self.order:
                self.stray.append(self._cell(cell))
        cells = self._in_columns(row)
        below_row = bool(self.rows) and not self.rows[-1].whole
        if below_row and cells[self.key].text.endswith((CONTINUED, CONTINUED_INLINE)):
            self.rows[-1] = _goes_on(self.rows[-1], cells, self.key)
        elif any(cell.text for cell in cells):
            self.rows.append(SeenRow(cells, open=self.key > 0 and not cells[0].text))

    def _is_heading(self, row: Sequence[BookCell]) -> bool:
        first = row[0]
        return len(row) == 1 and first.col <= min(self.order) and first.col2 >= max(self.order)

    def _is_remark(self, row: Sequence[BookCell]) -> bool:
        return len(row) == 1 and row[0].col == min(self.order) and row[0].text.startswith(_REMARKS)

    def _in_columns(self, row: Sequence[BookCell]) -> tuple[Cell, ...]:
        """The cells of a row in the order of the names; blank where none begins in a column."""
        by_column = {cell.col: cell for cell in row}
        cells = []
        for column in self.order:
            if column in by_column:
                cells.append(self._cell(by_column[column]))
            else:
                cells.append(Cell("", f"{self.sheet.name}!{address(row[0].row, column)}"))
        return tuple(cells)

    def _cell(self, cell: BookCell) -> Cell:
        return Cell(cell.text, self.book.where(cell))


def _likeness(heads: Sequence[str], names: Sequence[str]) -> tuple[bool, int]:
    """How well the heads of a sheet agree with the names of columns."""
    plain_names = set(map(_plain, names))
    return len(names) == len(heads), sum(_plain(head) in plain_names for head in heads)


def _order(texts: Sequence[str], names: Sequence[str], columns: Sequence[int]) -> list[int]:
    """The sheet's columns in the order of the names: as they stand, or by their heads where
    somebody put them in another order.
    """
    printed = list(map(_plain, texts))
    due = list(map(_plain, names))
    if sorted(printed) == sorted(due):
        return [columns[printed.index(name)] for name in due]
    starts: Counter[int] = Counter()
    for column, text in zip(columns, printed):
        if text in due:
            starts[column - due.index(text)] += 1
    if starts:
        start = starts.most_common(1)[0][0]
    else:
        start = columns[0]
    first = max(start, min(1, columns[0]))
    return list(range(first, first + len(names)))


def _goes_on(row: SeenRow, below: Sequence[Cell], key: int) -> SeenRow:
    """A row with the one below it that continues it. What is repeated there (a page's number) is
    the same once.
    """
    cells = []
    for index, (cell, more) in enumerate(zip(row.cells, below)):
        repeated = bool(more.text) and more.text == cell.text and len(more.text) < _SHORT
        if index == key or repeated:
            cells.append(cell)
        else:
            cells.append(cell.with_more(more))
    named = below[key].text.removesuffix(CONTINUED).removesuffix(CONTINUED_INLINE)
    if named and named != cells[key].text:
        cells[key] = cells[key].with_more(replace(below[key], text=named))
    return SeenRow(tuple(cells))


def of_csv(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """The table of a CSV file; the apostrophe before what a spreadsheet would run is undone.
    PiaError when it is none.
    """
    called = ""
    if name:
        called = f"{name}："
    rows = _csv_rows(_csv_text(data, called), called)
    top = _top(rows[:_ABOVE], (columns,))
    if top is None:
        raise PiaError(
            f"{called}変更箇所の表ではありません。{'・'.join(columns)}の見出しが必要です。"
        )
    order = _order(rows[top], columns, range(len(rows[top])))
    body = []
    around: list[Cell] = []
    stray: list[Cell] = []
    for index, texts in enumerate(rows):
        cells = list(_csv_cells(texts, index + 1))
        if index < top:
            around += _filled(cells)
            continue
        stray += _filled(cell for place, cell in enumerate(cells) if place not in order)
        if index > top and any(texts):
            body.append(SeenRow(_csv_columns(cells, order, index + 1)))
    heads = _csv_columns(list(_csv_cells(rows[top], top + 1)), order, top + 1)
    return Table((heads,), tuple(body), tuple(around), tuple(stray))


def _csv_text(data: bytes, called: str) -> str:
    """The letters of the file: UTF-8, or as a spreadsheet saves it again in Japan."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp932")
    except UnicodeDecodeError as error:
        raise PiaError(
            f"{called}文字コードがUTF-8でもシフトJISでもないため読めません。"
            "UTF-8で保存し直してください。"
        ) from error


def _csv_rows(text: str, called: str) -> list[list[str]]:
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
    try:
        return list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise PiaError(
            f"{called}CSVとして読めません。pia change-table --format csv で作り直してください。"
        ) from error


def _csv_cells(texts: Sequence[str], line: int) -> Iterator[Cell]:
    for column, text in enumerate(texts, 1):
        yield Cell(_unquoted(text), f"{line}行{column}列")


def _csv_columns(cells: Sequence[Cell], order: Sequence[int], line: int) -> tuple[Cell, ...]:
    """The cells of a line in the order of the names; blank where the line is too short."""
    arranged = []
    for index in order:
        if index < len(cells):
            arranged.append(cells[index])
        else:
            arranged.append(Cell("", f"{line}行{index + 1}列"))
    return tuple(arranged)


def _filled(cells: Iterable[Cell]) -> Iterator[Cell]:
    return (cell for cell in cells if cell.text)


def _unquoted(text: str) -> str:
    if text.startswith(_QUOTED):
        return text[1:]
    return text


def of_pdf(read: PdfDocument, columns: Sequence[Sequence[str]], none: str = "") -> Table | None:
    """The table of a PDF on the pages that have its heads; None where no page has and none says
    `none` (that there are no rows).
    """
    copies = list(read.carried.values())
    copy = None
    if len(copies) == 1:
        copy = copies[0]
    reader = _PdfReader()
    for page in read.pages:
        top = _top(list(map(_texts, page.rows)), columns)
        if top is not None:
            reader.add(page, top)
        elif reader.heads:
            reader.around += _lines(page)
    if reader.heads:
        return reader.table(copy)
    around: list[Cell] = []
    for page in read.pages:
        around += _lines(page)
    if none and any(line.text == none for line in around):
        return Table((), (), tuple(around), carried=copy)
    return None


class _PdfReader:
    """The table of a PDF, page by page from the first that has its heads."""

    def __init__(self) -> None:
        self.heads: list[tuple[Cell, ...]] = []
        self.rows: list[SeenRow] = []
        self.around: list[Cell] = []
        self.stray: list[Cell] = []
        self.over: list[str] = []

    def add(self, page: PdfPage, top: int) -> None:
        """A page whose row `top` is the heads; its first row may go on from the page before."""
        heads = page.rows[top]
        self.around += _lines(page)
        self.over += page.laid_over()
        for number, boxes in enumerate(_below(page, top), 1):
            row, beside = _pdf_row(boxes, heads, f"{page.number}頁{number}行目")
            begins = number == 1 and bool(self.heads) and not row.whole
            self.rows.append(replace(row, open=begins))
            self.stray += beside
        self.heads.append(tuple(_pdf_cell(box.text, f"{page.number}頁の見出し") for box in heads))

    def table(self, copy: Any) -> Table:
        """All pages in one; `copy` is what the file carries."""
        return Table(
            tuple(self.heads),
            tuple(self.rows),
            tuple(self.around),
            tuple(self.stray),
            tuple(self.over),
            copy,
        )


def _below(page: PdfPage, top: int) -> Iterator[Sequence[PdfBox]]:
    """The rows below the heads, which may stand once more where a row was cut."""
    heads = [_plain(box.text) for box in page.rows[top]]
    for boxes in page.rows[top + 1 :]:
        if [_plain(box.text) for box in boxes] != heads:
            yield boxes


def _lines(page: PdfPage) -> Iterator[Cell]:
    """What stands outside of the table on a page, but for what a paper says of itself: that it is a
    rehearsal's, and its class."""
    for line in page.lines:
        if line != rehearsal.WORDS and not class_print.is_line(line):
            yield Cell(line, f"{page.number}頁", BLANKS)


def _pdf_row(
    boxes: Sequence[PdfBox], heads: Sequence[PdfBox], at: str
) -> tuple[SeenRow, Iterator[Cell]]:
    """The boxes below the heads they stand under, and those that stand under none."""
    first = boxes[0]
    from_the_left = first.left <= heads[0].left + _SAME
    if len(boxes) == 1 and from_the_left and first.right >= heads[-1].right - _SAME:
        return SeenRow((_pdf_cell(first.text, at),), whole=True), iter(())
    cells = []
    left = list(boxes)
    for head in heads:
        under = []
        for box in left:
            if abs(box.left - head.left) <= _SAME:
                under.append(box)
        left = [box for box in left if box not in under]
        cells.append(_pdf_cell("".join(_texts(under)), at))
    return SeenRow(tuple(cells)), (Cell(box.text, at, BLANKS) for box in left if box.text.strip())


def _pdf_cell(text: str, at: str) -> Cell:
    """A cell of a page; blanks alone are nothing."""
    return Cell(text if text.strip() else "", at, BLANKS)


def of_docx(
    data: bytes, name: str, columns: Sequence[Sequence[str]], none: str = ""
) -> Table | None:
    """The table of a Word file under heads like one of `columns`; None where no table has them and
    no line says `none` (that there are no rows).
    """
    from ..word import reader

    book = reader.opened(data, name or "文書")
    paper, beyond = reader.read_book(book, name or "文書")
    lines = list(_paper_lines(paper))
    around = tuple(Cell(text, f"表の外の{number}行目") for number, text in enumerate(lines, 1))
    tables = []
    for item in paper.items:
        if isinstance(item, PaperTable):
            tables.append(item)
    at = _top(map(_first_texts, tables), columns)
    if at is None:
        if none and none in lines:
            return Table((), (), around, carried=reader.carried(book))
        return None
    heads, *below = tables[at].rows
    rows: list[SeenRow] = []
    stray: list[Cell] = []
    for number, cells in enumerate(below, 1):
        row, beside = _docx_row(cells, len(heads), number)
        rows.append(row)
        stray += _filled(beside)
    for table in tables[at + 1 :]:
        stray += _later_cells(table)
    return Table(
        (tuple(_docx_heads(heads)),),
        tuple(rows),
        around,
        tuple(stray),
        tuple(_docx_over(beyond, reader.hidden_text(book))),
        reader.carried(book),
    )


def _first_texts(table: PaperTable) -> list[str]:
    if table.rows:
        return _texts(table.rows[0])
    return []


def _docx_heads(heads: Sequence[PaperCell]) -> Iterator[Cell]:
    for column, head in enumerate(heads, 1):
        yield Cell(head.text, f"見出し{column}列目")


def _paper_lines(paper: WrittenPaper) -> Iterator[str]:
    """The lines of a paper outside its tables, but for the class it says of itself."""
    for item in paper.items:
        if isinstance(item, Para) and item.text.strip() and not class_print.is_line(item.text):
            yield item.text


def _docx_row(
    cells: Sequence[PaperCell], columns: int, number: int
) -> tuple[SeenRow, Sequence[Cell]]:
    """A row of the table filled up to its columns, and the cells beyond them."""
    read = []
    for place, cell in enumerate(cells, 1):
        read.append(Cell(cell.text, f"表{number}行{place}列"))
    if len(cells) == 1 and cells[0].span >= columns:
        return SeenRow(tuple(read), whole=True), ()
    lacking = [Cell("", f"表{number}行目")] * (columns - len(read))
    return SeenRow((*read[:columns], *lacking)), read[columns:]


def _later_cells(table: PaperTable) -> Iterator[Cell]:
    """The words of a table behind the one that is read."""
    for row in table.rows:
        for cell in row:
            if cell.text.strip():
                yield Cell(cell.text, "後の表")


def _docx_over(beyond: Sequence[Problem], hidden: bool) -> Iterator[str]:
    """What lies over the text or is hidden in it, in words."""
    for problem in beyond:
        if problem.sentence.startswith(("図や画像", "埋め込まれた物", "確定していない")):
            yield problem.sentence
    if hidden:
        yield "見えない文字があります。"
