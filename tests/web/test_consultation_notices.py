"""A consultation extended, corrected and cancelled by a notice: the office's page, the paper, the
residents' page and everything that counts days follow. Played in 海原市 and in the case."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import html

from pia import config
from pia.actions.issuing import papers
from pia.actions.records import days, schedules
from pia.actions.workplace import Workplace, line
from pia.documents.word import reader
from pia.domain.act import JST
from pia.domain.errors import PiaError
from pia.store import queries
from pia.store.rows.consultations import Consultation
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .. import shared
from .client import PageClient, expect_words
from .test_corrections import LINE, isobe, record, umihara_until, withdraw, wrong
from .test_public import PublicClient

TALK = "/consultations/1"
HERE = f"{TALK}/notices"
WHY = {"reason": "年末年始に閲覧できない日があったため", "document_number": "海教学第99号"}


@pytest.fixture
def wp(tmp_path: Path) -> Workplace:
    return umihara_until("announce", tmp_path)


def resident(wp: Workplace, at: str) -> PublicClient:
    moment = datetime.fromisoformat(at).replace(tzinfo=JST)
    return PublicClient(create_public_app(wp, config.load({}), lambda: moment))


def paper(wp: Workplace) -> str:
    made = papers.make(
        wp, "consultation-notice", "docx", about=1, today=date(2026, 1, 14), given={}
    )
    return str(reader.read(made.data)[0])


def extend(page: PageClient, status: int = 303, **values: str) -> html.HtmlElement:
    given = {"end": "2026-01-30", **WHY, **values}
    return page.post(HERE, f"{HERE}/extension", given, status)


def test_an_extension_is_followed_by_everything_that_counts_days(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-14T10:00")
    wrong(extend(page, 422, end="2026-01-15"), "end", "より後になっていません")
    wrong(extend(page, 422, notice_day="2026-01-15"), "notice_day", "まだ来ていません")
    wrong(
        extend(page, 422, notice_day="2025-12-09"), "notice_day", "公示日（令和7年12月10日）より前"
    )
    wrong(extend(page, 422, decided="2026-01-15"), "decided", "告示した日より後")
    assert record(wp).consultation.end == date(2026, 1, 15)
    shown = extend(page)
    expect_words(shown, "令和8年1月30日まで（初日と末日を含めて51日間）", "期間の延長")
    expect_words(shown, "令和8年1月15日", WHY["reason"], "令和8年1月30日までは締め切れません")
    assert record(wp).consultation.end == date(2026, 1, 30)
    with wp.store.read() as session:
        told = days.record(session, line(session, LINE).own_round)
    assert schedules.known_days(told, date(2026, 2, 1))["closed"].day == date(2026, 1, 30)
    words = paper(wp)
    for said in ("海教学第99号", "令和8年1月15日", "令和8年1月30日", WHY["reason"], "51日間"):
        assert said in words, said
    # residents read it, and send until the new day
    told = resident(wp, "2026-01-29T10:00").get(TALK)
    expect_words(told, "期間の延長（令和8年1月14日）", "令和8年1月30日", "意見を書く")
    assert "受付は終わりました" in resident(wp, "2026-01-31T10:00").get(TALK).text_content()
    page.expect_words(f"/rounds/{LINE}", "意見募集の期間を延長")
    # an opinion of the days between counts by itself
    late = isobe(wp, "2026-01-29T10:00")
    about = {"channel": "counter", "received": "2026-01-28", "text": "間の意見。", "name": "浦 汀"}
    expect_words(late.post(TALK, f"{TALK}/opinions", about), "1人1件")
    # taken back: the first last day again, for every counter of days
    withdraw(page, f"{HERE}/1/correction")
    assert record(wp).consultation.end == date(2026, 1, 15)
    with pytest.raises(PiaError, match="記録されていません"):
        paper(wp)
    assert not fsck.check(wp.store, deep=True)


def test_what_came_late_before_an_extension_is_pointed_at(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-17T10:00")
    about = {
        "channel": "counter",
        "received": "2026-01-16",
        "text": "一日の遅れ。",
        "name": "浦 汀",
        "counting": "apart",
        "counting_reason": "期間の後",
    }
    page.post(TALK, f"{TALK}/opinions", about)
    shown = extend(page)
    expect_words(shown, "0人0件", "意見1は、いまの期間の中に届いています")
    page.post(
        f"{TALK}/opinions/1/correction",
        f"{TALK}/opinions/1/correction",
        {"counting": "", "correction": "延長した期間の中"},
        pick={"what": "amend"},
    )


def test_a_correction_keeps_what_was_said_before(wp: Workplace) -> None:
    page = isobe(wp, "2025-12-20T10:00")
    there = f"{HERE}/correction"
    expect_words(page.post(HERE, there, WHY, 422), "もうそのとおりです")
    shown = page.post(HERE, there, {"contact": "000-555-7302", **WHY})
    expect_words(shown, "公示の訂正", "000-555-7301", "000-555-7302")
    words = paper(wp)
    assert "000-555-7301" in words and "000-555-7302" in words and "公示の訂正" in words
    expect_words(resident(wp, "2025-12-21T10:00").get(TALK), "000-555-7302", "公示の訂正")
    page.post(HERE, there, {"title": "就学援助の評価書（案）への意見", **WHY})
    # the earlier notice stands below the later one
    page.expect_words(f"{HERE}/1/correction", "後の告示を取り消してください")
    withdraw(page, f"{HERE}/2/correction")
    withdraw(page, f"{HERE}/1/correction")
    with wp.store.read() as session:
        con = session.get_one(Consultation, 1)
        assert (con.title, con.facts["contact"]) == (
            "就学援助の評価書（案）への意見募集",
            "000-555-7301",
        )


def test_a_cancelled_consultation_is_told_and_counts_nowhere(wp: Workplace) -> None:
    page = isobe(wp, "2025-12-20T10:00")
    about = {
        "channel": "counter",
        "received": "2025-12-19",
        "text": "届いた意見。",
        "name": "浦 汀",
    }
    page.post(TALK, f"{TALK}/opinions", about)
    shown = page.post(HERE, f"{HERE}/cancellation", WHY)
    expect_words(shown, "令和7年12月20日に中止しました", "届いた意見。")
    with wp.store.read() as session:
        round_ = line(session, LINE).own_round
        assert round_.state == "DRAFTING"
        assert days.record(session, round_).consultation is None
    assert "御意見の受付は、終わりました" in paper(wp)
    told = resident(wp, "2025-12-21T10:00").get(TALK)
    expect_words(told, "この意見募集は中止しました", WHY["reason"])
    assert "意見を書く" not in told.text_content()
    answer = resident(wp, "2025-12-21T10:00").client.get(f"{TALK}/opinion")
    assert "受付は終わりました" in answer.get_data(as_text=True)
    page.get(HERE)
    expect_words(extend(page, 409), "終わっているため")
    # cancelled by mistake: it goes on
    withdraw(page, f"{HERE}/1/correction")
    with wp.store.read() as session:
        assert line(session, LINE).own_round.state == "CONSULTING"
        assert queries.consultations.about_round(session, line(session, LINE).own_round.id)
    expect_words(resident(wp, "2025-12-21T10:00").get(TALK), "意見を書く")
    assert not fsck.check(wp.store, deep=True)


def test_three_documents_of_another_town_go_together(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("announce"), tmp_path)
    moment = datetime(2024, 5, 20, 9, tzinfo=JST)
    page = PageClient(create_app(wp, config.load({}), lambda: moment), "mizukoshi")

    def states() -> set[str]:
        with wp.store.read() as session:
            return {round_.state for round_ in session.get_one(Consultation, 1).rounds}

    assert states() == {"CONSULTING"}
    given = {"end": "2024-06-28", "reason": "閲覧場所の休館", "document_number": "情政第9号"}
    expect_words(page.post(HERE, f"{HERE}/extension", given), "令和6年6月28日まで")
    page.post(HERE, f"{HERE}/cancellation", {"reason": "案の作り直し"})
    assert states() == {"DRAFTING"}
    zone = PublicClient(create_public_app(wp, config.load({}), lambda: moment))
    expect_words(zone.get("/"), "、中止")
    # the later notice is taken back first; then all three go on until the day it said
    page.expect_words(f"{HERE}/1/correction", "後の告示を取り消してください")
    withdraw(page, f"{HERE}/2/correction")
    assert states() == {"CONSULTING"}
    with wp.store.read() as session:
        assert session.get_one(Consultation, 1).end == date(2024, 6, 28)
    assert not fsck.check(wp.store, deep=True)
