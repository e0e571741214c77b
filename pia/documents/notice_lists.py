"""A workbook with notices or a register in it: one row an affair under headings, or one sheet each
(個人情報保護法第75条第5項).

Knows columns by the words of a form, and tells every cell it does not read. Must not know the store
nor what may be taken in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..domain import wareki
from ..domain.canonical import clean
from ..domain.document import items
from ..domain.document.form import FormNode
from ..domain.document.tree import Tree
from ..domain.errors import PiaError
from ..domain.registers.model import BEGIN, CHANGE, END, LEGACY, RegisterForm
from ..domain.text import personal
from .ooxml import guard
from .ooxml.book import address, open_book

MOST = 5_000  # rows or sheets of a file
_NUMBERED = re.compile(r"[(（]?([0-9０-９]{1,3}|[①-⑳])[)）.．　 :：]*(?=\S)")
# Columns of a notice beside the fields of the form → headings they may have.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "act": ("届出の種類", "区分", "届出区分", "種別"),
    "number": ("届出番号", "番号", "登録番号", "整理番号"),
    "filed": ("届出日", "届出年月日", "登録日", "登録年月日"),
    "effective": ("開始・変更・廃止の日", "実施日", "開始日", "変更日", "廃止日", "開始年月日"),
    "department": ("所属", "所管課", "担当課", "課名", "所管所属"),
    "why": ("理由", "変更の理由", "廃止の理由", "変更理由", "廃止理由"),
}
_ACTS = {"開始": BEGIN, "変更": CHANGE, "廃止": END, "移行": LEGACY, "登録": LEGACY}


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that was not read: where it is, what it says, and why."""

    place: str
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """A row or sheet as it would be taken in; `fault` says why it cannot be, `warning` what its
    person should know."""

    place: str
    act: str
    name: str
    department: str
    filed: date | None
    effective: date | None
    number: str
    why: str
    tree: Tree | None
    fault: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class NoticeList:
    """What a workbook says: its rows, and every cell that was not read."""

    rows: tuple[ListedNotice, ...] = ()
    unread: tuple[Unread, ...] = field(default_factory=tuple)

    @property
    def faults(self) -> tuple[ListedNotice, ...]:
        """The rows that cannot be taken in; while there are any, none is."""
        return tuple(row for row in self.rows if row.fault)


@dataclass(frozen=True, slots=True)
class SheetCells:
    """A sheet: its name, whether it is seen, and its cells as (row, column) from 1 → words."""

    name: str
    seen: bool
    cells: Mapping[tuple[int, int], str]


@dataclass(slots=True)
class _ListReading:
    """A workbook while it is read."""

    form: RegisterForm
    unread: list[Unread]

    def skip(self, sheet: SheetCells, at: tuple[int, int], why: str) -> None:
        """Tells a cell that is not read."""
        place = f"{sheet.name}!{address(*at)}"
        self.unread.append(Unread(place, sheet.cells[at][:80], why))


def read(form: RegisterForm, data: bytes) -> NoticeList:
    """The rows of a workbook by the words of a form, and what was not read. PiaError where no sheet
    has the heading of the name."""
    reading = _ListReading(form, [])
    rows: list[ListedNotice] = []
    for sheet in guard.in_child(_sheets, data):
        if not sheet.seen:
            for at in sheet.cells:
                reading.skip(sheet, at, "非表示のシートです")
            continue
        found = _table(reading, sheet)
        rows += _sheet(reading, sheet) if found is None else found
    if not rows:
        name = form.field("name")
        heading = name.plain_label if name is not None else "事務の名称"
        raise PiaError(
            f"「{heading}」という見出しのある表もシートも見つかりません。"
            f"1行目に、{form.form.number}の項目の名前を書いてください。"
        )
    if len(rows) > MOST:
        raise PiaError(f"{MOST:,}件を超えています。分けて選んでください。")
    return NoticeList(tuple(rows), tuple(reading.unread))


def _sheets(data: bytes) -> list[SheetCells]:
    found = []
    for sheet in open_book(data).sheets:
        cells = {(cell.row, cell.col): cell.text for cell in sheet.cells if cell.text.strip()}
        found.append(SheetCells(sheet.name, sheet.state == "visible", cells))
    return found


def _plain(words: str) -> str:
    flat = "".join(unicodedata.normalize("NFKC", words).split()).casefold()
    return re.sub(r"^[\d①-⑳().\-]+", "", flat)


def _meanings(form: RegisterForm) -> dict[str, str]:
    """Heading, folded → the id of a field or the name of a column."""
    known = {}
    for name in _columns_of(form):
        for heading in _COLUMNS[name]:
            known[_plain(heading)] = name
    for line in form.fields:
        for heading in (*form.headings.get(line.id, ()), line.plain_label):
            known[_plain(heading)] = line.id
    return known


def _columns_of(form: RegisterForm) -> tuple[str, ...]:
    """What a row says beside the fields: of a file only whose it is, of a notice all."""
    return ("department",) if form.register == "file" else tuple(_COLUMNS)


def _table(reading: _ListReading, sheet: SheetCells) -> list[ListedNotice] | None:
    """The rows under headings; None where a sheet has no row of headings."""
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), words in sorted(sheet.cells.items()):
        by_row.setdefault(row, {})[column] = words
    head = _head(reading.form, by_row)
    if head is None:
        return None
    columns = _columns(reading, sheet, head, by_row[head])
    rows = []
    for row, cells in by_row.items():
        if row < head and len(cells) > 1:
            for column in cells:
                reading.skip(sheet, (row, column), "見出しより上にあります")
        if row > head:
            said = _said(reading, sheet, row, cells, columns)
            if said:
                rows.append(_notice(reading, sheet, f"{sheet.name} {row}行目", said))
    return rows


def _head(form: RegisterForm, by_row: Mapping[int, Mapping[int, str]]) -> int | None:
    """The row of headings: one that has the name and something else a notice says."""
    known = _meanings(form)
    name = form.roles.get("name", "")
    for row, cells in list(by_row.items())[:20]:
        meant = [known[_plain(words)] for words in cells.values() if _plain(words) in known]
        if name in meant and len(meant) > 2:
            return row
    return None


def _columns(
    reading: _ListReading, sheet: SheetCells, head: int, cells: Mapping[int, str]
) -> dict[int, str]:
    """Column → what it says; a heading nobody knows, or that stands twice, is told."""
    known = _meanings(reading.form)
    columns: dict[int, str] = {}
    for column, words in cells.items():
        meaning = known.get(_plain(words), "")
        if meaning and meaning not in columns.values():
            columns[column] = meaning
        else:
            why = f"見出しが、{reading.form.form.number}のどの項目にも当たりません"
            reading.skip(sheet, (head, column), why)
    return columns


Said = Mapping[str, tuple[str, tuple[int, int]]]  # field or column → its words and their cell


def _said(
    reading: _ListReading,
    sheet: SheetCells,
    row: int,
    cells: Mapping[int, str],
    columns: Mapping[int, str],
) -> Said:
    """What the cells of a row say; those of no column are told."""
    said = {}
    for column, words in cells.items():
        if column in columns:
            said[columns[column]] = (words, (row, column))
        else:
            reading.skip(sheet, (row, column), "読む見出しのない列にあります")
    return said


def _sheet(reading: _ListReading, sheet: SheetCells) -> list[ListedNotice]:
    """A sheet that is one notice: labels with their answer to the right of them; nothing, with
    every cell told, where it is none."""
    known = _meanings(reading.form)
    said: dict[str, tuple[str, tuple[int, int]]] = {}
    used: set[tuple[int, int]] = set()
    for at, words in sorted(sheet.cells.items()):
        meaning = known.get(_plain(words))
        if meaning is None or meaning in said or at in used:
            continue
        right = sorted(column for row, column in sheet.cells if row == at[0] and column > at[1])
        for column in right[:1]:
            answer = (at[0], column)
            if _plain(sheet.cells[answer]) not in known:
                said[meaning] = (sheet.cells[answer], answer)
                used |= {at, answer}
    name = reading.form.roles.get("name", "")
    title = "".join(words for at, words in sheet.cells.items() if at[0] <= 5 and at not in used)
    if name not in said:
        for at in sheet.cells:
            reading.skip(sheet, at, f"{reading.form.form.number}ではないシートです")
        return []
    if "act" not in said:
        for words in ("開始", "変更", "廃止"):
            if f"{words}届出" in title:
                said["act"] = (words, (1, 1))
    for at, words in sorted(sheet.cells.items()):
        title = reading.form.form.number in words or reading.form.register_name in words
        if at not in used and not title and _plain(words) not in known:
            reading.skip(sheet, at, "どの項目の記載か分かりません")
    return [_notice(reading, sheet, sheet.name, said)]


def _notice(reading: _ListReading, sheet: SheetCells, place: str, said: Said) -> ListedNotice:
    """One notice out of its cells."""
    faults: list[str] = []
    tree = _text(reading, sheet, said, faults)
    days = {name: _day(reading, sheet, name, said, faults) for name in ("filed", "effective")}
    act = _act(reading, sheet, said, faults)
    name = reading.form.text(tree, "name") if tree is not None else ""
    words = {key: said[key][0].strip() for key in ("number", "department", "why") if key in said}
    return ListedNotice(
        place,
        act,
        " ".join(name.split()),
        words.get("department", ""),
        days["filed"],
        days["effective"],
        words.get("number", ""),
        words.get("why", ""),
        tree,
        "".join(faults),
    )


def _text(reading: _ListReading, sheet: SheetCells, said: Said, faults: list[str]) -> Tree | None:
    answers = []
    for line in reading.form.fields:
        if line.id not in said:
            continue
        words, at = said[line.id]
        try:
            words = clean(words, f"「{line.plain_label}」")
            if personal.holds_number(words):
                raise PiaError(f"「{line.plain_label}」に、個人番号と思われる数字があります。")
            answers.append((line.path, _answer(line, words)))
        except PiaError as error:
            faults.append(str(error))
            reading.skip(sheet, at, str(error))
    return items.build(reading.form.form, answers) if answers else None


def _day(
    reading: _ListReading, sheet: SheetCells, name: str, said: Said, faults: list[str]
) -> date | None:
    if name not in said:
        return None
    words, at = said[name]
    iso = wareki.parse(words.strip())
    if iso is not None and len(iso) == 10:
        return date.fromisoformat(iso)
    reading.skip(sheet, at, "日付として読めません")
    faults.append(f"「{_COLUMNS[name][0]}」を日付として読めません。")
    return None


def _act(reading: _ListReading, sheet: SheetCells, said: Said, faults: list[str]) -> str:
    """The kind of a notice; a row without one is a record from before."""
    if "act" not in said:
        return LEGACY
    words, at = said["act"]
    for start, kind in _ACTS.items():
        if words.strip().startswith(start):
            return kind
    reading.skip(sheet, at, "開始・変更・廃止のどれでもありません")
    faults.append(f"届出の種類「{words.strip()}」は、開始・変更・廃止のどれでもありません。")
    return ""


def _answer(line: FormNode, words: str) -> object:
    """What a cell says as the plain answer of its field: ticks of a list are split at commas and
    line feeds; what is no option of it is kept as it was typed."""
    if line.kind == "table":
        return [{"cells": [part]} for part in _unnumbered(_parts(words))]
    if line.kind != "choice_many":
        return words.strip("\n")
    chosen: list[object] = []
    for part in _parts(words):
        chosen.append(_option(line, part))
    return chosen


def _parts(words: str) -> list[str]:
    """The words of a list, cut at commas and line feeds outside of brackets."""
    parts, depth, part = [], 0, ""
    for letter in words:
        depth += (letter in "（(") - (letter in "）)")
        if depth <= 0 and letter in "、,，\n;；":
            parts.append(part)
            part = ""
        else:
            part += letter
    return [each.strip() for each in (*parts, part) if each.strip()]


def _unnumbered(parts: list[str]) -> list[str]:
    """The lines of a list without numbers before them, where all are numbered in turn."""
    bare = []
    for number, part in enumerate(parts, 1):
        match = _NUMBERED.match(part)
        if match is None or unicodedata.normalize("NFKC", match[1]) != str(number):
            return parts
        bare.append(part[match.end() :])
    return bare


def _option(line: FormNode, part: str) -> object:
    for option in line.options:
        before, after = option.around
        if option.free and part.startswith(before) and part.endswith(after) and after:
            return {option.label: part[len(before) : -len(after)]}
        if option.free and part == before.rstrip("（"):
            return option.label
    return part


def headings(form: RegisterForm) -> list[str]:
    """The headings of a workbook that can be read back: columns of a notice, then the fields."""
    first = [_COLUMNS[name][0] for name in _columns_of(form)]
    return [*first, *(line.plain_label for line in form.fields)]
