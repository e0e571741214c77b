"""The commands of 持出し: a desk leaves as a sealed file, comes back and is erased."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from pia.domain.act import JST
from tests import shared

from .conftest import Run


def test_a_desk_is_made_taken_in_and_erased(case: Run, tmp_path: Path) -> None:
    wp = shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    now = datetime.now(JST)
    number = str(shared.new_sitting(wp, now))
    wp.store.close()
    until = (now + timedelta(days=3)).date().isoformat()
    made = ["make", number, "a.piaset", "--holder", "水越", "--place", "公民館"]
    case("carry", *made, "--until", until, "--as", "sagara", code=2)
    told = case("carry", *made, "--until", until, "--as", "mizukoshi").stdout
    code = re.search(r"(?:\d{4} ){4}\d{4}", told)
    assert code is not None and "第1号" in told
    taken = ["take-in", number, "1", "a.piaset", "--as", "mizukoshi", "--code"]
    assert "変わったところはありません" in case("carry", *taken, code.group()).stdout
    case("carry", "open", "a.piaset", "--code", "1" * 20, code=2)
    gone = case("carry", "erase", "a.piaset", "--yes").stdout
    assert "消去の番号" in gone and "約束できないこと" in gone
    assert not (tmp_path / "a.piaset").exists()
