"""What stands above and below the pages of a Word file: its headers and footers with the page's
number, on the first, the even and all other pages.

Knows WordprocessingML as Word and LibreOffice write it, through `docx_read`'s paragraphs and
tables. Must not know templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from ...domain.errors import Problem
from . import reader
from .model import Edge, Edges, Item, PaperCell, PaperTable, Para, Run

NUMBERS = ("decimal", "decimalFullWidth", "numberInDash")
_OWN = "－PAGE－"  # what our own Word files say at the foot
_FIELDS = {"PAGE": "PAGE", "NUMPAGES": "NUMPAGES", "SECTIONPAGES": "NUMPAGES"}


def edges(book: Any, base: float) -> tuple[Edges | None, list[Problem]]:
    """The headers and footers of a document; None when it has none, or only the foot of our own
    files. Problems name what our PDF leaves out.
    """
    section = book.sections[0]
    every = Edge(_part(section.header, base), _part(section.footer, base))
    first = None
    if section.different_first_page_header_footer:
        first = Edge(_part(section.first_page_header, base), _part(section.first_page_footer, base))
    even = None
    if book.settings.odd_and_even_pages_header_footer:
        even = Edge(_part(section.even_page_header, base), _part(section.even_page_footer, base))
    style, start = _numbering(section)
    problems = _beyond(book, section, style)
    if not any(edge.head or edge.foot for edge in (every, first, even) if edge):
        return None, problems
    if first is None and even is None and _is_own_foot(every, style, start):
        return None, problems
    head_room = _pt(section.header_distance)
    foot_room = _pt(section.footer_distance)
    return Edges(every, first, even, head_room, foot_room, start, style), problems


def _numbering(section: Any) -> tuple[str, int]:
    """The format of the page numbers, and the first of them."""
    kind = section._sectPr.find(qn("w:pgNumType"))
    if kind is None:
        return "decimal", 1
    return kind.get(qn("w:fmt")) or "decimal", int(kind.get(qn("w:start")) or 1)


def _is_own_foot(every: Edge, style: str, start: int) -> bool:
    """Whether there is nothing but the page number our own Word files print."""
    own = not every.head and _said(every.foot) == _OWN
    return own and style == "decimal" and start == 1


def _beyond(book: Any, section: Any, style: str) -> list[Problem]:
    """What our PDF leaves out of the headers and footers."""
    words = []
    if any(map(_own, list(book.sections)[1:])):
        words.append(
            "2つ目より後のセクションのヘッダー・フッターは、PDFには出ません"
            "（1つ目のものが続きます）。Wordの文書でお使いください。"
        )
    fields: set[str] = set()
    for part in _parts(section):
        fields.update(_fields(part._element))
    if not fields <= set(_FIELDS):
        words.append(
            "ヘッダー・フッターの日付などの自動の欄は、PDFでは、"
            "ひな形を保存したときの文字のままです。"
        )
    if style not in NUMBERS:
        words.append("ページ番号の書式（ローマ数字など）は、PDFでは 1、2、3 になります。")
    return [Problem("paper.beyond", each, "", "warning") for each in words]


def elements(book: Any) -> Iterator[Any]:
    """Everything within the first section's headers and footers."""
    for part in _parts(book.sections[0]):
        yield from part._element.iter()


def _parts(section: Any) -> list[Any]:
    """The headers and footers a section has of its own."""
    parts = [
        section.header,
        section.footer,
        section.first_page_header,
        section.first_page_footer,
        section.even_page_header,
        section.even_page_footer,
    ]
    return [part for part in parts if not part.is_linked_to_previous]


def _own(section: Any) -> bool:
    return bool(_parts(section))


def _pt(value: Any) -> float:
    if value is not None:
        return float(value.pt)
    return 36.0


def _part(part: Any, base: float) -> tuple[Item, ...]:
    """The paragraphs and tables of one header or footer; empty when nothing is written in it."""
    if part.is_linked_to_previous:
        return ()
    items: list[Item] = []
    for block in _blocks(part._element):
        if block.tag == qn("w:tbl"):
            items.append(_numbered(reader.table(Table(block, part), base), block, part, base))
            continue
        paragraph = Paragraph(block, part)
        for item in reader.paragraph(paragraph, base):
            if isinstance(item, Para):
                line = replace(item, runs=_runs(paragraph, base), keep=False)
                items.append(_tabbed(line, _stops(paragraph)))
    while items and isinstance(items[-1], Para) and not items[-1].runs:
        items.pop()
    return tuple(items)


def _numbered(grid: PaperTable, table: Any, part: Any, base: float) -> PaperTable:
    """A table as it was read, with the fields of its own paragraphs."""
    rows = []
    for row, tr in zip(grid.rows, table.iterchildren(qn("w:tr"))):
        cells = []
        for cell, tc in zip(row, tr.iterchildren(qn("w:tc"))):
            paras = list(cell.paras)
            for index, (para, element) in enumerate(zip(cell.paras, tc.iterchildren(qn("w:p")))):
                paras[index] = replace(para, runs=_runs(Paragraph(element, part), base))
            cells.append(replace(cell, paras=tuple(paras)))
        rows.append(tuple(cells))
    return replace(grid, rows=tuple(rows))


def _blocks(element: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those within a block of Word's own (it inserts page numbers
    so)."""
    for x in element:
        if x.tag in (qn("w:p"), qn("w:tbl")):
            yield x
        elif x.tag == qn("w:sdt") and (inside := x.find(qn("w:sdtContent"))) is not None:
            yield from _blocks(inside)


def _name(instruction: str) -> str:
    words = instruction.split()
    if words:
        return words[0].upper()
    return ""


def _fields(element: Any) -> Iterator[str]:
    """The names of all automatic fields."""
    for x in element.iter(qn("w:fldSimple")):
        yield _name(x.get(qn("w:instr")) or "")
    whole = ""
    for x in element.iter(qn("w:instrText"), qn("w:fldChar")):
        if x.tag == qn("w:instrText"):
            whole += x.text or ""
        elif x.get(qn("w:fldCharType")) in ("separate", "end") and whole:
            yield _name(whole)
            whole = ""


def _runs(p: Paragraph, base: float) -> tuple[Run, ...]:
    """A paragraph's runs with the page's number and the count of pages as fields."""
    reading = _Fields(p, base)
    for element in p._p.iter(qn("w:r")):
        reading.put(element)
    return reader.joined(reading.out)


class _Fields:
    """The runs of a paragraph while they are read. Word says a field as begin, instruction,
    separate, last value, end; the last value of such a field is not text.
    """

    def __init__(self, p: Paragraph, base: float):
        self.p = p
        self.base = base
        self.out: list[Run] = []
        # Whether an instruction is being read, its words so far, and the field that was put for it.
        self._asks = False
        self._instruction = ""
        self._field = ""

    def put(self, element: Any) -> None:
        """Reads one run."""
        holder = element.getparent()
        if holder.tag == qn("w:fldSimple"):
            field = _FIELDS.get(_name(holder.get(qn("w:instr")) or ""))
            if field:
                if element is holder.find(qn("w:r")):
                    self._put_field(element, field)
                return
        for part in element.iter(qn("w:fldChar"), qn("w:instrText")):
            if part.tag == qn("w:instrText"):
                self._instruction += part.text or ""
            else:
                self._turn(element, part.get(qn("w:fldCharType")))
        text = reader.text_of(element)
        if text and not self._asks and not self._field:
            self.out.append(reader.run_of(element, self.p, text, self.base))

    def _turn(self, element: Any, kind: str | None) -> None:
        """The begin, the separation or the end of a field."""
        if kind == "begin":
            self._asks = True
            self._instruction = ""
            self._field = ""
            return
        self._asks = False
        if not self._field:
            self._field = _FIELDS.get(_name(self._instruction), "")
            if self._field:
                self._put_field(element, self._field)
        if kind == "end":
            self._instruction = ""
            self._field = ""

    def _put_field(self, element: Any, field: str) -> None:
        run = reader.run_of(element, self.p, "", self.base)
        self.out.append(replace(run, field=field))


def _stops(p: Paragraph) -> list[str]:
    """Which way the tab stops of a paragraph align, from left to right; of itself, else of its
    style.
    """
    owner: Any = p
    while owner is not None:
        element = owner._p if owner is p else owner.element
        stops = []
        for stop in element.iterfind(f"{qn('w:pPr')}/{qn('w:tabs')}/*"):
            if stop.get(qn("w:val")) != "clear":
                stops.append((int(float(stop.get(qn("w:pos")) or 0)), stop.get(qn("w:val"))))
        if stops:
            return [kind for _, kind in sorted(stops)]
        owner = p.style if owner is p else owner.base_style
    return []


def _tabbed(p: Para, stops: list[str]) -> Item:
    """A line with something at the left, in the middle and at the right is a row of three; tabs of
    another kind stay as they are.
    """
    if not any("\t" in run.text for run in p.runs):
        return p
    if not stops or not set(stops) <= {"center", "right", "end"}:
        return p
    parts = _between_tabs(p.runs)
    sides: dict[str, list[Run]] = {"left": parts[0], "center": [], "right": []}
    for index, runs in enumerate(parts[1:]):
        middle = index < len(stops) and stops[index] == "center"
        sides["center" if middle else "right"] += runs
    shares = _shares(sides)
    cells = tuple(PaperCell((Para(tuple(sides[side]), side),)) for side in shares)
    return PaperTable(tuple(1000.0 * share for share in shares.values()), (cells,), plain=True)


def _between_tabs(runs: Iterable[Run]) -> list[list[Run]]:
    """The runs of a line cut at its tabs."""
    parts: list[list[Run]] = [[]]
    for run in runs:
        for index, text in enumerate(run.text.split("\t")):
            if index:
                parts.append([])
            if text or run.field:
                parts[-1].append(Run(text, run.bold, run.underline, run.size, run.field))
    return parts


def _shares(sides: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """How much of the width each side gets: thirds, or without a middle by their lengths."""
    if sides["center"]:
        return {"left": 1 / 3, "center": 1 / 3, "right": 1 / 3}
    left = sum(len(run.text) or 3 for run in sides["left"])
    right = sum(len(run.text) or 3 for run in sides["right"])
    share = min(0.8, max(0.2, right / (left + right or 1)))
    return {"left": 1 - share, "right": share}


def _said(items: tuple[Item, ...]) -> str:
    """The words of one centred paragraph with its fields by name; anything else is not ours."""
    if len(items) != 1 or not isinstance(items[0], Para) or items[0].align != "center":
        return ""
    return "".join(run.field or run.text for run in items[0].runs)
