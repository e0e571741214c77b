"""The parts of a form that are no label-and-answer grid: 変更箇所 and the lists of 別添2.

Knows their headings, columns and how they go on over pages; rows are kept to the letter. Serves
別添2 and 別添3 of the 全項目評価書 and their like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ..ooxml.book import BookCell, joined_text, places_of, rows_of
from ..ooxml.measure import CONTINUED, CONTINUED_INLINE
from .find_labels import FoundLabel
from .labels import has_table

# What stands before the name of a file.
NAME_LABELS = {
    folded("特定個人情報ファイル名"),
    folded("ファイル名"),
    folded("特定個人情報ファイルの名称"),
}
_NUMBERED = re.compile(r"^\s*[(（]?([0-9０-９]{1,4})[)）.．、\s]")
_ONLY_NUMBER = re.compile(r"^\s*[(（]?[0-9０-９]{1,4}[)）.．]?\s*$")


def parts_of(
    founds: Sequence[FoundLabel], cells: Sequence[BookCell]
) -> list[tuple[FoundLabel, list[BookCell], list[FoundLabel]]]:
    """Each part heading with the cells and labels up to the next one, in the order of the form's
    sheets.
    """
    place = {cell.at: index for index, cell in enumerate(cells)}
    heads = list(filter(_heads_part, founds))
    starts = [place[head.cells[0].at] for head in heads]
    out = []
    for head, start, end in zip(heads, starts, [*starts[1:], len(cells)]):
        own = places_of(head.cells)
        inner = []
        for cell in cells[start:end]:
            if cell.at not in own:
                inner.append(cell)
        within = []
        for label in founds:
            if start < place[label.cells[0].at] < end:
                within.append(label)
        out.append((head, inner, within))
    return out


def _heads_part(label: FoundLabel) -> bool:
    token = label.token
    if token.kind in ("part", "title"):
        return True
    return token.node.role == "contents" and token.kind != "note"


def inner_cells(
    form: Form, founds: Sequence[FoundLabel], cells: Sequence[BookCell]
) -> frozenset[tuple[int, int, int]]:
    """The cells of the parts that are lists: nothing in them is a label of another part."""
    lists = set()
    for part in form.parts:
        if any(map(has_table, part.children)):
            lists.add(part.id)
    places: set[tuple[int, int, int]] = set()
    for label, inner, _ in parts_of(founds, cells):
        if label.token.node.id in lists:
            places |= places_of(inner)
    return frozenset(places)


# ---- 変更箇所


def table_header(line: FormNode, row: Sequence[BookCell]) -> dict[int, BookCell] | None:
    """Column number → its cell, when a row is the heading of the table."""
    labels = list(map(folded, line.columns))
    header: dict[int, BookCell] = {}
    for cell in row:
        text = folded(cell.text)
        for index, label in enumerate(labels):
            if index not in header and _heads_column(text, label, labels):
                header[index] = cell
                break
    if len(header) >= min(4, len(line.columns)):
        return header
    return None


def _heads_column(text: str, label: str, labels: Sequence[str]) -> bool:
    """Whether a cell heads a column: its label, or a beginning of it that is no other's."""
    if text in (label, label.removesuffix("の記載")):
        return True
    return len(text) >= 4 and label.startswith(text) and text not in labels


def change_cells(line: FormNode, cells: Sequence[BookCell]) -> list[BookCell]:
    """The cells of the 変更箇所 table: from its heading row to the end of its sheet, and of
    following sheets that begin with the same heading.
    """
    out: list[BookCell] = []
    inside: set[int] = set()
    for row in rows_of(cells):
        if row[0].sheet in inside or table_header(line, row):
            inside.add(row[0].sheet)
            out += row
    return out


def read_changes(
    line: FormNode, cells: Sequence[BookCell]
) -> tuple[list[dict[str, Any]], list[BookCell]]:
    """The rows of the table and the cells that fall outside its columns.

    A row without date and item goes on with the row above it.
    """
    rows, strangers = change_rows(line, cells)
    return [{"cells": texts, "inherited": True} for texts, _ in rows], strangers


def change_rows(
    line: FormNode, cells: Sequence[BookCell]
) -> tuple[list[tuple[list[str], list[BookCell]]], list[BookCell]]:
    """Each row's texts, and the first cell of every printed row it takes; and the cells outside the
    columns.
    """
    rows: list[tuple[list[str], list[BookCell]]] = []
    strangers: list[BookCell] = []
    header: dict[int, BookCell] = {}
    tall: list[BookCell] = []
    for row in rows_of(cells):
        again = table_header(line, row)
        if again:
            header = again
            tall = []
            continue
        tall = [cell for cell in (*tall, *row) if cell.row2 >= row[0].row]
        texts, outside = _in_columns(line, header, _filled(header, row, tall))
        strangers += outside
        if not any(text.strip() for text in texts):
            continue
        item = ""
        if len(texts) > 1:
            item = folded(texts[1])
        if rows and not texts[0].strip() and (not item or item in _GOES_ON):
            _join_row(rows[-1][0], texts, item)
            rows[-1][1].append(row[0])
        else:
            rows.append((texts, [row[0]]))
    return rows, strangers


def _filled(
    header: dict[int, BookCell], row: Sequence[BookCell], tall: Sequence[BookCell]
) -> list[BookCell]:
    """A row with the cells above that are merged down over it, where it names an item of its own:
    a day that stands once for several rows is each row's."""
    has_item = any(_column_of(header, cell) == 1 for cell in row)
    over = []
    for cell in tall:
        if has_item and cell.row < row[0].row and cell.sheet == row[0].sheet:
            over.append(cell)
    own = {_column_of(header, cell) for cell in row}
    above = [cell for cell in over if _column_of(header, cell) not in own]
    return sorted((*row, *above), key=lambda cell: cell.col)


# What stands in the item's column of a row that goes on with the row above.
_GOES_ON = (folded(CONTINUED), folded(CONTINUED_INLINE), "続き", "(同上続き)")


def _in_columns(
    line: FormNode, header: dict[int, BookCell], row: Sequence[BookCell]
) -> tuple[list[str], list[BookCell]]:
    """A row's texts by column, and the cells left of all columns."""
    texts = [""] * len(line.columns)
    strangers = []
    for cell in row:
        column = _column_of(header, cell)
        if column is None:
            strangers.append(cell)
        elif texts[column]:
            texts[column] = f"{texts[column]}\n{cell.text}"
        else:
            texts[column] = cell.text
    return texts, strangers


def _column_of(header: dict[int, BookCell], cell: BookCell) -> int | None:
    """The column a cell stands under, else the nearest to the left; none right of the last."""
    if header and cell.col > max(head.col2 for head in header.values()):
        return None
    for column, head in header.items():
        if head.col <= cell.col <= head.col2:
            return column
    left = [column for column, head in header.items() if head.col <= cell.col]
    return max(left, key=lambda column: header[column].col, default=None)


def _join_row(above: list[str], texts: Sequence[str], item: str) -> None:
    """Joins a row that goes on to the one above; the mark of going on is no text."""
    between = "\n"
    if item == folded(CONTINUED_INLINE):
        between = ""
    for index, text in enumerate(texts):
        if not text or (index == 1 and item in _GOES_ON):
            continue
        if above[index]:
            above[index] = f"{above[index]}{between}{text}"
        else:
            above[index] = text


# ---- 記録項目


@dataclass(slots=True)
class FileList:
    """The list of one ファイル: its name as printed (may be ""), and its rows.

    `named` is the row that names the file, `lines` the rows its text stands in.
    """

    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    named: list[BookCell] = field(default_factory=list)
    lines: list[list[BookCell]] = field(default_factory=list)


def read_lists(
    line: FormNode, cells: Sequence[BookCell], names: Sequence[str], ends: dict[int, int]
) -> list[FileList]:
    """The lists below one （別添）heading.

    A line that names a file, alone on its row, opens that file's list.
    """
    known = _known(names)
    header = set(map(folded, (*line.columns, line.label)))
    reading = _Lists()
    for row in rows_of(cells):
        texts = [folded(cell.text) for cell in row]
        if header.issuperset(texts):
            continue
        alone = ""
        if len(row) == 1:
            alone = _AROUND_NAME.sub("", texts[0])
        if texts[0] in NAME_LABELS:
            reading.open(joined_text(row[1:]), row)
        elif alone in known:
            reading.open(known[alone], row)
        else:
            reading.add(row, ends)
    reading.flush()
    return [file_list for file_list in reading.out if file_list.rows or file_list.name]


def _known(names: Sequence[str]) -> dict[str, str]:
    """Names of files by how they compare."""
    known = {}
    for name in names:
        if name:
            known[folded(_NUMBER_BEFORE.sub("", name))] = name
    known.pop("", None)
    return known


# What may stand before the name of a file, and around it where it is a heading.
_NUMBER_BEFORE = re.compile(r"^[(（]?[0-9０-９]+[)）.．、]?")
_AROUND_NAME = re.compile(r"^[(]?\d+[).、]?|^[■●○◆・【\[(「]+|[】\])」]+$")


class _Lists:
    """Lists being read from top to bottom; lines whose order is not known yet wait."""

    def __init__(self) -> None:
        self.out = [FileList("")]
        self.waiting: list[BookCell] = []

    def flush(self) -> None:
        """Puts the waiting lines into the list that is open."""
        self.out[-1].rows += _column_list(self.waiting)
        self.waiting.clear()

    def open(self, name: str, row: list[BookCell]) -> None:
        """Opens the list of the file a row names; the first list takes its name."""
        self.flush()
        if self.out[-1].rows or self.out[-1].name:
            self.out.append(FileList(""))
        self.out[-1].name = name
        self.out[-1].named = row

    def add(self, row: list[BookCell], ends: dict[int, int]) -> None:
        """A row of the list: number and name, several such pairs, or lines in columns."""
        self.out[-1].lines.append(row)
        if _is_numbered(row, ends):
            self.flush()
            self.out[-1].rows.append({"cells": [row[0].text, row[1].text]})
        elif _is_pairs(row):
            for mark, name in zip(row[::2], row[1::2]):
                self.waiting.append(_joined(mark, name))
        else:
            self.waiting += row


def _is_numbered(row: Sequence[BookCell], ends: dict[int, int]) -> bool:
    """Whether a row is one number and its name, up to the sheet's right edge."""
    if len(row) != 2 or "\n" in row[0].text.strip("\n"):
        return False
    if _ONLY_NUMBER.match(row[0].text):
        return True
    is_whole = row[0].col == 1 and row[1].col2 >= ends.get(row[0].sheet, 0)
    return is_whole and row[1].col == row[0].col2 + 1


def _is_pairs(row: Sequence[BookCell]) -> bool:
    """Whether a row is several numbers, each with its name."""
    if len(row) <= 2 or len(row) % 2:
        return False
    return all(_ONLY_NUMBER.match(cell.text) for cell in row[::2])


def _joined(a: BookCell, b: BookCell) -> BookCell:
    return replace(a, col2=b.col2, text=f"{a.text}　{b.text}")


def _column_list(cells: Sequence[BookCell]) -> list[dict[str, Any]]:
    """One row a line. Lines stand in columns: in the order of their printed numbers where all have
    one, else column by column.
    """
    lines = []
    for cell in cells:
        for line in cell.text.split("\n"):
            if line.strip():
                lines.append((cell, line))
    matches = [_NUMBERED.match(line) for _, line in lines]
    marks = []
    for match in matches:
        if match:
            marks.append(match.group(1))
    if len(marks) == len(lines) == len(set(marks)):
        numbered = sorted(zip(map(int, marks), lines), key=lambda part: part[0])
        lines = [line for _, line in numbered]
    elif any(row[0].col != row[-1].col for row in rows_of(cells)):
        lines.sort(key=lambda part: (part[0].sheet, part[0].col, part[0].row))
    return [{"cells": [line]} for _, line in lines]
