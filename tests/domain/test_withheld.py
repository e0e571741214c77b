"""Marks of 非公表部分 stay on their words, and nobody loses them without being told."""

from __future__ import annotations

from pia import forms
from pia.domain import items
from pia.domain.withheld import carried

FORM = forms.load("all_item@平成30年5月")
PATH = ("IV", "3")
TEXT = "＜甲＞\nパスワードは90日ごとに変える。\n＜乙＞\n記録を残す。"


def tree(text: str, *marks: tuple[int, int]):  # type: ignore[no-untyped-def]
    withheld = [{"start": a, "end": b, "reason": "セキュリティ"} for a, b in marks]
    return items.build(FORM, [(PATH, {"text": text, "withheld": withheld})])


def shown(made) -> list[str]:  # type: ignore[no-untyped-def]
    value = dict(items.answers(made))[PATH]
    return [] if isinstance(value, str) else [value["text"][r["start"] : r["end"]] for r in value["withheld"]]


START = TEXT.index("90日")


def test_marks_go_with_the_words_when_other_words_change() -> None:
    before = tree(TEXT, (START, START + 3))
    for text in (TEXT, TEXT.replace("記録", "操作の記録"), TEXT.replace("パスワードは", "利用者のパスワードは、"), "前書き。\n" + TEXT):
        made, lost = carried(tree(text), before)
        assert shown(made) == ["90日"] and lost == (), text


def test_a_changed_or_removed_mark_is_named() -> None:
    before = tree(TEXT, (START, START + 3))
    for text in (TEXT.replace("90日", "60日"), "＜乙＞\n記録を残す。"):
        _, lost = carried(tree(text), before)
        assert lost == (("IV", "3", "甲"),), text


def test_a_text_that_brings_its_own_marks_keeps_them() -> None:
    before, after = tree(TEXT, (START, START + 3)), tree(TEXT, (START, START + 5))
    made, lost = carried(after, before)
    assert made == after and lost == ()


def test_nothing_marked_is_nothing_done() -> None:
    a, b = tree(TEXT), tree(TEXT + "追加。")
    assert carried(b, a) == (b, ())
