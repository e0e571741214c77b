"""個人情報ファイル簿: what is left out stays inside, what other documents say is offered with its
place, and what is said otherwise is a sentence."""

from __future__ import annotations

from typing import Any

from pia import forms, registers, rules
from pia.domain.document.items import build
from pia.domain.document.tree import Tree
from pia.domain.procedure import citations
from pia.domain.registers import differences, filling, omissions
from pia.domain.registers.omissions import LeftOut
from pia.domain.registers.told import in_one_line, told
from pia.domain.withheld.public_reading import public

FORM = registers.shipped("file")
RULES = rules.load("file-register")
TOWN = "all_item@平成30年5月"


def sheet(**answers: Any) -> Tree:
    """A 単票 by the roles of its items."""
    return build(FORM.form, [((FORM.roles[role],), answer) for role, answer in answers.items()])


CLINIC = {
    "name": "白波市予防接種台帳",
    "organ": "白波市長",
    "department": "健康部こども保健課",
    "purpose": "予防接種の対象者への通知と、接種の記録の管理のため。",
    "items": ["氏名", "住所", "接種歴", "口座番号"],
    "people": "市内に住所を有する者",
    "collecting": "本人又は本人の代理人からの届出（紙）",
    "sensitive": "含む",
    "provision": ["白波市医師会"],
}


def assessment(**more: Any) -> Tree:
    form = forms.load(TOWN)
    answers: dict[str, Any] = {
        "C/5": "白波市長",
        "I/7/1": "健康部こども保健課",
        "II/f/1": "予防接種ファイル",
        "II/f/2/3": "市内に住所を有する者",
        "II/f/3/1": ["本人又は本人の代理人", {"評価実施機関内の他部署（　）": "市民課"}],
        "II/f/3/2": ["紙", "庁内連携システム"],
        "II/f/3/6": "予防接種の対象者への通知のため。",
        "B2/F/f/1": ["1｜氏名", "2｜住所", "3｜接種歴"],
        "II/g/1": "副反応ファイル",
        "II/g/2/6": "健康部保健総務課",
        "V/1/1": "総務部文書法制課",
    } | more
    rows = {"B2/F/f/1": [{"cells": each.split("｜")} for each in answers.pop("B2/F/f/1")]}
    return build(form, [(tuple(path.split("/")), each) for path, each in (answers | rows).items()])


def test_items_cite_what_was_read_or_say_their_doubt() -> None:
    law = rules.load("law")
    for line in FORM.fields:
        if line.source.startswith("law:"):
            assert citations.as_of(law, line.source.removeprefix("law:")), line.id
            assert not line.doubt
        else:
            assert line.doubt.endswith("未確認です。") and line.id not in FORM.required
    for rule in (*RULES["exemptions"].values(), *RULES["omissions"].values()):
        assert citations.doubtful(law, rule["basis"]) == ()
    assert set(RULES["omissions"]) <= set(FORM.roles)
    assert set(RULES["compared"]) <= set(RULES["from_assessment"]) <= set(FORM.roles)


def test_the_table_of_same_items_names_items_that_are_there() -> None:
    for name, ids in RULES["said"].items():
        for kind, item in ids.items():
            for form in forms.of_kind(kind):
                assert item in form.by_id, (name, form.id)


def test_a_line_and_an_item_that_are_left_out_stay_inside() -> None:
    tree = sheet(**CLINIC)
    out = omissions.outward(FORM, tree, [LeftOut("F-5", "口座番号"), LeftOut("F-7")])
    assert FORM.text(out, "items").split("\n") == ["氏名", "住所", "接種歴"]
    assert FORM.text(out, "collecting") == "" and FORM.text(out, "provision") == "白波市医師会"
    # typed in another notation it is the same line
    again = omissions.outward(FORM, sheet(**CLINIC), [LeftOut("F-5", "口座 番号")])
    assert "口座番号" not in FORM.text(again, "items")


def test_a_line_that_cannot_be_found_keeps_its_item_inside() -> None:
    renamed = sheet(**CLINIC | {"items": ["氏名", "振込先の口座"]})
    hidden = [LeftOut("F-5", "口座番号")]
    assert FORM.text(omissions.outward(FORM, renamed, hidden), "items") == ""
    assert omissions.lost(FORM, renamed, hidden) == hidden
    assert omissions.lost(FORM, sheet(**CLINIC), hidden) == []


def test_words_left_out_that_stand_in_another_item_are_told() -> None:
    tree = sheet(**CLINIC | {"purpose": "接種の費用を口座番号に振り込むため。"})
    told = omissions.said_elsewhere(FORM, tree, [LeftOut("F-5", "口座番号")])
    assert told == ["記載しない「口座番号」という語が、「利用目的」にあります。"]


def test_words_of_an_item_left_out_as_a_whole_are_told_too() -> None:
    tree = sheet(**CLINIC | {"purpose": "白波市医師会に接種の記録を渡すため。"})
    told = omissions.said_elsewhere(FORM, tree, [LeftOut("F-10")])
    assert told == ["記載しない「白波市医師会」という語が、「利用目的」にあります。"]
    # of a word as short as 紙 nothing follows
    short = sheet(**CLINIC | {"provision": ["市"]})
    assert omissions.said_elsewhere(FORM, short, [LeftOut("F-10")]) == []


def test_the_kind_of_a_file_is_held_against_the_assessment() -> None:
    form = forms.load(TOWN)
    tree = assessment(**{"II/f/2/1": "システム用ファイル"})
    offered = filling.from_assessment(form, tree, RULES, "f")
    (sort,) = [each for each in offered if each.role == "sort"]
    assert sort.words == "電算処理ファイル"
    by_hand = {"sort": "マニュアル処理ファイル"}
    (told,) = differences.differences(FORM, by_hand, [sort], RULES, "全項目評価書")
    assert told.sentence == "「個人情報ファイルの種別」の記載が、全項目評価書と違います。"
    for same in ("電算処理ファイル", ""):
        assert not differences.differences(FORM, {"sort": same}, [sort], RULES, "全項目評価書")


def test_an_item_of_the_law_is_filled_in_or_left_out() -> None:
    tree = sheet(**{key: value for key, value in CLINIC.items() if key != "collecting"})
    assert omissions.unfilled(FORM, tree, []) == ["「記録情報の収集方法」が書かれていません。"]
    assert omissions.unfilled(FORM, tree, [LeftOut("F-7")]) == []


def test_an_assessment_offers_words_with_their_place() -> None:
    form, tree = forms.load(TOWN), assessment()
    assert filling.files(form, tree, RULES) == [
        ("f", "予防接種ファイル"),
        ("g", "副反応ファイル"),
    ]
    offered = {each.role: each for each in filling.from_assessment(form, tree, RULES, "f")}
    assert offered["items"].words == "氏名\n住所\n接種歴"
    assert offered["purpose"].words == "予防接種の対象者への通知のため。"
    assert (
        "使用目的" in offered["purpose"].origin and "予防接種ファイル" in offered["purpose"].origin
    )
    assert offered["collecting"].words == (
        "入手元：本人又は本人の代理人、評価実施機関内の他部署（市民課）\n入手方法：紙、庁内連携システム"
    )
    # the department of the ファイル, else that of the affair
    assert offered["department"].words == "健康部こども保健課"
    other = {each.role: each for each in filling.from_assessment(form, tree, RULES, "g")}
    assert other["department"].words == "健康部保健総務課" and "items" not in other


def test_what_an_assessment_withholds_is_not_offered() -> None:
    form = forms.load(TOWN)
    mark = {"start": 0, "end": 4, "reason": "安全のため"}
    tree = assessment(
        **{"II/f/3/6": {"text": "予防接種の対象者への通知のため。", "withheld": [mark]}}
    )
    reading = public(form, tree)
    offered = {each.role: each for each in filling.from_assessment(form, reading, RULES, "f")}
    assert offered["purpose"].hidden and not offered["purpose"].words
    assert "予防接種の対象者" not in repr(offered["purpose"])


def test_differences_are_told_item_by_item() -> None:
    form, tree = forms.load(TOWN), assessment()
    theirs = filling.from_assessment(form, tree, RULES, "f")
    mine = {role: FORM.text(sheet(**CLINIC), role) for role in FORM.roles}
    found = {
        each.field: each.sentence
        for each in differences.differences(FORM, mine, theirs, RULES, "評価書")
    }
    assert found == {
        "F-1": "「個人情報ファイルの名称」の記載が、評価書と違います。",
        "F-4": "「利用目的」の記載が、評価書と違います。",
        "F-5": "「記録項目」が評価書と違います。評価書にないもの：口座番号。",
        "F-7": "評価書にある「評価実施機関内の他部署（市民課）」「庁内連携システム」が、"
        "「記録情報の収集方法」にありません。",
    }
    # what is taken over is no difference
    mine |= {each.role: each.words for each in theirs}
    assert differences.differences(FORM, mine, theirs, RULES, "評価書") == []


def test_a_department_without_its_division_is_the_same() -> None:
    theirs = filling.from_assessment(forms.load(TOWN), assessment(), RULES, "f")
    mine = {
        role: FORM.text(sheet(**CLINIC | {"department": "こども保健課"}), role)
        for role in FORM.roles
    }
    fields = [each.field for each in differences.differences(FORM, mine, theirs, RULES, "評価書")]
    assert "F-3" not in fields


def test_a_change_is_told_in_one_line_each() -> None:
    old, new = sheet(**CLINIC), sheet(**CLINIC | {"items": ["氏名", "住所", "接種歴", "電話番号"]})
    assert in_one_line(told(FORM, old, new)) == "記録項目：＋電話番号、－口座番号"
