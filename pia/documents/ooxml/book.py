"""A workbook as filled cells with their merged extent: the little of SpreadsheetML that reading a form needs, streamed and tolerant.

Knows parts, strings, merges, hidden rows and dates; no form and no label. It does not use openpyxl because that stops at odd styles of real books, loses
either formulas or their values, and allocates every cell of a merge.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
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
class Cell:
    """A filled cell with the extent of its merge (1-based, inclusive). flag: "" plain, "formula", "uncached" (formula without value), "error"."""

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
        return (self.sheet, self.row, self.col)


@dataclass(slots=True)
class Sheet:
    index: int
    name: str
    state: str
    part: str
    cells: list[Cell] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)  # column -> points
    heights: dict[int, float] = field(default_factory=dict)  # row -> points
    width: float = 48.0
    height: float = 15.0
    drawing: str = ""
    blanks: dict[int, int] = field(
        default_factory=dict
    )  # row -> last column where an empty merge begins: room left for an answer

    def left(self, col: int) -> float:
        """Points from the sheet's left edge to the left of a 1-based column."""
        special = []
        for width in self.widths:
            if width < col:
                special.append(width)
        return (
            sum(self.widths[number] for number in special) + (col - 1 - len(special)) * self.width
        )

    def top(self, row: int) -> float:
        special = []
        for height in self.heights:
            if height < row:
                special.append(height)
        return (
            sum(self.heights[number] for number in special) + (row - 1 - len(special)) * self.height
        )


@dataclass(slots=True)
class Book:
    sheets: list[Sheet]
    names: dict[str, tuple[str, int, int]]  # defined name -> sheet, row, col
    zip: zipfile.ZipFile

    def where(self, cell: Cell) -> str:
        """Ⅱ!B12, for a person."""
        return f"{self.sheets[cell.sheet].name}!{address(cell.row, cell.col)}"


def address(row: int, col: int) -> str:
    letters = ""
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def place(ref: str) -> tuple[int, int]:
    """(row, column) of A1; ValueError when it is none."""
    found = _REF.fullmatch(ref)
    if not found:
        raise ValueError(ref)
    col = 0
    for ch in found.group(1):
        col = col * 26 + ord(ch) - 64
    return int(found.group(2)), col


def unescape(text: str) -> str:
    """_x000D_ and the like as the characters they stand for."""
    if "_x" not in text:
        return text
    out = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return out.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def local(tag: object) -> str:
    if isinstance(tag, str):
        return tag.rsplit("}", 1)[-1]
    return ""


def parse(data: bytes) -> etree._Element:
    """One whole part. Entities and network are off; broken markup is a ValueError."""
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as entry:
        raise ValueError(str(entry)) from entry


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
    """All sheets with their filled cells. PiaError when the parts do not fit together; `guard.check` comes before."""
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
    ) as entry:
        raise PiaError(
            "ブックの中身が壊れていて読み取れません。元のファイルをExcelで開いて保存し直してください。"
        ) from entry


def _open(archive: zipfile.ZipFile) -> Book:
    main = next(
        target for kind, target in relations(archive, "").values() if kind == "officeDocument"
    )
    root = parse(archive.read(main))
    related = relations(archive, main)
    by_kind = {kind: target for kind, target in related.values()}
    if by_kind.get("sharedStrings") in archive.namelist():
        strings = list(_strings(archive, by_kind["sharedStrings"]))
    else:
        strings = []
    if by_kind.get("styles") in archive.namelist():
        dates = _date_styles(archive, by_kind["styles"])
    else:
        dates = set()
    if any(
        local(node.tag) == "workbookPr" and node.get("date1904") in ("1", "true") for node in root
    ):
        start = date(1904, 1, 1)
    else:
        start = date(1899, 12, 30)
    sheets: list[Sheet] = []
    names: dict[str, tuple[str, int, int]] = {}
    for element in root.iter():
        if local(element.tag) == "sheet":
            rel = next((value for key, value in element.attrib.items() if local(key) == "id"), "")
            kind, target = related.get(rel, ("", ""))
            if kind == "worksheet":
                sheets.append(
                    Sheet(
                        len(sheets),
                        element.get("name") or "",
                        element.get("state") or "visible",
                        target,
                    )
                )
        elif (
            local(element.tag) == "definedName"
            and element.get("localSheetId") is None
            and (element.text or "").count("!") == 1
        ):
            sheet, ref = element.text.split("!")
            try:
                names[element.get("name") or ""] = (
                    sheet.strip("'").replace("''", "'"),
                    *place(ref.split(":")[0]),
                )
            except ValueError:
                continue
    for each_sheet in sheets:
        _cells(archive, each_sheet, strings, dates, start)
        if each_sheet.name == CLASS:
            # Only what it says of the file's class: what a person wrote there stays and is told.
            each_sheet.cells = [
                cell for cell in each_sheet.cells if not cell.text.startswith(f"{CLASS}：")
            ]
    return Book(sheets, names, archive)


def _run_text(item: etree._Element) -> str:
    """The text of a string item, its runs joined, its furigana (rPh) left out."""
    out = []
    for child in item:
        if local(child.tag) == "t":
            out.append(child.text or "")
        elif local(child.tag) == "r":
            out += [text.text or "" for text in child if local(text.tag) == "t"]
    return unescape("".join(out))


def _strings(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    for item in parse(archive.read(part)):
        if local(item.tag) == "si":
            yield _run_text(item)


def _date_styles(archive: zipfile.ZipFile, part: str) -> set[int]:
    root = parse(archive.read(part))
    formats = {}
    for element in root.iter():
        if local(element.tag) == "numFmt" and element.get("numFmtId"):
            formats[int(element.get("numFmtId"))] = element.get("formatCode") or ""
    dated = _DATE_IDS | {
        key
        for key, code in formats.items()
        if re.search(r"[ymdge]", _QUOTED.sub("", code.split(";")[0]), re.I)
        and "general" not in code.lower()
    }
    xfs = next((node for node in root if local(node.tag) == "cellXfs"), ())
    indexes = set()
    for index, xf in enumerate(xfs):
        if int(xf.get("numFmtId") or 0) in dated:
            indexes.add(index)
    return indexes


def _points(width: float) -> float:
    return int(width * 7 + 0.5) * 0.75


def _cells(
    archive: zipfile.ZipFile, sheet: Sheet, strings: list[str], dates: set[int], start: date
) -> None:
    found: dict[tuple[int, int], tuple[str, str, bool]] = {}
    merges: list[tuple[int, int, int, int]] = []
    hidden_cols: set[int] = set()
    row_at = col_at = 0
    row_hidden = False
    related = relations(archive, sheet.part)
    with archive.open(sheet.part) as stream:
        for event, node in etree.iterparse(
            stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        ):
            tag = local(node.tag)
            if event == "start":
                if tag == "row":
                    row_at = int(node.get("r") or row_at + 1)
                    col_at = 0
                    row_hidden = node.get("hidden") in ("1", "true")
                    if row_hidden or node.get("ht"):
                        if row_hidden:
                            sheet.heights[row_at] = 0.0
                        else:
                            sheet.heights[row_at] = float(node.get("ht"))
                continue
            if tag == "c":
                if node.get("r"):
                    row, col_at = place(node.get("r"))
                else:
                    row = row_at
                    col_at = col_at + 1
                text, flag = _value(node, strings, dates, start)
                if text or flag:
                    found[(row, col_at)] = (text, flag, row_hidden)
                node.clear()
            elif tag == "row":
                node.clear()
            elif tag == "mergeCell":
                this_first, _, second = (node.get("ref") or "").partition(":")
                (r1, c1), (r2, c2) = place(this_first), place(second or this_first)
                merges.append((min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)))
            elif tag == "col":
                first = int(node.get("min"))
                last = min(int(node.get("max")), int(node.get("min")) + 300)
                gone = node.get("hidden") in ("1", "true")
                for index in range(first, last + 1):
                    if gone:
                        sheet.widths[index] = 0.0
                    else:
                        sheet.widths[index] = _points(float(node.get("width") or 9.14))
                if gone:
                    hidden_cols |= set(range(first, last + 1))
                else:
                    hidden_cols |= set()
            elif tag == "sheetFormatPr":
                sheet.height = float(node.get("defaultRowHeight") or 15)
                sheet.width = _points(float(node.get("defaultColWidth") or 9.14))
            elif tag == "drawing":
                rel = next((value for key, value in node.attrib.items() if local(key) == "id"), "")
                sheet.drawing = related.get(rel, ("", ""))[1]
    extent = {(r1, c1): (r2, c2) for r1, c1, r2, c2 in merges}
    by_row: dict[int, list[tuple[int, int, int, int]]] = {}
    tall = []
    for merge in merges:
        if merge[2] - merge[0] > 200:
            tall.append(merge)
    for merge in merges:
        for number in range(merge[0], merge[2] + 1) if merge[2] - merge[0] <= 200 else ():
            by_row.setdefault(number, []).append(merge)
    for r1, c1, _, _ in merges:
        if (r1, c1) not in found:
            sheet.blanks[r1] = max(c1, sheet.blanks.get(r1, 0))
    for (number, index), (text, flag, gone) in sorted(found.items()):
        # Excel keeps values under a merge but never shows them: only its first cell is what a person wrote.
        if (number, index) not in extent and any(
            match[0] <= number <= match[2] and match[1] <= index <= match[3]
            for match in (*by_row.get(number, ()), *tall)
        ):
            continue
        r2, c2 = extent.get((number, index), (number, index))
        sheet.cells.append(
            Cell(
                sheet.index,
                number,
                index,
                r2,
                c2,
                text,
                flag,
                gone or (index in hidden_cols and c2 in hidden_cols) or sheet.state != "visible",
            )
        )


def _value(n: etree._Element, strings: list[str], dates: set[int], start: date) -> tuple[str, str]:
    """(text, flag) of a cell. Dates become 令和6年7月24日, numbers the digits a person sees, line breaks LF."""
    kind = n.get("t") or "n"
    raw = None
    formula = False
    inline = ""
    for child in n:
        tag = local(child.tag)
        if tag == "v":
            raw = child.text
        elif tag == "f":
            formula = True
        elif tag == "is":
            inline = _run_text(child)
    if formula:
        flag = "formula"
    else:
        flag = ""
    if kind == "inlineStr":
        text = inline
    elif raw is None:
        return "", "uncached" if formula else ""
    elif kind == "s":
        text = strings[int(raw)]
    elif kind == "e":
        return raw, "error"
    elif kind == "b":
        if raw == "1":
            text = "TRUE"
        else:
            text = "FALSE"
    elif kind == "str":
        text = unescape(raw)
    elif kind == "d":
        text = wareki.written(date.fromisoformat(raw[:10]))
    else:
        value = float(raw)
        if int(n.get("s") or 0) in dates and 1 <= value < 2_958_466:
            text = wareki.written(start + timedelta(days=int(value)))
        else:
            if value == int(value) and abs(value) < 1e15:
                text = str(int(value))
            else:
                text = format(value, ".15g")
    return text.replace("\r\n", "\n").replace("\r", "\n"), flag


def rows_of(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells in reading order, a list for every row of a sheet."""
    out: list[list[Cell]] = []
    for cell in cells:
        if out and out[-1][0].at[:2] == cell.at[:2]:
            out[-1].append(cell)
        else:
            out.append([cell])
    return out
