"""The sitting and its minutes, played through the pages in 海原市: what is spoken is written down
at the desk, put right with the old words kept, confirmed, 確定, and printed."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from lxml import html

from pia.actions.workplace import Workplace
from pia.store.upkeep import fsck

from ..actions import umihara
from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong

DESK = "/sittings/1/desk"
MINUTES = "/sittings/1/minutes"
HEARD = "//div[@class='text'][contains(., '範囲はどこまで')]"
REPORT = "個人情報の取扱いの届出について"


def held(folder: Any, opens: str = "14:00") -> tuple[Workplace, PageClient]:
    """A sitting that is held: one 議案 with the referral, one 報告 that is none, closed to the
    public."""
    wp = umihara_until("refer", folder)
    return wp, convened(isobe(wp, "2026-01-29T14:05"), opens)


def convened(page: PageClient, opens: str) -> PageClient:
    """The same where the referral is on record."""
    page.post(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": "第4回審査会",
            "day": "2026-01-29",
            "opens": opens,
            "place": "教育センター",
            "kind0": "議案",
            "number0": "(1)",
            "called0": "議第1号",
            "title0": "評価書の点検",
            "referral0": "1",
            "presenters0": "実施機関　学務課長 水沢\n実施機関　学務課 岸",
            "kind1": "報告",
            "number1": "(1)",
            "title1": REPORT,
            "closed1": "個人に関する情報を含むため",
        },
    )
    page.post(
        "/sittings/1",
        "/sittings/1/attendance",
        {"present": [umihara.FIRST[0], "佐倉 楓", "佐倉 椿"]},
    )
    return page


def write(page: PageClient, item: str, speaker: str, text: str, **more: str) -> html.HtmlElement:
    """One speech at the desk."""
    sent = {"other": speaker, "text": text, **more}
    return page.post(f"{DESK}?item={item}", "/sittings/1/speeches", sent)


def speech(page: PageClient, words: str) -> str:
    """The address of a speech in the minutes."""
    for row in page.get(MINUTES).iter("tr"):
        if words in row.text_content():
            return next(link.get("href") for link in row.iter("a"))
    raise AssertionError(f"no speech says {words}")


def words_of(body: bytes) -> str:
    """Every paragraph and cell of a Word file, in order."""
    document = Document(io.BytesIO(body))
    rows = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(para.text for para in document.paragraphs), *rows])


def test_an_afternoon_is_written_down_and_comes_out_as_minutes(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    expect_words(
        page.get(DESK), "１　開会", "議第1号　評価書の点検", "３　その他", "✓ 定足数を満たして"
    )
    write(page, "opening", "事務局", "ただいまから第4回審査会を開会します。")
    page.post(f"{DESK}?item=1", "/sittings/1/now", {})
    expect_words(page.get(DESK), "審議中")
    write(page, "1", "議長　波多野 泉", "議題に入ります。")
    write(page, "1", "", "〔実施機関（学務課）入室〕", kind="direction")
    # a presenter is a button of the desk: the role is printed, the person is kept
    desk = page.get(f"{DESK}?item=1")
    assert desk.xpath("//input[@name='speaker'][@value='実施機関　学務課長 水沢']")
    write(page, "1", "実施機関　学務課長 水沢", "学務課長の水沢です。")
    write(
        page,
        "1",
        "実施機関　学務課 岸",
        "件数は、調べてからお答えします。",
        kind="promised",
        department="教育部学務課",
        until="2026-02-05",
    )
    write(page, "2", "事務局", "届出は12件です。")
    write(page, "closing", "事務局", "次回は後日お知らせします。")
    moved = {"member": "5", "what": "COME", "clock": "14:20"}
    page.post(f"{DESK}?item=1", "/sittings/1/movements", moved)
    expect_words(page.get(DESK), "14:20から")
    page.post(f"{DESK}?item=2", "/sittings/1/results", {"result": "報告を受けた。"})
    page.post(DESK, "/sittings/1/next", {"next": "2026-02-12"})
    # an item without a result is told before the sitting is closed
    closing = {"closes": "15:30", "observers": "1"}
    here = page.post("/sittings/1", "/sittings/1/close", closing, 409)
    expect_words(here, "結果のない議題があります", "(1)　評価書の点検")
    here = page.post("/sittings/1", "/sittings/1/close", closing | {"closes": "13:00"}, 422)
    wrong(here, "closes", "開会の時刻")
    page.post("/sittings/1", "/sittings/1/close", closing | {"sure": "1"})
    public = words_of(page.download("/sittings/1/minutes.docx"))
    order = (
        "１　開会",
        "開会します",
        "２　議題",
        "議第1号　評価書の点検",
        "議題に入ります",
        "〔実施機関（学務課）入室〕",
        "学務課長の水沢です",
        "（教育部学務課から後日回答。期限　令和8年2月5日）",
        REPORT,
        "（この議題は非公開で審議したため、発言を掲載しません。理由：個人に関する情報を含むため）",
        "３　その他",
        "次回は後日",
    )
    speeches = public[public.index("発言内容") :]
    places = [speeches.index(words) for words in order]
    assert places == sorted(places)
    assert "届出は12件です" not in public and "学務課長 水沢" not in public
    assert "港 洋（午後2時20分から）" in public
    assert "【議案】\n(1)　評価書の点検（公開）\n【報告】\n(1)　" in public
    assert "報告を受けた。" in public and "次回の予定　令和8年2月12日" in public
    assert "届出は12件です" in words_of(page.download("/sittings/1/minutes.docx?whole=1"))
    # a drafter reads the minutes, and not what was heard without the public
    drafter = PageClient(page.app, "shiomi")
    shown = expect_words(drafter.get(MINUTES), "議題に入ります", "事務局だけが見られます")
    expect_no_words(shown, "届出は12件です")
    assert drafter.client.get("/sittings/1/minutes.docx?whole=1").status_code == 403
    assert fsck.check(wp.store) == []


def test_a_speech_is_put_right_and_keeps_what_it_said(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    for words in ("はじめに。", "つぎに。", "おわりに。"):
        write(page, "1", "議長　波多野 泉", words)
    url = speech(page, "つぎに。")
    stale = page.fields(next(x for x in page.get(url).iter("form") if x.get("action") == url))
    page.post(url, url, {"text": "次の説明に移ります。"}, pick={"what": "change"})
    expect_words(page.get(url), "つぎに。", "次の説明に移ります。", "磯部")
    # who wrote over words they had not seen is told, and what they typed stays
    here = page.send(url, stale | {"text": "別の直し。"}, 409)
    expect_words(here, "ほかの人が直しています", "次の説明に移ります。")
    assert here.get_element_by_id("text").text_content().strip() == "別の直し。"
    up = page.fields(
        next(x for x in page.get(url).iter("form") if "up" in html.tostring(x).decode())
    )
    page.send(url, up | {"what": "up"})
    shown = page.get(MINUTES).text_content()
    assert shown.index("次の説明に移ります") < shown.index("はじめに。") < shown.index("おわりに。")
    here = page.send(url, up | {"what": "up", "_request": "a" * 24}, 422)
    expect_words(here, "これより前に")
    gone = page.fields(
        next(x for x in page.get(url).iter("form") if "up" in html.tostring(x).decode())
    )
    page.send(url, gone | {"what": "remove"})
    table = page.get(MINUTES).xpath("//table[contains(@class, 'minutes')]")[0]
    expect_no_words(table, "次の説明に移ります")
    page.post(url, url, {}, pick={"what": "restore"})
    expect_words(page.get(MINUTES), "次の説明に移ります")
    assert fsck.check(wp.store) == []


def test_minutes_are_confirmed_settled_and_then_only_corrected(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    write(page, "opening", "事務局", "開会します。")
    steps = f"{MINUTES}"
    asked = {
        "kind": "asked",
        "day": "2026-01-29",
        "document_number": "海教総第9号",
        "until": "2026-02-09",
    }
    here = page.post(steps, "/sittings/1/steps", asked, 409)
    expect_words(here, "まだ閉会が記録されていません")
    sent = {"closes": "15:30", "observers": "0", "sure": "1"}
    page.post("/sittings/1", "/sittings/1/close", sent)
    late = isobe(wp, "2026-02-10T09:00")
    late.post(steps, "/sittings/1/steps", asked)
    reply = {"kind": "answered", "day": "2026-02-09", "member": "3", "answer": "修正あり"}
    late.post(steps, "/sittings/1/steps", reply | {"note": "開会の言葉を直してほしい。"})
    expect_words(
        late.get(MINUTES), "海教総第9号", "回答の期限 令和8年2月9日", "佐倉 楓", "修正あり"
    )
    step = next(
        link.get("href")
        for link in late.get(MINUTES).iter("a")
        if "/steps/2/correction" in (link.get("href") or "")
    )
    correct(late, step, answer="修正なし")
    expect_words(late.get(MINUTES), "修正なし")
    here = late.post(steps, "/sittings/1/steps", {"kind": "issued", "day": "2026-02-10"}, 409)
    expect_words(here, "確定してから公表します")
    late.post(steps, "/sittings/1/steps", {"kind": "settled", "day": "2026-02-10"})
    expect_words(late.get(MINUTES), "確定", "令和8年2月10日に確定しました")
    here = late.post(f"{DESK}?item=2", "/sittings/1/results", {"result": "報告を受けた。"}, 409)
    expect_words(here, "先に確定を取り消してください")
    url = speech(late, "開会します。")
    here = late.post(url, url, {"text": "開会いたします。"}, 422, pick={"what": "change"})
    wrong(here, "reason", "この会議録は確定しています")
    right = {"text": "開会いたします。", "reason": "録音を聞き直した"}
    late.post(url, url, right, pick={"what": "change"})
    expect_words(late.get(url), "録音を聞き直した", "開会します。")
    withdraw(late, f"/sittings/1/steps/{3}/correction")
    expect_no_words(late.get(MINUTES), "に確定しました")
    assert fsck.check(wp.store) == []


def test_the_closing_rule_of_the_council_is_kept(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    write(page, "opening", "事務局", "開会します。")
    page.post(
        "/sittings/1", "/sittings/1/close", {"closes": "15:30", "observers": "0", "sure": "1"}
    )
    late = isobe(wp, "2026-02-10T09:00")
    steps = "/sittings/1/steps"
    settled = {"kind": "settled", "day": "2026-02-10"}
    rules = "/councils/1/correction"
    correct(late, rules, closing="chair", publish_days="14")
    here = late.post(MINUTES, steps, settled, 409)
    expect_words(here, "波多野 泉さん（議長）の確認の返事が記録されていません")
    # another member's answer is not the chair's
    late.post(MINUTES, steps, {"kind": "answered", "day": "2026-02-09", "member": "3"})
    late.post(MINUTES, steps, settled, 409)
    correct(late, rules, closing="signers", signers="2")
    late.post(MINUTES, steps, {"kind": "signed", "day": "2026-02-09", "member": "3"})
    late.post(MINUTES, steps, {"kind": "signed", "day": "2026-02-10", "member": "3"})
    expect_words(late.post(MINUTES, steps, settled, 409), "署名が1名です（2名が要ります）")
    late.post(MINUTES, steps, {"kind": "signed", "day": "2026-02-10", "member": "4"})
    late.post(MINUTES, steps, settled)
    expect_words(late.get(MINUTES), "公表の期限は令和8年2月24日です")
    # what the minutes print is put right only after they are opened again
    here = correct(late, "/sittings/1/correction", 409, place="市民会館")
    expect_words(here, "先に確定を取り消してください")
    gone = {"member": "3", "present": "0", "reason": "誤り"}
    late.post("/sittings/1", "/sittings/1/corrections", gone, 409, pick={"what": "attendance"})
    late.post(MINUTES, steps, {"kind": "reopened", "day": "2026-02-10"})
    correct(late, "/sittings/1/correction", place="市民会館")
    expect_words(late.post(MINUTES, steps, settled, 409), "署名が0名です")
    public = late.download("/sittings/1/minutes.html").decode()
    assert "市民会館" in public and "<h1>会議の開催結果</h1>" in public
    assert fsck.check(wp.store) == []


def test_a_field_by_hand_stays_and_a_changed_record_is_told(tmp_path: Any) -> None:
    _, page = held(tmp_path)
    expect_words(page.get(MINUTES), "午後2時から（未記録）まで", "評価書の点検\n（未記録）")
    url = "/sittings/1/fields/9"
    page.post(url, url, {"text": "議題について審議を行い、了承を得た。"}, pick={"what": "write"})
    expect_words(page.get(MINUTES), "議題について審議を行い、了承を得た。", "手で直しています")
    page.post(f"{DESK}?item=2", "/sittings/1/results", {"result": "報告を受けた。"})
    expect_words(page.get(MINUTES), "記録が変わりました", "報告を受けた。", "了承を得た。")
    assert "了承を得た。" in words_of(page.download("/sittings/1/minutes.docx"))
    page.post(url, url, {}, pick={"what": "record"})
    expect_no_words(page.get(MINUTES), "了承を得た。")


def test_what_a_council_does_not_allow_is_not_recorded(tmp_path: Any) -> None:
    _, page = held(tmp_path)
    kept_out = {"member": "3", "what": "RECUSED", "clock": "14:30"}
    here = page.post(f"{DESK}?item=1", "/sittings/1/movements", kept_out, 409)
    expect_words(here, "除斥・回避は、まだ記録できません")
    correct(page, "/councils/1/correction", recusal_rule="審査会条例第7条")
    page.post(f"{DESK}?item=1", "/sittings/1/movements", kept_out)
    expect_words(
        page.get(f"{DESK}?item=1"), "14:30 除斥・回避", "4名中 2名が出席", "✕ 定足数に足りません"
    )
    expect_words(page.get(f"{DESK}?item=2"), "4名中 3名が出席")
    early = kept_out | {"what": "LEFT", "clock": "13:00"}
    here = page.post(f"{DESK}?item=1", "/sittings/1/movements", early, 422)
    wrong(here, "clock", "開会の時刻（14:00）より前")


def test_questions_of_tablets_are_taken_into_the_minutes(tmp_path: Any) -> None:
    wp = umihara_until("continued", tmp_path)
    page = isobe(wp, "2026-01-30T09:00")
    expect_words(page.get(MINUTES), "質問と回答が2件、会議録に入っていません")
    here = page.post(MINUTES, "/sittings/1/steps", {"kind": "settled", "day": "2026-01-30"}, 409)
    expect_words(here, "会議録に、まだ発言がありません", "佐倉 楓さんの質問が")
    page.post(MINUTES, "/sittings/1/gathering", {})
    shown = expect_words(page.get(MINUTES), "佐倉 楓委員", "範囲はどこですか。", "要綱に定めます。")
    expect_no_words(shown, "会議録に入っていません")
    page.post(MINUTES, "/sittings/1/steps", {"kind": "settled", "day": "2026-01-30"})


SPOKEN = """\
事務局：ただいまから第4回審査会を開会いたします。
委員長：それでは、議第1号の審議に入ります。
〔実施機関（学務課）入室〕
実施機関：えー、学務課長の水沢と申します。よろしくお願いいたします。
佐倉楓委員：対象となる範囲はどこまででしょうか。
実施機関：要綱に定める範囲でございます。
話者7：聞き取れませんでした。
委員長：次に、報告の(1)をお願いします。
事務局：届出は12件でございました。
"""


def test_a_transcript_comes_in_is_looked_over_and_taken_back(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    write(page, "1", "佐倉 楓委員　佐倉 楓", "対象の範囲はどこまででしょうか。")
    new = "/sittings/1/transcripts/new"
    here = page.post(new, new, {}, 422)
    wrong(here, "file", "貼り付けてください")
    here = page.post(new, new, {"pasted": SPOKEN})
    expect_words(here, "発言など 9件を読みました", "話者7", "読んだ結果")
    expect_no_words(here, "学務課岸")
    expect_no_words(page.get(MINUTES), "水沢と申します")
    here = page.post(new, new, {"pasted": SPOKEN}, 422)
    wrong(here, "file", "もうあります")
    url = "/sittings/1/transcripts/1"
    page.post(url, url, {"label0": "実施機関"}, pick={"what": "labels"})
    expect_words(page.get(url), "「話者7」→実施機関")
    here = page.post(url, url, {"fillers": "1"}, pick={"what": "place"})
    expect_words(here, "9件を会議録に入れました（うち1件は、会議中の記録と同じ発言）")
    shown = page.get(MINUTES).text_content()
    order = ("開会いたします", "議第1号の審議", "学務課長の水沢", "対象となる範囲", "届出は12件")
    assert [shown.index(words) for words in order] == sorted(shown.index(words) for words in order)
    assert "えー" not in shown and len(page.get(MINUTES).xpath(HEARD)) == 1
    # the words of the room stay as the edition before
    expect_words(page.get(speech(page, "対象となる範囲")), "対象の範囲はどこまででしょうか。")
    # what somebody wrote anew since stays when the transcript is taken back
    mended = speech(page, "要綱に定める範囲")
    page.post(mended, mended, {"text": "要綱第3条の範囲です。"}, pick={"what": "change"})
    page.post(url, url, {}, pick={"what": "back"})
    shown = page.get(MINUTES).text_content()
    assert "要綱第3条の範囲です。" in shown.split("取り除いた発言")[0]
    assert "対象の範囲はどこまで" in shown and "届出は12件" not in shown.split("取り除いた発言")[0]
    assert fsck.check(wp.store) == []


def test_odd_words_stand_in_minutes_to_the_letter(tmp_path: Any) -> None:
    """Every field of the desk, of the minutes and of a transcript, with words that break others."""
    wp, page = held(tmp_path)
    odd = "<b>{{7*7}}</b>\u202e😀'\"&lt;%s％\\"
    write(page, "1", f"話す人{odd}　名{odd}", f"問い{odd}", kind="promised", until="2026-02-20")
    page.post(f"{DESK}?item=2", "/sittings/1/results", {"result": f"結果{odd}"})
    page.post(DESK, "/sittings/1/next", {"next_words": f"次回{odd}"})
    page.post(
        MINUTES,
        "/sittings/1/steps",
        {
            "kind": "called",
            "document_number": f"第{odd}号",
            "answer": f"返{odd}"[:40],
            "note": f"言葉{odd}",
            "day": "2026-01-29",
        },
    )
    url = speech(page, "問い")
    page.post(url, url, {"answer": f"答え{odd}", "day": "2026-01-30"}, pick={"what": "answer"})
    page.post(
        "/sittings/1/fields/11",
        "/sittings/1/fields/11",
        {"text": f"他{odd}"},
        pick={"what": "write"},
    )
    shown = expect_words(
        page.get(MINUTES),
        *(f"{head}{odd}" for head in ("話す人", "名", "問い", "結果", "第", "言葉", "答え", "他")),
    )
    assert not shown.xpath("//b")
    new = "/sittings/1/transcripts/new"
    pasted = f"議長：始め{odd}。\n誰か{odd}：何か{odd}。\n"
    expect_words(page.post(new, new, {"pasted": pasted}), f"始め{odd}。")
    made = words_of(page.download("/sittings/1/minutes.docx"))
    assert f"問い{odd}" in made and f"他{odd}" in made
    assert fsck.check(wp.store) == []
