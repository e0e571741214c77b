"""Dates as Japanese offices write them: 令和6年7月24日, R6.7.24, 2024/7/24, 平成30年5月.

Knows eras and their bounds (元号法 and the government notices of each change). Must not know which
day it is.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from .errors import PiaError

_ERAS = (
    ("令和", "R", date(2019, 5, 1)),
    ("平成", "H", date(1989, 1, 8)),
    ("昭和", "S", date(1926, 12, 25)),
)
_STARTS = {name: start for era, letter, start in _ERAS for name in (era, letter)}
_ENDS = {
    "令和": date.max,
    "R": date.max,
    "平成": _ERAS[0][2],
    "H": _ERAS[0][2],
    "昭和": _ERAS[1][2],
    "S": _ERAS[1][2],
}
_PATTERN = re.compile(
    r"(?:(令和|平成|昭和|R|H|S)\.?(元|\d{1,2})|(\d{4}))[年./-](\d{1,2})"
    r"(?:[月./-](?:(\d{1,2})日?)?)?(?:\([月火水木金土日](?:曜日?)?\))?(?:時点|現在)?$",
    re.IGNORECASE,
)


def parse(typed: str) -> str | None:
    """What was typed as ISO text: "2024-07-24", or "2018-05" where no day is given; None when it is
    no date or an impossible one.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))
    match = _PATTERN.match(text)
    if not match:
        return None
    era, era_year, western, month, day = match.groups()
    if era:
        era = str(era).upper()
    else:
        era = ""
    if western:
        year = int(western)
    else:
        year = _STARTS[era].year - 1 + (1 if era_year == "元" else int(era_year))
    try:
        whole = date(year, int(month), int(day or 1))
    except ValueError:
        return None
    if era:
        # A month alone may begin before the era does (平成31年4月 is fine, 令和元年5月 too).
        if not day:
            last = date(year, int(month), 28)
        else:
            last = whole
        if last < _STARTS[era] or whole >= _ENDS[era]:
            return None
    if day:
        return whole.isoformat()
    return whole.isoformat()[:7]


def written(day: date) -> str:
    """令和6年7月24日 for 2024-07-24; 元年 for the first year. Days before 昭和 are written as
    1900年1月1日.
    """
    for era, _, start in _ERAS:
        if day >= start:
            year = day.year - start.year + 1
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def fiscal(year: int) -> str:
    """令和6年度 for the year from April 2024 to March 2025."""
    return written(date(year, 4, 1)).partition("年")[0] + "年度"


def iso(text: str, what: str = "日付") -> date:
    """A day given as ISO or as 令和6年7月24日. PiaError with a sentence naming `what` when it is
    neither.
    """
    day = parse(text)
    if not day or len(day) != 10:
        raise PiaError(
            f"{what}「{text}」を日付として読めません。令和6年7月24日 または 2024-07-24 "
            "のように書いてください。"
        )
    return date.fromisoformat(day)


_DAYS_IN_TEXT = re.compile(
    r"(?:(?P<era>令和|平成|昭和)(?P<year>元|\d{1,2})|(?P<western>\d{4})|(?P<same>同))"
    r"(?:年(?P<month>\d{1,2})|(?P<same_month>月))月?(?P<day>\d{1,2})日"
)


def days_in(text: str) -> tuple[date, ...]:
    """Every whole day that a running text names, in order; 同年6月13日 and 同月20日 are read from
    the day before them. Impossible days are left out.
    """
    flat = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    out: list[date] = []
    for match in _DAYS_IN_TEXT.finditer(flat):
        day = _day_of(match.groupdict(), out[-1] if out else None)
        if day is not None:
            out.append(day)
    return tuple(out)


def _day_of(part: dict[str, str | None], before: date | None) -> date | None:
    if part["same"] and before is None:
        return None
    if part["same"] and part["same_month"]:
        written = f"{before:%Y-%m}-{part['day']}"
    elif part["same"]:
        written = f"{before:%Y}-{part['month']}-{part['day']}"
    elif part["era"]:
        written = f"{part['era']}{part['year']}年{part['month']}月{part['day']}日"
    else:
        written = f"{part['western']}-{part['month']}-{part['day']}"
    iso_text = parse(written)
    if iso_text:
        return date.fromisoformat(iso_text)
    return None
