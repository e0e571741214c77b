"""The city's own workbook filled: what is written reads back, what was not meant stays byte for
byte, and nothing goes missing unsaid."""

from __future__ import annotations

import random
from itertools import cycle
from typing import Any

import pytest

from pia import forms
from pia.documents.carrier import filler
from pia.documents.carrier.places import says, wanted
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.form import Form
from pia.domain.document.tree import Tree
from tests.documents import foreign
from tests.documents.books import by_place, parts
from tests.domain.trees import a_tree

ALL = "all_item@平成30年5月"
FORMS = [ALL, "key_item@平成30年5月", "basic_item@令和6年10月", "all_item@令和6年10月"]


def another(form: Form, seed: int) -> Tree:
    return items.build(form, foreign.answers(random.Random(seed), form).items())


def same(data: bytes, tree: Tree) -> bool:
    form = forms.load(tree.form)
    return by_place(reader.read(data, form, child=False).tree, form) == by_place(tree, form)


@pytest.mark.parametrize("habit", foreign.HABITS)
def test_each_habit_alone_takes_another_citys_document(habit: str) -> None:
    _, book, _ = foreign.make(7, habits={habit})
    form = forms.load(ALL)
    tree = another(form, 70)
    carrier = filler.fill(book, tree, form, child=False)
    assert {p.code for p in carrier.problems} <= {"carrier.unbroken"}
    assert same(carrier.data, tree)


@pytest.mark.parametrize(("seed", "form_id"), list(zip(range(1, 16, 2), cycle(FORMS[1::2]))))
def test_habits_together_in_a_filled_workbook(seed: int, form_id: str) -> None:
    form = forms.load(form_id)
    tree = another(form, 1_000 + seed)
    _, book, _ = foreign.make(seed, form.id)
    carrier = filler.fill(book, tree, form, child=False)
    assert not carrier.errors
    assert same(carrier.data, tree)


@pytest.mark.parametrize(("seed", "form_id"), list(zip(range(0, 16, 2), cycle(FORMS[::2]))))
def test_habits_together_in_an_empty_workbook(seed: int, form_id: str) -> None:
    form = forms.load(form_id)
    tree = another(form, 1_000 + seed)
    rng = random.Random(seed)
    habits = set(rng.sample(foreign.HABITS, rng.randint(0, 7)))
    book = foreign.Writer(rng, Tree(form.id), habits).write()
    carrier = filler.fill(book, tree, form, child=False)
    assert not carrier.errors
    assert same(carrier.data, tree)


@pytest.mark.parametrize(("seed", "form_id"), list(zip(range(8), cycle(FORMS))))
def test_a_workbook_that_says_so_already_is_not_touched_at_all(seed: int, form_id: str) -> None:
    tree, book, _ = foreign.make(seed, form_id)
    assert filler.fill(book, tree, forms.load(tree.form), child=False).data == book


def test_only_the_sheet_of_a_changed_answer_changes_and_only_its_cell() -> None:
    tree, book, _ = foreign.make(3, habits=set())
    form = forms.load(ALL)
    answers = dict(items.answers(tree))
    answers["I", "1", "1"] = "新しい事務の名称 <&> _x0041_"
    carrier = filler.fill(book, items.build(form, answers.items()), form, child=False).data
    before, after = parts(book), parts(carrier)
    changed = [name for name in before if before[name] != after[name]]
    assert (
        list(before) == list(after)
        and len(changed) == 1
        and changed[0].startswith("xl/worksheets/sheet")
    )
    a, b = before[changed[0]].decode(), after[changed[0]].decode()
    head = next(i for i, (x, y) in enumerate(zip(a, b)) if x != y)
    tail = next(i for i, (x, y) in enumerate(zip(reversed(a), reversed(b))) if x != y)
    assert (
        a[head - 10 : len(a) - tail].count("<c ") <= 1
        and "_x005F_x0041_" in b[head : len(b) - tail]
    )


def test_equal_input_gives_equal_bytes() -> None:
    _, book, _ = foreign.make(5)
    tree = another(forms.load(ALL), 9)
    assert (
        filler.fill(book, tree, forms.load(ALL), child=False).data
        == filler.fill(book, tree, forms.load(ALL), child=False).data
    )


@pytest.mark.parametrize("form_id", [f for f in forms.known() if not f.startswith("plan")])
def test_our_own_layout_as_a_carrier_takes_any_document(form_id: str) -> None:
    form = forms.load(form_id)
    for seed in range(2):
        rng = random.Random(seed)
        book = writer.write(
            Tree(form_id) if seed else a_tree(rng, form_id, 0.4), form, title="台紙"
        )
        tree = without_stamp(a_tree(rng, form_id, 0.3), form)
        carrier = filler.fill(book, tree, form, child=False)
        assert same(carrier.data, tree) or carrier.errors
        assert {p.code for p in carrier.errors} <= {"carrier.unwritten", "carrier.nowhere"} and len(
            carrier.errors
        ) <= 3


def without_stamp(tree: Tree, form: Form) -> Tree:
    return items.build(form, [(p, a) for p, a in items.answers(tree) if p != ("C", "8")])


def test_what_has_no_place_is_named_with_item_and_said() -> None:
    form = forms.load(ALL)
    book = _without(foreign.Writer(random.Random(3), Tree(ALL), set()).write(), "③消去方法")
    tree = items.build(
        form, [(("II", "a", "1"), "国保ファイル"), (("II", "a", "6", "3"), "裁断する。")]
    )
    carrier = filler.fill(book, tree, form, child=False)
    assert [p.code for p in carrier.errors] == ["carrier.nowhere"] and "消去方法" in carrier.errors[
        0
    ].sentence


def _without(data: bytes, label: str) -> bytes:
    from tests.documents.books import edited

    def edit(book: Any) -> None:
        for ws in book.worksheets:
            for row in ws.iter_rows():
                for c in row:
                    if isinstance(c.value, str) and c.value.startswith(label):
                        c.value = None

    return edited(data, edit)


def test_places_agree_with_the_reader_about_equal_answers() -> None:
    tree, book, _ = foreign.make(11)
    form = forms.load(ALL)
    want, spaces = wanted(tree, form)
    back, _ = wanted(reader.read(book, form, child=False).tree, form)
    assert not spaces and set(want) == set(back)
    assert all(says(w.line, back[k].value, w.value) for k, w in want.items())
