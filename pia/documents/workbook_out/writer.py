"""A document as a workbook that looks like its official form, can be edited by hand, and comes back
without loss.

Knows the spreadsheet format; the look is `layout`'s, what is carried unseen `carried`'s. Equal
input gives equal bytes. Nothing written can become a formula. The commission receives its own form
(規則第7条第5項); this workbook is for checking, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from ...domain.change.model import ChangeSet
from ...domain.document.form import Form
from ...domain.document.tree import LEAVES, Path, Tree
from ...domain.text.pieces import Piece as Marked
from .. import rehearsal
from ..ooxml import carried, package
from ..workbook_in.stamps import MARKED, NOTICE
from .layout import Layout
from .page import LAST, PagePiece, SheetPage

# every letter one or two units wide, so heights can be computed; other programs have a replacement
# for it
FONT = "ＭＳ ゴシック"
_MOMENT = datetime(1980, 1, 1)
_BOX: dict[str, Any] = {
    **{
        "border": 1,
        "border_color": "#404040",
        "text_wrap": True,
        "align": "left",
        "valign": "top",
        "indent": 1,
    },
    **{"font_name": FONT, "font_size": 10, "quote_prefix": True},
}
STYLES: dict[str, dict[str, Any]] = {
    "title": {
        "font_name": FONT,
        "font_size": 14,
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "quote_prefix": True,
    },
    "cover": {
        "font_name": FONT,
        "font_size": 16,
        "bold": True,
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
        "quote_prefix": True,
    },
    "head": {**_BOX, "bold": True, "bg_color": "#D9D9D9", "valign": "vcenter"},
    "sub": {**_BOX, "bold": True, "bg_color": "#EDEDED", "valign": "vcenter"},
    "label": {**_BOX, "bg_color": "#F5F5F5"},
    "answer": _BOX,
    "choice": {**_BOX, "valign": "vcenter", "bold": True},
    "options": {**_BOX, "font_size": 8, "font_color": "#404040", "valign": "vcenter"},
    "check": {**_BOX, "valign": "vcenter"},
    "table": _BOX,
    "plain": _BOX,
    "note": {
        "font_name": FONT,
        "font_size": 9,
        "align": "right",
        "valign": "vcenter",
        "font_color": "#9C0006",
        "quote_prefix": True,
    },
    "right": {"font_name": FONT, "font_size": 10, "align": "right", "quote_prefix": True},
    "small": {
        "font_name": FONT,
        "font_size": 8,
        "font_color": "#404040",
        "text_wrap": True,
        "valign": "top",
        "quote_prefix": True,
    },
}
CHANGED = "#FFF2CC"
RUNS: dict[str, dict[str, Any]] = {
    "delete": {"font_strikeout": True, "font_color": "#595959"},
    "insert": {"bold": True, "underline": 1, "font_color": "#C00000"},
    "renumbered": {"underline": 33},
    "equal": {},
}


def settings() -> dict[str, Any]:
    """Options of a new workbook, fresh each time because the library writes into them.

    Columns are as wide as digits of the standard font: Arial's are 8 pixels in every program, with
    or without Japanese fonts. Cells name their own font.
    """
    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    return {**plain, "default_format_properties": {"font_name": "Arial", "font_size": 11}}


def write(
    tree: Tree,
    form: Form,
    *,
    title: str,
    ref: str = "",
    blobs: Mapping[str, bytes] | None = None,
    highlight: ChangeSet | None = None,
    marked: Mapping[Path, Sequence[Marked]] | None = None,
) -> bytes:
    """The workbook of a document. `ref` names the version it was made from; `blobs` holds the
    imported drawings by digest; items in `highlight` are
    shaded; with `marked` (path → running text with its changes) deletions stand struck through and
    additions underlined in red, the workbook says so and
    cannot be read back. Deterministic."""
    if marked is None:
        notice = NOTICE
    else:
        notice = MARKED
    pages = Layout(tree, form, title, marked, notice).pages()
    if highlight:
        changed = changed_items(highlight, form)
    else:
        changed = frozenset()
    sheets = Sheets(title, form.printed_title)
    names: dict[str, Path] = {}
    for page in pages:
        _sheet(sheets, page, title, names if marked is None else None, changed, notice)
    if marked is None:
        hidden = sheets.book.add_worksheet(carried.SHEET)
        hidden.very_hidden()
        for index, text in enumerate(carried.to_cells(carried.carry(tree, ref, title, names))):
            hidden.write_string(index, 0, text)
    return package.with_drawings(sheets.closed(), _drawings(pages, blobs or {}))


def blank(form: Form, notice: str) -> bytes:
    """The empty workbook of a form in the same layout, with nothing carried unseen: what it is
    stands on its cover and at the head of every page. Deterministic."""
    sheets = Sheets(form.printed_title, form.printed_title)
    for page in Layout(Tree(form.id), form, "", None, notice).pages():
        _sheet(sheets, page, form.printed_title, None, frozenset(), notice)
    return sheets.closed()


class Sheets:
    """A workbook that is being written, with its cell styles."""

    def __init__(self, title: str, subject: str):
        import xlsxwriter

        self._out = BytesIO()
        self.book = xlsxwriter.Workbook(self._out, settings())
        self.book.set_properties({"title": title, "subject": subject, "created": _MOMENT})
        self._styles: dict[tuple[str, bool, str], Any] = {}

    def style(self, name: str, shaded: bool, op: str = "") -> Any:
        """A named style, shaded where its item changed, with the mark of a run."""
        if (name, shaded, op) not in self._styles:
            shade = {"bg_color": CHANGED} if shaded else {}
            self._styles[name, shaded, op] = self.book.add_format(
                {**STYLES[name], **shade, **RUNS.get(op, {})}
            )
        return self._styles[name, shaded, op]

    def closed(self) -> bytes:
        """The whole file; nothing can be added any more."""
        self.book.close()
        return self._out.getvalue()


def changed_items(highlight: Iterable[Any], form: Form) -> frozenset[Path]:
    """The paths of the items a ChangeSet touches."""
    changed = []
    for cell in highlight:
        if cell.level in LEAVES:
            changed.append(cell.path[:-1])
        else:
            changed.append(cell.path)
    return frozenset(changed)


def _sheet(
    sheets: Sheets,
    page: SheetPage,
    title: str,
    names: dict[str, Path] | None,
    changed: frozenset[Path],
    notice: str,
) -> None:
    ws = sheets.book.add_worksheet(page.name)
    _set_page(ws, page, f"&L&8{_header(title)}&R&8{notice}")
    inherited = False
    for number, row in enumerate(page.rows):
        ws.set_row(number, row.height)
        paths = []
        for piece in row.pieces:
            if piece.path:
                paths.append(piece.path)
        if paths:
            inherited = not changed.isdisjoint(paths)
        for piece in row.pieces:
            shaded = inherited and piece.style in ("answer", "choice", "check", "table")
            _piece(ws, number, piece, sheets.style(piece.style, shaded))
            if piece.runs:
                _runs(ws, number, piece, sheets.style, shaded)
            if piece.path and names is not None:
                name = f"{carried.NAME}{len(names) + 1:05d}"
                names[name] = piece.path
                sheets.book.define_name(name, f"='{page.name}'!${chr(64 + piece.c1)}${number + 1}")
    last = len(page.widths)
    ws.print_area(0, 0, max(len(page.rows) - 1, 0), last - 1)
    if page.repeat:
        ws.repeat_rows(*page.repeat)


def _set_page(ws: Any, page: SheetPage, header: str) -> None:
    """Paper, margins, header and columns of a sheet."""
    ws.set_paper(9)
    if page.landscape:
        ws.set_landscape()
    ws.fit_to_pages(1, 0)
    ws.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.6)
    ws.set_header(rehearsal.header(header))
    ws.set_footer("&C&8&A　&P / &N")
    ws.hide_gridlines(2)
    for index, chars in enumerate(page.widths):
        ws.set_column(index, index, chars)


def _header(title: str) -> str:
    return title.replace("&", "&&").replace("\n", " ")[:60]


def _piece(ws: Any, row: int, p: PagePiece, style: Any) -> None:
    if p.c1 == p.c2 and p.down == 1:
        if p.text:
            ws.write_string(row, p.c1 - 1, p.text, style)
        else:
            ws.write_blank(row, p.c1 - 1, None, style)
        return
    ws.merge_range(row, p.c1 - 1, row + p.down - 1, p.c2 - 1, "", style)
    if p.text:
        ws.write_string(row, p.c1 - 1, p.text, style)


def _runs(ws: Any, row: int, p: PagePiece, style: Any, shaded: bool) -> None:
    """The text of a cell in pieces, each with its mark."""
    pieces: list[Any] = []
    for run in p.runs:
        pieces += [style(f"{p.style}", shaded, run.op if run.op in RUNS else "equal"), run.text]
    if len(p.runs) == 1:
        ws.write_string(row, p.c1 - 1, p.runs[0].text, pieces[0])
    else:
        ws.write_rich_string(row, p.c1 - 1, *pieces, style(p.style, shaded))


def _drawings(pages: list[SheetPage], blobs: Mapping[str, bytes]) -> dict[int, package.Drawing]:
    from . import drawings

    """Index of a sheet → the drawing of its figures."""
    out = {}
    for index, page in enumerate(pages):
        placed = []
        room = page.across(1, LAST) * 0.75 - 16
        for row, _, figure in page.figures:
            top = sum(above.height for above in page.rows[:row]) + 8
            blob = blobs.get((figure.value or {}).get("drawing") or "")
            placed.append(drawings.PlacedFigure(figure, 8.0, top, room, blob))
        if placed:
            out[index] = drawings.sheet_drawing(placed)
    return out
