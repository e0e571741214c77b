"""My Numbers, mail addresses and telephone numbers are found as people write them, and other
numbers are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.text import personal

ELEVEN = st.text("0123456789", min_size=11, max_size=11)


def my_number(eleven: str) -> str:
    return eleven + str(personal.check_digit(eleven))


@given(
    ELEVEN,
    st.sampled_from(["", "-", " ", "－", "　"]),
    st.booleans(),
    st.text("あいうABC。、\n", max_size=8),
)
def test_a_my_number_is_found_however_it_is_written(
    eleven: str, between: str, wide: bool, around: str
) -> None:
    digits = my_number(eleven)
    written = between.join((digits[:4], digits[4:8], digits[8:]))
    if wide:
        written = written.translate({ord(str(n)): chr(ord("０") + n) for n in range(10)})
    text = around + written + around
    expected = len(set(digits)) > 1
    assert personal.holds_number(text) == expected
    if expected:
        place = next(find for find in personal.found(text) if find.kind == "number")
        assert text[place.start : place.end] == written
        assert not personal.holds_number(personal.blackened(text))


@given(ELEVEN, st.integers(1, 9))
def test_another_last_digit_is_no_my_number(eleven: str, more: int) -> None:
    other = (personal.check_digit(eleven) + more) % 10
    assert not personal.is_number(eleven + str(other))


@given(ELEVEN)
def test_a_longer_number_is_none(eleven: str) -> None:
    assert not personal.holds_number(my_number(eleven) + "1")
    assert not personal.holds_number("9" + my_number(eleven))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("連絡は taro.yamada@example.jp まで", "mail"),
        ("電話 03-1234-5678 です", "phone"),
        ("電話０９０－１２３４－５６７８", "phone"),
        ("(03)1234-5678", "phone"),
        ("09012345678へ", "phone"),
        ("令和6年7月24日、第12-3456号", None),
        ("令和6年10月1日から2024-10-01まで", None),
        ("郵便番号 100-0001", None),
        ("法人番号 1234567890123", None),
        ("000000000000", None),
    ],
)
def test_what_is_found_and_what_is_not(text: str, kind: str | None) -> None:
    kinds = [find.kind for find in personal.found(text)]
    assert kinds == ([kind] if kind else [])


def test_places_are_in_order_and_none_twice() -> None:
    text = "a@example.jp、03-1234-5678、b@example.jp"
    places = personal.found(text)
    assert [find.kind for find in places] == ["mail", "phone", "mail"]
    assert personal.blackened(text).count("＊") == sum(find.end - find.start for find in places)
