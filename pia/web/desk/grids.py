"""A table as a grid of fields: a page of its rows at a time, as they stand and as they are typed;
rows that are pasted as a spreadsheet copies them; and back to all rows.

Knows fields of forms. Must not know how a table is kept. The rows of the other pages stay.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from ...domain.document import items, marked
from ...domain.document.form import FormNode
from ...domain.document.tree import Node
from .. import inputs

PAGE = 100  # rows that are edited at a time
MOST_ROWS = 20_000
Row = dict[str, Any]  # as `items.plain` takes it


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row in its fields. `source`: the number (from 0) of the row it came from; empty for a new
    one."""

    source: str
    cells: tuple[str, ...]
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of a table: rows from number `first` (from 0), in the place of `count` rows of the
    `whole`."""

    columns: tuple[str, ...]
    first: int
    count: int
    whole: int
    rows: tuple[GridRow, ...]

    @property
    def pages(self) -> list[tuple[int, int, bool]]:
        """(first and last row from 1, whether it is this one) of every page; none for one page."""
        if self.whole <= PAGE:
            return []
        out = []
        for first in range(0, self.whole, PAGE):
            out.append((first + 1, min(first + PAGE, self.whole), first == self.first))
        return out


def rows_of(node: Node | None) -> list[Row]:
    """The rows of a table, without their marks."""
    if node is None:
        return []
    return list(marked.answer_of(items.to_plain(node)) or [])


def columns_of(line: FormNode, rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of a table's columns, numbered where the form names none."""
    width = max((len(row["cells"]) for row in rows), default=1)
    names = list(line.columns)
    for number in range(len(names), width):
        names.append(f"{number + 1}列目")
    return tuple(names)


def grid(line: FormNode, node: Node | None, typed: Mapping[str, str] | None, asked: str) -> Grid:
    """The page of a table that is asked for (by the number of its first row, from 1), or as it was
    typed."""
    rows = rows_of(node)
    columns = columns_of(line, rows)
    if typed is not None and "grid" in typed:
        first = min(_number(typed, "first"), len(rows))
        count = min(_number(typed, "count"), len(rows) - first)
        return Grid(columns, first, count, len(rows), tuple(typed_rows(typed, len(columns))))
    first = 0
    if asked.isascii() and asked.isdigit() and 0 < int(asked[:9]) <= len(rows):
        first = (int(asked[:9]) - 1) // PAGE * PAGE
    here = rows[first : first + PAGE]
    shown = []
    for index, row in enumerate(here, first):
        shown.append(GridRow(str(index), placed(columns, row["cells"])))
    return Grid(
        columns,
        first,
        len(here),
        len(rows),
        tuple(shown or [GridRow("", ("",) * len(columns))]),
    )


def placed(columns: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """The cells of a row below the names of their columns. A row that is nothing but its words
    stands below the words' column, where the first one counts the rows."""
    if len(cells) == 1 and _counts(columns):
        return ("", cells[0])
    return (*cells, *[""] * (len(columns) - len(cells)))


def _counts(columns: Sequence[str]) -> bool:
    return len(columns) == 2 and columns[0] in ("連番", "番号")


def typed_rows(typed: Mapping[str, str], width: int) -> list[GridRow]:
    """The rows as their fields say."""
    out = []
    for index in range(min(_number(typed, "grid"), 2 * PAGE)):
        cells = tuple(typed.get(f"r{index}c{column}", "") for column in range(width))
        picked = typed.get(f"pick{index}") == "1"
        out.append(GridRow(typed.get(f"from{index}", ""), cells, picked))
    return out


def fields(rows: Sequence[GridRow]) -> dict[str, str]:
    """The fields of these rows; the inverse of `typed_rows`."""
    out = {"grid": str(len(rows))}
    for index, row in enumerate(rows):
        out[f"from{index}"] = row.source
        for column, cell in enumerate(row.cells):
            out[f"r{index}c{column}"] = cell
        if row.picked:
            out[f"pick{index}"] = "1"
    return out


def _number(typed: Mapping[str, str], name: str) -> int:
    given = typed.get(name, "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 6:
        return 0
    return int(given)


def written(line: FormNode, seen: Node | None) -> list[Row]:
    """All rows of the table as this request says: those of its page, those of the other pages as
    they were `seen`, what was pasted, sorted where that is asked for. `Unfit` names the cell, or
    the field of what was pasted."""
    old = rows_of(seen)
    columns = columns_of(line, old)
    pasted = _pasted(columns)
    if request.form.get("paste") == "all" and pasted:
        rows = pasted
    else:
        first = min(_number(request.form, "first"), len(old))
        count = min(_number(request.form, "count"), len(old) - first)
        here, picked = _typed(columns, old)
        rows = [*old[:first], *here, *old[first + count :], *pasted]
        rows = _moved(rows, [first + index for index in picked])
    if len(rows) > MOST_ROWS:
        raise inputs.Unfit("text", f"表の行が多すぎます（上限{MOST_ROWS:,}行）。")
    return _sorted(rows, len(columns))


def _moved(rows: list[Row], picked: Sequence[int]) -> list[Row]:
    """The rows with those at `picked` before the one whose number is asked for. `Unfit` where
    there is no such place, or none is picked."""
    to = inputs.number("to", "選んだ行を移す先", least=1, most=len(rows) + 1, need=False)
    if to is None:
        return rows
    if not picked:
        raise inputs.Unfit("to", "移す行を、表の「選ぶ」で1つ以上選んでください。")
    moving = [rows[index] for index in picked]
    before = [row for index, row in enumerate(rows[: to - 1]) if index not in picked]
    after = [row for index, row in enumerate(rows[to - 1 :], to - 1) if index not in picked]
    return [*before, *moving, *after]


def _typed(columns: Sequence[str], old: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """The rows of this page's fields, without empty ones, and the places among them of those that
    are picked."""
    out: list[Row] = []
    picked = []
    for index, row in enumerate(typed_rows(request.form, len(columns))):
        cells = []
        for column, name in enumerate(columns):
            label = f"{index + 1}行目の{name}"
            text = inputs.text(f"r{index}c{column}", label, most=inputs.PARAGRAPH, need=False)
            cells.append(text)
        if any(cells):
            if row.picked:
                picked.append(len(out))
            out.append(_row(row.source, cells, old, columns))
    return out, picked


def _row(source: str, cells: list[str], old: Sequence[Row], columns: Sequence[str]) -> Row:
    """A typed row; one that came from a row keeps what else that says, and is no wider for having
    stood in a wider table. Where no row has a number, a new one has none either."""
    if not (source.isascii() and source.isdigit() and int(source[:6]) < len(old)):
        bare = bool(old) and all(len(row["cells"]) == 1 for row in old)
        return {"cells": cells[1:] if bare and _counts(columns) and not cells[0] else cells}
    before = old[int(source[:6])]
    if len(before["cells"]) == 1 and _counts(columns) and not cells[0]:
        return {**before, "cells": cells[1:]}
    while len(cells) > len(before["cells"]) and not cells[-1]:
        cells.pop()
    return {**before, "cells": cells}


def _pasted(columns: Sequence[str]) -> list[Row]:
    """Rows as a spreadsheet copies them, without empty ones. `Unfit` where one has not as many
    columns as the table: nothing of it is taken."""
    given = inputs.text("text", "貼り付ける表", most=inputs.DOCUMENT, need=False)
    out = []
    for number, row in enumerate(csv.reader(io.StringIO(given, newline=""), delimiter="\t"), 1):
        cells = [cell if "\n" in cell else cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(columns):
            raise inputs.Unfit(
                "text",
                f"貼り付けた表の{number}行目は{len(cells)}列です。この表は{len(columns)}列"
                f"（{'・'.join(columns)}）です。列をそろえてから、もう一度貼り付けてください。"
                "表は変わっていません。",
            )
        out.append({"cells": cells})
    return out


def _sorted(rows: list[Row], width: int) -> list[Row]:
    """The rows by the column that is asked for; numbers by what they count."""
    asked = request.form.get("sort", "")
    if not (asked.isascii() and asked.isdigit()) or not 0 < int(asked[:3]) <= width:
        return rows
    column = int(asked[:3]) - 1
    return sorted(rows, key=lambda row: _rank(row["cells"], column))


def _rank(cells: Sequence[str], column: int) -> tuple[int, float, str]:
    """Numbers first, then words, what is empty last."""
    words = unicodedata.normalize("NFKC", cells[column] if column < len(cells) else "").strip()
    digits = words.replace(",", "").rstrip(".)")
    if digits.isascii() and digits.isdigit() and len(digits) < 15:
        return 0, float(digits), words
    return (1 if words else 2), 0.0, words
