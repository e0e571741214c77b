"""One worksheet part as text: cells written, rows shown, raised and copied in, everything else kept
letter for letter.

Knows SpreadsheetML's order and references; no form and no answer. Parsing and writing again would
change quotes, prefixes and extensions that programs rely on, so only what is touched is written
anew. Rows put in move all that stands below them (merges, validations, formats, breaks, formulas).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, unescape

from ..ooxml.book import address, place
from .refs import (
    Box,
    Insert,
    Move,
    attribute,
    bases,
    growth,
    moved,
    moved_range,
    shifted,
    with_attribute,
)

_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(slots=True)
class SheetRow:
    """A row: its attributes and the markup of its cells by column."""

    number: int
    attributes: str
    cells: dict[int, str]  # column -> the cell's XML
    raw: str | None  # as it stood, while nothing in it was touched


# The elements of a worksheet that follow its page breaks (ECMA-376 part 1, 18.3.1.99).
_AFTER_BREAKS = (
    "colBreaks|customProperties|cellWatches|ignoredErrors|smartTags|drawing|legacyDrawing|"
    "legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst"
)


class SheetGrid:
    """A worksheet being filled. Rows and columns count from 1."""

    def __init__(self, xml: bytes):
        text = plain(xml)
        data = re.search(r"<(\w+:)?sheetData\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?sheetData>)", text, re.S)
        if data is None:
            raise ValueError("no sheetData")
        self.prefix = data.group(1) or ""
        self.head = text[: data.start()]
        self.tail = text[data.end() :]
        self.source = text
        self.rows: dict[int, SheetRow] = {}
        at = 0
        rows = rf"<{self.prefix}row\b([^>]*?)(?:/>|>(.*?)</{self.prefix}row>)"
        for match in re.finditer(rows, data.group(2) or "", re.S):
            own_number = attribute(match.group(1), "r")
            at = int(own_number or at + 1)
            cells = self._read_cells(at, match.group(2) or "")
            raw = None
            if own_number:
                raw = match.group(0)
            self.rows[at] = SheetRow(at, match.group(1), cells, raw)
        merges = rf"<{self.prefix}mergeCell\b[^>]*?\bref\s*=\s*[\"']([^\"']+)[\"']"
        self.merges: list[Box] = list(map(_box, re.findall(merges, self.tail)))
        self._starts = _by_start(self.merges)
        self.touched = False
        self.lost_formula = False

    def _read_cells(self, row: int, text: str) -> dict[int, str]:
        """Column → markup of a row's cells; one without address gets the next."""
        cells = {}
        col = 0
        pattern = rf"<{self.prefix}c\b([^>]*?)(?:/>|>(.*?)</{self.prefix}c>)"
        for match in re.finditer(pattern, text, re.S):
            ref = attribute(match.group(1), "r")
            if ref:
                col = place(ref)[1]
                cells[col] = match.group(0)
                continue
            col += 1
            opening = f'<{self.prefix}c r="{address(row, col)}"'
            cells[col] = match.group(0).replace(f"<{self.prefix}c", opening, 1)
        return cells

    # ---- what is there

    def box(self, row: int, col: int) -> Box:
        """The cell with its merge."""
        if (row, col) in self._starts:
            return self._starts[row, col]
        for merge in self.merges:
            if merge[0] <= row <= merge[2] and merge[1] <= col <= merge[3]:
                return merge
        return (row, col, row, col)

    def has_formula(self) -> bool:
        """Whether any cell has a formula."""
        return any(map(self._row_has_formula, self.rows.values()))

    def _row_has_formula(self, row: SheetRow) -> bool:
        return any(f"<{self.prefix}f" in cell for cell in row.cells.values())

    def style(self, row: int, col: int) -> str | None:
        """The format of a cell; None where the cell is not there or has none."""
        if row in self.rows and col in self.rows[row].cells:
            return attribute(_open(self.rows[row].cells[col]), "s")
        return None

    def is_hidden(self, row: int) -> bool:
        """Whether a row is hidden."""
        return row in self.rows and attribute(self.rows[row].attributes, "hidden") in ("1", "true")

    def height(self, row: int) -> float | None:
        """Points of a row that has a height of its own."""
        if row not in self.rows:
            return None
        points = attribute(self.rows[row].attributes, "ht")
        if not points:
            return None
        return float(points)

    @property
    def default_height(self) -> float:
        """Points of a row without a height of its own."""
        match = re.search(rf"<{self.prefix}sheetFormatPr\b[^>]*", self.head)
        points = None
        if match:
            points = attribute(match.group(0), "defaultRowHeight")
        return float(points or 15)

    @property
    def last_row(self) -> int:
        """The last row with cells or merges."""
        return max([0, *self.rows, *(merge[2] for merge in self.merges)])

    # ---- what changes

    def put(self, row: int, col: int, text: str, style: str | None = None) -> None:
        """A text into a cell, its style kept; "" empties it. A number stays a number where the cell
        held one.
        """
        line = self._line(row)
        old = line.cells.get(col, "")
        if f"<{self.prefix}f" in old:
            self.lost_formula = True
            self._share_out(old, row, col)
        numeric = False
        if old:
            style = attribute(_open(old), "s")
            numeric = attribute(_open(old), "t") in (None, "n") and f"<{self.prefix}v" in old
        stays_number = numeric and re.fullmatch(r"0|[1-9]\d{0,14}", text) is not None
        line.cells[col] = self._cell(address(row, col), style, text, stays_number)
        if not old:
            line.cells = dict(sorted(line.cells.items()))
            line.attributes = with_attribute(line.attributes, "spans", None)

    def _share_out(self, master: str, row: int, col: int) -> None:
        """Gives the cells that share the formula of a cell about to go their own copies of it."""
        tag = self.prefix + "f"
        match = re.search(rf"<{tag}\b([^>]*)>([^<]*)</{tag}>", master)
        if match is None or attribute(match.group(1), "t") != "shared":
            return
        number = attribute(match.group(1), "si")
        if number is None:
            return
        from openpyxl.formula.translate import Translator

        formula = Translator(
            "=" + unescape(match.group(2), {"&quot;": '"', "&apos;": "'"}), address(row, col)
        )
        for line in self.rows.values():
            for at, cell in line.cells.items():
                shared = re.search(rf"<{tag}\b([^>]*?)(?:/>|></{tag}>)", cell)
                if shared and attribute(shared.group(1), "si") == number:
                    own = escape(formula.translate_formula(address(line.number, at))[1:])
                    line.cells[at] = cell.replace(shared.group(0), f"<{tag}>{own}</{tag}>")
                    line.raw = None

    def _cell(self, ref: str, style: str | None, text: str, number: bool = False) -> str:
        """A cell's markup with a text, a number or nothing."""
        prefix = self.prefix
        start = f'<{prefix}c r="{ref}"' + (f' s="{style}"' if style else "")
        if not text:
            return start + "/>"
        if number:
            return f"{start}><{prefix}v>{text}</{prefix}v></{prefix}c>"
        return (
            f'{start} t="inlineStr"><{prefix}is><{prefix}t '
            f'xml:space="preserve">{escaped(text)}</{prefix}t></{prefix}is></{prefix}c>'
        )

    def _line(self, row: int) -> SheetRow:
        """A row to be changed; put in where there is none."""
        self.touched = True
        if row not in self.rows:
            self.rows[row] = SheetRow(row, f' r="{row}"', {}, None)
            self.rows = dict(sorted(self.rows.items()))
        self.rows[row].raw = None
        return self.rows[row]

    def show(self, row: int, hidden: bool) -> None:
        """Hides a row, or shows it."""
        if self.is_hidden(row) == hidden:
            return
        line = self._line(row)
        line.attributes = with_attribute(line.attributes, "hidden", "1" if hidden else None)
        if not hidden and self.height(row) == 0:
            line.attributes = with_attribute(
                with_attribute(line.attributes, "ht", None), "customHeight", None
            )

    def set_height(self, row: int, points: float) -> None:
        """Gives a row a height in points."""
        line = self._line(row)
        line.attributes = with_attribute(
            with_attribute(line.attributes, "ht", f"{points:g}"), "customHeight", "1"
        )

    def insert(self, inserts: Sequence[Insert], name: str = "") -> Move:
        """Puts copied rows in. `name`: the sheet's, for formulas that name it. Gives where each row
        now stands.
        """
        new = moved(inserts)
        self.touched = True
        original = dict(self.rows)
        rows = {}
        for number, row in original.items():
            rows[new(number)] = self._renumbered(
                row, new(number), lambda text: shifted(text, name, name, new)
            )
        merges = []
        for top, left, end, right in self.merges:
            merges.append((new(top), left, new(end), right))
        used: dict[int, int] = {}
        for insert in inserts:
            base = new(insert.after) + used.get(insert.after, 0)
            used[insert.after] = used.get(insert.after, 0) + insert.size
            for index in range(insert.size):
                source = original.get(insert.first + index)
                if source is not None:
                    at = base + 1 + index
                    rows[at] = self._copied(source, at, insert)
            for top, left, end, right in self._merges_of(insert):
                merges.append((base + 1 + top, left, base + 1 + end, right))
        self.rows = dict(sorted(rows.items()))
        grown = growth(inserts)
        self.head = self._moved_refs(self.head, name, new, grown)
        self.tail = self._moved_refs(self.tail, name, new, grown)
        self._set_merges(merges)
        for insert, base in bases(inserts, new):
            for (index, col), text in insert.texts.items():
                self.put(base + 1 + index, col, text)
            for index, points in insert.heights.items():
                self.set_height(base + 1 + index, points)
        return new

    def _merges_of(self, insert: Insert) -> Sequence[Box]:
        """The merges within an insert, rows from 0: its own, else those of the copied rows."""
        if insert.merges is not None:
            return insert.merges
        inner = []
        for top, left, end, right in self.merges:
            if insert.first <= top and end <= insert.last:
                inner.append((top - insert.first, left, end - insert.first, right))
        return inner

    def refer(self, name: str, new: Move) -> None:
        """Formulas here that name another sheet follow its rows."""
        tag = self.prefix + "f"
        formula = re.compile(rf"(<{tag}\b[^>]*>)([^<]*)(</{tag}>)")

        def follows(match: re.Match[str]) -> str:
            return match.group(1) + shifted(match.group(2), "", name, new) + match.group(3)

        for row in self.rows.values():
            for col, cell in row.cells.items():
                changed = formula.sub(follows, cell)
                if changed != cell:
                    row.cells[col] = changed
                    row.raw = None
                    self.touched = True

    def _renumbered(self, row: SheetRow, number: int, formula: Callable[[str], str]) -> SheetRow:
        """A row that stands as row `number` now; its formulas go through `formula`."""
        if number == row.number and not self._row_has_formula(row):
            return row
        cells = {}
        for col, cell in row.cells.items():
            cells[col] = self._at(cell, number, col, formula)
        raw = None
        if number == row.number and cells == row.cells:
            raw = row.raw
        return SheetRow(number, with_attribute(row.attributes, "r", str(number)), cells, raw)

    def _at(self, cell: str, row: int, col: int, formula: Callable[[str], str]) -> str:
        """A cell's markup at another place."""
        start = _open(cell)
        ref = r"(?<![\w:])r\s*=\s*(\"[^\"]*\"|'[^']*')"
        placed = re.sub(ref, f'r="{address(row, col)}"', start, count=1) + cell[len(start) :]

        def follows(match: re.Match[str]) -> str:
            opening = re.sub(
                r'ref="([^"]*)"', lambda ref: f'ref="{formula(ref.group(1))}"', match.group(1)
            )
            return opening + (match.group(2) or f">{formula(match.group(3))}{match.group(4)}")

        tag = self.prefix + "f"
        return re.sub(rf"(<{tag}\b[^>]*?)(?:(/>)|>(.*?)(</{tag}>))", follows, placed, flags=re.S)

    def _copied(self, row: SheetRow, number: int, insert: Insert) -> SheetRow:
        """A row's copy: formulas become their values; ids that must be unique stay behind."""
        formula = rf"<{self.prefix}f\b[^>]*?(?:/>|>.*?</{self.prefix}f>)"
        cells = {}
        for col, cell in row.cells.items():
            if insert.blank:
                cells[col] = self._cell(address(number, col), attribute(_open(cell), "s"), "")
            else:
                placed = self._at(cell, number, col, lambda text: text)
                cells[col] = re.sub(formula, "", placed, flags=re.S)
        attributes = with_attribute(
            with_attribute(row.attributes, "r", str(number)), "hidden", None
        )
        return SheetRow(number, attributes, cells, None)

    def _moved_refs(self, text: str, name: str, new: Move, grown: Move) -> str:
        """References in the markup around the rows; a range that colours or checks (sqref) takes in
        rows put in right below its last.
        """

        def ranges(match: re.Match[str]) -> str:
            end = new
            if match.group(1) == "sqref":
                end = grown
            return f'{match.group(1)}="{_moved_ranges(match.group(2), new, end)}"'

        def formula(match: re.Match[str]) -> str:
            return match.group(1) + shifted(match.group(2), name, name, new) + match.group(3)

        def page_breaks(match: re.Match[str]) -> str:
            return re.sub(
                r'\bid="(\d+)"', lambda at: f'id="{new(int(at.group(1)) + 1) - 1}"', match.group(0)
            )

        text = re.sub(r'(?<![\w:])(ref|sqref|activeCell|topLeftCell)="([^"]*)"', ranges, text)
        text = re.sub(
            r"(?<=:sqref>)[^<]*(?=</\w+:sqref>)",
            lambda match: _moved_ranges(match.group(0), new, grown),
            text,
        )
        text = re.sub(r"(<(?:\w+:)?(?:formula|formula1|formula2|f)>)([^<]*)(</)", formula, text)
        breaks = rf"<{self.prefix}rowBreaks\b.*?</{self.prefix}rowBreaks>"
        return re.sub(breaks, page_breaks, text, flags=re.S)

    def _set_merges(self, merges: Iterable[Box]) -> None:
        self.merges = sorted(merges)
        self._starts = _by_start(self.merges)
        prefix = self.prefix
        cells = ""
        for top, left, bottom, right in self.merges:
            cells += f'<{prefix}mergeCell ref="{address(top, left)}:{address(bottom, right)}"/>'
        merged = ""
        if cells:
            merged = f'<{prefix}mergeCells count="{len(self.merges)}">{cells}</{prefix}mergeCells>'
        old = rf"<{prefix}mergeCells\b[^>]*?(?:/>|>.*?</{prefix}mergeCells>)"
        match = re.search(old, self.tail, re.S)
        if match:
            self.tail = self.tail[: match.start()] + merged + self.tail[match.end() :]
        elif merged:
            # What may stand between the rows and the merges.
            before = re.match(
                rf"(\s*<{prefix}(sheetCalcPr|sheetProtection|protectedRanges|scenarios|"
                r"autoFilter|sortState|dataConsolidate|customSheetViews)\b[^>]*?(?:/>|>.*?</"
                rf"{prefix}\2>))*",
                self.tail,
                re.S,
            )
            at = 0
            if before:
                at = before.end()
            self.tail = self.tail[:at] + merged + self.tail[at:]

    def add_merges(self, boxes: Iterable[Box]) -> None:
        """Merges cells."""
        self.touched = True
        self._set_merges([*self.merges, *boxes])

    def part_merges(self, row: int, first: int, last: int) -> None:
        """Takes apart the merges that reach over these columns of a row: something else is to stand
        there.
        """
        kept = []
        for merge in self.merges:
            if not (merge[0] <= row <= merge[2] and merge[1] <= last and first <= merge[3]):
                kept.append(merge)
        if len(kept) != len(self.merges):
            self.touched = True
            self._set_merges(kept)

    def add_drawing(self, relation: str) -> None:
        """Names the sheet's drawing, in its place among the last elements."""
        self.touched = True
        match = re.search(
            rf"<{self.prefix}(?:legacyDrawing|legacyDrawingHF|drawingHF|picture|oleObjects|"
            rf"controls|webPublishItems|tableParts|extLst)\b|</{self.prefix}worksheet>",
            self.tail,
        )
        assert match
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        self.tail = (
            self.tail[: match.start()]
            + f'<{self.prefix}drawing xmlns:r="{office}" r:id="{relation}"/>'
            + self.tail[match.start() :]
        )

    def break_before(self, row: int) -> None:
        """Begins a page at a row, where none begins there."""
        prefix = self.prefix
        mark = f'<{prefix}brk id="{row - 1}" max="16383" man="1"/>'
        found = re.search(rf"<{prefix}rowBreaks\b[^>]*>(.*?)</{prefix}rowBreaks>", self.tail, re.S)
        known = re.findall(rf"<{prefix}brk\b[^>]*?/>", found.group(1)) if found else []
        ids = {int(attribute(one, "id") or 0): one for one in known}
        if row <= 1 or row - 1 in ids:
            return
        self.touched = True
        every = [one for _, one in sorted((ids | {row - 1: mark}).items())]
        manual = sum(attribute(one, "man") in ("1", "true") for one in every)
        new = (
            f'<{prefix}rowBreaks count="{len(every)}" manualBreakCount="{manual}">'
            f"{''.join(every)}</{prefix}rowBreaks>"
        )
        if found:
            self.tail = self.tail[: found.start()] + new + self.tail[found.end() :]
            return
        match = re.search(rf"<{prefix}(?:{_AFTER_BREAKS})\b|</{prefix}worksheet>", self.tail)
        assert match
        self.tail = self.tail[: match.start()] + new + self.tail[match.start() :]

    # ---- out again

    def text(self) -> str:
        """The part as markup; as it came where nothing was touched."""
        if not self.touched:
            return self.source
        prefix = self.prefix
        body = "".join(map(self._row, self.rows.values()))
        return f"{self._dimension()}<{prefix}sheetData>{body}</{prefix}sheetData>{self.tail}"

    def _row(self, row: SheetRow) -> str:
        if row.raw is not None:
            return row.raw
        start = f"<{self.prefix}row{row.attributes}"
        if row.cells:
            return f"{start}>{''.join(row.cells.values())}</{self.prefix}row>"
        return f"{start}/>"

    def _dimension(self) -> str:
        """The markup before the rows, with a dimension that takes in all cells."""
        filled = []
        for row in self.rows.values():
            if row.cells:
                filled.append(row)
        if not filled:
            return self.head
        first_row = filled[0].number
        first = min(min(row.cells) for row in filled)
        last_row = filled[-1].number
        last = max(max(row.cells) for row in filled)

        def wider(match: re.Match[str]) -> str:
            top, left, bottom, right = _box(match.group(2))
            if top <= first_row and left <= first and bottom >= last_row and right >= last:
                return match.group(0)
            start = address(min(top, first_row), min(left, first))
            end = address(max(bottom, last_row), max(right, last))
            return f"{match.group(1)}{start}:{end}{match.group(3)}"

        return re.sub(
            rf'(<{self.prefix}dimension\b[^>]*?\bref=")([A-Z0-9:$]+)(")', wider, self.head, count=1
        )


def escaped(text: str) -> str:
    """A text as a cell's XML has it: what only looks like an escape of SpreadsheetML stays what it
    is.
    """
    return escape(_ESCAPE.sub("_x005F_", text))


def plain(xml: bytes) -> str:
    """The part as text; one in another encoding or with comments is written anew first."""
    start = xml[:200]
    utf8 = not start.startswith((b"\xff\xfe", b"\xfe\xff")) and not re.search(
        rb"encoding\s*=\s*[\"'](?!utf-?8)", start, re.I
    )
    if not utf8 or b"<!--" in xml or b"<![CDATA[" in xml:
        from lxml import etree

        root = etree.fromstring(
            xml,
            etree.XMLParser(
                resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
            ),
        )
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return xml.decode("utf-8-sig")


def _by_start(merges: Iterable[Box]) -> dict[tuple[int, int], Box]:
    """Merges by the row and column of their first cell."""
    return {(row, col): (row, col, last, right) for row, col, last, right in merges}


def _moved_ranges(refs: str, new: Move, end: Move) -> str:
    """Ranges with spaces between them, where their rows stand now."""
    return " ".join(moved_range(ref, new, end) for ref in refs.split(" "))


def _open(cell: str) -> str:
    """The opening tag of a cell."""
    if cell:
        return cell[: cell.index(">") + 1]
    return ""


def _box(ref: str) -> Box:
    """The box of a range as it is written: A1:C3, or one cell."""
    start, _, end = ref.partition(":")
    row, col = place(start)
    row2, col2 = place(end or start)
    return min(row, row2), min(col, col2), max(row, row2), max(col, col2)
