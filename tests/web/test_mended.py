"""What naughty strings, random requests and doubled forms found once, each where it was seen."""

from __future__ import annotations

import re

from pia import config
from pia.actions import access, work
from pia.actions.papers_consultation import _differing
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.store import log
from pia.web import create_app

from ..conftest import NOW
from .client import PageClient

OFFICE = By("mizukoshi", "secretariat", NOW)


def office(wp: Workplace) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), "mizukoshi")


def test_a_second_council_of_one_name_is_refused(played: Workplace) -> None:
    shown = office(played).post("/councils", "/councils", {"name": "みなも市情報公開・個人情報保護審議会", "quorum": "3"}, 422)
    assert "もう登録されています" in shown.get_element_by_id("problem").text_content()


def test_a_day_of_the_plan_is_a_day(played: Workplace) -> None:
    page = office(played)
    shown = page.post("/plan", "/plan", {"body": "みなも市長", "created": "先週の木曜"}, 422)
    assert "日付" in shown.get_element_by_id("problem").text_content()
    assert "平成27年3月2日" in page.post("/plan", "/plan", {"body": "みなも市長", "created": "2015-03-02"}).text_content()


def test_of_two_tablets_one_gets_the_plate(played: Workplace) -> None:
    app, token = create_app(played, config.load({}), lambda: NOW), access.open_door(played, OFFICE, 1)
    tablets = [PageClient(app), PageClient(app)]
    for t in tablets:
        t.client.get(f"/t/{token}")
    plate = tablets[0].get("/plates").find_class("plate")[0].get("value")
    seen = tablets[1].fields(next(f for f in tablets[1].get("/plates").iter("form") if f.get("action") == "/plates"))
    tablets[0].post("/plates", "/plates", pick={"member": plate})
    assert "ほかの端末" in tablets[1].send("/plates", seen | {"member": plate}, 422).text_content()


def test_every_job_is_in_the_list(played: Workplace) -> None:
    work.ask(played, OFFICE, "refer", {"title": "件名", "rounds": ["nhi-benefits~r6-cloud"], "materials": [], "council": 1}, key="a")
    work.ask(played, OFFICE, "submit", {"rounds": ["nhi-benefits~r6-cloud"], "document_number": "1"}, key="b")
    shown = office(played).get("/jobs").text_content()
    assert "件名" in shown and "nhi-benefits~r6-cloud" in shown


def test_a_refused_referral_keeps_no_file(played: Workplace) -> None:
    page = office(played)
    with played.store.read() as s:
        before = log.chain_head(s)
    fields = page.fields(next(f for f in page.get("/councils").iter("form") if f.get("action") == "/councils"))
    import io

    shown = page.send("/referrals/new", {k: fields[k] for k in ("csrf_token", "_request")} | {"rounds": "nhi-benefits~r6-cloud", "n-nhi-benefits~r6-cloud": "1", "council": "1", "title": "", "free": (io.BytesIO(b"x"), "資料4　参考.txt")}, 422)
    assert "件名" in shown.get_element_by_id("problem").text_content()
    with played.store.read() as s:
        assert log.chain_head(s) == before


def test_lines_said_elsewhere_too_are_still_new() -> None:
    assert _differing(["甲", "乙", "丙"], ["甲", "丙", "丁", "丙"]) == ("乙", "丁\n丙")


def test_what_no_field_shows_again_stands_below_the_problem(played: Workplace) -> None:
    page = office(played)
    url = "/sittings/1"
    shown = page.post(url, f"{url}/decide", {"note": "あ" * 4_000 + "終わり"}, 422)
    kept = [e for e in shown.iter("textarea") if re.match("lost-", e.get("id") or "")]
    assert len(kept) == 1 and (kept[0].text or "").endswith("終わり")


def test_a_refusal_is_said_also_where_the_page_only_leads_elsewhere(played: Workplace) -> None:
    """A name plate asked for without a tablet, with a form that is none: the page of the plates would lead the office home."""
    page = office(played)
    token = page.fields(next(f for f in page.get("/plan").iter("form") if f.get("method") == "post"))["csrf_token"]
    shown = page.send("/plates", {"csrf_token": token, "_request": "x"}, 422)
    assert "送られた内容が正しくありません" in shown.text_content()


def test_an_affair_does_not_take_another_s_documents(played: Workplace) -> None:
    """The 基礎項目評価書 of `nhi-benefits` has the key that an affair of this name would give its 全項目評価書."""
    sent = {"key": "nhi-benefits-basic", "number": "77", "name": "別の事務", "body": "みなも市長", "department": "保険年金課", "kind": "all_item"}
    shown = office(played).post("/affairs/new", "/affairs/new", sent, 422)
    assert "ほかの事務の評価書が使っています" in shown.get_element_by_id("problem").text_content()
