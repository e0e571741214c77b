"""The way of a draft through the house by each of the city's lists: the 情報部門 where a system or
security item changed, a 係長 between, and none at all; over a year end in another town."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pia import config, rules
from pia.actions.people import registration
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.upkeep import fsck
from pia.web.application import create_app

from ..actions.umihara import BODY, LINE
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import umihara_until
from .test_today import BENEFITS, LEVY, case, counted, waiting

REF = "nhi-benefits~r6-cloud"
HERE = f"/rounds/{REF}"
ON, BACK, DIGITAL = f"{HERE}/handover", f"{HERE}/handover/back", f"{HERE}/handover/digital"
TOLD = f"システム・安全管理の項目を確かめる：{BENEFITS}"


def test_the_digital_section_looks_over_system_and_security_items(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer, head, digital, other, admin = map(
        town.person, ("morishita", "kurokawa", "tanahashi", "nonomura", "sagara")
    )
    expect_no_words(writer.get(HERE), "情報部門")
    offices = admin.get("/departments")
    row = offices.xpath("//tr[th[contains(., '情報システム課')]]")[0]
    action = row.xpath(".//form/@action")[0]
    admin.post("/departments", action, pick={"what": "digital"})
    expect_words(admin.get("/departments"), "情報部門ではなくする")
    expect_words(writer.get(HERE), "情報部門が確かめる項目", "Ⅱ", "保管場所")
    writer.post(HERE, ON)
    expect_words(head.get(HERE), "確かめて情報部門に渡す")
    office = town.person("mizukoshi")
    expect_words(office.get(HERE), "課内の確認が済んでいません（いまは「所属長」の番です）")
    assert TOLD not in waiting(digital.get("/"))
    head.post(HERE, ON)
    page = digital.get("/")
    assert TOLD in waiting(page) and "手続（1件" in counted(page)
    for somebody in (writer, head, other):
        assert TOLD not in waiting(somebody.get("/"))
    expect_words(writer.get("/rounds"), "（情報部門）")
    # nobody else acts for it; it acts on no draft that does not lie with it
    sent = {"what": "confirm"} | token(other)
    assert other.client.post(DIGITAL, data=sent).status_code == 409
    expect_problem(
        digital.post(HERE, DIGITAL, {"back_reason": ""}, 422, pick={"what": "back"}), "理由"
    )
    why = {"back_reason": "保管場所の国名を書く。"}
    digital.post(HERE, DIGITAL, why, pick={"what": "back"})
    expect_words(head.get(HERE), "棚橋 智也さんが所属長に差し戻しました", "保管場所の国名を書く。")
    assert f"差し戻された評価書案を確かめる：{BENEFITS}" in waiting(head.get("/"))
    head.post(HERE, ON)
    digital.post(HERE, DIGITAL, pick={"what": "confirm"})
    expect_words(writer.get(HERE), "棚橋 智也さんが事務局に渡しました")
    assert f"公示して意見募集を始める：{BENEFITS}" in waiting(town.person("mizukoshi").get("/"))
    assert TOLD not in waiting(digital.get("/")) and f"評価書案を書く：{LEVY}" in waiting(
        writer.get("/")
    )
    assert fsck.check(town.wp.store) == []


def token(client: PageClient) -> dict[str, str]:
    form = next(form for form in client.get("/me").iter("form"))
    return {"csrf_token": str(client.fields(form)["csrf_token"]), "_request": "y" * 32}


class Umihara:
    """海原市 in December 2025 by one of the lists, with a 係長 and a head beside its people."""

    def __init__(self, folder: Path, name: str) -> None:
        wp = umihara_until("open", folder)
        self.wp: Workplace = dataclasses.replace(wp, handover=rules.load(f"handover-{name}"))
        admin = By("hama", "administrator", datetime(2025, 12, 1, 9, tzinfo=JST))
        for who, shown, role in (("kaede", "楓　湊", "drafter"), ("minato", "港　澪", "head")):
            new = registration.NewAccount(who, shown, role, BODY, "教育部学務課")
            registration.add_account(self.wp, admin, new)

    def page(self, name: str, said: str) -> PageClient:
        moment = datetime.fromisoformat(said).replace(tzinfo=JST)
        return PageClient(create_app(self.wp, config.load({}), lambda: moment), name)


ROUND = f"/rounds/{LINE}"
AID = "就学援助に関する事務"


def test_a_list_with_a_chief_over_a_year_end(tmp_path: Path) -> None:
    """担当者 → 係長 (another person) → 所属長 → 事務局; no item of the 情報部門 changed."""
    town = Umihara(tmp_path, "four")
    on = quote(f"{ROUND}/handover", safe="/~")
    writer = town.page("shiomi", "2025-12-26T16:00")
    expect_words(writer.get(ROUND), "係長", "書き終えて係長に渡す")
    writer.post(ROUND, on)
    assert f"評価書案を確かめる：{AID}" not in waiting(writer.get("/"))
    assert counted(writer.get("/")) == []
    expect_problem(writer.post(ROUND, on, status=409), "渡した人とは別の人")
    chief = town.page("kaede", "2026-01-05T08:30")
    assert waiting(chief.get("/"))[0] == f"評価書案を確かめる：{AID}"
    assert counted(chief.get("/")) == ["手続（1件"]
    expect_words(chief.get("/"), "令和7年12月26日に汐見　渚さんが渡しました")
    chief.post(ROUND, on)
    head = town.page("minato", "2026-01-05T10:00")
    assert f"評価書案を確かめる：{AID}" in waiting(head.get("/"))
    head.post(ROUND, f"{on}/back", {"back_reason": "令和8年度の人数にする。", "goes_to": "chief"})
    later = town.page("kaede", "2026-01-06T09:00")
    expect_words(later.get(ROUND), "港　澪さんが係長に差し戻しました", "令和8年度の人数にする。")
    assert f"差し戻された評価書案を確かめる：{AID}" in waiting(later.get("/"))
    later.post(ROUND, on)
    town.page("minato", "2026-01-06T10:00").post(ROUND, on)
    office = town.page("isobe", "2026-01-06T11:00")
    expect_words(office.get(ROUND), "港　澪さんが事務局に渡しました")
    assert f"公示して意見募集を始める：{AID}" in waiting(office.get("/"))
    assert fsck.check(town.wp.store) == []


def test_a_city_that_records_no_confirmation_over_a_year_end(tmp_path: Path) -> None:
    town = Umihara(tmp_path, "none")
    writer = town.page("shiomi", "2026-01-05T09:00")
    expect_no_words(writer.get(ROUND), "課内の確認", "情報部門")
    assert waiting(writer.get("/")) == [f"評価書案を書く：{AID}"]
    assert counted(writer.get("/")) == ["手続（1件"]
    expect_no_words(writer.get("/"), "書き終えたら渡す")
    office = town.page("isobe", "2026-01-05T09:00")
    expect_no_words(office.get("/rounds"), "（担当者）", "（情報部門）")
    assert counted(office.get("/")) == []
