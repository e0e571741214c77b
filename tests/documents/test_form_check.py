"""A form definition against a blank workbook: nothing to say where they agree, every difference
where they do not."""

from __future__ import annotations

import random

import pytest

from pia import forms
from pia.documents.workbook_in import form_check
from pia.documents.workbook_out import writer
from pia.domain.document.tree import Tree
from tests.documents import foreign
from tests.documents.books import edited

ALL = "all_item@平成30年5月"


@pytest.mark.parametrize("form_id", forms.known())
def test_a_blank_of_the_same_form_has_no_difference(form_id: str) -> None:
    form = forms.load(form_id)
    assert form_check.check_form(writer.write(Tree(form_id), form, title="x"), form) == []


@pytest.mark.parametrize(
    "habits", [set(), {"split", "brackets"}, {"one_sheet", "dense"}, {"broken", "narrow", "tall"}]
)
def test_another_layout_of_the_same_form_has_no_difference(habits: set[str]) -> None:
    blank = foreign.Writer(random.Random(3), Tree(ALL), habits).write()
    assert form_check.check_form(blank, forms.load(ALL)) == []


def changed(old: str, new: str | None) -> bytes:
    def edit(book) -> None:
        for ws in book.worksheets[:-1]:
            for row in ws.iter_rows():
                for c in row:
                    if isinstance(c.value, str) and old in c.value:
                        c.value = c.value.replace(old, new) if new is not None else None
                        return
        raise AssertionError(old)

    return edited(writer.write(Tree(ALL), forms.load(ALL), title="x"), edit)


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("④入手に係る妥当性", "④入手の妥当性", "label", "II-3-4"),
        ("⑤本人への明示", "⑥本人への明示", "number", "II-3-5"),
        ("3) 未定", "3) 検討中", "choices", "検討中"),
        ("[　] 専用線", "[　] 専用の線", "choices", "専用の線"),
        ("③消去方法", None, "missing", "II-6-3"),
        ("提出時期に係る説明", "説明", "columns", "説明"),
        ("様式4]", "様式3]", "stamp", "key_item"),
    ],
)
def test_each_difference_is_named(old: str, new: str | None, code: str, words: str) -> None:
    problems = form_check.check_form(changed(old, new), forms.load(ALL))
    assert code in {p.code for p in problems} and words in next(
        p.sentence for p in problems if p.code == code
    )


def test_the_blank_of_a_later_version_differs_only_where_it_is_known_to() -> None:
    later = writer.write(
        Tree("all_item@令和6年10月"), forms.load("all_item@令和6年10月"), title="x"
    )
    problems = form_check.check_form(later, forms.load(ALL))
    assert {p.code for p in problems} == {"stamp", "choices"}
    assert "5情報" in next(p.sentence for p in problems if p.code == "choices")
