"""Opinions as they really come: one letter with many points, the same words from many people, a
day outside the period, no name, a list of the 電子申請, a mail with a picture, one its sender took
back. Played in 海原市 through the pages, over a year end."""

from __future__ import annotations

import io
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image

from pia.actions.issuing import papers
from pia.actions.keeping import erasing
from pia.actions.records.opinion_counts import counts_of
from pia.actions.workplace import Workplace
from pia.documents import attached, eml
from pia.documents.word import reader
from pia.domain.errors import PiaError
from pia.store import queries
from pia.store.upkeep import fsck

from .client import PageClient, expect_no_words, expect_words
from .test_corrections import isobe, umihara_until, withdraw, wrong

TALK = "/consultations/1"
POST = f"{TALK}/opinions"
LETTER = "申請の画面が分かりにくい。\n\n保存の期間はいつまでか。\n窓口でも申請できるのか。"
POINTS = (
    "申請の画面が分かりにくい。\n＝＝＝\n保存の期間はいつまでか。\n===\n窓口でも申請できるのか。"
)


def came(page: PageClient, text: str, status: int = 303, **about: Any) -> Any:
    values = {
        "channel": "counter",
        "received": "2026-01-05",
        "text": text,
        "name": "潮見 渚",
        **about,
    }
    return page.post(TALK, POST, values, status)


def counted(wp: Workplace) -> tuple[int, int, int, int, int]:
    with wp.store.read() as session:
        counts = counts_of(session, 1)
    return (counts.people, counts.opinions, counts.anonymous, counts.apart, counts.recalled)


@pytest.fixture
def wp(tmp_path: Path) -> Workplace:
    return umihara_until("announce", tmp_path)


def test_one_letter_becomes_several_opinions_of_one_person(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    came(page, LETTER)
    came(page, "手続が速くなるのはよい。", name="浦 汀")
    here = f"{POST}/1"
    # words may neither be left out nor added, and one point is no split
    shown = page.post(here, f"{here}/split", {"points": POINTS.replace("窓口でも", "")}, 422)
    wrong(shown, "points", "足りないか変わっています")
    wrong(page.post(here, f"{here}/split", {"points": LETTER}, 422), "points", "2つ以上に分けて")
    shown = page.post(here, f"{here}/split", {"points": POINTS})
    expect_words(
        shown, "意見3・意見4・意見5に分けました", "2人4件", "意見3・意見4・意見5に分けました"
    )
    assert counted(wp) == (2, 4, 0, 0, 0)
    with wp.store.read() as session:
        kept = queries.opinions.numbered(session, 1, 1)
        assert kept is not None and kept.text == LETTER, "the letter stays as it came"
        points = queries.opinions.points_of(session, [kept.id])
    assert [point.text for point in points][1] == "保存の期間はいつまでか。"
    # the letter is answered by its points; it cannot be split again, nor taken back before them
    page.get(here, 404)
    page.expect_words(f"{here}/correction", "取り消せません", "意見3に分けています")
    expect_words(page.expect_words("/consultations"), "2人4件")
    # a point taken back twice makes the letter one opinion again
    for number in (3, 4, 5):
        withdraw(page, f"{POST}/{number}/correction")
    assert counted(wp) == (2, 2, 0, 0, 0)
    assert not fsck.check(wp.store, deep=True)


def test_the_same_words_are_answered_once_and_counted_each(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    came(page, "保存の期間が長い。")
    came(page, "保存の 期間が長い。\n", name="浦 汀")
    came(page, "保存は３年で足りる。", name="灘 澪")
    here = f"{POST}/1"
    shown = page.expect_words(here, "意見1と同じ趣旨の意見")
    ticked = [
        field.get("value") for field in shown.iter("input") if field.get("checked") is not None
    ]
    assert ticked == ["2"], "equal words are offered, others are not"
    wrong(page.post(here, f"{here}/group", {"others": []}, 422), "others", "選んでください")
    shown = page.post(here, f"{here}/group", {"others": ["2", "3"]})
    expect_words(shown, "意見2・意見3を、意見1とまとめて答える", "3人3件")
    answer = {"text": "要綱のとおり5年とします。", "outcome": "KEPT"}
    page.post(TALK, f"{here}/response", answer)
    token = page.filled(TALK, f"{here}/response")[1]
    page.send(f"{POST}/2/response", token | answer, 422)
    page.post(TALK, f"{TALK}/close")
    with wp.store.read() as session:
        assert set(queries.opinions.counts(session, [1]).values()) == {3}
    # the results say it once, with each way it was said and how many said it
    made = papers.make(wp, "opinion-results", "docx", about=1, today=date(2026, 1, 21), given={})
    words = _words(made.data)
    assert "3人の方から3件の御意見" in words and "1・2・3（3件）" in words
    assert words.count("要綱のとおり5年とします。") == 1
    assert "（1）保存の期間が長い。" in words and "（2）保存は３年で足りる。" in words
    # put right: the third was another matter
    page.post(
        f"{POST}/3/correction",
        f"{POST}/3/correction",
        {"like": "", "correction": "別の趣旨"},
        pick={"what": "amend"},
    )
    expect_words(page.get(TALK), "意見1とまとめて答える")
    words = _words(
        papers.make(wp, "opinion-results", "docx", about=1, today=date(2026, 1, 21), given={}).data
    )
    assert "1・2（2件）" in words
    assert not fsck.check(wp.store, deep=True)


def _words(body: bytes) -> str:
    paper, problems = reader.read(body)
    assert not problems
    return str(paper)


def test_a_day_outside_the_period_is_asked_about(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    shown = came(page, "早すぎる葉書。", 422, received="2025-12-09")
    wrong(shown, "counting", "募集の始まりの日より前です。この意見の数え方を選んでください")
    shown = came(page, "遅れた葉書。", 422, received="2026-01-16", counting="counted")
    wrong(shown, "counting_reason", "募集の終わりの日より後です。数え方の理由を入力してください")
    wrong(came(page, "未来の葉書。", 422, received="2026-02-01"), "received", "まだ来ていません")
    shown = came(page, "匿名の葉書。", 422, name="")
    wrong(shown, "counting", "この募集で必須の氏名がありません")
    assert counted(wp) == (0, 0, 0, 0, 0), "what was refused left nothing"
    why = {"counting_reason": "郵便の遅れによる"}
    came(page, "遅れた葉書。", received="2026-01-16", counting="counted", **why)
    came(page, "早すぎる葉書。", received="2025-12-09", counting="apart", counting_reason="公示前")
    came(page, "匿名の葉書。", name="", counting="counted", counting_reason="内容は案に関する")
    assert counted(wp) == (2, 2, 1, 1, 0)
    expect_words(page.get(TALK), "2人2件", "氏名のないもの 1人", "郵便の遅れによる", "公示前")
    # put right by the day: it came in the period after all
    page.post(
        f"{POST}/2/correction",
        f"{POST}/2/correction",
        {"received": "2025-12-12", "counting": "", "correction": "日付の誤り"},
        pick={"what": "amend"},
    )
    assert counted(wp) == (3, 3, 1, 0, 0)


def test_the_postmark_counts_where_the_city_says_so(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    page.post(
        f"{TALK}/correction",
        f"{TALK}/correction",
        {"postmark": "1", "correction": "消印有効とした"},
        pick={"what": "amend"},
    )
    late = {"channel": "post", "received": "2026-01-17"}
    shown = came(page, "消印が遅い。", 422, postmarked="2026-01-16", **late)
    wrong(shown, "counting", "消印の日（令和8年1月16日）が、募集の終わりの日より後です")
    shown = came(page, "消印が先の日。", 422, postmarked="2026-01-18", **late)
    wrong(shown, "postmarked", "受け付けた日（令和8年1月17日）より後です")
    came(page, "消印は末日。", postmarked="2026-01-15", **late)
    assert counted(wp) == (1, 1, 0, 0, 0)


def test_an_opinion_its_sender_takes_back_is_neither_counted_nor_answered(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    came(page, "撤回したい。")
    came(page, "残す意見。", name="浦 汀")
    here = f"{POST}/1"
    shown = page.post(here, f"{here}/recall", {"day": "2026-01-04", "reason": "電話"}, 422)
    wrong(shown, "day", "受け付けた日（令和8年1月5日）より前です")
    page.post(here, f"{here}/recall", {"day": "2026-01-19", "reason": "本人から電話で申出"})
    assert counted(wp) == (1, 1, 0, 0, 1)
    expect_words(page.get(TALK), "出した人が取り下げた意見", "令和8年1月19日に取下げ")
    made = papers.make(wp, "opinion-results", "docx", about=1, today=date(2026, 1, 21), given={})
    assert "取り下げられた御意見が、1件あります" in _words(made.data)
    # recorded by mistake: it comes back
    page.post(
        f"{here}/correction",
        f"{here}/correction",
        {"recalled": "", "correction": "別の人の申出だった"},
        pick={"what": "amend"},
    )
    assert counted(wp) == (2, 2, 0, 0, 0)


def test_two_letters_of_one_person_are_one_person(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    came(page, "一通目。", address="海原市港町1-2")
    came(page, "二通目。", name="潮見　渚", address="海原市港町１－２")
    came(page, "三通目。", name="浦 汀")
    assert counted(wp) == (2, 3, 0, 0, 0)
    # an officer knows that the third is the same person, by her other name
    with wp.store.read() as session:
        first = queries.opinions.id_numbered(session, 1, 1)
    page.post(
        f"{POST}/3/correction",
        f"{POST}/3/correction",
        {"same_person": str(first), "correction": "同じ人と確認"},
        pick={"what": "amend"},
    )
    assert counted(wp) == (1, 3, 0, 0, 0)


def _list(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADINGS = ["申込番号", "申込者", "ところ", "到達日時", "いただいた意見"]
ROWS = [
    ["A-1", "潮見 渚", "海原市港町1-2", "2026/01/06 21:03", "一行目\n二行目"],
    ["A-2", "浦 汀", "海原市浜2", "2026/01/07 08:15", "同じ意見"],
    ["A-3", "灘 澪", "海原市浜3", "2026/01/07 08:15", "同じ意見"],
]


def looked(page: PageClient, body: bytes, name: str) -> dict[str, Any]:
    """The form of a list that was read."""
    url = f"{TALK}/bring"
    action, sent = page.filled(url, f"{url}/list", pick={})
    shown = page.send(action, sent | {"what": "look", "file": (io.BytesIO(body), name)}, 200)
    form = next(f for f in shown.iter("form") if f.get("action") == action)
    return page.fields(form)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_of_the_electronic_applications_is_brought_in(wp: Workplace, kind: str) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    if kind == "csv":
        quoted = [",".join(f'"{cell}"' for cell in row) for row in [HEADINGS, *ROWS]]
        body = "\r\n".join(quoted).encode("cp932")
    else:
        body = _list([HEADINGS, *ROWS])
    url = f"{TALK}/bring/list"
    sent = looked(page, body, f"意見.{kind}")
    assert sent["column_received"] == "到達日時" and sent["column_text"] == ""
    shown = page.send(url, sent | {"what": "look"}, 422)
    wrong(shown, "column_text", "「意見」の列を選んでください")
    sent |= {"column_text": "いただいた意見", "column_name": "申込者", "column_address": "ところ"}
    shown = page.send(url, sent | {"what": "look"}, 200)
    expect_words(shown, "新しく取り込む 3件", "2行目", "令和8年1月6日")
    assert counted(wp)[1] == 0, "looking takes nothing in"
    shown = page.send(url, sent | {"what": "take"})
    expect_words(shown, "3件の意見を取り込みました", "3人3件", "電子申請")
    with wp.store.read() as session:
        first = queries.opinions.numbered(session, 1, 1)
        assert first is not None and first.text == "一行目\n二行目" and first.channel == "form"
        assert first.received == date(2026, 1, 6)
        who = queries.opinions.senders(session, 1)
        assert next(tuple(row) for row in who) == (1, "潮見 渚", "海原市港町1-2")
    # the next list finds its columns by itself, and takes in what is new only
    again = looked(
        page, _list([HEADINGS, *ROWS, ["A-4", "沖 凪", "", "令和8年1月8日", "四つ目"]]), "x.xlsx"
    )
    assert again["column_text"] == "いただいた意見" and again["column_name"] == "申込者"
    shown = page.send(url, again | {"what": "take", "_request": "y" * 20})
    expect_words(shown, "意見4として取り込みました")
    sent = again | {"what": "take", "_request": "z" * 20}
    expect_words(page.send(url, sent, 422), "新しく取り込む意見はありません")
    assert counted(wp) == (4, 4, 0, 0, 0)
    assert not fsck.check(wp.store, deep=True)


def test_rows_that_cannot_be_read_are_told_and_take_nothing_with_them(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    bad = [
        ["B-1", "潮見 渚", "", "きのう", "日付が読めない"],
        ["B-2", "浦 汀", "", "2026/01/30", "先の日付"],
        ["B-3", "灘 澪", "", "2026/01/16", "期間の後"],
        ["B-4", "沖 凪", "", "2026/01/07", ""],
    ]
    sent = looked(page, _list([HEADINGS, *bad, *ROWS[:1]]), "x.xlsx")
    sent |= {"column_text": "いただいた意見", "column_name": "申込者"}
    url = f"{TALK}/bring/list"
    shown = page.send(url, sent | {"what": "look"}, 200)
    expect_words(
        shown, "新しく取り込む 2件", "取り込めない 3件", "「きのう」を日付として読めません"
    )
    expect_words(shown, "まだ来ていません", "意見が空です", "募集の終わりの日より後です")
    expect_words(page.send(url, sent | {"what": "take"}, 422), "取り込めないものが3件あります")
    shown = page.send(url, sent | {"what": "take", "skip": "1"}, 422)
    wrong(shown, "counting", "募集の終わりの日より後です")
    assert counted(wp) == (0, 0, 0, 0, 0)
    given = {"skip": "1", "counting": "apart", "counting_reason": "期間の後に届いた"}
    page.send(url, sent | {"what": "take"} | given)
    assert counted(wp) == (1, 1, 0, 1, 0)
    # a list that changed on its way is no list
    for rows in ("[]", "[[1],[2]]", "{", '["a"]'):
        changed = {"what": "look", "rows": rows, "_request": f"{len(rows)}".rjust(20, "c")}
        page.send(url, sent | changed, 422)


def _mail(**about: Any) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "潮見 渚 <nagisa@example.jp>"
    message["To"] = "gakumu@city.example.jp"
    message["Subject"] = "就学援助の案への意見"
    message["Date"] = "Thu, 15 Jan 2026 15:30:00 +0000"
    message["Message-ID"] = "<1@example.jp>"
    message.set_content("電子申請に\n反対ではない。")
    for name, value in about.items():
        message.replace_header(name.replace("_", "-"), value)
    return message


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    return out.getvalue()


def test_a_mail_comes_in_with_its_picture_in_quarantine(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    message = _mail()
    message.add_attachment(_picture(), maintype="image", subtype="png", filename="図.png")
    message.add_attachment(
        "追記です。".encode(), maintype="text", subtype="plain", filename="追記.txt"
    )
    url = f"{TALK}/bring"
    action, sent = page.filled(url, f"{url}/mails")
    mail = lambda: (io.BytesIO(message.as_bytes()), "意見.eml")  # noqa: E731
    # 15:30 in London is the 16th in Japan: after the period
    wrong(page.send(action, sent | {"mails": mail()}, 422), "counting", "令和8年1月16日")
    given = {"counting": "counted", "counting_reason": "送信は末日の夜"}
    shown = page.send(action, sent | given | {"mails": mail(), "_request": "m" * 20})
    expect_words(shown, "意見1として取り込みました", "添付 図.png", "隔離中", "反対ではない")
    expect_no_words(shown, "nagisa@example.jp")
    file = f"{TALK}/attachments/1"
    page.expect_words(file, "隔離中です", "描き直した画像")
    drawn = page.client.get(f"{file}/picture")
    assert drawn.mimetype == "image/png" and Image.open(io.BytesIO(drawn.data)).size == (40, 20)
    page.expect_words(f"{TALK}/attachments/2", "追記です。")
    # nothing is handed out before the city's 無害化
    assert page.client.get(f"{file}/file").status_code == 404
    bad = {"cleaned": "2026-01-19", "cleaned_how": "装置"}
    wrong(page.post(file, f"{file}/cleaned", bad, 422), "cleaned", "預かった日")
    page.post(file, f"{file}/cleaned", {"cleaned": "2026-01-20", "cleaned_how": "無害化装置"})
    assert page.download(f"{file}/file") == _picture()
    assert page.client.get(f"{TALK}/attachments/2/file").status_code == 404
    # the same mail again is known; taken back, the file is gone from the page and stays on record
    shown = page.send(action, sent | given | {"mails": mail(), "_request": "n" * 20}, 422)
    expect_words(shown, "新しく取り込む意見はありません")
    withdraw(page, f"{file}/correction")
    page.get(file, 404)
    assert not fsck.check(wp.store, deep=True)


def test_mails_that_say_nothing_or_are_none_are_told(wp: Workplace) -> None:
    html_only = EmailMessage()
    for name in ("From", "Subject", "Date"):
        html_only[name] = _mail()[name]
    html_only.set_content("<style>p{}</style><p>一つ目。</p><p>二つ目。</p>", subtype="html")
    read = eml.read(html_only.as_bytes(), "x.eml")
    assert [line for line in read.text.split("\n") if line] == ["一つ目。", "二つ目。"]
    assert (read.name, read.address, read.number) == ("潮見 渚", "nagisa@example.jp", "")
    for body, why in (
        (b"", "ではありません"),
        (b"hello", "ではありません"),
        (_mail().as_bytes().partition(b"\n\n")[0], "本文がありません"),
    ):
        with pytest.raises(PiaError, match=why):
            eml.read(body, "x.eml")


def test_files_of_strangers_are_shown_or_said_to_be_unshown() -> None:
    assert attached.shown("はい".encode("cp932"), "a.txt").words == "はい"
    assert attached.shown(_picture(), "a.png").picture.startswith(b"\x89PNG")
    for body in (b"\x89PNG\r\n\x1a\n....", b"PK\x03\x04....", b"%PDF-1.7 broken", b"\x00\x01\x02"):
        shown = attached.shown(body, "x")
        assert shown.fault and not shown.words and not shown.picture


def test_no_opinion_at_all_is_a_result_too(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    page.post(TALK, f"{TALK}/close")
    for name in ("opinion-results", "opinion-results-council"):
        made = papers.make(wp, name, "docx", about=1, today=date(2026, 1, 21), given={})
        words = _words(made.data)
        assert "御意見はありませんでした。" in words
        assert "市の考え方の区分" not in words and "御意見により修正した箇所" not in words


def test_erasing_a_point_erases_it_in_the_letter_too(wp: Workplace) -> None:
    page = isobe(wp, "2026-01-20T10:00")
    came(page, LETTER)
    page.post(f"{POST}/1", f"{POST}/1/split", {"points": POINTS})
    with wp.store.read() as session:
        point = queries.opinions.id_numbered(session, 1, 3)
    shown = erasing.view(wp, f"opinion-{point}", date(2026, 1, 20))
    assert "分ける前の意見1" in shown.along
