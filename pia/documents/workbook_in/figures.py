"""The figures of 別添1: several on a sheet or over several sheets, each with its caption, drawn
with shapes or in cells, and its own （備考）.

Knows how such a sheet goes from top to bottom; shapes are read by `drawings`. The words of one line
that stand in many cells are the row they are. Serves 別添1 of the 全項目評価書.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.document.items import folded
from ..ooxml import drawings
from ..ooxml.book import Book, BookCell, BookSheet, joined_text, rows_of
from .find_labels import FoundLabel
from .labels import FIGURE_LIST

_REMARKS = ("(備考)", "備考", "(備考)※", "備考※")
_MARKED = re.compile(r"\s*(?:[＜〈<【■●◆◇□]|[(（]?[0-9０-９]{1,2}[)）.．、]|図|～)")
_ITEM = re.compile(
    r"\s*(?:[①-⑳㉑-㉟・･※*]|[0-9０-９]+[-－ー][①-⑳0-9０-９]|[(（]注|注[)）0-9０-９])"
)
_CAPTION = 60  # letters; a longer line is no caption
_LINES = 2  # of a caption


@dataclass(slots=True)
class Figure:
    """One figure of 別添1 with its title and remarks; `at` is a place a person can go to.

    `label` is its （備考）; `drawn`: the cells of a figure that is drawn in cells, by row.
    """

    title: str = ""
    answer: dict[str, Any] | None = None
    remarks: list[BookCell] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    unreadable: bool = False
    at: BookCell | None = None
    head: FoundLabel | None = None
    titles: list[BookCell] = field(default_factory=list)
    anchors: list[drawings.Anchored] = field(default_factory=list)
    label: FoundLabel | None = None
    drawn: list[list[BookCell]] = field(default_factory=list)

    def entitle(self, row: Sequence[BookCell]) -> None:
        """Adds a line to the title; the same line again says nothing more."""
        line = joined_text(row, "　")
        if folded(line) not in map(folded, self.title.split("\n")):
            self.title = f"{self.title}\n{line}" if self.title else line
        self.titles += row


@dataclass(frozen=True, slots=True)
class _Event:
    """What comes next on a sheet from top to bottom: a row of cells, or a shape."""

    y: float
    row: tuple[BookCell, ...] = ()
    shape: drawings.Anchored | None = None

    @property
    def is_line(self) -> bool:
        """Whether it is a short text alone on its row."""
        return len(self.row) == 1 and len(self.row[0].text) <= _CAPTION

    def is_behind(self, other: _Event) -> bool:
        """Whether it follows another row without a blank one between."""
        return bool(self.row and other.row) and self.row[0].row <= _last_row(other.row) + 1


def _last_row(row: Sequence[BookCell]) -> int:
    return max(cell.row2 for cell in row)


def read_figures(
    book: Book, founds: Sequence[FoundLabel], cells: Sequence[BookCell], sheets: Sequence[int]
) -> tuple[list[Figure], list[BookCell]]:
    """The figures below one 別添1 heading, and the cells that belong to none.

    `founds`: the labels inside (図1, 備考); `sheets`: the sheets it lies on.
    """
    out: list[Figure] = []
    strangers: list[BookCell] = []
    for index in sheets:
        here = [cell for cell in cells if cell.sheet == index]
        labels = [label for label in founds if label.sheet == index]
        reading = _FigureSheet(book, book.sheets[index], labels, out)
        reading.read(here)
        strangers += reading.strangers
    return out, strangers


class _FigureSheet:
    """One sheet being read from top to bottom."""

    def __init__(
        self, book: Book, sheet: BookSheet, founds: Sequence[FoundLabel], out: list[Figure]
    ):
        self.book = book
        self.sheet = sheet
        self.out = out
        self.before = len(out)
        self.heads = {label.box[0]: label for label in founds if label.token.kind == "head"}
        self.labels = {label.box[0]: label for label in founds if label.token.kind != "head"}
        self.strangers: list[BookCell] = []
        self.remarking = False
        # Where the shapes of the last figure end.
        self.bottom = 0.0

    def read(self, cells: Sequence[BookCell]) -> None:
        """Adds the sheet's figures."""
        waiting: list[_Event] = []
        for event in self._events(cells):
            if event.row and self._is_remarks(event.row):
                self._take(waiting, True)
                waiting = []
                self._remark(event.row)
            else:
                waiting.append(event)
        self._take(waiting, False)
        for figure in self.out[self.before :]:
            self._close(figure)

    def _events(self, cells: Sequence[BookCell]) -> list[_Event]:
        """Rows and shapes from top to bottom, without the printed list of a figure's words."""
        events = [
            _Event(anchor.y, shape=anchor) for anchor in drawings.anchors(self.book, self.sheet)
        ]
        is_list = False
        for row in rows_of(cells):
            if folded(row[0].text).startswith(folded(FIGURE_LIST)):
                is_list = True
            elif self._is_remarks(row) or row[0].row in self.heads:
                is_list = False
            if not is_list:
                events.append(_Event(self.sheet.top(row[0].row), tuple(row)))
        return sorted(events, key=lambda event: (event.y, event.shape is not None))

    def _is_remarks(self, row: Sequence[BookCell]) -> bool:
        return row[0].row in self.labels or folded(row[0].text) in _REMARKS

    def _remark(self, row: Sequence[BookCell]) -> None:
        """The row of a （備考）: the figure above it is what the remarks are about."""
        label = self.labels.get(row[0].row)
        is_new = len(self.out) == self.before
        if is_new and (not self.out or self.out[-1].label is not None or not self.out[-1].head):
            self._open(Figure(at=row[0]))
        own = label.cells if label else row[:1]
        self.out[-1].label = label or self.out[-1].label
        self.out[-1].remarks += [cell for cell in row if cell not in own]
        self.remarking = True

    def _open(self, figure: Figure) -> None:
        self.out.append(figure)
        self.remarking = False
        self.bottom = 0.0

    def _take(self, events: Sequence[_Event], closes: bool) -> None:
        """What stands between two （備考）, or behind the last: remarks, and then figures."""
        starts = [i for i, event in enumerate(events) if event.row and self._head_of(event)]
        first = events[: starts[0]] if starts else events
        if self.remarking and not starts and closes:
            at = _opening(first)
            for event in first[:at]:
                self.out[-1].remarks += event.row
            self._open(Figure(at=_place(first[at:], self.sheet.index)))
            first = first[at:]
        self._go_on(first, closes)
        for start, end in zip(starts, [*starts[1:], len(events)]):
            self._headed(events[start], events[start + 1 : end])

    def _head_of(self, event: _Event) -> FoundLabel | None:
        return self.heads.get(event.row[0].row)

    def _headed(self, event: _Event, events: Sequence[_Event]) -> None:
        """A figure under 図1, its title beside that or right under it."""
        head = self._head_of(event)
        assert head is not None
        figure = Figure(head.tail, at=head.cells[0], head=head)
        self._open(figure)
        beside = [cell for cell in event.row if cell not in head.cells]
        if beside and not figure.title:
            figure.entitle(beside)
        for index, following in enumerate(events):
            if not index and not figure.title and following.is_line:
                figure.entitle(following.row)
            else:
                self._draw(following)

    def _draw(self, event: _Event) -> None:
        """A shape or a row of the figure that is open."""
        if event.shape:
            self.out[-1].anchors.append(event.shape)
            self.bottom = max(self.bottom, event.y + event.shape.h)
        else:
            self.out[-1].drawn.append(list(event.row))

    def _go_on(self, events: Sequence[_Event], closes: bool) -> None:
        """Events without 図1: titles stand above their figure, remarks below it. Below the （備考）
        of a figure under 図1 everything is that figure's, up to the next."""
        for index, event in enumerate(events):
            is_headed = self.remarking and self.out[-1].head is not None
            shapes_follow = index + 1 < len(events) and events[index + 1].shape is not None
            if event.shape:
                is_open = bool(self.out[self.before :]) and not self.remarking
                if not is_open and not is_headed:
                    self._open(Figure(at=BookCell(self.sheet.index, 1, 1, 1, 1, "")))
                self._draw(event)
            elif is_headed:
                self.out[-1].remarks += event.row
            else:
                self._add_row(events, index, shapes_follow, closes)

    def _add_row(
        self, events: Sequence[_Event], index: int, shapes_follow: bool, closes: bool
    ) -> None:
        """A row is a title where a figure begins, a remark below one, else drawn in cells."""
        event = events[index]
        if not self.out[self.before :] or (shapes_follow and self._may_open(event)):
            self._open(Figure(at=event.row[0]))
            if len(event.row) > 1 and not shapes_follow:
                self._draw(event)
            else:
                self.out[-1].entitle(event.row)
            return
        figure = self.out[-1]
        if self.remarking or (figure.anchors and event.y >= self.bottom and not closes):
            figure.remarks += event.row
        elif figure.anchors or figure.drawn or len(event.row) > 1:
            self._draw(event)
        elif not figure.title or self._goes_on(events, index):
            figure.entitle(event.row)
        else:
            self._draw(event)

    def _goes_on(self, events: Sequence[_Event], index: int) -> bool:
        """Whether a row goes on with a title: right under it, or with shapes still to come."""
        if any(later.shape for later in events[index:]):
            return True
        return index > 0 and events[index].is_behind(events[index - 1])

    def _may_open(self, event: _Event) -> bool:
        """Whether a row behind a figure can be the title of the next."""
        figure = self.out[-1]
        is_covered = bool(figure.anchors) and event.y < self.bottom
        is_line = all("\n" not in cell.text for cell in event.row)
        return (self.remarking or bool(figure.anchors)) and not is_covered and is_line

    def _close(self, figure: Figure) -> None:
        """Reads a figure's shapes; one that has none was drawn in the cells."""
        figure.answer, figure.blobs, figure.unreadable = drawings.read_figure(
            self.book, self.sheet, figure.anchors
        )
        if figure.answer is None and figure.drawn:
            figure.answer = {"shapes": [self._line(row) for row in figure.drawn]}
            return
        for row in figure.drawn:
            self.strangers += row
        figure.drawn = []

    def _line(self, row: Sequence[BookCell]) -> dict[str, Any]:
        """A row drawn in cells, as one line of words at its place."""
        left = self.sheet.left(row[0].col)
        top = self.sheet.top(row[0].row)
        right = self.sheet.left(max(cell.col2 for cell in row) + 1)
        bottom = self.sheet.top(_last_row(row) + 1)
        words = joined_text(row, "　")
        return drawings.made_shape("label", words, left, top, right - left, bottom - top)


def _place(events: Sequence[_Event], sheet: int) -> BookCell:
    for event in events:
        if event.row:
            return event.row[0]
    return BookCell(sheet, 1, 1, 1, 1, "")


def _opening(events: Sequence[_Event]) -> int:
    """Where, behind the remarks of one figure, the next figure begins: at the line above its shapes
    or its cells, behind a blank row where there is one."""
    blocks = _blocks(events)
    drawn = next((i for i, event in enumerate(events) if event.shape), None)
    if drawn is not None:
        return _caption_above(events, drawn)
    for start, _ in blocks[1:]:
        if events[start].is_line and not _ITEM.match(events[start].row[0].text):
            return start
    for start, _ in blocks[1:]:
        if not _ITEM.match(events[start].row[0].text):
            return start
    for index, event in enumerate(events[1:], 1):
        if event.is_line and _MARKED.match(event.row[0].text):
            return index
    return len(events)


def _caption_above(events: Sequence[_Event], drawn: int) -> int:
    """The first line of the caption right above a shape."""
    start = drawn
    while start > 0 and drawn - start < _LINES and events[start - 1].is_line:
        is_apart = start < drawn and not events[start].is_behind(events[start - 1])
        if is_apart or _ITEM.match(events[start - 1].row[0].text):
            break
        start -= 1
    return start


def _blocks(events: Sequence[_Event]) -> list[tuple[int, int]]:
    """Runs of rows without a blank row between, as (first, behind the last)."""
    starts = [0]
    for index in range(1, len(events)):
        if not events[index].is_behind(events[index - 1]):
            starts.append(index)
    return list(zip(starts, [*starts[1:], len(events)])) if events else []
