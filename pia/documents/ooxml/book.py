"""A workbook as filled cells with their merged extent: the little of SpreadsheetML that reading a
form needs, streamed and tolerant.

Knows parts, merges, hidden rows and widths; no form and no label. What stands in a cell is read by
`values`. It does not use openpyxl because that stops at odd styles of real books, loses either
formulas or their values, and allocates every cell of a merge.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

from lxml import etree

from ...domain.errors import PiaError
from .markup import local, parse
from .values import Value, Values, value, values_of

CLASS = "機密性の区分"  # the sheet `classed` puts first
HIDDEN = "（非表示）"  # stands behind the place of a cell that nobody sees
_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")


@dataclass(frozen=True, slots=True)
class BookCell:
    """A filled cell with the extent of its merge (1-based, inclusive).

    flag: "" plain, "formula", "uncached" (formula without value), "error"; `struck`: words that are
    struck through in it and no part of `text`; `ruled`: whether it has a line around.
    """

    sheet: int
    row: int
    col: int
    row2: int
    col2: int
    text: str
    flag: str = ""
    hidden: bool = False
    struck: str = ""
    ruled: bool = False

    @property
    def at(self) -> tuple[int, int, int]:
        """Sheet, row and column."""
        return (self.sheet, self.row, self.col)


@dataclass(slots=True)
class BookSheet:
    """A sheet with its filled cells; all lengths are in points.

    `widths` by column and `heights` by row, where they are not the usual `width` and `height`;
    `blanks`: row → last column where an empty merge begins, room left for an answer; `merges` as
    (first row, first column, last row, last column); `covered`: cells with words under a merge that
    shows another cell; `struck`: cells whose words are all struck through.
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
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    covered: list[BookCell] = field(default_factory=list)
    struck: list[BookCell] = field(default_factory=list)
    # Every cell with something in it, as if nothing were merged, in reading order.
    _single: list[BookCell] = field(default_factory=list)

    def place(
        self, single: Iterable[BookCell], merges: Sequence[tuple[int, int, int, int]]
    ) -> None:
        """Puts cells into the sheet with the extent of their merges."""
        self._single = sorted(single, key=lambda cell: cell.at)
        self.merges = list(merges)
        self._place()

    def merge_anew(self, merges: Sequence[tuple[int, int, int, int]]) -> None:
        """The same cells under other merges."""
        self.merges = list(merges)
        self._place()

    def _place(self) -> None:
        self.cells = []
        self.covered = []
        self.struck = []
        self.blanks = {}
        filled = {cell.at[1:] for cell in self._single}
        extent = {}
        for row, col, row2, col2 in self.merges:
            extent[row, col] = (row2, col2)
            if (row, col) not in filled:
                self.blanks[row] = max(col, self.blanks.get(row, 0))
        covering = _Covering(self.merges)
        for cell in self._single:
            # Excel keeps values under a merge but never shows them: only its first cell is what a
            # person wrote.
            if (cell.row, cell.col) not in extent and covering.covers(cell.row, cell.col):
                self.covered.append(cell)
                continue
            row2, col2 = extent.get((cell.row, cell.col), (cell.row, cell.col))
            is_out_of_sight = cell.hidden or self._is_hidden(cell.col, col2)
            whole = replace(cell, row2=row2, col2=col2, hidden=is_out_of_sight)
            if whole.struck and not whole.text:
                self.struck.append(whole)
            else:
                self.cells.append(whole)

    def _is_hidden(self, first: int, last: int) -> bool:
        return self.widths.get(first) == 0.0 and self.widths.get(last) == 0.0

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
        """Ⅱ!B12, for a person; a place nobody sees is said to be one."""
        unseen = HIDDEN if cell.hidden else ""
        return f"{self.sheets[cell.sheet].name}!{address(cell.row, cell.col)}{unseen}"

    def range(self, cells: Sequence[BookCell]) -> str:
        """Ⅱ!B12～C14: from the first to the last of cells of one sheet, for a person."""
        first = min((cell.row, cell.col) for cell in cells)
        last = max((cell.row, cell.col) for cell in cells)
        return f"{self.where(cells[0]).partition('!')[0]}!{address(*first)}～{address(*last)}"


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
    values = values_of(archive, root, dict(related.values()))
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


def _points(width: float) -> float:
    return int(width * 7 + 0.5) * 0.75


class _SheetReader:
    """One sheet being read from its part, element by element."""

    def __init__(self, archive: zipfile.ZipFile, sheet: BookSheet, values: Values):
        self.archive = archive
        self.sheet = sheet
        self.values = values
        self.related = relations(archive, sheet.part)
        self.found: dict[tuple[int, int], BookCell] = {}
        self.merges: list[tuple[int, int, int, int]] = []
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
        self.sheet.place(self.found.values(), self.merges)

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
        read = value(node, self.values)
        if read != Value():
            self.found[row, self.col] = self._single(node, row, read)
        node.clear()

    def _single(self, node: etree._Element, row: int, read: Value) -> BookCell:
        """A cell as if nothing were merged."""
        return BookCell(
            self.sheet.index,
            row,
            self.col,
            row,
            self.col,
            read.text,
            read.flag,
            self.is_row_hidden or self.sheet.state != "visible",
            read.struck,
            self.values.style(node).ruled,
        )

    def _merge(self, node: etree._Element) -> None:
        first, _, second = (node.get("ref") or "").partition(":")
        row, col = place(first)
        row2, col2 = place(second or first)
        self.merges.append((min(row, row2), min(col, col2), max(row, row2), max(col, col2)))

    def _columns(self, node: etree._Element) -> None:
        first = int(node.get("min") or "")
        columns = range(first, min(int(node.get("max") or ""), first + 300) + 1)
        width = 0.0
        if node.get("hidden") not in ("1", "true"):
            width = _points(float(node.get("width") or 9.14))
        for col in columns:
            self.sheet.widths[col] = width

    def _format(self, node: etree._Element) -> None:
        self.sheet.height = float(node.get("defaultRowHeight") or 15)
        self.sheet.width = _points(float(node.get("defaultColWidth") or 9.14))

    def _drawing(self, node: etree._Element) -> None:
        self.sheet.drawing = self.related.get(_relation_id(node), ("", ""))[1]


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
