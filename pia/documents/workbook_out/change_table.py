"""The rows of 変更箇所 as a workbook and as CSV, and the rows back out of our own workbook.

Knows how a row is printed; must not know how rows are made from a ChangeSet. The printed cells may
be shortened; the whole rows travel in a hidden sheet. Serves 様式2 変更箇所, 様式3 別添2, 様式4
別添3.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...domain.errors import PiaError
from ...domain.proof.change_table import COLUMNS, TIMING, written
from .. import rehearsal
from ..csv_cells import harmless
from ..ooxml import carried, guard, package
from .page import TABLE_WIDTHS, PagePiece, SheetPage, split_row

SHEET = "変更箇所"
HIDDEN = "_pia_changes"
INHERITED = "引継ぎ（検証対象外）"


def printed(row: Mapping[str, Any]) -> list[str]:
    """The six cells of a row as a person reads them."""
    before = row.get("shown_before", row.get("before"))
    after = row.get("shown_after", row.get("after"))
    if not row.get("inherited"):
        if before in (None, ""):
            before = "（記載なし）"
        if after in (None, ""):
            after = "（削除）"
    timing = row.get("timing") or ""
    named = row.get("label") or row.get("citation") or row.get("item") or ""
    return [
        written(row.get("date")),
        named,
        before or "",
        after or "",
        TIMING.get(timing, timing),
        row.get("shown_explanation") or row.get("explanation") or "",
    ]


def lines(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The cells of every printed line: rows that stand inside an entry's (`inside`) are read
    there."""
    return [printed(row) for row in rows if not row.get("inside")]


def carries(rows: Sequence[Mapping[str, Any]], title: str, legend: str = "") -> dict[str, Any]:
    """What travels unseen with a printed table: its rows whole, and what stands above them."""
    return {"v": 1, "title": title, "legend": legend, "rows": list(map(dict, rows))}


def write_xlsx(rows: Sequence[Mapping[str, Any]], *, title: str, subtitle: str = "") -> bytes:
    """A4 landscape, heading repeated, heights computed; rows taken over from older workbooks are
    grey. Equal input gives equal bytes.
    """
    import xlsxwriter

    from .writer import settings

    legend = _legend(rows, subtitle)
    page, head = _page(rows, title, legend)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, settings())
    book.set_properties({"title": title, "created": datetime(1980, 1, 1)})
    _write_page(book, page, head)
    hidden = book.add_worksheet(HIDDEN)
    hidden.very_hidden()
    for index, text in enumerate(carried.to_cells(carries(rows, title, legend))):
        hidden.write_string(index, 0, text)
    book.close()
    return package.with_drawings(out.getvalue(), {})


def _legend(rows: Sequence[Mapping[str, Any]], subtitle: str) -> str:
    """The line below the title."""
    parts = []
    if subtitle:
        parts.append(subtitle)
    if any(row.get("inherited") for row in rows):
        parts.append(f"灰色の行は{INHERITED}です。")
    return "　".join(parts)


def _page(rows: Sequence[Mapping[str, Any]], title: str, legend: str) -> tuple[SheetPage, int]:
    """The table laid out, and the number of its heading row."""
    page = SheetPage(SHEET, TABLE_WIDTHS, landscape=True)
    page.add(PagePiece(1, 6, title, "title"), least=26)
    if legend:
        page.add(PagePiece(1, 6, legend, "small"))
    page.add_cells(COLUMNS, "head")
    head = len(page.rows) - 1
    for row in rows:
        style = "table"
        if row.get("inherited"):
            style = "inherited"
        if row.get("inside"):
            continue
        for texts in split_row(page, printed(row)):
            page.add_cells(texts, style)
    return page, head


def _write_page(book: Any, page: SheetPage, head: int) -> None:
    """The sheet a person sees."""
    from .writer import STYLES

    looks = {**STYLES, "inherited": {**STYLES["table"], "bg_color": "#EDEDED"}}
    styles = {}
    for name in ("title", "small", "head", "table", "inherited"):
        styles[name] = book.add_format(looks[name])
    sheet = book.add_worksheet(SHEET)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C&8&P / &N")
    sheet.set_header(rehearsal.header(""))
    sheet.hide_gridlines(2)
    sheet.repeat_rows(head, head)
    sheet.freeze_panes(head + 1, 0)
    for index, chars in enumerate(page.widths):
        sheet.set_column(index, index, chars)
    for number, row in enumerate(page.rows):
        sheet.set_row(number, row.height)
        for piece in row.pieces:
            first = piece.c1 - 1
            last = piece.c2 - 1
            style = styles[piece.style]
            if last > first:
                sheet.merge_range(number, first, number, last, "", style)
            if piece.text:
                sheet.write_string(number, first, piece.text, style)
            elif last == first:
                sheet.write_blank(number, first, None, style)


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The printed cells as CSV with a byte order mark, for Excel; what a spreadsheet would run as a
    formula is quoted with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in lines(rows):
        writer.writerow(list(map(harmless, cells)))
    return "\ufeff" + out.getvalue()


def read_xlsx(data: bytes, name: str = "") -> list[dict[str, Any]]:
    """The rows of a workbook `write_xlsx` made. PiaError when it is not one."""
    guard.check(data, name)
    rows = guard.in_child(_rows, data)
    if rows is None:
        called = ""
        if name:
            called = f"{name}："
        raise PiaError(
            f"{called}このソフトで作った変更箇所の表ではありません。"
            "pia change-table で作ったブックを選んでください。"
        )
    return rows


def _rows(data: bytes) -> list[dict[str, Any]] | None:
    from ..ooxml.book import open_book

    copy = carried.from_book(open_book(data), HIDDEN)
    if not isinstance(copy, dict) or copy.get("v") != 1:
        return None
    rows = copy.get("rows")
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    return None
