"""One day written in two ways: 令和6年4月1日, 令和六年四月一日, R6.4.1 and 2024年4月1日.

Knows the letters that count of two texts and how offices write dates (`wareki`). Another day is
never the same, and a date that cannot be read is left as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import wareki
from .notation import Plain

_NUMBER = "(?:元|[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = f"(?:(?:令和|平成|昭和){_NUMBER}|[RHS][0-9]{{1,2}}|(?<![0-9])[12][0-9]{{3}})"
_DATE = re.compile(
    f"{_YEAR}年(?:度|\n?{_NUMBER}月(?:\n?{_NUMBER}日)?)?"
    f"|(?<![0-9A-Za-z.])(?:{_YEAR})([./-])\n?[0-9]{{1,2}}\\1\n?[0-9]{{1,2}}(?![0-9./-])"
)
_NUMERAL = re.compile("[一二三四五六七八九十]+")
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def spelled_alike(old: Plain, new: Plain) -> tuple[Plain, Plain]:
    """Both texts with the dates they share spelled as the new text spells them."""
    before = {day for _, day in _dates(old.text)}
    if not before:
        return old, new
    spellings: dict[str, str] = {}
    for (start, end), day in _dates(new.text):
        if day in before:
            spellings.setdefault(day, new.text[start:end].replace("\n", ""))
    if not spellings:
        return old, new
    return _spelled(old, spellings), _spelled(new, spellings)


def _spelled(text: Plain, spellings: dict[str, str]) -> Plain:
    spots = []
    for (start, end), day in _dates(text.text):
        if day in spellings and text.text[start:end] != spellings[day]:
            spots.append((start, end, spellings[day]))
    if not spots:
        return text
    return text.with_instead(spots)


def _dates(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Place and day of every date in a text."""
    for match in _DATE.finditer(text):
        day = _day(match.group().replace("\n", ""))
        if day:
            yield match.span(), day


def _day(written: str) -> str | None:
    """2024-04-01, 2024-04, 2024 or 2024年度."""
    digits = _NUMERAL.sub(_as_digits, written)
    year, _, rest = digits.partition("年")
    if (rest and rest != "度") or digits == year:
        return wareki.parse(digits)
    # A year alone may be the first or the last of an era.
    for month in ("1", "12"):
        day = wareki.parse(f"{year}年{month}月")
        if day:
            return day[:4] + rest
    return None


def _as_digits(numeral: re.Match[str]) -> str:
    """十二 as 12; a numeral that counts otherwise stays what it is."""
    tens, ten, ones = numeral.group().rpartition("十")
    if not ten:
        return "".join(str(_DIGITS[letter]) for letter in numeral.group())
    if len(tens) > 1 or len(ones) > 1:
        return numeral.group()
    return str(_DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0))
