"""Whether a 新旧対照表 says, where people read it, what the two texts say; and all it shows, where
the file carries that beside.

Knows the table's columns and the words of its cells. Its rows are held against the texts, not
against a new table: put the same words for each （略） of the two cells of a row and both whole
texts must come out, whatever was folded. Serves R14 for what the council and the residents compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...domain.change.compare import compare as changed
from ...domain.change.describe import DescribedChange, describe
from ...domain.document.form import Form
from ...domain.document.items import BETWEEN, PIPED, shown
from ...domain.document.tree import Path, Tree
from ...domain.procedure.cards import cards
from ...domain.proof.cells import (
    BLANKS,
    FEEDS,
    OMITTED,
    Cell,
    Due,
    DueRow,
    Proof,
    SeenRow,
    Table,
    around,
    compare,
    joined,
    paired,
)
from ..comparison.table import (
    HEADING_FILLED,
    filled_items,
    filled_label,
    heads,
    pair_words,
    rows_counted,
    stretches,
)

KEY = 0
HEADS = (heads(True, True), heads(True, False), heads(False, True), heads(False, False))
CARRIED = "控え（見えない写し）"
NO_COPY = (
    "この表には控え（見えない写し）がありません。新旧の記載を、2つの本文と照らし合わせました。"
)
UNKNOWN = "表題・変更理由・ページは、照らし合わせる控えがないため、確かめていません。"
_MATERIAL = "重要な変更の対象"


def prove(form: Form, old: Tree, new: Tree, table: Table) -> Proof:
    """A 新旧対照表 against the texts it stands between, and against what it carries of itself.
    Every difference is named with its cell.
    """
    names, turned = _arranged(table)
    dues = _dues(form, old, new, names)
    rows = []
    for row in joined(turned.rows, dues):
        if not row.whole:
            rows.append(row)
    several = sum("変更前：" in cell.text for cell in table.around) > 1
    ours = rows
    if several:
        ours = _once(_named(rows, dues), dues)
    differences = compare(
        replace(turned, rows=tuple(ours), heads=()),
        dues,
        names,
        whose="本文",
        missing="本文は変わっていますが、新旧対照表に行がありません。",
        surplus="新旧対照表に行がありますが、本文は変わっていません",
    )
    known = _carried(table)
    if known is not None:
        return Proof(tuple(_both(differences, _copied(turned, names, known))), (), len(rows))
    problems = [*_heads(turned, names), *differences]
    remarks = [NO_COPY, UNKNOWN]
    if several:
        remarks.append(f"ほかの評価書の{len(rows) - len(ours)}行は、確かめていません。")
    else:
        problems += _odd_headings(turned.rows)
    return Proof(tuple(problems), tuple(remarks), len(rows))


def _named(rows: Sequence[SeenRow], dues: Sequence[DueRow]) -> list[SeenRow]:
    """Of the rows of several documents those called like a due one."""
    named = {due.named for due in dues}
    ours = []
    for row in rows:
        key = row.cells[KEY].text
        if any(Cell(name, "", BLANKS).says(key) for name in named):
            ours.append(row)
    return ours


def _odd_headings(rows: Sequence[SeenRow]) -> Iterator[str]:
    for row in rows:
        if row.whole and HEADING_FILLED not in row.cells[0].text:
            yield f"{row.at}：見出し「{row.cells[0].text}」が、表のつくりと違います。"


def _once(rows: Sequence[SeenRow], dues: Sequence[DueRow]) -> list[SeenRow]:
    """Of the rows of several documents those that can be ours: one a due row, the one that agrees
    where one does.
    """
    pairs, _, _ = paired(dues, rows)
    return [rows[index] for _, index in pairs]


def _both(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """Sentences of two proofs; a cell that the first has named is not named again."""
    named = {text.split("：")[0] for text in first}
    yield from first
    for text in second:
        if text.split("：")[0] not in named:
            yield text


def _arranged(table: Table) -> tuple[tuple[str, ...], Table]:
    """The names of the columns, the new text first, and the table with its cells in that order."""
    printed = []
    for head in table.heads:
        printed.append([_letters(cell.text) for cell in head])
    names = max(_possible_heads(table.carried), key=partial(_likeness, printed))
    order = _order(names)
    rows = []
    for row in table.rows:
        if row.whole:
            rows.append(row)
        else:
            rows.append(replace(row, cells=_in_order(row.cells, order)))
    heads = tuple(_in_order(head, order) for head in table.heads)
    ordered = replace(table, rows=tuple(rows), heads=heads)
    return tuple(names[index] for index in order), ordered


def _possible_heads(carried: Any) -> list[tuple[str, ...]]:
    """The heads a table of ours can have, first those it carries of itself."""
    named = None
    if isinstance(carried, dict):
        named = carried.get("heads")
    if isinstance(named, list) and tuple(named) in HEADS:
        return [tuple(named), *HEADS]
    return list(HEADS)


def _likeness(printed: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    """How well the printed heads of all pages agree with the names of columns."""
    total = 0
    for texts in printed:
        agreeing = sum(text == _letters(name) for text, name in zip(texts, names))
        total += agreeing - abs(len(texts) - len(names))
    return total


def _in_order(cells: tuple[Cell, ...], order: Sequence[int]) -> tuple[Cell, ...]:
    """Cells in the order of the columns; blank where the row is too short."""
    lacking = [Cell("", cells[-1].at)] * (len(order) - len(cells))
    full = [*cells, *lacking]
    return tuple(full[index] for index in order)


def _order(names: Sequence[str]) -> list[int]:
    """Where each column of the order with the new text first stands."""
    columns = list(names)
    return list(map(columns.index, heads(len(names) > 4, True)))


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def _heads(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    return compare(
        replace(table, rows=(), stray=(), over=()), (), names, whose="", missing="", surplus=""
    )


def _carried(table: Table) -> Mapping[str, Any] | None:
    """What a 新旧対照表 carries of itself; None where it carries nothing of that shape."""
    carried = table.carried
    if not isinstance(carried, dict) or carried.get("kind") != "comparison":
        return None
    if tuple(carried.get("heads") or ()) not in HEADS:
        return None
    rows = carried.get("rows")
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return carried
    return None


def _copied(table: Table, names: Sequence[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    """What the table shows against what it carries of itself: every cell, headings, title."""
    order = _order(known["heads"])
    dues = []
    for row in known["rows"]:
        if "heading" in row:
            heading = str(row["heading"])
            dues.append(DueRow((Due((heading,)),), heading))
        else:
            texts = _texts_in_order(list(map(str, row.get("cells", []))), order)
            dues.append(DueRow(tuple(Due((text,)) for text in texts), texts[KEY]))
    out = compare(
        table,
        dues,
        names,
        whose=CARRIED,
        missing="控えの行が、表にありません。",
        surplus="控えにない行です",
    )
    must = [
        str(known.get("title", "")),
        *map(str, known.get("lines", [])),
        *map(str, known.get("remarks", [])),
    ]
    return (*out, *around(table, must, (), CARRIED))


def _texts_in_order(cells: Sequence[str], order: Sequence[int]) -> list[str]:
    texts = []
    for index in order:
        texts.append(cells[index] if index < len(cells) else "")
    return texts


def _dues(form: Form, old: Tree, new: Tree, names: Sequence[str]) -> list[DueRow]:
    """What each row must say: the cards of the change, then what the procedure filled in."""
    changes = describe(form, changed(old, new), old, new)
    out = []
    for card in cards({"": changes}):
        marks = ""
        if card.material:
            basis = card.changes[0].basis
            marks = _MATERIAL
            if basis:
                marks = f"{_MATERIAL}（{basis}）"
        both = _readings(old, new, card.places[""], card.changes)
        out.append(_due(card.label, both, marks, names))
    for path, filled in filled_items(changes).items():
        counted = rows_counted(filled)
        if counted:
            both = [(counted, OMITTED)]
        else:
            both = _readings(old, new, path, filled)
        out.append(_due(filled_label(filled), both, "", names))
    return out


def _readings(
    old: Tree, new: Tree, path: Path, changes: Sequence[DescribedChange]
) -> list[tuple[str, str]]:
    """Both cells of an item (new, old) with nothing left out: as rows are shown now, and as they
    were shown in papers of earlier releases, with ｜ between their cells."""
    earlier = []
    for change in changes:
        earlier.append(replace(change, columns=(), between=PIPED))
    now = _whole(old, new, path, changes, BETWEEN)
    before = _whole(old, new, path, earlier, PIPED)
    return list(dict.fromkeys((now, before)))


def _whole(
    old: Tree, new: Tree, path: Path, changes: Sequence[DescribedChange], between: str
) -> tuple[str, str]:
    columns = next((change.columns for change in changes), ())
    left = []
    right = []
    for stretch in stretches(old, new, path, changes):
        if isinstance(stretch, DescribedChange):
            after, before = pair_words(stretch)
        else:
            after = before = shown(stretch, columns, between)
        left.append(after)
        right.append(before)
    return "\n".join(left), "\n".join(right)


def _due(
    label: str, readings: Sequence[tuple[str, str]], marks: str, names: Sequence[str]
) -> DueRow:
    def rightly_marked(cell: Cell) -> bool:
        text = _letters(cell.text)
        if marks:
            return _letters(marks) in text
        return _MATERIAL not in text

    pages = (Due(),) * (len(names) - 4)
    other_way = [(before, after) for after, before in readings]
    remark = Due((marks,), rightly_marked)
    return DueRow((Due((label,)), _side(readings), _side(other_way), *pages, remark), label, KEY)


def _side(readings: Sequence[tuple[str, str]]) -> Due:
    """What a cell may show of one side: the whole of any reading, or that with （略）."""

    def left_out(cell: Cell) -> bool:
        return any(left_out_rightly(cell, whole, other) for whole, other in readings)

    return Due(tuple(whole for whole, _ in readings), left_out)


def left_out_rightly(cell: Cell, whole: str, other: str) -> bool:
    """Whether a cell is its whole text but for passages that the other side has too, in the same
    order, each shown as （略）. The mark may also be a word of the text. Lines of a cell are
    stretches of the text and not its own lines: line feeds do not count.
    """
    fold = Cell("", "", cell.loose or FEEDS).fold
    parts = fold(cell.text).split(OMITTED)
    text = fold(whole)
    beside = fold(other)
    if not text.startswith(parts[0]):
        return False
    # Parts that stand, how far the text is read, and the other side.
    waiting = [(1, len(parts[0]), 0)]
    known = set(waiting)
    while waiting:
        number, at, beside_at = waiting.pop()
        if number == len(parts):
            if at == len(text):
                return True
            continue
        for state in _placed(parts, number, text, at, beside, beside_at):
            if state not in known:
                known.add(state)
                waiting.append(state)
    return False


def _placed(
    parts: Sequence[str], number: int, text: str, at: int, beside: str, beside_at: int
) -> Iterator[tuple[int, int, int]]:
    """Where part `number` may stand behind a mark at `at`: behind the mark as a word, or behind a
    passage that the other side has.
    """
    part = parts[number]
    if text.startswith(OMITTED + part, at):
        yield number + 1, at + len(OMITTED) + len(part), beside_at
    if number == len(parts) - 1:
        place = len(text) - len(part)
        if place < at or not text.endswith(part):
            return
        left_out = beside.find(text[at:place], beside_at)
        if left_out >= 0:
            yield number + 1, place + len(part), left_out + place - at
        return
    place = text.find(part, at)
    while place >= at:
        left_out = beside.find(text[at:place], beside_at)
        if left_out < 0:
            return  # what is longer is not there either
        yield number + 1, place + len(part), left_out + place - at
        place = text.find(part, place + 1)
