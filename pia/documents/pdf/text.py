"""Japanese text on paper: paragraphs that break lines as ICU says (no line begins with 、。」),
pages with a header and numbers, deterministic bytes.

Knows reportlab and line breaking. Must not know assessments. The text of an answer never passes a
markup parser: spaces, tabs and line feeds stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from typing import Any

from icu4py.breakers import LineBreaker
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFName
from reportlab.pdfbase.pdfmetrics import getAscentDescent, stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)
from reportlab.platypus.paragraph import FragLine, ParaLines, _handleBulletWidth, sameFrag

from .. import rehearsal
from . import tags
from .fonts import Typeface
from .tags import Element

LINE = colors.HexColor("#555555")
SHADE = colors.HexColor("#DFE5EC")
PALE = colors.HexColor("#F3F5F8")
MARGIN = 16 * mm
_TOP = 20 * mm
_BOTTOM = 17 * mm

# characters of one paragraph; longer text is laid out in several, or layout takes minutes
_PIECE = 4_000


class _Measured(dict[str, float]):
    """The widths of letters in one font and size, in points, each measured once."""

    def __init__(self, font: str, size: float):
        super().__init__()
        self._look = (font, size)

    def __missing__(self, letter: str) -> float:
        width = self[letter] = float(stringWidth(letter, *self._look))
        return width


_widths: dict[tuple[str, float], _Measured] = {}


def _measured(font: str, size: float) -> _Measured:
    """The widths of letters measured so far in a look."""
    # What is forgotten may be in use by another document at the same time: it goes on with its own.
    if len(_widths) > 100:  # a template of a city's own may have any number of sizes
        _widths.clear()
    return _widths.setdefault((font, size), _Measured(font, size))


class _BrokenLines:
    """Pieces of text broken into lines as parts come that must not be broken. A part alone is too
    long for a line: it is broken between its letters.
    """

    def __init__(self, frags: Sequence[Any], widths: list[float]):
        self.lines: list[Any] = []
        # reportlab's pieces of text, each with where it begins. A <br/> is a piece without text; it
        # stands as one line feed of no width.
        self._frags: list[tuple[int, Any]] = []
        self._feeds: set[int] = set()
        self._letters: list[float] = []
        written = []
        for frag in frags:
            text = getattr(frag, "text", "")
            self._frags.append((len(self._letters), frag))
            if text:
                measured = _measured(frag.fontName, frag.fontSize)
                self._letters += [measured[letter] for letter in text]
            else:
                self._letters.append(0.0)
            if hasattr(frag, "lineBreak"):
                self._feeds.add(len(self._letters))
            written.append(text or "\n")
        self.written = "".join(written)
        self._rooms = widths
        self._room = widths[0]
        self._frag = 0
        self._start = 0
        self._used = 0.0

    def _emit(self, end: int, broken: bool = False) -> None:
        width = sum(self._letters[self._start : end])
        line = _line(self._pieces(end))
        line.maxWidth = self._room
        line.currentWidth = width
        # A space that hangs over the edge does not make those within the line narrower.
        line.extraSpace = max(self._room - width, 0.0)
        line.lineBreak = broken
        self.lines.append(line)
        self._start = end
        self._used = 0.0
        self._room = self._rooms[min(len(self.lines), len(self._rooms) - 1)]

    def _pieces(self, end: int) -> Iterator[tuple[Any, str]]:
        """The pieces from the beginning of the line to `end`, each with its text there."""
        at = self._start
        while at < end:
            _, frag = self._frags[self._frag]
            stop = len(self.written)
            if self._frag + 1 < len(self._frags):
                stop = self._frags[self._frag + 1][0]
            text = ""
            if getattr(frag, "text", ""):
                text = self.written[at : min(stop, end)]
            yield frag, text
            at = min(stop, end)
            if at == stop:
                self._frag += 1

    def put(self, first: int, end: int, spaced: bool) -> None:
        """Letters `first` to `end`; the space a part ends with may hang over the edge."""
        width = sum(self._letters[first:end])
        inked = width
        if spaced:
            inked = width - self._letters[end - 1]
        if self._used and self._used + inked > self._room + 1e-6:
            self._emit(first)
        if inked > self._room:
            self._put_letters(first, end)
        else:
            self._used += width
        if end in self._feeds:
            self._emit(end, True)

    def _put_letters(self, first: int, end: int) -> None:
        for index in range(first, end):
            if self._used and self._used + self._letters[index] > self._room:
                self._emit(index)
            self._used += self._letters[index]

    def end(self) -> None:
        """The last line."""
        if self._start < len(self._letters):
            self._emit(len(self._letters))


def _line(pieces: Iterable[tuple[Any, str]]) -> FragLine:
    """A line of pieces of text as reportlab draws it; neighbours of one look are one piece."""
    words: list[Any] = []
    last = None
    size = ascent = descent = 0.0
    for frag, text in pieces:
        up, down = getAscentDescent(frag.fontName, frag.fontSize)
        size = max(size, frag.fontSize)
        ascent = max(ascent, up)
        descent = min(descent, down)
        if last is not None and sameFrag(last, frag):
            words[-1].text += text
        else:
            words.append(frag.clone(text=text))
            last = frag
    return FragLine(kind=1, wordCount=1, words=words, fontSize=size, ascent=ascent, descent=descent)


@contextmanager
def told(part: Any) -> Iterator[None]:
    """While a part of a story is drawn: its marks belong to its element. What is drawn again (heads
    on the next page), what stands around a page and what is blank is ornament.
    """
    canvas = part.canv
    structure = getattr(canvas, "structure", None)
    if structure is None or canvas.aside or part.__dict__.get("was_told") or part.blank:
        yield
        return
    part.was_told = True
    canvas.addLiteral(structure.begin(element_of(part), canvas.getPageNumber()))
    yield
    canvas.addLiteral(tags.END)


def element_of(part: Any) -> Element:
    """The element of a part of a story; it has one from the first time it is asked for."""
    if "element" not in part.__dict__:
        part.element = _element(part, None)
    element: Element = part.element
    return element


def _element(part: Any, within: Element | None) -> Element:
    if part.tag == "LI":
        return Element("LBody", Element("LI", within))
    tag = part.tag
    if within is not None and tag.startswith("H"):
        tag = "P"
    return Element(tag, within, alt=getattr(part, "alt", ""))


class Told(Flowable):
    """A part of a story that draws itself and has a place in the structure: `tag` says as what, a
    Figure in the words `alt`.
    """

    tag = "P"
    alt = ""
    blank = False


class JapaneseParagraph(Paragraph):
    """A paragraph whose lines break where ICU's strict Japanese rules allow. Its style says what it
    is: P, LI (an item of a list), H1 to H3.
    """

    @property
    def tag(self) -> str:
        """What it is to a reader who listens."""
        return getattr(self.style, "tag", "P")

    @property
    def blank(self) -> bool:
        """Whether it has no letters."""
        return not any(getattr(frag, "text", "").strip() for frag in self.frags)

    def split(self, width: float, height: float) -> list[Any]:
        """The pieces on this page and the next, as reportlab asks for them: one element."""
        pieces: list[Any] = super().split(width, height)
        for piece in pieces:
            piece.element = element_of(self)
        return pieces

    def draw(self) -> None:
        """Draws its lines."""
        with told(self):
            super().draw()

    def breakLinesCJK(self, widths: Any) -> ParaLines:
        """The lines for these widths, as reportlab asks for them."""
        if isinstance(widths, (list, tuple)):
            widths = tuple(widths)
        else:
            widths = (widths,)
        if getattr(self, "_splitpara", 0) and hasattr(self, "blPara"):
            return self.blPara
        # A table measures its cells again and again; the lines are broken once for each width.
        known = self.__dict__.setdefault("_known", {})
        if widths not in known:
            known[widths] = self._broken(list(widths))
        self.height = 0
        return known[widths]

    def _broken(self, widths: list[float]) -> ParaLines:
        _handleBulletWidth(self.bulletText, self.style, widths)
        lines = _BrokenLines(self.frags, widths)
        at = 0
        for chunk in LineBreaker(lines.written, "ja@lb=strict"):
            end = at + len(chunk)
            lines.put(at, end, chunk.endswith(" "))
            at = end
        lines.end()
        return ParaLines(kind=1, lines=lines.lines)

    def _get_split_blParaFunc(self) -> Any:
        """As reportlab asks for it: the words of the lines from one to before another."""

        def words(lines: Any, first: int, last: int) -> list[Any]:
            out: list[Any] = []
            for line in lines.lines[first:last]:
                out += line.words
            return out

        return words


def style(
    face: Typeface, size: float = 9.5, *, bold: bool = False, lead: float = 1.6, **more: Any
) -> ParagraphStyle:
    """The look of a paragraph: `size` in points, `lead` in sizes from line to line; `more` are
    settings of reportlab's own.
    """
    return ParagraphStyle(
        f"s{size}{bold}",
        fontName=face.bold if bold else face.regular,
        fontSize=size,
        leading=size * lead,
        wordWrap="CJK",
        **more,
    )


@cache
def _frags() -> tuple[Any, Any]:
    """A piece of text and a line feed, as reportlab holds them."""
    text, feed, _ = Paragraph("x<br/>x", ParagraphStyle("x", wordWrap="CJK")).frags
    return text, feed


def plain(text: str, look: ParagraphStyle) -> list[Flowable]:
    """Text as paragraphs, to the letter; a long one in several, or layout takes minutes."""
    letters = {"fontName": look.fontName, "fontSize": look.fontSize, "textColor": look.textColor}
    first, feed = (frag.clone(**letters) for frag in _frags())
    out: list[Flowable] = []
    for part in chunks(text):
        frags: list[Any] = []
        for index, line in enumerate(part.replace("\t", "    ").split("\n")):
            if index:
                frags.append(feed.clone())
            if line:
                frags.append(first.clone(text=line))
        if not frags or frags[-1].text == "":
            frags.append(first.clone(text="\u00a0"))  # an empty last line has its height too
        out.append(JapaneseParagraph("", look, frags=frags))
    return out


def marked(text: str) -> str:
    """Text as reportlab's markup: everything escaped, line feeds and runs of spaces kept."""
    return (
        escape(text, quote=False)
        .replace("\t", "    ")
        .replace("\n", "<br/>")
        .replace("  ", "\u00a0 ")
    )


def paragraphs(markups: Sequence[str], look: ParagraphStyle) -> list[Flowable]:
    """Each text of reportlab's markup as a paragraph of its own; an empty one keeps its line."""
    japanese_paragraphs = []
    for markup in markups:
        japanese_paragraphs.append(JapaneseParagraph(markup or "\u00a0", look))
    return japanese_paragraphs


def chunks(text: str) -> list[str]:
    """A long text in pieces of at most `_PIECE` characters, cut at line feeds where there are
    any."""
    out: list[str] = []
    while len(text) > _PIECE:
        cut = text.rfind("\n", 1, _PIECE)
        if cut > 0:
            cut = cut + 1
        else:
            cut = _PIECE
        out.append(text[:cut].removesuffix("\n"))
        text = text[cut:]
    return [*out, text]


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a reader who listens gets a table. `flat`: what stands in it one after the other, no
    table; `heads`: the first rows are heads of columns, besides what stands on a shaded ground
    (`boxes`: shades say something else); `joined`: columns from this one on are one cell; `run`:
    rows of one table, where equal widths do not say it.
    """

    flat: bool = False
    heads: int = 0
    boxes: bool = False
    joined: int = 0
    run: object = None


TABLE = TableReading()
FLAT = TableReading(flat=True)


class RuledTable(Table):
    """A table with its place in the structure. One column alone is no table to a reader."""

    def __init__(self, data: Any, *args: Any, reading: TableReading = TABLE, **more: Any):
        super().__init__(data, *args, **more)
        if not more.get("normalizedData"):  # else it is a piece of one that has its place
            for index, cells in enumerate(self._cellvalues):
                spans = _spans(self._spanCmds, index, len(cells))
                heads = _scopes(self._bkgrndcmds, index, len(cells), len(self._cellvalues))
                if index < reading.heads:
                    heads = ["Column"] * len(cells)
                elif reading.boxes:
                    heads = [""] * len(cells)
                _tell_row(cells, self._argW, spans, heads, reading)


def _spans(commands: Iterable[Any], row: int, count: int) -> list[int]:
    """How many columns each cell of a row spans; 0: it is hidden by one before it."""
    spans = [1] * count
    for _, (first, top), (last, bottom) in commands:
        if top <= row <= bottom % 10_000:
            last = last % count
            spans[first : last + 1] = [last - first + 1, *[0] * (last - first)]
    return spans


def _scopes(commands: Iterable[Any], row: int, count: int, rows_: int) -> list[str]:
    """What each cell of a row is the head of, by its shade: a row all shaded heads columns."""
    shaded = [False] * count
    for _, (first, top), (last, bottom), _ in commands:
        if top <= row <= bottom % rows_:
            for column in range(first, last % count + 1):
                shaded[column] = True
    if all(shaded):
        return ["Column"] * count
    return ["Row" if shade else "" for shade in shaded]


def _tell_row(
    cells: Sequence[Any],
    widths: Sequence[float],
    spans: Sequence[int],
    heads: Sequence[str],
    reading: TableReading,
) -> None:
    """Gives all parts of a row their elements."""
    columns: list[tuple[str, int, list[Any]]] = []
    for index, (cell, span, head) in enumerate(zip(cells, spans, heads)):
        parts = _parts(cell)
        if any("element" in part.__dict__ for part in parts):
            return  # a piece of a row that has its elements
        if columns and (not span or (reading.joined and index > reading.joined)):
            columns[-1][2].extend(parts)
        else:
            columns.append((head, span, parts))
    headed = any(part.tag.startswith("H") for part in columns[0][2])
    if reading.flat or len(cells) < 2 or (len(columns) < 2 and headed):
        return
    run = reading.run
    if run is None:
        count = reading.joined + 1 if reading.joined else len(cells)
        run = tuple(round(sum(widths[:index])) for index in range(count))
    _, told_cells = tags.row([(head, span) for head, span, _ in columns], run)
    for told_cell, (_, _, parts) in zip(told_cells, columns):
        for part in parts:
            if len(parts) == 1 and part.tag == "P":
                part.element = told_cell
            else:
                part.element = _element(part, told_cell)


def _parts(cell: Any) -> list[Any]:
    """What stands in a cell and has a place in the structure, also in a table within it."""
    out: list[Any] = []
    for item in cell if isinstance(cell, (list, tuple)) else [cell]:
        if isinstance(item, Table):
            for line in item._cellvalues:
                out += _parts([*line])
        elif isinstance(item, (list, tuple)):
            out += _parts(item)
        elif hasattr(item, "tag") and isinstance(item, Flowable):
            out.append(item)
    return out


def rows(
    cells: Sequence[Sequence[Flowable]],
    widths: Sequence[float],
    look: TableStyle,
    whole: bool = False,
    reading: TableReading = TABLE,
) -> list[Flowable]:
    """One row of a boxed table; it goes on over the page, unless it is to stay `whole`. Cells of
    several paragraphs (long texts come in pieces) are laid one table a piece without a line
    between: a table of a hundred thousand letters would be measured anew on every page it crosses.
    """
    count = max(map(len, cells), default=1)
    if count < 2 or whole or not all(map(_is_text, cells)):
        row = RuledTable(
            [list(cells)],
            colWidths=list(widths),
            splitInRow=int(not whole),
            style=look,
            reading=reading,
        )
        return [row]
    shades = [command[:4] for command in look.getCommands() if command[0] == "BACKGROUND"]
    heads = _scopes(shades, 0, len(cells), 1)
    _tell_row(cells, widths, [1] * len(cells), heads, reading)
    out: list[Flowable] = []
    for index in range(count):
        pieces = [list(cell[index : index + 1]) for cell in cells]
        open_look = TableStyle(_open(look.getCommands(), index == 0, index == count - 1))
        out.append(
            RuledTable(
                [pieces], colWidths=list(widths), splitInRow=1, style=open_look, reading=FLAT
            )
        )
    return out


def _is_text(cell: Sequence[Flowable]) -> bool:
    return all(isinstance(item, JapaneseParagraph) for item in cell)


def _open(commands: Sequence[Any], first: bool, last: bool) -> list[Any]:
    """The commands of a boxed row for a piece of it: no line, and no padding, where it goes on."""
    out: list[Any] = []
    for command in commands:
        if command[0] not in ("GRID", "BOX"):
            out.append(command)
            continue
        name, start, end, *line = command
        # A box has a line at its left, a grid one before every column.
        right = start[0] if name == "BOX" else end[0]
        out.append(("LINEBEFORE", start, (right, end[1]), *line))
        out.append(("LINEAFTER", (end[0], start[1]), end, *line))
        if first:
            out.append(("LINEABOVE", start, end, *line))
        if last:
            out.append(("LINEBELOW", start, end, *line))
    if not first:
        out.append(("TOPPADDING", (0, 0), (-1, -1), 0))
    if not last:
        out.append(("BOTTOMPADDING", (0, 0), (-1, -1), 0))
    return out


def fitted(text: str, font: str, size: float, room: float) -> str:
    """One line of at most `room` points; what does not fit gives way to …"""
    text = " ".join(text.split())
    if stringWidth(text, font, size) <= room:
        return text
    while text and stringWidth(text + "…", font, size) > room:
        text = text[:-1]
    return text + "…"


@dataclass(frozen=True, slots=True)
class PageKind:
    """A kind of page: upright or wide, with or without the running head and the page's number, and
    the column heads of a table that come back on each. `edges` draws what stands above and below
    instead (canvas, page from 1), in the room `top` and `bottom` leave.
    """

    wide: bool = False
    bare: bool = False
    numbered: bool = True
    heading: Flowable | None = None
    edges: Callable[[Any, int], None] | None = None
    top: float = _TOP
    bottom: float = _BOTTOM
    side: float = MARGIN
    paper: tuple[float, float] = A4


class _Canvas(Canvas):
    """Draws what is only known at the end (how many pages, and on which page a part begins) where
    it was asked for.
    """

    late: dict[str, tuple[str, str, float]]
    aside = False  # whether what is drawn stands around a page

    def __init__(
        self, *args: Any, ending: Callable[[int], Mapping[str, str]] | None = None, **kw: Any
    ):
        super().__init__(*args, **kw)
        self.late = {}
        self.ending = ending
        self.structure = tags.Structure()

    @contextmanager
    def furniture(self) -> Iterator[None]:
        """While something is drawn that stands around a page."""
        self.addLiteral(tags.FURNITURE)
        self.aside = True
        yield
        self.aside = False
        self.addLiteral(tags.END)

    def showPage(self) -> None:
        """Ends a page: all it draws is marked."""
        page = self._pageNumber
        self._code[:] = tags.ornamented(self._code)
        super().showPage()
        if page in self.structure.marks:
            written = self._doc.Pages[-1]
            written.__NoDefault__ = [*written.__NoDefault__, "StructParents", "Tabs"]
            written.StructParents = page - 1
            written.Tabs = PDFName("S")

    def later(self, name: str, font: str, size: float, x: float, y: float) -> None:
        """A text to be told before the end (`tell`), its left end at (x, y)."""
        self.late.setdefault(name, ("", font, size))
        self.saveState()
        self.translate(x, y)
        self.doForm(name)
        self.restoreState()

    def tell(self, name: str, text: str) -> None:
        _, font, size = self.late[name]
        self.late[name] = (text, font, size)

    def save(self) -> None:
        if self._code:
            self.showPage()
        count = self._pageNumber - 1
        for name, text in {
            "total": str(count),
            **(self.ending(count) if self.ending is not None else {}),
        }.items():
            if name in self.late:
                self.tell(name, text)
        for name, (text, font, size) in self.late.items():
            self.beginForm(name, 0, -size, 60, size * 1.5)
            self.setFont(font, size)
            self.drawString(0, 0, text)
            self.endForm()
        self.setViewerPreference("DisplayDocTitle", "true")
        tags.write(self.structure, self._doc)
        super().save()


def build(
    story: Sequence[Flowable],
    face: Typeface,
    *,
    title: str,
    header: str,
    stamp: str = "",
    sheets: Mapping[str, PageKind] | None = None,
    ending: Callable[[int], Mapping[str, str]] | None = None,
) -> bytes:
    """The PDF's bytes; equal input gives equal bytes. Above stand `header` and, at the right,
    `stamp`; below the page of how many. The story changes the kind of page with
    NextPageTemplate(name) of `sheets`; without them all pages are one kind. reportlab's own
    repeated rows come back in the middle of a page when a row is split, so `heading` of a kind of
    page is drawn here.
    `ending` is told how many pages there are and says the texts that were put off (`later`).
    """
    out = io.BytesIO()
    doc = BaseDocTemplate(
        out,
        pagesize=A4,
        title=title,
        author="",
        lang="ja-JP",
        initialFontName=face.regular,
        invariant=1,
    )
    kinds = sheets or {"": PageKind()}
    doc.addPageTemplates(
        [_template(name, kind, face, header, stamp) for name, kind in kinds.items()]
    )
    doc.build(list(story), canvasmaker=partial(_Canvas, ending=ending))
    return out.getvalue()


def room(sheet: PageKind) -> tuple[float, float]:
    """Width and height of what a page of that kind can hold."""
    if sheet.wide:
        word, head = landscape(sheet.paper)
    else:
        word, head = sheet.paper
    if sheet.heading is not None:
        high = sheet.heading.wrap(word - 2 * sheet.side, head)[1]
    else:
        high = 0.0
    return word - 2 * sheet.side, head - sheet.top - sheet.bottom - high


def _template(name: str, sheet: PageKind, face: Typeface, header: str, stamp: str) -> PageTemplate:
    if sheet.wide:
        size = landscape(sheet.paper)
    else:
        size = sheet.paper
    width, height = room(sheet)

    def furniture(canvas: Any, page: Any) -> None:
        canvas.saveState()
        with canvas.furniture():
            if sheet.edges is not None:
                sheet.edges(canvas, page.page)
            elif not sheet.bare:
                head(canvas)
            if rehearsal.words():
                canvas.setFont(face.bold, 9)
                canvas.drawCentredString(size[0] / 2, size[1] - 8 * mm, rehearsal.words())
            if sheet.numbered and sheet.edges is None:
                canvas.setFont(face.regular, 8.5)
                canvas.drawRightString(size[0] / 2, 9 * mm, f"{page.page} / ")
                canvas.later("total", face.regular, 8.5, size[0] / 2, 9 * mm)
        if sheet.heading is not None:
            sheet.heading.wrap(width, height)
            sheet.heading.drawOn(canvas, sheet.side, sheet.bottom + height)
        canvas.restoreState()

    def head(canvas: Any) -> None:
        end = size[0] - MARGIN
        y = size[1] - 13.5 * mm
        mark = stringWidth(stamp, face.bold, 8.5)
        canvas.setFont(face.bold, 8.5)
        canvas.drawRightString(end, y, stamp)
        canvas.setFont(face.regular, 8.5)
        canvas.drawString(MARGIN, y, fitted(header, face.regular, 8.5, width - mark - 12))
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.line(MARGIN, y - 4, end, y - 4)

    frame = Frame(
        sheet.side,
        sheet.bottom,
        width,
        height,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    return PageTemplate(name or "only", [frame], onPage=furniture, pagesize=size)
