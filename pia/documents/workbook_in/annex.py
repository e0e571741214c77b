"""The sheet 「別紙」 of a filled workbook, read: texts no box of the form could show, put back
where 「（別紙１のとおり）」 stands before anything else is read.

Knows that sheet's layout and the names of the cells that cite it; neither form nor items. A city's
own words about a paper 別紙 of its own stay as they are: only a cell our name points to, or the one
cell that cites a text standing on our sheet, is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml.book import Book, BookCell, BookSheet, address
from ..ooxml.measure import CONTINUED, CONTINUED_INLINE

SHEET = "別紙"
TITLE = "別紙（様式の記載欄に入りきらない記載の全文）"
END = "以上"
_CITED = re.compile(r"[（(]別紙[ 　]*([0-9０-９]{1,4})[ 　]*のとおり[)）]")
_MENTIONED = re.compile(r"別紙[ 　]*([0-9０-９]{1,4})")
_NAME = re.compile(r"別紙([0-9]{1,4})のとおり(_括弧内)?")
_HEAD = re.compile(r"別紙([0-9]{1,4})")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")

At = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Annex:
    """One text of the sheet: its number, the line that names its item, where its head stands."""

    number: int
    head: str
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Claim:
    """A cell that cites a text: what stands in the cell, and which part is the citation."""

    annex: Annex
    raw: str
    start: int
    end: int


@dataclass(slots=True)
class Annexes:
    """What `take` found. `missing`: cells our name points to whose text is gone, with the citation;
    `sheets`: numbers of the sheets that are ours.
    """

    claims: dict[At, Claim] = field(default_factory=dict)
    missing: dict[At, str] = field(default_factory=dict)
    sheets: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def cited(number: int | str) -> str:
    """What a cell says in place of the text."""
    return f"（別紙{str(number).translate(_WIDE)}のとおり）"


def titled(number: int) -> str:
    """別紙１, as a text's head and a person name it."""
    return f"別紙{str(number).translate(_WIDE)}"


def name(number: int, inside: bool = False) -> str:
    """The defined name of the cell that cites a text: it follows the cell wherever rows are put in.
    `inside`: the brackets are the form's, as in その他（　）.
    """
    return f"別紙{number}のとおり{'_括弧内' if inside else ''}"


def is_name(name: str) -> bool:
    """Whether a defined name is that of a cell which cites a text of ours."""
    return _NAME.fullmatch(name) is not None


def mentioned(texts: Iterable[str]) -> set[int]:
    """Numbers that texts use for papers of their own: ours must be others."""
    numbers = set()
    for text in texts:
        for word in _MENTIONED.findall(text):
            numbers.add(int(word))
    return numbers


def take(book: Book) -> Annexes:
    """Fills the texts of our sheets in where they are cited, and empties those sheets: nothing else
    is to read them.
    """
    out = Annexes()
    texts = _take_texts(book, out)
    by_at: dict[tuple[int, int, int], tuple[BookSheet, int]] = {}
    if out.sheets or any(map(is_name, book.names)):
        for sheet in book.sheets:
            for index, cell in enumerate(sheet.cells):
                by_at[cell.at] = (sheet, index)
    _claim_named(book, by_at, texts, out)
    claimed = {claim.annex.number for claim in out.claims.values()}
    cells = [sheet.cells[index] for sheet, index in by_at.values()]
    for text in texts.values():
        if text.number not in claimed:
            _claim_cited(book, cells, text, texts, out)
    for at, claim in out.claims.items():
        sheet, index = by_at[at]
        whole = claim.raw[: claim.start] + claim.annex.text + claim.raw[claim.end :]
        sheet.cells[index] = replace(sheet.cells[index], text=whole)
    return out


def _take_texts(book: Book, out: Annexes) -> dict[int, Annex]:
    """The texts of our sheets by number, taken out of them."""
    texts: dict[int, Annex] = {}
    for sheet in book.sheets:
        if sheet.cells and _is_ours(sheet.cells[0]):
            out.sheets.append(sheet.index)
            for text in _texts(sheet, out.problems):
                texts.setdefault(text.number, text)
            sheet.cells = []
    return texts


def _is_ours(first: BookCell) -> bool:
    """Whether the first cell of a sheet is the title of our texts."""
    return first.at[1:] == (1, 1) and folded(first.text) == folded(TITLE)


def _claim_named(
    book: Book,
    by_at: dict[tuple[int, int, int], tuple[BookSheet, int]],
    texts: dict[int, Annex],
    out: Annexes,
) -> None:
    """The cells that have a name of ours cite the text of that number."""
    by_sheet = {sheet.name: sheet.index for sheet in book.sheets}
    for name_of_cell, (sheet_name, row, col) in book.names.items():
        match = _NAME.fullmatch(name_of_cell)
        if match is None or sheet_name not in by_sheet:
            continue
        place = by_at.get((by_sheet[sheet_name], row, col))
        if place:
            cell = place[0].cells[place[1]]
            _claim(cell, int(match.group(1)), bool(match.group(2)), texts, out)


def _claim_cited(
    book: Book, cells: Iterable[BookCell], text: Annex, texts: dict[int, Annex], out: Annexes
) -> None:
    """A text no name points to belongs to the one cell that cites its number."""
    if not text.text.strip():
        return
    citing = []
    for cell in cells:
        if cell.at not in out.claims and text.number in _numbers(cell.text):
            citing.append(cell)
    if len(citing) == 1:
        _claim(citing[0], text.number, None, texts, out)
        return
    where = f"{book.sheets[text.at[0]].name}!{address(*text.at[1:])}"
    sentence = (
        f"{titled(text.number)}（{text.head}）を引く記載欄がないため、"
        f"読み取りませんでした。欄に「{cited(text.number)}」と書くか、"
        "不要なら消してください。"
    )
    out.problems.append(Problem("annex_unused", sentence, where, "warning"))


def _numbers(text: str) -> set[int]:
    """The numbers of the texts a cell cites."""
    if "別紙" not in text:
        return set()
    return set(map(int, _CITED.findall(text)))


def _claim(
    c: BookCell, number: int, inside: bool | None, texts: dict[int, Annex], out: Annexes
) -> None:
    """`inside`: whether the brackets are the form's; None where no name tells: they are where they
    follow words at once.
    """
    matches = (match for match in _CITED.finditer(c.text) if int(match.group(1)) == number)
    citation = next(matches, None)
    if citation is None or c.at in out.claims:
        # Somebody wrote something else there.
        return
    if number not in texts or not texts[number].text.strip():
        out.missing[c.at] = citation.group()
        return
    if inside is None:
        inside = bool(c.text[: citation.start()][-1:].strip())
    kept = int(inside)
    out.claims[c.at] = Claim(texts[number], c.text, citation.start() + kept, citation.end() - kept)


def _texts(sheet: BookSheet, problems: list[Problem]) -> list[Annex]:
    """The texts of one sheet: from a head to 「以上」 a line of cells is a line of the text, unless
    it goes on without a line feed.
    """
    marks = {}
    for cell in sheet.cells:
        if cell.col == 1:
            marks[cell.row] = folded(cell.text)
    texts = {}
    for cell in sheet.cells:
        if cell.col == 2:
            texts[cell.row] = cell.text
    heads = {row: match for row in sorted(marks) if (match := _HEAD.fullmatch(marks[row]))}
    stops = [*list(heads)[1:], max([0, *texts, *marks]) + 1]
    out: list[Annex] = []
    used: set[int] = {1}
    for (row, match), stop in zip(heads.items(), stops):
        last = _end_of_text(row, stop, marks, texts)
        used.update(range(row, last))
        if marks.get(last) == folded(END):
            used.add(last)
        text = _text_of(range(row + 1, last), marks, texts)
        out.append(Annex(int(match.group(1)), texts.get(row, ""), text, (sheet.index, row, 1)))
    lost = []
    for cell in sheet.cells:
        if _is_lost(cell, marks, used):
            lost.append(cell)
    if lost:
        problems.append(_unread(sheet, lost))
    return out


def _text_of(rows: range, marks: dict[int, str], texts: dict[int, str]) -> str:
    """The lines of a text, joined where one goes on."""
    text = ""
    for row in rows:
        if row > rows.start and marks.get(row) != folded(CONTINUED_INLINE):
            text += "\n"
        text += texts.get(row, "")
    return text


def _unread(sheet: BookSheet, lost: list[BookCell]) -> Problem:
    listed = "、".join(address(cell.row, cell.col) for cell in lost[:8])
    if len(lost) > 8:
        listed += "など"
    sentence = f"どの別紙の記載でもないセルが{len(lost)}か所あり、読み取りませんでした：{listed}"
    return Problem("annex_unread", sentence, sheet.name, "warning")


def _end_of_text(row: int, stop: int, marks: dict[int, str], texts: dict[int, str]) -> int:
    """The row 「以上」 of the text whose head is at `row`, else the one behind its last words."""
    for line in range(row + 1, stop):
        if marks.get(line) == folded(END):
            return line
    return max([row, *(line for line in texts if line < stop)]) + 1


def _is_lost(cell: BookCell, marks: dict[int, str], used: set[int]) -> bool:
    """Whether words of our sheet belong to no text."""
    if not cell.text.strip():
        return False
    if cell.row not in used or cell.col > 2:
        return True
    if cell.col != 1 or cell.row <= 1:
        return False
    mark = marks[cell.row]
    return mark not in _MARKS and not _HEAD.fullmatch(mark)


# What stands in the first column beside a text.
_MARKS = {folded(END), folded(CONTINUED), folded(CONTINUED_INLINE), ""}
