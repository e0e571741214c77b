"""起算日 and 満了日, against days counted by hand and for every day there is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.procedure import retention

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("ended", "begun", "years", "over"),
    [
        (date(2024, 3, 31), date(2024, 4, 1), 5, date(2029, 3, 31)),
        (date(2024, 4, 1), date(2025, 4, 1), 5, date(2030, 3, 31)),
        (date(2024, 12, 31), date(2025, 4, 1), 1, date(2026, 3, 31)),
        (date(2025, 1, 1), date(2025, 4, 1), 10, date(2035, 3, 31)),
    ],
)
def test_fiscal_years(ended: date, begun: date, years: int, over: date) -> None:
    assert retention.start(ended, retention.NEXT_FISCAL_YEAR) == begun
    assert retention.expiry(begun, years) == over


@pytest.mark.parametrize(
    ("begun", "years", "over"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2024, 3, 1), 1, date(2025, 2, 28)),
        (date(2023, 3, 1), 1, date(2024, 2, 29)),
        (date(2024, 1, 1), 1, date(2024, 12, 31)),
    ],
)
def test_years_from_the_day_itself(begun: date, years: int, over: date) -> None:
    assert retention.start(begun, retention.SAME_DAY) == begun
    assert retention.expiry(begun, years) == over


@given(DAYS)
def test_the_start_is_the_first_april_after(ended: date) -> None:
    begun = retention.start(ended, retention.NEXT_FISCAL_YEAR)
    assert (begun.month, begun.day) == (4, 1)
    assert timedelta(0) < begun - ended <= timedelta(366)
    assert retention.fiscal_year(begun) == retention.fiscal_year(ended) + 1


@given(DAYS, st.integers(1, retention.MOST))
def test_a_period_is_whole_and_the_next_begins_the_day_after(begun: date, years: int) -> None:
    over = retention.expiry(begun, years)
    assert over.year - begun.year in (years, years - 1)
    assert retention.expiry(begun, years + 1) > over
    if begun.day <= 28:
        second = retention.expiry(over + timedelta(1), years)
        assert second == retention.expiry(begun, 2 * years)


@given(DAYS, st.integers(1, 30))
def test_april_periods_end_in_march(ended: date, years: int) -> None:
    over = retention.expiry(retention.start(ended, retention.NEXT_FISCAL_YEAR), years)
    assert (over.month, over.day) == (3, 31)
    assert retention.fiscal_year(over) == retention.fiscal_year(ended) + years


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        retention.expiry(date(2024, 4, 1), 0)
    with pytest.raises(ValueError, match="x"):
        retention.start(date(2024, 4, 1), "x")
