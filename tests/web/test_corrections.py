"""Every record a person types is put right or taken back through its page: the old value, who, when
and why stay and are shown. Played in 海原市, over a year end, and in the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, unquote

import pytest
from lxml import html

from pia import config
from pia.actions.records import days
from pia.actions.workplace import Workplace, line
from pia.documents.word import reader
from pia.domain.act import JST
from pia.store import queries
from pia.store.rows import consultations, councils
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .. import shared
from ..actions import umihara
from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words, value_of
from .naughty import SHORT

LINE = umihara.LINE
ROUND = f"/rounds/{LINE}"
WHY = "書き間違えたため"


def town(until: str) -> Callable[[Any], None]:
    def make(file: Any) -> None:
        import shutil

        shutil.copy(shared.blank(), file)
        wp = shared.workplace_at(f"sqlite:///{file}")
        umihara.play(wp, until)
        wp.store.close()

    return make


def umihara_until(until: str, folder: Any) -> Workplace:
    return shared.copied(shared.once(f"umihara-{until}.db", town(until)), folder)


def isobe(wp: Workplace, said: str) -> PageClient:
    moment = datetime.fromisoformat(said).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: moment), "isobe")


def correct(page: PageClient, url: str, status: int = 303, **values: str) -> Any:
    return page.post(
        url, quote(url, safe="/~"), {"correction": WHY, **values}, status, pick={"what": "amend"}
    )


def withdraw(page: PageClient, url: str, status: int = 303) -> Any:
    sent = {"withdrawal": "誤って記録したため"}
    return page.post(url, quote(url, safe="/~"), sent, status, pick={"what": "withdraw"})


def wrong(page: html.HtmlElement, field: str, words: str) -> None:
    """What is wrong stands at its field."""
    expect_words(page.get_element_by_id(f"{field}-wrong"), words)


def record(wp: Workplace) -> days.RoundRecord:
    with wp.store.read() as session:
        return days.record(session, line(session, LINE).own_round)


def test_the_days_of_a_consultation_are_put_right(tmp_path: Any) -> None:
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    url = "/consultations/1/correction"
    here = correct(page, url, end="2026-01-22", title="就学援助の評価書案への意見募集")
    expect_words(here, "前の記録は残ります", "令和8年1月22日まで（初日と末日を含めて43日間）")
    expect_words(here, "令和8年1月15日", WHY, "磯部", "令和7年12月28日")
    assert record(wp).consultation.end == date(2026, 1, 22)
    # the same page tells what is wrong where it was typed, and keeps what was typed
    here = correct(page, url, 422, announced="2025-12-20", contact="000-555-0000")
    wrong(here, "announced", "公示日（令和7年12月20日）が、始まりの日")
    assert here.get_element_by_id("contact").text_content().strip() == "000-555-0000"
    here = correct(page, url, 422, end="2025-12-01")
    wrong(here, "end", "より前です")
    here = correct(page, url, 422, correction="")
    wrong(here, "correction", "直す理由")
    assert record(wp).consultation.announced == date(2025, 12, 10)
    expect_words(page.get("/corrections"), "就学援助の評価書案への意見募集", "件名")


def test_two_who_correct_one_record_do_not_write_over_each_other(tmp_path: Any) -> None:
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    url = "/consultations/1/correction"
    opened = page.get(url)
    correct(page, url, method="郵送と電子申請で受け付けた。")
    form = next(f for f in opened.iter("form") if f.get("action") == url)
    sent = page.fields(form) | {"title": "別の題", "correction": WHY}
    here = page.send(url, sent, 409)
    expect_words(here, "ほかの人が直しています")
    assert record(wp).consultation.title == "就学援助の評価書（案）への意見募集"


def test_a_consultation_announced_by_mistake_is_taken_back(tmp_path: Any) -> None:
    """The round is a draft again, the residents' page is gone, and it can be announced anew."""
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-12T10:00")
    here = withdraw(page, "/consultations/1/correction")
    expect_words(here, "取り消されています", "誤って記録したため")
    assert record(wp).consultation is None and record(wp).state == "DRAFTING"
    public = create_public_app(wp, config.load({}), lambda: NOW).test_client()
    assert public.get("/consultations/1").status_code == 404
    expect_words(page.get(ROUND), "意見募集の公示を取り消す")
    assert not fsck.check(wp.store, deep=False)
    again = f"/consultations/new?round={quote(LINE)}"
    here = page.post(
        again,
        "/consultations/new",
        {
            "rounds": [LINE],
            "title": "改めての意見募集",
            "announced": "2025-12-15",
            "start": "2025-12-15",
            "end": "2026-01-20",
            "method": "公示した。",
        },
    )
    expect_words(here, "意見募集を公示しました")
    assert record(wp).consultation.title == "改めての意見募集"


def test_a_wrong_order_of_days_is_said_when_it_is_announced(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    page = isobe(wp, "2025-12-09T10:00")
    sent = {
        "rounds": [LINE],
        "title": "意見募集",
        "announced": "2025-12-20",
        "start": "2025-12-11",
        "end": "2026-01-15",
        "method": "公示した。",
    }
    here = page.post(f"/consultations/new?round={quote(LINE)}", "/consultations/new", sent, 422)
    wrong(here, "announced", "始まりの日（令和7年12月11日）より後です")


def test_what_came_in_is_put_right_and_taken_back(tmp_path: Any) -> None:
    wp = umihara_until("close", tmp_path)
    page = isobe(wp, "2026-01-19T10:00")
    url = "/consultations/1/opinions/1/correction"
    here = correct(page, url, 422, received="2026-01-16", channel="fax")
    wrong(here, "counting", "募集の終わりの日より後です")
    here = correct(page, url, received="2026-01-16", channel="fax", later="1")
    expect_words(here, "件数に入れずに残した意見", "郵送", "ファックス")
    here = correct(page, url, received="2026-01-15")
    expect_no_words(here, "件数に入れずに残した意見")
    wrong(correct(page, url, 422, received="2026-02-01"), "received", "まだ来ていません")
    expect_words(page.get("/consultations/1/correction"), "意見が届いています")
    here = withdraw(page, url)
    expect_words(here, "取り消した意見", "意見1", "0件（うち案を修正したもの 0件）")
    with wp.store.read() as session:
        assert session.get_one(consultations.Opinion, 1).text == "電子申請の範囲が分かりません。"


def test_a_sitting_is_put_right_until_and_after_it_was_held(tmp_path: Any) -> None:
    wp = umihara_until("verdict", tmp_path)
    page = isobe(wp, "2026-02-16T10:00")
    url = "/sittings/2/correction"
    here = correct(page, url, place="教育センター　大会議室", number0="議第１号", day="2026-02-10")
    expect_words(here, "令和8年2月10日", "大会議室", "議第１号", "教育センター")
    assert record(wp).checked.sitting.day == date(2026, 2, 10)
    here = correct(page, url, 422, title0="")
    wrong(here, "title0", "議題1")
    here = correct(page, url, 422, day="2026-01-29", opens="14:00")
    wrong(here, "day", "同じ日時の会議")
    here = correct(page, url, 422, day="2025-12-01")
    wrong(here, "day", "入江 岬さんは、この日に在任していません")
    here = correct(page, url, 422, referral0="")
    wrong(here, "agenda", "議題から外せません")
    expect_words(page.get(url), "出席が記録されています")


def test_a_line_of_the_agenda_is_never_thrown_away(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-20T10:00")
    sent = {"name": "第4回", "day": "2026-01-29", "opens": "14:00", "place": "教育センター"}
    here = page.post("/sittings/new", "/sittings/new", sent | {"referral0": "1"}, 422)
    wrong(here, "title0", "議題1")
    page.post("/sittings/new", "/sittings/new", sent | {"title0": "点検", "referral0": "1"})
    # taken back, its hour is free for another
    withdraw(page, "/sittings/1/correction")
    expect_no_words(page.get("/councils"), "第4回")
    here = page.post("/sittings/new", "/sittings/new", sent | {"name": "臨時会", "title0": "点検"})
    expect_words(here, "臨時会", "改めて記録した", "第4回")


def test_a_referral_made_by_mistake_is_taken_back(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-20T10:00")
    url = "/referrals/1/correction"
    correct(page, url, title="評価書の点検について", number1="資料２", title1="就学援助要綱")
    expect_words(page.get(url), "就学援助の評価書の点検", "資料２", WHY)
    withdraw(page, url)
    assert record(wp).state == "REVISING" and not record(wp).reviews
    expect_words(page.get(ROUND), "諮問を取り消す")
    assert not fsck.check(wp.store, deep=False)


def test_a_verdict_is_recorded_anew_and_the_old_one_stays(tmp_path: Any) -> None:
    wp = umihara_until("verdict", tmp_path)
    page = isobe(wp, "2026-02-16T10:00")
    url = "/referrals/2/verdict/correction"
    here = correct(page, url, 422, kind="継続審議")
    wrong(here, "kind", "手続の進み方が変わります")
    correct(page, url, kind="了承", note="要綱を公表することが望ましい。")
    assert record(wp).checked.verdict.kind == "了承" and record(wp).state == "REVIEWED"
    expect_words(page.get("/sittings/2"), "附帯意見を付して了承", "了承", WHY)
    with wp.store.read() as session:
        kept = [v.note for v in queries.councils.verdicts(session, 2)]
    assert kept == ["要綱を公表すること。", "要綱を公表することが望ましい。"]


def test_what_was_spoken_is_taken_back_and_recorded_anew(tmp_path: Any) -> None:
    wp = umihara_until("verdict", tmp_path)
    page = isobe(wp, "2026-02-16T10:00")
    question = "/referrals/2/remarks/2/correction"
    expect_words(page.get(question), "先に回答を取り消してください")
    withdraw(page, "/referrals/2/remarks/2/answers/1/correction")
    here = withdraw(page, question)
    expect_no_words(here, "要綱は公表しますか。")
    with wp.store.read() as session:
        assert session.get_one(councils.Remark, 2).text == "要綱は公表しますか。"
        assert not councils.open_remarks(session, 2)
    links = [link.get("href") for link in page.get("/sittings/2/minutes").iter("a")]
    minutes = next(link for link in links if "minutes.docx" in link)
    said = repr(reader.read(page.download(minutes), "開催結果")[0])
    assert "第5回審査会" in said and "要綱は公表しますか。" not in said


def test_a_member_takes_back_a_question_of_their_own(tmp_path: Any) -> None:
    """Before it is answered; nobody else's; the office sees that there was one."""
    wp = shared.copied(shared.played("refer"), tmp_path)
    moment = datetime(2024, 7, 20, 9, 0, tzinfo=JST)
    app = create_app(wp, config.load({}), lambda: moment)
    asker, other = PageClient(app, "mitamura"), PageClient(app, "kiryu")
    office = PageClient(app, "mizukoshi")
    here = "/referrals/1/cards/1"
    words = "遠くの書庫までだれが運ぶのですか。"
    shown = asker.post(here, f"{here}/remarks", {"text": words})
    (back,) = [form for form in shown.iter("form") if str(form.get("action")).endswith("/back")]
    action = str(back.get("action"))
    assert not [form for form in other.get(here).iter("form") if form.get("action") == action]
    (asking,) = [form for form in other.get(here).iter("form") if "/remarks" in form.get("action")]
    refused = other.send(action, other.fields(asking), 422)
    expect_words(refused, "ほかの委員の質問は取り消せません")
    expect_words(asker.get(here), words)
    expect_no_words(asker.send(action, asker.fields(back)), words)
    expect_no_words(office.get(here), words)
    expect_words(office.get("/corrections"), "三田村", "質問した委員の申出")
    again = asker.send(action, {**asker.fields(back), "_request": "c" * 24}, 422)
    expect_words(again, "取り消されています")


def test_what_left_the_house_is_put_right(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    page = isobe(wp, "2026-03-10T10:00")
    url = f"{ROUND}/kept/submission/1/correction"
    here = correct(page, url, document_number="海教学第141号", decided="2026-02-26")
    expect_words(here, "海教学第141号", "海教学第140号", WHY, "令和8年2月26日")
    wrong(correct(page, url, 422, decided="2026-03-05"), "decided", "提出した日（令和8年3月2日）")
    url = f"{ROUND}/kept/publication/1/correction"
    here = correct(page, url, 422, day="2026-03-01")
    wrong(here, "day", "提出した日（令和8年3月2日）より前です")
    wrong(correct(page, url, 422, day="2026-04-01"), "day", "まだ来ていません")
    here = correct(page, url, day="2026-03-09")
    expect_words(here, "令和8年3月9日", "令和8年3月6日")
    assert record(wp).published == date(2026, 3, 9)
    with wp.store.read() as session:
        known = line(session, LINE).assessment
        assert known.published == known.reassessed == date(2026, 3, 9)
    assert not fsck.check(wp.store, deep=False)


def test_the_reasons_of_a_round_are_put_right(drafted: Workplace) -> None:
    page = PageClient(create_app(drafted, config.load({}), lambda: NOW), "mizukoshi")
    url = "/rounds/nhi-benefits~r6-cloud/correction"
    reasons = page.get(url).get_element_by_id("reasons").text_content().strip().split("\n")
    here = correct(page, url, 422, reasons="組織の改正")
    wrong(here, "reasons", f"「{reasons[0]}」は、変更の理由として使われています")
    here = correct(page, url, reasons="\n".join([*reasons, "組織の改正"]), change_date="2025-01-06")
    expect_words(here, "組織の改正", "令和7年1月6日", WHY)


@pytest.mark.parametrize("person", ["morishita", "mitamura", "makabe"])
def test_only_the_office_corrects(drafted: Workplace, person: str) -> None:
    page = PageClient(create_app(drafted, config.load({}), lambda: NOW), person)
    page.get("/rounds/nhi-benefits~r6-cloud/correction", 403)
    if person == "makabe":
        page.get("/corrections")


def test_what_was_only_noted_of_a_round_is_taken_back(tmp_path: Any) -> None:
    """An emergency that was none, and a day that was typed for another round."""
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-20T10:00")
    page.post(ROUND, quote(f"{ROUND}/emergency", safe="/~"), {"emergency": "災害への対応"})
    page.post(ROUND, quote(f"{ROUND}/days", safe="/~"), {"day": "2026-01-19"})
    here = page.get(ROUND)
    links = [
        link.get("href")
        for link in here.iter("a")
        if link.get("href").endswith("/correction") and ("/event/" in link.get("href"))
    ]
    expect_words(here, "緊急の変更であることを記録", "災害への対応")
    here = withdraw(page, unquote(links[-1]))
    expect_words(here, "誤って記録したため", "取り消した")
    assert "emergency" not in [event.event for event in record(wp).events]
    # 見直しの確定 is asked for again once it was taken back
    fixed = next(e for e in record(wp).events if e.event == "review_fixed")
    withdraw(page, f"{ROUND}/kept/event/{fixed.seq}/correction")
    assert record(wp).review_fixed is None
    step = next(e for e in record(wp).events if e.event == "refer")
    url = f"{ROUND}/kept/event/{step.seq}/correction"
    expect_words(page.get(url), "手続を進めた記録です")
    assert not fsck.check(wp.store, deep=False)


def test_a_publication_recorded_of_the_past_is_put_right(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    page = isobe(wp, "2025-12-01T10:00")
    url = "/assessments/school-aid/publications/1/correction"
    here = correct(page, url, day="2021-02-16")
    expect_words(here, "令和3年2月16日", "令和3年2月26日", WHY)
    expect_words(page.get(url), "再実施か修正が始まっています")
    with wp.store.read() as session:
        assert line(session, "school-aid").assessment.reassessed == date(2021, 2, 16)


def test_an_affair_registered_by_mistake_is_taken_back(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    page = isobe(wp, "2025-12-01T10:00")
    expect_words(page.get("/affairs/school-aid/withdrawal"), "評価書が登録されています")
    sent = {"name": "給食費に関する事務", "number": "8", "key": "lunch", "body": umihara.BODY}
    page.post("/affairs/new", "/affairs/new", sent)
    expect_no_words(withdraw(page, "/affairs/lunch/withdrawal"), "給食費に関する事務")
    page.post("/affairs/new", "/affairs/new", sent | {"key": "lunch-2"})


# Forms of corrections → the fields that take a person's words.
WORDS = {
    "/consultations/1/correction": (
        "title",
        "method",
        "shortened_reason",
        "contact",
        "document_number",
    ),
    "/consultations/1/opinions/1/correction": ("item",),
    "/referrals/2/correction": ("title", "number0", "title0"),
    "/referrals/2/verdict/correction": ("note",),
    "/sittings/2/correction": ("name", "place", "number0", "title0"),
    f"{ROUND}/correction": ("reasons",),
    f"{ROUND}/kept/submission/1/correction": ("document_number",),
}


def test_naughty_words_come_out_to_the_letter(tmp_path: Any) -> None:
    """In every field of every correction, and as the reason; what was before is shown beside it."""
    wp = umihara_until("publish", tmp_path)
    page = isobe(wp, "2026-03-10T10:00")
    tried = iter(word.strip() for word in SHORT[5::3] if word.strip())
    for url, fields in WORDS.items():
        for _ in range(2):
            words = {field: next(tried)[:40].strip() for field in fields}
            reason = next(tried)
            if url.startswith(ROUND) and "reasons" in words:
                words["reasons"] = f"電子申請の開始\n{words['reasons']}"
            correct(page, url, **words, correction=reason)
            shown = page.get(url)
            for field, word in words.items():
                assert value_of(shown.get_element_by_id(field)).strip() == word, (url, field)
            expect_words(shown, reason, *words["reasons"].split() if "reasons" in words else ())
        listed = page.get("/corrections")
        expect_words(listed, reason)
    assert not fsck.check(wp.store, deep=False)


# The same form again: the latest counts, the ones before stay on record.
AGAIN = "again"
# Every form with which something is typed that stays → the address that puts it right.
CORRECTED: dict[str, str] = {
    "/accounts": "/accounts/<name>",
    "/accounts/<name>": AGAIN,
    "/affairs/<key>/begin": "/rounds/<ref>/move",
    "/affairs/<key>/correction": AGAIN,
    "/affairs/<key>/counts": AGAIN,
    "/affairs/<key>/department": "/yearly",
    "/affairs/<key>/published": "/assessments/<key>/publications/<int:place>/correction",
    "/affairs/<key>/rounds": "/rounds/<ref>/correction",
    "/affairs/new": "/affairs/<key>/correction",
    "/glossary": "/glossary/<int:term>/correction",
    "/glossary/<int:term>/correction": AGAIN,
    "/glossary/requests/<int:asked>/answer": "/glossary/requests/<int:asked>/correction",
    "/glossary/requests/<int:asked>/correction": AGAIN,
    "/referrals/<int:referral>/glossary/requests": "/glossary/requests/<int:asked>/correction",
    "/phrases": "/phrases/<int:phrase>/correction",
    "/phrases/<int:phrase>/correction": AGAIN,
    "/assessments/<key>/readers": AGAIN,
    "/consultations/new": "/consultations/<int:number>/correction",
    "/consultations/<int:number>/opinions": (
        "/consultations/<int:number>/opinions/<int:opinion>/correction"
    ),
    "/consultations/<int:number>/opinions/<int:opinion>/response": AGAIN,
    "/file-register": "/file-register/<int:number>/edit",
    "/file-register/import": AGAIN,
    "/file-register/import/take": "/file-register/<int:number>/edit",
    "/file-register/<int:number>/edit": AGAIN,
    "/file-register/<int:number>/filling": "/file-register/<int:number>/edit",
    "/file-register/<int:number>/publications": (
        "/file-register/<int:number>/publications/<int:publication>/correction"
    ),
    "/file-register/<int:number>/omissions": (
        "/file-register/<int:number>/omissions/<int:omission>/correction"
    ),
    "/file-register/<int:number>/end": "/file-register/<int:number>/reopening",
    "/file-register/<int:number>/reopening": "/file-register/<int:number>/end",
    "/guides": "/guides/<int:number>/correction",
    "/guides/<int:number>/places": AGAIN,
    "/rounds/<ref>/commission/places": "/rounds/<ref>/commission/places/<int:number>/correction",
    "/rounds/<ref>/commission/again": "/rounds/<ref>/commission/places/<int:number>/correction",
    "/affairs/<key>/origins": "/affairs/<key>/origins/<int:number>/correction",
    **dict.fromkeys(
        (
            "/consultations/<int:number>/opinions/<int:opinion>/split",
            "/consultations/<int:number>/opinions/<int:opinion>/group",
            "/consultations/<int:number>/opinions/<int:opinion>/recall",
            "/consultations/<int:number>/bring/list",
            "/consultations/<int:number>/bring/mails",
        ),
        "/consultations/<int:number>/opinions/<int:opinion>/correction",
    ),
    **dict.fromkeys(
        (
            "/consultations/<int:number>/opinions/<int:opinion>/files",
            "/consultations/<int:number>/attachments/<int:attachment>/cleaned",
        ),
        "/consultations/<int:number>/attachments/<int:attachment>/correction",
    ),
    **dict.fromkeys(
        (
            "/consultations/<int:number>/notices/extension",
            "/consultations/<int:number>/notices/cancellation",
        ),
        "/consultations/<int:number>/notices/<int:notice>/correction",
    ),
    "/consultations/<int:number>/opinions/<int:opinion>/adopt": "/lines/<ref>/earlier",
    "/councils": "/setup/councils/<int:number>",
    "/councils/<int:number>/members": "/councils/<int:number>/members/<int:member>/correction",
    "/councils/<int:number>/accounts": AGAIN,
    "/departments": "/departments/<int:number>",
    "/departments/<int:number>": AGAIN,
    "/disclosures": "/disclosures/<int:number>/correct",
    "/disclosures/<int:number>/decision": "/disclosures/<int:number>/decision/correct",
    "/import": "/lines/<ref>/earlier",
    "/import/<int:number>": "/import/<int:number>/back",
    "/lines/<ref>/import/<int:number>": "/lines/<ref>/earlier",
    "/lines/<ref>/entries/<path:path>": "/lines/<ref>/earlier",
    "/lines/<ref>/form": "/lines/<ref>/earlier",
    "/affairs/<key>/end": "/affairs/<key>/end/correction",
    "/affairs/<key>/end/closed": "/affairs/<key>/end/correction",
    "/rounds/<ref>/commission": "/rounds/<ref>/commission/<int:number>/correction",
    "/rounds/<ref>/commission/<int:number>/take-up": (
        "/rounds/<ref>/commission/<int:number>/correction"
    ),
    "/rounds/<ref>/commission/<int:number>/replies": (
        "/rounds/<ref>/commission/replies/<int:number>/correction"
    ),
    "/lines/<ref>/items/<path:path>": "/lines/<ref>/earlier/<path:path>",
    "/lines/<ref>/arranged/<path:path>": "/lines/<ref>/earlier/<path:path>",
    "/lines/<ref>/withheld/<path:path>": AGAIN,
    "/lines/<ref>/occurrences": AGAIN,
    "/national/new": "/national/<key>/correction",
    "/national/<key>": AGAIN,
    "/national/<key>/confirmations": AGAIN,
    "/national": "/national/<key>/correction",
    "/plan": AGAIN,
    "/records/kept/<record>": AGAIN,
    "/flags": AGAIN,
    "/referrals/new": "/referrals/<int:number>/correction",
    "/referrals/<int:referral>/cards/<int:number>/proposals": (
        "/referrals/<int:referral>/proposals/<int:place>/correction"
    ),
    "/referrals/<int:referral>/cards/<int:number>/remarks": (
        "/referrals/<int:referral>/remarks/<int:remark>/correction"
    ),
    "/referrals/<int:referral>/remarks": (
        "/referrals/<int:referral>/remarks/<int:remark>/correction"
    ),
    "/referrals/<int:referral>/remarks/<int:remark>/back": "/referrals/<int:referral>/remarks",
    "/referrals/<int:referral>/remarks/<int:remark>/answer": (
        "/referrals/<int:referral>/remarks/<int:remark>/answers/<int:place>/correction"
    ),
    "/rounds/<ref>/change-table": AGAIN,
    "/rounds/<ref>/procedure": AGAIN,
    "/rounds/<ref>/notes": AGAIN,
    "/rounds/<ref>/notes/<path:path>": AGAIN,
    "/rounds/bulk": "/rounds/<ref>/correction",
    "/rounds/bulk/notes": AGAIN,
    "/rounds/bulk/publication": "/rounds/<ref>/kept/<what>/<int:place>/correction",
    "/rounds/<ref>/explain/<path:path>": AGAIN,
    "/sittings/new": "/sittings/<int:number>/correction",
    "/sittings/<int:number>/attendance": "/sittings/<int:number>/corrections",
    "/sittings/<int:number>/close": "/sittings/<int:number>/corrections",
    "/sittings/<int:number>/decide": "/referrals/<int:referral>/verdict/correction",
    "/setup/bodies": "/setup/bodies/<int:number>",
    "/setup/bodies/<int:number>": AGAIN,
    "/setup/councils": "/setup/councils/<int:number>",
    "/setup/councils/<int:number>": AGAIN,
    "/setup/departments": AGAIN,
    "/setup/people": AGAIN,
    "/setup/passwords": AGAIN,
    "/referrals/<int:referral>/order": AGAIN,
    "/referrals/<int:referral>/cards/<int:number>/note": AGAIN,
    "/calendar/closings": "/calendar/closings/<int:number>/correction",
    "/rounds/<ref>/schedule": "/rounds/<ref>/planned-days/<int:number>/correction",
    "/yearly": "/yearly/corrections",
    "/yearly/answers": AGAIN,
    "/yearly/departments/<int:number>": "/yearly/departments/<int:number>/corrections",
}
for what in ("days", "emergency", "minor", "overrule", "review-fixed"):
    CORRECTED[f"/rounds/<ref>/{what}"] = "/rounds/<ref>/kept/<what>/<int:place>/correction"
CORRECTED["/rounds/<ref>/decisions"] = CORRECTED["/rounds/<ref>/days"]
# A draft that was handed on too early is sent back, one that was sent back handed on.
CORRECTED["/rounds/<ref>/handover"] = "/rounds/<ref>/handover/back"
CORRECTED["/rounds/<ref>/handover/back"] = "/rounds/<ref>/handover"
CORRECTED["/rounds/<ref>/handover/digital"] = "/rounds/<ref>/handover/back"
for what in ("comments/<path:path>", "threads/<int:thread>/answers"):
    CORRECTED[f"/rounds/<ref>/{what}"] = "/rounds/<ref>/comment-lines/<int:comment>/correction"
# What was marked as 解決済み is opened again by the same button.
CORRECTED["/rounds/<ref>/threads/<int:thread>/state"] = AGAIN
for what in (
    "consultations/<int:number>/opinions/<int:opinion>",
    "referrals/<int:referral>/remarks/<int:remark>",
):
    CORRECTED[f"/{what}/assignment"] = f"/{what}/assignment/correction"
CORRECTED["/lines/<ref>/content/answers/<finding>"] = "/lines/<ref>/content/<int:number>/correction"
CORRECTED["/lines/<ref>/content/<int:number>/correction"] = AGAIN
CORRECTED["/content/checks/<rule>"] = "/content/bindings/<int:number>/correction"
CORRECTED["/content/bindings/<int:number>/correction"] = AGAIN
CORRECTED["/rounds/<ref>/files"] = "/rounds/<ref>/files/<int:number>/correction"
for what in ("submit", "publish"):
    CORRECTED[f"/rounds/<ref>/{what}"] = CORRECTED["/rounds/<ref>/days"]
# Answered anew on the same page; what was answered before stays with who and when.
CORRECTED["/rounds/<ref>/viewpoints"] = AGAIN
CORRECTED["/referrals/<int:referral>/proposals/<int:place>"] = (
    "/referrals/<int:referral>/proposals/<int:place>/outcome/correction"
)
for what in ("decision", "recall", "replacement"):
    CORRECTED[f"/referrals/<int:referral>/{what}"] = (
        "/referrals/<int:referral>/steps/<int:place>/correction"
    )
CORRECTED["/sittings/<int:number>/report"] = CORRECTED["/rounds/<ref>/days"]
# What was spoken is put right on its own page, edition by edition; the rest of a sitting's desk by
# doing it again, or through the pages of corrections.
for what in ("speeches", "gathering"):
    CORRECTED[f"/sittings/<int:number>/{what}"] = "/sittings/<int:number>/speeches/<int:speech>"
for what in ("now", "results", "next", "chair", "fields/<int:place>", "speeches/<int:speech>"):
    CORRECTED[f"/sittings/<int:number>/{what}"] = AGAIN
CORRECTED["/sittings/<int:number>/movements"] = (
    "/sittings/<int:number>/movements/<int:movement>/correction"
)
CORRECTED["/sittings/<int:number>/steps"] = "/sittings/<int:number>/steps/<int:step>/correction"
REPLACEMENT = "/referrals/<int:referral>/materials/<int:place>/replacement"
CORRECTED[REPLACEMENT] = AGAIN
OBSERVER = "/sittings/<int:number>/observers/<int:observer>"
INQUIRY = "/councils/<int:number>/inquiries/<int:inquiry>"
for what in (
    "/councils/<int:number>",
    "/councils/<int:number>/members/<int:member>",
    INQUIRY,
    OBSERVER,
    "/sittings/<int:number>/movements/<int:movement>",
):
    CORRECTED[f"{what}/correction"] = AGAIN
CORRECTED["/sittings/<int:number>/preparation"] = CORRECTED["/sittings/<int:number>/steps"]
CORRECTED["/sittings/<int:number>/observers"] = f"{OBSERVER}/correction"
CORRECTED[f"{OBSERVER}/left"] = AGAIN
CORRECTED["/councils/<int:number>/inquiries/new"] = f"{INQUIRY}/correction"
CORRECTED[INQUIRY] = AGAIN
CORRECTED["/sittings/<int:number>/steps/<int:step>/correction"] = AGAIN
CARRYING = "/sittings/<int:number>/carrying"
for what in ("", "/<int:place>/handed", "/<int:place>/ended"):
    CORRECTED[f"{CARRYING}{what}"] = f"{CARRYING}/<int:place>/correction"
# What came back is taken in again, a clash that was decided is put right at its own speech or fact.
CORRECTED[f"{CARRYING}/<int:place>/record"] = AGAIN
CORRECTED[f"{CARRYING}/<int:place>/clashes/<int:clash>"] = (
    "/sittings/<int:number>/speeches/<int:speech>"
)
for sent, what in (
    ("answers", "expected"),
    ("answers/<path:path>", "expected"),
    ("expected/<int:number>/take-over", "expected"),
    ("expected/<int:number>/release", ""),
    ("sources/<path:path>", "sources"),
    ("state-answers/<path:path>", "state-answers"),
):
    mended = f"/rounds/<ref>/{what}/<int:number>/correction"
    CORRECTED[f"/rounds/<ref>/{sent}"] = mended if what else AGAIN
REVIEW = "/reviews/<int:number>"
CORRECTED["/reviews"] = f"{REVIEW}/correction"
CORRECTED[f"{REVIEW}/reminders"] = f"{REVIEW}/reminders/<int:reminder>/correction"
for what in ("answers", "confirmations", "book"):
    CORRECTED[f"{REVIEW}/offices/<int:office>/{what}"] = f"{REVIEW}/answers/<int:answer>/correction"
# A notice is put right as a whole text, or taken back and written anew.
NOTICE = "/notices/acts/<int:number>/correction"
for what in ("new", "<int:number>/change", "<int:number>/end", "import/take"):
    CORRECTED[f"/notices/{what}"] = NOTICE
for what in ("<int:number>/affair", "rules/<int:number>", "rules/<int:number>/form"):
    CORRECTED[f"/notices/{what}"] = AGAIN
CORRECTED[NOTICE] = AGAIN
CORRECTED["/notices/acts/<int:number>/withdrawal"] = "/notices/new"
CORRECTED["/file-register/forms/<int:number>"] = AGAIN
AFFAIR_REPORT = "/notices/reports/<int:number>"
CORRECTED["/notices/reports/of/<int:number>"] = f"{AFFAIR_REPORT}/withdrawal"
CORRECTED[f"{AFFAIR_REPORT}/withdrawal"] = "/notices/reports/of/<int:number>"
CORRECTED[f"{AFFAIR_REPORT}/sitting"] = AGAIN
CORRECTED["/reports"] = "/reports/<int:number>/correction"
CORRECTED["/reports/<int:number>/sent"] = "/reports/<int:number>/correction"
CORRECTED["/reports/<int:number>/documents/<key>"] = AGAIN
CORRECTED["/incidents"] = "/incidents/<int:number>/correction"
CORRECTED["/incidents/<int:number>/decisions"] = (
    "/incidents/<int:number>/decisions/<int:decision>/correction"
)
LEAK = "/leaks/<int:number>"
CORRECTED["/leaks/new"] = f"{LEAK}/facts"
for what in (f"{LEAK}/facts", f"{LEAK}/major", "/leaks/bodies/<int:body>"):
    CORRECTED[what] = AGAIN
CORRECTED[f"{LEAK}/reports"] = f"{LEAK}/reports/<int:report>/correction"
CORRECTED[f"{LEAK}/council"] = f"{LEAK}/council/<int:given>/correction"
CORRECTED[f"{LEAK}/questions/<int:question>"] = f"{LEAK}/replies/<int:reply>/correction"
CORRECTED[f"{LEAK}/documents/<key>"] = f"{LEAK}/effects/<int:effect>/correction"
CORRECTED[f"{LEAK}/end"] = f"{LEAK}/correction"
CORRECTED["/sittings/<int:number>/leaks/<int:given>"] = (
    f"{LEAK}/questions/<int:question>/correction"
)
CANDIDATES = "/assessments/<key>/candidates"
for what in ("", "/<int:number>/outcome"):
    CORRECTED[f"{CANDIDATES}{what}"] = f"{CANDIDATES}/<int:number>/correction"
TRANSCRIPT = "/sittings/<int:number>/transcripts/<int:transcript>"
CORRECTED["/sittings/<int:number>/transcripts/new"] = TRANSCRIPT
CORRECTED[TRANSCRIPT] = AGAIN
# Forms with which nothing is typed that stays: steps, marks and keys of one's own, files that are
# replaced by the next, what cannot be taken back by law (廃棄), and corrections themselves.
NOTHING_STAYS = (
    "/calendar/address",
    "/compare/file",
    "/consultations/<int:number>/close",
    "/consultations/<int:number>/inbox/<int:row>",
    "/decisions/",
    "/disclosures/<int:number>/correct",
    "/disclosures/<int:number>/decision/correct",
    "/disclosures/<int:number>/marks/",
    "/disclosures/<int:number>/records/",
    "/flags/<place>/erasure",
    "/form-files",
    "/notices/import",
    "/rounds/<ref>/left-behind",
    "/import/<int:number>/",
    "/import/books",
    "/jobs",
    "/lines/<ref>/marks/",
    "/lines/<ref>/unsaved/",
    "/me/",
    "/national/capture",
    "/national/new/file",
    "/notes/file",
    "/notes/words",
    "/plates",
    "/records/disposal",
    "/referrals/<int:referral>/cards/<int:number>/now",
    "/referrals/<int:referral>/cards/<int:number>/tick",
    "/rehearsal",
    "/rounds/<ref>/asked/<kind>",
    "/rounds/<ref>/move",
    "/sign-",
    "/site",
    "/sittings/<int:number>/carrying/<int:place>/file",
    "/sittings/<int:number>/door",
    "/sittings/<int:number>/following",
    "/sittings/<int:number>/plates",
)
ENDINGS = ("/correction", "/corrections", "/withdrawal", "/earlier", "/earlier/<path:path>")


def test_every_form_has_its_correction(drafted: Workplace) -> None:
    """A form that is added stands here with the page that puts right what it typed."""
    app = create_app(drafted, config.load({}), lambda: NOW)
    posts = {str(rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    open_ones = {
        rule
        for rule in posts - CORRECTED.keys()
        if not rule.startswith(NOTHING_STAYS) and not rule.endswith(ENDINGS)
    }
    assert not open_ones, sorted(open_ones)
    assert not CORRECTED.keys() - posts, sorted(CORRECTED.keys() - posts)
    missing = {to for to in CORRECTED.values() if to != AGAIN and to not in posts}
    assert not missing, sorted(missing)


def test_a_reason_that_quotes_withheld_words_is_read_without_them(drafted: Workplace) -> None:
    app = create_app(drafted, config.load({}), lambda: NOW)
    words = "地下の第七書庫に置く鍵の番号"
    item = "/lines/nhi-benefits~r6-cloud/items/IV/3"
    writer, office = PageClient(app, "morishita"), PageClient(app, "mizukoshi")
    writer.post(item, item, {"text": f"{words}を決める。", "reason": "ガバメントクラウド"})
    hide = item.replace("/items/", "/withheld/")
    writer.post(item, hide, {"words": words, "because": "安全のため", "ground": "SECURITY"})
    here = "/rounds/nhi-benefits~r6-cloud"
    correct(office, f"{here}/correction", change_date="2025-01-20", correction=f"{words}のため")
    expect_words(office.get(here), f"{words}のため")
    other = PageClient(app, "tanahashi")
    expect_words(expect_no_words(other.get(here), words), "令和7年1月20日")
    office.get("/affairs/nhi-benefits")
    assert office.client.get("/affairs/nhi-benefits/succession.docx").status_code == 200
    assert other.client.get("/affairs/nhi-benefits/succession.docx").status_code == 403
