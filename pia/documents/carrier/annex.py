"""Texts that fit no box of the form, as people write them: 「（別紙１のとおり）」 in the box, the whole text on a sheet 「別紙」 behind all others.

Knows how that sheet is laid out and numbered; what fits is decided by who fills. `annex` reads it back. Numbers follow the places in the workbook and leave
out those the document itself uses for a paper of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from ..ooxml.book import Book, address, open_book
from ..ooxml.measure import chunks, height
from ..workbook_in import annex
from ..workbook_in.labels import CONTINUED_INLINE
from .parts import Parts
from .sheet import escaped
from .styles import Styles

_MARK, _TEXT = 12, 66  # widths of the two columns in digits: an A4 page upright
_TOKEN = re.compile("（別紙\ufdd0([0-9]+)\ufdd1のとおり）")
_INSIDE = re.compile(
    f"[（(]{_TOKEN.pattern}[)）]"
)  # the form's own brackets stand around it already


@dataclass(slots=True)
class Noted:
    """Texts taken out of their cells while a workbook is filled, with the lines that name their items. Until all stand they are cited by a token."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def cite(self, text: str, head: str) -> str:
        self.texts.append((text, head))
        return f"（別紙\ufdd0{len(self.texts) - 1}\ufdd1のとおり）"


def settle(parts: Parts, noted: Noted) -> list[tuple[int, str]]:
    """Numbers the texts in the order they are cited in, writes their sheet, and names the cells. Gives (number, head) of each."""
    if not noted.texts:
        return []
    book = open_book(parts.save())
    tokens = [
        (c, int(m.group(1)))
        for s in book.sheets
        for c in s.cells
        if "\ufdd0" in c.text
        for m in _TOKEN.finditer(c.text)
    ]
    taken = annex.mentioned(
        [*(c.text for s in book.sheets for c in s.cells), *(t for t, _ in noted.texts)]
    )
    free = (n for n in count(1) if n not in taken)
    numbers: dict[int, int] = {}
    for _, k in tokens:
        if k < len(noted.texts) and k not in numbers:
            numbers[k] = next(free)
    if not numbers:
        return []
    sheet_of = {s[1]: i for i, s in enumerate(parts.sheets)}
    named: dict[str, str] = {}
    first: str | None = None
    for c in dict.fromkeys(c for c, _ in tokens):
        grid = parts.grid(sheet_of[book.sheets[c.sheet].part])
        first = first or grid.style(c.row, c.col)
        inside = {int(m.group(1)) for m in _INSIDE.finditer(c.text)}
        once = _INSIDE.sub(
            lambda m: m.group()[0] + annex.cited(numbers[int(m.group(1))])[1:-1] + m.group()[-1],
            c.text,
        )
        grid.put(c.row, c.col, _TOKEN.sub(lambda m: annex.cited(numbers[int(m.group(1))]), once))
        for k in dict.fromkeys(int(m.group(1)) for m in _TOKEN.finditer(c.text)):
            named.setdefault(
                annex.name(numbers[k], k in inside), _reference(book, c.sheet, c.row, c.col)
            )
    said = [(n, noted.texts[k][1], noted.texts[k][0]) for k, n in numbers.items()]
    styles = Styles(parts)
    xml = _sheet(said, _looks(styles, first), _TEXT * styles.digit() + 5.0)
    styles.save(parts)
    parts.add_sheet(_free_name(parts), xml)
    parts.add_names(named)
    return [(n, head) for n, head, _ in said]


def drop(parts: Parts, sheets: Sequence[str]) -> None:
    """Takes out our sheets (by part) of an earlier filling and the names of the cells that cited them."""
    parts.drop_names(annex.is_name)
    for part in sheets:
        parts.drop_sheet(next(i for i, s in enumerate(parts.sheets) if s[1] == part))


def _reference(book: Book, sheet: int, row: int, col: int) -> str:
    quoted = book.sheets[sheet].name.replace("'", "''")
    return f"'{quoted}'!${address(1, col)[:-1]}${row}"


def _free_name(parts: Parts) -> str:
    taken = {n.lower() for n, _, _ in parts.sheets}
    return next(
        n
        for n in (annex.SHEET, *(f"{annex.SHEET} ({k})" for k in range(2, 10_000)))
        if n.lower() not in taken
    )


def _looks(styles: Styles, like: str | None) -> dict[str, int]:
    """Numbers of the looks of this sheet's cells, in the letters of the cell that cites first."""
    letters = styles.font_of(like)
    plain, bold, small = (
        styles.add("fonts", "font", f'<font>{b}<sz val="{size}"/>{letters}</font>')
        for b, size in (("", "10"), ("<b/>", "10"), ("", "7"))
    )
    line = styles.add(
        "borders",
        "border",
        '<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border>',
    )
    base = ' xfId="0"' if styles.all("cellStyleXfs", "xf") else ""

    def made(font: int, border: int, aligned: str) -> int:
        drawn = ' applyBorder="1"' if border else ""
        about = f'numFmtId="0" fontId="{font}" fillId="0" borderId="{border}"{base} applyFont="1"{drawn} applyAlignment="1"'
        return styles.add("cellXfs", "xf", f"<xf {about}><alignment {aligned}/></xf>")

    top = 'horizontal="left" vertical="top" wrapText="1"'
    return {
        "title": made(bold, 0, top),
        "head": made(bold, line, top),
        "text": made(plain, 0, top),
        "mark": made(small, 0, top),
    }


def _sheet(said: Sequence[tuple[int, str, str]], looks: dict[str, int], wide: float) -> str:
    """The sheet's XML: number and head, the text in rows no program cuts, 「以上」; each begins a page. `wide`: pixels of the text's column."""
    rows: list[str] = []
    breaks: list[int] = []

    def row(mark: str, text: str, mark_look: str, look: str, points: float) -> None:
        n = len(rows) + 1
        cells = _cell(f"A{n}", mark, looks[mark_look]) + _cell(f"B{n}", text, looks[look])
        rows.append(f'<row r="{n}" ht="{points:g}" customHeight="1">{cells}</row>')

    row(annex.TITLE, "", "title", "title", 24)
    for n, head, text in said:
        if len(rows) > 1:
            breaks.append(len(rows))
        row(annex.titled(n), head, "head", "head", height(head, wide))
        for mark, piece in chunks(text, wide):
            row(
                mark if mark == CONTINUED_INLINE else "",
                piece,
                "mark",
                "text",
                max(height(piece, wide), 15),
            )
        row(annex.END, "", "mark", "text", 15)
    cut = "".join(f'<brk id="{b}" max="16383" man="1"/>' for b in breaks)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:B{len(rows)}"/><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f'<cols><col min="1" max="1" width="{_MARK}" customWidth="1"/><col min="2" max="2" width="{_TEXT}" customWidth="1"/></cols>'
        f'<sheetData>{"".join(rows)}</sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" firstPageNumber="1" fitToHeight="0" orientation="portrait" useFirstPageNumber="1"/><headerFooter><oddFooter>&amp;C別紙－&amp;P</oddFooter></headerFooter>'
        + (
            f'<rowBreaks count="{len(breaks)}" manualBreakCount="{len(breaks)}">{cut}</rowBreaks>'
            if breaks
            else ""
        )
        + "</worksheet>"
    )


def _cell(at: str, text: str, look: int) -> str:
    start = f'<c r="{at}" s="{look}"'
    return (
        f'{start} t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'
        if text
        else f"{start}/>"
    )
