"""国の記載例 as the state hands it out: a workbook with columns 項目・旧・新 (or 項目・記載例), a
Word file with such tables, or with headings and paragraphs below them.

Columns are found by what stands at their head, never by their place. Must not know forms: what an
item is called is handed on as it was written. Every word that was not read is named with its cell
or paragraph; a file is parsed in a child process, behind its guard.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from ..domain.document.blocks import heading
from ..domain.errors import PiaError
from .ooxml import endings, guard
from .ooxml.book import Book, BookCell, BookSheet, address, open_book
from .word import reader
from .word.model import WrittenPaper, paragraphs

MOST = 500  # lines of a list
_HEAD = 40  # rows or lines in which the headings of columns are looked for
_SHOWN = 40  # letters of what was not read
# column → what may stand at its head
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": (
        "項目",
        "項目名",
        "該当項目",
        "記載項目",
        "記載箇所",
        "評価書の項目",
        "様式の項目",
        "欄",
    ),
    "heading": ("見出し", "小見出し", "区分"),
    "before": ("旧", "変更前", "改正前", "修正前", "現行"),
    "text": (
        "新",
        "変更後",
        "改正後",
        "修正後",
        "記載例",
        "記載例（案）",
        "記載内容",
        "記載案",
        "記載",
    ),
    "explanation": ("説明", "解説", "変更理由", "理由", "備考", "補足"),
}
# What a cell says where there is nothing to say.
_NOTHING = frozenset({"", "-", "―", "ー", "‐", "−", "なし", "(なし)", "(新設)", "新設", "(新規)"})


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """One line of a list: an item as it was written, with its words; `where` it stands."""

    item: str
    before: str
    text: str
    explanation: str
    where: str


@dataclass(frozen=True, slots=True)
class ListedText:
    """What a file says. `unread`: a sentence for all that was not read, with its place."""

    places: tuple[ListedPlace, ...]
    unread: tuple[str, ...]


def read(data: bytes, name: str) -> ListedText:
    """The national text of a file. PiaError where it cannot be opened, or holds no list."""
    kind = endings.kind_of(data)
    if kind == "xlsx":
        guard.check(data, name)
        read_text = guard.in_child(_of_workbook, data)
    elif kind == "docx":
        read_text = guard.in_child(_of_paper, data, name)
    else:
        raise PiaError(
            f"「{name}」は、Excelのブック（.xlsx）でもWordの文書（.docx）でもありません。"
            "どちらかで保存し直してから選んでください。"
        )
    if not read_text.places:
        raise PiaError(
            f"「{name}」から記載例を読み取れません。1行目に「項目」と「記載例」"
            "（又は「旧」と「新」）の列がある表にするか、画面で1つずつ書いてください。"
        )
    if len(read_text.places) > MOST:
        raise PiaError(f"「{name}」の記載例が{MOST}件を超えています。分けて選んでください。")
    return read_text


# ---- what both kinds of file share


@dataclass(slots=True)
class _Piece:
    """A cell of a table with where it stands, and how many rows it reaches over."""

    text: str
    where: str
    rows: int = 1
    flaw: str = ""


_Grid = Mapping[int, Mapping[int, _Piece]]  # row → column → what stands there


@dataclass(slots=True)
class _Gathered:
    """What was read so far."""

    places: list[ListedPlace] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def leave(self, piece: _Piece, why: str = "") -> None:
        """Names what is not read."""
        words = " ".join(piece.text.split())
        if words:
            cut = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
            self.unread.append(f"{piece.where}の「{cut}」は読み取りませんでした。{why}")


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


_BY_HEAD = {_plain(head): name for name, heads in COLUMNS.items() for head in heads}


def _columns(cells: Mapping[int, _Piece]) -> dict[str, int]:
    """Where the columns stand in a row of headings; nothing where it is none."""
    found: dict[str, int] = {}
    for column, piece in cells.items():
        name = _BY_HEAD.get(_plain(piece.text))
        if name is not None and name not in found:
            found[name] = column
    if "item" in found and "text" in found:
        return found
    return {}


def _said(words: str) -> str:
    """The words of a cell; empty where it says that there is nothing."""
    if _plain(words) in _NOTHING:
        return ""
    return words.strip("\n")


def _of_grid(grid: _Grid, out: _Gathered) -> bool:
    """Reads a table; False where no row has the headings."""
    rows = sorted(grid)
    for index, row in enumerate(rows[:_HEAD]):
        columns = _columns(grid[row])
        if columns:
            for above in rows[:index]:
                for piece in grid[above].values():
                    out.leave(piece, "表の列の名前より上にあります。")
            _lines(grid, rows[index:], columns, out)
            return True
    return False


def _lines(grid: _Grid, rows: Sequence[int], columns: Mapping[str, int], out: _Gathered) -> None:
    """The rows below the headings; an item reaches over the rows its cell is merged over."""
    names = {column: name for name, column in columns.items()}
    for column, piece in grid[rows[0]].items():
        if column not in names:
            out.leave(piece, "どの列か分かりません。")
    reach: tuple[str, int] = ("", 0)
    for row in rows[1:]:
        said = {}
        for column, piece in grid[row].items():
            if column in names:
                said[names[column]] = piece
            else:
                out.leave(piece, "どの列の記載か分かりません。")
        if "item" in said:
            reach = (said["item"].text, row + said["item"].rows - 1)
        elif row > reach[1]:
            reach = ("", 0)
        _line(said, reach[0], out)


def _line(said: Mapping[str, _Piece], item: str, out: _Gathered) -> None:
    for piece in said.values():
        if piece.flaw:
            out.unread.append(f"{piece.where}は{piece.flaw}")
    words = {name: _said(piece.text) for name, piece in said.items()}
    text = words.get("text", "")
    if not text:
        for name in ("before", "heading", "explanation"):
            if name in said and words[name]:
                out.leave(said[name], "この行に記載例がありません。")
        if "item" in said and words["item"]:
            out.leave(said["item"], "この行に記載例がありません。")
        return
    before = words.get("before", "")
    if words.get("heading") and not heading(text):
        text = f"＜{words['heading']}＞\n{text}"
        if before and not heading(before):
            before = f"＜{words['heading']}＞\n{before}"
    one_line = " ".join(item.split())
    where = said["text"].where
    if not one_line:
        out.unread.append(f"{where}の記載例には「項目」がありません。下の欄で入力してください。")
    place = ListedPlace(one_line, before, text, words.get("explanation", ""), where)
    out.places.append(place)


# ---- workbooks

_FLAWS = {
    "uncached": "計算式の結果が保存されていないため、読み取れません。",
    "error": "計算式の誤りのため、読み取れません。",
}


def _of_workbook(data: bytes) -> ListedText:
    book = open_book(data)
    out = _Gathered()
    for sheet in book.sheets:
        _of_sheet(book, sheet, out)
    return ListedText(tuple(out.places), tuple(out.unread))


def _of_sheet(book: Book, sheet: BookSheet, out: _Gathered) -> None:
    if not sheet.cells:
        return
    if sheet.state != "visible":
        out.unread.append(f"非表示のシート「{sheet.name}」は読み取りませんでした。")
        return
    grid: dict[int, dict[int, _Piece]] = {}
    for cell in sheet.cells:
        if cell.hidden and cell.text.strip():
            out.leave(_piece(book, cell), "非表示の行か列です。")
        elif cell.text.strip() or cell.flag in _FLAWS:
            grid.setdefault(cell.row, {})[cell.col] = _piece(book, cell)
    if not _of_grid(grid, out):
        for pieces in grid.values():
            for piece in pieces.values():
                out.leave(piece, "列の名前（「項目」と「記載例」など）がないシートです。")


def _piece(book: Book, cell: BookCell) -> _Piece:
    where = f"{book.sheets[cell.sheet].name}!{address(cell.row, cell.col)}"
    rows = cell.row2 - cell.row + 1
    return _Piece(cell.text, where, rows, _FLAWS.get(cell.flag, ""))


# ---- Word files

_TITLED = re.compile(r"\s*[【［\[](.+)[】］\]]\s*")


@dataclass(slots=True)
class _Below:
    """The words below a heading of a paper."""

    item: str = ""
    where: str = ""
    words: list[str] = field(default_factory=list)

    def close(self, out: _Gathered) -> None:
        """What stands below the heading is its text."""
        text = "\n".join(self.words).strip("\n")
        if self.item and text:
            out.places.append(ListedPlace(self.item, "", text, "", self.where))
        elif self.item:
            out.leave(_Piece(self.item, self.where), "この見出しの下に記載例がありません。")


def _of_paper(data: bytes, name: str) -> ListedText:
    book = reader.opened(data, name)
    paper, problems = reader.read_book(book, name)
    out = _Gathered()
    for problem in problems:
        out.unread.append(f"{problem.sentence.partition('は、')[0]}は、読み取りませんでした。")
    for words in _edges(paper):
        out.leave(_Piece(words, "ヘッダー・フッター"))
    below = _Below()
    lines = 0
    tables = 0
    for element in book.element.body.iterchildren():
        if element.tag == qn("w:tbl"):
            tables += 1
            _of_table(Table(element, book), tables, out)
        elif element.tag == qn("w:p"):
            lines += 1
            below = _of_paragraph(Paragraph(element, book), lines, below, out)
    below.close(out)
    return ListedText(tuple(out.places), tuple(out.unread))


def _edges(paper: WrittenPaper) -> list[str]:
    """What stands above and below the pages."""
    edges = paper.edges
    if edges is None:
        return []
    said = []
    for edge in (edges.every, edges.first, edges.even):
        if edge is not None:
            said += [each.text for each in paragraphs([*edge.head, *edge.foot])]
    return said


def _of_paragraph(para: Paragraph, number: int, below: _Below, out: _Gathered) -> _Below:
    """Reads on; a heading begins anew."""
    text = _text(para)
    titled = _TITLED.fullmatch(text)
    if text.strip() and (titled or _is_heading(para)):
        below.close(out)
        item = titled[1] if titled else text
        return _Below(" ".join(item.split()), f"{number}番目の段落")
    if below.item:
        below.words.append(text)
    else:
        out.leave(_Piece(text, f"{number}番目の段落"), "見出しより上にあります。")
    return below


def _text(para: Paragraph) -> str:
    return "".join(reader.text_of(run) for run in para._p.iter(qn("w:r")))


def _is_heading(para: Paragraph) -> bool:
    """Whether a paragraph, or one of its styles, has a level in the outline."""
    if para._p.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}") is not None:
        return True
    style: Any = para.style
    while style is not None:
        if style.element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}") is not None:
            return True
        style = style.base_style
    return False


def _of_table(table: Table, number: int, out: _Gathered) -> None:
    grid = _grid(table, number)
    if not _of_grid(grid, out):
        for pieces in grid.values():
            for piece in pieces.values():
                out.leave(piece, "列の名前（「項目」と「記載例」など）がない表です。")


def _grid(table: Table, number: int) -> _Grid:
    """The cells of a table by row and column; a merged cell stands in its first row and column."""
    grid: dict[int, dict[int, _Piece]] = {}
    known: dict[Any, _Piece] = {}
    for row, line in enumerate(table.rows, 1):
        here: set[Any] = set()
        for column, cell in enumerate(line.cells, 1):
            element = cell._tc
            if element in known:
                if element not in here:
                    known[element].rows += 1
            elif (text := "\n".join(_text(each) for each in cell.paragraphs)).strip():
                known[element] = _Piece(text, f"{number}番目の表の{row}行{column}列")
                grid.setdefault(row, {})[column] = known[element]
            here.add(element)
    return grid
