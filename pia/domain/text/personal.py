"""Words that may say who somebody is: My Numbers by their check digit, mail addresses, telephone
numbers.

Knows how they look in a Japanese text, full width and with marks between. Must not know where the
text stands or what becomes of it. Serves 法第20条 (nobody collects a My Number without a ground)
and the city's care for what residents write. The check digit is that of
平成26年総務省令第85号第5条, written from knowledge and not read (未確認): it flags, a person
decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "mail", "phone"]

WORDS: dict[Kind, str] = {
    "number": "個人番号（マイナンバー）と思われる数字",
    "mail": "メールアドレス",
    "phone": "電話番号と思われる数字",
}

_DIGIT = r"[0-9０-９]"
_BETWEEN = r"[-\u2010-\u2015\u2212ー－‐ 　]?"
_RUN = re.compile(rf"(?<!{_DIGIT})(?:{_DIGIT}{_BETWEEN}){{11}}{_DIGIT}(?!{_DIGIT})")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# With marks between the parts, or as one number of ten or eleven digits that begins as one.
_PARTS = re.compile(
    rf"(?<!{_DIGIT})[0０]{_DIGIT}{{1,4}}[-\u2010-\u2015\u2212－‐(（)）]{_DIGIT}{{1,4}}"
    rf"[-\u2010-\u2015\u2212－‐)）]{_DIGIT}{{3,4}}(?!{_DIGIT})"
)
_WHOLE = re.compile(rf"(?<!{_DIGIT})[0０]{_DIGIT}{{9,10}}(?!{_DIGIT})")


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text: from the letter `start` up to, not with, `end`."""

    kind: Kind
    start: int
    end: int


def found(text: str) -> tuple[Found, ...]:
    """Every place of a text that may say who somebody is, in order; none twice."""
    places = [*_of("mail", _MAIL, text), *_numbers(text)]
    places += [*_of("phone", _PARTS, text), *_of("phone", _WHOLE, text)]
    kept: list[Found] = []
    for place in sorted(places, key=lambda find: (find.start, -find.end)):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return tuple(kept)


def holds_number(text: str) -> bool:
    """Whether a text holds what looks like a My Number."""
    return any(True for _ in _numbers(text))


def _of(kind: Kind, pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    for match in pattern.finditer(text):
        yield Found(kind, match.start(), match.end())


def _numbers(text: str) -> Iterator[Found]:
    for match in _RUN.finditer(text):
        if is_number(_digits(match.group())):
            yield Found("number", match.start(), match.end())


def _digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if letter.isascii() and letter.isdigit())


def is_number(digits: str) -> bool:
    """Whether twelve digits carry the check digit of a My Number; never for twelve equal ones."""
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    return int(digits[-1]) == check_digit(digits[:-1])


def check_digit(eleven: str) -> int:
    """The twelfth digit for the first eleven: weights 2 to 7, then 2 to 6, from the right."""
    weights = [*range(2, 8), *range(2, 7)]
    total: int = sum(int(digit) * weight for digit, weight in zip(reversed(eleven), weights))
    left = total % 11
    if left <= 1:
        return 0
    return 11 - left


def blackened(text: str, mark: str = "＊") -> str:
    """The text with every such place covered, letter for letter, to be shown or logged."""
    letters = list(text)
    for place in found(text):
        letters[place.start : place.end] = mark * (place.end - place.start)
    return "".join(letters)
