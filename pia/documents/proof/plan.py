"""The 計画管理書 as a bundle holds it: its facts as data, and whether workbook and paper show,
where people read them, what the data say.

Knows the workbook's places by their labels; of the paper (which may be a city's own wording) the
rows and lines it was printed from. Must not know the records. Serves 規則第3条: what was submitted
with every assessment, and as of which day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    SeenRow,
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
_PRINTED_KINDS = frozenset(("head", "row", "line"))
_NO_SHEET = "hidden sheets are not used"


def write(facts: Mapping[str, Any], sheet: WrittenPaper, title: str, day: date) -> bytes:
    """The facts, and the rows and lines of the paper printed from them, as JSON bytes. Equal input
    gives equal bytes.
    """
    printed = list(_printed(sheet))
    words = _all_said(printed)
    data = {
        "format": FORMAT,
        "as_of": day.isoformat(),
        "title": title,
        "facts": dict(facts),
        "paper": printed,
        "on_paper": [name for name, value in _facts(facts) if _all([value]) in words],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _printed(sheet: WrittenPaper) -> Iterator[dict[str, Any]]:
    for item in sheet.items:
        if isinstance(item, PaperTable):
            for index, row in enumerate(item.rows):
                kind = "row"
                if index < item.heads:
                    kind = "head"
                yield {kind: [cell.text for cell in row]}
        elif isinstance(item, Para) and item.text.strip():
            yield {"line": item.text}


def read(data: bytes) -> dict[str, Any]:
    """The data of a plan. PiaError when they have another shape."""
    try:
        plan = json.loads(data)
        if plan["format"] != FORMAT or not all(isinstance(text, str) for text in _texts(plan)):
            raise TypeError
        if not all(map(_PRINTED_KINDS.issuperset, plan["paper"])):
            raise TypeError
        date.fromisoformat(plan["as_of"])
        plan_xlsx.affairs(plan["facts"])
        plan_xlsx.labelled(plan["facts"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PiaError("計画管理書のデータ（plan.json）の形が正しくありません。") from error
    return dict(plan)


def _texts(plan: Mapping[str, Any]) -> Iterator[Any]:
    """All that must be a text."""
    for name, value in plan["facts"].items():
        if name != "事務一覧":
            yield value
    for affair in plan["facts"]["事務一覧"]:
        yield from affair.values()
    yield from plan["on_paper"]
    yield plan["title"]
    yield plan["as_of"]


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
    blank = (Due(("",)),) * (len(systems) - 1)
    named = []
    for name in plan_xlsx.systems(facts):
        named.append(DueRow((Due((name,)), *blank), name))
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
    table = tables.of_book(data, WORKBOOK, (tuple(heads),), 0, _NO_SHEET, name)
    if table is None:
        raise PiaError(f"{WORKBOOK}：シート「{name}」の表が見付かりません。")
    return table


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
    unseen = dict.fromkeys(due)
    lines = [title, plan_xlsx.UNVERIFIED]
    missing = dict.fromkeys(lines)
    for label, *values in rows.values():
        missing.pop(label.text, None)
        if label.text in due:
            if values:
                value = values[0]
            else:
                value = Cell("", label.at)
            if _flat(value.text) != _flat(due[label.text]) or len(values) > 1:
                yield difference(value, label.text, due[label.text], _DATA)
            unseen.pop(label.text, None)
        elif label.text not in lines or values:
            yield f"{label.at}：表の記載{excerpt(label.text, '')}は、{_DATA}にありません。"
    for words in (*unseen, *missing):
        yield f"{words}：表にありません。"


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
    rows: list[SeenRow] = []
    over: list[str] = []
    seen_heads: set[str] = set()
    for page in read_pdf.pages:
        over += page.laid_over()
        begins = page.number > 1
        for row in _page_rows(page):
            words = _all([cell.text for cell in row.cells])
            if words in heads:
                seen_heads.add(words)
            else:
                rows.append(replace(row, open=begins))
                begins = False
    dues = []
    for entry in printed:
        if "row" in entry:
            dues.append(_printed_row(entry["row"]))
    differences = compare(
        Table((), tuple(rows), over=tuple(over)),
        dues,
        _numbered_columns(dues),
        whose=_PRINTED,
        missing="印刷された行が、PDFに見えません。",
        surplus="印刷された行にない行です",
    )
    unseen = _unseen(read_pdf, printed, heads - seen_heads)
    return Proof((*differences, *unseen, *_untold(plan)), (), len(rows))


def _page_rows(page: pdf.PdfPage) -> Iterator[SeenRow]:
    """The rows of a page, heads among them; a box that holds blanks alone is empty."""
    for number, boxes in enumerate(page.rows, 1):
        at = f"{page.number}頁{number}行目"
        yield SeenRow(
            tuple(Cell(box.text if box.text.strip() else "", at, BLANKS) for box in boxes)
        )


def _printed_row(texts: Sequence[Any]) -> DueRow:
    """What the paper must say of a row it was printed from."""
    words = tuple(map(str, texts))
    return DueRow(tuple(Due((text,)) for text in words), "｜".join(words)[:30])


def _numbered_columns(dues: Sequence[DueRow]) -> list[str]:
    """Columns of a table whose heads are not its names: 1列目, 2列目 …"""
    width = max((len(due.cells) for due in dues), default=0)
    return [f"{column}列目" for column in range(1, width + 1)]


def _unseen(
    read_pdf: pdf.PdfDocument, printed: Sequence[Mapping[str, Any]], heads: Iterable[str]
) -> Iterator[str]:
    """Lines the paper was printed from and does not show, and rows of heads it does not show."""
    lines = "".join(_all(page.lines) for page in read_pdf.pages)
    for entry in printed:
        if "line" in entry and _all([entry["line"]]) not in lines:
            yield f"{excerpt(entry['line'], '')}が、PDFに見えません。"
    for words in heads:
        yield f"見出しの行{excerpt(words, '')}が、PDFに見えません。"


def _untold(plan: Mapping[str, Any]) -> Iterator[str]:
    """Facts that the paper said when it was printed (a city's own wording may leave some out), and
    that its rows do not say.
    """
    words = _all_said(plan["paper"])
    for name, value in _facts(plan["facts"]):
        if name in plan["on_paper"] and _all([value]) not in words:
            yield f"{name}：{_DATA}の{excerpt(value, '')}が、印刷された行にありません。"


def _all_said(printed: Sequence[Mapping[str, Any]]) -> str:
    """All that rows and lines say; what stands in one cell stays apart from what stands in
    another."""
    cells: list[str] = []
    for entry in printed:
        for value in entry.values():
            cells += [value] if isinstance(value, str) else value
    return "\x1f".join(_all([cell]) for cell in cells)


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every fact that is a text, by a name of its own."""
    for name, value in facts.items():
        if isinstance(value, str) and value:
            yield name, value
    for number, affair in enumerate(facts["事務一覧"], 1):
        for name, value in affair.items():
            if value:
                yield f"事務{number}の{name}", value


def _all(texts: Sequence[Any]) -> str:
    return re.sub(r"\s", "", "".join(map(str, texts)))
