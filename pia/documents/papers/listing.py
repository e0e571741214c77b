"""A plain table as a workbook or CSV: a title, what it is about, headings, rows of text.

Knows no table in particular. A cell that begins as a formula stays text: a workbook's cells are
strings, a CSV's get an apostrophe before them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ...domain.errors import PiaError
from ..csv_cells import harmless
from ..ooxml.package import pack
from ..word.model import PaperTable, WrittenPaper, cell, para

_SHADE = "DFE5EC"
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
Rows = Sequence[Sequence[str]]


def write(fmt: str, title: str, about: Sequence[str], headings: Sequence[str], rows: Rows) -> bytes:
    """The bytes of a table. `about`: lines above the headings. PiaError for another format; equal
    input gives equal bytes.
    """
    if fmt == "csv":
        return _csv([[title], *([line] for line in about), headings, *rows])
    if fmt == "xlsx":
        return _xlsx(title, about, headings, rows)
    raise PiaError("形式は xlsx か csv です。")


def paper(
    title: str, about: Sequence[str], headings: Sequence[str], rows: Rows, widths: Sequence[float]
) -> WrittenPaper:
    """The same as a paper; `widths` of the columns in points."""
    grid = [tuple(cell(text, bold=True, shade=_SHADE) for text in headings)]
    for row in rows:
        grid.append(tuple(cell(text, size=9) for text in row))
    table = PaperTable(tuple(widths), tuple(grid), heads=1)
    head = para(title, bold=True, size=14.0, align="center", after=6.0, level=1)
    return WrittenPaper(title, (head, *map(para, about), table))


def _csv(rows: Rows) -> bytes:
    """Rows as CSV with the mark office programs look for."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(list(map(harmless, row)))
    return out.getvalue().encode("utf-8-sig")


def _xlsx(title: str, about: Sequence[str], headings: Sequence[str], rows: Rows) -> bytes:
    import zipfile
    from datetime import datetime

    import xlsxwriter

    out = io.BytesIO()
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
    sheet = book.add_worksheet(title[:31])
    strong = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    for line, text in enumerate((title, *about)):
        sheet.write_string(line, 0, text)
    first = len(about) + 1
    for column, text in enumerate(headings):
        sheet.write_string(first, column, text, strong)
        sheet.set_column(column, column, 20)
    for line, row in enumerate(rows, first + 1):
        for column, text in enumerate(row):
            sheet.write_string(line, column, text, plain)
    sheet.freeze_panes(first + 1, 0)
    sheet.repeat_rows(first)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    with zipfile.ZipFile(out) as parts:
        return pack({part.filename: parts.read(part) for part in parts.infolist()})
