"""Sentences that are hard to read are pointed out; those that are not stay in peace."""

from __future__ import annotations

import pytest

from pia import rules
from pia.domain.content_checks import plain

RULES = rules.load("content-checks")
LONG = "申請書に書かれた内容を確かめ、" * 6 + "登録する。"
HARD = {
    "long_sentence": (LONG,),
    "two_negations": (
        "権限のある者でも見られないわけではない。",
        "持ち出しがないとは言えない。",
    ),
    "three_no": ("市の職員の端末の設定の記録を残す。",),
    "unexplained_term": ("LGWANにより送る。", "符号を取得する。"),
}
EASY = (
    "申請書を確かめる。" * 20,
    "書面により承認を受けなければならない。",
    "氏名その他の事項の登録の記録を残す。",
    "仮想専用線（VPN）により送る。",
    "PDFで保存する。",
    "",
)


@pytest.mark.parametrize("rule", HARD)
def test_what_is_hard_to_read_is_pointed_out(rule: str) -> None:
    for text in HARD[rule]:
        found = plain.hints(text, RULES, frozenset())
        assert [hint.rule for hint in found] == [rule], text
        assert "{" not in found[0].sentence


@pytest.mark.parametrize("text", EASY)
def test_what_is_easy_stays_in_peace(text: str) -> None:
    assert plain.hints(text, RULES, frozenset()) == ()


def test_a_word_of_the_word_book_needs_no_explanation() -> None:
    assert plain.hints("LGWANにより送る。", RULES, frozenset({"LGWAN"})) == ()


def test_limits_are_data() -> None:
    longer = {**RULES, "plain": [{**rule, "letters": 200} for rule in RULES["plain"]]}
    assert plain.hints(LONG, longer, frozenset()) == ()
