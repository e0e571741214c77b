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
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...domain.errors import PiaError
from ...domain.proof.cells import BLANKS, Cell, Row, Table
from .. import rehearsal
from ..ooxml import carried, guard
from ..ooxml.book import Book, BookCell, BookSheet, address, open_book, rows_of
from ..ooxml.measure import CONTINUED, CONTINUED_INLINE
from ..papers import class_print
from .pdf import PdfBox, PdfDocument, PdfPage

_QUOTED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_SHORT = 40  # letters of what is repeated in a row that goes on
_ABOVE = 10  # lines that may stand above the heads of a CSV file
_LAID = "図形や画像が重ねられています。"
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
    for each_sheet in book.sheets:
        if (
            each_sheet.state != "visible"
            or each_sheet.name == hidden
            or (sheet and each_sheet.name != sheet)
        ):
            continue
        rows = rows_of([cell for cell in each_sheet.cells if not cell.hidden])
        top = next(
            (
                index
                for index, row in enumerate(rows)
                if any(is_head([cell.text for cell in row], names) for names in columns)
            ),
            None,
        )
        if top is not None:
            return _sheet_table(book, each_sheet, rows, top, columns, key, unseen)
    return None


def carried_in_book(data: bytes, name: str, hidden: str) -> Any:
    """What a workbook's hidden sheet carries; None where there is none."""
    guard.check(data, name)
    return guard.in_child(_carried, data, hidden)


def _carried(data: bytes, hidden: str) -> Any:
    return carried.from_book(open_book(data), hidden)


def is_head(texts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row is the heads of a table, also where one of them was altered."""
    said = set()
    for text in texts:
        said.add(_plain(text))
    found = sum(_plain(name) in said for name in names)
    return found >= max(2, len(names) - 2) and abs(len(texts) - len(names)) <= 2


def _plain(text: str) -> str:
    return "".join(text.split())


def _sheet_table(
    book: Book,
    sheet: BookSheet,
    rows: list[list[BookCell]],
    top: int,
    columns: Sequence[Sequence[str]],
    key: int,
    unseen: Any,
) -> Table:
    heads = rows[top]
    names = max(
        columns,
        key=lambda texts: (
            len(texts) == len(heads),
            sum(_plain(head.text) in map(_plain, texts) for head in heads),
        ),
    )
    order = _order([head.text for head in heads], names, [head.col for head in heads])
    where = book.where
    out: list[Row] = []
    around = []
    for row in rows[:top]:
        for cell in row:
            around.append(_cell(cell, where))
    stray: list[Cell] = []
    for row in rows[top + 1 :]:
        last = max(order)
        if (
            len(row) == 1
            and row[0].col <= min(order)
            and (row[0].col2 >= last or (row[0].col == min(order) and _remark(row[0].text)))
        ):
            if row[0].col2 >= last:
                out.append(Row((_cell(row[0], where),), whole=True))
            else:
                around.append(_cell(row[0], where))
            continue
        by_col = {}
        for cell in row:
            by_col[cell.col] = cell
        cells = tuple(
            _cell(by_col[col], where)
            if col in by_col
            else Cell("", f"{sheet.name}!{address(row[0].row, col)}")
            for col in order
        )
        stray += [_cell(cell, where) for cell in row if cell.col not in order]
        if out and not out[-1].whole and cells[key].text.endswith((CONTINUED, CONTINUED_INLINE)):
            out[-1] = _goes_on(out[-1], cells, key)
        elif any(cell.text for cell in cells):
            out.append(Row(cells, open=key > 0 and not cells[0].text))
    head_cells = tuple(
        next(
            (_cell(head, where) for head in heads if head.col == col),
            Cell("", f"{sheet.name}!{address(heads[0].row, col)}"),
        )
        for col in order
    )
    if sheet.drawing:
        over = (_LAID,)
    else:
        over = ()
    return Table((head_cells,), tuple(out), tuple(around), tuple(stray), over, unseen)


def _remark(text: str) -> bool:
    return text.startswith(("備考", "　", "変更はない"))


def _order(texts: Sequence[str], names: Sequence[str], cols: Sequence[int]) -> list[int]:
    """The sheet's columns in the order of the names: as they stand, or by their heads where
    somebody put them in another order.
    """
    said = []
    for text in texts:
        said.append(_plain(text))
    if sorted(said) == sorted(map(_plain, names)):
        colses = []
        for name in names:
            colses.append(cols[said.index(_plain(name))])
        return colses
    due = []
    for name in names:
        due.append(_plain(name))
    starts = Counter(col - due.index(words) for col, words in zip(cols, said) if words in due)
    first = max(starts.most_common(1)[0][0] if starts else cols[0], min(1, cols[0]))
    return list(range(first, first + len(names)))


def _cell(c: BookCell, where: Any) -> Cell:
    return Cell(c.text, where(c))


def _goes_on(row: Row, more: Sequence[Cell], key: int) -> Row:
    """A row with the one below it that continues it. What is repeated there (a page's number) is
    the same once.
    """
    cells = []
    for index, (cell, each_cell) in enumerate(zip(row.cells, more)):
        repeated = (
            bool(each_cell.text) and each_cell.text == cell.text and len(each_cell.text) < _SHORT
        )
        if index == key or repeated:
            cells.append(cell)
        else:
            cells.append(cell.with_more(each_cell))
    named = more[key].text.removesuffix(CONTINUED).removesuffix(CONTINUED_INLINE)
    if named and named != cells[key].text:
        cells[key] = cells[key].with_more(replace(more[key], text=named))
    return Row(tuple(cells))


def of_csv(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """The table of a CSV file; the apostrophe before what a spreadsheet would run is undone.
    PiaError when it is none.
    """
    if name:
        said = f"{name}："
    else:
        said = ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp932")  # as a spreadsheet saves it again in Japan
        except UnicodeDecodeError as unicode_decode_error:
            raise PiaError(
                f"{said}文字コードがUTF-8でもシフトJISでもないため読めません。"
                "UTF-8で保存し直してください。"
            ) from unicode_decode_error
    try:
        rows = list(
            csv.reader(
                io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline=""), strict=True
            )
        )
    except csv.Error as unicode_decode_error:
        raise PiaError(
            f"{said}CSVとして読めません。pia change-table --format csv で作り直してください。"
        ) from unicode_decode_error
    top = next((index for index, row in enumerate(rows[:_ABOVE]) if is_head(row, columns)), None)
    if top is None:
        raise PiaError(
            f"{said}変更箇所の表ではありません。{'・'.join(columns)}の見出しが必要です。"
        )
    order = _order(rows[top], columns, range(len(rows[top])))
    made = [
        [Cell(_unquoted(letter), f"{line}行{col}列") for col, letter in enumerate(row, 1)]
        for line, row in enumerate(rows, 1)
    ]

    def arranged(line: int) -> tuple[Cell, ...]:
        here = made[line]
        found = []
        for index in order:
            if index < len(here):
                found.append(here[index])
            else:
                found.append(Cell("", f"{line + 1}行{index + 1}列"))
        return tuple(found)

    body = []
    for index in range(top + 1, len(rows)):
        if any(rows[index]):
            body.append(arranged(index))
    stray = []
    for cells in made[top:]:
        for index, cell in enumerate(cells):
            if index not in order and cell.text:
                stray.append(cell)
    around = []
    for cells in made[:top]:
        for cell in cells:
            if cell.text:
                around.append(cell)
    return Table((arranged(top),), tuple(map(Row, body)), tuple(around), tuple(stray))


def _unquoted(text: str) -> str:
    if text.startswith(_QUOTED):
        return text[1:]
    return text


def of_pdf(read: PdfDocument, columns: Sequence[Sequence[str]], none: str = "") -> Table | None:
    """The table of a PDF on the pages that have its heads; None where no page has and none says
    `none` (that there are no rows).
    """
    heads: list[tuple[Cell, ...]] = []
    rows: list[Row] = []
    around: list[Cell] = []
    stray: list[Cell] = []
    over: list[str] = []
    for page in read.pages:
        top = next(
            (
                index
                for index, row in enumerate(page.rows)
                if any(is_head([box.text for box in row], names) for names in columns)
            ),
            None,
        )
        if top is None:
            if heads:
                around += _lines(page)
            else:
                around += []
            continue
        first = not heads
        heads.append(
            tuple(
                Cell(_bare(box.text), f"{page.number}頁の見出し", BLANKS) for box in page.rows[top]
            )
        )
        around += _lines(page)
        over += [f"{page.number}頁：{words}" for words in page.over]
        # heads may stand once more where a row was cut
        again = []
        for box in page.rows[top]:
            again.append(_plain(box.text))
        below = []
        for boxes in page.rows[top + 1 :]:
            if [_plain(box.text) for box in boxes] != again:
                below.append(boxes)
        made = []
        for number, boxes in enumerate(below, 1):
            made.append(_pdf_row(page, number, boxes, page.rows[top], stray))
        rows += [
            Row(row.cells, not first and index == 0 and not row.whole, row.whole)
            for index, row in enumerate(made)
        ]
    given = list(read.carried.values())
    if not heads:
        lines = []
        for page in read.pages:
            for line in _lines(page):
                lines.append(line)
        empty = bool(none) and none in [line.text for line in lines]
        if empty:
            return Table((), (), tuple(lines), carried=given[0] if len(given) == 1 else None)
        return None
    return Table(
        tuple(heads),
        tuple(rows),
        tuple(around),
        tuple(stray),
        tuple(over),
        given[0] if len(given) == 1 else None,
    )


def _lines(page: PdfPage) -> list[Cell]:
    """What stands outside of the table on a page, but for what a paper says of itself: that it is a
    rehearsal's, and its class."""
    said = []
    for line in page.lines:
        if line != rehearsal.WORDS and not class_print.is_line(line):
            said.append(line)
    cells = []
    for line in said:
        cells.append(Cell(line, f"{page.number}頁", BLANKS))
    return cells


def _pdf_row(
    page: PdfPage, number: int, boxes: Sequence[PdfBox], heads: Sequence[PdfBox], stray: list[Cell]
) -> Row:
    at = f"{page.number}頁{number}行目"
    if (
        len(boxes) == 1
        and boxes[0].left <= heads[0].left + _SAME
        and boxes[0].right >= heads[-1].right - _SAME
    ):
        return Row((Cell(_bare(boxes[0].text), at, BLANKS),), whole=True)
    cells = []
    left = list(boxes)
    for head in heads:
        mine = []
        for box in left:
            if abs(box.left - head.left) <= _SAME:
                mine.append(box)
        left = [box for box in left if box not in mine]
        cells.append(Cell(_bare("".join(box.text for box in mine)), at, BLANKS))
    stray += [Cell(box.text, at, BLANKS) for box in left if box.text.strip()]
    return Row(tuple(cells))


def _bare(text: str) -> str:
    if text.strip():
        return text
    return ""


def of_docx(
    data: bytes, name: str, columns: Sequence[Sequence[str]], none: str = ""
) -> Table | None:
    """The table of a Word file under heads like one of `columns`; None where no table has them and
    no line says `none` (that there are no rows).
    """
    from ..word import reader
    from ..word.model import PaperTable, Para

    book = reader.opened(data, name or "文書")
    sheet, beyond = reader.read_book(book, name or "文書")
    at = next(
        (
            index
            for index, x in enumerate(sheet.items)
            if isinstance(x, PaperTable)
            and x.rows
            and any(is_head([cell.text for cell in x.rows[0]], column) for column in columns)
        ),
        None,
    )
    lines = []
    for x in sheet.items:
        if isinstance(x, Para) and x.text.strip() and not class_print.is_line(x.text):
            lines.append(x.text)
    around = tuple(Cell(text, f"表の外の{number}行目") for number, text in enumerate(lines, 1))
    if at is None:
        if none and none in lines:
            return Table((), (), around, carried=reader.carried(book))
        return None
    grid = sheet.items[at]
    assert isinstance(grid, PaperTable)
    heads = tuple(
        Cell(cell.text, f"見出し{one_number}列目")
        for one_number, cell in enumerate(grid.rows[0], 1)
    )
    rows = []
    stray: list[Cell] = []
    for number, cells in enumerate(grid.rows[1:], 1):
        made = tuple(
            Cell(cell.text, f"表{number}行{each_number}列")
            for each_number, cell in enumerate(cells, 1)
        )
        whole = len(cells) == 1 and cells[0].span >= len(heads)
        rows.append(
            Row(made if whole else tuple(_padded(made, len(heads), f"表{number}行目")), whole=whole)
        )
        if not whole:
            stray += made[len(heads) :]
    more = []
    for x in sheet.items[at + 1 :]:
        if isinstance(x, PaperTable):
            for row in x.rows:
                for cell in row:
                    if cell.text.strip():
                        more.append(cell)
    stray += [Cell(cell.text, "後の表") for cell in more]
    over = tuple(
        problem.sentence
        for problem in beyond
        if problem.sentence.startswith(("図や画像", "埋め込まれた物", "確定していない"))
    )
    if reader.hidden_text(book):
        over += ("見えない文字があります。",)
    else:
        over += ()
    return Table(
        (heads,),
        tuple(rows),
        around,
        tuple(cell for cell in stray if cell.text),
        over,
        reader.carried(book),
    )


def _padded(cells: Sequence[Cell], count: int, at: str) -> Iterator[Cell]:
    yield from cells[:count]
    for _ in range(count - len(cells)):
        yield Cell("", at)
