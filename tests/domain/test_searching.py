"""What a search reads of texts: an index over pairs of letters leaves out no text that has the
phrase, and what is marked is what was looked for."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from pia.domain.text.searching import (
    MOST_LETTERS,
    MOST_PHRASES,
    folded,
    folded_at,
    needed,
    pairs,
    places,
    snippet,
    sought,
)

# Letters that fold in every way there is.
LETTERS = (
    "あアｱいカガｶﾞか゛が\u3099髙高﨑崎齋斎消去データ ー㈱①ＡaＢb１1　 \n-－。、邉\U000e0100\ufe00ﾟ゜"
)
TEXTS = st.text(LETTERS, max_size=60)


@given(TEXTS, st.integers(0, 60), st.integers(1, 12))
def test_a_text_that_has_a_phrase_has_its_pairs(text: str, begin: int, length: int) -> None:
    plain = folded(text)
    phrase = plain[begin : begin + length]
    assume(phrase)
    known = pairs(plain)
    for word in needed(phrase):
        assert any(each.startswith(word) for each in known)
    if len(phrase) == 2:
        assert needed(phrase)[0] in known, "of two letters the index says it all"


@given(TEXTS, TEXTS)
def test_of_one_and_two_letters_the_index_says_it_all(text: str, other: str) -> None:
    plain = folded(text)
    known = pairs(plain)
    for phrase in {other[:1], other[:2]}:
        sought_for = folded(phrase)
        if 0 < len(sought_for) <= 2:
            (word,) = needed(sought_for)
            in_index = any(each.startswith(word) for each in known)
            assert in_index == (sought_for in plain)


@given(TEXTS)
def test_letters_are_folded_one_by_one_as_together(text: str) -> None:
    plain, where = folded_at(text)
    assert plain == folded(text) and len(where) == len(plain) + 1
    assert list(where) == sorted(where) and where[-1] == len(text)


@given(TEXTS, st.integers(0, 60), st.integers(1, 8))
def test_what_is_marked_says_what_was_looked_for(text: str, begin: int, length: int) -> None:
    phrase = folded(text)[begin : begin + length]
    assume(phrase)
    found = places(text, [phrase])
    assert found
    for first, last in found:
        assert phrase in folded(text[first:last])
    pieces = snippet(text, [phrase], around=5)
    assert any(piece.marked for piece in pieces)
    shown = "".join(piece.text for piece in pieces)
    for part in shown.split("…"):
        assert part in text


@given(st.text(max_size=400))
def test_whatever_is_typed_is_read(typed: str) -> None:
    found = sought(typed)
    assert len(found.phrases) <= MOST_PHRASES
    assert all(found.phrases) and sum(map(len, found.phrases)) <= 20 * MOST_LETTERS


def test_one_letter_is_written_in_many_ways() -> None:
    for one, other in (
        ("髙橋", "高橋"),
        ("ガバメントクラウド", "ｶﾞﾊﾞﾒﾝﾄ　ｸﾗｳﾄﾞ"),
        ("消去", "消 去"),
        ("くらうど", "クラウド"),
        ("ＬＧＷＡＮ", "lgwan"),
        ("渡邉", "渡辺"),
        ("が", "か\u3099"),
        ("4-2", "４－２"),
        ("葛\U000e0100", "葛"),
    ):
        assert folded(one) == folded(other), (one, other)
    assert folded("末") != folded("未") and folded("土") != folded("士")


def test_words_phrases_and_what_must_not_be_there() -> None:
    found = sought('データ　"消去 方法" -委託 －クラウド')
    assert found.phrases == (folded("データ"), folded("消去方法"))
    assert found.without == (folded("委託"), folded("クラウド"))
    assert sought("-委託").is_nothing and sought(" 　 ").is_nothing and sought('""').is_nothing
    assert sought("-").phrases == ("-",), "a sign alone is looked for"
