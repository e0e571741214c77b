"""Marks of 非公表部分 stay on their words, and nobody loses them without being told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pia import forms
from pia.domain.document import items
from pia.domain.withheld import public_reading
from pia.domain.withheld.kept import carried, secrets
from pia.domain.withheld.public_reading import public
from tests.domain import trees

FORM = forms.load("all_item@平成30年5月")
PATH = ("IV", "3")
TEXT = "＜甲＞\nパスワードは90日ごとに変える。\n＜乙＞\n記録を残す。"


def tree(text: str, *marks: tuple[int, int]):  # type: ignore[no-untyped-def]
    withheld = [{"start": a, "end": b, "reason": "セキュリティ"} for a, b in marks]
    return items.build(FORM, [(PATH, {"text": text, "withheld": withheld})])


def shown(tree_read) -> list[str]:  # type: ignore[no-untyped-def]
    value = dict(items.answers(tree_read))[PATH]
    return (
        []
        if isinstance(value, str)
        else [value["text"][r["start"] : r["end"]] for r in value["withheld"]]
    )


START = TEXT.index("90日")


def test_marks_go_with_the_words_when_other_words_change() -> None:
    before = tree(TEXT, (START, START + 3))
    for text in (
        TEXT,
        TEXT.replace("記録", "操作の記録"),
        TEXT.replace("パスワードは", "利用者のパスワードは、"),
        "前書き。\n" + TEXT,
    ):
        carried_tree, lost = carried(tree(text), before)
        assert shown(carried_tree) == ["90日"] and lost == (), text


def test_a_changed_or_removed_mark_is_named() -> None:
    before = tree(TEXT, (START, START + 3))
    for text in (TEXT.replace("90日", "60日"), "＜乙＞\n記録を残す。"):
        _, lost = carried(tree(text), before)
        assert lost == (("IV", "3", "甲"),), text


def test_a_text_that_brings_its_own_marks_keeps_them() -> None:
    before, after = tree(TEXT, (START, START + 3)), tree(TEXT, (START, START + 5))
    carried_tree, lost = carried(after, before)
    assert carried_tree == after and lost == ()


def test_nothing_marked_is_nothing_done() -> None:
    a, b = tree(TEXT), tree(TEXT + "追加。")
    assert carried(b, a) == (b, ())


def test_the_public_reading_says_nothing_of_the_marked_words() -> None:
    marked = tree(TEXT, (START, START + 3))
    rows = [
        {
            "cells": [
                "令和6年4月1日",
                "Ⅳ３",
                "60日ごとに変える",
                "パスワードは90日ごとに変える。",
                "事前",
                "",
            ]
        }
    ]
    whole = items.build(FORM, [*items.answers(marked), (("B3",), rows)])
    reading = public(FORM, whole, ["60日"])
    answers = dict(items.answers(reading))
    assert answers[PATH] == TEXT.replace("90日", "【非公表】")
    assert [c for c in answers[("B3",)][0]["cells"]][2:4] == [
        "【非公表】ごとに変える",
        "パスワードは【非公表】ごとに変える。",
    ]
    assert public(FORM, reading) is reading, "nothing is marked any more"


def test_touching_and_overlapping_marks_are_one() -> None:
    answers = dict(
        items.answers(
            public(
                FORM, tree(TEXT, (START, START + 2), (START + 1, START + 3), (START + 3, START + 5))
            )
        )
    )
    assert (
        answers[PATH].count("【非公表】") == 1
        and "90日" not in answers[PATH]
        and "ごと" not in answers[PATH]
    )


@given(seed=trees.seeds(), data=st.data())
def test_no_marked_word_is_left_and_nothing_else_changes(seed: int, data: st.DataObject) -> None:
    """Marks anywhere in generated documents: the public reading is the text with each run of
    marked letters replaced."""
    carried_tree = trees.tree_of(seed, share=0.05)
    form = forms.load(carried_tree.form)
    pairs, want = [], {}
    for path, answer in items.answers(carried_tree):
        if isinstance(answer, str) and form.at(path)[0].kind == "text" and len(answer) > 2:
            start = data.draw(st.integers(0, len(answer) - 1))
            end = data.draw(st.integers(start + 1, len(answer)))
            if answer[start:end].strip():
                want[path] = answer[:start] + "【非公表】" + answer[end:]
                answer = {
                    "text": answer,
                    "withheld": [{"start": start, "end": end, "reason": "試し"}],
                }
        pairs.append((path, answer))
    marked = items.build(form, pairs)
    other = public_reading._aliases(
        form, marked
    )  # an entry whose name is withheld has another key: its own is made from the name
    back = {public_reading._renamed(form, path, other): path for path, _ in items.answers(marked)}
    answers = {back[path]: answer for path, answer in items.answers(public(form, marked))}
    for path, answer in items.answers(marked):
        kind = form.at(path)[0].kind  # type: ignore[union-attr]
        if isinstance(answer, str) or kind not in ("text", "table"):
            assert answers[path] == answer
    assert not secrets(public(form, marked))
    assert all(
        answers[p].replace("\n", "") == t.replace("\n", "")
        for p, t in want.items()
        if isinstance(dict(items.answers(marked))[p], dict)
    )
