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
    want = [(list(r) + [""] * width)[:width] for r in rows]
    same = 0
    while same < min(len(have), len(want)) and have[same][0] == want[same]:
        same += 1
    if same == len(have) == len(want):
        return None if not want else Filled({}, header[min(header)].sheet, [])
    kept = [c for _, cells in have[:same] for c in cells]
    old = [(c.sheet, c.row) for _, cells in have[same:] for c in cells]
    last = max([c for _, cells in have for c in cells], key=lambda c: c.at, default=None) or min(
        header.values(), key=lambda c: c.col
    )
    sheet = last.sheet
    heads = {i: c for i, c in header.items()}
    grid = places.grid(sheet)
    free = old + [
        (sheet, r)
        for r in _empty_below(places, grid, sheet, last.row, [c.col for c in heads.values()])
    ]
    columns = {i: c.col for i, c in heads.items()}
    puts: dict[At, str] = {
        (s, r, _anchor(places.grid(s), r, col)): "" for s, r in old for col in columns.values()
    }
    template = (
        free[-1][1]
        if free and free[-1][0] == sheet
        else (kept[-1].row if kept and kept[-1].sheet == sheet else last.row)
    )
    end = max([r for s, r in free if s == sheet] + [last.row2])
    inserts: list[Insert] = []
    wide = {
        i: across(sheet, grid.box(template, _anchor(grid, template, col)))
        for i, col in columns.items()
    }
    printed = [texts for r in want[same:] for texts in _split(r, wide)]
    for k, texts in enumerate(printed):
        if k < len(free):
            s, r = free[k]
            places.grid(s).show(r, False)
            puts.update(
                {(s, r, _anchor(places.grid(s), r, col)): texts[i] for i, col in columns.items()}
            )
        else:
            made = Insert(end, template, template, True)
            made.texts = {(0, _anchor(grid, template, col)): texts[i] for i, col in columns.items()}
            if template == last.row and not have:
                made.merges = tuple((0, c.col, 0, c.col2) for c in heads.values() if c.col2 > c.col)
            made.heights[0] = _tall(texts, wide)
            inserts.append(made)
    return Filled(puts, sheet, inserts)


def _split(cells: Sequence[str], wide: dict[int, float]) -> Iterator[list[str]]:
    limit = int((MOST - 5) / LINE) - 1
    pieces = [list(chunks(c, wide.get(i, 120.0), limit)) for i, c in enumerate(cells)]
    for k in range(max(map(len, pieces))):
        texts = [p[k][1] if k < len(p) else "" for p in pieces]
        if k and len(pieces[1]) <= k:
            texts[1] = next((p[k][0] for p in pieces if k < len(p)), CONTINUED)
        yield texts


def _tall(texts: Sequence[str], wide: dict[int, float]) -> float:
    from ..ooxml.measure import height

    return min(MOST, max(height(t, wide.get(i, 120.0)) for i, t in enumerate(texts)))


def _anchor(grid: Grid, row: int, col: int) -> int:
    return grid.box(row, col)[1]


def _empty_below(
    places: Places, grid: Grid, sheet: int, row: int, columns: Sequence[int]
) -> Iterator[int]:
    """Rows of boxes below a table that nothing is written in."""
    filled = {r for s, r, _ in places.text if s == sheet}
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
    sheet = one.lines[0][0].sheet if one.lines else found.sheet
    grid = places.grid(sheet)
    puts: dict[At, str] = {}
    inserts: list[Insert] = []
    if (
        one.named
        and name
        and one.name.strip() != name.strip()
        and folded(one.named[0].text) in sections._NAME_LABELS
    ):
        at = one.named[1].at if len(one.named) > 1 else _beside(places, one.named[0])
        puts[at] = name
    if one.lines:
        slots = [
            list(dict.fromkeys((c.row, c.col) for c in r)) for r in one.lines if r[0].sheet == sheet
        ]
        for r in one.lines:
            for c in r:
                puts[c.at] = ""
        if len(one.lines) == 1 and len(one.lines[0]) == 1 and "\n" in one.lines[0][0].text:
            slots = slots[:1]
    else:
        slots = _blank_boxes(places, line, found, one, sheet)
    if not slots:
        return None if rows else Filled({}, sheet, [])
    if all(len(t) == 1 for t in slots) and any(len(r) > 1 for r in rows):
        columns = _columns(places, line, found, sheet, grid.box(*slots[-1][0]), across)
        if columns:
            boxes = [grid.box(*t[0]) for t in slots]
            for box in boxes:
                for row in range(box[0], box[2] + 1):
                    grid.show(row, True)
            return Filled(puts, sheet, _in_columns(columns, boxes[-1][2], rows))
    big = _is_box(places, grid, one, slots)
    lines = ["　".join(r) for r in rows] if big else []
    if big:
        puts[sheet, slots[0][0][0], slots[0][0][1]] = "\n".join(lines)
        return Filled(puts, sheet, inserts)
    if any(
        len(r) > 2 for r in slots
    ):  # several columns of names: one below the other, column by column
        places_of = [
            (row, col)
            for k in range(max(map(len, slots)))
            for row, col in (r[k] for r in slots if k < len(r))
        ]
        lines = ["　".join(r) for r in rows]
        share = -(-len(lines) // len(places_of)) or 1
        for k, (row, col) in enumerate(places_of):
            puts[sheet, row, col] = "\n".join(lines[k * share : (k + 1) * share])
        return Filled(puts, sheet, inserts)
    template = slots[-1]
    for k, cells in enumerate(rows):
        cells = list(cells) if len(cells) <= 2 else [cells[0], "｜".join(cells[1:])]
        if k < len(slots):
            target = slots[k]
            puts.update(
                {(sheet, row, col): t for (row, col), t in zip(target, _spread(cells, target))}
            )
            places.grid(sheet).show(target[0][0], False)
        else:
            row = template[0][0]
            made = Insert(max(r for s in slots for r, _ in s), row, row, True)
            made.texts = {(0, col): t for (_, col), t in zip(template, _spread(cells, template))}
            inserts.append(made)
    return Filled(puts, sheet, inserts)


def _headings(places: Places, line: FormNode, found: Found, sheet: int) -> list[Cell]:
    """The printed headings of the list's columns."""
    header = {folded(c) for c in line.columns}
    stop = min(
        (f.box[0] for f in places.work.founds if f.sheet == sheet and f.box[0] > found.box[2]),
        default=1 << 20,
    )
    return [
        c
        for c in places.work.cells
        if c.sheet == sheet and folded(c.text) in header and found.box[0] < c.row < stop
    ]


def _columns(
    places: Places, line: FormNode, found: Found, sheet: int, box: Box, across: Across
) -> list[tuple[int, int]]:
    """First and last column of number and name: as the headings have them, else the left of the box and the rest."""
    heads = _headings(places, line, found, sheet)
    if len(heads) == 2:
        return [(c.col, c.col2) for c in heads]
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
        texts = ["", *cells] if len(cells) == 1 else [cells[0], "｜".join(cells[1:])]
        merges = tuple((0, a, 0, b) for a, b in columns if b > a)
        out.append(
            Insert(row, row, row, True, dict(zip([(0, a) for a, _ in columns], texts)), merges)
        )
    return out


def _spread(cells: Sequence[str], target: Sequence[tuple[int, int]]) -> list[str]:
    """A row's texts on the boxes of a printed row: one text stands in the last box."""
    if len(cells) == len(target):
        return list(cells)
    if len(target) == 1:
        return ["　".join(cells)]
    return ["", *cells] if len(cells) == 1 else list(cells)


def _is_box(
    places: Places, grid: Grid, one: sections.FileList, slots: Sequence[Sequence[tuple[int, int]]]
) -> bool:
    """Whether the list stands in one big box."""
    if len(slots) != 1 or len(slots[0]) != 1:
        return False
    row, col = slots[0][0]
    box = grid.box(row, col)
    tall = box[2] > box[0] or (grid.height(row) or 0) > 60
    return tall or any("\n" in c.text for r in one.lines for c in r)


def _beside(places: Places, c: Cell) -> At:
    return (c.sheet, c.row, c.col2 + 1)


def _blank_boxes(
    places: Places, line: FormNode, found: Found, one: sections.FileList, sheet: int
) -> list[list[tuple[int, int]]]:
    """The boxes of an empty list: those of the first row below its heading that has any."""
    grid = places.grid(sheet)
    below = [c.row2 for c in _headings(places, line, found, sheet)]
    top = max([found.box[2], *(c.row2 for c in one.named), *below])
    stop = min(
        (f.box[0] for f in places.work.founds if f.sheet == sheet and f.box[0] > top),
        default=1 << 20,
    )
    for row in range(top + 1, min(stop, top + 6)):
        cols = [b[1] for b in grid.merges if b[0] == row]
        if row in grid.rows:
            cols += [c for c in grid.rows[row].cells if grid.box(row, c) == (row, c, row, c)]
        free = sorted(
            c
            for c in dict.fromkeys(cols)
            if (sheet, row, c) not in places.text and c <= max(found.box[3], found.box[1] + 1)
        )
        if free:
            return [[(row, c) for c in free[:2]]] if len(below) else [[(row, free[0])]]
    return [[(top + 1, found.box[1])]] if top + 1 < stop else []
