"""Lists people keep in CSV, in a workbook, or paste from one: rows under headings, by the names of
the headings.

Knows encodings and the first filled sheet. Must not know what a list is of.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence

from ...domain.errors import PiaError
from ..csv_cells import plain
from ..ooxml import guard
from ..ooxml.book import open_book

MOST = 2_000  # rows of a list
Columns = Mapping[str, Sequence[str]]
Row = dict[str, str]


def from_file(data: bytes, name: str) -> str:
    """The cells of a list as text: a line a row, tabs between the cells. PiaError where the file
    cannot be read."""
    rows = _cells(data, name)
    filled = []
    for row in rows:
        if any(cell.strip() for cell in row):
            filled.append("\t".join(re.sub(r"\s+", " ", cell).strip() for cell in row))
    return "\n".join(filled)


def table_of(data: bytes, name: str) -> list[list[str]]:
    """The cells of a list as they are, line feeds and all; rows without any word left out. PiaError
    where the file cannot be read."""
    return [row for row in _cells(data, name) if any(cell.strip() for cell in row)]


def _cells(data: bytes, name: str) -> list[list[str]]:
    if name.lower().endswith((".xlsx", ".xlsm")):
        guard.check(data, name)
        rows = guard.in_child(_sheet, data)
    else:
        lines = csv.reader(io.StringIO(_decoded(data, name), newline=""))
        try:
            rows = [[plain(cell) for cell in line] for line in lines]
        except csv.Error as error:
            raise PiaError(f"「{name}」をCSVとして読めません。保存し直してください。") from error
    if len(rows) > MOST:
        raise PiaError(f"「{name}」は{MOST:,}行を超えています。分けて選んでください。")
    return rows


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PiaError(f"「{name}」の文字コードが分かりません。UTF-8かShift_JISで保存してください。")


def _sheet(data: bytes) -> list[list[str]]:
    """The rows of the first sheet that holds anything."""
    for sheet in open_book(data).sheets:
        if not sheet.cells or sheet.state != "visible":
            continue
        rows: dict[int, dict[int, str]] = {}
        for cell in sheet.cells:
            rows.setdefault(cell.row, {})[cell.col] = cell.text
        width = max(cell.col for cell in sheet.cells)
        return [[rows[row].get(col, "") for col in range(1, width + 1)] for row in sorted(rows)]
    return []


def rows_of(text: str, columns: Columns, needed: Sequence[str]) -> list[Row]:
    """The rows of a list, by the names of its columns. `columns`: name → headings it may have.
    PiaError where no line has the headings that are needed."""
    lines = [line.split("\t") for line in text.split("\n") if line.strip()]
    for index, line in enumerate(lines[:20]):
        places = _places(line, columns)
        if set(needed) <= set(places):
            return [_row(cells, places) for cells in lines[index + 1 :] if any(cells)]
    wanted = "、".join(f"「{columns[name][0]}」" for name in needed)
    raise PiaError(f"1行目に、列の名前{wanted}を書いてください。")


def _places(line: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where the columns stand in a line of headings."""
    places = {}
    for index, cell in enumerate(line):
        heading = _plain(cell)
        for name, headings in columns.items():
            if name not in places and heading in map(_plain, headings):
                places[name] = index
    return places


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split()).casefold()


def _row(cells: Sequence[str], places: Mapping[str, int]) -> Row:
    row = {}
    for name, index in places.items():
        row[name] = cells[index].strip() if index < len(cells) else ""
    return row
