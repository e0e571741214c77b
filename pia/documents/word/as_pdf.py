"""A written paper as PDF: the same paragraphs and tables as its Word file, in our own line breaking
and typeface.

Knows reportlab and the paper's plain values. Must not know what the paper says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pikepdf
from reportlab.lib import colors
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    NextPageTemplate,
    PageBreak,
    Spacer,
    TableStyle,
)

from ...domain.errors import PiaError
from ..pdf.fonts import NO_OWN, OwnFonts, Typeface, typeface
from ..pdf.text import (
    JapaneseParagraph,
    PageKind,
    RuledTable,
    TableReading,
    build,
    chunks,
    marked,
    style,
)
from .model import (
    LEAD,
    MARGIN,
    PAGE,
    Break,
    Edge,
    Edges,
    Item,
    PaperCell,
    PaperTable,
    Para,
    Run,
    WrittenPaper,
    paragraphs,
    words,
)

_RULE = colors.HexColor("#555555")
_DELETED = "#595959"
_LEAST = 48.0  # a row is begun at the foot of a page only with this much room
# as without headers and footers
_LEAST_TOP = MARGIN
_LEAST_BOTTOM = MARGIN
_FOOT = (Run("－", size=9), Run("1", size=9, field="PAGE"), Run("－", size=9))
_NUMBERED = Edges(Edge(foot=(Para(_FOOT, "center"),)))  # the page number our Word files have
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_WHOLE = 300.0  # a table without heads that is no higher stays on one page
# reportlab stretches Latin words only; a Japanese line is full as it is.
_ALIGN = {"left": 0, "center": 1, "right": 2, "both": 0}


def write(sheet: WrittenPaper, *, own: OwnFonts = NO_OWN) -> bytes:
    """The PDF's bytes; equal papers give equal bytes. PiaError names characters the typeface
    lacks."""
    sheet = with_pages(sheet, own)
    data = _built(sheet, 0, own)
    if sheet.edges is not None and "NUMPAGES" in str(sheet.edges):
        # How many pages there are shows only when they are laid out.
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
        data = _built(sheet, pages, own)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        # The elements of the structure are many and alike: packed they take little room.
        mode = pikepdf.ObjectStreamMode.generate
        pdf.save(out, object_stream_mode=mode, deterministic_id=True)
    return out.getvalue()


def with_pages(sheet: WrittenPaper, own: OwnFonts = NO_OWN) -> WrittenPaper:
    """The paper with the number of its page wherever it refers to a paragraph, as our PDF has it. A
    reference to no paragraph stays as it is."""
    refers = any(run.page_of for para in paragraphs(sheet.items) for run in para.runs)
    if not refers:
        return sheet
    pages: dict[str, int] = {}
    _built(sheet, 0, own, pages)
    return replace(sheet, items=tuple(_told(item, pages) for item in sheet.items))


def _told(item: Item, pages: Mapping[str, int]) -> Item:
    """A paragraph or a table with the pages it refers to."""
    if isinstance(item, Para):
        runs = []
        for run in item.runs:
            if run.page_of in pages:
                run = replace(run, text=str(pages[run.page_of]))
            runs.append(run)
        return replace(item, runs=tuple(runs))
    if not isinstance(item, PaperTable):
        return item
    rows = []
    for row in item.rows:
        cells = []
        for cell in row:
            paras = [cast(Para, _told(para, pages)) for para in cell.paras]
            cells.append(replace(cell, paras=tuple(paras)))
        rows.append(tuple(cells))
    return replace(item, rows=tuple(rows))


def _built(
    sheet: WrittenPaper, pages: int, own: OwnFonts, found: dict[str, int] | None = None
) -> bytes:
    """The PDF of a paper of so many pages. `found`: takes the page of each paragraph of a name."""
    face = _face(sheet, own)
    room = (PAGE[1] if sheet.wide else PAGE[0]) - 2 * MARGIN
    story: list[Flowable] = []
    for item in sheet.items:
        if not isinstance(item, Break):
            flows = _story([item], face, sheet.size, room)
            if found is not None and isinstance(item, Para) and item.name:
                flows.insert(-1, _Spot(item.name, found))
            story += flows
        elif story:
            story.append(PageBreak())
    kinds = _kinds(sheet, sheet.edges or _NUMBERED, pages, face, room)
    if len(kinds) > 1:
        # The first page is the first kind; then these come in turn.
        turns = []
        for kind in kinds:
            if kind != "first":
                turns.append(kind)
        story.insert(0, NextPageTemplate(turns[1:] + turns[:1]))
    return build(
        story or [Spacer(1, 1)],
        face,
        title=sheet.title,
        header="",
        sheets=kinds,
    )


def _face(sheet: WrittenPaper, own: OwnFonts) -> Typeface:
    """The typeface of a sheet. PiaError names the letters it does not have."""
    letters = words(sheet)
    face = typeface([letters, sheet.title, "－- 0123456789０１２３４５６７８９"], own, mincho=True)
    lacking = sorted(face.missing & set(letters))
    if lacking:
        named = "、".join(f"「{letter}」（U+{ord(letter):04X}）" for letter in lacking[:5])
        raise PiaError(
            f"書体にない文字があるため、PDFを作れません：{named}。"
            "文字を直すか、PIA_FONT_REGULAR に別の書体を指定してください。"
        )
    return face


def _kinds(
    sheet: WrittenPaper, edges: Edges, pages: int, face: Typeface, room: float
) -> dict[str, PageKind]:
    """The kinds of pages with their headers and footers: the first, then even and odd in turn, or
    all alike. A long header or footer takes from the room of the page, as in Word.
    """
    high = PAGE[1]
    if sheet.wide:
        high = PAGE[0]

    def kind(edge: Edge) -> PageKind:
        def flows(items: tuple[Item, ...], number: int) -> list[Flowable]:
            numbered = []
            for item in items:
                numbered.append(_with_numbers(item, number, pages, edges))
            return _story(numbered, face, sheet.size, room)

        def put(canvas: Any, lines: Sequence[Flowable], y: float) -> None:
            for line in lines:
                y -= line.wrap(room, high)[1]
                line.drawOn(canvas, MARGIN, y)

        def draw(canvas: Any, page: int) -> None:
            foot = flows(edge.foot, page)
            put(canvas, flows(edge.head, page), high - edges.above)
            put(canvas, foot, edges.below + _sum(foot, room))

        head = _sum(flows(edge.head, 1), room)
        foot = _sum(flows(edge.foot, 1), room)
        return PageKind(
            sheet.wide,
            edges=draw,
            side=MARGIN,
            top=max(_LEAST_TOP, edges.above + head + 6),
            bottom=max(_LEAST_BOTTOM, edges.below + foot + 6),
        )

    kinds = {}
    if edges.first:
        kinds["first"] = kind(edges.first)
    if edges.even and edges.start % 2 == 0:
        kinds["even"] = kind(edges.even)
    kinds["every"] = kind(edges.every)
    if edges.even:
        kinds.setdefault("even", kind(edges.even))
    return kinds


def _sum(flows: Sequence[Flowable], room: float) -> float:
    """Points that lines take one below the other."""
    return float(sum(flow.wrap(room, 1e6)[1] for flow in flows))


def _with_numbers(item: Item, page: int, pages: int, edges: Edges) -> Item:
    """A paragraph or table with the page's number and the count of pages in its fields."""
    if isinstance(item, Para):
        return _numbered(item, page, pages, edges)
    if not isinstance(item, PaperTable):
        return item
    rows = []
    for row in item.rows:
        cells = []
        for cell in row:
            paras = tuple(_numbered(para, page, pages, edges) for para in cell.paras)
            cells.append(replace(cell, paras=paras))
        rows.append(tuple(cells))
    return replace(item, rows=tuple(rows))


def _numbered(para: Para, page: int, pages: int, edges: Edges) -> Para:
    number = str(page - 1 + edges.start)
    if edges.style == "numberInDash":
        number = f"- {number} -"
    elif edges.style == "decimalFullWidth":
        number = number.translate(_FULL)
    fields = {"PAGE": number, "NUMPAGES": str(pages)}
    runs = []
    for run in para.runs:
        if run.field:
            run = replace(run, text=fields[run.field], field="")
        runs.append(run)
    return replace(para, runs=tuple(runs))


def _story(items: Sequence[Item], face: Typeface, size: float, room: float) -> list[Flowable]:
    """Paragraphs and tables as reportlab lays them out."""
    out: list[Flowable] = []
    for item in items:
        if isinstance(item, Para):
            if item.keep:
                out.append(CondPageBreak(_LEAST + 4 * size))
            out += _paragraph(item, face, size)
        elif isinstance(item, PaperTable):
            out += [_StackedRows(_tables(item, face, size, room), item.heads), Spacer(1, 3)]
    return out


def _paragraph(p: Para, face: Typeface, size: float) -> list[Flowable]:
    biggest = max([run.size or size for run in p.runs], default=size)
    look = style(
        face,
        biggest,
        lead=LEAD,
        alignment=_ALIGN[p.align],
        leftIndent=p.left,
        firstLineIndent=p.first,
        tag=_tag(p),
    )
    out: list[Flowable] = []
    for index, text in enumerate(_markups(p, face, biggest)):
        paragraph = JapaneseParagraph(text or "\u00a0", look)
        paragraph.spaceBefore = 0 if index else p.before
        paragraph.spaceAfter = p.after
        out.append(paragraph)
    return out


def _tag(p: Para) -> str:
    """What a paragraph is to a reader who listens: a heading, an item of a list, else plain."""
    if p.level:
        return f"H{p.level}"
    if p.first < 0 < p.left:
        return "LI"
    return "P"


def _markups(p: Para, face: Typeface, biggest: float) -> list[str]:
    """The runs as reportlab's markup, in pieces it can lay out in reasonable time."""
    out = []
    here = ""
    long = 0
    for run in p.runs:
        for index, part in enumerate(chunks(run.text)):
            if index or long + len(part) > 4_000:
                out.append(here)
                here = ""
                long = 0
            long += len(part)
            text = marked(part.replace("\t", "　"))
            if run.bold:
                text = f'<font name="{face.bold}">{text}</font>'
            if run.black:
                text = f'<font color="white" backColor="black">{text}</font>'
            if run.size and run.size != biggest:
                text = f'<font size="{run.size}">{text}</font>'
            if run.mark == "delete" and part.strip("\n"):
                here += f'<strike><font color="{_DELETED}">{text}</font></strike>'
            elif (run.underline or run.mark) and part.strip("\n"):
                here += f"<u>{text}</u>"
            else:
                here += text
    return list(map(_held, (*out, here)))


def _held(markup: str) -> str:
    """Spaces at either end as references: reportlab strips what it takes for blanks, and an indent
    would be lost.
    """

    def references(match: re.Match[str]) -> str:
        return "".join(f"&#{ord(letter)};" for letter in match.group())

    return re.sub(r"^\s+|\s+$|\u3000", references, markup)


def _tables(grid: PaperTable, face: Typeface, size: float, room: float) -> list[RuledTable]:
    """A table a row: each may be cut over pages on its own."""
    scale = 1.0
    if sum(grid.widths) > room * 0.93:
        scale = room / sum(grid.widths)
    widths = [width * scale for width in grid.widths]
    base: list[tuple[Any, ...]] = [
        # Without it an unembedded Helvetica stands in the file.
        ("FONT", (0, 0), (-1, -1), face.regular, size),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]
    if not grid.plain:
        base += [
            ("GRID", (0, 0), (-1, -1), 0.5, _RULE),
            ("LINEBELOW", (0, "inrowsplitstart"), (-1, "inrowsplitstart"), 0.5, _RULE),
            ("LINEABOVE", (0, "inrowsplitend"), (-1, "inrowsplitend"), 0.5, _RULE),
        ]
    out = []
    run = object()
    for index, row in enumerate(grid.rows):
        cells: list[Any] = []
        looks: list[tuple[Any, ...]] = list(base)
        for cell in row:
            first = (len(cells), 0)
            last = (len(cells) + cell.span - 1, 0)
            cells += [_flow(cell, face, size), *[""] * (cell.span - 1)]
            if cell.span > 1:
                looks.append(("SPAN", first, last))
            if cell.shade:
                looks.append(("BACKGROUND", first, last, colors.HexColor(f"#{cell.shade}")))
        cells += [""] * (len(widths) - len(cells))
        look = TableStyle(looks)
        reading = TableReading(grid.plain, int(index < grid.heads), grid.boxes, run=run)
        out.append(
            RuledTable(
                [cells], colWidths=widths, splitInRow=1, style=look, hAlign="LEFT", reading=reading
            )
        )
    return out


def _flow(c: PaperCell, face: Typeface, size: float) -> list[Flowable]:
    """The paragraphs of a cell."""
    out: list[Flowable] = []
    for para in c.paras:
        out += _paragraph(para, face, size)
    return out


def _high(text: Any, width: float) -> float:
    """A row's height, reckoned once: every row of one paper has the same width."""
    if not hasattr(text, "pia_high"):
        text.pia_high = text.wrap(width, 1e6)[1]
    return float(text.pia_high)


class _Spot(Flowable):
    """Where a paragraph stands, noted when it is drawn: a flowable of no height before it."""

    def __init__(self, name: str, pages: dict[str, int]):
        super().__init__()
        self._name = name
        self._pages = pages

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """No room."""
        return width, 0.0

    def draw(self) -> None:
        """Notes the page."""
        self._pages[self._name] = self.canv.getPageNumber()


class _StackedRows(Flowable):
    """Rows one below the other. Its heads stand again on every page: reportlab's own come back in
    the middle of a page when a row is cut. A row is laid out once; asking a table again would break
    all its lines again, on every page for all rows that are left.
    """

    def __init__(self, rows: Sequence[RuledTable], heads: int):
        super().__init__()
        self.heads = list(rows[:heads])
        self.rows = list(rows[heads:])

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        self.width = width
        self.height = sum(_high(head, width) for head in (*self.heads, *self.rows))
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        if not self.heads and self.height <= _WHOLE:
            return []
        left = height - sum(_high(head, width) for head in self.heads)
        fitting: list[RuledTable] = []
        rest = list(self.rows)
        while rest and _high(rest[0], width) <= left:
            left -= _high(rest[0], width)
            fitting.append(rest.pop(0))
        if rest and left > _LEAST:
            parts = rest[0].split(width, left)
            if len(parts) == 2:
                fitting.append(parts[0])
                rest[0] = parts[1]
        if not fitting:
            return []
        both = [_StackedRows([*self.heads, *fitting], len(self.heads))]
        return [*both, *([_StackedRows([*self.heads, *rest], len(self.heads))] if rest else [])]

    def draw(self) -> None:
        at = self.height
        for head in (*self.heads, *self.rows):
            at -= _high(head, self.width)
            head.drawOn(self.canv, 0, at)
