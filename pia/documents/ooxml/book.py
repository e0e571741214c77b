"""A workbook as filled cells with their merged extent: the little of SpreadsheetML that reading a
form needs, streamed and tolerant.

Knows parts, strings, merges, hidden rows and dates; no form and no label. It does not use openpyxl
because that stops at odd styles of real books, loses either formulas or their values, and allocates
every cell of a merge.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO

from lxml import etree

from ...domain import wareki
from ...domain.errors import PiaError

CLASS = "機密性の区分"  # the sheet `classed` puts first
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")
_DATE_IDS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


@dataclass(frozen=True, slots=True)
class BookCell:
    """A filled cell with the extent of its merge (1-based, inclusive).

    flag: "" plain, "formula", "uncached" (formula without value), "error".
    """

    sheet: int
    row: int
    col: int
    row2: int
    col2: int
    text: str
    flag: str = ""
    hidden: bool = False

    @property
    def at(self) -> tuple[int, int, int]:
        """Sheet, row and column."""
        return (self.sheet, self.row, self.col)


@dataclass(slots=True)
class BookSheet:
    """A sheet with its filled cells; all lengths are in points.

    `widths` by column and `heights` by row, where they are not the usual `width` and `height`;
    `blanks`: row → last column where an empty merge begins, room left for an answer.
    """

    index: int
    name: str
    state: str
    part: str
    cells: list[BookCell] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    width: float = 48.0
    height: float = 15.0
    drawing: str = ""
    blanks: dict[int, int] = field(default_factory=dict)

    def left(self, col: int) -> float:
        """Points from the sheet's left edge to the left of a 1-based column."""
        return _distance(self.widths, self.width, col)

    def top(self, row: int) -> float:
        """Points from the sheet's top to the top of a 1-based row."""
        return _distance(self.heights, self.height, row)


def _distance(special: dict[int, float], usual: float, end: int) -> float:
    """Points of all columns or rows before one."""
    before = []
    for number in special:
        if number < end:
            before.append(number)
    return sum(special[number] for number in before) + (end - 1 - len(before)) * usual


@dataclass(slots=True)
class Book:
    """A workbook; `names`: defined name → sheet, row, column."""

    sheets: list[BookSheet]
    names: dict[str, tuple[str, int, int]]
    zip: zipfile.ZipFile

    def where(self, cell: BookCell) -> str:
        """Ⅱ!B12, for a person."""
        return f"{self.sheets[cell.sheet].name}!{address(cell.row, cell.col)}"


def address(row: int, col: int) -> str:
    """A1 of row and column from 1."""
    letters = ""
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def place(ref: str) -> tuple[int, int]:
    """(row, column) of A1; ValueError when it is none."""
    match = _REF.fullmatch(ref)
    if not match:
        raise ValueError(ref)
    col = 0
    for ch in match.group(1):
        col = col * 26 + ord(ch) - 64
    return int(match.group(2)), col


def unescape(text: str) -> str:
    """_x000D_ and the like as the characters they stand for."""
    if "_x" not in text:
        return text
    out = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return out.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace."""
    if isinstance(tag, str):
        return tag.rsplit("}", 1)[-1]
    return ""


def parse(data: bytes) -> etree._Element:
    """One whole part. Entities and network are off; broken markup is a ValueError."""
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (type's last word, target part) of a part; external targets are left out."""
    folder, name = posixpath.split(part)
    if folder:
        path = f"{folder}/_rels/{name}.rels"
    else:
        path = f"_rels/{name}.rels"
    if path not in archive.namelist():
        return {}
    out = {}
    for row in parse(archive.read(path)):
        target = row.get("Target") or ""
        if row.get("TargetMode") != "External" and row.get("Id"):
            if target.startswith("/"):
                full = target.lstrip("/")
            else:
                full = posixpath.normpath(posixpath.join(folder, target))
            out[row.get("Id")] = ((row.get("Type") or "").rsplit("/", 1)[-1], full)
    return out


def open_book(data: bytes) -> Book:
    """All sheets with their filled cells.

    PiaError when the parts do not fit together; `guard.check` comes before.
    """
    try:
        return _open(zipfile.ZipFile(BytesIO(data)))
    except (
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        OverflowError,
        StopIteration,
        etree.LxmlError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
    ) as error:
        raise PiaError(
            "ブックの中身が壊れていて読み取れません。"
            "元のファイルをExcelで開いて保存し直してください。"
        ) from error


def main_part(archive: zipfile.ZipFile) -> str:
    """The workbook part of a package. StopIteration where it has none."""
    related = relations(archive, "").values()
    return next(target for kind, target in related if kind == "officeDocument")


def _open(archive: zipfile.ZipFile) -> Book:
    main = main_part(archive)
    root = parse(archive.read(main))
    related = relations(archive, main)
    sheets: list[BookSheet] = []
    for element in root.iter():
        if local(element.tag) == "sheet":
            sheet = _sheet_of(element, related, len(sheets))
            if sheet:
                sheets.append(sheet)
    values = _values_of(archive, root, dict(related.values()))
    for sheet in sheets:
        _SheetReader(archive, sheet, values).read()
        if sheet.name == CLASS:
            _keep_remarks(sheet)
    return Book(sheets, _named_places(root), archive)


def _named_places(root: etree._Element) -> dict[str, tuple[str, int, int]]:
    """Defined name of the whole workbook → sheet, row and column."""
    names = {}
    for element in root.iter():
        if local(element.tag) == "definedName" and element.get("localSheetId") is None:
            place = _named_place(element.text or "")
            if place:
                names[element.get("name") or ""] = place
    return names


def _sheet_of(
    element: etree._Element, related: dict[str, tuple[str, str]], index: int
) -> BookSheet | None:
    """The worksheet an element of the workbook part names; None for a chart and the like."""
    kind, target = related.get(_relation_id(element), ("", ""))
    if kind != "worksheet":
        return None
    state = element.get("state") or "visible"
    return BookSheet(index, element.get("name") or "", state, target)


def _keep_remarks(sheet: BookSheet) -> None:
    """Takes out only what our sheet says of the file's class: what a person wrote there stays and
    is told.
    """
    sheet.cells = [cell for cell in sheet.cells if not cell.text.startswith(f"{CLASS}：")]


def _relation_id(element: etree._Element) -> str:
    """The id of the relation an element names."""
    return next((value for key, value in element.attrib.items() if local(key) == "id"), "")


def _named_place(formula: str) -> tuple[str, int, int] | None:
    """Sheet, row and column of the first cell a defined name stands for."""
    if formula.count("!") != 1:
        return None
    sheet, ref = formula.split("!")
    try:
        row, col = place(ref.split(":")[0])
    except ValueError:
        return None
    return sheet.strip("'").replace("''", "'"), row, col


@dataclass(frozen=True, slots=True)
class _Values:
    """What the values of cells refer to: shared strings, the formats that are dates, and the day 0
    of the calendar.
    """

    strings: list[str]
    dates: set[int]
    start: date


def _values_of(archive: zipfile.ZipFile, root: etree._Element, by_kind: dict[str, str]) -> _Values:
    parts = archive.namelist()
    strings = []
    dates = set()
    if by_kind.get("sharedStrings") in parts:
        strings = list(_strings(archive, by_kind["sharedStrings"]))
    if by_kind.get("styles") in parts:
        dates = _date_styles(archive, by_kind["styles"])
    start = date(1899, 12, 30)
    for node in root:
        if local(node.tag) == "workbookPr" and node.get("date1904") in ("1", "true"):
            start = date(1904, 1, 1)
    return _Values(strings, dates, start)


def _run_text(item: etree._Element) -> str:
    """The text of a string item, its runs joined, its furigana (rPh) left out."""
    out = []
    for child in item:
        if local(child.tag) == "t":
            out.append(child.text or "")
        elif local(child.tag) == "r":
            for text in child:
                if local(text.tag) == "t":
                    out.append(text.text or "")
    return unescape("".join(out))


def _strings(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    for item in parse(archive.read(part)):
        if local(item.tag) == "si":
            yield _run_text(item)


def _date_styles(archive: zipfile.ZipFile, part: str) -> set[int]:
    """The cell formats that show a number as a date."""
    root = parse(archive.read(part))
    dated = set(_DATE_IDS)
    for element in root.iter():
        number = element.get("numFmtId")
        if local(element.tag) == "numFmt" and number and _shows_date(element.get("formatCode")):
            dated.add(int(number))
    formats = next((node for node in root if local(node.tag) == "cellXfs"), ())
    indexes = set()
    for index, cell_format in enumerate(formats):
        if int(cell_format.get("numFmtId") or 0) in dated:
            indexes.add(index)
    return indexes


def _shows_date(code: str | None) -> bool:
    """Whether a number format has a year, month or day in its first part."""
    if not code or "general" in code.lower():
        return False
    return re.search(r"[ymdge]", _QUOTED.sub("", code.split(";")[0]), re.I) is not None


def _points(width: float) -> float:
    return int(width * 7 + 0.5) * 0.75


class _SheetReader:
    """One sheet being read from its part, element by element."""

    def __init__(self, archive: zipfile.ZipFile, sheet: BookSheet, values: _Values):
        self.archive = archive
        self.sheet = sheet
        self.values = values
        self.related = relations(archive, sheet.part)
        # (row, column) → text, flag, whether the row is hidden.
        self.found: dict[tuple[int, int], tuple[str, str, bool]] = {}
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_cols: set[int] = set()
        self.row = 0
        self.col = 0
        self.is_row_hidden = False

    def read(self) -> None:
        """Fills the sheet: cells, widths, heights, blanks and drawing."""
        ends = {
            "c": self._cell,
            "row": lambda node: node.clear(),
            "mergeCell": self._merge,
            "col": self._columns,
            "sheetFormatPr": self._format,
            "drawing": self._drawing,
        }
        with self.archive.open(self.sheet.part) as stream:
            for event, node in etree.iterparse(
                stream,
                events=("start", "end"),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
            ):
                tag = local(node.tag)
                if event == "end" and tag in ends:
                    ends[tag](node)
                elif event == "start" and tag == "row":
                    self._row(node)
        self._place()

    def _row(self, node: etree._Element) -> None:
        self.row = int(node.get("r") or self.row + 1)
        self.col = 0
        self.is_row_hidden = node.get("hidden") in ("1", "true")
        if self.is_row_hidden:
            self.sheet.heights[self.row] = 0.0
        elif node.get("ht"):
            self.sheet.heights[self.row] = float(node.get("ht") or 0)

    def _cell(self, node: etree._Element) -> None:
        row = self.row
        ref = node.get("r")
        if ref:
            row, self.col = place(ref)
        else:
            self.col += 1
        text, flag = _value(node, self.values)
        if text or flag:
            self.found[row, self.col] = (text, flag, self.is_row_hidden)
        node.clear()

    def _merge(self, node: etree._Element) -> None:
        first, _, second = (node.get("ref") or "").partition(":")
        row, col = place(first)
        row2, col2 = place(second or first)
        self.merges.append((min(row, row2), min(col, col2), max(row, row2), max(col, col2)))

    def _columns(self, node: etree._Element) -> None:
        first = int(node.get("min") or "")
        columns = range(first, min(int(node.get("max") or ""), first + 300) + 1)
        width = 0.0
        if node.get("hidden") in ("1", "true"):
            self.hidden_cols.update(columns)
        else:
            width = _points(float(node.get("width") or 9.14))
        for col in columns:
            self.sheet.widths[col] = width

    def _format(self, node: etree._Element) -> None:
        self.sheet.height = float(node.get("defaultRowHeight") or 15)
        self.sheet.width = _points(float(node.get("defaultColWidth") or 9.14))

    def _drawing(self, node: etree._Element) -> None:
        self.sheet.drawing = self.related.get(_relation_id(node), ("", ""))[1]

    def _place(self) -> None:
        """Puts the cells into the sheet with the extent of their merges."""
        extent = {}
        for row, col, row2, col2 in self.merges:
            extent[row, col] = (row2, col2)
            if (row, col) not in self.found:
                self.sheet.blanks[row] = max(col, self.sheet.blanks.get(row, 0))
        covering = _Covering(self.merges)
        is_sheet_hidden = self.sheet.state != "visible"
        for (row, col), (text, flag, is_row_hidden) in sorted(self.found.items()):
            # Excel keeps values under a merge but never shows them: only its first cell is what a
            # person wrote.
            if (row, col) not in extent and covering.covers(row, col):
                continue
            row2, col2 = extent.get((row, col), (row, col))
            in_hidden_cols = col in self.hidden_cols and col2 in self.hidden_cols
            hidden = is_row_hidden or in_hidden_cols or is_sheet_hidden
            self.sheet.cells.append(
                BookCell(self.sheet.index, row, col, row2, col2, text, flag, hidden)
            )


class _Covering:
    """Merges by row; those over very many rows apart."""

    def __init__(self, merges: Sequence[tuple[int, int, int, int]]):
        self.by_row: dict[int, list[tuple[int, int, int, int]]] = {}
        self.tall = []
        for merge in merges:
            if merge[2] - merge[0] > 200:
                self.tall.append(merge)
                continue
            for row in range(merge[0], merge[2] + 1):
                self.by_row.setdefault(row, []).append(merge)

    def covers(self, row: int, col: int) -> bool:
        """Whether a cell lies in a merge."""
        for top, left, bottom, right in (*self.by_row.get(row, ()), *self.tall):
            if top <= row <= bottom and left <= col <= right:
                return True
        return False


def _value(n: etree._Element, values: _Values) -> tuple[str, str]:
    """(text, flag) of a cell.

    Dates become 令和6年7月24日, numbers the digits a person sees, line breaks LF.
    """
    kind = n.get("t") or "n"
    raw = None
    flag = ""
    inline = ""
    for child in n:
        tag = local(child.tag)
        if tag == "v":
            raw = child.text
        elif tag == "f":
            flag = "formula"
        elif tag == "is":
            inline = _run_text(child)
    if kind == "inlineStr":
        text = inline
    elif raw is None:
        return "", "uncached" if flag else ""
    elif kind == "e":
        return raw, "error"
    else:
        text = _text(n, kind, raw, values)
    return text.replace("\r\n", "\n").replace("\r", "\n"), flag


def _text(n: etree._Element, kind: str, raw: str, values: _Values) -> str:
    """What a person sees of a raw value of a kind."""
    if kind == "s":
        return values.strings[int(raw)]
    if kind == "b":
        if raw == "1":
            return "TRUE"
        return "FALSE"
    if kind == "str":
        return unescape(raw)
    if kind == "d":
        return wareki.written(date.fromisoformat(raw[:10]))
    number = float(raw)
    if int(n.get("s") or 0) in values.dates and 1 <= number < 2_958_466:
        return wareki.written(values.start + timedelta(days=int(number)))
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(number, ".15g")


def joined_text(cells: Iterable[BookCell], between: str = "") -> str:
    """What cells say, one behind the other."""
    return between.join(cell.text for cell in cells)


def places_of(cells: Iterable[BookCell]) -> set[tuple[int, int, int]]:
    """Sheet, row and column of each cell."""
    return {cell.at for cell in cells}


def rows_of(cells: Sequence[BookCell]) -> list[list[BookCell]]:
    """Cells in reading order, a list for every row of a sheet."""
    out: list[list[BookCell]] = []
    for cell in cells:
        if out and out[-1][0].at[:2] == cell.at[:2]:
            out[-1].append(cell)
        else:
            out.append([cell])
    return out
