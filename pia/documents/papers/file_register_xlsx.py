"""個人情報ファイル簿 as a workbook: the list, then a 単票 a sheet, each linked with the other,
ready to be printed on A4.

Knows the spreadsheet format. It writes what it is handed: what anybody may read is decided before.
Equal input gives equal bytes; nothing written can become a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from ...domain.wareki import written
from ..ooxml.measure import height

TITLE = "個人情報ファイル簿"
_LIST = (("番号", 6), ("ファイルの名称", 36), ("機関の名称", 16), ("組織の名称", 24))
_MORE = (("利用目的", 40), ("公表日", 18))
_LABEL, _WORDS = 28, 64  # widths of the columns of a 単票
_BAD = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_HIGHEST = 409.0
_CELL = 32_000


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file as the workbook shows it: its items that go out as (label, words), what it is for, its
    latest day, and earlier days with what changed, a line each."""

    name: str
    organ: str
    department: str
    purpose: str
    day: date
    items: tuple[tuple[str, str], ...]
    history: tuple[tuple[date, tuple[str, ...]], ...]


def write(files: Sequence[SheetFile], today: date) -> bytes:
    """The workbook's bytes. `today`: the day it says it shows."""
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
    # No clock of the machine: equal registers are equal files.
    book.set_properties({"title": TITLE, "created": datetime(1980, 1, 1)})
    base: dict[str, Any] = {"text_wrap": True, "valign": "top", "border": 1}
    looks = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"font_size": 9}),
        "head": book.add_format({**base, "bold": True, "bg_color": "#E4E9EF"}),
        "cell": book.add_format(base),
        "link": book.add_format({**base, "font_color": "#0000EE", "underline": 1}),
        "back": book.add_format({"font_color": "#0000EE", "underline": 1}),
    }
    names = [sheet_name(number, file.name) for number, file in enumerate(files, 1)]
    _list(book.add_worksheet(TITLE), files, names, today, looks)
    for file, name in zip(files, names, strict=True):
        _sheet(book.add_worksheet(name), file, looks)
    book.close()
    return out.getvalue()


def sheet_name(number: int, name: str) -> str:
    """The name of a 単票's sheet: its number in the list, and as much of its name as fits."""
    return f"{number:03}_{_BAD.sub('', name)}"[:31]


def _list(
    sheet: Any,
    files: Sequence[SheetFile],
    names: Sequence[str],
    today: date,
    looks: dict[str, Any],
) -> None:
    columns = (*_LIST, *_MORE)
    sheet.write_string(0, 0, TITLE, looks["title"])
    sheet.write_string(1, 0, f"{written(today)}現在　{len(files)}件", looks["note"])
    for column, (label, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, label, looks["head"])
    for row, (file, name) in enumerate(zip(files, names, strict=True), 4):
        cells = [
            str(row - 3),
            file.name,
            file.organ,
            file.department,
            file.purpose,
            written(file.day),
        ]
        for column, words in enumerate(cells):
            sheet.write_string(row, column, words[:_CELL], looks["cell"])
        sheet.write_url(row, 1, f"internal:'{name}'!A1", looks["link"], file.name[:255])
        _raise(sheet, row, cells, [width for _, width in columns])
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _sheet(sheet: Any, file: SheetFile, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, _LABEL)
    sheet.set_column(1, 1, _WORDS)
    sheet.write_string(0, 0, f"{TITLE}（単票）", looks["title"])
    sheet.write_url(1, 0, f"internal:'{TITLE}'!A1", looks["back"], "一覧へ")
    rows = [*file.items, ("公表日", written(file.day))]
    for day, changes in file.history:
        if changes:
            rows.append((f"{written(day)}の修正", "\n".join(changes)))
    for row, (label, words) in enumerate(rows, 3):
        sheet.write_string(row, 0, label, looks["head"])
        sheet.write_string(row, 1, words[:_CELL], looks["cell"])
        _raise(sheet, row, [label, words], [_LABEL, _WORDS])
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _raise(sheet: Any, row: int, cells: Sequence[str], widths: Sequence[int]) -> None:
    """Not every program makes a row as high as its words."""
    high = max(height(words, 7 * width, 11) for words, width in zip(cells, widths))
    if high > 22.0:
        sheet.set_row(row, min(high, _HIGHEST))
