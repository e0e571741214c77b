"""The public zone: no staff route, only public readings, an opinion from field to receipt, and
nothing withheld or personal anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions import sources
from pia.actions.editing import items
from pia.actions.people import registration
from pia.actions.steps import consultations
from pia.actions.viewing import public
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.procedure.opinions import LONGEST
from pia.store.rows.consultations import Inbox, Opinion, OpinionSender
from pia.web.application import create_app
from pia.web.public.opinions import HOURLY
from pia.web.public.pages import create_public_app
from tests.shared import by_hand

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_words

DURING = datetime(2024, 5, 20, 12, tzinfo=JST)
OFFICE = By("mizukoshi", "secretariat", DURING)


class PublicClient(PageClient):
    """Residents' pages have their own form: no request key, a token."""

    def check(self, page: html.HtmlElement, url: str) -> None:
        for form in (form for form in page.iter("form") if form.get("method") == "post"):
            assert "csrf_token" in [e.get("name") for e in form.iter("input")], url
            for e in form.iter("input"):
                if e.get("name") == "csrf_token":
                    e.getparent().append(
                        html.fragment_fromstring('<input type="hidden" name="_request">')
                    )
                    break
        super().check(page, url)


@pytest.fixture
def open_case(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.played("announce"), tmp_path)
    yield wp
    wp.store.close()


def zone(wp: Workplace, at: datetime = DURING) -> PublicClient:
    return PublicClient(create_public_app(wp, config.load({}), lambda: at))


def fill(page: PublicClient, values: dict[str, str], status: int = 200) -> html.HtmlElement:
    form = next(f for f in page.get("/consultations/1/opinion").iter("form"))
    return page.send("/consultations/1/opinion", page.fields(form) | values, status)


def test_no_staff_route_exists_in_it(seen: Workplace) -> None:
    staff = {str(r) for r in create_app(seen, config.load({})).url_map.iter_rules()} - {
        "/",
        "/healthz",
        "/livez",
        "/readyz",
        "/static/<path:filename>",
    }
    mine = {str(r) for r in create_public_app(seen, config.load({})).url_map.iter_rules()}
    assert not [r for r in mine if r in staff and not r.startswith("/consultations/<int:number>")]
    assert {r.endpoint for r in create_public_app(seen, config.load({})).url_map.iter_rules()} <= {
        "health",
        "live",
        "ready",
        "static",
    } | {
        f"public.{n}"
        for n in (
            "home",
            "help",
            "consultation",
            "outcome",
            "draft",
            "opinion",
            "send",
            "receipt",
            "published",
            "publication",
            "notified",
            "notified_workbook",
            "notified_affair",
            "files",
            "file",
            "files_workbook",
            "file_sheet",
        )
    }
    page = zone(seen)
    for url in (
        "/rounds",
        "/accounts",
        "/sign-in",
        "/assessments/nhi-benefits",
        "/referrals/1",
        "/ledger",
    ):
        assert page.client.get(url).status_code == 404


def test_every_public_page_is_a_good_page(seen: Workplace) -> None:
    page = zone(seen, NOW)
    for url in (
        "/",
        "/consultations/1",
        "/consultations/1/documents/nhi-levy",
        "/consultations/1/opinion",
        "/published/nhi-benefits",
        "/published/nhi-benefits/1",
        "/published/nhi-benefits/2",
        "/published/nhi-levy-basic",
    ):
        page.get(url)
    for url in (
        "/published/nope",
        "/published/nhi-benefits/9",
        "/consultations/9",
        "/consultations/1/documents/nope",
    ):
        page.get(url, 404)
    words = page.get("/consultations/1").text_content()
    assert "意見1" in words and "受付は終わりました" in words, "results once all is answered"


def test_from_the_field_to_the_receipt_to_an_opinion(open_case: Workplace) -> None:
    page = zone(open_case)
    page.expect_words("/", "意見を募集しています")
    shown = fill(
        page,
        {
            "text": "消去の\n記載が分かりにくい <b>",
            "item": "II-6-3",
            "name": "市民 花子",
            "address": "みなも市1-1",
        },
    )
    expect_words(shown, "消去の\n記載が分かりにくい <b>")
    form = next(shown.iter("form"))
    sent = page.fields(form)
    done = page.send("/consultations/1/opinion", sent)
    receipt = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", done.text_content())
    assert receipt
    again = page.send("/consultations/1/opinion", sent)
    assert receipt.group() in again.text_content(), "sent twice it is one"
    with open_case.store.read() as s:
        row = s.scalars(select(Inbox)).one()
        assert (row.text, row.item, row.name) == (
            "消去の\n記載が分かりにくい <b>",
            "II-6-3",
            "市民 花子",
        )
    office = PageClient(create_app(open_case, config.load({}), lambda: DURING), "mizukoshi")
    office.post("/consultations/1", f"/consultations/1/inbox/{row.id}")
    with open_case.store.read() as s:
        opinion = s.scalars(select(Opinion)).one()
        assert (opinion.channel, opinion.item, opinion.text) == ("web", "II-6-3", row.text)
        assert s.scalars(select(OpinionSender)).one().name == "市民 花子"
        kept = s.scalars(select(Inbox)).one()
        assert (kept.name, kept.address, kept.opinion_id) == ("", "", opinion.id)
    office.expect_words("/consultations/1/senders?look=1", "市民 花子")
    for person, url in (("morishita", "/consultations/1"), ("mizukoshi", "/consultations/1")):
        PageClient(office.app, person).expect_no_words(url, "市民 花子")


@pytest.mark.parametrize(
    ("rule", "given", "good"),
    [
        ("required", "", False),
        ("required", "市民", True),
        ("optional", "", True),
        ("none", "市民", True),
    ],
)
def test_fields_follow_the_city_s_rules(
    open_case: Workplace, rule: str, given: str, good: bool
) -> None:
    with by_hand(open_case.store) as s:
        from pia.store.rows.consultations import Consultation

        s.scalars(select(Consultation)).one().facts = {"sender": {"name": rule, "address": "none"}}
    page = zone(open_case)
    shown = fill(page, {"text": "意見", "name": given}, 200 if good else 422)
    if good:
        page.send("/consultations/1/opinion", page.fields(next(shown.iter("form"))))
        with open_case.store.read() as s:
            assert s.scalars(select(Inbox)).one().name == ("" if rule == "none" else given)
    else:
        expect_words(shown.find_class("note")[0], "氏名")


def test_limits_the_period_and_a_flood(open_case: Workplace) -> None:
    page = zone(open_case)
    fill(page, {"text": "あ" * LONGEST})
    expect_words(fill(page, {"text": "あ" * (LONGEST + 1)}, 422), "文字まで")
    fill(page, {"text": "  "}, 422)
    late = zone(open_case, datetime(2024, 6, 14, 0, 0, tzinfo=JST))
    late.expect_words("/consultations/1/opinion", "受付は終わりました")
    last = zone(open_case, datetime(2024, 6, 13, 23, 59, tzinfo=JST))
    shown = fill(last, {"text": "最後の日"})
    last.send("/consultations/1/opinion", last.fields(next(shown.iter("form"))))
    form = next(page.get("/consultations/1/opinion").iter("form"))
    statuses = [
        page.client.post(
            "/consultations/1/opinion",
            data=page.fields(form) | {"text": f"意見{n}", "sure": "1", "once": f"k{n}"},
        ).status_code
        for n in range(HOURLY + 3)
    ]
    assert statuses.count(303) == HOURLY and statuses[-1] == 422
    assert page.client.post(
        "/consultations/1/opinion", data={"text": "x", "sure": "1"}
    ).status_code in (400, 422), "no token"


def test_the_same_key_with_other_words_is_another_opinion(open_case: Workplace) -> None:
    """500 on 3486151: the key is what a browser chose."""
    page = zone(open_case)
    sent = page.fields(next(page.get("/consultations/1/opinion").iter("form"))) | {
        "sure": "1",
        "once": "same",
    }
    responses = [
        page.client.post("/consultations/1/opinion", data=sent | {"text": text})
        for text in ("一つ目", "二つ目", "一つ目")
    ]
    assert [answer.status_code for answer in responses] == [303, 303, 303]
    assert (
        responses[0].headers["Location"]
        == responses[2].headers["Location"]
        != responses[1].headers["Location"]
    )
    with open_case.store.read() as s:
        assert [row.text for row in s.scalars(select(Inbox).order_by(Inbox.id))] == [
            "一つ目",
            "二つ目",
        ]


def test_a_receipt_is_confirmed_only_where_it_was_given(open_case: Workplace) -> None:
    """Any nine letters were confirmed on 3486151."""
    page = zone(open_case)
    done = page.send(
        "/consultations/1/opinion", page.fields(next(fill(page, {"text": "意見"}).iter("form")))
    )
    given = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", done.text_content())
    assert given
    page.get(f"/consultations/1/receipts/{given.group()}")
    for number, receipt in ((1, "ABCD-EFGH"), (2, given.group()), (1, given.group().lower())):
        page.get(f"/consultations/{number}/receipts/{receipt}", 404)


@pytest.mark.parametrize("field", ["text", "name", "address"])
def test_a_my_number_is_not_taken_from_a_resident(open_case: Workplace, field: str) -> None:
    """Taken and kept on 3486151. What was written stays in the page to be mended."""
    page = zone(open_case)
    shown = fill(page, {"text": "意見です", field: "番号は１２３４-5678-9018です"}, 422)
    expect_words(shown.find_class("note")[0], "個人番号（マイナンバー）と思われる")
    assert "１２３４-5678-9018" in (page.fields(next(shown.iter("form")))[field])
    with open_case.store.read() as s:
        assert s.scalar(select(Inbox.id)) is None


def test_residents_read_the_draft_as_it_was_announced(open_case: Workplace) -> None:
    before = zone(open_case).get("/consultations/1/documents/nhi-benefits").text_content()
    seen = sources.read_ref(open_case, "nhi-benefits~r6-cloud").ref
    items.save_answer(
        open_case,
        OFFICE,
        items.Opened("nhi-benefits~r6-cloud", ("IV", "3"), seen=seen),
        "公示の後に書いた言葉",
        why="後",
    )
    zone(open_case).expect_no_words(
        "/consultations/1/documents/nhi-benefits", "公示の後に書いた言葉"
    )
    assert zone(open_case).get("/consultations/1/documents/nhi-benefits").text_content() == before


CANARY = "カナリア7f3a91c2"


def test_nothing_withheld_internal_or_personal_is_anywhere_in_it(drafted: Workplace) -> None:
    """A word in every place that is not public, and every public page and file read: it is
    nowhere. The staff's own pages show it."""
    wp = drafted
    ref = "nhi-benefits~r6-cloud"

    def head() -> str:
        return sources.read_ref(wp, ref).ref

    by = By("mizukoshi", "secretariat", datetime(2024, 4, 10, 9, tzinfo=JST))
    items.save_answer(
        wp,
        by,
        items.Opened(ref, ("IV", "3"), seen=head()),
        f"鍵は{CANARY}に置く。",
        why=f"理由{CANARY}",
    )
    items.withhold(
        wp,
        by,
        items.Opened(ref, ("IV", "3"), seen=head()),
        CANARY,
        f"警備{CANARY}",
        ground="SECURITY",
    )
    shared.reasoned(wp, by, ref)
    n = consultations.announce(
        wp,
        by,
        [ref],
        consultations.Announcement(
            title="募集",
            announced=DURING.date(),
            start=DURING.date(),
            end=datetime(2024, 6, 30, tzinfo=JST).date(),
            method="郵送",
            facts={"document_number": CANARY},
        ),
    )
    consultations.receive(
        wp,
        OFFICE,
        n,
        consultations.NewOpinion(
            received=DURING.date(), channel="post", text="意見", name=CANARY, address=CANARY
        ),
    )
    registration.add_account(
        wp, OFFICE, registration.NewAccount("canary", CANARY, "auditor", "みなも市長")
    )
    page = zone(wp)
    waiting, done, bodies = ["/"], set(), 0
    while waiting:
        url = waiting.pop()
        if url in done:
            continue
        done.add(url)
        answer = page.client.get(url)
        assert CANARY not in answer.get_data(as_text=True) and CANARY not in str(answer.headers), (
            url
        )
        bodies += 1
        if answer.mimetype == "text/html":
            made: Any = html.document_fromstring(answer.get_data(as_text=True))
            waiting += [
                a.get("href").split("#")[0]
                for a in made.iter("a")
                if a.get("href", "").startswith("/") and "size=" not in a.get("href")
            ]
    assert bodies >= 8
    page.expect_words("/consultations/1/documents/nhi-benefits", "【非公表】")
    staff = PageClient(create_app(wp, config.load({}), lambda: DURING), "mizukoshi")
    assert CANARY in staff.get(f"/lines/{ref}/items/IV/3").text_content(), (
        "the control: staff see it"
    )
    assert public.consultation(wp, 1, DURING.date()).facts.get("document_number") is None
