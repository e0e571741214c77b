"""The 計画管理書 as a bundle holds it: its facts as data, and whether workbook and paper show,
where people read them, what the data say.

Knows the workbook's places by their labels; of the paper (which may be a city's own wording) the
rows and lines it was printed from. Must not know the records. Serves 規則第3条: what was submitted
with every assessment, and as of which day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ...domain.errors import PiaError
from ...domain.proof.cells import (
    BLANKS,
    Cell,
    Due,
    DueRow,
    Proof,
    Row,
    Table,
    compare,
    difference,
    excerpt,
)
from ..papers import plan_xlsx
from ..word.model import PaperTable, Para, WrittenPaper
from . import pdf, tables

FORMAT = "pia-plan/1"
DATA = "plan.json"
WORKBOOK = "plan.xlsx"
PAPER = "plan.pdf"
FILES = (DATA, WORKBOOK, PAPER)
_SHEETS = ("計画管理書", "システム")
_DATA = "データ（plan.json）"
_PRINTED = "データ（plan.json）の印刷された行"
_NO_SHEET = "hidden sheets are not used"


def write(facts: Mapping[str, Any], sheet: WrittenPaper, title: str, day: date) -> bytes:
    """The facts, and the rows and lines of the paper printed from them, as JSON bytes. Equal input
    gives equal bytes.
    """
    printed = list(_printed(sheet))
    told = _told(printed)
    said = {
        "format": FORMAT,
        "as_of": day.isoformat(),
        "title": title,
        "facts": dict(facts),
        "paper": printed,
        "on_paper": [name for name, value in _facts(facts) if _all([value]) in told],
    }
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _printed(sheet: WrittenPaper) -> Iterator[dict[str, Any]]:
    for item in sheet.items:
        if isinstance(item, PaperTable):
            for index, row in enumerate(item.rows):
                cells = []
                for cell in row:
                    cells.append(cell.text)
                yield {"head": cells} if index < item.heads else {"row": cells}
        elif isinstance(item, Para) and item.text.strip():
            yield {"line": item.text}


def read(data: bytes) -> dict[str, Any]:
    """The data of a plan. PiaError when they have another shape."""
    try:
        found = json.loads(data)
        texts = []
        for key, value in found["facts"].items():
            if key != "事務一覧":
                texts.append(value)
        texts += [value for first in found["facts"]["事務一覧"] for value in first.values()]
        texts += [*found["on_paper"], found["title"], found["as_of"]]
        right = found["format"] == FORMAT and all(isinstance(x, str) for x in texts)
        kinds = []
        for entry in found["paper"]:
            for key in entry:
                kinds.append(key)
        if not right or set(kinds) - {"head", "row", "line"}:
            raise TypeError
        date.fromisoformat(found["as_of"])
        plan_xlsx.affairs(found["facts"])
        plan_xlsx.labelled(found["facts"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as this_entry:
        raise PiaError("計画管理書のデータ（plan.json）の形が正しくありません。") from this_entry
    return dict(found)


def workbook(data: bytes, plan: Mapping[str, Any]) -> Proof:
    """The workbook's visible cells against the facts."""
    facts = plan["facts"]
    heads = plan_xlsx.affair_heads()
    systems = plan_xlsx.system_heads()
    first = _sheet(data, heads, _SHEETS[0])
    second = _sheet(data, systems, _SHEETS[1])
    rows = []
    for row in plan_xlsx.affairs(facts):
        rows.append(DueRow(tuple(map(_due, row)), row[1]))
    named = []
    for name in plan_xlsx.systems(facts):
        named.append(DueRow(tuple(Due((x,)) for x in (name, *[""] * (len(systems) - 1))), name))
    about = {
        "whose": _DATA,
        "missing": "データにある行が、表にありません。",
        "surplus": "データにない行です",
    }
    out = [
        *_above(first.around, facts, plan["title"]),
        *compare(first, rows, heads, **about),
        *compare(second, named, systems, **about),
    ]
    return Proof((*out, *_remarks(second.around, (plan_xlsx.SYSTEMS,))), (), len(first.rows))


def _sheet(data: bytes, heads: Sequence[str], name: str) -> Table:
    found = tables.of_book(data, WORKBOOK, (tuple(heads),), 0, _NO_SHEET, name)
    if found is None:
        raise PiaError(f"{WORKBOOK}：シート「{name}」の表が見付かりません。")
    return found


def _due(text: str) -> Due:
    """Line feeds are put where a cell is too narrow."""
    return Due((text,), lambda cell: _flat(cell.text) == _flat(text))


def _flat(text: str) -> str:
    return text.replace("\n", "")


def _above(cells: Sequence[Cell], facts: Mapping[str, Any], title: str) -> Iterator[str]:
    """Title, remark, and the labels with what they say, each beside its own."""
    due = dict(plan_xlsx.labelled(facts))
    rows: dict[str, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(re.sub(r"[A-Z]+(\d+)$", r"\1", cell.at), []).append(cell)
    left = dict(due)
    lines = [title, plan_xlsx.UNVERIFIED]
    missing = dict.fromkeys(lines)
    for row in rows.values():
        label, *said = row
        missing.pop(label.text, None)
        if label.text in due:
            if said:
                told = said[0]
            else:
                told = Cell("", label.at)
            if _flat(told.text) != _flat(due[label.text]) or len(said) > 1:
                yield difference(told, label.text, due[label.text], _DATA)
            left.pop(label.text, None)
        elif label.text not in lines or said:
            yield f"{label.at}：表の記載{excerpt(label.text, '')}は、{_DATA}にありません。"
    yield from (f"{words}：表にありません。" for words in (*left, *missing))


def _remarks(cells: Sequence[Cell], due: Sequence[str]) -> Iterator[str]:
    yield from (difference(cell, "", due[0], "様式") for cell in cells if cell.text not in due)


def paper(data: bytes, plan: Mapping[str, Any]) -> Proof:
    """The paper's visible rows and lines against those it was printed from, and these against the
    facts.
    """
    read_pdf = pdf.read(data, PAPER)
    printed = plan["paper"]
    heads = set()
    for entry in printed:
        if "head" in entry:
            heads.add(_all(entry["head"]))
    rows: list[Row] = []
    over: list[str] = []
    seen_heads: set[str] = set()
    for page in read_pdf.pages:
        over += [f"{page.number}頁：{words}" for words in page.over]
        made = []
        for boxes in page.rows:
            made.append([box.text if box.text.strip() else "" for box in boxes])
        here = []
        for number, texts in enumerate(made, 1):
            here.append(
                Row(tuple(Cell(text, f"{page.number}頁{number}行目", BLANKS) for text in texts))
            )
        seen_heads |= {_all(texts) for texts in made} & heads
        here = [row for row in here if _all([cell.text for cell in row.cells]) not in heads]
        rows += [
            replace(row, open=page.number > 1 and index == 0) for index, row in enumerate(here)
        ]
    dues = []
    for entry in printed:
        if "row" in entry:
            dues.append(
                DueRow(
                    tuple(Due((str(text),)) for text in entry["row"]),
                    "｜".join(map(str, entry["row"]))[:30],
                )
            )
    width = max((len(due.cells) for due in dues), default=0)
    columns = []
    for index in range(1, width + 1):
        columns.append(f"{index}列目")
    table = Table((), tuple(rows), over=tuple(over))
    out = list(
        compare(
            table,
            dues,
            columns,
            whose=_PRINTED,
            missing="印刷された行が、PDFに見えません。",
            surplus="印刷された行にない行です",
        )
    )
    lines = _all([line for page in read_pdf.pages for line in page.lines])
    out += [
        f"{excerpt(entry['line'], '')}が、PDFに見えません。"
        for entry in printed
        if "line" in entry and _all([entry["line"]]) not in lines
    ]
    out += [f"見出しの行{excerpt(words, '')}が、PDFに見えません。" for words in heads - seen_heads]
    return Proof((*out, *_untold(plan)), (), len(rows))


def _untold(plan: Mapping[str, Any]) -> Iterator[str]:
    """Facts that the paper said when it was printed (a city's own wording may leave some out), and
    that its rows do not say.
    """
    told = _told(plan["paper"])
    for name, value in _facts(plan["facts"]):
        if name in plan["on_paper"] and _all([value]) not in told:
            yield f"{name}：{_DATA}の{excerpt(value, '')}が、印刷された行にありません。"


def _told(printed: Sequence[Mapping[str, Any]]) -> str:
    """All that rows and lines say; what stands in one cell stays apart from what stands in
    another."""
    cells = []
    for entry in printed:
        for value in entry.values():
            for text in [value] if isinstance(value, str) else value:
                cells.append(text)
    return "\x1f".join(_all([cell]) for cell in cells)


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every fact that is a text, by a name of its own."""
    yield from ((name, value) for name, value in facts.items() if isinstance(value, str) and value)
    for number, affair in enumerate(facts["事務一覧"], 1):
        yield from ((f"事務{number}の{name}", value) for name, value in affair.items() if value)


def _all(texts: Sequence[Any]) -> str:
    return re.sub(r"\s", "", "".join(map(str, texts)))
