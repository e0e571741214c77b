"""変更箇所 and 記録項目 in a workbook: rows that say the same stay, the rest is written into the
rows there are, and more rows are copied below.

Knows tables' headings and boxes; not the package. A row too long for Excel goes on in the next as
「（続き）」.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...domain.document.form import FormNode
from ...domain.document.items import folded
from ..ooxml.book import BookCell, rows_of
from ..ooxml.measure import CONTINUED, LINE, chunks, height
from ..workbook_in import sections
from ..workbook_in.find_labels import FoundLabel
from .flow import MOST
from .places import At, Places
from .refs import Box, Insert
from .sheet import SheetGrid


@dataclass(slots=True)
class FilledTable:
    """Texts by cell, and rows to put in on a sheet (of the reader)."""

    puts: dict[At, str]
    sheet: int
    inserts: list[Insert]


# Sheet and box → pixels from left to right.
Across = Callable[[int, Box], float]
# The boxes of each printed row, as (row, column).
Slots = list[list[tuple[int, int]]]


def change_table(
    places: Places, line: FormNode, rows: Sequence[Sequence[str]], across: Across
) -> FilledTable | None:
    """The rows of 変更箇所. None where the workbook has no such table."""
    header = _last_header(places, line)
    if not header:
        return None
    have, _ = sections.change_rows(line, places.work.changes)
    width = len(line.columns)
    want = [(list(row) + [""] * width)[:width] for row in rows]
    same = _same_rows(have, want)
    if same == len(have) == len(want):
        if not want:
            return None
        return FilledTable({}, header[min(header)].sheet, [])
    ground = _TableGround.of(places, header, have, same)
    grid = places.grid(ground.sheet)
    anchors = {}
    wide = {}
    for key, head in header.items():
        anchors[key] = _anchor(grid, ground.template, head.col)
        wide[key] = across(ground.sheet, grid.box(ground.template, anchors[key]))
    printed: list[list[str]] = []
    for texts in want[same:]:
        printed += _split(texts, wide)
    puts = _table_puts(places, header, ground, printed)
    merges = None
    if ground.is_heading and not have:
        merges = _merges_of(header)
    inserts = []
    for texts in printed[len(ground.free) :]:
        insert = Insert(ground.end, ground.template, ground.template, True, merges=merges)
        insert.heights[0] = _tall(texts, wide)
        for key, col in anchors.items():
            insert.texts[0, col] = texts[key]
        inserts.append(insert)
    return FilledTable(puts, ground.sheet, inserts)


def _last_header(places: Places, line: FormNode) -> dict[int, BookCell]:
    """The heading of the table by column, as it stands last; empty where there is none."""
    header: dict[int, BookCell] = {}
    for row in rows_of(places.work.changes):
        header = sections.table_header(line, row) or header
    return header


def _cells_of(rows: Sequence[tuple[list[str], list[BookCell]]]) -> list[BookCell]:
    """The first cells of the printed rows of a table."""
    out = []
    for _, cells in rows:
        out += cells
    return out


def _same_rows(have: Sequence[tuple[list[str], list[BookCell]]], want: Sequence[list[str]]) -> int:
    """How many rows at the beginning say the same already."""
    same = 0
    while same < min(len(have), len(want)) and have[same][0] == want[same]:
        same += 1
    return same


def _table_puts(
    places: Places, header: dict[int, BookCell], ground: _TableGround, printed: Sequence[list[str]]
) -> dict[At, str]:
    """The texts of the rows there are; old rows that are not needed become empty."""
    puts: dict[At, str] = {}
    for sheet, row in ground.old:
        for head in header.values():
            puts[sheet, row, _anchor(places.grid(sheet), row, head.col)] = ""
    for (sheet, row), texts in zip(ground.free, printed):
        places.grid(sheet).show(row, False)
        for key, head in header.items():
            puts[sheet, row, _anchor(places.grid(sheet), row, head.col)] = texts[key]
    return puts


def _merges_of(header: dict[int, BookCell]) -> tuple[Box, ...]:
    """The merges of a row with the heading's boxes."""
    heads = []
    for head in header.values():
        if head.col2 > head.col:
            heads.append(head)
    return tuple((0, head.col, 0, head.col2) for head in heads)


@dataclass(frozen=True, slots=True)
class _TableGround:
    """The rows a table can be written in.

    `old`: rows that say other than wanted, `free`: those and the empty ones below, as (sheet, row);
    `template`: the row that rows put in behind `end` are copied from; `is_heading`: it is the last
    row there is, maybe the heading itself.
    """

    sheet: int
    old: list[tuple[int, int]]
    free: list[tuple[int, int]]
    template: int
    end: int
    is_heading: bool

    @classmethod
    def of(
        cls,
        places: Places,
        header: dict[int, BookCell],
        have: Sequence[tuple[list[str], list[BookCell]]],
        same: int,
    ) -> _TableGround:
        """`have`: the rows that are there, of which the first `same` stay."""
        kept = _cells_of(have[:same])
        old = _cells_of(have[same:])
        last = min(header.values(), key=lambda cell: cell.col)
        if kept or old:
            last = max(kept + old, key=lambda cell: cell.at)
        sheet = last.sheet
        columns = [head.col for head in header.values()]
        old_rows = [(cell.sheet, cell.row) for cell in old]
        below = _empty_below(places, places.grid(sheet), sheet, last.row, columns)
        free = old_rows + [(sheet, row) for row in below]
        template = last.row
        if free and free[-1][0] == sheet:
            template = free[-1][1]
        elif kept and kept[-1].sheet == sheet:
            template = kept[-1].row
        rows = []
        for on_sheet, row in free:
            if on_sheet == sheet:
                rows.append(row)
        end = max([last.row2, *rows])
        return cls(sheet, old_rows, free, template, end, template == last.row)


def _split(cells: Sequence[str], wide: dict[int, float]) -> Iterator[list[str]]:
    """The printed rows of one row of the table: each as long as Excel shows it."""
    limit = int((MOST - 5) / LINE) - 1
    pieces = []
    for index, cell in enumerate(cells):
        pieces.append(list(chunks(cell, wide.get(index, 120.0), limit)))
    for index in range(max(map(len, pieces))):
        texts = [piece[index][1] if index < len(piece) else "" for piece in pieces]
        if index and len(pieces[1]) <= index:
            marks = []
            for piece in pieces:
                if index < len(piece):
                    marks.append(piece[index][0])
            texts[1] = next(iter(marks), CONTINUED)
        yield texts


def _tall(texts: Sequence[str], wide: dict[int, float]) -> float:
    """Points the highest text of a row takes."""
    heights = []
    for index, text in enumerate(texts):
        heights.append(height(text, wide.get(index, 120.0)))
    return min(MOST, max(heights))


def _anchor(grid: SheetGrid, row: int, col: int) -> int:
    return grid.box(row, col)[1]


def _empty_below(
    places: Places, grid: SheetGrid, sheet: int, row: int, columns: Sequence[int]
) -> Iterator[int]:
    """Rows of boxes below a table that nothing is written in."""
    filled = {at[1] for at in places.text if at[0] == sheet}
    at = row + 1
    while at in grid.rows and at not in filled and set(columns) & set(grid.rows[at].cells):
        yield at
        at += 1


# ---- 記録項目


def file_list(
    places: Places,
    line: FormNode,
    number: int,
    rows: Sequence[Sequence[str]],
    name: str,
    across: Across,
) -> FilledTable | None:
    """The list of the n-th file: one row a line where the workbook has rows, all lines in its box
    where it has one. None where there is no such list.
    """
    if number not in places.lists:
        return None
    label, printed = places.lists[number]
    sheet = label.sheet
    if printed.lines:
        sheet = printed.lines[0][0].sheet
    grid = places.grid(sheet)
    slots = _slots(places, line, label, printed, sheet)
    out = FilledTable({}, sheet, [])
    if not slots:
        if rows:
            return None
        return out
    if _needs_name(printed, name):
        out.puts[_name_cell(printed)] = name
    for cell in _cells_in(printed):
        out.puts[cell.at] = ""
    most = max(map(len, slots))
    if most == 1 and max(map(len, rows), default=0) > 1:
        boxes = [grid.box(*slot[0]) for slot in slots]
        columns = _columns(places, line, label, sheet, boxes[-1], across)
        _hide_boxes(grid, boxes)
        out.inserts += _in_columns(columns, boxes[-1][2], rows)
    elif _is_box(grid, printed, slots):
        out.puts[(sheet, *slots[0][0])] = "\n".join(map("　".join, rows))
    elif most > 2:
        _fill_columns(out, slots, rows)
    else:
        _fill_rows(out, grid, slots, rows)
    return out


def _cells_in(printed: sections.FileList) -> Iterator[BookCell]:
    """The cells of the rows a list stands in."""
    for cells in printed.lines:
        yield from cells


def _hide_boxes(grid: SheetGrid, boxes: Sequence[Box]) -> None:
    """Hides the rows of boxes that others stand in for."""
    for box in boxes:
        for row in range(box[0], box[2] + 1):
            grid.show(row, True)


def _needs_name(printed: sections.FileList, name: str) -> bool:
    """Whether the row that names the file has to be written."""
    if not printed.named or not name or printed.name.strip() == name.strip():
        return False
    return folded(printed.named[0].text) in sections.NAME_LABELS


def _name_cell(printed: sections.FileList) -> At:
    """The cell of the file's name: the one beside 「ファイル名」."""
    if len(printed.named) > 1:
        return printed.named[1].at
    label = printed.named[0]
    return (label.sheet, label.row, label.col2 + 1)


def _slots(
    places: Places, line: FormNode, label: FoundLabel, printed: sections.FileList, sheet: int
) -> Slots:
    """The boxes the list can be written in."""
    if not printed.lines:
        return _blank_boxes(places, line, label, printed, sheet)
    slots = []
    for cells in printed.lines:
        if cells[0].sheet == sheet:
            slots.append(list(dict.fromkeys((cell.row, cell.col) for cell in cells)))
    return slots


def _fill_columns(out: FilledTable, slots: Slots, rows: Sequence[Sequence[str]]) -> None:
    """Several columns of names: one below the other, column by column."""
    boxes = []
    for index in range(max(map(len, slots))):
        for slot in slots:
            if index < len(slot):
                boxes.append(slot[index])
    lines = list(map("　".join, rows))
    share = -(-len(lines) // len(boxes)) or 1
    for index, (row, col) in enumerate(boxes):
        out.puts[out.sheet, row, col] = "\n".join(lines[index * share : (index + 1) * share])


def _fill_rows(
    out: FilledTable, grid: SheetGrid, slots: Slots, rows: Sequence[Sequence[str]]
) -> None:
    """One printed row a line; more rows like the last are put in below."""
    for texts, slot in zip(rows, slots):
        for (row, col), text in zip(slot, _spread(_two(texts), slot)):
            out.puts[out.sheet, row, col] = text
        grid.show(slot[0][0], False)
    template = slots[-1]
    row = template[0][0]
    end, _ = max(map(max, slots))
    for texts in rows[len(slots) :]:
        insert = Insert(end, row, row, True)
        for (_, col), text in zip(template, _spread(_two(texts), template)):
            insert.texts[0, col] = text
        out.inserts.append(insert)


def _two(texts: Sequence[str]) -> list[str]:
    """A row as number and name."""
    if len(texts) <= 2:
        return list(texts)
    return [texts[0], "｜".join(texts[1:])]


def _headings(places: Places, line: FormNode, label: FoundLabel, sheet: int) -> list[BookCell]:
    """The printed headings of the list's columns."""
    header = set(map(folded, line.columns))
    stop = _next_label(places, sheet, label.box[2])
    cells = []
    for cell in places.work.cells:
        if cell.sheet == sheet and folded(cell.text) in header and label.box[0] < cell.row < stop:
            cells.append(cell)
    return cells


def _next_label(places: Places, sheet: int, row: int) -> int:
    """The row of the next label below a row."""
    tops = []
    for label in places.work.founds:
        if label.sheet == sheet:
            tops.append(label.box[0])
    return min((top for top in tops if top > row), default=1 << 20)


def _columns(
    places: Places, line: FormNode, label: FoundLabel, sheet: int, box: Box, across: Across
) -> list[tuple[int, int]]:
    """First and last column of number and name: as the headings have them, else the left of the box
    and the rest.
    """
    heads = _headings(places, line, label, sheet)
    if len(heads) == 2:
        return [(head.col, head.col2) for head in heads]
    at = box[1]
    while at < box[3] - 1 and across(sheet, (0, box[1], 0, at)) < 40:
        at += 1
    if at < box[3]:
        return [(box[1], at), (at + 1, box[3])]
    return [(box[1], box[1]), (box[1] + 1, box[1] + 1)]


def _in_columns(
    columns: Sequence[tuple[int, int]], row: int, rows: Sequence[Sequence[str]]
) -> list[Insert]:
    """Rows of number and name in place of boxes over the whole width."""
    merges = tuple((0, first, 0, last) for first, last in columns if last > first)
    out = []
    for cells in rows:
        texts = ["", *cells]
        if len(cells) != 1:
            texts = [cells[0], "｜".join(cells[1:])]
        insert = Insert(row, row, row, True, merges=merges)
        for (col, _), text in zip(columns, texts):
            insert.texts[0, col] = text
        out.append(insert)
    return out


def _spread(cells: Sequence[str], target: Sequence[tuple[int, int]]) -> list[str]:
    """A row's texts on the boxes of a printed row: one text stands in the last box."""
    if len(cells) == len(target):
        return list(cells)
    if len(target) == 1:
        return ["　".join(cells)]
    if len(cells) == 1:
        return ["", *cells]
    return list(cells)


def _is_box(grid: SheetGrid, printed: sections.FileList, slots: Slots) -> bool:
    """Whether the list stands in one big box."""
    if len(slots) != 1 or len(slots[0]) != 1:
        return False
    row, col = slots[0][0]
    box = grid.box(row, col)
    tall = box[2] > box[0] or (grid.height(row) or 0) > 60
    return tall or any("\n" in cell.text for cell in _cells_in(printed))


def _blank_boxes(
    places: Places, line: FormNode, label: FoundLabel, printed: sections.FileList, sheet: int
) -> Slots:
    """The boxes of an empty list: those of the first row below its heading that has any."""
    below = []
    for heading in _headings(places, line, label, sheet):
        below.append(heading.row2)
    top = max([label.box[2], *(cell.row2 for cell in printed.named), *below])
    stop = _next_label(places, sheet, top)
    last = max(label.box[3], label.box[1] + 1)
    for row in range(top + 1, min(stop, top + 6)):
        columns = _box_columns(places.grid(sheet), row)
        free = []
        for col in columns:
            if col <= last and (sheet, row, col) not in places.text:
                free.append(col)
        if free and below:
            return [[(row, col) for col in free[:2]]]
        if free:
            return [[(row, free[0])]]
    if top + 1 < stop:
        return [[(top + 1, label.box[1])]]
    return []


def _box_columns(grid: SheetGrid, row: int) -> list[int]:
    """The columns at which boxes begin on a row."""
    columns = set()
    for merge in grid.merges:
        if merge[0] == row:
            columns.add(merge[1])
    if row in grid.rows:
        for col in grid.rows[row].cells:
            if grid.box(row, col) == (row, col, row, col):
                columns.add(col)
    return sorted(columns)
