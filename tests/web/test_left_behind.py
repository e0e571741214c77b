"""What somebody left unsaved is told to the head of their department, never a word of it; the list
of 人事異動 says what waits for who goes. Played in 海原市 over a year end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import quote

from pia.actions.editing import unsaved
from pia.actions.people import rosters, sign_in
from pia.actions.steps import comments
from pia.domain.act import By

from ..actions import umihara
from .client import expect_no_words, expect_words
from .test_draft_ways import AID, ROUND, Umihara
from .test_today import waiting

TOLD = f"残された書きかけを確かめる：{AID}"
WORDS = "電子申請の窓口は、まだ決まっていない。"


def test_the_head_is_told_that_it_exists_and_not_what_it_says(tmp_path: Path) -> None:
    town = Umihara(tmp_path, "standard")
    line = umihara.LINE
    writer = umihara.at("2025-12-26 16:00", "shiomi")
    unsaved.keep(town.wp, writer, line, "I/1/2", "school-aid@1", {"text": [WORDS]})
    office = umihara.at("2025-12-26 16:30")
    comments.write(town.wp, office, line, umihara.PURPOSE, "@汐見　窓口はどこですか。")
    admin = umihara.at("2025-12-26 17:00", "hama")
    people = [
        {"name": "kaede", "shown": "楓　湊", "role": "担当者", "department": "教育部学務課"},
        {"name": "minato", "shown": "港　澪", "role": "所属長", "department": "教育部学務課"},
        {"name": "isobe", "shown": "磯部　航", "role": "事務局", "department": "教育部総務課"},
    ]
    plan = rosters.plan_people(town.wp, admin, people)
    said = next(line.waits for line in plan.lines if line.key == "shiomi")
    assert [words.split("。")[0] for words in said] == [
        "名指しされたコメント1件は、課の人に知らせます",
        "書きかけの項目が1件あります",
    ]
    head = town.page("minato", "2025-12-26T17:30")
    assert TOLD not in waiting(head.get("/"))
    _stopped(town, admin)
    head = town.page("minato", "2026-01-05T08:30")
    assert TOLD in waiting(head.get("/"))
    shown = head.get(quote(ROUND, safe="/~"))
    expect_words(shown, "異動・退職した人の書きかけ", "汐見　渚", "令和7年12月26日 16:00")
    expect_no_words(shown, WORDS)
    colleague = town.page("kaede", "2026-01-05T08:30")
    assert TOLD not in waiting(colleague.get("/"))
    expect_no_words(colleague.get(ROUND), "異動・退職した人の書きかけ")
    head.post(ROUND, quote(f"{ROUND}/left-behind", safe="/~"))
    assert TOLD not in waiting(head.get("/"))
    assert unsaved.paths(town.wp, "shiomi", line) == frozenset()


def _stopped(town: Umihara, admin: By) -> None:
    assert admin.day == date(2025, 12, 26)
    sign_in.set_active(town.wp, admin, "shiomi", False)
