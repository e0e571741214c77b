"""文例 and 用語の説明: kept by the office, put right with a reason, taken over into a document by
its writer, explained on the council's cards. Played in 海原市 and in the demonstration's case."""

from __future__ import annotations

from typing import Any

from pia import config
from pia.actions.workplace import Workplace
from pia.store.rows.councils import GlossaryTerm
from pia.store.rows.phrases import Phrase
from pia.web.application import create_app

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
