"""What a cell shows of a number or a day, as Japanese offices format them."""

from __future__ import annotations

from datetime import date

import pytest

from pia.documents.ooxml.number_format import BUILT_IN, shown

START = date(1899, 12, 30)
DAY = 45_497  # 24 July 2024


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (DAY, '[$-411]ggge"年"m"月"d"日"', "令和6年7月24日"),
        (DAY, '[$-ja-JP]ggge"年"mm"月"dd"日";@', "令和6年07月24日"),
        (DAY, "yyyy/m/d", "令和6年7月24日"),
        (DAY, "yyyy-mm-dd h:mm:ss", "令和6年7月24日"),
        (DAY, "[$-411]ge.m.d", "令和6年7月24日"),
        (DAY, 'yyyy"年"m"月"d"日"', "2024年7月24日"),
        (DAY, '[$-411]ggge"年"m"月"', "令和6年7月"),
        (DAY, 'm"月"d"日"(aaa)', "7月24日(水)"),
        (43_586, 'ggge"年"m"月"d"日"', "令和元年5月1日"),
        (DAY + 0.75, "yyyy/mm/dd h:mm", "2024/07/24 18:00"),
        (0.5, "h:mm", "12:00"),
        (12_345, '#,##0"人"', "12,345人"),
        (0.125, "0.0%", "12.5%"),
        (3, '"（"0"）件"', "（3）件"),
        (3, 'General"件"', "3件"),
        (1_500_000, '#,##0,"千円"', "1,500千円"),
        (1_234_567, "000\\-0000", "123-4567"),
        (12, "00000", "00012"),
        (-5, "#,##0;▲#,##0", "▲5"),
        (0, '#,##0;-#,##0;"－"', "－"),
        (2, "0.##", "2"),
        (1234.5, "#,##0.00_ ", "1,234.50"),
        (12_345, "[DBNum3]0", "１２３４５"),
        (0.3, "0.00E+00", "0.3"),
        (1234, "General", "1234"),
        (5, "@", "5"),
        (1_234_567, '"¥"#,##0', "¥1,234,567"),
    ],
)
def test_a_number_is_what_its_cell_shows(number: float, code: str, words: str) -> None:
    assert shown(number, code, START) == words


@pytest.mark.parametrize("code", BUILT_IN.values())
def test_every_format_named_by_number_shows_something(code: str) -> None:
    for number in (0, 1, -3, 0.5, DAY, DAY + 0.25, 1e12):
        words = shown(number, code, START)
        assert words.strip(), (number, code)
