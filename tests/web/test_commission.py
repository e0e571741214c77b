"""After the submission, in 海原市: the commission asks, the city answers; it asks for an amendment,
the round goes back, a word is changed, it is sent again and published. A letter that was typed
wrongly is put right; nothing is recorded before anything was sent."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docx
import pytest

from pia import config
from pia.actions import jobs
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.store.upkeep import fsck
from pia.web.application import create_app
from tests.actions.umihara import LINE, PURPOSE

from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw

HERE = f"/rounds/{LINE}/commission"
ROUND = f"/rounds/{LINE}"
ITEM = f"/lines/{LINE}/items/{'/'.join(PURPOSE)}"


@pytest.fixture
def sent(tmp_path: Path) -> Workplace:
    """The town on the day after its submission."""
    return umihara_until("submit", tmp_path)


def post(page: PageClient, url: str, action: str, *rest: Any, **more: Any) -> Any:
    """A form sent; its address as a page writes it."""
    return page.post(url, quote(action, safe="/~"), *rest, **more)


def letter(page: PageClient, status: int = 303, **values: Any) -> Any:
    """What came, typed in."""
    typed = {"kind": "inquiry", "day": "2026-03-03", "text": "対象者の範囲を説明されたい。"}
    return post(page, HERE, HERE, {**typed, **values}, status)


def test_an_inquiry_is_answered_and_an_amendment_is_sent_again(sent: Workplace) -> None:
    page = isobe(sent, "2026-03-04T09:00")
    expect_words(page.get(ROUND), "委員会からの照会・補正の求め")
    expect_problem(letter(page, 422, day="2026-03-01"), "より前です")
    expect_problem(letter(page, 422, day="2026-03-05"), "まだ来ていません")
    expect_problem(letter(page, 422, due="2026-03-02"), "より前です")
    letter(page, due="2026-03-06", document_number="個情第12号")
    today = page.get("/")
    expect_words(today, "委員会に回答する", "照会が令和8年3月3日に届いています", "令和8年3月6日")
    answer = f"{HERE}/1/replies"
    typed = {
        "replied": "2026-03-04",
        "reply": "就学援助の申請者です。",
        "reply_number": "海教学第141号",
    }
    expect_problem(post(page, HERE, answer, {**typed, "replied": "2026-03-02"}, 422), "より前です")
    shown = post(page, HERE, answer, typed)
    expect_words(shown, "回答済み", "就学援助の申請者です。")
    expect_no_words(page.get("/"), "委員会に回答する")
    written = docx.Document(io.BytesIO(page.download(f"{HERE}/replies/1.docx")))
    words = "\n".join(paragraph.text for paragraph in written.paragraphs)
    for said in (
        "照会への回答",
        "個情第12号",
        "対象者の範囲を説明されたい。",
        "令和8年3月2日に提出",
    ):
        assert said in words, said
    assert "直したところ" not in words  # nothing was changed

    # 補正の求め: back, a word changed, sent again
    letter(page, kind="amendment", text="申請者の範囲の記載を明らかにされたい。", day="2026-03-04")
    refused = page.get(f"{ROUND}/publish")
    expect_words(
        refused, "委員会からの補正の求め（令和8年3月4日）に、回答も提出のし直しもされていません"
    )
    shown = post(page, HERE, f"{HERE}/2/take-up")
    expect_words(shown, "提出の前の段階に戻しました。")
    expect_words(
        page.get(ROUND), "点検済み", "補正のため、提出の前に戻す", "委員会からの文書を記録"
    )
    now = page.get(ITEM).get_element_by_id("text").text_content()
    post(page, ITEM, ITEM, {"text": now.rstrip() + "申請者は保護者に限る。", "why": "補正"})
    expect_words(page.get(HERE), "提出した版から変わったところ", "Ⅰ１．②", "軽微な修正")
    minor = {"reason": "委員会の求めによる説明の追加", "confirmed_by": "波多野会長"}
    post(page, ROUND, f"{ROUND}/minor", minor)
    typed = {
        "replied": "2026-03-04",
        "reply": "記載を補いました。",
        "reply_number": "海教学第142号",
    }
    post(page, HERE, f"{HERE}/2/replies", typed)
    written = docx.Document(io.BytesIO(page.download(f"{HERE}/replies/2.docx")))
    cells = [cell.text for row in written.tables[-1].rows for cell in row.cells]
    assert any("申請者は保護者に限る。" in cell for cell in cells)
    post(page, f"{ROUND}/change-table", f"{ROUND}/change-table", {"published": "2026-03-06"})
    again = {"document_number": "海教学第143号", "decided": "2026-03-04", "sure": "1"}
    post(page, f"{ROUND}/submit", f"{ROUND}/submit", again)
    moment = datetime(2026, 3, 4, 9, tzinfo=JST)
    while jobs.work_once(sent, "w", lambda: moment):
        pass
    expect_words(page.get(HERE), "提出し直した日")
    expect_no_words(page.get(HERE), "提出した版から変わったところ")
    assert not fsck.check(sent.store, deep=True)


def test_a_letter_typed_wrongly_is_put_right(sent: Workplace) -> None:
    page = isobe(sent, "2026-03-04T09:00")
    letter(page, kind="amendment")
    at = f"{HERE}/1/correction"
    early = {"day": "2026-03-01", "correction": "誤記"}
    refused = post(page, at, at, early, 422, pick={"what": "amend"})
    expect_problem(refused, "提出した日（令和8年3月2日）より前です")
    correct(page, at, day="2026-03-02", text="対象者の範囲を明らかにされたい。")
    expect_words(page.get(HERE), "令和8年3月2日", "明らかにされたい。")
    # taken up by mistake: submitted as before, while nothing of the text was touched
    post(page, HERE, f"{HERE}/1/take-up")
    withdraw(page, at)
    expect_words(page.get(ROUND), "いまここ・令和8年3月2日", "戻したことを取り消す")
    letter(page, kind="amendment")
    post(page, HERE, f"{HERE}/2/take-up")
    post(page, ITEM, ITEM, {"text": "申請を受け、認定する。", "why": "補正"})
    expect_words(page.get(f"{HERE}/2/correction"), "評価書を直すか、提出し直しています")


def test_odd_words_come_back_to_the_letter(sent: Workplace) -> None:
    page = isobe(sent, "2026-03-04T09:00")
    odd = '<b>申請</b> & "範囲" {{ 7*7 }} %s 𠮟る は゛　＜見出し＞\n二行目'
    letter(page, text=odd, document_number="個<i>12</i>&号")
    typed = {"replied": "2026-03-04", "reply": odd, "reply_number": "<u>海</u>&第1号"}
    shown = post(page, HERE, f"{HERE}/1/replies", typed)
    expect_words(shown, odd.split("\n")[0], "個<i>12</i>&号", "<u>海</u>&第1号")
    written = docx.Document(io.BytesIO(page.download(f"{HERE}/replies/1.docx")))
    words = "\n".join(paragraph.text for paragraph in written.paragraphs)
    assert words.count(odd.split("\n")[0]) == 2 and words.count("二行目") == 2
    expect_problem(letter(page, 422, text="長" * 20_001), "書かれていること")


def test_nothing_is_recorded_before_a_submission(tmp_path: Path) -> None:
    wp = umihara_until("reported", tmp_path)
    page = isobe(wp, "2026-02-20T09:00")
    expect_words(page.get(HERE), "まだ提出されていません")
    expect_no_words(page.get(ROUND), "委員会からの照会・補正の求め")
    client = PageClient(
        create_app(wp, config.load({}), lambda: datetime(2026, 2, 20, tzinfo=JST)), "shiomi"
    )
    expect_no_words(client.get(HERE), "届いた文書を記録する")
