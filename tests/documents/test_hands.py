"""Twelve workbooks of four hands: all of them are read, and nothing is misread in silence."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from pia import forms
from pia.documents.workbook_in import reader
from pia.domain.document import items
from pia.domain.document.tree import Tree
from tests.documents import foreign, hands
from tests.documents.books import by_place, edited

ALLOWED = {"inherited", "joined", "unread_cell", "beside", "struck", "hidden_copy"}


def figures_of(tree: Tree) -> list[tuple[str, list[str], str]]:
    """(caption, lines, remarks) of each figure."""
    found: dict[str, dict[str, object]] = {}
    for path, answer in items.answers(tree):
        if path[0] == "B1":
            found.setdefault(path[2], {})[path[3]] = answer
    out = []
    for figure in found.values():
        shapes = figure.get("1")
        lines = [shape["text"] for shape in shapes["shapes"]] if isinstance(shapes, dict) else []
        out.append((str(figure.get("0", "")), lines, str(figure.get("2", ""))))
    return out


@pytest.mark.parametrize(("hand", "number"), hands.BOOKS)
def test_a_book_of_another_hand_is_read_whole(hand: str, number: int) -> None:
    book = hands.make(hand, number)
    reading = reader.read(book.data, child=False)
    errors = [str(problem) for problem in reading.errors]
    assert errors == []
    form = forms.load(book.tree.form)
    read = by_place(reading.tree, form)
    if book.figures:
        drawn = figures_of(reading.tree)
        assert drawn == book.figures
        read = {path: answer for path, answer in read.items() if path[0] != "B1"}
    expected = by_place(book.tree, form)
    assert read == expected
    said = Counter(problem.code for problem in reading.problems)
    assert {code: said[code] for code in book.said} == book.said
    assert set(said) <= ALLOWED


def test_there_are_twelve_of_four_hands() -> None:
    assert len(hands.BOOKS) == 12 and len({hand for hand, _ in hands.BOOKS}) == 4
    extras = {extra for _, extra in hands.HANDS.values() for extra in extra}
    assert extras == {"figures", "notes", "copy", "struck"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [(13, "General"), (13, '"（"0"）件"'), (13, '#,##0"件"')],
)
def test_a_count_typed_as_a_number_is_the_count(typed: int, code: str) -> None:
    """（　）件 of the form, with a number typed over it."""
    form = forms.load(hands.ALL)
    answers = foreign.answers(random.Random(5), form)
    path = next(path for path in answers if path[-1] == "n")
    tree = items.build(form, {**answers, path: "12"}.items())

    def type_over(book: Workbook) -> None:
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value == "（ 12 ）件":
                        cell.value = typed
                        cell.number_format = code

    data = edited(foreign.Writer(random.Random(1), tree, set()).write(), type_over)
    read = reader.read(data, child=False).tree
    counts = [answer for path, answer in items.answers(read) if path[-1] == "n"]
    assert "13" in counts


def test_values_typed_as_numbers_days_and_switches_are_what_their_cells_show() -> None:
    base = Path(__file__).parent / "cases" / "strike" / "base.xlsx"
    shown = {
        "1,234,567人": (1_234_567, '#,##0"人"'),
        "12.5%": (0.125, "0.0%"),
        "令和6年7月24日": (datetime(2024, 7, 24), '[$-411]ggge"年"m"月"d"日"'),
        "TRUE": (True, "General"),
    }
    for words, (typed, code) in shown.items():

        def type_in(book: Workbook, typed: Any = typed, code: str = code) -> None:
            cell = book["Ⅰ関連情報"]["D20"]
            cell.value = typed
            cell.number_format = code

        tree = reader.read(edited(base.read_bytes(), type_in), child=False).tree
        assert words in [answer for _, answer in items.answers(tree)]
