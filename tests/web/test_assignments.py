"""Opinions and questions given to a department until a day: told to its people until they are
answered, late ones by words; put right with what was said before. Played in the case and in
海原市 over a year end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from lxml import html

from pia import config
from pia.actions.people import departments, registration, sign_in
from pia.domain.act import JST, By
from pia.domain.errors import Refused
from pia.store.upkeep import fsck
from pia.web.application import create_app

from ..actions.umihara import BODY
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import LINE, umihara_until
from .test_today import CALL, CASE, case, counted, waiting

TALK = "/consultations/1"
GIVE = f"{TALK}/opinions/1/assignment"
KEY = LINE.split("~")[0]
ANSWER = {"text": "画面の向きを改めます。", "outcome": "NOTED"}


def test_an_opinion_waits_for_the_department_it_was_given_to(tmp_path: Path) -> None:
    town = case("opinions", tmp_path, "2024-06-20")
    office, mine, colleague, other = map(
        town.person, ("mizukoshi", "morishita", "kashiwagi", "nonomura")
    )
    numbers = {}
    for option in office.get(TALK).xpath("//select[@name='department']")[0].iter("option"):
        numbers[option.text.strip()] = option.get("value")
    own = numbers["保健福祉局生活福祉部国保年金課"]
    wrong = {"department": own, "account": "nonomura", "until": "2024-06-24"}
    expect_problem(office.post(TALK, GIVE, wrong, 422), "国保年金課の利用者ではありません")
    expect_problem(office.post(TALK, GIVE, wrong | {"until": "2024-06-01"}, 422), "今日より前")
    early = mine.client.post(f"{TALK}/opinions/1/response", data=token(mine) | ANSWER)
    assert early.status_code == 404
    office.post(TALK, GIVE, wrong | {"account": "morishita"})
    told = f"割り当てられた意見1に答える：{CALL}"
    assert told in waiting(mine.get("/")) and told in waiting(colleague.get("/"))
    assert told not in waiting(other.get("/")) and "意見募集（1件" in counted(mine.get("/"))
    expect_words(colleague.get("/"), "（担当：森下 真帆さん）")
    expect_words(office.get(TALK), "割当て：保健福祉局生活福祉部国保年金課　森下 真帆")
    town.at("2024-06-27T09:00")
    office, mine, colleague = map(town.person, ("mizukoshi", "morishita", "kashiwagi"))
    expect_words(mine.get("/"), "3日過ぎています")
    expect_words(mine.get(TALK), "3日過ぎています")
    url = f"{GIVE}/correction"
    office.post(url, url, {"until": "2024-07-01", "correction": "延ばした"}, pick={"what": "amend"})
    expect_words(office.get(url), "令和6年6月24日", "延ばした")
    expect_words(mine.get("/"), "令和6年7月1日")
    mine.post(TALK, f"{TALK}/opinions/1/response", ANSWER)
    assert told not in waiting(mine.get("/")) and counted(colleague.get("/")) == []
    expect_words(office.get(TALK), ANSWER["text"])
    assert fsck.check(town.wp.store) == []


def token(client: PageClient) -> dict[str, str]:
    form = next(form for form in client.get("/me").iter("form"))
    return {"csrf_token": str(client.fields(form)["csrf_token"]), "_request": "x" * 32}


def test_a_question_given_to_another_department_is_answered_there(tmp_path: Path) -> None:
    """情報システム課 answers what it was asked, in place of the department of the document; a
    member sees nothing of it."""
    town = case("refer", tmp_path, "2024-07-20")
    member, office, own, digital = map(
        town.person, ("mitamura", "mizukoshi", "morishita", "tanahashi")
    )
    here = "/referrals/1/cards/2"
    member.post(here, f"{here}/remarks", {"text": "だれが消去しますか。"})
    told = f"割り当てられた質問に答える：{CASE}"
    give = "/referrals/1/remarks/1/assignment"
    form = {"department": department(office.get(here), "情報システム課"), "until": "2024-07-22"}
    office.post(here, give, form)
    assert told in waiting(digital.get("/")) and "審議会（1件" in counted(digital.get("/"))
    assert waiting(own.get("/")) == [] and counted(own.get("/")) == []
    expect_no_words(member.get(here), "割当て", "情報システム課")
    expect_words(digital.get(here), "割当て：デジタル戦略部情報システム課", "あと2日")
    digital.post(here, "/referrals/1/remarks/1/answer", {"text": "事業者が消去します。"})
    assert told not in waiting(digital.get("/"))
    url = f"{give}/correction"
    office.post(url, url, {"withdrawal": "重ねて割り当てた"}, pick={"what": "withdraw"})
    expect_no_words(office.get(here), "割当て：")
    assert fsck.check(town.wp.store) == []


def succession(client: PageClient) -> html.HtmlElement:
    """The 引継書 of the affair in the second story, as it is read on a screen."""
    return html.fromstring(client.client.get(f"/affairs/{KEY}/succession.html").data)


def department(page: object, name: str) -> str:
    options = page.xpath("//select[@name='department']")[0].iter("option")  # type: ignore[attr-defined]
    return next(option.get("value") for option in options if name in option.text)


def test_who_follows_in_another_town_over_a_year_end(tmp_path: Path) -> None:
    wp = umihara_until("announce", tmp_path)

    def page(name: str, said: str) -> PageClient:
        moment = datetime.fromisoformat(said).replace(tzinfo=JST)
        return PageClient(create_app(wp, config.load({}), lambda: moment), name)

    admin = By("hama", "administrator", datetime(2025, 12, 26, 9, tzinfo=JST))
    new = registration.NewAccount("kaede", "楓　湊", "drafter", BODY, "教育部学務課")
    registration.add_account(wp, admin, new)
    office = page("isobe", "2025-12-26T10:00")
    came = {"channel": "post", "received": "2025-12-25", "text": "範囲が分かりません。"}
    came["name"] = "入江　岬"
    office.post(TALK, f"{TALK}/opinions", came)
    offices = office.get(TALK)
    number = department(offices, "学務課")
    office.post(TALK, GIVE, {"department": number, "account": "shiomi", "until": "2026-01-09"})
    told = "割り当てられた意見1に答える：就学援助の評価書（案）への意見募集"
    assert told in waiting(page("shiomi", "2026-01-05T09:00").get("/"))
    sign_in.set_active(wp, admin, "shiomi", False)
    follows = page("kaede", "2026-01-12T09:00").get("/")
    assert told in waiting(follows)
    expect_words(follows, "汐見　渚さんから引き継ぎ", "3日過ぎています")
    expect_words(page("isobe", "2026-01-12T09:00").get(TALK), "汐見　渚（異動・退職）")
    handed = succession(page("isobe", "2026-01-12T09:00"))
    expect_words(handed, "就学援助の評価書（案）への意見募集」の意見1", "令和8年1月9日")
    expect_words(handed, "教育部学務課　汐見　渚（異動・退職）")
    try:
        departments.close(wp, admin, int(number))
    except Refused as refused:
        assert any("割り当てた意見・質問1件" in line for line in refused.unmet)
    else:
        raise AssertionError("closed")
