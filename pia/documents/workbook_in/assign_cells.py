"""Gives every filled cell that is no label to the label it answers, by rows, columns and merges;
continued rows are joined again.

Knows geometry and found labels; not what answers mean. A cell that belongs to no label is returned
as such: nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...domain.document.items import folded
from ..ooxml.book import BookCell, joined_text, places_of
from ..ooxml.measure import CONTINUED, CONTINUED_INLINE
from .find_labels import FoundLabel
from .labels import FIGURE_LIST, OPTIONS, is_name

_CONTINUED = {folded(CONTINUED): "\n", folded(CONTINUED_INLINE): ""}
ENTRY_RANGE = re.compile(r"\D+\d+[~～\-－―ー]\d+")  # システム2～5: printed above hidden blocks


@dataclass(slots=True)
class Owned:
    """`of[i]`: the cells of the i-th label, in reading order; `strangers`: cells of no label;
    `doubtful`: first cells of rows that look like a label but are none; `continued[i]`: rows joined
    to the i-th label's last cell, as they stand.
    """

    of: dict[int, list[BookCell]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[BookCell] = field(default_factory=list)
    doubtful: list[BookCell] = field(default_factory=list)
    continued: dict[int, list[list[BookCell]]] = field(default_factory=lambda: defaultdict(list))


def assign(
    founds: Sequence[FoundLabel],
    cells: Sequence[BookCell],
    skip: frozenset[tuple[int, int, int]],
    blanks: Mapping[tuple[int, int], int] | None = None,
) -> Owned:
    """`skip`: cells that are read elsewhere (tables, figures) or only printed; `blanks`: (sheet,
    row) → column of an empty box on that row.
    """
    work = _Assigning(founds, cells, skip, blanks or {})
    for cell in work.free:
        if not work.is_in_list(cell):
            work.place(cell)
    return work.out


class _Assigning:
    """Cells being given to the labels they answer."""

    def __init__(
        self,
        founds: Sequence[FoundLabel],
        cells: Sequence[BookCell],
        skip: frozenset[tuple[int, int, int]],
        blanks: Mapping[tuple[int, int], int],
    ):
        self.founds = founds
        self.blanks = blanks
        self.out = Owned()
        labels: set[tuple[int, int, int]] = set()
        # The labels of each sheet, by their place in `founds`.
        self.sheets: dict[int, list[int]] = defaultdict(list)
        for index, label in enumerate(founds):
            labels |= places_of(label.cells)
            self.sheets[label.sheet].append(index)
        self.free = [cell for cell in cells if cell.at not in labels and cell.at not in skip]
        self.rows: dict[tuple[int, int], list[BookCell]] = defaultdict(list)
        for cell in self.free:
            self.rows[cell.sheet, cell.row].append(cell)
        self.ends: dict[int, int] = defaultdict(int)
        for cell in cells:
            self.ends[cell.sheet] = max(self.ends[cell.sheet], cell.col2)
        # Sheet → rows of a printed list of a figure's texts, up to the next label.
        self.list_rows: dict[int, range] = {}

    def is_in_list(self, cell: BookCell) -> bool:
        """Whether a cell stands in a printed list of a figure's texts: it is nobody's answer."""
        if folded(cell.text).startswith(folded(FIGURE_LIST)):
            tops = []
            for index in self.sheets.get(cell.sheet, []):
                tops.append(self.founds[index].box[0])
            stop = min((top for top in tops if top > cell.row), default=1 << 30)
            self.list_rows[cell.sheet] = range(cell.row, stop)
        return cell.row in self.list_rows.get(cell.sheet, ())

    def place(self, cell: BookCell) -> None:
        """Gives a cell to the label beside it, else to the one above."""
        labels = self.sheets.get(cell.sheet, [])
        mates = self.rows[cell.sheet, cell.row]
        goes_on = False
        if labels:
            goes_on = _is_continued(mates[0], self.ends[cell.sheet])
        beside = _beside(self.founds, labels, cell)
        if beside is not None:
            if goes_on and self.founds[beside].box[0] < cell.row:
                # Of a tall label's rows, the label beside the text goes on.
                inside = _beside(self.founds, labels, mates[-1])
                _continue(self.out, beside if inside is None else inside, cell, mates)
            else:
                self.out.of[beside].append(cell)
            return
        if self._names_range(cell, labels):
            return
        above = _above(self.founds, labels, cell)
        if above is None:
            self.out.strangers.append(cell)
        elif goes_on:
            _continue(self.out, above, cell, mates)
        elif self._fits(above, cell, mates):
            self.out.of[above].append(cell)
        else:
            self.out.strangers.append(cell)
            if cell is mates[0] and len(mates) > 1:
                self.out.doubtful.append(cell)

    def _names_range(self, cell: BookCell, labels: Sequence[int]) -> bool:
        """Whether a cell only says which entries follow: システム2～16."""
        text = folded(cell.text)
        if not ENTRY_RANGE.fullmatch(text):
            return False
        for index in labels:
            prefix = self.founds[index].token.prefix
            if prefix and text.startswith(folded(prefix)):
                return True
        return False

    def _fits(self, above: int, cell: BookCell, mates: list[BookCell]) -> bool:
        """Whether a cell below its label's row can be its answer."""
        label = self.founds[above]
        kind = label.token.kind
        if kind in ("title", "note") or label.token.node.role == "contents":
            return True
        owned = self.out.of[above]
        right = label.box[3]
        if cell.col > right:
            return mates[0] in owned or _is_leftmost(cell, mates, right)
        is_wide = self._is_wide(label)
        if kind in ("part", "group") or _is_nameless(label):
            return is_wide and kind == "group" and folded(cell.text)[:1] == "["
        if is_wide:
            return True
        may_be_below = self._has_neighbour(label) or _is_answer(cell, mates, owned)
        return may_be_below and not self._is_answered(label, owned)

    def _is_wide(self, label: FoundLabel) -> bool:
        """A heading over the whole width: its answer stands below, wherever it begins."""
        end = self.ends[label.sheet]
        return label.box[3] >= end - 1 and end > 2

    def _is_answered(self, label: FoundLabel, owned: Sequence[BookCell]) -> bool:
        """Whether a label has its answer, or a box for it, at its right: what stands below is
        something else.
        """
        first, _, last, right = label.box
        if self.blanks.get((label.sheet, first), 0) > right:
            return True
        return any(cell.row == first or cell.row <= last for cell in owned)

    def _has_neighbour(self, label: FoundLabel) -> bool:
        """Whether other labels begin on the row of a label."""
        tops = []
        for index in self.sheets[label.sheet]:
            tops.append(self.founds[index].box[0])
        return tops.count(label.box[0]) > 1


def _is_nameless(label: FoundLabel) -> bool:
    """Whether a label heads entries that have no name."""
    if label.token.kind != "head":
        return False
    return not any(map(is_name, label.token.node.children))


def _is_leftmost(cell: BookCell, mates: Sequence[BookCell], right: int) -> bool:
    """Whether no other cell of a row stands at or left of a column."""
    return not any(mate.col <= right and mate is not cell for mate in mates)


def _is_answer(cell: BookCell, mates: Sequence[BookCell], owned: Sequence[BookCell]) -> bool:
    """Whether a cell below a narrow label looks like its answer: alone on its row, an option, or
    going on with a row that is.
    """
    if folded(cell.text).startswith(folded(OPTIONS)):
        return True
    if cell is mates[0]:
        return len(mates) == 1 or _pieces(list(mates))
    return mates[0] in owned


def _beside(founds: Sequence[FoundLabel], labels: Sequence[int], c: BookCell) -> int | None:
    """The nearest label to the left on the cell's first row; inside the rows of a tall label the
    last of its sub-labels above.
    """
    best = None
    for index in labels:
        top, _, bottom, right = founds[index].box
        is_left = top <= c.row <= bottom and right < c.col
        if is_left and (best is None or right > founds[best].box[3]):
            best = index
    if best is None:
        return None
    inner = [index for index in labels if _is_inside(founds[index], founds[best], c)]
    return max(inner, key=lambda index: (founds[index].box[0], founds[index].box[3]), default=best)


def _is_inside(label: FoundLabel, tall: FoundLabel, c: BookCell) -> bool:
    """Whether a label stands beside a tall one of its group, above and left of a cell."""
    top, _, bottom, right = tall.box
    row, left, _, last = label.box
    if bottom <= top or not top <= row <= c.row:
        return False
    return right < left and last < c.col and tall.token.node in label.token.node.parents


def _above(founds: Sequence[FoundLabel], labels: Sequence[int], c: BookCell) -> int | None:
    """The label of the nearest row above: of several side by side the one over the cell."""
    band = _nearest_above(founds, labels, c.row)
    if not band:
        return None
    under = [index for index in band if _shared(founds[index], c) >= 0]
    if len(band) > 1 and under:
        return max(under, key=lambda index: _shared(founds[index], c))
    left = [index for index in band if founds[index].box[1] <= c.col]
    return (under or left or band)[-1]


def _nearest_above(founds: Sequence[FoundLabel], labels: Sequence[int], row: int) -> list[int]:
    """The labels that begin on the nearest row above a row."""
    band: list[int] = []
    nearest = 0
    for index in labels:
        top = founds[index].box[0]
        if nearest < top < row:
            nearest = top
            band = []
        if top == nearest:
            band.append(index)
    return band


def _shared(label: FoundLabel, c: BookCell) -> int:
    """Columns that label and cell share, less one."""
    _, first, _, last = label.box
    return min(last, c.col2) - max(first, c.col)


def _is_continued(first: BookCell, end: int) -> bool:
    return folded(first.text) in _CONTINUED and first.col2 < end


def _continue(out: Owned, above: int, c: BookCell, mates: list[BookCell]) -> None:
    """Join a continued row to the last cell of its label.

    The row is handled once, at its first cell.
    """
    if c is not mates[0]:
        return
    out.continued[above].append(mates)
    following = joined_text(mates[1:])
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


def _pieces(mates: list[BookCell]) -> bool:
    """Brackets, boxes and printed options in cells of their own below a label."""
    if folded(mates[0].text)[:1] in ("[", "("):
        return True
    return any(folded(mate.text).startswith(folded(OPTIONS)) for mate in mates)
