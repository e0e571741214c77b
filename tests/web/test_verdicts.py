"""What a council may say and what the city does with it, played through the pages in 海原市, over
a year end: 了承しない with the city's own decision until the publication, 継続審議 and a second
sitting with the text replaced, a 諮問 taken back and renewed, a council that hears a 議案."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from urllib.parse import quote

from docx import Document

from pia import config
from pia.actions import jobs, sources
from pia.actions.steps import filing, remarks
from pia.actions.workplace import Workplace
from pia.domain.document.items import text_of
from pia.store import nodes, queries
from pia.store.rows.assessments import Round, Version
from pia.store.rows.councils import Referral
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .. import shared
from ..actions import umihara
from .client import PageClient, expect_no_words, expect_words, value_of
from .test_corrections import LINE, ROUND, correct, isobe, record, umihara_until, withdraw, wrong
from .test_public import PublicClient

COURSE = "/referrals/1/course"
NEW = "/sittings/new"
AGAINST = "了承しない"
REASON = "援助の認定は要綱で定めており、評価書の記載で足りるため {{ 7*7 }} <i>"
OUT = date(2026, 3, 6)
ODD = "<b>&amp;</b> ｢要綱｣ \U00020bb7 =1+1 {{ 7*7 }}"
RESPONSE = f"{ODD}\n要綱の該当する条を、評価書に書き加えた。"


def convene(page: PageClient, name: str, day: str, **more: str) -> None:
    """A sitting that has the referral on its agenda."""
    about = {"council": "1", "name": name, "day": day, "opens": "14:00", "place": "教育センター"}
    item = {"title0": "評価書の点検", "referral0": "1"}
    page.post("/sittings/new", "/sittings/new", {**about, **item, **more})


def say(page: PageClient, sitting: int, kind: str, note: str = "", status: int = 303) -> Any:
    """Those who are there, and what they said."""
    url = f"/sittings/{sitting}"
    if status != 409:
        chair = umihara.FIRST[0] if sitting == 1 else umihara.SECOND[0]
        page.post(url, f"{url}/attendance", {"present": [chair, "佐倉 楓", "佐倉 椿"]})
    return page.post(url, f"{url}/decide", {"kind": kind, "note": note}, status)


def decided(page: PageClient, status: int = 303, **more: str) -> Any:
    about = {"document_number": "海教学第120号", "day": "2026-02-03"}
    words = {"reason": REASON, "response": RESPONSE}
    return page.post(COURSE, "/referrals/1/decision", {**about, **words, **more}, status)


def filled(wp: Workplace) -> None:
    """What the record proposes for 評価実施手続, and the tables."""
    said = {
        "C/7": "令和8年3月6日",
        "VI/1/1": "令和7年11月20日",
        "VI/1/2": "基礎項目評価及び全項目評価の実施が義務付けられる",
        "VI/2/1": "公示し、郵送で受け付けた。",
        "VI/2/2": "令和7年12月11日から令和8年1月15日まで（36日間）",
        "VI/2/3": "なし",
        "VI/2/4": "範囲について",
        "VI/2/5": "なし",
        "VI/3/1": "令和8年1月29日",
        "VI/3/2": "審査会に諮った。",
        "VI/3/3": "了承しないとされた。市の判断により進める。",
    }
    paths = {tuple(path.split("/")): text for path, text in said.items()}
    at = umihara.at
    filing.fill_procedure(wp, at("2026-02-24 10:00"), LINE, paths)
    filing.fill_procedure(wp, at("2026-02-24 10:00"), umihara.BASIC, {("C", "7"): said["C/7"]})
    for where in (LINE, umihara.BASIC):
        filing.make_table(wp, at("2026-02-24 11:00"), where, published=OUT)


def word(page: PageClient, url: str) -> str:
    """What a Word file says."""
    answer = page.client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    document = Document(io.BytesIO(answer.get_data()))
    rows = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(para.text for para in document.paragraphs), *rows])


def test_an_opinion_against_it_is_heard_and_the_city_goes_on_by_its_own_decision(
    tmp_path: Any,
) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-29T14:05")
    convene(page, "第4回審査会", "2026-01-29")
    say(page, 1, AGAINST, "認定の基準が読み取れない。")
    assert record(wp).state == "REVIEWED", "規則第7条第4項 asks that it was heard"
    expect_words(page.get(ROUND), "市の判断（文書番号・日・理由・意見への対応）を記録してください")
    page = isobe(wp, "2026-02-03T10:00")
    # each mistake stands at its field, what was typed stays, nothing is recorded
    here = decided(page, 422, day="2026-02-04")
    wrong(here, "day", "まだ来ていません")
    assert here.get_element_by_id("reason").text_content().strip() == REASON
    wrong(decided(page, 422, day="2026-01-28"), "day", "結論の日")
    wrong(decided(page, 422, response=""), "response", "意見への対応")
    expect_words(page.get(COURSE), "市の判断を記録する")
    expect_words(decided(page), "市の判断を記録しました", RESPONSE, "海教学第120号")
    expect_words(page.get(ROUND), "審議会の意見と市の判断", "認定の基準が読み取れない。", REASON)
    # put right with a reason: the old words stay in a row of their own
    step = f"{COURSE.removesuffix('/course')}/steps/1/correction"
    here = correct(
        page, step, response=f"{ODD}\n要綱の第3条を、評価書に書き加えた。", day="2026-02-02"
    )
    expect_words(here, "要綱の第3条", "令和8年2月3日", "令和8年2月2日")
    expect_words(page.get(COURSE), "要綱の第3条を、評価書に書き加えた。")
    paper = word(page, "/referrals/1/papers/own-decision.docx")
    for words in (
        ODD,
        AGAINST,
        "認定の基準が読み取れない。",
        REASON,
        "要綱の第3条",
        "海教学第120号",
    ):
        assert words in paper, words
    assert "適当であるとは認められない" in word(page, "/referrals/1/papers/report.docx")
    proposed = value_of(page.get(f"{ROUND}/procedure").get_element_by_id("VI/3/3"))
    assert "認定の基準が読み取れない。" in proposed and "要綱の第3条" in proposed
    filled(wp)
    at = umihara.at
    both = [LINE, umihara.BASIC]
    filing.submit(wp, at("2026-03-02 09:00"), both, document_number="海教学第140号")
    filing.publish(wp, at("2026-03-06 09:00"), both, OUT)
    later = at("2026-03-07 09:00").at
    residents = PublicClient(create_public_app(wp, config.load({}), lambda: later), "")
    shown = residents.get("/published/school-aid/2")
    expect_words(shown, "審議会の意見と市の判断", AGAINST, REASON, ODD, "要綱の第3条")
    expect_words(isobe(wp, "2026-03-08T09:00").get(step), "提出か公表を終えています")
    assert not fsck.check(wp.store, deep=True)


def test_what_is_heard_twice_comes_back_with_its_text_replaced(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    with shared.by_hand(wp.store) as session:
        row = session.get_one(Referral, 1)
        printed = {"sha256": nodes.put_blob(session, umihara.slip()), "count": 1, "pages": {}}
        row.materials = [{**row.materials[0], **printed}, *row.materials[1:]]
    page = isobe(wp, "2026-01-29T14:05")
    convene(page, "第4回審査会", "2026-01-29")
    now = umihara.at("2026-01-29 14:20")
    place = {"key": "school-aid", "path": umihara.PURPOSE}
    asked = remarks.ask(wp, now, 1, "佐倉 楓", "範囲はどこですか。", **place)
    remarks.answer(wp, now, asked, "学務課", "要綱に定めます。")
    say(page, 1, "継続審議", "要綱を見てから決める。")
    assert record(wp).state == "REVIEWING" and record(wp).checked is None
    page = isobe(wp, "2026-02-02T10:00")
    expect_words(page.get("/"), "会議を招集する", "継続審議となりました")
    here = page.get("/sittings/new")
    expect_words(here, "継続審議の諮問1件を、議題に入れてあります")
    # who writes meanwhile is told where it is before the council, on which card, and the ways on
    moment = umihara.at("2026-02-03 10:00").at
    writer = PageClient(create_app(wp, config.load({}), lambda: moment), "shiomi")
    item = f"/lines/{LINE}/items/{'/'.join(umihara.PURPOSE)}"
    expect_words(writer.get(item), "第4回審査会", "カード1", "差し替えるまで委員には見えません")
    changed = {"text": f"{umihara.NEW}\n要綱で定める範囲に限る。", "why": "範囲"}
    said = writer.post(item, quote(item, safe="/~"), changed)
    expect_words(said, "審議会に出ている記載は、差し替えるまで前のままです。")
    page = isobe(wp, "2026-02-12T14:05")
    convene(page, "第5回審査会", "2026-02-12", title0="就学援助の評価書の点検")
    refused = say(page, 2, "了承", status=409)
    expect_words(refused, "差替えを記録するか、諮問を取り下げて")
    new = {"replacement_day": "2026-02-12", "replacement_reason": f"範囲を加えた {ODD}"}
    wrong(
        page.post(COURSE, "/referrals/1/replacement", {**new, "replacement_day": ""}, 422),
        "replacement_day",
        "差し替えた日",
    )
    said = page.post(COURSE, "/referrals/1/replacement", new)
    expect_words(said, "1件の評価書を差し替えました", ODD)
    expect_words(page.get("/referrals/1/cards/1"), "要綱で定める範囲に限る。", "範囲はどこですか。")
    # the print of before is still handed out, to the office and to the council
    shown = expect_words(page.get("/referrals"), "令和8年2月12日に評価書の本文を差替え")
    (old,) = [a.get("href") for a in shown.iter("a") if "差替え前の印刷用PDF" in a.text_content()]
    before, now_ = page.client.get(old), page.client.get("/referrals/1/materials/1.pdf")
    assert before.data.startswith(b"%PDF") and before.data != now_.data
    assert page.client.get(old.replace("/before/1", "/before/2")).status_code == 404
    say(page, 2, "了承")
    assert record(wp).state == "REVIEWED"
    assert [str(each.day) for each in _heard(wp)] == ["2026-01-29", "2026-02-12"]
    first = word(page, "/referrals/1/papers/minutes.docx?sitting=1")
    assert "継続審議" in first and "要綱を見てから決める。" in first
    report = word(page, "/referrals/1/papers/report.docx")
    assert "第4回審査会で審議（継続審議）" in report and "第5回審査会で審議（了承）" in report
    assert not fsck.check(wp.store, deep=True)


def _heard(wp: Workplace) -> list[Any]:
    with wp.store.read() as session:
        return list(queries.sittings.of_council(session, 1))


def test_a_referral_is_taken_back_and_renewed_without_losing_the_first(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-22T10:00")
    remarks.ask(wp, umihara.at("2026-01-21 10:00"), 1, "佐倉 楓", "範囲は。")
    back = {"recall_day": "2026-01-22", "recall_number": "海教学第105号"}
    here = page.post(COURSE, "/referrals/1/recall", back, 422)
    wrong(here, "recall_reason", "取り下げる理由")
    back["recall_reason"] = f"要綱を資料に加えるため {ODD}"
    expect_words(page.post(COURSE, "/referrals/1/recall", back), "諮問の取下げを記録しました")
    assert record(wp).state == "REVISING"
    expect_words(page.get(ROUND), "諮問を取り下げる", "海教学第105号")
    expect_words(page.get(COURSE), ODD)
    expect_words(page.get("/referrals/1"), "範囲は。")
    with wp.store.read() as session:
        assert queries.waiting.before_council(session, [1], "") == []
    # recorded by mistake: taken back, and before the council again
    step = "/referrals/1/steps/1/correction"
    withdraw(page, step)
    assert record(wp).state == "REVIEWING"
    page.post(COURSE, "/referrals/1/recall", back)
    again = {
        "council": "1",
        "title": "就学援助の評価書の点検（再）",
        "document_number": "海教学第109号",
    }
    page.post(f"/referrals/new?round={LINE}", "/referrals/new", {**again, "rounds": [LINE]})
    jobs.work_once(wp, "w", lambda: umihara.at("2026-01-22 10:05").at)
    assert record(wp).state == "REVIEWING"
    expect_words(page.get("/referrals/2/course"), "前の諮問", "就学援助の評価書の点検")
    expect_words(page.get(COURSE), "この後の諮問", "（再）", "取り下げています")
    expect_words(page.get(step), "改めて諮問しています")
    assert not fsck.check(wp.store, deep=True)


def test_a_council_that_hears_a_bill_has_no_papers_of_a_referral(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-29T14:05")
    expect_words(page.get(ROUND), "審議会に諮問する")
    correct(page, "/councils/1/correction", way="bill")
    expect_no_words(page.get(ROUND), "諮問する")
    expect_words(page.get(ROUND), "審議会の意見を聴く")
    expect_no_words(page.get(COURSE), "諮問")
    expect_words(page.get("/referrals/new"), "審議会の意見を聴く")
    convene(page, "第4回審査会", "2026-01-29")
    said = say(page, 1, "了承")
    expect_no_words(said, "答申", "起案添付資料（諮問）")
    here = page.get("/referrals")
    assert not here.xpath("//a[contains(., '諮問書') or contains(., '答申書')]")
    for name in ("referral", "report"):
        answer = page.client.get(f"/referrals/1/papers/{name}.docx")
        assert answer.status_code == 404 and "議案によるため" in answer.get_data(as_text=True)
    assert record(wp).state == "REVIEWED", "the procedure asks for neither"


def test_a_way_of_meeting_is_off_until_the_city_names_the_article(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-29T14:05")
    form = page.get("/sittings/new")
    assert not form.xpath("//select[@name='meeting']")
    sent = page.fields(next(each for each in form.iter("form") if each.get("action") == NEW))
    about = {"name": "第4回審査会", "day": "2026-01-29", "opens": "14:00", "place": "各委員の自宅"}
    sent |= {
        "council": "1",
        **about,
        "title0": "評価書の点検",
        "referral0": "1",
        "meeting": "written",
    }
    refused = page.send(NEW, sent, 422)
    expect_words(refused, "書面審議を使えません", "「書面審議を認める条例・運営要領」に入力")
    correct(page, "/councils/1/correction", written_rule="運営要領第6条")
    convene(page, "第4回審査会", "2026-01-29", meeting="written")
    assert "教育センター（書面審議）" in word(page, "/referrals/1/papers/minutes.docx")
    movements = page.get("/sittings/1/desk").xpath("//select[@name='what']//option/@value")
    assert "REMOTE" not in movements and "RECUSED" not in movements
    correct(page, "/councils/1/correction", remote_rule="運営要領第7条")
    movements = page.get("/sittings/1/desk").xpath("//select[@name='what']//option/@value")
    assert "REMOTE" in movements and "RECUSED" not in movements


def proposed(wp: Workplace, before: str, after: str) -> None:
    """Other wording of a member for the passage before the council."""
    place = remarks.passage(wp, 1, {"school-aid": umihara.PURPOSE}, before)
    wording = remarks.OtherWording(before, after, "範囲を示すため")
    remarks.propose(wp, umihara.at("2026-01-21 10:00"), 1, "佐倉 楓", *place, wording)


def test_other_wording_is_taken_up_amended_or_declined_and_the_member_sees_it(
    tmp_path: Any,
) -> None:
    wp = umihara_until("refer", tmp_path)
    words = umihara.NEW[:6]
    for after in (f"主に{words}", f"要綱により{words}", f"原則として{words}"):
        proposed(wp, words, after)
    page = isobe(wp, "2026-01-22T10:00")
    card = "/referrals/1/cards/1"
    first, second, third = (f"/referrals/1/proposals/{place}" for place in (1, 2, 3))
    expect_words(page.get(card), "取り入れるかどうかを決める")
    here = page.get(first)
    expect_words(
        here,
        "就学援助に関する事務",
        "新たに違う記載になる箇所はありません",
        "差し替えるか、取り下げる",
    )
    expect_words(here, "この手続では、意見募集には戻りません")
    wrong(page.post(first, first, {"outcome": "declined"}, 422), "reason", "委員に見えます")
    reason = f"範囲は要綱の第3条で示しているため {ODD}"
    page.post(first, first, {"outcome": "declined", "reason": reason})
    expect_words(page.get(card), "取り入れない", reason)
    here = page.post(
        second,
        second,
        {"outcome": "amended", "reason": "条を示す", "words": f"{ODD}第3条により{words}"},
    )
    expect_words(here, "1件の評価書に取り入れました", "修正して取り入れた")
    version = sources.read_ref(wp, LINE)
    assert f"{ODD}第3条により{words}" in text_of(version.tree.find(umihara.PURPOSE))
    with wp.store.read() as session:
        kept = queries.referrals.proposal_outcomes(session, [2])[0]
        saved = session.get_one(Version, kept.version_id)
        assert saved.source == {"proposal": 2} and version.ref.endswith(f"@{saved.seq}")
    expect_words(page.get("/referrals/1/course"), "審議会に出した後に本文が変わっています")
    # the passage is another now: said before anybody decides, and refused where it is sent
    proposed_then = page.get(third)
    expect_words(proposed_then, "取り入れるとどうなるか")
    withdraw(page, f"{first}/outcome/correction")
    expect_words(page.get(card), "取り入れるかどうかを決める")
    assert not fsck.check(wp.store, deep=True)


def test_the_viewpoints_of_the_check_are_answered_with_what_is_known_and_printed(
    tmp_path: Any,
) -> None:
    wp = umihara_until("close", tmp_path)
    page = isobe(wp, "2026-01-19T10:00")
    url = f"{ROUND}/viewpoints"
    form = page.get(url)
    known = "意見募集：令和7年12月11日から令和8年1月15日まで（36日間）、意見"
    expect_words(form, "しきい値判断に誤りはないか", known, "評価実施機関：")
    expect_words(page.get(ROUND), "自己点検が12項目残っています")
    sent = {f"result{number}": "適" for number in range(1, 12)}
    here = page.post(url, quote(url, safe="/~"), {**sent, "evidence2": ODD})
    expect_words(here, "12項目のうち11項目に結果があります", ODD)
    expect_words(page.get(ROUND), "自己点検が1項目残っています")
    page.post(url, quote(url, safe="/~"), {"result12": "対象外"})
    expect_no_words(page.get(ROUND), "自己点検が")
    expect_words(page.get(ROUND), "審査の観点の自己点検を保存")
    umihara._refer(wp, umihara.Told())
    printed = word(page, "/referrals/1/papers/self-check.docx")
    for words in ("しきい値判断に誤りはないか", ODD, known, "対象外"):
        assert words in printed, words
    # once the round is over it is read, and not written
    with shared.by_hand(wp.store) as session:
        session.query(Round).filter_by(id=1).one().state = "PUBLISHED"
    shown = expect_words(page.get(url), "読むことだけできます", "対象外", ODD)
    assert shown.xpath("//main//form") == []
