"""A 評価書 from nothing: in 白波市, which begins with an empty database, a new 事務 is counted
first, its documents are begun, one on an empty form and one with what another 事務 says, and go the
whole way to publication through the pages; and in a small town a 基礎項目評価書 alone."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from pia import forms, rules
from pia.actions.editing import beginning
from pia.domain.procedure import threshold
from pia.domain.revise import first_text
from pia.store.upkeep import fsck

from .. import shared
from ..conftest import workplace_at
from .client import expect_no_words, expect_problem, expect_words
from .second_town import (
    MEMBERS,
    Town,
    consult,
    convene,
    fill_in,
    refer,
    settle,
    stay_signed_in,
)
from .test_public import PublicClient

PLACE = "/affairs/infant"
NAME = "乳幼児の医療費の助成に関する事務"
MAIN, BASIC = "infant~r5-1", "infant-basic~r5-1"
AGAIN = "infant-basic~r5-2"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    stay_signed_in(monkeypatch)
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    return settle(workplace_at(f"sqlite:///{tmp_path / 'pia.db'}"))


def registered(town: Town, people: str) -> None:
    """The new 事務, known by its 基礎項目評価書 alone, and counted."""
    about = {"name": NAME, "number": "17", "key": "infant", "body": "白波市長"}
    about["department"] = "健康部こども保健課"
    counts = {"people": people, "handlers": "40", "counted_people": "2023-09-01"}
    refused = town.person("kazama").post(
        "/affairs/new", "/affairs/new", {**about, **counts}, status=422
    )
    expect_problem(refused, "取扱者数の時点")
    counts["counted_handlers"] = "2023-10-01"
    said = town.office("/affairs/new", "/affairs/new", {**about, **counts})
    assert "であるため、基礎項目評価" in said


def test_a_new_affair_goes_from_its_judgement_to_publication(town: Town) -> None:
    town.at("2023-10-10T09:00")
    registered(town, "301000")
    office = town.person("kazama")
    expect_words(office.get("/register"), "△ 全項目評価書が必要", "△ 基礎項目評価書が必要")
    expect_words(office.get("/"), "評価書を始める（2件）", "2件の評価書")
    expect_words(office.get(PLACE), "基礎項目評価書と全項目評価書が必要です。まだありません。")
    here = f"{PLACE}/begin"
    page = office.get(here)
    ticked = page.xpath("//input[@name='kinds'][@checked]/@value")
    assert ticked == ["basic_item", "all_item"]
    source = next(
        option.get("value")
        for option in page.xpath("//select[@name='source_all_item']/option")
        if "予防接種" in option.text_content()
    )
    # nothing is done by a choice that does not fit
    refused = office.post(here, here, {"source_all_item": source, "title": ""}, status=422)
    expect_problem(refused, "件名")
    said = office.post(here, here, {"source_all_item": source, "held": "2024-07-01"})
    expect_words(said, "基礎項目評価書と全項目評価書を始めました。", "件の項目を写しました。")
    expect_words(said, "実施：", "新しい評価書です。", "令和6年7月1日", "写したままの項目")
    expect_no_words(said, "変更箇所の表を作る", "重要な変更の対象")
    again = office.get(here)
    assert again.xpath("//input[@name='kinds']/@value") == ["key_item"]

    # what the register knows is there; what is the other document's own is not
    text = town.read("ogata", f"/assessments/{MAIN}")
    assert NAME in text and "30万人以上" in text and "予防接種に関する" not in text
    basic = town.read("ogata", f"/assessments/{BASIC}")
    assert "令和5年9月1日" in basic and "500人未満" in basic and "発生なし" in basic
    copied = office.get(f"/rounds/{MAIN}/copied")
    same = len(copied.xpath("//main//ul[1]/li"))
    assert same > 5
    town.draft(MAIN, "I/1/2", "乳幼児の保険診療の自己負担分を助成する。")
    assert len(office.get(f"/rounds/{MAIN}/copied").xpath("//main//ul[1]/li")) == same - 1

    # every way from its pages leads somewhere, before anything was published of it
    ways = set()
    for address in (f"/rounds/{MAIN}", f"/assessments/{MAIN}", f"/rounds/{MAIN}/change-table"):
        links = office.get(address).find(".//main").iter("a")
        ways |= {link.get("href", "").split("#")[0] for link in links}
    for address in sorted(way for way in ways if way.startswith("/")):
        assert office.client.get(address).status_code in (200, 303), address

    # 意見募集: residents read the whole, and no comparison with nothing
    town.at("2023-11-01T08:00")
    consult(
        town,
        [MAIN],
        "乳幼児医療の評価書（案）への意見募集",
        "2023-11-01",
        "2023-11-01",
        "2023-12-04",
    )
    public = PublicClient(town.public)
    offered = public.get("/consultations/1")
    expect_words(offered, NAME)
    for address in {
        a.get("href") for a in offered.iter("a") if "/consultations/1" in a.get("href", "")
    }:
        assert public.client.get(address).status_code == 200, address
    town.at("2023-12-05T09:00")
    town.office("/consultations/1", "/consultations/1/close")
    town.office(f"/rounds/{MAIN}", f"/rounds/{MAIN}/review-fixed", {"day": "2023-12-05"})

    # 第三者点検: the council reads the measures of the whole document
    refer(town, [MAIN], "乳幼児医療の評価書の点検について", "白文第61号")
    convene(town, "1", "令和5年度第6回審査会", "2023-12-25")
    town.at("2023-12-25T10:10")
    cards = town.person("tsuda").get("/referrals/1")
    expect_words(cards, NAME)
    office.download("/referrals/1/pack.pdf")
    town.office("/sittings/1", "/sittings/1/attendance", {"present": list(MEMBERS)})
    town.office("/sittings/1", "/sittings/1/decide", {"kind": "了承", "note": "了承する。"})

    town.at("2024-01-10T09:00")
    fill_in(town, MAIN, "令和6年1月12日", "意見はなかった。", "変更はない。")
    fill_in(town, BASIC, "令和6年1月12日")
    sent = {"document_number": "白文第70号", "decided": "2024-01-09", "sure": "1"}
    assert "確定しています" in town.office(f"/rounds/{MAIN}/submit", f"/rounds/{MAIN}/submit", sent)
    town.work()
    town.at("2024-01-12T09:00")
    published = {"day": "2024-01-12"}
    assert "公表しました" in town.office(
        f"/rounds/{MAIN}/publish", f"/rounds/{MAIN}/publish", published
    )
    page = office.get(PLACE)
    expect_no_words(page, "まだありません。")
    expect_words(page, "令和6年1月12日")
    expect_words(public.get("/"), NAME)
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_small_town_begins_a_basic_document_alone(town: Town) -> None:
    town.at("2023-10-10T09:00")
    registered(town, "5200")
    office = town.person("kazama")
    page = office.get(f"{PLACE}/begin")
    assert page.xpath("//input[@name='kinds'][@checked]/@value") == ["basic_item"]
    office.post(f"{PLACE}/begin", f"{PLACE}/begin", {"held": "2024-04-01"})
    # what was begun by mistake is taken back, begun anew, and its day is put right
    taken_back = {"why": "件名を誤ったため"}
    office.post(f"/rounds/{BASIC}", f"/rounds/{BASIC}/move", taken_back, pick={"event": "withdraw"})
    assert office.get(f"{PLACE}/begin").xpath("//input[@name='kinds'][@checked]/@value") == [
        "basic_item"
    ]
    office.post(f"{PLACE}/begin", f"{PLACE}/begin", {"held": "2024-03-01"})
    here = f"/rounds/{AGAIN}/correction"
    office.post(here, here, {"change_date": "2024-04-01", "correction": "予定の変更"})
    expect_words(office.get(f"/rounds/{AGAIN}"), "ファイルを保有する予定", "令和6年4月1日")
    town.draft(AGAIN, "I/1/2", "医療費の助成を行う。")
    town.at("2023-11-02T09:00")
    fill_in(town, AGAIN, "令和5年11月6日")
    sent = {"document_number": "白文第62号", "decided": "2023-11-01", "sure": "1"}
    town.office(f"/rounds/{AGAIN}/submit", f"/rounds/{AGAIN}/submit", sent)
    town.work()
    town.at("2023-11-06T09:00")
    town.office(f"/rounds/{AGAIN}/publish", f"/rounds/{AGAIN}/publish", {"day": "2023-11-06"})
    # a 基礎項目評価書 alone falls due as any other
    town.at("2024-10-01T09:00")
    expect_words(office.get("/register?stand=due"), NAME, "令和6年11月6日")
    expect_words(office.get("/"), "見直しの要否を確かめる")
    town.at("2024-02-01T09:00")
    # more people later: the judgement asks for more, and that can be begun
    counts = {"people": "120000", "handlers": "40", "counted_handlers": "2024-01-31"}
    town.office(PLACE, f"{PLACE}/counts", {**counts, "counted_people": "2024-01-31"})
    expect_words(office.get(PLACE), "重点項目評価書が必要です")
    page = office.get(f"{PLACE}/begin")
    assert page.xpath("//input[@name='kinds'][@checked]/@value") == ["key_item"]
    office.post(f"{PLACE}/begin", f"{PLACE}/begin", {})
    expect_words(office.get("/rounds"), NAME)
    assert fsck.check(town.wp.store) == []


@pytest.mark.parametrize("form", [each for each in forms.known() if not each.startswith("plan")])
def test_every_form_takes_what_the_register_knows(form: str) -> None:
    """Each band of the threshold has an answer on each form that asks for it."""
    table = rules.load("threshold")
    one = forms.load(form)
    day = beginning.form_on(one.kind, date(2026, 1, 1))
    assert day.endswith("令和6年10月")
    for band in table["bands"]:
        people = (band["below"] or 400_000) - 1
        judged = threshold.judge(people, 10, False, table)
        counted = first_text.PrintedCounts(
            judged.band,
            date(2026, 1, 1),
            "500人未満",
            date(2026, 1, 1),
            "発生なし",
            judged.result,
        )
        known = first_text.KnownAffair("3", "試し", "評価書", "町長", "課", counted)
        told = dict(first_text.known_answers(one, known))
        for role in ("people_band", "handlers_band", "incident", "judged", "cover_number"):
            line = one.by_role.get(role)
            assert line is None or line.path in told, (form, role, band)
