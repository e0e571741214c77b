"""Spans are exact: they tile both texts, what is unmarked is equal to the letter, and nothing
hangs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.documents.text import plain
from pia.domain.text import alignment
from pia.domain.text.hunks import hunks_of
from pia.domain.text.notation import same_but_notation, unseen, weighed
from pia.domain.text.spans import Span, spans
from pia.domain.text.tokens import characters, clauses, sentences, tokens, tokens_of_both

from .expecting import expect_changes

PIECES = [
    "特定個人情報を",
    "消去する。",
    "対応する。",
    "\n",
    "、",
    "（副本を含む。）",
    "令和６年４月１日",
    "令和6年4月1日",
    "2024年4月1日",
    "㈱",
    "\u200b",
    "サ－バ",
    "サーバ",
    "，",
    "第19条の２",
    "𠮷野家",
    "髙﨑",
    "高崎",
    "葛\U000e0100城",
    "葛城",
    "　",
    " ",
    "①",
    "②",
    "職員は、",
    "ａｂｃ",
    "abc",
    "👨‍👩‍👧",
    "が\u3099",
    "「引用。」",
    "｜",
    "\t",
    "‏מרים‏",
    "あ",
    "委託先の監督を行う。",
    "（",
    "」",
    "1,000人",
]
DATES = "令和平成昭元RHS年月日0123456789０１２３４５６７８９一二三四五六七八九十-./"
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
views = st.sampled_from(["phrase", "char", "clause"])


def check(old: str, new: str, got: tuple[Span, ...]) -> None:
    """What must hold for any result."""
    left = sorted((p.a0, p.a1) for p in got if p.a1 > p.a0)
    assert "".join(old[a:b] for a, b in left) == old
    assert "".join(new[p.b0 : p.b1] for p in got) == new
    for p in got:
        x, y = old[p.a0 : p.a1], new[p.b0 : p.b1]
        assert p.op in ("equal", "delete", "insert", "notation", "renumbered")
        if p.op == "equal":
            assert x == y
        elif p.op == "delete":
            assert x and not y
        elif p.op == "insert":
            assert y and not x
        elif p.op == "renumbered":
            assert x != y and x and y
        elif p.line_feed:
            assert x != y and unseen(x) and unseen(y)
        else:
            assert x != y and (same_but_notation(x, y) or set(x + y) <= set(DATES))


@given(texts, texts, views)
def test_spans_tile_both_sides_exactly(old: str, new: str, view: str) -> None:
    check(old, new, spans(old, new, view))


@given(st.text(max_size=60), st.text(max_size=60), views)
def test_any_text_at_all(old: str, new: str, view: str) -> None:
    check(old, new, spans(old, new, view))


@given(texts, st.integers(0, 2**32), views)
def test_an_edit_of_a_text(old: str, seed: int, view: str) -> None:
    rng = random.Random(seed)
    parts = sentences(old)
    rng.shuffle(parts)
    new = "".join(p for p in parts if rng.random() < 0.9) + rng.choice(["", "追加の措置を講ずる。"])
    check(old, new, spans(old, new, view))


@given(
    st.text("住民票を、。\n\r\u2029\t （第3条12年行われる化性的abcＡ①𠮷"),
    st.text("と票1条\r\n\u2029年れ化"),
)
def test_two_texts_cut_at_once_are_cut_as_each_by_itself(a: str, b: str) -> None:
    assert tokens_of_both(a, b) == (tokens(a), tokens(b))


@given(st.text(max_size=80) | texts)
def test_parts_give_the_text_back(text: str) -> None:
    for cut in (sentences, clauses, tokens, characters):
        assert "".join(cut(text)) == text
        assert all(cut(text))


@given(
    st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30)
)
def test_alignment_leaves_equal_things_outside_the_runs(a: list[str], b: list[str]) -> None:
    got = alignment.runs(a, b)
    kept_a = [x for i, x in enumerate(a) if not any(r[0] <= i < r[1] for r in got)]
    kept_b = [x for i, x in enumerate(b) if not any(r[2] <= i < r[3] for r in got)]
    assert kept_a == kept_b
    assert got == sorted(got) and all(r[1] > r[0] or r[3] > r[2] for r in got)


@pytest.mark.parametrize(
    ("old", "new", "removed", "added"),
    [
        (
            "②使用後は、確実にデータを消去する。",
            "②使用後は、確実に対応する。",
            ["データを消去"],
            ["対応"],
        ),
        (
            "令和６年４月１日から適用する。",
            "令和７年１月６日から適用する。",
            ["令和６年４月１日"],
            ["令和７年１月６日"],
        ),
        ("第９条第１項の規定", "第９条第２項の規定", ["第１項"], ["第２項"]),
        ("𠮷田委員が質問した。", "𠮷田委員が提案した。", ["質問"], ["提案"]),
    ],
)
def test_marks_a_reader_expects(old: str, new: str, removed: list[str], added: list[str]) -> None:
    got = spans(old, new)
    assert [old[p.a0 : p.a1] for p in got if p.op == "delete"] == removed
    assert [new[p.b0 : p.b1] for p in got if p.op == "insert"] == added


def test_a_moved_sentence_is_moved_and_only_its_edit_is_marked() -> None:
    stay = "端末は施錠できる場所に保管する。通信は専用線により行う。"
    old = "記録媒体の持ち出しは課長の承認を要する。" + stay
    new = stay + "記録媒体の持ち出しは所属長の承認を要する。"
    got = spans(old, new)
    assert {p.move for p in got} == {None, 1}
    assert [
        "".join(old[p.a0 : p.a1] or new[p.b0 : p.b1]) for p in got if p.op in ("delete", "insert")
    ] == ["課長", "所属長"]
    assert (
        "".join(new[p.b0 : p.b1] for p in got if p.move == 1)
        == "記録媒体の持ち出しは所属長の承認を要する。"
    )


def test_notation_is_marked_apart_inside_an_edited_sentence() -> None:
    old, new = "１０人の髙橋班の職員が、ﾃﾞｰﾀを扱う。", "10人の高橋班の担当者が、データを扱う。"
    got = spans(old, new)
    assert [(old[p.a0 : p.a1], new[p.b0 : p.b1]) for p in got if p.op == "notation"] == [
        ("１０", "10"),
        ("髙", "高"),
        ("ﾃﾞｰﾀ", "データ"),
    ]
    assert [(old[p.a0 : p.a1], new[p.b0 : p.b1]) for p in got if p.op in ("delete", "insert")] == [
        ("職員", ""),
        ("", "担当者"),
    ]


def test_selectors_and_joined_emoji_stay_whole() -> None:
    assert characters("葛\U000e0100城👨‍👩‍👧が\u3099") == [
        "葛\U000e0100",
        "城",
        "👨‍👩‍👧",
        "が\u3099",
    ]
    assert weighed("葛\U000e0100") == weighed("葛")
    got = spans("👨‍👩‍👧", "👩‍👧", "char")
    assert [p.op for p in got] == ["delete", "insert"]


def test_a_line_feed_is_notation_of_its_own() -> None:
    got = spans("前段。後段。", "前段。\n後段。")
    assert [(p.op, p.line_feed) for p in got] == [
        ("equal", False),
        ("notation", True),
        ("equal", False),
    ]


def test_cells_of_a_row_are_compared_one_by_one() -> None:
    old, new = "3｜電話番号｜必須", "3｜連絡先｜任意"
    got = spans(old, new)
    assert [old[p.a0 : p.a1] for p in got if p.op == "delete"] == ["電話番号", "必須"]


def test_empty_sides() -> None:
    assert (
        spans("", "") == ()
        and [p.op for p in spans("", "あ")] == ["insert"]
        and [p.op for p in spans("あ", "")] == ["delete"]
    )


@pytest.mark.parametrize("length", [20_000, 1_000_000])
def test_a_line_without_end_is_still_exact(length: int) -> None:
    rng = random.Random(7)
    words = ["特定個人情報を", "委託先の", "端末に", "保管する", "監督は", "記録が"]
    old = "".join(rng.choices(words, k=length // 5))[:length]
    new = old[: length // 3] + "変更" + old[length // 3 + 100 :]
    got = spans(old, new)
    check(old, new, got)
    assert sum(p.b1 - p.b0 for p in got if p.op == "insert") < 200


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        "1",
        "（",
        "（あ",
        "「",
        "1.",
        "第",
        "a",
        "ー",
        " ",
        "｜",
        "\n",
        "。",
        "、",
        "👩\u200d",
        "葛\U000e0100",
        "し",
    ],
)
def test_repetition_is_exact_too(unit: str) -> None:
    old, new = unit * 8_000, unit * 7_000 + "変更" + unit * 500
    for view in ("phrase", "char", "clause"):
        check(old, new, spans(old, new, view))


def test_the_budget_is_said_when_it_is_used_up() -> None:
    rng = random.Random(8)

    def text() -> str:
        return "".join(
            "".join(rng.choices("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", k=30)) + "。"
            for _ in range(200)
        )

    old, new = text(), text() + "終わり。"
    got = spans(old, new)
    check(old, new, got)
    assert got.coarse
    assert not spans("短い文。", "短い文章。").coarse


def test_alignment_beyond_the_budget_cuts_at_unique_things() -> None:
    a = [f"x{i % 7}" if i % 100 else f"u{i}" for i in range(60_000)]
    b = [*a[:30_000], "new", *a[30_000:59_000]]
    b[10] = "edited"
    b[-2] = "edited too"
    coarse: list[bool] = []
    got = alignment.runs(a, b, coarse)
    assert not coarse
    assert (30_000, 30_000, 30_000, 30_001) in got and (10, 11, 10, 11) in got


def test_hunks_of_a_sentence_tile_it() -> None:
    a, b = (
        "委託先の選定に当たり、管理体制を確認する。",
        "再委託先の選定に当たっては、体制を書面で確認する。",
    )
    for view in ("phrase", "char", "clause"):
        pieces = hunks_of(a, b, view, [])
        assert (
            "".join(a[p.a0 : p.a1] for p in pieces) == a
            and "".join(b[p.b0 : p.b1] for p in pieces) == b
        )


def test_likeness_of_endless_lines_is_told_from_their_ends() -> None:
    """Indel costs the product of the lengths; two lines of a million characters once took
    minutes."""
    assert alignment.sample("短い") == "短い" and len(alignment.sample("長" * 1_000_000)) == 6_000
    line = "国民健康保険の資格を管理する、" * 20_000
    edited = line[:150_000] + "変更" + line[150_005:]
    expect_changes(plain.read_text(line), plain.read_text(edited), ["modified block"])
