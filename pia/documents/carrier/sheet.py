"""One worksheet part as text: cells written, rows shown, raised and copied in, everything else kept letter for letter.

Knows SpreadsheetML's order and references; no form and no answer. Parsing and writing again would change quotes, prefixes and extensions that programs
rely on, so only what is touched is written anew. Rows put in move all that stands below them (merges, validations, formats, breaks, formulas).
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
class Row:
    number: int
    attributes: str
    cells: dict[int, str]  # column -> the cell's XML
    raw: str | None  # as it stood, while nothing in it was touched


class Grid:
    """A worksheet being filled. Rows and columns count from 1."""

    def __init__(self, xml: bytes):
        text = plain(xml)
        found = re.search(
            r"<(\w+:)?sheetData\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?sheetData>)", text, re.S
        )
        if found is None:
            raise ValueError("no sheetData")
        self.prefix = found.group(1) or ""
        self.head, self.tail = text[: found.start()], text[found.end() :]
        self.source = text
        self.rows: dict[int, Row] = {}
        p, at = self.prefix, 0
        cell = re.compile(rf"<{p}c\b([^>]*?)(?:/>|>(.*?)</{p}c>)", re.S)
        for m in re.finditer(
            rf"<{p}row\b([^>]*?)(?:/>|>(.*?)</{p}row>)", found.group(2) or "", re.S
        ):
            at = int(attribute(m.group(1), "r") or at + 1)
            cells, col = {}, 0
            for c in cell.finditer(m.group(2) or ""):
                ref = attribute(c.group(1), "r")
                col = place(ref)[1] if ref else col + 1
                cells[col] = (
                    c.group(0)
                    if ref
                    else c.group(0).replace(f"<{p}c", f'<{p}c r="{address(at, col)}"', 1)
                )
            self.rows[at] = Row(
                at, m.group(1), cells, m.group(0) if attribute(m.group(1), "r") else None
            )
        self.merges: list[Box] = [
            _box(ref)
            for ref in re.findall(
                rf"<{p}mergeCell\b[^>]*?\bref\s*=\s*[\"']([^\"']+)[\"']", self.tail
            )
        ]
        self._starts = {(b[0], b[1]): b for b in self.merges}
        self.touched = self.lost_formula = False

    # ---- what is there

    def box(self, row: int, col: int) -> Box:
        """The cell with its merge."""
        return self._starts.get((row, col)) or next(
            (b for b in self.merges if b[0] <= row <= b[2] and b[1] <= col <= b[3]),
            (row, col, row, col),
        )

    def has_formula(self) -> bool:
        return any(f"<{self.prefix}f" in c for r in self.rows.values() for c in r.cells.values())

    def style(self, row: int, col: int) -> str | None:
        found = self.rows.get(row)
        return attribute(_open(found.cells[col]), "s") if found and col in found.cells else None

    def is_hidden(self, row: int) -> bool:
        return row in self.rows and attribute(self.rows[row].attributes, "hidden") in ("1", "true")

    def height(self, row: int) -> float | None:
        said = attribute(self.rows[row].attributes, "ht") if row in self.rows else None
        return float(said) if said else None

    @property
    def default_height(self) -> float:
        found = re.search(rf"<{self.prefix}sheetFormatPr\b[^>]*", self.head)
        return float((attribute(found.group(0), "defaultRowHeight") if found else None) or 15)

    @property
    def last_row(self) -> int:
        return max([0, *self.rows, *(b[2] for b in self.merges)])

    # ---- what changes

    def put(self, row: int, col: int, text: str, style: str | None = None) -> None:
        """A text into a cell, its style kept; "" empties it. A number stays a number where the cell held one."""
        line = self._line(row)
        old = line.cells.get(col, "")
        if f"<{self.prefix}f" in old:
            self.lost_formula = True
            self._share_out(old, row, col)
        kept = attribute(_open(old), "s") if old else style
        numeric = old and attribute(_open(old), "t") in (None, "n") and f"<{self.prefix}v" in old
        line.cells[col] = self._cell(
            address(row, col),
            kept,
            text,
            bool(numeric) and re.fullmatch(r"0|[1-9]\d{0,14}", text) is not None,
        )
        if not old:
            line.cells = dict(sorted(line.cells.items()))
            line.attributes = with_attribute(line.attributes, "spans", None)

    def _share_out(self, master: str, row: int, col: int) -> None:
        """Gives the cells that share the formula of a cell about to go their own copies of it."""
        f = self.prefix + "f"
        found = re.search(rf"<{f}\b([^>]*)>([^<]*)</{f}>", master)
        number = (
            attribute(found.group(1), "si")
            if found and attribute(found.group(1), "t") == "shared"
            else None
        )
        if found is None or number is None:
            return
        from openpyxl.formula.translate import Translator

        formula = Translator(
            "=" + unescape(found.group(2), {"&quot;": '"', "&apos;": "'"}), address(row, col)
        )
        for r in self.rows.values():
            for at, c in r.cells.items():
                there = re.search(rf"<{f}\b([^>]*?)(?:/>|></{f}>)", c)
                if there and attribute(there.group(1), "si") == number:
                    made = escape(formula.translate_formula(address(r.number, at))[1:])
                    r.cells[at], r.raw = c.replace(there.group(0), f"<{f}>{made}</{f}>"), None

    def _cell(self, ref: str, style: str | None, text: str, number: bool = False) -> str:
        p = self.prefix
        start = f'<{p}c r="{ref}"' + (f' s="{style}"' if style else "")
        if not text:
            return start + "/>"
        if number:
            return f"{start}><{p}v>{text}</{p}v></{p}c>"
        return f'{start} t="inlineStr"><{p}is><{p}t xml:space="preserve">{escaped(text)}</{p}t></{p}is></{p}c>'

    def _line(self, row: int) -> Row:
        self.touched = True
        if row not in self.rows:
            self.rows[row] = Row(row, f' r="{row}"', {}, None)
            self.rows = dict(sorted(self.rows.items()))
        self.rows[row].raw = None
        return self.rows[row]

    def show(self, row: int, hidden: bool) -> None:
        if self.is_hidden(row) == hidden:
            return
        line = self._line(row)
        line.attributes = with_attribute(line.attributes, "hidden", "1" if hidden else None)
        if not hidden and self.height(row) == 0:
            line.attributes = with_attribute(
                with_attribute(line.attributes, "ht", None), "customHeight", None
            )

    def set_height(self, row: int, points: float) -> None:
        line = self._line(row)
        line.attributes = with_attribute(
            with_attribute(line.attributes, "ht", f"{points:g}"), "customHeight", "1"
        )

    def insert(self, inserts: Sequence[Insert], name: str = "") -> Move:
        """Puts copied rows in. `name`: the sheet's, for formulas that name it. Gives where each row now stands."""
        new = moved(inserts)
        self.touched = True
        original = dict(self.rows)
        rows = {
            new(n): self._renumbered(r, new(n), lambda f: shifted(f, name, name, new))
            for n, r in original.items()
        }
        merges = [(new(a), b, new(c), d) for a, b, c, d in self.merges]
        used: dict[int, int] = {}
        for i in inserts:
            base = new(i.after) + used.get(i.after, 0)
            used[i.after] = used.get(i.after, 0) + i.size
            for k in range(i.size):
                if i.first + k in original:
                    rows[base + 1 + k] = self._copied(original[i.first + k], base + 1 + k, i, k)
            inner = (
                [
                    (b[0] - i.first, b[1], b[2] - i.first, b[3])
                    for b in self.merges
                    if i.first <= b[0] and b[2] <= i.last
                ]
                if i.merges is None
                else i.merges
            )
            merges += [(base + 1 + a, b, base + 1 + c, d) for a, b, c, d in inner]
        self.rows = dict(sorted(rows.items()))
        grown = growth(inserts)
        self.head, self.tail = (
            self._moved_refs(t, name, new, grown) for t in (self.head, self.tail)
        )
        self._set_merges(merges)
        for i, base in bases(inserts, new):
            for (k, col), text in i.texts.items():
                self.put(base + 1 + k, col, text)
            for k, points in i.heights.items():
                self.set_height(base + 1 + k, points)
        return new

    def refer(self, name: str, new: Move) -> None:
        """Formulas here that name another sheet follow its rows."""
        f = self.prefix + "f"
        for r in self.rows.values():
            for col, c in r.cells.items():
                made = re.sub(
                    rf"(<{f}\b[^>]*>)([^<]*)(</{f}>)",
                    lambda m: m.group(1) + shifted(m.group(2), "", name, new) + m.group(3),
                    c,
                )
                if made != c:
                    r.cells[col], r.raw, self.touched = made, None, True

    def _renumbered(self, r: Row, number: int, formula: Callable[[str], str]) -> Row:
        if number == r.number and not any(f"<{self.prefix}f" in c for c in r.cells.values()):
            return r
        cells = {col: self._at(c, number, col, formula) for col, c in r.cells.items()}
        return Row(
            number,
            with_attribute(r.attributes, "r", str(number)),
            cells,
            None if number != r.number or cells != r.cells else r.raw,
        )

    def _at(self, cell: str, row: int, col: int, formula: Callable[[str], str]) -> str:
        start = _open(cell)
        made = (
            re.sub(
                r"(?<![\w:])r\s*=\s*(\"[^\"]*\"|'[^']*')",
                f'r="{address(row, col)}"',
                start,
                count=1,
            )
            + cell[len(start) :]
        )
        return re.sub(
            rf"(<{self.prefix}f\b[^>]*?)(?:(/>)|>(.*?)(</{self.prefix}f>))",
            lambda m: (
                re.sub(r'ref="([^"]*)"', lambda g: f'ref="{formula(g.group(1))}"', m.group(1))
                + (m.group(2) or f">{formula(m.group(3))}{m.group(4)}")
            ),
            made,
            flags=re.S,
        )

    def _copied(self, r: Row, number: int, i: Insert, k: int) -> Row:
        """A row's copy: formulas become their values; ids that must be unique stay behind."""
        cells = {}
        for col, c in r.cells.items():
            cells[col] = re.sub(
                rf"<{self.prefix}f\b[^>]*?(?:/>|>.*?</{self.prefix}f>)",
                "",
                self._at(c, number, col, lambda f: f),
                flags=re.S,
            )
            if i.blank:
                cells[col] = self._cell(address(number, col), attribute(_open(c), "s"), "")
        attributes = with_attribute(with_attribute(r.attributes, "r", str(number)), "hidden", None)
        return Row(number, attributes, cells, None)

    def _moved_refs(self, text: str, name: str, new: Move, grown: Move) -> str:
        def ranges(m: re.Match[str]) -> str:
            what = m.group(1)
            end = grown if what == "sqref" else new
            return (
                f'{what}="'
                + " ".join(moved_range(one, new, end) for one in m.group(2).split(" "))
                + '"'
            )

        text = re.sub(r'(?<![\w:])(ref|sqref|activeCell|topLeftCell)="([^"]*)"', ranges, text)
        text = re.sub(
            r"(<\w+:sqref>)([^<]*)(</\w+:sqref>)",
            lambda m: (
                m.group(1)
                + " ".join(moved_range(o, new, grown) for o in m.group(2).split(" "))
                + m.group(3)
            ),
            text,
        )
        text = re.sub(
            r"(<(?:\w+:)?(?:formula|formula1|formula2|f)>)([^<]*)(</)",
            lambda m: m.group(1) + shifted(m.group(2), name, name, new) + m.group(3),
            text,
        )
        breaks = rf"(<{self.prefix}rowBreaks\b.*?</{self.prefix}rowBreaks>)"
        return re.sub(
            breaks,
            lambda m: re.sub(
                r'\bid="(\d+)"', lambda g: f'id="{new(int(g.group(1)) + 1) - 1}"', m.group(1)
            ),
            text,
            flags=re.S,
        )

    def _set_merges(self, merges: Iterable[Box]) -> None:
        self.merges = sorted(merges)
        self._starts = {(b[0], b[1]): b for b in self.merges}
        p = self.prefix
        said = "".join(
            f'<{p}mergeCell ref="{address(a, b)}:{address(c, d)}"/>' for a, b, c, d in self.merges
        )
        made = f'<{p}mergeCells count="{len(self.merges)}">{said}</{p}mergeCells>' if said else ""
        there = re.search(rf"<{p}mergeCells\b[^>]*?(?:/>|>.*?</{p}mergeCells>)", self.tail, re.S)
        if there:
            self.tail = self.tail[: there.start()] + made + self.tail[there.end() :]
        elif made:
            before = re.match(
                rf"(\s*<{p}(sheetCalcPr|sheetProtection|protectedRanges|scenarios|autoFilter|sortState|dataConsolidate|customSheetViews)\b[^>]*?(?:/>|>.*?</{p}\2>))*",
                self.tail,
                re.S,
            )
            at = before.end() if before else 0
            self.tail = self.tail[:at] + made + self.tail[at:]

    def add_merges(self, boxes: Iterable[Box]) -> None:
        self.touched = True
        self._set_merges([*self.merges, *boxes])

    def part_merges(self, row: int, first: int, last: int) -> None:
        """Takes apart the merges that reach over these columns of a row: something else is to stand there."""
        kept = [
            b for b in self.merges if not (b[0] <= row <= b[2] and b[1] <= last and first <= b[3])
        ]
        if len(kept) != len(self.merges):
            self.touched = True
            self._set_merges(kept)

    def add_drawing(self, relation: str) -> None:
        """Names the sheet's drawing, in its place among the last elements."""
        self.touched = True
        found = re.search(
            rf"<{self.prefix}(?:legacyDrawing|legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b|</{self.prefix}worksheet>",
            self.tail,
        )
        assert found
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        self.tail = (
            self.tail[: found.start()]
            + f'<{self.prefix}drawing xmlns:r="{office}" r:id="{relation}"/>'
            + self.tail[found.start() :]
        )

    # ---- out again

    def text(self) -> str:
        if not self.touched:
            return self.source
        p = self.prefix
        body = "".join(r.raw if r.raw is not None else self._row(r) for r in self.rows.values())
        return f"{self._dimension()}<{p}sheetData>{body}</{p}sheetData>{self.tail}"

    def _row(self, r: Row) -> str:
        start = f"<{self.prefix}row{r.attributes}"
        return (
            f"{start}>{''.join(r.cells.values())}</{self.prefix}row>" if r.cells else f"{start}/>"
        )

    def _dimension(self) -> str:
        filled = [(n, min(r.cells), max(r.cells)) for n, r in self.rows.items() if r.cells]
        if not filled:
            return self.head
        box = (
            filled[0][0],
            min(c for _, c, _ in filled),
            filled[-1][0],
            max(c for _, _, c in filled),
        )

        def wider(m: re.Match[str]) -> str:
            a, b, c, d = _box(m.group(2))
            if a <= box[0] and b <= box[1] and c >= box[2] and d >= box[3]:
                return m.group(0)
            return f"{m.group(1)}{address(min(a, box[0]), min(b, box[1]))}:{address(max(c, box[2]), max(d, box[3]))}{m.group(3)}"

        return re.sub(
            rf'(<{self.prefix}dimension\b[^>]*?\bref=")([A-Z0-9:$]+)(")', wider, self.head, count=1
        )


def escaped(text: str) -> str:
    """A text as a cell's XML has it: what only looks like an escape of SpreadsheetML stays what it is."""
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


def _open(cell: str) -> str:
    return cell[: cell.index(">") + 1] if cell else ""


def _box(ref: str) -> Box:
    a, _, b = ref.partition(":")
    (r1, c1), (r2, c2) = place(a), place(b or a)
    return min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)
