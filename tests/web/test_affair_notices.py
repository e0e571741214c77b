"""個人情報取扱事務の届出 through the pages: the minutes' period, what is refused, corrections,
lists from workbooks, the council's tablets, the public register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pia.actions.workplace import Workplace

from .. import minutes_period as period
from .. import shared
from .client import expect_words


@pytest.fixture
def wakaba(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(period.played(), tmp_path)
    yield wp
    wp.store.close()


def test_the_counts_of_the_minutes_come_out(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, date(2024, 7, 4))
    rows = []
    for line in page.get("/notices/reports").iter("tr"):
        cells = [" ".join(cell.text_content().split()) for cell in line]
        rows.append(cells)
    told = {(row[1], row[2]): tuple(row[3:]) for row in rows[1:]}
    assert told[(period.MAYOR, "令和6年1月9日")] == ("22件", "104件", "14件")
    assert told[(period.MAYOR, "令和6年3月1日")] == ("5件", "7件", "0件")
    assert told[(period.MAYOR, "令和6年5月9日")] == ("28件", "164件", "14件")
    assert told[(period.MAYOR, "令和6年7月3日")] == ("12件", "106件", "7件")
    of_assembly = [row[3:] for row in rows[1:] if row[1] == period.ASSEMBLY]
    assert of_assembly == [["0件", "0件", "3件"], ["0件", "1件", "0件"], ["2件", "0件", "0件"]]
    expect_words(page.get("/notices/reports"), "令和6年7月1日")
