"""概要版: two pages that say what changes and why, for residents and members. A strip of the steps
and bars of the places are drawn with tables, so Word and PDF show the same and both read in black
and white.

Knows how it is laid out. Must not know where the facts come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..word.model import Item, PaperCell, PaperTable, Para, Run, WrittenPaper, cell, para

_SHADES = {"done": "D5DEE8", "now": "FFE9B8", "later": "", "stopped": ""}
_MARKS = {"done": "済み", "now": "今ここ", "later": "これから", "stopped": "取下げ"}
_HEAD = "E4E9EF"
_MOST = 24  # squares a bar may have


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step of the procedure with its day in words; `where` is done, now or later (stopped:
    withdrawn there)."""

    name: str
    day: str
    where: str


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """One change (shared ones once): where it stands and in which documents, what it does, why in
    plain words, and what is worth a look.
    """

    place: str
    documents: str
    what: str
    why: str
    look: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of changes and what was changed for it."""

    name: str
    changes: tuple[ChangeSummary, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """`documents` are (number or empty, name, places per reason)."""

    title: str
    office: str
    lead: str
    steps: tuple[StepSummary, ...]
    documents: tuple[tuple[str, str, Mapping[str, int]], ...]
    reasons: tuple[Reason, ...]
    closing: tuple[str, ...]


def sheet(summary: Summary) -> WrittenPaper:
    """The summary as a paper of about two pages: steps, numbers of places, changes by reason."""
    items: list[Item] = [
        para(summary.title, bold=True, size=15.0, align="center", after=4.0, level=1),
        para(summary.office, align="right"),
        para(summary.lead, before=4.0),
    ]
    if summary.steps:
        items += [_heading("手続の流れ"), _strip(summary.steps)]
    items += [_heading("変わるところの数"), *_bars(summary)]
    for number, reason in enumerate(summary.reasons, 1):
        items += [_heading(f"{number}　{reason.name}"), _changes(reason.changes)]
    if summary.closing:
        items.append(_heading("あわせてお知らせすること"))
        for words in summary.closing:
            items.append(Para((Run(f"・{words}"),), left=9.5, first=-9.5))
    return WrittenPaper(summary.title, tuple(items), size=9.5)


def _heading(words: str) -> Para:
    return para(words, bold=True, size=11.0, before=8.0, after=2.0, level=2, keep=True)


def _strip(steps: Sequence[StepSummary]) -> PaperTable:
    """One box a step: its name, its day, and in words whether it is done."""
    width = 481.0 / len(steps)
    boxes = []
    for number, step in enumerate(steps, 1):
        lines = (
            Para((Run(f"{number}"),), "center"),
            Para((Run(step.name, bold=True),), "center"),
            para(step.day or "－", size=8.5, align="center"),
            Para((Run(_MARKS[step.where], step.where == "now", False, 8.5),), "center"),
        )
        boxes.append(PaperCell(lines, _SHADES[step.where]))
    return PaperTable((width,) * len(steps), (tuple(boxes),), boxes=True)


def _bars(summary: Summary) -> list[Item]:
    """A row a document, a column a reason, each place a square."""
    names = [reason.name for reason in summary.reasons]
    numbered = any(number for number, _, _ in summary.documents)
    first = 0.0
    if numbered:
        first = 52.0
    column = (481.0 - 150.0 - first - 40.0) / max(1, len(names))
    widths = [150.0, *[column] * len(names), 40.0]
    head = list(map(_head, ("評価書", *names, "計")))
    rows = [head]
    for _, name, counts in summary.documents:
        bars = [cell(_bar(counts.get(reason, 0))) for reason in names]
        rows.append([cell(name), *bars, cell(str(sum(counts.values())), align="right")])
    totals = _totals(summary, names)
    sums = []
    for total in totals:
        sums.append(cell(str(total) if total else "－", bold=True))
    whole = cell(str(sum(totals)), bold=True, align="right")
    rows.append([cell("合計", bold=True), *sums, whole])
    if numbered:
        widths.insert(0, first)
        numbers = [number for number, _, _ in summary.documents]
        head.insert(0, _head("資料"))
        for row, number in zip(rows[1:], [*numbers, ""]):
            row.insert(0, cell(number))
    grid = PaperTable(tuple(widths), tuple(map(tuple, rows)), heads=1)
    return [grid, para("■は、変わる箇所1つを表します。", size=8.5)]


def _totals(summary: Summary, names: Sequence[str]) -> list[int]:
    """The places of each reason, over all documents."""
    totals = []
    for name in names:
        totals.append(sum(counts.get(name, 0) for _, _, counts in summary.documents))
    return totals


def _bar(count: int) -> str:
    """A square for every place, as far as they fit, and their number."""
    if count > _MOST:
        return f"{'■' * _MOST}… {count}"
    if count:
        return f"{'■' * count} {count}"
    return "－"


def _head(words: str) -> PaperCell:
    return cell(words, bold=True, shade=_HEAD, align="center")


def _changes(changes: Sequence[ChangeSummary]) -> PaperTable:
    """A row a change."""
    rows = [tuple(map(_head, ("どこが", "何が変わるか", "なぜ", "見ていただきたいこと")))]
    for change in changes:
        where = [para(change.place, bold=True)]
        for document in filter(None, change.documents.split("\n")):
            where.append(para(document, size=8.5))
        texts = (cell(change.what), cell(change.why), cell(change.look))
        rows.append((PaperCell(tuple(where)), *texts))
    return PaperTable((122.0, 108.0, 137.0, 114.0), tuple(rows), heads=1)
