"""Gives every filled cell that is no label to the label it answers, by rows, columns and merges; continued rows are joined again.

Knows geometry and found labels; not what answers mean. A cell that belongs to no label is returned as such: nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...domain.document.items import folded
from ..ooxml.book import Cell
from .find_labels import Found
from .labels import CONTINUED, CONTINUED_INLINE, FIGURE_LIST, OPTIONS, is_name

_CONTINUED = {folded(CONTINUED): "\n", folded(CONTINUED_INLINE): ""}
_RANGE = re.compile(r"\D+\d+[~～\-－―ー]\d+")  # システム2～5: printed above hidden blocks


@dataclass(slots=True)
class Owned:
    """`of[i]`: the cells of the i-th label, in reading order; `strangers`: cells of no label; `doubtful`: first cells of rows that look like a label
    but are none."""

    of: dict[int, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[Cell] = field(default_factory=list)
    doubtful: list[Cell] = field(default_factory=list)
    continued: dict[int, list[list[Cell]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # rows joined to the i-th label's last cell, as they stand


def assign(
    founds: Sequence[Found],
    cells: Sequence[Cell],
    skip: frozenset[tuple[int, int, int]],
    blanks: Mapping[tuple[int, int], int] | None = None,
) -> Owned:
    """`skip`: cells that are read elsewhere (tables, figures) or only printed; `blanks`: (sheet, row) → column of an empty box on that row."""
    out = Owned()
    labels = set()
    for found in founds:
        for cell in found.cells:
            labels.add(cell.at)
    sheets: dict[int, list[int]] = defaultdict(list)
    for index, found in enumerate(founds):
        sheets[found.sheet].append(index)
    rows: dict[tuple[int, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.at not in labels and cell.at not in skip:
            rows[(cell.sheet, cell.row)].append(cell)
    ends = {}
    for sheet in sheets:
        ends[sheet] = max((cell.col2 for cell in cells if cell.sheet == sheet), default=1)
    list_rows: dict[
        int, tuple[int, int]
    ] = {}  # sheet -> (first row, row of the next label) of a printed list of a figure's texts
    for cell in cells:
        if cell.at in labels or cell.at in skip:
            continue
        mine = sheets.get(cell.sheet, [])
        if folded(cell.text).startswith(folded(FIGURE_LIST)):
            list_rows[cell.sheet] = (
                cell.row,
                min(
                    (founds[index].box[0] for index in mine if founds[index].box[0] > cell.row),
                    default=1 << 30,
                ),
            )
        if (
            cell.sheet in list_rows
            and list_rows[cell.sheet][0] <= cell.row < list_rows[cell.sheet][1]
        ):
            continue
        mates = rows[(cell.sheet, cell.row)]
        beside = _beside(founds, mine, cell)
        if beside is not None:
            if founds[beside].box[0] < cell.row and _is_continued(mates[0], ends[cell.sheet]):
                inside = _beside(
                    founds, mine, mates[-1]
                )  # of a tall label's rows: the label beside the text goes on
                _continue(out, beside if inside is None else inside, cell, mates)
            else:
                out.of[beside].append(cell)
            continue
        if _RANGE.fullmatch(folded(cell.text)) and any(
            found.token.prefix and folded(cell.text).startswith(folded(found.token.prefix))
            for found in (founds[index] for index in mine)
        ):
            continue
        above = _above(founds, mine, cell)
        if above is None:
            out.strangers.append(cell)
            continue
        if _is_continued(mates[0], ends[cell.sheet]):
            _continue(out, above, cell, mates)
            continue
        boxed = (blanks or {}).get((cell.sheet, founds[above].box[0]), 0) > founds[above].box[3]
        if _fits(founds, above, cell, mates, out, ends[cell.sheet], boxed):
            out.of[above].append(cell)
        else:
            out.strangers.append(cell)
            if cell is mates[0] and len(mates) > 1:
                out.doubtful.append(cell)
    return out


def _beside(founds: Sequence[Found], mine: Sequence[int], c: Cell) -> int | None:
    """The nearest label to the left on the cell's first row; inside the rows of a tall label the last of its sub-labels above."""
    best = None
    for index in mine:
        r1, _, r2, c2 = founds[index].box
        if r1 <= c.row <= r2 and c2 < c.col and (best is None or c2 > founds[best].box[3]):
            best = index
    if best is None:
        return None
    r1, _, r2, c2 = founds[best].box
    inner = []
    for index in mine:
        if (
            r2 > r1 <= founds[index].box[0] <= c.row
            and c2 < founds[index].box[1]
            and founds[index].box[3] < c.col
        ):
            inner.append(index)
    inner = [
        index for index in inner if founds[best].token.node in founds[index].token.node.parents
    ]
    return max(inner, key=lambda index: (founds[index].box[0], founds[index].box[3]), default=best)


def _above(founds: Sequence[Found], mine: Sequence[int], c: Cell) -> int | None:
    """The label of the nearest row above: of several side by side the one over the cell."""
    over = []
    for index in mine:
        if founds[index].box[0] < c.row:
            over.append(index)
    if not over:
        return None
    row = max(founds[index].box[0] for index in over)
    band = []
    for index in over:
        if founds[index].box[0] == row:
            band.append(index)
    under = []
    for index in band:
        if founds[index].box[1] <= c.col2 and c.col <= founds[index].box[3]:
            under.append(index)
    left = []
    for index in band:
        if founds[index].box[1] <= c.col:
            left.append(index)
    if len(band) > 1 and under:
        return max(
            under,
            key=lambda index: min(founds[index].box[3], c.col2) - max(founds[index].box[1], c.col),
        )
    return (under or left or band)[-1]


def _is_continued(first: Cell, end: int) -> bool:
    return folded(first.text) in _CONTINUED and first.col2 < end


def _continue(out: Owned, above: int, c: Cell, mates: list[Cell]) -> None:
    """Join a continued row to the last cell of its label. The row is handled once, at its first cell."""
    if c is not mates[0]:
        return
    out.continued[above].append(mates)
    following = "".join(mate.text for mate in mates[1:])
    between = _CONTINUED[folded(c.text)]
    if out.of[above]:
        last = out.of[above][-1]
        out.of[above][-1] = replace(
            last,
            text=last.text + between + following,
            hidden=last.hidden or any(mate.hidden for mate in mates),
        )
    else:
        out.of[above].append(replace(mates[-1], text=between + following))


def _fits(
    founds: Sequence[Found],
    above: int,
    c: Cell,
    mates: list[Cell],
    out: Owned,
    end: int,
    boxed: bool,
) -> bool:
    """Whether a cell below its label's row can be its answer. `boxed`: the label has an empty box for it at its right."""
    found = founds[above]
    if found.token.kind in ("title", "note") or found.token.node.id == "TOC":
        return True
    r1, _, _, c2 = found.box
    wide = (
        c2 >= end - 1 and end > 2
    )  # a heading over the whole width: its answer stands below, wherever it begins
    if c.col > c2:
        return mates[0] in out.of[above] or not any(
            mate.col <= c2 and mate is not c for mate in mates
        )
    if found.token.kind in ("part", "group") or (
        found.token.kind == "head"
        and not any(is_name(child) for child in found.token.node.children)
    ):
        return wide and found.token.kind == "group" and folded(c.text)[:1] == "["
    if not wide and (
        boxed or any(cell.row == r1 or cell.row <= found.box[2] for cell in out.of[above])
    ):
        return False  # it already has its answer at its right: this is something else
    if folded(c.text).startswith(folded(OPTIONS)):
        return True
    if (
        wide
        or len(
            [
                each_found
                for each_found in founds
                if each_found.sheet == found.sheet and each_found.box[0] == r1
            ]
        )
        > 1
    ):
        return True
    return (
        (c is mates[0] and len(mates) == 1)
        or (c is not mates[0] and mates[0] in out.of[above])
        or (c is mates[0] and _pieces(mates))
    )


def _pieces(mates: list[Cell]) -> bool:
    """Brackets, boxes and printed options in cells of their own below a label."""
    return folded(mates[0].text)[:1] in ("[", "(") or any(
        folded(mate.text).startswith(folded(OPTIONS)) for mate in mates
    )
