"""文例 and 用語の説明: kept by the office, put right with a reason, taken over into a document by
its writer, explained on the council's cards. Played in 海原市 and in the demonstration's case."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import Markup

from pia import config, manual
from pia.actions.people import registration
from pia.actions.viewing.wordbook import ExplainedTerm
from pia.actions.workplace import Workplace
from pia.store.rows.councils import GlossaryTerm, Member
from pia.store.rows.phrases import Phrase
from pia.store.rows.term_requests import TermRequest
from pia.web.application import create_app
from pia.web.word_marks import WordMarks

from ..actions import umihara
from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import isobe, umihara_until

REF = "nhi-benefits~r6-cloud"
ITEM = f"/lines/{REF}/items/IV/3"


def person(wp: Workplace, name: str) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), name)


def kept(wp: Workplace, kind: type[Any]) -> list[Any]:
    with wp.store.read() as session:
        return list(session.query(kind).order_by(kind.id))


def test_wording_is_kept_and_taken_over_into_a_document(drafted: Workplace) -> None:
    office, writer = person(drafted, "mizukoshi"), person(drafted, "morishita")
    expect_words(office.get("/phrases"), "文例はまだありません")
    told = {
        "heading": "持出しの措置",
        "text": "持ち出すときは、課長が\n記録する。",
        "note": "課長の名を直す",
    }
    refused = office.post("/phrases", "/phrases", {**told, "heading": "＜持出し＞"}, 422)
    expect_problem(refused, "＜＞を付けずに")
    shown = office.post("/phrases", "/phrases", told)
    expect_words(shown, "持出しの措置", "持ち出すときは", "課長の名を直す", "水越")
    expect_problem(office.post("/phrases", "/phrases", told, 422), "同じ見出しと記載の文例")
    # The writer takes it over as a block of its own; nothing is stored before they save.
    opened = f"{ITEM}?cards=1"
    arrange = ITEM.replace("/items/", "/arranged/")
    (form,) = [form for form in writer.get(opened).iter("form") if form.get("action") == ITEM]
    nothing = writer.send(arrange, {**writer.fields(form), "do": "phrase"}, 422)
    expect_problem(nothing, "加える文例を選んでください")
    (phrase,) = kept(drafted, Phrase)
    sent = {**writer.fields(form), "do": "phrase", "phrase": str(phrase.id)}
    filled = writer.send(arrange, sent, 200)
    assert writer.get(f"/assessments/{REF}").text_content().count("持出しの措置") == 0
    (form,) = [form for form in filled.iter("form") if form.get("action") == ITEM]
    writer.send(ITEM, writer.fields(form))
    expect_words(writer.get(f"/assessments/{REF}"), "持出しの措置", "持ち出すときは、課長が")
    # What the office puts right later is not the document's.
    here = f"/phrases/{phrase.id}/correction"
    mended = {"text": "持ち出さない。", "correction": "持出しを禁じたため"}
    office.post(here, here, mended, pick={"what": "amend"})
    expect_words(office.get("/phrases"), "持ち出さない。")
    expect_words(writer.get(f"/assessments/{REF}"), "持ち出すときは、課長が")
    expect_words(office.get(here), "持ち出すときは", "持出しを禁じたため")
    office.post(here, here, {"withdrawal": "使わないため"}, pick={"what": "withdraw"})
    expect_no_words(office.get("/phrases"), "持ち出さない")
    expect_no_words(writer.get(opened), "文例から加える")


def test_who_may_not_keep_words_only_reads_them(drafted: Workplace) -> None:
    writer = person(drafted, "morishita")
    for page in ("/phrases", "/glossary"):
        assert [form for form in writer.get(page).iter("form") if form.get("action") == page] == []
        assert writer.client.post(page, data={}).status_code in (403, 422)
    assert kept(drafted, Phrase) == []


def test_a_word_is_explained_with_its_source_and_put_right(tmp_path: Any) -> None:
    """海原市, over a year end."""
    wp = umihara_until("again", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    told = {
        "term": "電子申請",
        "explanation": "窓口に来ないで申し込むこと。",
        "source": "市の電子申請要綱第2条",
        "read_on": "2025-12-26",
    }
    shown = page.post("/glossary", "/glossary", told)
    expect_words(shown, "電子申請", "窓口に来ないで", "要綱第2条", "令和7年12月26日確認")
    expect_problem(page.post("/glossary", "/glossary", told, 422), "もう説明があります")
    (row,) = [row for row in kept(wp, GlossaryTerm) if row.term == "電子申請"]
    page = isobe(wp, "2026-01-06T10:00")
    here = f"/glossary/{row.id}/correction"
    why = {
        "explanation": "インターネットで申し込むこと。",
        "correction": "委員から分かりにくいと言われたため",
    }
    page.post(here, here, why, pick={"what": "amend"})
    expect_words(page.get("/glossary"), "インターネットで申し込む")
    expect_words(page.get(here), "窓口に来ないで申し込む", "分かりにくいと言われたため")
    expect_words(page.get("/referrals/1/glossary"), "インターネットで申し込む")
    page.post(here, here, {"withdrawal": "使わない言葉のため"}, pick={"what": "withdraw"})
    expect_no_words(page.get("/referrals/1/glossary"), "インターネットで申し込む")
    # One that was taken back is written anew, and what it said before stays on record.
    anew = {**told, "source": "市の規則第5条"}
    expect_words(page.post("/glossary", "/glossary", anew), "窓口に来ないで", "規則第5条")
    assert [one.term for one in kept(wp, GlossaryTerm)].count("電子申請") == 1
    expect_words(page.get(here), "インターネットで申し込む", "要綱第2条")


def test_shipped_explanations_say_where_they_were_read(seen: Workplace) -> None:
    """What members asked is explained from the start; what was held against no text says so, and
    no company is named."""
    page = person(seen, "mizukoshi").get("/glossary")
    rows = {row.find("th").text_content(): row for row in page.findall(".//tbody/tr")}
    for term in ("オンプレミス", "標準準拠システム", "運用管理補助者"):
        expect_words(rows[term], "本ソフトの説明です", "出典：", "まだ照合していません")
    law = expect_words(
        rows["委員会"], "番号法第27条第1項", "規則第7条第4項・第5項", "令和8年11月28日確認"
    )
    expect_no_words(law, "照合していません")
    # The demonstration's city explains this one itself; what the program says of it stays.
    expect_words(rows["クラウド事業者"], "本ソフトの説明", "国が要件を定めて選び")
    said = " ".join(word.explanation + word.source for word in manual.terms())
    assert not re.search("(?i)amazon|aws|google|microsoft|azure|oracle|アマゾン|グーグル", said)
    unread = [word for word in manual.terms() if word.read_on is None]
    assert all(not re.search("第[0-9]+条", word.source) for word in unread)


def test_words_are_marked_where_they_stand(seen: Workplace) -> None:
    """On a card, in the full text, for the office and for a member: each mark leads to the
    explanation at the end of the same page."""
    for who, address in (
        ("mizukoshi", "/assessments/nhi-benefits"),
        ("mitamura", "/referrals/1/documents/nhi-benefits"),
        ("mitamura", "/referrals/1/cards/4"),
    ):
        page = person(seen, who).get(address)
        marked = page.find_class("word")
        assert "クラウド事業者" in {mark.text_content() for mark in marked}, address
        for mark in marked:
            (meaning,) = page.xpath(f"//dt[@id='{mark.get('href')[1:]}']")
            assert meaning.text_content() == mark.text_content()
        terms = {term.text_content() for term in page.xpath("//dl/dt[starts-with(@id, 'word-')]")}
        assert "オンプレミス" not in terms, "only what stands there is explained"


@pytest.mark.parametrize(
    ("drawn", "marked"),
    [
        ("<p>委員会に出す。委員会が見る。</p>", '<p><a class="word" href="#word-1">委員会</a>に'),
        ("<p>海原市教育委員会</p>", "<p>海原市教育委員会</p>"),
        (
            "<h4>委員会</h4><p><a href='/'>委員会</a></p>",
            "<h4>委員会</h4><p><a href='/'>委員会</a>",
        ),
        ("<svg><text>委員会</text></svg>", "<svg><text>委員会</text></svg>"),
        ("<p>国の委員会議</p>", 'の<a class="word" href="#word-2">委員会議</a>'),
        ('<p title="委員会">x</p>', '<p title="委員会">x</p>'),
        ("<p>A&amp;B表</p>", '<a class="word" href="#word-3">A&amp;B表</a>'),
    ],
)
def test_a_word_is_marked_alone_and_once(drawn: str, marked: str) -> None:
    words = WordMarks([ExplainedTerm(None, term, "x") for term in ("委員会", "委員会議", "A&B表")])
    shown = words.mark(Markup(drawn))
    assert marked in shown
    assert shown.count("<a class") == len(words.found) <= 1


def test_what_is_no_markup_is_escaped() -> None:
    words = WordMarks([ExplainedTerm(None, "<b>", "x")])
    assert words.mark("<b><i>") == '<a class="word" href="#word-1">&lt;b&gt;</a>&lt;i&gt;'
    assert WordMarks([]).mark("<i>") == "&lt;i&gt;" and words.found[0].term == "<b>"


def test_a_city_explains_a_shipped_word_anew(tmp_path: Any) -> None:
    """海原市, over a year end: what the program says stays beside it; taken back, the word is
    explained no more."""
    wp = umihara_until("again", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    expect_words(page.get("/glossary"), "市の説明に替える")
    form = page.get("/glossary?term=委員会").get_element_by_id("add")
    begun = page.fields(form)
    assert begun["term"] == "委員会" and "国の機関" in begun["explanation"]
    told = {"explanation": "国の個人情報保護委員会です。", "source": "", "read_on": ""}
    page.post("/glossary?term=委員会", "/glossary", told)
    (row,) = kept(wp, GlossaryTerm)
    page = isobe(wp, "2026-01-06T10:00")
    shown = expect_words(page.get("/referrals/1/glossary"), "国の個人情報保護委員会です")
    expect_no_words(shown, "ただ「委員会」というとき")
    expect_words(page.get("/glossary"), "ただ「委員会」というとき")
    here = f"/glossary/{row.id}/correction"
    page.post(here, here, {"withdrawal": "資料に出ないため"}, pick={"what": "withdraw"})
    expect_no_words(page.get("/referrals/1/glossary"), "国の個人情報保護委員会です", "「委員会」")


def test_a_member_asks_for_a_word_and_the_office_answers(tmp_path: Any) -> None:
    """海原市: the office sees it waiting; one is explained, one answered and put right, one is
    asked by mistake and taken back; the member reads what came of each."""
    wp = umihara_until("again", tmp_path)
    account = registration.NewAccount("sakura", "佐倉 楓", "member", umihara.BODY)
    registration.add_account(wp, umihara.at("2025-12-20 09:00", "hama"), account)
    page = isobe(wp, "2026-02-10T10:00")
    tied = {"account": "sakura", "member": member_of(wp, "佐倉 楓")}
    page.post("/councils/1", "/councils/1/accounts", tied)
    member = PageClient(page.app, "sakura")
    here, action = "/referrals/1/glossary", "/referrals/1/glossary/requests"
    expect_problem(member.post(here, action, {"term": ""}, 422), "用語")
    expect_problem(member.post(here, action, {"term": "委員会"}, 422), "もう説明があります")
    why = {"term": "委員会", "note": "どの委員会の承認が要りますか。\n市ですか。"}
    expect_words(member.post(here, action, why), "事務局の説明を待っています", "市ですか")
    expect_problem(member.post(here, action, why, 422), "もう求められています")
    for term in ("電子申請", "学齢簿"):
        member.post(here, action, {"term": term})
    office = PageClient(page.app, "isobe")
    shown = expect_words(
        office.get("/glossary"), "求められている用語（3件）", "佐倉 楓", "市ですか"
    )
    assert not PageClient(page.app, "shiomi").get("/glossary").find_class("card")
    expect_words(office.get("/"), "用語を説明する", "3件の求め")
    expect_no_words(PageClient(page.app, "shiomi").get("/"), "用語を説明する")
    add = {"explanation": "窓口に来ないで申し込むこと。", "source": "", "read_on": ""}
    (way,) = [
        a for a in shown.iter("a") if "電子申請" in a.text_content() and "term=" in a.get("href")
    ]
    office.post(way.get("href").split("#")[0], "/glossary", add)
    numbers = {row.term: row.id for row in kept(wp, TermRequest)}
    answer = f"/glossary/requests/{numbers['委員会']}/answer"
    expect_problem(office.post("/glossary", answer, {"answer": ""}, 422), "答え")
    left = office.post("/glossary", answer, {"answer": "承認は要りません。提出します。"})
    expect_words(left, "求められている用語（1件）", "答えた求め", "承認は要りません")
    mend = f"/glossary/requests/{numbers['委員会']}/correction"
    right = {"answer": "市は提出だけをします。", "correction": "言葉が足りなかったため"}
    office.post(mend, mend, right, pick={"what": "amend"})
    expect_words(office.get(mend), "承認は要りません", "言葉が足りなかったため", "磯部")
    gone = f"/glossary/requests/{numbers['学齢簿']}/correction"
    office.post(gone, gone, {"withdrawal": "委員の申出"}, pick={"what": "withdraw"})
    expect_no_words(office.get("/glossary"), "求められている用語")
    expect_no_words(office.get("/"), "用語を説明する")
    shown = expect_words(member.get(here), "市は提出だけをします", "上に説明を加えました")
    expect_no_words(shown, "学齢簿", "事務局の説明を待っています")
    expect_words(office.get("/corrections"), "「学齢簿」の説明の求め")


def member_of(wp: Workplace, name: str) -> str:
    with wp.store.read() as session:
        return str(session.query(Member).filter_by(name=name).one().id)
