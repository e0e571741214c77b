"""A plain list as a workbook or as CSV: a title, a head, lines of text. Knows nothing of what it
lists.

Texts are written as texts: what begins like a formula stays what it is (in CSV with a leading
apostrophe).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import xlsxwriter

from ..csv_cells import harmless
from ..ooxml.measure import height

# columns are no wider than this; of a list with many
WIDE = 40
NARROW = 14
_ONE_LINE = 22.0  # points of a row that needs no height of its own
_HIGHEST = 409.0  # points a row of a workbook may have
MANY = 12  # columns from which on a list has many: wider ones would be too small in print


def workbook(
    title: str,
    head: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    heading: str = "",
    choices: Mapping[int, Sequence[str]] | None = None,
    links: Mapping[tuple[int, int], str] | None = None,
) -> bytes:
    """The bytes of an .xlsx with one sheet: the title (or a longer `heading`), the head, the lines,
    ready to be printed. `choices`: what may be chosen in the cells of a column, from 0; `links`:
    (line, column), from 0 → where the words of that cell lead to."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    # No clock of the machine: equal lists are equal files.
    book.set_properties({"title": title, "created": datetime(1980, 1, 1)})
    sheet = book.add_worksheet(title[:31])
    plain = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
    sheet.write_string(0, 0, heading or title, book.add_format({"bold": True, "font_size": 14}))
    listed = [list(head), *map(list, lines)]
    for row, line in enumerate(listed, 2):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text, bold if row == 2 else plain)
    blue = book.add_format(
        {"text_wrap": True, "valign": "top", "border": 1, "font_color": "#0000EE", "underline": 1}
    )
    for (line, column), address in (links or {}).items():
        sheet.write_url(line + 3, column, address, blue, listed[line + 1][column])
    if len(head) >= MANY:
        most = NARROW
    else:
        most = WIDE
    widths = []
    for column in range(len(head)):
        longest = max(len(line[column]) for line in listed)
        widths.append(min(most, 2 + 2 * longest))
        sheet.set_column(column, column, widths[-1])
    for row, line in enumerate(listed, 2):
        high = max(height(text, 7 * width, 11) for text, width in zip(line, widths))
        if high > _ONE_LINE:
            # Not every program makes a row as high as its words.
            sheet.set_row(row, min(high, _HIGHEST))
    for column, words in (choices or {}).items():
        rule = {"validate": "list", "source": list(words), "error_type": "warning"}
        sheet.data_validation(3, column, max(3, len(listed) + 1), column, rule)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def text(head: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    """The list as CSV, UTF-8 with the mark office programs look for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in [head, *lines]:
        writer.writerow(list(map(harmless, line)))
    return b"\xef\xbb\xbf" + out.getvalue().encode()
