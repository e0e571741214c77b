"""内容の点検 through the pages, played in 海原市 over a year end: what is found stands beside the
item and in the lists, is answered with a reason, is asked again when the words change, and stops a
step where the city wants it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from lxml import html

from pia import config
from pia.actions.records import content_checks as looked
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.domain.wareki import written
from pia.store.rows.assessments import Round
from pia.store.rows.content_checks import BindingCheck, ContentAnswer
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words
from .test_convening import words_of
from .test_corrections import LINE, correct, umihara_until, withdraw, wrong

WRITING = f"/lines/{quote(LINE, safe='~')}"
LIST = f"{WRITING}/content"
CHECKS = "/content/checks"
DENIED = "情報連携を「実施しない」としていますが、法令上の根拠が書かれています。"
MOST = 20  # statements of the page of a document
WHY = "連携は<b>翌年度</b>に{{ 7*7 }}始めるため、根拠だけを「先に」書いています。"


def at(wp: Workplace, person: str, moment: str) -> PageClient:
    when = datetime.fromisoformat(moment).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: when), person)


def rows(wp: Workplace, kind: type[Any]) -> list[Any]:
    with wp.store.read() as session:
        return list(session.query(kind).order_by(kind.id))


def write(page: PageClient, path: str, **fields: str) -> html.HtmlElement:
    """Writes an item on its page."""
    shown = page.get(f"{WRITING}/items/{path}")
    form = next(f for f in shown.iter("form") if f.get("action", "").endswith(f"/items/{path}"))
    return page.send(urlsplit(form.get("action")).path, {**page.fields(form), **fields})


def answer(page: PageClient, reason: str, status: int = 303) -> html.HtmlElement:
    """Answers the first finding that nobody answered."""
    shown = page.get(LIST)
    form = next(f for f in shown.iter("form") if f.xpath(".//textarea[@name='reason']"))
    sent = {**page.fields(form), "reason": reason}
    return page.send(urlsplit(form.get("action")).path, sent, status)


def planted(wp: Workplace, moment: str = "2025-12-26T09:10") -> PageClient:
    writer = at(wp, "shiomi", moment)
    write(writer, "I/6/1", option="実施しない")
    write(writer, "I/6/2", text="番号法第19条第8号")
    return writer


def test_what_is_found_is_answered_and_asked_again_when_the_words_change(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    writer = planted(wp)
    for path in ("I/6/1", "I/6/2"):
        expect_words(writer.get(f"{WRITING}/items/{path}"), "内容の点検", DENIED)
    expect_words(writer.get(f"{WRITING}/parts?part=I"), DENIED)
    shown = expect_words(writer.get(LIST), DENIED, "食い違い", "番号法第21条第2項・第28条第6項")
    places = [link.text_content() for link in shown.xpath("//div[@class='card']//li/a")]
    assert [place.split("　")[-1] for place in places] == ["①実施の有無", "②法令上の根拠"]
    wrong(answer(writer, " ", 422), "reason", "このままでよい理由を入力してください。")
    assert rows(wp, ContentAnswer) == []
    answer(writer, WHY)
    expect_words(writer.get(LIST), WHY, "汐見　渚", written(date(2025, 12, 26)))
    expect_no_words(writer.get(f"{WRITING}/items/I/6/1"), DENIED)
    number = rows(wp, ContentAnswer)[0].id
    correct(writer, f"/lines/{LINE}/content/{number}/correction", reason="令和8年度に始めるため。")
    expect_words(writer.get(LIST), "令和8年度に始めるため。")
    # other words are asked about again, the same ones are not
    write(writer, "I/6/2", text="番号法第19条第8号及び第9号")
    expect_words(writer.get(f"{WRITING}/items/I/6/1"), DENIED)
    write(writer, "I/6/2", text="番号法第19条第8号")
    expect_no_words(writer.get(f"{WRITING}/items/I/6/1"), DENIED)
    withdraw(writer, f"/lines/{LINE}/content/{number}/correction")
    expect_words(writer.get(f"{WRITING}/items/I/6/1"), DENIED)
    assert [p for p in fsck.check(wp.store) if p.level != "info"] == []


def test_a_check_the_city_made_binding_stops_a_step_until_it_is_answered(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    writer = planted(wp)
    office = at(wp, "isobe", "2026-01-05T11:00")
    page = f"/rounds/{LINE}"
    expect_words(office.get(page), "答えていない指摘が1件あります", "内容の点検で答える")
    shown = expect_words(office.get(CHECKS), "必ず直す点検", "確かめていない資料に基づく")
    forms = {f.get("action") for f in shown.iter("form")}
    assert f"{CHECKS}/linkage_denied_with_ground" in forms
    assert f"{CHECKS}/transfer_other_ground" not in forms
    bind = f"{CHECKS}/linkage_denied_with_ground"
    wrong(office.post(CHECKS, bind, {"reason": ""}, 422), "reason", "入力してください。")
    office.post(CHECKS, bind, {"reason": "市の点検要領による。"})
    expect_words(office.get(CHECKS), "市の点検要領による。", "磯部　航")
    expect_words(office.get(page), "市が必ず直すことにした指摘が残っています")
    expect_words(writer.get(LIST), "市が必ず直すことにした点検です。", "市の点検要領による。")
    number = rows(wp, BindingCheck)[0].id
    correct(office, f"/content/bindings/{number}/correction", reason="要領第3による。")
    expect_words(office.get(CHECKS), "要領第3による。")
    answer(writer, WHY)
    expect_no_words(office.get(page), "市が必ず直すことにした指摘", "答えていない指摘")
    withdraw(office, f"/content/bindings/{number}/correction")
    expect_no_words(office.get(CHECKS), "要領第3による。")
    # what rests on a text nobody read never binds, whoever asks
    kept = office.post(CHECKS, bind, {"reason": "x"}, 303)
    assert kept is not None
    head = office.get(CHECKS)
    form = next(f for f in head.iter("form") if "/content/checks/" in f.get("action", ""))
    sent = {**office.fields(form), "reason": "x"}
    refused = office.send(f"{CHECKS}/transfer_other_ground", sent, 422)
    expect_words(refused, "確かめていない資料に基づく点検です。")


def test_the_list_of_the_city_says_what_is_open(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    writer = planted(wp)
    office = at(wp, "isobe", "2026-01-05T11:00")
    expect_words(office.get("/content"), "まだ点検していない評価書が")
    assert looked.renew(wp) > 0
    assert looked.renew(wp) == 0
    expect_no_words(office.get("/content"), "まだ点検していない評価書が")
    expect_words(office.get("/content"), DENIED, "就学援助に関する事務", "①実施の有無")
    expect_no_words(office.get("/content?severity=gap"), DENIED)
    expect_words(office.get("/content?rule=linkage_denied_with_ground"), DENIED)
    answer(writer, WHY)
    expect_no_words(office.get("/content"), DENIED)
    expect_words(office.get("/content?state=answered"), DENIED, "汐見　渚")


def test_a_hint_is_waved_away(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    writer = at(wp, "shiomi", "2025-12-26T09:10")
    write(writer, "I/1/2", text="LGWANを用いて送る。申請書を受け付ける。")
    here = f"{WRITING}/items/I/1/2"
    shown = expect_words(writer.get(here), "わかりやすさの手がかり", "「LGWAN」の説明が")
    form = next(f for f in shown.iter("form") if "/content/answers/" in f.get("action", ""))
    writer.send(urlsplit(form.get("action")).path, writer.fields(form))
    expect_no_words(writer.get(here), "「LGWAN」の説明が")
    expect_words(writer.get(LIST), "このままでよい（汐見　渚")
    write(writer, "I/1/2", text="LGWANを用いて送る。申請書は窓口で受け付ける。")
    expect_no_words(writer.get(here), "「LGWAN」の説明が")


def test_the_demonstration_is_clean_and_one_item_costs_little(drafted: Workplace) -> None:
    """A document is looked at without another one being read from the store again."""
    page = PageClient(create_app(drafted, config.load({}), lambda: NOW), "mizukoshi")
    looked.renew(drafted)
    shown = page.get("/content")
    assert len(shown.xpath("//tbody/tr")) <= 6
    ref = "nhi-benefits~" + _round(drafted)
    page.get(f"/lines/{quote(ref, safe='~')}/content")
    with shared.statements(drafted) as ran:
        page.get(f"/lines/{quote(ref, safe='~')}/content")
    selects = [line for line in ran if line.startswith("SELECT")]
    assert 0 < len(selects) <= MOST, len(selects)


def _round(wp: Workplace) -> str:
    return str(rows(wp, Round)[0].name)


def test_the_council_reads_what_was_found_and_why_it_stands(tmp_path: Any) -> None:
    wp = umihara_until("close", tmp_path)
    writer = planted(wp, "2026-01-19T10:00")
    answer(writer, f"{WHY}問合せは 000-555-7301 へ。")
    umihara._refer(wp, umihara.Told())
    office = at(wp, "isobe", "2026-01-20T09:00")
    printed = words_of(office.download("/referrals/1/papers/self-check.docx"))
    for words in ("内容の点検", DENIED, WHY, "①実施の有無"):
        assert words in printed, words
    assert "000-555-7301" not in printed


def test_documents_are_held_against_each_other(drafted: Workplace) -> None:
    """The 基礎項目評価書 beside its 全項目評価書, and a 委託先 called in two ways in two documents:
    said on the pages of both, and answered once."""
    app = create_app(drafted, config.load({}), lambda: NOW)
    writer, office = PageClient(app, "morishita"), PageClient(app, "mizukoshi")
    here, basic = "nhi-benefits~r6-cloud", "nhi-benefits-basic~r6-cloud"
    wp = drafted
    for path, text in (
        ("I/7/1", "みなも市保健福祉局国保課"),
        ("II/file-nhi/4/T/operate/6", "（株）みなも システムサービス"),
    ):
        item = f"/lines/{here}/items/{path}"
        writer.post(item, item, {"text": text, "reason": "ガバメントクラウド"})
    looked.renew(wp)
    other = "担当部署が、基礎項目評価書（みなも市保健福祉局生活福祉部国保年金課）と違います。"
    for ref in (here, basic):
        expect_words(office.get(f"/lines/{ref}/content"), other)
    names = "「（株）みなも システムサービス」と「株式会社みなもシステムサービス（仮想の事業者）」"
    expect_words(office.get(f"/lines/{here}/content"), names)
    levy = office.get("/lines/nhi-levy~r6-cloud/content")
    expect_words(levy, "「（株）みなも システムサービス」", "同じ委託先と思われる名前が")
    assert office.get("/content").text_content().count("同じ委託先と思われる名前が") == 1
    card = next(
        part for part in levy.xpath("//div[@class='card']") if "同じ委託先" in part.text_content()
    )
    form = next(card.iter("form"))
    sent = {**office.fields(form), "reason": "契約書の書き方による。"}
    office.send(urlsplit(form.get("action")).path, sent)
    for ref in ("nhi-levy~r6-cloud", here):
        shown = office.get(f"/lines/{ref}/content")
        assert "契約書の書き方による。" in shown.text_content()
    expect_no_words(office.get("/content"), "同じ委託先と思われる名前が")
