"""A table as people read it, cell by cell, and whether each cell says what it must.

Knows neither a file format nor what a table is about: a reader hands in cells with their places, a
proof hands in what each must say. Another release may cut rows and lines elsewhere, so cells are
compared and never bytes. Serves R14: the table that is proved is the one residents and the council
read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..text.tokens import common

OMITTED = "（略）"
FEEDS = "feeds"
BLANKS = "blanks"
_LOOSE = {"": re.compile(r"(?!)"), FEEDS: re.compile(r"\n"), BLANKS: re.compile(r"\s")}
_PAGE = re.compile(r"\d+/\d+|－\d*－|\d+")
_CUT = 20  # a running head gives way to … where the page is too narrow for it
_AROUND = 14  # letters shown before and after the first that differs
Fold = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell and where (変更箇所!C5, 3頁2行目). `loose`: what its medium does not
    keep, FEEDS where a row was cut in two, BLANKS on paper. `parts`: the cells it was put together
    from, where a row goes on below.
    """

    text: str
    at: str
    loose: str = ""
    parts: tuple[Cell, ...] = ()

    def fold(self, text: str) -> str:
        """A text without what the medium does not keep."""
        return _LOOSE[self.loose].sub("", text)

    def says(self, text: str) -> bool:
        """Whether it says this text, but for what the medium does not keep."""
        return self.fold(self.text) == self.fold(text)

    def with_more(self, below: Cell) -> Cell:
        """The cell with the one below it that continues it."""
        parts = (*(self.parts or (self,)), below)
        return Cell(
            "\n".join(part.text for part in parts if part.text), self.at, self.loose or FEEDS, parts
        )

    def place(self, due: str) -> str:
        """Where it does not say what it must: of several parts the one that the others leave
        over."""
        texts = []
        for part in self.parts:
            texts.append(self.fold(part.text))
        whole = self.fold(due)
        begun = []
        for index in range(len(texts)):
            if whole.startswith("".join(texts[:index])):
                begun.append(index)
        ended = []
        for index in begun:
            if any(texts[index + 1 :]) and whole.endswith("".join(texts[index + 1 :])):
                ended.append(index)
        if self.parts:
            return self.parts[ended[0] if ended else begun[-1]].at
        return self.at


@dataclass(frozen=True, slots=True)
class SeenRow:
    """The cells of a row. `open`: it may go on from the row before (a new page begins with it, or
    it has no day). `whole`: one cell over all columns, a heading within the table.
    """

    cells: tuple[Cell, ...]
    open: bool = False
    whole: bool = False

    @property
    def at(self) -> str:
        """The place of its first cell that says anything."""
        for cell in self.cells:
            if cell.text:
                return cell.at
        return self.cells[0].at


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what is around it. `heads`: its column heads, once for every page; `around`:
    title and remarks; `stray`: cells where none belong; `over`: what lies over the cells or hides
    some, as sentences; `carried`: what travels unseen in the file, None where nothing does.
    """

    heads: tuple[tuple[Cell, ...], ...]
    rows: tuple[SeenRow, ...]
    around: tuple[Cell, ...] = ()
    stray: tuple[Cell, ...] = ()
    over: tuple[str, ...] = ()
    carried: Any = None


@dataclass(frozen=True, slots=True)
class Due:
    """What a cell must say: one of `texts` (the first names it in sentences), or what `also`
    accepts. Without texts nothing is known to hold it against.
    """

    texts: tuple[str, ...] = ()
    also: Callable[[Cell], bool] | None = None

    def met(self, cell: Cell) -> bool:
        """Whether a cell says what it must."""
        if not self.texts and self.also is None:
            return True
        if any(map(cell.says, self.texts)):
            return True
        return self.also is not None and self.also(cell)


@dataclass(frozen=True, slots=True)
class DueRow:
    """What a row must say; `named` is what a missing row is called by, `key` the column that names
    it.
    """

    cells: tuple[Due, ...]
    named: str
    key: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What does not agree, each with its cell; what could not be looked at, as remarks; how many
    rows were read.
    """

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rows: int = 0


def excerpt(text: str, other: str) -> str:
    """A text around the first letter in which it differs from another; 空欄 where there is none."""
    if not text:
        return "空欄"
    same, _ = common(text, other)
    start = max(0, same - _AROUND)
    end = same + _AROUND
    words = text[start:end].replace("\n", "⏎")
    return f"「{'…' if start else ''}{words}{'…' if end < len(text) else ''}」"


def difference(cell: Cell, column: str, due: str, whose: str) -> str:
    """One cell that says something else, in one sentence."""
    at = cell.place(due)
    if column:
        where = f"{at}（{column}）"
    else:
        where = at
    return (
        f"{where}：表の記載{excerpt(cell.text, due)}が、{whose}の{excerpt(due, cell.text)}"
        "と違います。"
    )


def wrong_cells(row: SeenRow, due: DueRow, columns: Sequence[str], whose: str) -> Iterator[str]:
    """Every cell of a row that does not say what it must."""
    for index, (cell, cell_due) in enumerate(zip(row.cells, due.cells)):
        if not cell_due.met(cell):
            if index < len(columns):
                column = columns[index]
            else:
                column = f"{index + 1}列目"
            yield difference(cell, column, cell_due.texts[0] if cell_due.texts else "", whose)


def agrees(row: SeenRow, due: DueRow) -> bool:
    """Whether all cells of a row say what they must; the one that names it is asked first."""
    if len(row.cells) != len(due.cells) or not due.cells[due.key].met(row.cells[due.key]):
        return False
    return all(cell_due.met(cell) for cell, cell_due in zip(row.cells, due.cells))


def joined(rows: Sequence[SeenRow], dues: Sequence[DueRow]) -> list[SeenRow]:
    """The rows with those put together that go on over a page, or over rows no higher than a
    program shows. Nothing says whether such a row is a new one: it is where the row before is one
    of the due ones as it stands, or where its own name is one of theirs and the two together are
    none.
    """
    names = set()
    for due in dues:
        for text in due.cells[due.key].texts:
            names.add(_letters(text))
    out: list[SeenRow] = []
    for row in rows:
        may_go_on = bool(out) and row.open and not row.whole and not out[-1].whole
        if may_go_on and _continues(out[-1], row, dues, names):
            cells = tuple(map(Cell.with_more, out[-1].cells, row.cells))
            out[-1] = SeenRow(cells, out[-1].open)
        else:
            out.append(row)
    return out


def _continues(last: SeenRow, row: SeenRow, dues: Sequence[DueRow], names: set[str]) -> bool:
    if dues:
        key = dues[0].key
    else:
        key = 0
    if any(agrees(last, due) for due in dues):
        return False
    own = _letters(row.cells[key].text)
    before = _letters(last.cells[key].text)
    return not own or before + own in names or (own not in names and before not in names)


def _letters(text: str) -> str:
    return _LOOSE[BLANKS].sub("", text)


def paired(
    dues: Sequence[DueRow], rows: Sequence[SeenRow]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """(index of due row, index of row) pairs, due rows that are missing, rows that are too many.
    Rows that agree are found wherever they stand; the others go with the due row of their name,
    else by their order.
    """
    pairs = _agreeing_in_place(dues, rows)
    free = {}
    for index in range(len(rows)):
        if index not in pairs:
            free[index] = None
    for test in (_agree, _same_name):
        for index in _without(pairs, dues):
            match = next((other for other in free if test(dues[index], rows[other])), None)
            _take(pairs, free, index, match)
    left = _without(pairs, dues)
    if len(left) == len(free):
        pairs |= dict(zip(left, free))
        return sorted(pairs.items()), [], []
    for index in left:
        _take(pairs, free, index, _likest(dues[index], rows, free))
    return sorted(pairs.items()), _without(pairs, dues), list(free)


def _agreeing_in_place(dues: Sequence[DueRow], rows: Sequence[SeenRow]) -> dict[int, int]:
    """The rows that agree with the due row of their number, where there are as many of both."""
    pairs = {}
    if len(dues) == len(rows):
        for index, (due, row) in enumerate(zip(dues, rows)):
            if agrees(row, due):
                pairs[index] = index
    return pairs


def _without(pairs: Mapping[int, int], dues: Sequence[DueRow]) -> list[int]:
    """The due rows that have no row yet."""
    return [index for index in range(len(dues)) if index not in pairs]


def _agree(due: DueRow, row: SeenRow) -> bool:
    return agrees(row, due)


def _same_name(due: DueRow, row: SeenRow) -> bool:
    return due.key < len(row.cells) and due.cells[due.key].met(row.cells[due.key])


def _take(pairs: dict[int, int], free: dict[int, None], due: int, row: int | None) -> None:
    """Pairs a due row with the row found for it, if any."""
    if row is not None:
        pairs[due] = row
        del free[row]


def _likest(due: DueRow, rows: Sequence[SeenRow], free: Iterable[int]) -> int | None:
    """The free row that meets the most cells, at least half of them."""
    match = max(free, key=lambda index: _common(rows[index], due), default=None)
    if match is None or _common(rows[match], due) * 2 < len(due.cells):
        return None
    return match


def _common(row: SeenRow, due: DueRow) -> int:
    return sum(cell_due.met(cell) for cell, cell_due in zip(row.cells, due.cells) if cell.text)


def compare(
    table: Table,
    dues: Sequence[DueRow],
    columns: Sequence[str],
    *,
    whose: str,
    missing: str,
    surplus: str,
) -> tuple[str, ...]:
    """Every way in which a table does not say what is due: other cells, rows too few (`missing`
    says what that means) and too many (`surplus`), other heads, cells where none belong, what lies
    over them.
    """
    out = [*table.over]
    for heads in table.heads:
        for head, due in zip(heads, columns):
            if not head.says(due):
                out.append(difference(head, "見出し", due, "様式"))
    rows = joined(table.rows, dues)
    pairs, lacking, more = paired(dues, rows)
    for index, other_index in pairs:
        out += wrong_cells(rows[other_index], dues[index], columns, whose)
    for index in lacking:
        out.append(f"{dues[index].named}：{missing}")
    for index in more:
        out.append(f"{rows[index].at}：{surplus}{excerpt(_words(rows[index]), '')}")
    for cell in table.stray:
        out.append(f"{cell.at}：表の外に記載があります{excerpt(cell.text, '')}")
    return tuple(dict.fromkeys(out))


def _words(row: SeenRow) -> str:
    return "｜".join(cell.text for cell in row.cells if cell.text)


def around(table: Table, must: Sequence[str], may: Sequence[str], whose: str) -> Iterator[str]:
    """Title and remarks that are neither those that must stand around the table nor those that may;
    and those that must and do not.
    """
    known = sorted((*must, *may), key=len, reverse=True)
    left = list(must)
    for cell in _paragraphs(table.around):
        rest = cell.fold(cell.text)
        if _is_cut(cell, rest, must):
            left = [text for text in left if not cell.fold(text).startswith(rest[:-1])]
            continue
        rest, read = _read_off(cell, rest, known)
        left = [text for text in left if text not in read]
        if rest:
            yield difference(Cell(rest, cell.at), "表の外", left.pop(0) if left else "", whose)
    for text in left:
        yield f"{whose}の{excerpt(text, '')}が、表の外にありません。"


def _is_cut(cell: Cell, rest: str, must: Iterable[str]) -> bool:
    """Whether it is the beginning of a text that must be there, cut off with …."""
    if not rest.endswith("…") or len(rest) <= _CUT:
        return False
    return any(cell.fold(text).startswith(rest[:-1]) for text in must)


def _read_off(cell: Cell, rest: str, known: Iterable[str]) -> tuple[str, list[str]]:
    """What is left of a cell after the known texts it begins with, and those texts."""
    read: list[str] = []
    while rest:
        text = next((text for text in known if text and _begins(cell, rest, text)), None)
        if text is None:
            break
        rest = rest[len(cell.fold(text)) :]
        read.append(text)
    return rest, read


def _begins(cell: Cell, rest: str, text: str) -> bool:
    """On paper a line is no paragraph: several lie one behind the other. Elsewhere a cell is one
    whole text.
    """
    folded = cell.fold(text)
    if cell.loose == BLANKS:
        return rest.startswith(folded)
    return rest == folded


def _paragraphs(cells: Sequence[Cell]) -> list[Cell]:
    """The cells around a table; the lines of a page as one, without its number."""
    out: list[Cell] = []
    for cell in cells:
        if cell.loose != BLANKS:
            out.append(cell)
        elif not _PAGE.fullmatch(_letters(cell.text)):
            if out and out[-1].at == cell.at:
                out[-1] = Cell(out[-1].text + cell.text, cell.at, BLANKS)
            else:
                out.append(cell)
    return out
