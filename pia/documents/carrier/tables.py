"""変更箇所 and 記録項目 in a workbook: rows that say the same stay, the rest is written into the rows there are, and more rows are copied below.

Knows tables' headings and boxes; not the package. A row too long for Excel goes on in the next as 「（続き）」.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...domain.document.form import FormNode
from ...domain.document.items import folded
from ..ooxml.book import Cell, rows_of
from ..ooxml.measure import LINE, chunks
from ..workbook_in import sections
from ..workbook_in.find_labels import Found
from ..workbook_in.labels import CONTINUED
from .flow import MOST
from .places import At, Places
from .refs import Box, Insert
from .sheet import Grid


@dataclass(slots=True)
class Filled:
    """Texts by cell, and rows to put in on a sheet (of the reader)."""

    puts: dict[At, str]
    sheet: int
    inserts: list[Insert]


Across = Callable[[int, Box], float]  # sheet, box → pixels


def change_table(
    places: Places, line: FormNode, rows: Sequence[Sequence[str]], across: Across
) -> Filled | None:
    """The rows of 変更箇所. None where the workbook has no such table."""
    header: dict[int, Cell] = {}
    for row in rows_of(places.work.changes):
        header = sections.table_header(line, row) or header
    if not header:
        return None
    have, _ = sections.change_rows(line, places.work.changes)
    width = len(line.columns)
    want = []
    for each_row in rows:
        want.append((list(each_row) + [""] * width)[:width])
    same = 0
    while same < min(len(have), len(want)) and have[same][0] == want[same]:
        same += 1
    if same == len(have) == len(want):
        if not want:
            return None
        return Filled({}, header[min(header)].sheet, [])
    kept = []
    for _, cells in have[:same]:
        for cell in cells:
            kept.append(cell)
    old = []
    for _, cells in have[same:]:
        for cell in cells:
            old.append((cell.sheet, cell.row))
    last = max(
        [cell for _, cells in have for cell in cells], key=lambda cell: cell.at, default=None
    ) or min(header.values(), key=lambda cell: cell.col)
    sheet = last.sheet
    heads = {}
    for key, value in header.items():
        heads[key] = value
    grid = places.grid(sheet)
    free = old + [
        (sheet, number)
        for number in _empty_below(
            places, grid, sheet, last.row, [head.col for head in heads.values()]
        )
    ]
    columns = {}
    for key, value in heads.items():
        columns[key] = value.col
    puts: dict[At, str] = {
        (one_number, number, _anchor(places.grid(one_number), number, col)): ""
        for one_number, number in old
        for col in columns.values()
    }
    if free and free[-1][0] == sheet:
        template = free[-1][1]
    elif kept and kept[-1].sheet == sheet:
        template = kept[-1].row
    else:
        template = last.row
    end = max([number for each_number, number in free if each_number == sheet] + [last.row2])
    inserts: list[Insert] = []
    wide = {}
    for key, col in columns.items():
        wide[key] = across(sheet, grid.box(template, _anchor(grid, template, col)))
    printed = []
    for each_texts in want[same:]:
        for texts in _split(each_texts, wide):
            printed.append(texts)
    for index, texts in enumerate(printed):
        if index < len(free):
            this_number, number = free[index]
            places.grid(this_number).show(number, False)
            puts.update(
                {
                    (this_number, number, _anchor(places.grid(this_number), number, col)): texts[
                        key
                    ]
                    for key, col in columns.items()
                }
            )
        else:
            made = Insert(end, template, template, True)
            made.texts = {
                (0, _anchor(grid, template, col)): texts[key] for key, col in columns.items()
            }
            if template == last.row and not have:
                made.merges = tuple(
                    (0, head.col, 0, head.col2) for head in heads.values() if head.col2 > head.col
                )
            made.heights[0] = _tall(texts, wide)
            inserts.append(made)
    return Filled(puts, sheet, inserts)


def _split(cells: Sequence[str], wide: dict[int, float]) -> Iterator[list[str]]:
    limit = int((MOST - 5) / LINE) - 1
    pieces = []
    for each_index, cell in enumerate(cells):
        pieces.append(list(chunks(cell, wide.get(each_index, 120.0), limit)))
    for index in range(max(map(len, pieces))):
        texts = []
        for piece in pieces:
            if index < len(piece):
                texts.append(piece[index][1])
            else:
                texts.append("")
        if index and len(pieces[1]) <= index:
            texts[1] = next((piece[index][0] for piece in pieces if index < len(piece)), CONTINUED)
        yield texts


def _tall(texts: Sequence[str], wide: dict[int, float]) -> float:
    from ..ooxml.measure import height

    return min(MOST, max(height(text, wide.get(index, 120.0)) for index, text in enumerate(texts)))


def _anchor(grid: Grid, row: int, col: int) -> int:
    return grid.box(row, col)[1]


def _empty_below(
    places: Places, grid: Grid, sheet: int, row: int, columns: Sequence[int]
) -> Iterator[int]:
    """Rows of boxes below a table that nothing is written in."""
    filled = set()
    for each_number, number, _ in places.text:
        if each_number == sheet:
            filled.add(number)
    at = row + 1
    while at in grid.rows and at not in filled and set(columns) & set(grid.rows[at].cells):
        yield at
        at += 1


# ---- 記録項目


def file_list(
    places: Places, line: FormNode, n: int, rows: Sequence[Sequence[str]], name: str, across: Across
) -> Filled | None:
    """The list of the n-th file: one row a line where the workbook has rows, all lines in its box where it has one. None where there is no such list."""
    if n not in places.lists:
        return None
    found, one = places.lists[n]
    if one.lines:
        sheet = one.lines[0][0].sheet
    else:
        sheet = found.sheet
    grid = places.grid(sheet)
    puts: dict[At, str] = {}
    inserts: list[Insert] = []
    if (
        one.named
        and name
        and one.name.strip() != name.strip()
        and folded(one.named[0].text) in sections._NAME_LABELS
    ):
        if len(one.named) > 1:
            at = one.named[1].at
        else:
            at = _beside(places, one.named[0])
        puts[at] = name
    if one.lines:
        slots = []
        for one_line in one.lines:
            if one_line[0].sheet == sheet:
                slots.append(list(dict.fromkeys((cell.row, cell.col) for cell in one_line)))
        for each_line in one.lines:
            for cell in each_line:
                puts[cell.at] = ""
        if len(one.lines) == 1 and len(one.lines[0]) == 1 and "\n" in one.lines[0][0].text:
            slots = slots[:1]
    else:
        slots = _blank_boxes(places, line, found, one, sheet)
    if not slots:
        if rows:
            return None
        return Filled({}, sheet, [])
    if all(len(slot_here) == 1 for slot_here in slots) and any(len(texts) > 1 for texts in rows):
        columns = _columns(places, line, found, sheet, grid.box(*slots[-1][0]), across)
        if columns:
            boxes = []
            for one_slot in slots:
                boxes.append(grid.box(*one_slot[0]))
            for box in boxes:
                for row in range(box[0], box[2] + 1):
                    grid.show(row, True)
            return Filled(puts, sheet, _in_columns(columns, boxes[-1][2], rows))
    big = _is_box(places, grid, one, slots)
    if big:
        lines = []
        for one_row in rows:
            lines.append("　".join(one_row))
    else:
        lines = []
    if big:
        puts[sheet, slots[0][0][0], slots[0][0][1]] = "\n".join(lines)
        return Filled(puts, sheet, inserts)
    if any(
        len(slot) > 2 for slot in slots
    ):  # several columns of names: one below the other, column by column
        places_of = [
            (row, col)
            for index in range(max(map(len, slots)))
            for row, col in (slot[index] for slot in slots if index < len(slot))
        ]
        lines = []
        for each_row in rows:
            lines.append("　".join(each_row))
        share = -(-len(lines) // len(places_of)) or 1
        for index, (row, col) in enumerate(places_of):
            puts[sheet, row, col] = "\n".join(lines[index * share : (index + 1) * share])
        return Filled(puts, sheet, inserts)
    template = slots[-1]
    for index, cells in enumerate(rows):
        if len(cells) <= 2:
            cells = list(cells)
        else:
            cells = [cells[0], "｜".join(cells[1:])]
        if index < len(slots):
            target = slots[index]
            puts.update(
                {
                    (sheet, row, col): text
                    for (row, col), text in zip(target, _spread(cells, target))
                }
            )
            places.grid(sheet).show(target[0][0], False)
        else:
            row = template[0][0]
            made = Insert(
                max(number for each_slot in slots for number, _ in each_slot), row, row, True
            )
            made.texts = {
                (0, col): text for (_, col), text in zip(template, _spread(cells, template))
            }
            inserts.append(made)
    return Filled(puts, sheet, inserts)


def _headings(places: Places, line: FormNode, found: Found, sheet: int) -> list[Cell]:
    """The printed headings of the list's columns."""
    header = set()
    for column in line.columns:
        header.add(folded(column))
    stop = min(
        (
            each_found.box[0]
            for each_found in places.work.founds
            if each_found.sheet == sheet and each_found.box[0] > found.box[2]
        ),
        default=1 << 20,
    )
    cells = []
    for cell in places.work.cells:
        if cell.sheet == sheet and folded(cell.text) in header and found.box[0] < cell.row < stop:
            cells.append(cell)
    return cells


def _columns(
    places: Places, line: FormNode, found: Found, sheet: int, box: Box, across: Across
) -> list[tuple[int, int]]:
    """First and last column of number and name: as the headings have them, else the left of the box and the rest."""
    heads = _headings(places, line, found, sheet)
    if len(heads) == 2:
        pairs = []
        for head in heads:
            pairs.append((head.col, head.col2))
        return pairs
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
    out = []
    for cells in rows:
        if len(cells) == 1:
            texts = ["", *cells]
        else:
            texts = [cells[0], "｜".join(cells[1:])]
        merges = tuple(
            (0, number, 0, each_number) for number, each_number in columns if each_number > number
        )
        out.append(
            Insert(
                row,
                row,
                row,
                True,
                dict(zip([(0, number) for number, _ in columns], texts)),
                merges,
            )
        )
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


def _is_box(
    places: Places, grid: Grid, one: sections.FileList, slots: Sequence[Sequence[tuple[int, int]]]
) -> bool:
    """Whether the list stands in one big box."""
    if len(slots) != 1 or len(slots[0]) != 1:
        return False
    row, col = slots[0][0]
    box = grid.box(row, col)
    tall = box[2] > box[0] or (grid.height(row) or 0) > 60
    return tall or any("\n" in cell.text for line in one.lines for cell in line)


def _beside(places: Places, c: Cell) -> At:
    return (c.sheet, c.row, c.col2 + 1)


def _blank_boxes(
    places: Places, line: FormNode, found: Found, one: sections.FileList, sheet: int
) -> list[list[tuple[int, int]]]:
    """The boxes of an empty list: those of the first row below its heading that has any."""
    grid = places.grid(sheet)
    below = []
    for heading in _headings(places, line, found, sheet):
        below.append(heading.row2)
    top = max([found.box[2], *(cell.row2 for cell in one.named), *below])
    stop = min(
        (
            each_found.box[0]
            for each_found in places.work.founds
            if each_found.sheet == sheet and each_found.box[0] > top
        ),
        default=1 << 20,
    )
    for row in range(top + 1, min(stop, top + 6)):
        cols = []
        for merge in grid.merges:
            if merge[0] == row:
                cols.append(merge[1])
        if row in grid.rows:
            cols += [
                cell
                for cell in grid.rows[row].cells
                if grid.box(row, cell) == (row, cell, row, cell)
            ]
        free = sorted(
            col
            for col in dict.fromkeys(cols)
            if (sheet, row, col) not in places.text and col <= max(found.box[3], found.box[1] + 1)
        )
        if free:
            if len(below):
                return [[(row, number) for number in free[:2]]]
            return [[(row, free[0])]]
    if top + 1 < stop:
        return [[(top + 1, found.box[1])]]
    return []
