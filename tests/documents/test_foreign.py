"""Official workbooks nobody here wrote, in many habits of layout: the right tree, and nothing
dropped in silence."""

from __future__ import annotations

import pytest

from pia import forms
from pia.documents.workbook_in import reader
from tests.documents import foreign
from tests.documents.books import by_place

FORMS = [
    "all_item@平成30年5月",
    "key_item@平成30年5月",
    "basic_item@令和6年10月",
    "all_item@令和6年10月",
]


@pytest.mark.parametrize("habit", foreign.HABITS)
def test_each_habit_alone(habit: str) -> None:
    tree, data, _ = foreign.make(7, habits={habit})
    reading = reader.read(data, child=False)
    assert reading.form == tree.form
    assert by_place(reading.tree, forms.load(tree.form)) == by_place(tree, forms.load(tree.form))
    assert {p.code for p in reading.problems} <= {"inherited"}


@pytest.mark.parametrize("seed", range(24))
def test_habits_together(seed: int) -> None:
    tree, data, habits = foreign.make(seed, FORMS[seed % 4])
    reading = reader.read(data, child=False)
    assert not reading.errors, (habits, reading.errors[:3])
    assert by_place(reading.tree, forms.load(tree.form)) == by_place(tree, forms.load(tree.form)), (
        habits
    )
    assert {p.code for p in reading.problems} <= {"inherited", "unread_cell"}, habits
