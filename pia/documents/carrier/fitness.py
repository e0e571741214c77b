"""Whether a workbook can carry documents of a form: a document that answers every item is filled in
and read back.

Knows which mismatches matter: an item of the form with no place in the workbook is an error, other
differences (wording, numbers, order) are named as warnings, because the reader copes with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError, Problem
from ..ooxml import guard
from ..workbook_in import form_check
from . import filler


def check(data: bytes, form: Form) -> list[Problem]:
    """Every mismatch, what is fatal for filling with level "error".

    PiaError when the workbook cannot be opened.
    """
    guard.check(data)
    try:
        filled = filler.fill(data, probe(form), form)
    except PiaError as error:
        return [Problem("carrier.unfit", str(error))]
    differs = []
    for problem in form_check.check_form(data, form):
        differs.append(replace(problem, level="warning"))
    return [*map(_unfit, filled.errors), *differs]


def _unfit(p: Problem) -> Problem:
    """What went wrong with the example, said of the workbook."""
    field_name = p.sentence.partition("」は、")[0] + "」の記載欄"
    if p.code == "carrier.nowhere":
        return Problem(
            p.code,
            f"{field_name}が、ワークブックに見つかりません。項目名と欄が様式のとおりか確かめてください。",
            p.where,
        )
    if p.code == "carrier.unwritten":
        return Problem(
            p.code,
            f"{field_name}に例を書き込むと、違う内容に読まれます。"
            "項目名と欄が様式のとおりか確かめてください。",
            p.where,
        )
    return p


def probe(form: Form) -> Tree:
    """A document with one answer to every item, and one entry of every repeat."""
    out: list[tuple[Path, Any]] = []

    def visit(line: FormNode, path: Path) -> None:
        here = (*path, line.key)
        if line.answerable and not line.prints_stamp:
            out.append((here, _answer(line)))
        for below in line.children:
            visit(below, (*here, "probe") if line.repeated else here)

    for part in form.parts:
        visit(part, ())
    return items.build(form, out)


def _answer(line: FormNode) -> Any:
    """An answer of each kind that shows where it was written."""
    if line.kind in _EXAMPLES:
        return _EXAMPLES[line.kind]
    if line.kind == "figure":
        return {"shapes": [{"type": "box", "text": "記入例", "x": 0, "y": 0, "w": 80, "h": 30}]}
    if line.kind == "choice_one":
        return line.options[0].label
    if line.kind == "choice_many":
        return [{option.label: "例"} if option.free else option.label for option in line.options]
    if line.kind == "table" and line.procedure:
        return [[f"記入例{index}" for index in range(len(line.columns))]]
    if line.kind == "table":
        return [["記入例"]]
    if _names_a_file(line):
        return "記入例ファイル"
    return f"記入例（{line.id}）"


def _names_a_file(line: FormNode) -> bool:
    if not line.label.startswith("特定個人情報ファイル"):
        return False
    for parent in line.parents:
        if parent.named_by == line.id and (parent.shares or parent.repeated):
            return True
    return False


_EXAMPLES = {"number": "7", "date": "令和6年4月1日", "yes_no": True}
