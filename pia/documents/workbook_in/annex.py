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
    return {int(n) for t in texts for n in _MENTIONED.findall(t)}


def take(book: Book) -> Annexes:
    """Fills the texts of our sheets in where they are cited, and empties those sheets: nothing else is to read them."""
    out = Annexes()
    there: dict[int, Annex] = {}
    for s in book.sheets:
        if s.cells and s.cells[0].at[1:] == (1, 1) and folded(s.cells[0].text) == folded(TITLE):
            out.sheets.append(s.index)
            for one in _texts(s, out.problems):
                there.setdefault(one.number, one)
            s.cells = []
    by_sheet = {s.name: s for s in book.sheets}
    by_at = (
        {c.at: (s, i) for s in book.sheets for i, c in enumerate(s.cells)}
        if out.sheets or any(map(is_name, book.names))
        else {}
    )
    for said, (sheet, row, col) in book.names.items():
        named = _NAME.fullmatch(said)
        found = (
            by_at.get((by_sheet[sheet].index, row, col)) if named and sheet in by_sheet else None
        )
        if named and found:
            _claim(found[0].cells[found[1]], int(named.group(1)), bool(named.group(2)), there, out)
    claimed = {c.annex.number for c in out.claims.values()}
    for one in [a for a in there.values() if a.number not in claimed]:
        citing = [
            c
            for s, i in by_at.values()
            if (c := s.cells[i]).at not in out.claims and one.number in _numbers(c.text)
        ]
        if len(citing) == 1 and one.text.strip():
            _claim(citing[0], one.number, None, there, out)
        elif one.text.strip():
            where = f"{book.sheets[one.at[0]].name}!{address(*one.at[1:])}"
            sentence = f"{titled(one.number)}（{one.head}）を引く記載欄がないため、読み取りませんでした。欄に「{cited(one.number)}」と書くか、不要なら消してください。"
            out.problems.append(Problem("annex_unused", sentence, where, "warning"))
    for at, claim in out.claims.items():
        s, i = by_at[at]
        s.cells[i] = replace(
            s.cells[i], text=claim.raw[: claim.start] + claim.annex.text + claim.raw[claim.end :]
        )
    return out


def _numbers(text: str) -> set[int]:
    return {int(n) for n in _CITED.findall(text)} if "別紙" in text else set()


def _claim(
    c: Cell, number: int, inside: bool | None, there: dict[int, Annex], out: Annexes
) -> None:
    """`inside`: whether the brackets are the form's; None where no name tells: they are where they follow words at once."""
    found = next((m for m in _CITED.finditer(c.text) if int(m.group(1)) == number), None)
    if found is None or c.at in out.claims:
        return  # somebody wrote something else there
    if number in there and there[number].text.strip():
        kept = int(bool(c.text[: found.start()][-1:].strip()) if inside is None else inside)
        out.claims[c.at] = Claim(there[number], c.text, found.start() + kept, found.end() - kept)
    else:
        out.missing[c.at] = found.group()


def _texts(s: Sheet, problems: list[Problem]) -> list[Annex]:
    """The texts of one sheet: from a head to 「以上」 a line of cells is a line of the text, unless it goes on without a line feed."""
    marks = {c.row: folded(c.text) for c in s.cells if c.col == 1}
    texts = {c.row: c.text for c in s.cells if c.col == 2}
    heads = [
        (row, int(m.group(1)))
        for row, said in sorted(marks.items())
        if (m := _HEAD.fullmatch(said))
    ]
    out: list[Annex] = []
    known = {folded(END), folded(CONTINUED), folded(CONTINUED_INLINE), ""}
    used: set[int] = {1}
    for k, (row, number) in enumerate(heads):
        stop = heads[k + 1][0] if k + 1 < len(heads) else max([row, *texts, *marks]) + 1
        end = next((r for r in range(row + 1, stop) if marks.get(r) == folded(END)), None)
        last = end if end is not None else max([row, *(r for r in texts if r < stop)]) + 1
        said = ""
        for n, r in enumerate(range(row + 1, last)):
            said += ("" if not n or marks.get(r) == folded(CONTINUED_INLINE) else "\n") + texts.get(
                r, ""
            )
        used |= {row, *range(row + 1, last), end or row}
        out.append(Annex(number, texts.get(row, ""), said, (s.index, row, 1)))
    lost = [
        c
        for c in s.cells
        if c.text.strip()
        and (
            c.row not in used
            or c.col > 2
            or (
                c.col == 1
                and c.row > 1
                and marks[c.row] not in known
                and not _HEAD.fullmatch(marks[c.row])
            )
        )
    ]
    if lost:
        listed = "、".join(address(c.row, c.col) for c in lost[:8]) + (
            "など" if len(lost) > 8 else ""
        )
        problems.append(
            Problem(
                "annex_unread",
                f"どの別紙の記載でもないセルが{len(lost)}か所あり、読み取りませんでした：{listed}",
                s.name,
                "warning",
            )
        )
    return out
