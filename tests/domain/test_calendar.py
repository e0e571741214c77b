"""Days of the procedure: 300 edge days judged by an oracle of its own, the office's open days held
against another library, and schedules that can and cannot be kept."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from pia import rules
from pia.domain import wareki
from pia.domain.procedure import calendar, duties
from pia.domain.procedure.calendar import CHOSEN, DONE, FIXED, PASSED, KnownDay
from pia.domain.procedure.office_days import ClosedPeriod, OfficeDays, holidays

RULES = rules.load("calendar")
OFFICE = OfficeDays(RULES)
STEPS = calendar.steps_of(RULES, {"announce", "refer", "submit", "publish"})
SHORT = calendar.steps_of(RULES, {"submit", "publish"})
DAY = timedelta(days=1)

# Leap days and those around them, ends of years and of fiscal years, Golden Week, the first days of
# an era, ends of months.
EDGES = [
    *(date(year, 2, day) for year in (2019, 2023, 2024, 2027, 2028, 2099) for day in (27, 28)),
    *(date(year, 2, 29) for year in (2000, 2020, 2024, 2028, 2096)),
    *(date(year, 3, 1) for year in (2019, 2020, 2023, 2024, 2100)),
    *(date(2026, 12, day) for day in (28, 29, 30, 31)),
    *(date(2027, 1, day) for day in (1, 2, 3, 4, 5)),
    *(date(2027, 3, 31) + day * DAY for day in range(2)),
    *(date(2027, 4, 28) + day * DAY for day in range(10)),
    *(date(2019, 4, 26) + day * DAY for day in range(13)),
    *(date(1989, 1, 7) + day * DAY for day in range(2)),
    *(date(2026, month, day) for month, day in ((1, 31), (4, 30), (6, 30), (7, 1))),
]


def _full(begun: date, years: int) -> date:
    """民法第140条・第143条 (未確認) by counting months instead of replacing a year: the first day
    is not counted; the day of the beginning comes round, and the day before it is the last."""
    first = begun + DAY
    months = first.year * 12 + first.month - 1 + 12 * years
    year, month = divmod(months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    length = (following - date(year, month + 1, 1)).days
    if first.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, first.day) - DAY


def test_300_edge_days_are_counted_as_the_code_counts_years() -> None:
    judged = list(product(EDGES, (1, 2, 3, 4, 5)))
    assert len(judged) >= 300
    for begun, years in judged:
        last = duties.years_after(begun, years)
        assert last == _full(begun, years), (begun, years)
        # The question asked of the database is the same one turned round.
        assert duties.years_before(last, years) >= begun
        assert duties.years_before(last - DAY, years) < begun


@pytest.mark.parametrize(
    ("begun", "years", "last"),
    [
        ("2020-02-29", 1, "2021-02-28"),
        ("2020-02-29", 4, "2024-02-29"),
        ("2023-02-28", 1, "2024-02-29"),  # the same day of the next year is one day short
        ("2020-02-28", 1, "2021-02-28"),
        ("2019-04-30", 5, "2024-04-30"),
        ("2025-12-31", 1, "2026-12-31"),
    ],
)
def test_days_as_people_would_say_them(begun: str, years: int, last: str) -> None:
    assert duties.years_after(date.fromisoformat(begun), years) == date.fromisoformat(last)


def test_what_stays_public_three_years_ends_on_a_leap_day_and_the_redo_a_day_before() -> None:
    data = rules.load("rules")
    (ended,) = duties.duties(None, None, date(2021, 2, 28), date(2024, 2, 29), data)
    assert (ended.due, ended.state) == (date(2024, 2, 29), "later")
    due = duties.duties(date(2019, 2, 28), None, None, date(2024, 2, 29), data)
    assert [duty.due for duty in due] == [date(2020, 2, 29), date(2024, 2, 28)]


def test_holidays_agree_with_another_library_day_for_day() -> None:
    """`other-holidays.csv` was written by the library `holidays` 0.109 (docs/decisions/0038)."""
    with open(Path(__file__).with_name("other-holidays.csv"), encoding="utf-8") as lines:
        other = {date.fromisoformat(row[0]) for row in csv.reader(lines)}
    ours = {day for year in range(1990, 2041) for day in holidays(year)}
    assert len(other) == 878 and ours == other


def test_the_office_is_closed_over_the_year_end_golden_week_and_what_the_city_says() -> None:
    closed = [OFFICE.closing(date(2026, 12, 27) + day * DAY) for day in range(9)]
    assert closed == [
        *("日曜日", "", "年末年始", "年末年始", "年末年始"),
        *("元日", "年末年始", "年末年始", ""),
    ]
    week = [OFFICE.closing(date(2019, 4, 27) + day * DAY) for day in range(11)]
    assert week[0] == "土曜日" and "" not in week[:10] and week[10] == ""  # 令和元年 began in it
    own = OfficeDays(
        RULES,
        [
            ClosedPeriod(date(2027, 8, 12), date(2027, 8, 13), "夏季の閉庁"),
            ClosedPeriod(date(2027, 7, 19), date(2027, 7, 19), "海の日を移す法律", opened=True),
        ],
    )
    assert own.closing(date(2027, 8, 13)) == "夏季の閉庁" and OFFICE.is_open(date(2027, 8, 13))
    assert own.is_open(date(2027, 7, 19)) and OFFICE.closing(date(2027, 7, 19)) == "海の日"
    assert own.said(date(2027, 7, 19)) == "海の日を移す法律"


def test_open_days_are_counted_alike_in_both_directions() -> None:
    for edge, count in product(EDGES, (0, 1, 5, 10)):
        before = OFFICE.before(edge, count)
        assert OFFICE.is_open(before)
        if OFFICE.is_open(edge):
            assert OFFICE.between(before, edge) == count == -OFFICE.between(edge, before)
        assert OFFICE.on_or_before(edge) <= edge <= OFFICE.on_or_after(edge)


def test_every_schedule_keeps_its_order_its_period_and_open_days() -> None:
    for edge in EDGES:
        made = calendar.schedule(STEPS, edge, {}, OFFICE, edge - 400 * DAY)
        days = [line.day for line in made.lines]
        assert days == sorted(days) and days[-1] == edge
        assert all(OFFICE.is_open(day) for day in days[:-1])
        opened, closed = made.line("opened"), made.line("closed")
        assert opened and closed and (closed.day - opened.day).days + 1 >= 30
        assert made.broken is None and made.sentence == ""
        published = made.line("published")
        assert published and published.day < edge
    assert [
        line.step.id for line in calendar.schedule(SHORT, EDGES[0], {}, OFFICE, EDGES[0]).lines
    ] == [
        *("drafted", "approved", "submitted", "published", "changed"),
    ]


def test_a_schedule_over_the_year_end_and_golden_week() -> None:
    made = calendar.schedule(STEPS, date(2027, 4, 1), {}, OFFICE, date(2026, 10, 1))
    assert [(line.step.id, f"{line.day:%m-%d}") for line in made.lines] == [
        ("drafted", "12-15"),
        ("decided", "12-22"),
        ("announced", "01-04"),  # the first open day of the year
        ("opened", "01-04"),
        ("closed", "02-02"),  # the thirtieth day, both counted
        ("revised", "02-17"),
        ("referred", "02-22"),  # seven days before is 天皇誕生日
        ("heard", "03-02"),
        ("approved", "03-16"),
        ("submitted", "03-24"),
        ("published", "03-31"),
        ("changed", "04-01"),
    ]
    late = calendar.schedule(STEPS, date(2027, 5, 6), {}, OFFICE, date(2026, 10, 1))
    published = late.line("published")
    assert published and published.day == date(2027, 4, 30) and not published.late


def test_no_planned_day_no_schedule() -> None:
    assert calendar.schedule(STEPS, None, {}, OFFICE, date(2026, 10, 1)).lines == ()


def test_a_day_that_happened_replaces_the_planned_one_and_what_is_before_it_is_past() -> None:
    known = {
        "opened": KnownDay(date(2026, 11, 2), DONE),
        "closed": KnownDay(date(2026, 12, 3), FIXED),
    }
    made = calendar.schedule(STEPS, date(2027, 4, 1), known, OFFICE, date(2026, 11, 20))
    standings = {line.step.id: line.standing for line in made.lines}
    assert standings["drafted"] == standings["decided"] == PASSED
    assert made.next and made.next.step.id == "closed" and made.broken is None


def test_a_schedule_that_cannot_be_kept_says_which_day_breaks_it_and_by_how_much() -> None:
    today = date(2027, 1, 12)
    made = calendar.schedule(STEPS, date(2027, 4, 1), {}, OFFICE, today)
    broken = made.broken
    assert broken and broken.step.id == "drafted"
    assert broken.late == OFFICE.between(broken.latest, today) > 10
    assert f"{broken.late}開庁日足りません" in made.sentence
    assert made.possible and made.possible > date(2027, 4, 1)
    # What is said to be possible is: begun that day, the schedule can be kept, and no day sooner.
    kept = calendar.schedule(STEPS, made.possible, {}, OFFICE, today)
    assert kept.broken is None
    sooner = OFFICE.on_or_before(made.possible - DAY)
    assert calendar.schedule(STEPS, sooner, {}, OFFICE, today).broken is not None


def test_a_sitting_that_comes_too_late_breaks_the_plan_unless_the_change_is_moved() -> None:
    known = {"heard": KnownDay(date(2027, 3, 23), CHOSEN, "会長の都合", "水越")}
    made = calendar.schedule(STEPS, date(2027, 4, 1), known, OFFICE, date(2026, 10, 1))
    assert made.broken and made.broken.step.id == "heard"
    assert made.broken.reason == "会長の都合" and made.broken.who == "水越"
    referred = made.line("referred")
    assert referred and referred.day == date(2027, 3, 16)
    assert made.broken.late == OFFICE.between(made.broken.latest, date(2027, 3, 23))


def test_days_past_the_last_sure_year_say_so() -> None:
    made = calendar.schedule(
        STEPS, date(OFFICE.sure_until + 1, 4, 1), {}, OFFICE, date(2026, 10, 1)
    )
    sure = {line.step.id: line.sure for line in made.lines}
    assert not sure["published"] and sure["drafted"]


def test_a_count_near_a_threshold() -> None:
    bounds = (1000, 10000, 100000, 300000)
    near = [calendar.near_threshold(people, bounds, 10) for people in (899, 900, 999, 1000, 295000)]
    assert near == [None, 1000, 1000, None, 300000]


def test_the_first_year_of_an_era_is_written_as_people_write_it() -> None:
    assert wareki.written(date(2019, 5, 1)) == "令和元年5月1日"
    assert wareki.written(date(2019, 4, 30)) == "平成31年4月30日"
