"""Pages and Word tables as the cells that readers of workbooks know, each with the page or the
table a person finds it in.

Knows rows and columns. Must not know PDF, Word or what a cell says.
"""

from __future__ import annotations

import zipfile
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from ..ooxml.book import Book, BookCell


@dataclass(slots=True)
class PaperBook(Book):
    """A document on paper as a workbook. `places`: (sheet, row) → what a person is told ('p. 46');
    `pages`: (sheet, row) → page, where pages are known."""

    places: dict[tuple[int, int], str] = field(default_factory=dict)
    pages: dict[tuple[int, int], int] = field(default_factory=dict)

    def where(self, cell: BookCell) -> str:
        """p. 46, for a person."""
        for row in range(cell.row, 0, -1):
            if (cell.sheet, row) in self.places:
                return self.places[cell.sheet, row]
        return self.sheets[cell.sheet].name


def empty() -> PaperBook:
    """A book without sheets; it has no package, and so no drawings."""
    packed = BytesIO()
    zipfile.ZipFile(packed, "w").close()
    return PaperBook([], {}, zipfile.ZipFile(packed))


class ColumnEdges:
    """Places of edges as columns from 1: those nearer than `near` are one."""

    def __init__(self, places: Iterable[float], near: float):
        self.near = near
        self.at: list[float] = []
        for place in sorted(places):
            if not self.at or place - self.at[-1] > near:
                self.at.append(place)

    def of(self, place: float) -> int:
        """The number of the edge at a place, from 1; of one between two edges the one before."""
        index = bisect_left(self.at, place - self.near)
        if index < len(self.at) and abs(self.at[index] - place) <= self.near:
            return index + 1
        return max(bisect_left(self.at, place), 1)
