"""Merged and split affairs keep their past: what the earlier ones published is shown with the one
that follows, at the office and to residents. Played in the case and in 海原市."""

from __future__ import annotations

from pathlib import Path

from pia import config
from pia.actions.workplace import Workplace
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong
from .test_public import PublicClient

HERE = "/affairs/nhi-levy/origins"
MERGED = {
    "origin": "nhi-benefits",
    "kind": "merged",
    "day": "2024-04-01",
    "reason": "給付と賦課の事務をまとめたため",
}


def test_what_an_affair_came_from_stays_in_view(played: Workplace) -> None:
    office = PageClient(create_app(played, config.load({}), lambda: NOW), "mizukoshi")
    expect_words(office.get("/affairs/nhi-levy"), "統合・分割")
    expect_words(office.get(HERE), "記録はありません")
    shown = office.post(HERE, HERE, {**MERGED, "day": "2030-01-01"}, 422)
    wrong(shown, "day", "まだ来ていません")
    wrong(office.post(HERE, HERE, {**MERGED, "reason": ""}, 422), "reason", "入力してください")
    shown = office.post(HERE, HERE, MERGED)
    expect_words(shown, "令和6年4月1日に統合", MERGED["reason"], "全項目評価書（")
    wrong(office.post(HERE, HERE, MERGED, 422), "origin", "もう記録されています")
    # the other way round it cannot be: an affair does not come from itself
    other = "/affairs/nhi-benefits/origins"
    expect_words(office.get(other), "この事務から引き継いだ事務")
    back = {**MERGED, "origin": "nhi-levy"}
    wrong(office.post(other, other, back, 422), "origin", "元になっています")
    # residents are led to what was public before
    zone = PublicClient(create_public_app(played, config.load({}), lambda: NOW))
    told = zone.get("/published/nhi-levy")
    expect_words(told, "から令和6年4月1日に統合した事務です", "前の全項目評価書")
    correct(office, f"{HERE[:-8]}/origins/1/correction", kind="split", reason="分けたため")
    expect_words(office.get(HERE), "に分割", "分けたため")
    withdraw(office, f"{HERE[:-8]}/origins/1/correction")
    expect_words(office.get(HERE), "記録はありません")
    expect_no_words(zone.get("/published/nhi-levy"), "した事務です")
    assert not fsck.check(played.store, deep=True)


def test_odd_words_and_a_town_of_one_affair(tmp_path: Path) -> None:
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-20T10:00")
    here = "/affairs/school-aid/origins"
    shown = page.get(here)
    forms = [form for form in shown.iter("form") if (form.get("action") or "").endswith("/origins")]
    assert not forms or len(forms) == 1
