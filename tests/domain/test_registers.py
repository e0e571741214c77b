"""The forms of registers: as shipped, as a city has them; and a change told in one line."""

from __future__ import annotations

import pytest

from pia import registers
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.domain.registers import model
from pia.domain.registers.told import in_one_line, told

FORM = registers.shipped("affair")


def text(**answers: object) -> Tree:
    """A notice with R-1 written as R1."""
    given = [((f"R-{name[1:]}",), answer) for name, answer in answers.items()]
    return items.build(FORM.form, given)


def line(old: Tree, new: Tree) -> str:
    return in_one_line(told(FORM, old, new))


BEFORE = text(
    R1="図書の貸出しに関する事務",
    R2="図書館の資料を貸し出すため。",
    R3="市内に住み、働き、又は学ぶ者",
    R4=["氏名", "住所", {"その他（　）": "利用券の番号"}],
)


def test_ticks_are_told_one_by_one() -> None:
    after = items.with_answer(FORM.form, BEFORE, ("R-4",), "[○] 氏名\n[○] 電話番号")
    said = line(BEFORE, after)
    assert said == "記録項目：＋電話番号、－住所、－その他（利用券の番号）"


def test_a_short_text_is_told_whole_and_a_long_one_by_its_places() -> None:
    short = items.with_answer(FORM.form, BEFORE, ("R-3",), "市内に住む者")
    assert line(BEFORE, short) == "対象者の範囲：市内に住み、働き、又は学ぶ者→市内に住む者"
    long = "貸出しの期限を過ぎた資料の返却を求めるため。" * 3
    first = items.with_answer(FORM.form, BEFORE, ("R-2",), long)
    second = items.with_answer(FORM.form, first, ("R-2",), long + "統計を作るため。")
    said = line(first, second)
    assert said.startswith("利用目的：…") and "「統計を作るため。」を追加" in said
    assert len(said) < len(long)


def test_several_fields_stand_in_the_order_of_the_form() -> None:
    after = items.with_answer(FORM.form, BEFORE, ("R-13",), "5年")
    after = items.with_answer(FORM.form, after, ("R-1",), "図書等の貸出しに関する事務")
    said = line(BEFORE, after)
    assert said.index("個人情報取扱事務の名称") < said.index("保存期間：（記載なし）→5年")
    assert line(BEFORE, BEFORE) == "記載の変更なし"


def test_what_must_be_filled_is_named() -> None:
    assert [field.label for field in FORM.missing(text(R1="貸出し"))] == [
        "利用目的",
        "対象者の範囲",
        "記録項目",
    ]
    assert FORM.missing(BEFORE) == []


def test_a_city_has_its_own_words_order_and_lists() -> None:
    own = registers.own(
        "affair",
        {
            "fields": [
                {"id": "R-1", "label": "取扱事務の名称"},
                {"id": "R-4", "options": ["氏名", "船名", "その他（　）"]},
                {"id": "R-2"},
                {"id": "R-50", "label": "所管する支所", "kind": "text", "required": True},
            ],
            "register_name": "個人情報取扱事務目録",
        },
        7,
    )
    assert [field.label for field in own.fields] == [
        "取扱事務の名称",
        "記録項目",
        "利用目的",
        "所管する支所",
    ]
    assert own.form.id == "affair_register@令和8年12月#7"
    assert own.register_name == "個人情報取扱事務目録"
    assert own.field("people") is None and own.text(BEFORE, "people") == ""
    tree = items.build(own.form, [(("R-4",), ["船名", {"その他（　）": "係留の場所"}])])
    assert model.said(tree.find(("R-4",))) == "船名、その他（係留の場所）"
    assert "所管する支所" in [field.label for field in own.missing(tree)]


def test_a_form_that_cannot_be_is_refused() -> None:
    with pytest.raises(PiaError, match="選択肢の有無"):
        registers.own("affair", {"fields": [{"id": "R-1", "options": ["甲"]}]}, 3)


def test_a_record_stands_as_its_last_act_says() -> None:
    assert model.after([]) == model.NONE
    assert model.after(["LEGACY", "CHANGE"]) == model.LIVE
    assert model.after(["BEGIN", "END"]) == model.ENDED
