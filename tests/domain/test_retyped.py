"""A text typed anew shows what was meant and nothing else: the rest is notation or renumbering."""

from __future__ import annotations

import re

import pytest

from pia.domain.text import dates, line_feeds, numbering
from pia.domain.text.notation import plain, same_but_notation, unseen, weighed
from pia.domain.text.spans import spans

from .hand import Retyped, retyped

PAIRS = 300  # `python -m tests.domain.test_retyped` tries as many as one likes


def strays(pair: Retyped) -> list[str]:
    """The marks of an edit on words that nobody changed."""
    gone = [weighed(before) for before, _ in pair.meant]
    came = [weighed(after) for _, after in pair.meant]
    out = []
    for span in spans(pair.old, pair.new):
        if span.op == "delete" and not _meant(pair.old[span.a0 : span.a1], gone):
            out.append(f"-{pair.old[span.a0 : span.a1]}")
        if span.op == "insert" and not _meant(pair.new[span.b0 : span.b1], came):
            out.append(f"+{pair.new[span.b0 : span.b1]}")
    return out


def _meant(words: str, meant: list[str]) -> bool:
    """Whether marked words are those, or a part of them; a new line of a list has its number."""
    here = weighed(words).lstrip("①②③④⑤⑥⑦⑧⑨⑩")
    return any(here in word for word in meant if word)


def test_marks_outside_what_was_meant_are_notation_or_renumbering() -> None:
    bad = {seed: found for seed in range(PAIRS) if (found := strays(retyped(seed)))}
    assert len(bad) <= PAIRS * 0.005, bad


def test_what_was_meant_is_marked() -> None:
    for seed in range(PAIRS):
        pair = retyped(seed)
        marked = {span.op for span in spans(pair.old, pair.new)}
        if pair.meant:
            assert "insert" in marked, seed


def test_the_hand_does_what_it_says() -> None:
    """Most pairs differ, many in words, and some have a list that shifted."""
    pairs = [retyped(seed) for seed in range(PAIRS)]
    assert sum(pair.old != pair.new for pair in pairs) > PAIRS * 0.9
    assert sum(bool(pair.meant) for pair in pairs) > PAIRS * 0.3
    ops = [span.op for pair in pairs for span in spans(pair.old, pair.new)]
    assert ops.count("renumbered") > 50 and ops.count("notation") > 1_000


@pytest.mark.parametrize(
    ("typed", "counts"),
    [
        ("ＩＳＭＡＰ，ﾃﾞｰﾀ．", "ISMAP、データ。"),
        ("サ－バ－", "サーバー"),
        ("サーバ－Ａ", "サーバ-A"),
        ("１．概要", "1.概要"),
        ("3.5人", "3.5人"),
        ("10 20", "10 20"),
        ("10²", "10²"),
        ("①", "①"),
        ("葛\U000e0100城㈱", "葛城（株）"),
        ("\u2ed1期", "長期"),
        ("個人\u200b番号", "個人番号"),
        ("甲　乙", "甲乙"),
        ("甲\r\n　乙", "甲\n乙"),
    ],
)
def test_letters_that_count(typed: str, counts: str) -> None:
    assert plain(typed).text == counts


def test_every_letter_that_counts_knows_where_it_was_typed() -> None:
    got = plain("ﾃﾞｰﾀ　㈱")
    assert got.text == "データ（株）"
    assert [got.typed[got.begins[i] : got.ends[i]] for i in range(4)] == ["ﾃﾞ", "ｰ", "ﾀ", "㈱"]
    assert got.rest(2) == (4, 5)
    assert got.inner == {4, 5}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("１０人", "10 人", True),
        ("1,000", "1.000", False),
        ("10 20", "1020", False),
        ("力", "カ", False),
        ("一", "ー", False),
        ("AWS Cloud", "AWSCloud", True),
    ],
)
def test_notation_and_what_only_looks_like_it(old: str, new: str, same: bool) -> None:
    assert same_but_notation(old, new) is same


def test_what_shows_nothing() -> None:
    assert unseen("\u200b\n　") and unseen("") and not unseen("ー")


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("令和6年4月1日", "2024年4月1日", True),
        ("令和六年四月一日", "令和6年4月1日", True),
        ("R6.4.1", "令和6年4月1日", True),
        ("平成31年4月1日", "2019年4月1日", True),
        ("令和元年5月1日", "2019年5月1日", True),
        ("令和6年度", "2024年度", True),
        ("令和6年4月1日", "2025年4月1日", False),
        ("平成6年4月1日", "令和6年4月1日", False),
        ("令和6年13月1日", "2024年13月1日", False),
        ("令和6年度", "2024年", False),
    ],
)
def test_one_day_in_two_notations(old: str, new: str, alike: bool) -> None:
    before, after = dates.spelled_alike(plain(old), plain(new))
    assert (before.text == after.text) is alike
    assert {span.op for span in spans(old, new)} == (
        {"notation"} if alike else {span.op for span in spans(old, new)} - {"notation"}
    ) | ({"equal"} & {span.op for span in spans(old, new)})


def _numbers(text: str) -> list[tuple[str, int, int]]:
    return [(n.style, n.value, n.place) for n in numbering.found(plain(text))]


def test_numbers_of_lists_and_numbers_that_refer_to_them() -> None:
    assert _numbers("①受付\n②審査。②の場合") == [
        ("circled", 1, 0),
        ("circled", 2, 1),
        ("circled", 2, -1),
    ]
    assert _numbers("ア　窓口\nイ　郵送\nアクセス") == [("kana", 1, 0), ("kana", 2, 1)]
    assert _numbers("イ　窓口\nロ　郵送") == [("iroha", 1, 0), ("iroha", 2, 1)]
    assert _numbers("平成25年法律第27号、3.5人") == []


def test_a_shift_is_told_once() -> None:
    assert numbering.said([("③", "④"), ("④", "⑤")]) == "③以降の番号が1つずつ繰り下がります"
    assert numbering.said([("6", "5"), ("7", "6")]) == "6以降の番号が1つずつ繰り上がります"
    assert numbering.said([]) == ""


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", True), ("１２．", True), ("①", True), ("(3)", True), ("ア", True), ("電話", False)],
)
def test_a_cell_that_holds_a_number(cell: str, number: bool) -> None:
    assert numbering.is_number(cell) is number


@pytest.mark.parametrize(
    ("old", "new", "feeds"),
    [
        ("甲は\n乙とする。", "甲は乙とする。", ([(2, "")], [])),
        ("氏名\n住所", "氏名\n住所\n電話", ([], [])),
        ("・氏名\n・住所\n・電話", "・氏名\n・電話", ([], [])),
        ("①受付\n②通知", "①受付\n②審査\n③通知", ([], [])),
    ],
)
def test_line_feeds_that_are_only_layout(
    old: str, new: str, feeds: tuple[list[line_feeds.Feed], list[line_feeds.Feed]]
) -> None:
    assert line_feeds.layout(plain(old), plain(new), []) == feeds


def main(count: int) -> None:
    """Prints how many of so many pairs have a stray mark, and the first of them."""
    bad = [(seed, found) for seed in range(count) if (found := strays(retyped(seed)))]
    print(f"{len(bad)} of {count} pairs with stray marks")
    for seed, found in bad[:12]:
        pair = retyped(seed)
        print(seed, found, repr(pair.old), repr(pair.new), pair.meant, sep="\n  ")


if __name__ == "__main__":
    main(2_000)


def test_a_text_without_notation_is_seen_at_once_and_alike() -> None:
    """Each letter there is, between two かな: looked at alone as in a text that has notation."""
    for code in (*range(0xD800), *range(0xE000, 0x10000), *range(0x20000, 0x20100)):
        text = f"あ{chr(code)}い"
        assert plain(text).text == plain(f"{text}，").text[:-1], hex(code)


def test_every_number_begins_as_numbers_do() -> None:
    every_letter = re.compile(numbering._FORMS)
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        for text in (f"。{chr(code)}、", f"。（{chr(code)}）、", f"第{chr(code)}条"):
            whole = [match.span() for match in every_letter.finditer(text)]
            assert [match.span() for match in numbering._ANY.finditer(text)] == whole, text
