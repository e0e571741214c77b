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
from typing import Any

from ...domain.change.compare import compare as changed
from ...domain.change.describe import Said, describe
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
    Row,
    Table,
    around,
    compare,
    joined,
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
HEADS = tuple(heads(pages, left) for pages in (True, False) for left in (True, False))
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
    whole = []
    for row in turned.rows:
        if row.whole:
            whole.append(row)
    plain = replace(turned, rows=tuple(rows), heads=())
    if several:
        mine = set()
        for due in dues:
            mine.add(due.named)
        ours = tuple(
            row
            for row in rows
            if any(Cell(mark, "", BLANKS).says(row.cells[KEY].text) for mark in mine)
        )
        plain = replace(plain, rows=_once(ours, dues))
    text = compare(
        plain,
        dues,
        names,
        whose="本文",
        missing="本文は変わっていますが、新旧対照表に行がありません。",
        surplus="新旧対照表に行がありますが、本文は変わっていません",
    )
    known = _carried(table)
    if known is None:
        if several:
            odd = ()
        else:
            odd = tuple(
                f"{row.at}：見出し「{row.cells[0].text}」が、表のつくりと違います。"
                for row in whole
                if HEADING_FILLED not in row.cells[0].text
            )
        remarks = (
            NO_COPY,
            UNKNOWN,
            *(
                (f"ほかの評価書の{len(rows) - len(plain.rows)}行は、確かめていません。",)
                if several
                else ()
            ),
        )
        return Proof((*_heads(turned, names), *text, *odd), remarks, len(rows))
    return Proof(tuple(_both(text, _copied(turned, names, known))), (), len(rows))


def _once(rows: Sequence[Row], dues: Sequence[DueRow]) -> tuple[Row, ...]:
    """Of the rows of several documents those that can be ours: one a due row, the one that agrees
    where one does.
    """
    from ...domain.proof.cells import paired

    pairs, _, _ = paired(dues, rows)
    rowses = []
    for _, other_index in pairs:
        rowses.append(rows[other_index])
    return tuple(rowses)


def _both(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """Sentences of two proofs; a cell that the first has named is not named again."""
    named = set()
    for text in first:
        named.add(text.split("：")[0])
    yield from first
    yield from (text for text in second if text.split("：")[0] not in named)


def _arranged(table: Table) -> tuple[tuple[str, ...], Table]:
    """The names of the columns, the new text first, and the table with its cells in that order."""
    said = []
    for head in table.heads:
        said.append([_letters(cell.text) for cell in head])
    if isinstance(table.carried, dict):
        told = table.carried.get("heads")
    else:
        told = None
    if isinstance(told, list) and tuple(told) in HEADS:
        known = [tuple(told)]
    else:
        known = []
    names = max(
        (*known, *HEADS),
        key=lambda node: sum(
            sum(text == _letters(second) for text, second in zip(texts, node))
            - abs(len(texts) - len(node))
            for texts in said
        ),
    )
    order = _order(names)

    def turned(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        full = [*cells, *(Cell("", cells[-1].at) for _ in range(len(names) - len(cells)))]
        fulls = []
        for index in order:
            fulls.append(full[index])
        return tuple(fulls)

    rows = tuple(row if row.whole else replace(row, cells=turned(row.cells)) for row in table.rows)
    return tuple(names[index] for index in order), replace(
        table, rows=rows, heads=tuple(turned(head) for head in table.heads)
    )


def _order(names: Sequence[str]) -> list[int]:
    """Where each column of the order with the new text first stands."""
    first = heads(len(names) > 4, True)
    found = []
    for name in first:
        found.append(list(names).index(name))
    return found


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def _heads(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    return compare(
        replace(table, rows=(), stray=(), over=()), (), names, whose="", missing="", surplus=""
    )


def _carried(table: Table) -> Mapping[str, Any] | None:
    found = table.carried
    if (
        not isinstance(found, dict)
        or found.get("kind") != "comparison"
        or tuple(found.get("heads") or ()) not in HEADS
    ):
        return None
    rows = found.get("rows")
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return found
    return None


def _copied(table: Table, names: Sequence[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    """What the table shows against what it carries of itself: every cell, headings, title."""
    order = _order(known["heads"])
    dues = []
    for row in known["rows"]:
        if "heading" in row:
            dues.append(DueRow((Due((str(row["heading"]),)),), str(row["heading"])))
        else:
            cells = []
            for x in row.get("cells", []):
                cells.append(str(x))
            turned = []
            for index in order:
                if index < len(cells):
                    turned.append(cells[index])
                else:
                    turned.append("")
            dues.append(DueRow(tuple(Due((x,)) for x in turned), turned[KEY]))
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


def _dues(form: Form, old: Tree, new: Tree, names: Sequence[str]) -> list[DueRow]:
    said = describe(form, changed(old, new), old, new)
    out = []
    for card in cards({"": said}):
        path = card.places[""]
        if card.said[0].basis:
            marks = f"{_MATERIAL}（{card.said[0].basis}）"
        else:
            marks = _MATERIAL
        both = _readings(old, new, path, card.said)
        out.append(_due(card.label, both, marks if card.material else "", names))
    for path, mine in filled_items(said).items():
        counted = rows_counted(mine)
        if counted:
            both = [(counted, OMITTED)]
        else:
            both = _readings(old, new, path, mine)
        out.append(_due(filled_label(mine), both, "", names))
    return out


def _readings(old: Tree, new: Tree, path: Path, said: Sequence[Said]) -> list[tuple[str, str]]:
    """Both cells of an item (new, old) with nothing left out: as rows are shown now, and as they
    were shown in papers of earlier releases, with ｜ between their cells."""
    earlier = []
    for x in said:
        earlier.append(replace(x, columns=(), between=PIPED))
    made = [_whole(old, new, path, said, BETWEEN), _whole(old, new, path, earlier, PIPED)]
    return list(dict.fromkeys(made))


def _whole(old: Tree, new: Tree, path: Path, said: Sequence[Said], between: str) -> tuple[str, str]:
    columns = next((x.columns for x in said), ())
    made = []
    for x in stretches(old, new, path, said):
        if isinstance(x, Said):
            same = ""
        else:
            same = shown(x, columns, between)
        if isinstance(x, Said):
            made.append(pair_words(x))
        else:
            made.append((same, same))
    return "\n".join(name for name, _ in made), "\n".join(text for _, text in made)


def _due(
    label: str, readings: Sequence[tuple[str, str]], marks: str, names: Sequence[str]
) -> DueRow:
    def rightly_marked(cell: Cell) -> bool:
        text = _letters(cell.text)
        if marks:
            return _letters(marks) in text
        return _MATERIAL not in text

    open_pages = []
    for _ in range(len(names) - 4):
        open_pages.append(Due())
    sides = (_side(readings), _side([(each_text, name) for name, each_text in readings]))
    return DueRow((Due((label,)), *sides, *open_pages, Due((marks,), rightly_marked)), label, KEY)


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
    said = fold(cell.text).split(OMITTED)
    text = fold(whole)
    beside = fold(other)
    if not text.startswith(said[0]):
        return False
    waiting = [
        (1, len(said[0]), 0)
    ]  # parts that are placed, how far the text is read, and the other side
    known = set(waiting)
    while waiting:
        index, at, there = waiting.pop()
        if index == len(said):
            if at == len(text):
                return True
            continue
        for state in _placed(said, index, text, at, beside, there):
            if state not in known:
                known.add(state)
                waiting.append(state)
    return False


def _placed(
    said: Sequence[str], number: int, text: str, at: int, beside: str, there: int
) -> Iterator[tuple[int, int, int]]:
    """Where part `i` may stand behind a mark at `at`: behind the mark as a word, or behind a
    passage that the other side has.
    """
    part = said[number]
    if text.startswith(OMITTED + part, at):
        yield number + 1, at + len(OMITTED) + len(part), there
    last = number == len(said) - 1
    if last:
        place = len(text) - len(part)
    else:
        place = text.find(part, at)
    while place >= at and (not last or text.endswith(part)):
        found = beside.find(text[at:place], there)
        if found < 0:
            return  # what is longer is not there either
        yield number + 1, place + len(part), found + place - at
        if last:
            return
        place = text.find(part, place + 1)
