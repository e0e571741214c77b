"""A written paper as plain values: paragraphs, tables and page breaks, as Word holds them and as
our PDF prints them.

Built from a comparison, from the words of a paper, or read back from a filled Word file; so docx
and PDF say the same. Knows no file format. Lengths are points (1/72 inch), sizes are points of
type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SIZE = 10.5
LEAD = 1.5  # from line to line, in sizes of type
MARGIN = 56.7  # 20 mm
PAGE = (595.3, 841.9)  # A4 upright


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one look; line feeds stand in it as they are. A `field` says PAGE or NUMPAGES
    instead, above or below a page. `black`: white on a black box, in the PDF alone. `mark`: insert
    or delete, a change that can be taken or taken back. `page_of`: the name of a paragraph; the
    number of its page stands here (`as_pdf.with_pages`).
    """

    text: str
    bold: bool = False
    underline: bool = False
    size: float = 0.0  # 0: as the paper's
    field: str = ""
    black: bool = False
    mark: str = ""
    page_of: str = ""


@dataclass(frozen=True, slots=True)
class Para:
    """align: left, center, right or both. `first` indents the first line beyond `left` (negative:
    hanging). `level` 1 to 3 makes it a heading. `mark`: the paragraph itself is a change. `name`:
    by what others refer to it, letters of ASCII.
    """

    runs: tuple[Run, ...] = ()
    align: str = "left"
    left: float = 0.0
    first: float = 0.0
    before: float = 0.0
    after: float = 0.0
    level: int = 0
    keep: bool = False  # with the next one on a page
    mark: str = ""
    name: str = ""

    @property
    def text(self) -> str:
        """The words of all runs."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class PaperCell:
    """A cell of a table: its paragraphs, its shade and how many columns it spans; the name it is
    found again by in a Word file that came back."""

    paras: tuple[Para, ...]
    shade: str = ""  # RRGGBB
    span: int = 1
    name: str = ""

    @property
    def text(self) -> str:
        """Its paragraphs, one a line."""
        return "\n".join(paragraph.text for paragraph in self.paras)


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table: widths of its columns, rows of cells, the first `heads` rows repeated on every page.
    `plain` has no rules and only sets words beside each other; the shades of `boxes` head nothing.
    `marks`: of each row that is a change itself, insert or delete; empty: of none.
    """

    widths: tuple[float, ...]
    rows: tuple[tuple[PaperCell, ...], ...]
    heads: int = 0
    plain: bool = False
    boxes: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """A new page."""


Item = Para | PaperTable | Break


@dataclass(frozen=True, slots=True)
class Edge:
    """What stands above and below a page."""

    head: tuple[Item, ...] = ()
    foot: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Edges:
    """Headers and footers of a city's own template: of every page, or of the first and the even
    ones by themselves. `above` and `below`: their distance from the paper's edge. `start` and
    `style` (decimal, decimalFullWidth, numberInDash): how pages are numbered.
    """

    every: Edge
    first: Edge | None = None
    even: Edge | None = None
    above: float = 28.35
    below: float = 28.35
    start: int = 1
    style: str = "decimal"


@dataclass(frozen=True, slots=True)
class WrittenPaper:
    """A whole paper. `wide` is A4 lying; `size` the type where a run says nothing. `edges` are read
    from a Word file, never written; None: the page number our Word files have. `by` and `at`:
    whose the marked changes are, and the instant in ISO; empty where nobody knows.
    """

    title: str
    items: tuple[Item, ...]
    wide: bool = False
    size: float = SIZE
    edges: Edges | None = None
    by: str = ""
    at: str = ""

    @property
    def width(self) -> float:
        """Between the margins."""
        return (PAGE[1] if self.wide else PAGE[0]) - 2 * MARGIN


def para(text: str = "", *, bold: bool = False, size: float = 0.0, **look: Any) -> Para:
    """A paragraph of one run; `look` is what `Para` takes besides its runs."""
    if text or size:
        return Para((Run(text, bold, False, size),), **look)
    return Para((), **look)


def cell(
    text: str,
    *,
    bold: bool = False,
    size: float = 0.0,
    shade: str = "",
    span: int = 1,
    align: str = "left",
) -> PaperCell:
    """A cell of one paragraph in one look."""
    return PaperCell((para(text, bold=bold, size=size, align=align),), shade, span)


def paragraphs(items: Sequence[Item]) -> Iterator[Para]:
    """Every paragraph in reading order, those in tables too."""
    for x in items:
        if isinstance(x, Para):
            yield x
        elif isinstance(x, PaperTable):
            for row in x.rows:
                for table_cell in row:
                    yield from table_cell.paras


def words(sheet: WrittenPaper) -> str:
    """All that is written, one line a paragraph; headers and footers last."""
    edges = sheet.edges
    if edges:
        around = []
        for edge in (edges.every, edges.first, edges.even):
            if edge:
                for x in (*edge.head, *edge.foot):
                    around.append(x)
    else:
        around = []
    return "\n".join(paragraph.text for paragraph in paragraphs([*sheet.items, *around]))
