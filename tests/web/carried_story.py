"""汐見町: a consultation whose public pages are carried to a host outside as files, and whose
opinions come in as a file. Unlike the demonstration in every name and day.

Knows the words that are withheld and never leave. Serves the tests of the carried zone and the
drill `networks`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from pia import forms
from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.steps import consultations
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import NewRound
from tests import shared

KEY, ROUND, NAME = "shiomi-jukyo", "r10-madoguchi", "住居確保の給付に関する事務"
REF = f"{KEY}~{ROUND}"
SECRET = "海抜二十四メートルの旧気象台"
AT = datetime(2028, 5, 8, 0, 10, tzinfo=JST)
DURING = datetime(2028, 5, 12, 23, 40, tzinfo=JST)
START, END = date(2028, 5, 10), date(2028, 6, 9)
AFTER = datetime(2028, 6, 10, 0, 5, tzinfo=JST)
OFFICE = By("funado", "secretariat", AT)
_FORM = "all_item@平成30年5月"


def _tree(form: str, answers: dict[str, Any]) -> Tree:
    return items.build(
        forms.load(form), [(tuple(path.split("/")), answer) for path, answer in answers.items()]
    )


def published() -> dict[str, Any]:
    return {
        "C/1": "31",
        "C/2": f"{NAME}　全項目評価書",
        "C/5": "汐見町長",
        "C/7": "令和7年7月1日",
        "I/1/1": NAME,
        "I/1/2": "給付の額を決める。",
        "I/1/3": "1,000人以上1万人未満",
        "II/f/1": "住居給付ファイル",
        "II/f/6/1": "機器は庁舎の中に置く。",
        "IV/3": "職員に研修を行う。",
    }


def begin(wp: Workplace, at: datetime = AT, start: date = START, end: date = END) -> int:
    """The published documents, a round with withheld words, and its consultation; returns its
    number. Another instant and other days where a real clock goes on."""
    office = By(OFFICE.actor, OFFICE.role, at)
    counted = start - timedelta(days=90)
    versions.bring_in(
        wp, office, KEY, versions.Brought(_tree(_FORM, published())), why="初めて読み込み"
    )
    basic = {
        "C/1": "31",
        "C/2": f"{NAME}　基礎項目評価書",
        "C/5": "汐見町長",
        "C/7": "令和7年7月1日",
        "I/1/1": NAME,
        "I/1/2": "給付の額を決める。",
    }
    versions.bring_in(
        wp,
        office,
        f"{KEY}-basic",
        versions.Brought(_tree("basic_item@平成31年1月", basic)),
        why="初めて読み込み",
    )
    registration.add_account(
        wp, office, registration.NewAccount("funado", "船戸 岬", "secretariat", "汐見町長")
    )
    registration.count(wp, office, KEY, registration.Counts(400_000, 600, False, counted, counted))
    for key in (f"{KEY}-basic", KEY):
        versions.published_before(wp, office, key, date(2025, 7, 1))
    versions.open_round(
        wp,
        office,
        KEY,
        NewRound(
            ROUND, "REASSESSMENT", reasons=["窓口の委託"], change_date=end + timedelta(days=150)
        ),
    )
    draft = published() | {
        "II/f/6/1": f"機器は{SECRET}に置く。",
        "IV/3": "職員と受託者に研修を行う。",
    }
    versions.bring_in(wp, office, REF, versions.Brought(_tree(_FORM, draft)), why="案を作成")
    seen = sources.read_ref(wp, REF).ref
    editing.withhold(
        wp,
        office,
        editing.Opened(REF, ("II", "f", "6", "1"), seen=seen),
        SECRET,
        "警備のため",
        ground="SECURITY",
    )
    title = f"{NAME}の評価書（案）"
    facts = {"contact": "汐見町役場", "sender": {"name": "required", "address": "none"}}
    shared.reasoned(wp, office, REF)
    return consultations.announce(
        wp,
        office,
        [REF],
        consultations.Announcement(
            title=title,
            announced=min(at.date(), start),
            start=start,
            end=end,
            method="この画面又は郵送",
            facts=facts,
        ),
    )
