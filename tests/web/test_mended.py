"""What naughty strings, random requests and doubled forms found once, each where it was seen."""

from __future__ import annotations

import re

import pytest
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions import jobs
from pia.actions.records.adoptions import differing
from pia.actions.steps import tablets as steps_tablets
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store import nodes
from pia.store.ledger import log
from pia.store.rows.bodies import Account, Department
from pia.store.rows.councils import Referral
from pia.web.application import create_app
from tests.shared import by_hand

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_problem, expect_words

OFFICE = By("mizukoshi", "secretariat", NOW)


def office(wp: Workplace) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), "mizukoshi")


def test_a_second_council_of_one_name_is_refused(played: Workplace) -> None:
    shown = office(played).post(
        "/councils",
        "/councils",
        {"name": "みなも市情報公開・個人情報保護審議会", "quorum": "3"},
        422,
    )
    expect_problem(shown, "もう登録されています")


def test_a_day_of_the_plan_is_a_day(played: Workplace) -> None:
    page = office(played)
    shown = page.post("/plan", "/plan", {"body": "みなも市長", "created": "先週の木曜"}, 422)
    expect_problem(shown, "日付")
    expect_words(
        page.post("/plan", "/plan", {"body": "みなも市長", "created": "2015-03-02"}),
        "平成27年3月2日",
    )


def test_of_two_tablets_one_gets_the_plate(played: Workplace) -> None:
    app, sitting = create_app(played, config.load({}), lambda: NOW), shared.new_sitting(played, NOW)
    token = steps_tablets.open_door(played, OFFICE, sitting)
    tablets = [PageClient(app), PageClient(app)]
    for t in tablets:
        t.client.get(f"/t/{token}")
    plate = tablets[0].get("/plates").find_class("plate")[0].get("value")
    seen = tablets[1].fields(
        next(f for f in tablets[1].get("/plates").iter("form") if f.get("action") == "/plates")
    )
    tablets[0].post("/plates", "/plates", pick={"member": plate})
    steps_tablets.give(
        played, OFFICE, sitting, steps_tablets.tablets(played, sitting)[0].device, int(plate)
    )
    expect_words(tablets[1].send("/plates", seen | {"member": plate}, 422), "ほかの端末")
    with pytest.raises(PiaError, match="ほかの端末"):
        steps_tablets.give(
            played, OFFICE, sitting, steps_tablets.tablets(played, sitting)[1].device, int(plate)
        )


def test_every_job_is_in_the_list(played: Workplace) -> None:
    jobs.ask(
        played,
        OFFICE,
        "refer",
        {"title": "件名", "rounds": ["nhi-benefits~r6-cloud"], "materials": [], "council": 1},
        key="a",
    )
    jobs.ask(
        played,
        OFFICE,
        "submit",
        {"rounds": ["nhi-benefits~r6-cloud"], "document_number": "1"},
        key="b",
    )
    shown = office(played).get("/jobs").text_content()
    assert "件名" in shown and "nhi-benefits~r6-cloud" in shown


def test_a_refused_referral_keeps_no_file(played: Workplace) -> None:
    page = office(played)
    with played.store.read() as s:
        before = log.chain_head(s)
    fields = page.fields(
        next(f for f in page.get("/councils").iter("form") if f.get("action") == "/councils")
    )
    import io

    shown = page.send(
        "/referrals/new",
        {k: fields[k] for k in ("csrf_token", "_request")}
        | {
            "rounds": "nhi-benefits~r6-cloud",
            "n-nhi-benefits~r6-cloud": "1",
            "council": "1",
            "title": "",
            "free": (io.BytesIO(b"x"), "資料4　参考.txt"),
        },
        422,
    )
    expect_problem(shown, "件名")
    with played.store.read() as s:
        assert log.chain_head(s) == before


def test_lines_said_elsewhere_too_are_still_new() -> None:
    assert differing(["甲", "乙", "丙"], ["甲", "丙", "丁", "丙"]) == ("乙", "丁\n丙")


def test_what_no_field_shows_again_stands_below_the_problem(played: Workplace) -> None:
    page = office(played)
    url = "/sittings/1"
    shown = page.post(url, f"{url}/decide", {"note": "あ" * 4_000 + "終わり"}, 422)
    kept = [e for e in shown.iter("textarea") if re.match("lost-", e.get("id") or "")]
    assert len(kept) == 1 and (kept[0].text or "").endswith("終わり")


def test_a_refusal_is_said_also_where_the_page_only_leads_elsewhere(played: Workplace) -> None:
    """A name plate asked for without a tablet, with a form that is none: the page of the plates
    would lead the office home."""
    page = office(played)
    token = page.fields(
        next(f for f in page.get("/plan").iter("form") if f.get("method") == "post")
    )["csrf_token"]
    shown = page.send("/plates", {"csrf_token": token, "_request": "x"}, 422)
    expect_words(shown, "送られた内容が正しくありません")


def test_an_affair_does_not_take_another_s_documents(played: Workplace) -> None:
    """The 基礎項目評価書 of `nhi-benefits` has the key that an affair of this name would give
    its 全項目評価書."""
    sent = {
        "key": "nhi-benefits-basic",
        "number": "77",
        "name": "別の事務",
        "body": "みなも市長",
        "department": "保険年金課",
        "kind": "all_item",
    }
    shown = office(played).post("/affairs/new", "/affairs/new", sent, 422)
    expect_problem(shown, "ほかの事務の評価書の番地です")


def _where_it_came_back(shown: html.HtmlElement, typed: str) -> list[str]:
    """The addresses of the forms that have what was typed in a field."""
    return [
        f.get("action")
        for f in shown.iter("form")
        for e in f.iter("textarea")
        if (e.text or "").removeprefix("\n") == typed
    ]


def test_a_refused_answer_comes_back_in_its_own_form(played: Workplace) -> None:
    """The page of a consultation has a form for each answer and one for opinions that came on
    paper: all with a field of one name."""
    page, url, typed = office(played), "/consultations/1", "市の考え方" * 2_500
    shown = page.post(url, f"{url}/opinions/2/response", {"text": typed}, 422)
    assert _where_it_came_back(shown, typed) == [f"{url}/opinions/2/response"]
    field = shown.get_element_by_id("text")
    assert (
        field.get("aria-invalid") == "true"
        and field.getparent().getparent().getparent().get("open") is not None
    )
    expect_words(shown.get_element_by_id("text-wrong"), "12,000文字まで")
    shown = page.post(url, f"{url}/opinions", {"text": typed, "received": ""}, 422)
    assert (
        _where_it_came_back(shown, typed) == [f"{url}/opinions"]
        and shown.get_element_by_id("text") is not None
    )


def test_a_refused_answer_to_the_council_comes_back_in_its_own_form(played: Workplace) -> None:
    page, typed = office(played), "回答" * 2_001
    first = next(
        f for f in page.get("/referrals/1").iter("form") if f.get("action").endswith("/answer")
    )
    shown = page.post("/referrals/1", first.get("action"), {"text": typed}, 422)
    assert _where_it_came_back(shown, typed) == [first.get("action")]


def test_the_list_of_what_was_begun_leads_only_where_one_may_write(drafted: Workplace) -> None:
    """Who has left a department cannot open what they began there; the words are kept, and are
    there again when they come back."""
    ref, path = "nhi-benefits~r6-cloud", "IV/3"
    page = PageClient(create_app(drafted, config.load({}), lambda: NOW), "morishita")
    link = f"/lines/{ref}/items/{path}?unsaved=1"
    form = next(
        f for f in page.get(f"/lines/{ref}/items/{path}").iter("form") if f.get("data-unsaved")
    )
    page.send(form.get("data-unsaved"), page.fields(form) | {"text": "書きかけ"})

    def offered() -> bool:
        return link in [a.get("href") for a in page.get("/").iter("a")]

    def to(department: int) -> int:
        with by_hand(drafted.store) as s:
            account = s.scalars(select(Account).where(Account.name == "morishita")).one()
            before, account.department_id = account.department_id, department
        return before

    assert offered()
    with drafted.store.read() as s:
        other = s.scalars(
            select(Department.id).where(
                Department.id
                != s.scalars(select(Account.department_id).where(Account.name == "morishita")).one()
            )
        ).first()
    home = to(other)
    assert not offered() and page.client.get(link).status_code == 403
    to(home)
    assert offered() and page.get(link).get_element_by_id("text").text.strip() == "書きかけ"


def test_an_item_the_form_does_not_have_is_refused_by_one_rule(drafted: Workplace) -> None:
    page, line = (
        PageClient(create_app(drafted, config.load({}), lambda: NOW), "morishita"),
        "/lines/nhi-benefits~r6-cloud",
    )
    said = "の「その他のリスク対策」に、その項目はありません。"
    page.expect_words(f"{line}/items/IV/99", said, status=404)
    keys = page.fields(
        next(f for f in page.get(f"{line}/items/IV/3").iter("form") if f.get("data-unsaved"))
    )
    for what in ("items", "marks", "unsaved", "withheld"):
        keys["_request"] += "x"
        assert (
            said
            in page.send(
                f"{line}/{what}/IV/99",
                keys | {"words": "x", "because": "x", "why": "x", "ground": "SECURITY"},
                422,
            ).text_content()
        ), what


def test_papers_are_fetched_by_their_place_whatever_their_number_says(played: Workplace) -> None:
    """A number is what a person wrote: with a slash in it, an address made of it would lead
    nowhere."""
    with by_hand(played.store) as s:
        referral = s.get_one(Referral, 1)
        kept = nodes.put_blob(s, b"%PDF-1.7")
        referral.materials = [
            {**m, "number": "../../資料/1", "sha256": kept, "count": 1} if "key" in m else m
            for m in referral.materials
        ]
    page = office(played)
    links = [
        a.get("href")
        for a in page.get("/referrals").iter("a")
        if a.get("href").startswith("/referrals/1/materials/")
    ]
    assert links
    for link in links:
        assert page.download(link).startswith(b"%PDF")
