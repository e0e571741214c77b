"""A whole assessment as a written paper: the rows of its official form, and where it is held
against an older one, every change as one that can be taken or taken back.

Knows rows of a form and how two texts differ. Must not know versions. Accepting all changes leaves
the newer document, rejecting them the older one, to the letter. Serves the drafting under
規則第5条第1項, 第6条第1項 and 第7条第1項.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, TypeVar

from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.text.spans import Span, spans
from ..ooxml import carried
from ..workbook_in.labels import FIGURE_LIST
from ..workbook_in.stamps import MARKED, NOTICE
from ..workbook_out.layout import Layout
from ..workbook_out.page import PagePiece, PageRow, SheetPage
from .model import MARGIN, PAGE, Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper

_One = TypeVar("_One")
MARK = "_pia_"
_SIZE = 9.5
_FREE = ("title", "cover", "note", "right")
_SHADES = {"head": "D9E1EC", "sub": "E9EEF5", "label": "F3F5F9"}
_TYPED = ("answer", "choice", "check", "table", "plain")
_LEGEND = "追加は下線、削除は取消線で示しています。"
_FIGURE = f"{FIGURE_LIST}（図は、この文書では直せません）"


@dataclass(frozen=True, slots=True)
class AssessmentPaper:
    """The paper, and what travels in its Word file unseen."""

    paper: WrittenPaper
    carried: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Against:
    """The document another is held against, on the same form; whose the changes are, and the
    instant in ISO, where they are known. `shown`: the changes are only to be looked at (the paper
    says so, and is refused when it is read)."""

    old: Tree
    by: str = ""
    at: str = ""
    shown: bool = False


@dataclass(slots=True)
class _Pair:
    """A row on both sides; None where a side has none."""

    old: PageRow | None
    new: PageRow | None


@dataclass(slots=True)
class _Pages:
    """The pages of a part on both sides."""

    old: SheetPage | None
    new: SheetPage | None
    rows: list[_Pair] = field(default_factory=list)


def write(
    tree: Tree, form: Form, *, title: str, ref: str = "", against: Against | None = None
) -> AssessmentPaper:
    """The paper of a document, with the changes since the one it is held against. Equal input
    gives equal papers."""
    shown = against is not None and against.shown
    notice = MARKED if shown else NOTICE
    after = Layout(tree, form, title, notice=notice, whole=True).pages()
    before = after
    if against is not None:
        before = Layout(against.old, form, title, notice=notice, whole=True).pages()
    names: dict[str, Path] = {}
    items: list[Item] = []
    for pages in _paired(before, after):
        if items:
            items.append(Break())
        elif shown:
            items.append(Para((Run(_LEGEND, size=9),), "right"))
        items += _items(pages, names)
    paper = WrittenPaper(title, tuple(items), size=_SIZE)
    if against is not None:
        paper = replace(paper, by=against.by, at=against.at)
    return AssessmentPaper(paper, carried.carry(tree, ref, title, names))


# ---- two sides


def _paired(before: Sequence[SheetPage], after: Sequence[SheetPage]) -> Iterator[_Pages]:
    """Sheets beside each other, each with its rows."""
    for old, new in _beside(before, after, _sheet_key):
        pages = _Pages(old, new)
        rows = _beside(
            old.rows if old is not None else (), new.rows if new is not None else (), _row_key
        )
        for left, right in rows:
            pages.rows.append(_Pair(left, right))
        yield pages


def _sheet_key(page: SheetPage) -> Any:
    """What a sheet is: the part and the entry of its answers."""
    for row in page.rows:
        for piece in row.pieces:
            if piece.path is not None:
                return piece.path[:2]
    return page.name


def _row_key(row: PageRow) -> Any:
    """What a row is: the place it answers to, else its words."""
    paths = tuple(piece.path for piece in row.pieces)
    columns = tuple((piece.c1, piece.c2, piece.style) for piece in row.pieces)
    if any(paths) and row.pieces[-1].style != "table":
        return columns, paths
    return columns, tuple(piece.text for piece in row.pieces)


def _beside(
    before: Sequence[_One], after: Sequence[_One], key: Callable[[_One], Any]
) -> list[tuple[_One | None, _One | None]]:
    """Two sequences with what is the same beside each other."""
    matcher = SequenceMatcher(None, list(map(key, before)), list(map(key, after)), autojunk=False)
    out: list[tuple[_One | None, _One | None]] = []
    for op, a0, a1, b0, b1 in matcher.get_opcodes():
        if op == "equal":
            out += zip(before[a0:a1], after[b0:b1])
            continue
        gone = before[a0:a1]
        come = after[b0:b1]
        if len(gone) == len(come) and all(map(_alike, gone, come)):
            out += zip(gone, come)
            continue
        out += [(one, None) for one in gone]
        out += [(None, one) for one in come]
    return out


def _alike(one: Any, other: Any) -> bool:
    """Whether two rows of a table, one for the other, can be shown as one that changed."""
    if not isinstance(one, PageRow) or not isinstance(other, PageRow):
        return False
    looks = [(piece.c1, piece.c2, piece.style) for piece in one.pieces]
    return looks == [(piece.c1, piece.c2, piece.style) for piece in other.pieces] and all(
        piece.style == "table" for piece in one.pieces
    )


# ---- as a paper


def _items(pages: _Pages, names: dict[str, Path]) -> list[Item]:
    """A sheet as paragraphs and tables."""
    page = pages.new or pages.old
    assert page is not None
    scale = (PAGE[0] - 2 * MARGIN) / sum(page.widths)
    widths = tuple(width * scale for width in page.widths)
    out: list[Item] = []
    rows: list[tuple[PaperCell, ...]] = []
    marks: list[str] = []

    def flush() -> None:
        if rows:
            said = tuple(marks) if any(marks) else ()
            out.append(PaperTable(widths, tuple(rows), marks=said, boxes=True))
            rows.clear()
            marks.clear()

    for pair in pages.rows:
        row = pair.new or pair.old
        assert row is not None
        if not row.pieces:
            continue
        mark = ""
        if pair.old is None:
            mark = "insert"
        elif pair.new is None:
            mark = "delete"
        if row.pieces[0].style in _FREE:
            flush()
            out += _paragraphs(pair, mark)
        else:
            rows.append(_cells(pair, mark, len(widths), names))
            marks.append(mark)
    flush()
    return out


def _paragraphs(pair: _Pair, mark: str) -> Iterator[Para]:
    """A row that stands free on the page."""
    for old, new in _pieces(pair):
        piece = new or old
        assert piece is not None
        size = {"title": 14.0, "cover": 16.0, "note": 9.0}.get(piece.style, 10.0)
        bold = piece.style in ("title", "cover")
        align = {"cover": "center", "note": "right", "right": "right"}.get(piece.style, "left")
        runs = tuple(_runs(old, new, bold, size))
        level = 1 if piece.style == "title" else 0
        yield Para(runs, align, before=4, after=8, level=level, keep=level > 0, mark=mark)


def _pieces(pair: _Pair) -> list[tuple[PagePiece | None, PagePiece | None]]:
    """The pieces of a row on both sides."""
    old = pair.old.pieces if pair.old is not None else ()
    new = pair.new.pieces if pair.new is not None else ()
    if not old:
        return [(None, piece) for piece in new]
    if not new:
        return [(piece, None) for piece in old]
    return list(zip(old, new))


def _cells(pair: _Pair, mark: str, last: int, names: dict[str, Path]) -> tuple[PaperCell, ...]:
    """A row of the table; columns nobody wrote in are empty cells."""
    cells: list[PaperCell] = []
    at = 1
    for old, new in _pieces(pair):
        piece = new or old
        assert piece is not None
        if piece.c1 > at:
            cells.append(PaperCell((), span=piece.c1 - at))
        bold = piece.style in ("head", "sub", "choice")
        size = 8.0 if piece.style in ("options", "small", "note") else _SIZE
        name = ""
        if new is not None and new.path is not None and mark != "delete":
            name = f"{MARK}{len(names) + 1}"
            names[name] = new.path
        para = Para(tuple(_runs(old, new, bold, size)), mark=mark)
        span = piece.c2 - piece.c1 + 1
        cells.append(PaperCell((para,), _SHADES.get(piece.style, ""), span, name))
        at = piece.c2 + 1
    if at <= last:
        cells.append(PaperCell((), span=last - at + 1))
    return tuple(cells)


def _runs(old: PagePiece | None, new: PagePiece | None, bold: bool, size: float) -> Iterator[Run]:
    """The words of a piece; where both sides have it, with what changed in them."""
    if old is None or new is None:
        piece = new or old
        assert piece is not None
        text = _text(piece)
        if text:
            yield Run(text, bold, size=size, mark="insert" if old is None else "delete")
        return
    before = _text(old)
    after = _text(new)
    if before == after:
        if after:
            yield Run(after, bold, size=size)
        return
    for mark, text in _tracked(before, after):
        yield Run(text, bold, size=size, mark=mark)


def _tracked(before: str, after: str) -> Iterator[tuple[str, str]]:
    """(mark, text) from left to right: without what was inserted it is the one text, without what
    was deleted the other. What moved is deleted there and inserted here, as Word has it."""
    at = to = 0
    for span in (
        *spans(before, after),
        Span("equal", len(before), len(before), len(after), len(after)),
    ):
        if span.op != "equal" or span.move or span.a0 < at or span.b0 < to:
            continue
        if span.a0 > at:
            yield "delete", before[at : span.a0]
        if span.b0 > to:
            yield "insert", after[to : span.b0]
        if span.a1 > span.a0:
            yield "", before[span.a0 : span.a1]
        at = span.a1
        to = span.b1


def _text(piece: PagePiece) -> str:
    """What a piece says; what a workbook says of its shapes is another thing here."""
    if piece.style == "small" and piece.text.startswith(FIGURE_LIST):
        return _FIGURE
    return piece.text
