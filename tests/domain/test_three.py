"""Three versions side by side: which step changed an item, also where it was put back or moved."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.change.three_versions import interdiff, item_of, three
from pia.domain.document import items
from pia.domain.document.tree import Tree

from .trees import FORM, pairs

form = forms.load(FORM)
A, B, C, D = (("II", "file-a", "6", "1"), ("IV", "1", "1"), ("IV", "2"), ("II", "file-b", "6", "1"))


def doc(answers: dict[tuple[str, ...], str]) -> Tree:
    return items.build(form, answers.items())


def some_text(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a text item at or below a path."""
    line = form.at(path)[0]
    assert line is not None
    while line.kind != "text":
        line = line.children[0]
        path = (*path, line.key)
    return path


P, Q, R = some_text(A), some_text(B), some_text(C)


def test_each_item_names_its_step() -> None:
    published = doc({P: "施錠する。", Q: "点検する。", R: "記録する。"})
    consulted = doc({P: "施錠し、警備する。", Q: "点検する。", R: "記録し、保存する。"})
    final = doc({P: "施錠し、警備する。", Q: "毎年点検する。", R: "記録する。"})
    lines = {x.path: x for x in three(published, consulted, final)}
    assert {p: x.step for p, x in lines.items()} == {P: "first", Q: "second", R: "back"}
    assert lines[P].texts == ("施錠する。", "施錠し、警備する。", "施錠し、警備する。")
    assert lines[R].texts == ("記録する。", "記録し、保存する。", "記録する。")


def test_changed_in_both_steps_and_missing_in_one() -> None:
    lines = three(
        doc({P: "甲とする。"}), doc({P: "乙とする。", Q: "新設する。"}), doc({P: "丙とする。"})
    )
    assert {x.path: (x.step, x.texts) for x in lines} == {
        P: ("both", ("甲とする。", "乙とする。", "丙とする。")),
        Q: ("back", (None, "新設する。", None)),
    }


@given(pairs(), st.booleans())
def test_steps_agree_with_the_two_comparisons(pair: tuple[Tree, Tree], back: bool) -> None:
    a, b = pair
    c = a if back else b
    lines = three(a, b, c)
    assert {x.step for x in lines} <= ({"back"} if back else {"first"})
    assert sum(len(x.first) for x in lines) == len(compare(a, b).changes)
    assert sum(len(x.second) for x in lines) == len(compare(b, c).changes)


def test_interdiff_of_two_rounds() -> None:
    base = doc({P: "施錠する。", Q: "点検する。"})
    first = compare(base, doc({P: "施錠し、警備する。", Q: "点検する。", R: "記録する。"}))
    two = compare(base, doc({P: "施錠し、警備する。", Q: "毎年点検する。"}))
    only_one, only_two = interdiff(first, two)
    assert [item_of(c) for c in only_one] == [R] and [item_of(c) for c in only_two] == [Q]
    assert interdiff(first, first) == ((), ())
