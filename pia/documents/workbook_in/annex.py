"""The sheet 「別紙」 of a filled workbook, read: texts no box of the form could show, put back where 「（別紙１のとおり）」 stands before anything else is read.

Knows that sheet's layout and the names of the cells that cite it; neither form nor items. A city's own words about a paper 別紙 of its own stay as they are:
only a cell our name points to, or the one cell that cites a text standing on our sheet, is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml.book import Book, Cell, Sheet, address
from .labels import CONTINUED, CONTINUED_INLINE

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
    """One text of the sheet: its number, the line that names its item, and where its head stands."""

    number: int
    head: str
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Claim:
    """A cell that cites a text: what stands in the cell, and the part of it that is the citation."""

    annex: Annex
    raw: str
    start: int
    end: int


@dataclass(slots=True)
class Annexes:
    """What `take` found. `missing`: cells our name points to whose text is gone, with the citation; `sheets`: numbers of the sheets that are ours."""

    claims: dict[At, Claim] = field(default_factory=dict)
    missing: dict[At, str] = field(default_factory=dict)
    sheets: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def cited(number: int | str) -> str:
    """What a cell says in place of the text."""
    return f"（別紙{str(number).translate(_WIDE)}のとおり）"


def titled(number: int) -> str:
    return f"別紙{str(number).translate(_WIDE)}"


def name(number: int, inside: bool = False) -> str:
    """The defined name of the cell that cites a text: it follows the cell wherever rows are put in. `inside`: the brackets are the form's, as in その他（　）."""
    return f"別紙{number}のとおり{'_括弧内' if inside else ''}"


def is_name(said: str) -> bool:
    return _NAME.fullmatch(said) is not None


def mentioned(texts: Iterable[str]) -> set[int]:
    """Numbers that texts use for papers of their own: ours must be others."""
    numbers = set()
    for text in texts:
        for word in _MENTIONED.findall(text):
            numbers.add(int(word))
    return numbers


def take(book: Book) -> Annexes:
    """Fills the texts of our sheets in where they are cited, and empties those sheets: nothing else is to read them."""
    out = Annexes()
    there: dict[int, Annex] = {}
    for each_sheet in book.sheets:
        if (
            each_sheet.cells
            and each_sheet.cells[0].at[1:] == (1, 1)
            and folded(each_sheet.cells[0].text) == folded(TITLE)
        ):
            out.sheets.append(each_sheet.index)
            for one in _texts(each_sheet, out.problems):
                there.setdefault(one.number, one)
            each_sheet.cells = []
    by_sheet = {}
    for that_sheet in book.sheets:
        by_sheet[that_sheet.name] = that_sheet
    if out.sheets or any(map(is_name, book.names)):
        by_at = {
            cell.at: (sheet_here, index)
            for sheet_here in book.sheets
            for index, cell in enumerate(sheet_here.cells)
        }
    else:
        by_at = {}
    for said, (sheet, row, col) in book.names.items():
        named = _NAME.fullmatch(said)
        if named and sheet in by_sheet:
            found = by_at.get((by_sheet[sheet].index, row, col))
        else:
            found = None
        if named and found:
            _claim(found[0].cells[found[1]], int(named.group(1)), bool(named.group(2)), there, out)
    claimed = set()
    for each_claim in out.claims.values():
        claimed.add(each_claim.annex.number)
    for one in [annex for annex in there.values() if annex.number not in claimed]:
        citing = [
            cell
            for one_sheet, index in by_at.values()
            if (cell := one_sheet.cells[index]).at not in out.claims
            and one.number in _numbers(cell.text)
        ]
        if len(citing) == 1 and one.text.strip():
            _claim(citing[0], one.number, None, there, out)
        elif one.text.strip():
            where = f"{book.sheets[one.at[0]].name}!{address(*one.at[1:])}"
            sentence = f"{titled(one.number)}（{one.head}）を引く記載欄がないため、読み取りませんでした。欄に「{cited(one.number)}」と書くか、不要なら消してください。"
            out.problems.append(Problem("annex_unused", sentence, where, "warning"))
    for at, claim in out.claims.items():
        each_sheet, index = by_at[at]
        each_sheet.cells[index] = replace(
            each_sheet.cells[index],
            text=claim.raw[: claim.start] + claim.annex.text + claim.raw[claim.end :],
        )
    return out


def _numbers(text: str) -> set[int]:
    if "別紙" in text:
        numbers = set()
        for word in _CITED.findall(text):
            numbers.add(int(word))
        return numbers
    return set()


def _claim(
    c: Cell, number: int, inside: bool | None, there: dict[int, Annex], out: Annexes
) -> None:
    """`inside`: whether the brackets are the form's; None where no name tells: they are where they follow words at once."""
    found = next(
        (match for match in _CITED.finditer(c.text) if int(match.group(1)) == number), None
    )
    if found is None or c.at in out.claims:
        return  # somebody wrote something else there
    if number in there and there[number].text.strip():
        kept = int(bool(c.text[: found.start()][-1:].strip()) if inside is None else inside)
        out.claims[c.at] = Claim(there[number], c.text, found.start() + kept, found.end() - kept)
    else:
        out.missing[c.at] = found.group()


def _texts(sheet: Sheet, problems: list[Problem]) -> list[Annex]:
    """The texts of one sheet: from a head to 「以上」 a line of cells is a line of the text, unless it goes on without a line feed."""
    marks = {}
    for cell in sheet.cells:
        if cell.col == 1:
            marks[cell.row] = folded(cell.text)
    texts = {}
    for cell in sheet.cells:
        if cell.col == 2:
            texts[cell.row] = cell.text
    heads = [
        (row, int(match.group(1)))
        for row, said in sorted(marks.items())
        if (match := _HEAD.fullmatch(said))
    ]
    out: list[Annex] = []
    known = {folded(END), folded(CONTINUED), folded(CONTINUED_INLINE), ""}
    used: set[int] = {1}
    for index, (row, number) in enumerate(heads):
        if index + 1 < len(heads):
            stop = heads[index + 1][0]
        else:
            stop = max([row, *texts, *marks]) + 1
        end = next(
            (
                one_index
                for one_index in range(row + 1, stop)
                if marks.get(one_index) == folded(END)
            ),
            None,
        )
        if end is not None:
            last = end
        else:
            last = max([row, *(text for text in texts if text < stop)]) + 1
        said = ""
        for count, each_index in enumerate(range(row + 1, last)):
            said += (
                "" if not count or marks.get(each_index) == folded(CONTINUED_INLINE) else "\n"
            ) + texts.get(each_index, "")
        used |= {row, *range(row + 1, last), end or row}
        out.append(Annex(number, texts.get(row, ""), said, (sheet.index, row, 1)))
    lost = []
    for cell in sheet.cells:
        if cell.text.strip() and (
            cell.row not in used
            or cell.col > 2
            or (
                cell.col == 1
                and cell.row > 1
                and marks[cell.row] not in known
                and not _HEAD.fullmatch(marks[cell.row])
            )
        ):
            lost.append(cell)
    if lost:
        listed = "、".join(address(cell.row, cell.col) for cell in lost[:8]) + (
            "など" if len(lost) > 8 else ""
        )
        problems.append(
            Problem(
                "annex_unread",
                f"どの別紙の記載でもないセルが{len(lost)}か所あり、読み取りませんでした：{listed}",
                sheet.name,
                "warning",
            )
        )
    return out
