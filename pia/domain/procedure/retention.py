"""When the years of a record begin and end, as Japanese offices count them.

Knows fiscal years (April to March) and how a period of years ends (民法第143条, 未確認: the day
before the same day of the last year; the end of the month where there is no such day). Must not
know which record has how many years.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

NEXT_FISCAL_YEAR = "next_fiscal_year"
SAME_DAY = "same_day"
MOST = 100  # years; a longer one is a slip of the pen


def fiscal_year(day: date) -> int:
    """The fiscal year of a day: 2024 for 2025-03-31."""
    if day.month >= 4:
        return day.year
    return day.year - 1


def start(ended: date, way: str) -> date:
    """起算日: April 1 of the fiscal year after the day a record ended, or that day itself.
    ValueError for another way."""
    if way == NEXT_FISCAL_YEAR:
        return date(fiscal_year(ended) + 1, 4, 1)
    if way == SAME_DAY:
        return ended
    raise ValueError(way)


def expiry(begun: date, years: int) -> date:
    """満了日: the last day of so many years from a 起算日. ValueError below one year."""
    if years < 1:
        raise ValueError(years)
    year = begun.year + years
    last = monthrange(year, begun.month)[1]
    if begun.day > last:
        return date(year, begun.month, last)
    return begun.replace(year=year) - timedelta(days=1)
