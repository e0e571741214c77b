"""The parts of a form that are no label-and-answer grid: 変更箇所, 別添2 lists, 別添1 figures.

Knows their headings, columns and how they go on over pages; rows are kept to the letter. Serves 別添1 to 別添3 of the 全項目評価書 and their like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ..ooxml import drawings
from ..ooxml.book import Book, Cell, rows_of
from . import assign_cells
from .find_labels import Found
from .labels import CONTINUED, CONTINUED_INLINE

_NAME_LABELS = {
    folded("特定個人情報ファイル名"),
    folded("ファイル名"),
    folded("特定個人情報ファイルの名称"),
}
_NUMBERED = re.compile(r"^\s*[(（]?([0-9０-９]{1,4})[)）.．、\s]")
_ONLY_NUMBER = re.compile(r"^\s*[(（]?[0-9０-９]{1,4}[)）.．]?\s*$")


def parts_of(
    founds: Sequence[Found], cells: Sequence[Cell]
) -> list[tuple[Found, list[Cell], list[Found]]]:
    """Each part heading with the cells and labels up to the next one, in the order of the form's sheets."""
    place = {}
    for each_index, cell in enumerate(cells):
        place[cell.at] = each_index
    heads = []
    for found in founds:
        if found.token.kind in ("part", "title") or (
            found.token.node.id == "TOC" and found.token.kind != "note"
        ):
            heads.append(found)
    out = []
    for index, head in enumerate(heads):
        start = place[head.cells[0].at]
        if index + 1 < len(heads):
            end = place[heads[index + 1].cells[0].at]
        else:
            end = len(cells)
        mine = set()
        for x in head.cells:
            mine.add(x.at)
        out.append(
            (
                head,
                [cell for cell in cells[start:end] if cell.at not in mine],
                [
                    each_found
                    for each_found in founds
                    if start < place[each_found.cells[0].at] < end
                ],
            )
        )
    return out


def inner_cells(
    form: Form, founds: Sequence[Found], cells: Sequence[Cell]
) -> frozenset[tuple[int, int, int]]:
    """The cells of the parts that are lists: nothing in them is a label of another part."""
    lists = set()
    for part in form.parts:
        if any(item.kind == "table" for child in part.children for item in child.children):
            lists.add(part.id)
    ats = []
    for found, inner, _ in parts_of(founds, cells):
        if found.token.node.id in lists:
            for cell in inner:
                ats.append(cell.at)
    return frozenset(ats)


# ---- 変更箇所


def table_header(line: FormNode, row: Sequence[Cell]) -> dict[int, Cell] | None:
    """Column number → its cell, when a row is the heading of the table."""
    found: dict[int, Cell] = {}
    for cell in row:
        said = folded(cell.text)
        for index, label in enumerate(line.columns):
            want = folded(label)
            if index not in found and (
                said == want
                or (
                    len(said) >= 4
                    and want.startswith(said)
                    and said not in map(folded, line.columns)
                )
                or said == want.removesuffix("の記載")
            ):
                found[index] = cell
                break
    if len(found) >= min(4, len(line.columns)):
        return found
    return None


def change_cells(line: FormNode, cells: Sequence[Cell]) -> list[Cell]:
    """The cells of the 変更箇所 table: from its heading row to the end of its sheet, and of following sheets that begin with the same heading."""
    out: list[Cell] = []
    inside: set[int] = set()
    for row in rows_of(cells):
        if row[0].sheet in inside or table_header(line, row):
            inside.add(row[0].sheet)
            out += row
    return out


def read_changes(line: FormNode, cells: Sequence[Cell]) -> tuple[list[dict[str, Any]], list[Cell]]:
    """The rows of the table and the cells that fall outside its columns. A row without date and item goes on with the row above it."""
    rows, strangers = change_rows(line, cells)
    return [{"cells": texts, "inherited": True} for texts, _ in rows], strangers


def change_rows(
    line: FormNode, cells: Sequence[Cell]
) -> tuple[list[tuple[list[str], list[Cell]]], list[Cell]]:
    """Each row's texts, and the first cell of every printed row it takes; and the cells outside the columns."""
    rows: list[list[str]] = []
    taken: list[list[Cell]] = []
    strangers: list[Cell] = []
    header: dict[int, Cell] = {}
    for row in rows_of(cells):
        again = table_header(line, row)
        if again:
            header = again
            continue
        texts = [""] * len(line.columns)
        for cell in row:
            column = next(
                (key for key, value in header.items() if value.col <= cell.col <= value.col2), None
            )
            if column is None:
                column = max(
                    (key for key, value in header.items() if value.col <= cell.col),
                    key=lambda index: header[index].col,
                    default=None,
                )
            if column is None:
                strangers.append(cell)
            else:
                if texts[column]:
                    texts[column] = f"{texts[column]}\n{cell.text}"
                else:
                    texts[column] = cell.text
        if not any(text.strip() for text in texts):
            continue
        if len(texts) > 1:
            item = folded(texts[1])
        else:
            item = ""
        continued = item in (folded(CONTINUED), folded(CONTINUED_INLINE), "続き", "(同上続き)")
        if rows and not texts[0].strip() and (continued or not item):
            if item == folded(CONTINUED_INLINE):
                between = ""
            else:
                between = "\n"
            for index, text in enumerate(texts):
                if text and not (index == 1 and continued):
                    if rows[-1][index]:
                        rows[-1][index] = f"{rows[-1][index]}{between}{text}"
                    else:
                        rows[-1][index] = text
            taken[-1].append(row[0])
        else:
            rows.append(texts)
            taken.append([row[0]])
    return list(zip(rows, taken)), strangers


# ---- 記録項目


@dataclass(slots=True)
class FileList:
    """The list of one ファイル: its name as printed (may be ""), and its rows."""

    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    named: list[Cell] = field(default_factory=list)  # the row that names the file
    lines: list[list[Cell]] = field(default_factory=list)  # the rows its text stands in


def read_lists(
    line: FormNode, cells: Sequence[Cell], names: Sequence[str], ends: dict[int, int]
) -> list[FileList]:
    """The lists below one （別添）heading. A line that names a file, alone on its row, opens that file's list."""
    known = {}
    for each_name in names:
        if each_name:
            known[folded(re.sub(r"^[(（]?[0-9０-９]+[)）.．、]?", "", each_name))] = each_name
    out = [FileList("")]
    header = {folded(column) for column in line.columns} | {folded(line.label)}
    columns: list[Cell] = []

    def flush() -> None:
        out[-1].rows += _column_list(columns)
        columns.clear()

    for row in rows_of(cells):
        said = []
        for that_cell in row:
            said.append(folded(that_cell.text))
        if all(text in header for text in said):
            continue
        if said[0] in _NAME_LABELS:
            flush()
            name = "".join(one_cell.text for one_cell in row[1:])
            if out[-1].rows or out[-1].name:
                out.append(FileList(name))
            out[-1].name = name
            out[-1].named = row
            continue
        alone = re.sub(r"^[(]?\d+[).、]?|^[■●○◆・【\[(「]+|[】\])」]+$", "", said[0])
        if len(row) == 1 and alone and alone in known:
            flush()
            if out[-1].rows or out[-1].name:
                out.append(FileList(""))
            out[-1].name = known[alone]
            out[-1].named = row
            continue
        out[-1].lines.append(row)
        numbered = len(row) == 2 and (
            _ONLY_NUMBER.match(row[0].text)
            or (
                row[1].col == row[0].col2 + 1
                and row[1].col2 >= ends.get(row[0].sheet, 0)
                and row[0].col == 1
            )
        )
        if numbered and "\n" not in row[0].text.strip("\n"):
            flush()
            out[-1].rows.append({"cells": [row[0].text, row[1].text]})
        elif (
            len(row) > 2
            and len(row) % 2 == 0
            and all(_ONLY_NUMBER.match(cell_here.text) for cell_here in row[::2])
        ):
            columns += [_joined(cell, each_cell) for cell, each_cell in zip(row[::2], row[1::2])]
        else:
            columns += row
    flush()
    file_lists = []
    for file_list in out:
        if file_list.rows or file_list.name:
            file_lists.append(file_list)
    return file_lists


def _joined(a: Cell, b: Cell) -> Cell:
    from dataclasses import replace

    return replace(a, col2=b.col2, text=f"{a.text}　{b.text}")


def _column_list(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """One row a line. Lines stand in columns: in the order of their printed numbers where all have one, else column by column."""
    lines = []
    for cell in cells:
        for one in cell.text.split("\n"):
            if one.strip():
                lines.append((cell, one))
    marks = []
    for _, one in lines:
        marks.append(_NUMBERED.match(one))
    if lines and all(marks) and len({mark.group(1) for mark in marks if mark}) == len(lines):
        lines = [
            pair
            for _, pair in sorted(
                zip((int(mark.group(1)) for mark in marks if mark), lines), key=lambda part: part[0]
            )
        ]
    elif len({cell.col for cell in cells}) > 1 and any(
        len({cell.col for cell in row}) > 1 for row in rows_of(cells)
    ):
        lines.sort(key=lambda part: (part[0].sheet, part[0].col, part[0].row))
    found = []
    for _, one in lines:
        found.append({"cells": [one]})
    return found


# ---- 事務の内容


@dataclass(slots=True)
class Figure:
    """One figure of 別添1 with its title and remarks; `at` is a place a person can go to."""

    title: str = ""
    answer: dict[str, Any] | None = None
    remarks: list[Cell] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    unreadable: bool = False
    at: Cell | None = None
    head: Found | None = None
    titles: list[Cell] = field(default_factory=list)
    anchors: list[drawings.Anchored] = field(default_factory=list)
    label: Found | None = None  # （備考）


def read_figures(
    book: Book, founds: Sequence[Found], cells: Sequence[Cell], sheets: Sequence[int]
) -> tuple[list[Figure], list[Cell]]:
    """The figures below one 別添1 heading, and the cells that belong to none. `founds`: the labels inside (図1, 備考); `sheets`: the sheets it lies on."""
    heads = []
    for found in founds:
        if found.token.kind == "head":
            heads.append(found)
    if heads:
        return _headed(book, founds, heads, cells, sheets)
    return _loose(book, founds, cells, sheets)


def _headed(
    book: Book,
    founds: Sequence[Found],
    heads: Sequence[Found],
    cells: Sequence[Cell],
    sheets: Sequence[int],
) -> tuple[list[Figure], list[Cell]]:
    owned = assign_cells.assign(founds, cells, frozenset())
    out: list[Figure] = []
    for index, found in enumerate(founds):
        if found.token.kind == "head":
            out.append(
                Figure(
                    "".join(cell.text for cell in owned.of[index]) or found.tail,
                    at=found.cells[0],
                    head=found,
                    titles=list(owned.of[index]),
                )
            )
        elif out:
            out[-1].remarks += owned.of[index]
            out[-1].label = found
    for count, (figure, head) in enumerate(zip(out, heads)):
        sheet = book.sheets[head.sheet]
        top = sheet.top(head.box[0])
        if count + 1 < len(heads) and heads[count + 1].sheet == head.sheet:
            end = sheet.top(heads[count + 1].box[0])
        else:
            end = float("inf")
        mine = []
        for anchor in drawings.anchors(book, sheet):
            if top <= anchor.y < end:
                mine.append(anchor)
        figure.anchors = mine
        figure.answer, figure.blobs, figure.unreadable = drawings.read_figure(book, sheet, mine)
    return out, owned.strangers


def _loose(
    book: Book, founds: Sequence[Found], cells: Sequence[Cell], sheets: Sequence[int]
) -> tuple[list[Figure], list[Cell]]:
    """Without 図1, 図2: titles stand above their figure, remarks below 備考."""
    labels = set()
    for found in founds:
        for cell in found.cells:
            labels.add(cell.at)
    out: list[Figure] = []
    strangers: list[Cell] = []
    for index in sheets:
        sheet = book.sheets[index]
        groups, outside = _grouped(
            sheet.index,
            drawings.anchors(book, sheet),
            [(sheet.top(cell.row), cell) for cell in cells if cell.sheet == index],
            labels,
        )
        strangers += outside
        for figure, mine in groups:
            figure.anchors = mine
            figure.label = next(
                (
                    found
                    for found in founds
                    if figure.at is not None
                    and found.sheet == index
                    and found.box[0] >= figure.at.row
                ),
                None,
            )
            figure.answer, figure.blobs, figure.unreadable = drawings.read_figure(book, sheet, mine)
            out.append(figure)
    return out, strangers


def _grouped(
    sheet: int,
    anchored: Sequence[drawings.Anchored],
    cells: Sequence[tuple[float, Cell]],
    labels: set[tuple[int, int, int]],
) -> tuple[list[tuple[Figure, list[drawings.Anchored]]], list[Cell]]:
    """Titles, shapes and remarks of one sheet from top to bottom, gathered into figures; and text cells under the shapes of a figure."""
    events: list[tuple[float, int, Any]] = sorted(
        [
            *((each_anchored.y, 1, each_anchored) for each_anchored in anchored),
            *((y, 0, cell) for y, cell in cells),
        ],
        key=lambda entry: entry[:2],
    )
    out: list[tuple[Figure, list[drawings.Anchored]]] = []
    strangers: list[Cell] = []
    remarking = False
    bottom = 0.0
    for index, (y, kind, entry) in enumerate(events):
        if out:
            figure, mine = out[-1]
        else:
            figure = None
            mine = []
        if kind:
            if figure is None or remarking:
                out.append((Figure(at=Cell(sheet, 1, 1, 1, 1, "")), []))
                remarking = False
                bottom = 0.0
            out[-1][1].append(entry)
            bottom = max(bottom, entry.y + entry.h)
            continue
        if entry.at in labels or folded(entry.text) in ("(備考)", "備考"):
            if figure is None:
                out.append((Figure(at=entry), []))
            remarking = True
            continue
        covered = bool(mine) and y < bottom
        shapes_follow = index + 1 < len(events) and events[index + 1][1] == 1
        if figure is None or (
            (remarking or mine) and shapes_follow and not covered and "\n" not in entry.text
        ):
            out.append((Figure(entry.text, at=entry, titles=[entry]), []))
            remarking = False
            bottom = 0.0
        elif remarking or (mine and not covered):
            figure.remarks.append(entry)
        elif covered:
            strangers.append(entry)
        else:
            if figure.title:
                figure.title = f"{figure.title}\n{entry.text}"
            else:
                figure.title = entry.text
            figure.titles.append(entry)
    return out, strangers
