"""Compares a form definition with an official blank workbook: every label, number, choice and order
that differs.

For whoever holds the commission's blank: the definitions of labels are data and partly unverified,
and this finds what to mend. Knows both, changes neither.
"""

from __future__ import annotations

import re

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml import guard
from ..ooxml.book import Book, BookCell, joined_text, open_book, places_of, rows_of
from . import annex, sections
from .answers import BETWEEN_CELLS, TICK_BOX
from .assign_cells import Owned, assign
from .find_labels import FoundLabel, candidates, find_labels, in_order
from .labels import OPTIONS, Script, is_check, is_hole, script
from .stamps import is_stamp, only_printed, stamp_of

_ITEM = re.compile(r"[(（]?([0-9０-９]{1,2})[)）.．]\s*")


def check_form(data: bytes, form: Form) -> list[Problem]:
    """All differences, in the form's order; [] when the definition agrees with the workbook.
    PiaError when it cannot be opened.
    """
    guard.check(data)
    return guard.in_child(_check, data, form.id)


def confirmed(data: bytes, form: Form) -> dict[str, bool]:
    """The lines of the form that the workbook prints as the definition says: node id → whether a ※
    is printed with its label. PiaError when the workbook cannot be opened.
    """
    guard.check(data)
    return guard.in_child(_confirmed, data, form.id)


def _confirmed(data: bytes, form_id: str) -> dict[str, bool]:
    out: list[Problem] = []
    founds = _compared(data, form_id, out)
    doubted: set[str] = set()
    for problem in out:
        doubted.update(_NODE.findall(problem.sentence))
    marks: dict[str, bool] = {}
    for label in founds:
        if label.token.kind in ("item", "group", "part", "head"):
            printed = any(_MARK.search(cell.text) for cell in label.cells)
            marks[label.token.node.id] = marks.get(label.token.node.id, False) or printed
    return {node: printed for node, printed in marks.items() if node not in doubted}


_NODE = re.compile(r"（([A-Z][A-Za-z0-9-]*)）")
_MARK = re.compile(r"[※＊]")


def _check(data: bytes, form_id: str) -> list[Problem]:
    out: list[Problem] = []
    _compared(data, form_id, out)
    return out


def _compared(data: bytes, form_id: str, out: list[Problem]) -> list[FoundLabel]:
    """The labels found in the workbook; what differs is added to `out`, in the form's order."""
    from ... import forms

    form = forms.load(form_id)
    book = open_book(data)
    annex.take(book)
    lines = script(form)
    cells = in_order(book, lines)
    table = form.change_table
    apart: frozenset[tuple[int, int, int]] = frozenset()
    if table:
        apart = frozenset(places_of(sections.change_cells(table, cells)))
    founds, _ = find_labels(book, lines, cells, apart)
    apart |= sections.inner_cells(form, founds, cells)
    founds, problems = find_labels(book, lines, cells, apart)
    out += problems
    ids, _ = stamp_of(book)
    if form.id not in ids and "stamp" in form.by_role:
        out.append(
            Problem(
                "stamp",
                f"表紙の版が「{'、'.join(ids) or 'なし'}」です。様式の定義は「{form.id}」です。",
            )
        )
    owned = assign(founds, cells, apart | places_of(filter(is_stamp, cells)))
    out += _wording(book, founds)
    out += _order(book, lines, cells, founds, apart)
    out += _missing(lines, founds)
    out += _columns(book, form, cells)
    out += _choices(book, founds, owned)
    for stranger in dict.fromkeys([*owned.doubtful, *owned.strangers]):
        if stranger.text.strip() and not only_printed(stranger):
            out.append(
                Problem(
                    "not_in_form",
                    f"「{_flat(stranger.text)}」は様式の定義にありません。",
                    book.where(stranger),
                    "warning",
                )
            )
    return founds


def _flat(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) <= 60:
        return flat
    return flat[:59] + "…"


def _wording(book: Book, founds: list[FoundLabel]) -> list[Problem]:
    """Labels whose letters or number differ."""
    out = []
    for label in founds:
        token = label.token
        if token.prefix or token.kind in ("note", "title"):
            continue
        if len(label.cells) > 1:
            printed = folded(joined_text(label.cells))
        else:
            printed = folded(label.cells[0].text.removesuffix(label.tail))
        printed = re.sub(r"[※*](\(.*\))?$", "", printed)
        want = folded(token.printed)
        if printed != want:
            code = "label"
            what = "項目名"
            if printed.endswith(folded(token.label)):
                code = "number"
                what = "番号"
            out.append(
                Problem(
                    code,
                    f"{what}が違います。ブック「{_flat(printed)}」、様式の定義「{want}」"
                    f"（{token.node.id}）。",
                    book.where(label.cells[0]),
                )
            )
    return out


def _order(
    book: Book,
    lines: Script,
    cells: list[BookCell],
    founds: list[FoundLabel],
    apart: frozenset[tuple[int, int, int]],
) -> list[Problem]:
    """Labels that stand in the workbook, but not where the form has them."""
    known = set()
    used: set[tuple[int, int, int]] = set()
    for label in founds:
        known.add(label.token.index)
        used |= places_of(label.cells)
    out = []
    for best, *_ in candidates(lines, cells, apart | used).values():
        token = lines.tokens[best.match.token]
        if token.index not in known and best.match.weight >= 1.0 and token.kind != "note":
            out.append(
                Problem(
                    "order",
                    f"項目「{token.printed}」（{token.node.id}）の位置が様式の定義と違います。",
                    book.where(best.first),
                )
            )
            known.add(token.index)
    return out


def _missing(lines: Script, founds: list[FoundLabel]) -> list[Problem]:
    """Labels of the form that do not stand in the workbook; other labels of a line that does are no
    loss.
    """
    known = {label.token.node.id for label in founds}
    out = []
    for token in lines.tokens:
        if token.required and token.node.id not in known and token.node.kind != "table":
            out.append(
                Problem(
                    "missing",
                    f"様式の定義にある項目「{token.printed}」（{token.node.id}）が、"
                    "ブックにありません。",
                )
            )
    return out


def _columns(book: Book, form: Form, cells: list[BookCell]) -> list[Problem]:
    """The heading of 変更箇所 against the form's columns."""
    table = form.change_table
    if table is None:
        return []
    row = next((row for row in rows_of(cells) if sections.table_header(table, row)), None)
    if row is None:
        return []
    printed = [folded(cell.text) for cell in row]
    if printed == list(map(folded, table.columns)):
        return []
    return [
        Problem(
            "columns",
            f"変更箇所の見出しが違います（ブック：{'・'.join(printed)}）。",
            book.where(row[0]),
        )
    ]


def _choices(book: Book, founds: list[FoundLabel], owned: Owned) -> list[Problem]:
    """Printed options against the form's, once per item."""
    out: list[Problem] = []
    seen: set[str] = set()
    for index, label in enumerate(founds):
        line = label.token.node
        cells = owned.of[index]
        if label.token.kind != "item" or line.id in seen or not line.options or not cells:
            continue
        seen.add(line.id)
        if line.kind == "choice_one":
            printed = _listed(cells)
        else:
            printed = _boxed(line, cells)
        want = [folded(option.label) for option in line.options]
        if printed != want:
            difference = _difference(printed, want)
            sentence = f"「{line.label}」（{line.id}）の選択肢が違います（{difference}）。"
            out.append(Problem("choices", sentence, book.where(cells[0])))
    return out


def _difference(printed: list[str], want: list[str]) -> str:
    """What two lists of options do not have in common."""
    gone = []
    for option in want:
        if option not in printed:
            gone.append(option)
    new = []
    for option in printed:
        if option not in want:
            new.append(option)
    parts = []
    if gone:
        parts.append("ブックにない：" + "・".join(gone))
    if new:
        parts.append("定義にない：" + "・".join(new))
    return "、".join(parts) or "順序が違う"


def _listed(cells: list[BookCell]) -> list[str]:
    """The options of a printed ＜選択肢＞ list in the order of their numbers, folded."""
    listed = cells
    for head in cells:
        if folded(head.text).startswith(folded(OPTIONS)):
            listed = []
            for cell in cells:
                if cell.row >= head.row and cell.col >= head.col:
                    listed.append(cell)
            break
    options: dict[int, str] = {}
    for cell in listed:
        pieces = _ITEM.split(cell.text)
        for number, text in zip(pieces[1::2], pieces[2::2]):
            options.setdefault(int(number), folded(text))
    return [text for _, text in sorted(options.items())]


def _boxed(line: FormNode, cells: list[BookCell]) -> list[str]:
    """The options behind check boxes, folded, free text gaps as the form has them."""
    inner = []
    for child in line.children:
        if is_check(child) or is_hole(child):
            inner.append(folded(child.label))
    stream = joined_text(cells, BETWEEN_CELLS)
    # Where one box ends and the next begins; the boxes themselves are no words.
    starts = [box.end() for box in TICK_BOX.finditer(stream)]
    ends = [box.start() for box in TICK_BOX.finditer(stream)]
    out = []
    for start, end in zip(starts, [*ends[1:], len(stream)]):
        text = folded(stream[start:end].replace(BETWEEN_CELLS, ""))
        option = re.sub(r"\([\s　]*\)", "()", text)
        if option and not any(label in option for label in inner):
            out.append(option)
    return out
