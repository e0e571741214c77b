"""The tablets of a sitting, played in 海原市 through an afternoon of five hours: a member keeps
their place and their plate, and follows the items."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from lxml import html
from sqlalchemy import event, select

from pia import config
from pia.actions import sources
from pia.actions.access import note_keys
from pia.actions.output import printing
from pia.actions.steps import referral_steps, referrals, sittings
from pia.actions.upkeep import nightly
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.store.rows.own_notes import OwnNote
from pia.store.rows.tables import METADATA
from pia.store.upkeep import backup, fsck
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_minutes import held

KEY = "Kd93nfLw0s8Vq2Zt7Xc5Bm1Yp6Rg4HjA"
SITTING = "/sittings/1"


@dataclass
class Hall:
    """A sitting with its clock, its office and its entrance."""

    wp: Workplace
    app: Flask
    clock: list[datetime]
    office: PageClient
    entrance: str

    def later(self, **given: float) -> None:
        """The clock goes on."""
        self.clock[0] += timedelta(**given)

    def tablet(self) -> PageClient:
        """A tablet that came in by the entrance."""
        page = PageClient(self.app)
        page.get("/entrance")
        assert page.client.get(self.entrance).status_code == 303
        return page

    def seated(self, place: int, sitting: str = SITTING) -> PageClient:
        """A tablet with the plate at a place of the table."""
        page = self.tablet()
        plates = page.get("/plates")
        member = plates.find_class("plate")[place].get("value")
        page.post("/plates", "/plates", pick={"member": member})
        device = plates.find_class("device")[0].find("strong").text
        self.office.post(sitting, f"{sitting}/plates", pick={"device": device})
        return page


def hall(folder: Any) -> Hall:
    """The sitting of `held`, its entrance open."""
    wp, _ = held(folder)
    wp = replace(wp, secret=KEY)
    clock = [datetime(2026, 1, 29, 14, 5, tzinfo=JST)]
    app = create_app(wp, config.load({"PIA_SECRET_KEY": KEY}), lambda: clock[0])
    office = PageClient(app, "isobe")
    return Hall(wp, app, clock, office, opened(office, SITTING))


def opened(office: PageClient, sitting: str) -> str:
    """The address of a sitting's entrance."""
    shown = office.post(sitting, f"{sitting}/door", status=200)
    return "/t/" + shown.find_class("long")[0].text.strip().rpartition("/t/")[2]


def number_of(page: PageClient, called: str = "端末の番号") -> str:
    """A number the page of the plates shows: the tablet's own, or the plate's code."""
    lines = page.get("/plates").find_class("device")
    return next(line.find("strong").text for line in lines if called in line.text_content())


def take(page: PageClient, member: str, code: str, status: int = 303) -> html.HtmlElement:
    return page.post("/plates", "/plates/code", {"member": member, "code": code}, status)


def test_an_entrance_of_five_hours_throws_nobody_out(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    for _ in range(5):
        room.later(hours=1, minutes=1)
        expect_words(page.get("/referrals/1"), "変更の一覧")
    # the same address again is the same tablet with the same plate
    device = number_of(page)
    page.client.get(room.entrance)
    assert number_of(page) == device
    # a person of the house still is signed out after an hour
    assert room.office.client.get("/rounds").headers["Location"].startswith("/sign-in")
    room.office = PageClient(room.app, "isobe")
    room.office.post(SITTING, f"{SITTING}/door", pick={"close": "1"})
    answer = page.client.get("/referrals/1")
    assert answer.headers["Location"] == "/entrance"
    expect_words(page.get("/entrance"), "第4回審査会の受付は閉じています")
    # what was being typed is shown, and the way back is the entrance
    sent = page.client.post("/referrals/1/remarks", data={"text": "範囲はどこですか"})
    assert sent.status_code == 401 and "会議の入口へ" in sent.get_data(as_text=True)
    assert "範囲はどこですか" in sent.get_data(as_text=True)


def test_a_plate_is_taken_to_another_tablet_with_its_code(tmp_path: Any) -> None:
    room = hall(tmp_path)
    first = room.seated(1)
    old, code = number_of(first), number_of(first, "名札の番号")
    assert re.fullmatch(r"\d{6}", code)
    member = "3"
    second = room.tablet()
    expect_words(second.get("/plates"), "ほかの端末で使用中")
    for _ in range(3):
        here = take(second, member, "12345", 422)
        expect_words(here.get_element_by_id("code-wrong"), "名札の番号が違います")
    # who guesses waits, also with the right code
    expect_problem(take(second, member, code, 422), "お待ちください")
    room.later(minutes=2)
    expect_words(
        take(second, member, code), "名札を、この端末に移しました", "佐倉 楓さんの端末です"
    )
    new = number_of(second)
    assert number_of(second, "名札の番号") == code
    expect_words(first.get("/referrals/1"), f"この端末の名札は、14:07に端末{new}へ移りました。")
    here = first.client.post("/referrals/1/remarks", data={"text": "x"})
    assert here.status_code == 422
    shown = expect_words(
        room.office.get(SITTING),
        f"佐倉 楓さんの名札を端末{old}に渡した（磯部　航）",
        f"佐倉 楓さんが名札の番号で、名札を端末{old}から端末{new}に移した",
    )
    expect_no_words(shown, code)
    # the office takes it off: the tablet is told, and the code is at its end
    room.office.post(SITTING, f"{SITTING}/plates", pick={"device": new, "back": "1"})
    expect_words(second.get("/referrals/1"), "この端末の名札は、14:07に事務局が外しました。")
    room.later(minutes=2)
    expect_problem(take(first, member, code, 422), "名札の番号が違います")
    assert fsck.check(room.wp.store) == []


def selects(room: Hall, run: Callable[[], Any]) -> list[str]:
    """The statements something runs, without the beginnings of transactions."""
    ran: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        if statement != "BEGIN":
            ran.append(statement)

    event.listen(room.wp.store.engine, "before_cursor_execute", note)
    run()
    event.remove(room.wp.store.engine, "before_cursor_execute", note)
    return ran


def test_a_page_follows_what_is_discussed_by_two_statements(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    answer = page.client.get(f"{SITTING}/now")
    assert answer.headers["Location"] == "/referrals"
    expect_words(page.get("/referrals"), "まだ始まっていません", "【報告】(1)　個人情報の取扱い")
    room.office.post(f"{SITTING}/desk?item=1", f"{SITTING}/now", {})
    assert page.client.get(f"{SITTING}/now").headers["Location"] == f"{SITTING}/items/1"
    expect_words(page.get(f"{SITTING}/items/1"), "▶ いま：議第1号　評価書の点検", "学務課長 水沢")
    room.office.post("/referrals/1/cards/1", "/referrals/1/cards/1/now")
    assert page.client.get(f"{SITTING}/now").headers["Location"] == "/referrals/1/cards/1"
    shown = page.get("/referrals/1")
    (line,) = shown.xpath("//li[@aria-current='step']")
    assert line.get("data-place") == "1/1"
    assert [mark.get("hidden") for mark in line.find_class("here")] == [None]
    assert shown.find_class("following")[0].get("data-now") == "1/1/1"
    assert page.get("/referrals/1/cards/1").xpath("//p[@aria-current='step']")
    # one short question: who asks, and the row of the sitting; nothing is written
    ran = selects(room, lambda: page.client.get(f"{SITTING}/pulse"))
    assert len(ran) == 2 and all(line.startswith("SELECT") for line in ran)
    told = page.client.get(f"{SITTING}/pulse").get_json()
    assert told["words"] == "議第1号　評価書の点検　項目1" and told["card"] == 1
    assert page.client.get("/sittings/2/pulse").status_code == 404
    # a page that comes back from a refused form leads to the page, not to the form
    here = page.post("/referrals/1/cards/1", "/referrals/1/cards/1/remarks", {"text": ""}, 422)
    links = here.find_class("following")[0].xpath(".//a/@href")
    assert links == [f"{SITTING}/now", "/referrals/1/cards/1"]
    # whoever wishes goes along; nobody does by himself
    bar = shown.find_class("following")[0]
    assert bar.get("data-moves") == "0"
    page.post("/referrals/1", f"{SITTING}/following", {})
    assert page.get("/referrals/1").find_class("following")[0].get("data-moves") == "1"
    other = room.seated(2)
    assert other.get("/referrals/1").find_class("following")[0].get("data-moves") == "0"


def test_a_sitting_of_reports_alone_shows_its_items(tmp_path: Any) -> None:
    room = hall(tmp_path)
    room.office.post(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": "臨時の報告会",
            "day": "2026-01-30",
            "opens": "10:00",
            "place": "教育センター",
            "kind0": "報告",
            "number0": "(1)",
            "title0": "漏えい等の報告について",
            "materials0": "資料1　事案の一覧\n資料2　通知の写し",
            "kind1": "報告",
            "number1": "(2)",
            "title1": "届出の状況",
        },
    )
    room.later(hours=20)
    room.office = PageClient(room.app, "isobe")
    room.entrance = opened(room.office, "/sittings/2")
    page = room.tablet()
    shown = expect_words(page.get("/referrals"), "臨時の報告会", "【報告】(2)　届出の状況")
    expect_no_words(shown, "諮問は、まだありません")
    expect_words(page.get("/sittings/2/items/1"), "資料2　通知の写し", "次の議題へ")
    room.office.post("/sittings/2/desk?item=2", "/sittings/2/now", {})
    assert page.client.get("/sittings/2/now").headers["Location"] == "/sittings/2/items/2"
    expect_words(page.get("/sittings/2/items/2"), "いま扱っています", "資料は、登録されていません")
    page.get("/sittings/2/items/9", 404)


def again(room: Hall, text: str) -> None:
    """The council puts the case off; the text is written anew and put before it once more."""
    wp = room.wp
    referrals.decide(wp, umihara.at("2026-01-29 15:00"), 1, 1, "継続審議", "要綱を見てから。")
    sittings.close(wp, umihara.at("2026-01-29 15:30"), 1, time(15, 30), 0)
    why = referral_steps.NewReferralStep(date(2026, 1, 29), "海教学第110号", "文を直すため")
    referral_steps.recall(wp, umihara.at("2026-01-29 15:50"), 1, why)
    umihara._write(wp, umihara.LINE, text, "2026-01-29 16:00")
    new = referrals.NewReferral(
        "再度の点検", [{"number": "資料1", "title": "", "key": "school-aid"}]
    )
    referrals.refer(wp, umihara.at("2026-01-29 17:00"), 1, [umihara.LINE], new)
    sittings.convene(
        wp,
        umihara.at("2026-01-29 17:10"),
        1,
        sittings.NewSitting(
            name="第5回審査会",
            day=date(2026, 1, 30),
            opens=time(10, 0),
            place="教育センター",
            agenda=[{"number": "(1)", "title": "再度の点検", "referral": 2}],
        ),
    )
    room.later(hours=20)
    room.office = PageClient(room.app, "isobe")
    room.entrance = opened(room.office, "/sittings/2")


def test_what_changed_since_somebody_looked_is_told(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    expect_no_words(page.get("/referrals/1"), "確認した")
    page.post("/referrals/1/cards/1", "/referrals/1/cards/1/tick", pick={"on": "1"})
    expect_words(page.get("/referrals/1"), "✓ 確認した")
    # 差替え in the sitting
    umihara._write(room.wp, umihara.LINE, "学齢簿の申請を、窓口で処理する。", "2026-01-29 14:30")
    why = referral_steps.NewReferralStep(date(2026, 1, 29), "", "誤りを直すため")
    referral_steps.replace(room.wp, umihara.at("2026-01-29 14:40"), 1, why)
    expect_words(page.get("/referrals/1"), "ご覧になったあと変更あり")
    again(room, "学齢簿と就学援助の申請を、電子申請と窓口で処理する。")
    page = room.seated(1, sitting="/sittings/2")
    shown = expect_words(page.get("/referrals/2"), "ご覧になったあと変更あり")
    expect_no_words(shown, "✓ 確認した")
    here = "/referrals/2/cards/1"
    expect_words(page.get(here), "ご覧になったあと変更あり", "電子申請と窓口")
    page.post(here, f"{here}/tick", pick={"on": "1"})
    expect_no_words(page.get("/referrals/2"), "ご覧になったあと変更あり")
    # another member looked at nothing, and nothing changed for them
    expect_no_words(room.seated(2, sitting="/sittings/2").get("/referrals/2"), "ご覧になった")


def test_page_n_of_a_paper_is_found_and_the_way_back(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    (link,) = page.get("/referrals/1/cards/1").xpath("//a[contains(@href, 'documents/school-aid')]")
    url = link.get("href").partition("#")[0]
    assert url.endswith("?card=1")
    shown = expect_words(page.get(f"{url}&page=3"), "まだ印刷用のPDFになっていない")
    printed = printing.printing(room.wp, sources.read_ref(room.wp, umihara.LINE))
    shown = expect_words(page.get(url), "項目1へ戻る", "資料1のページ", "資料1　3", "▶ いま")
    levels = [int(head.tag[1]) for head in shown.iter("h1", "h2", "h3", "h4")]
    assert all(below - above < 2 for above, below in pairwise(levels)), "no level is left out"
    marks = [mark.get("id") for mark in shown.find_class("printed")]
    # every page has its place, in order, and the pages are those of the paper
    assert marks == [f"page-{number}" for number in range(1, printed.count + 1)]
    at = printed.pages[umihara.PURPOSE]
    order = [element.get("id") for element in shown.iter() if element.get("id")]
    begins = order.index("I-1-2")
    before = [name for name in order[:begins] if (name or "").startswith("page-")]
    assert before[at - 1] == f"page-{at}"
    for typed in (str(at), "０" + "０１２３４５６７８９"[at], f"{at}ページ"):
        answer = page.client.get(f"{url}&page={quote(typed)}")
        assert answer.headers["Location"] == f"{url}#page-{at}", typed
    for typed in ("0", str(printed.count + 1), "三", "-1", "9" * 20):
        here = page.get(f"{url}&page={quote(typed)}")
        expect_words(here.get_element_by_id("page-wrong"), f"1から{printed.count}まで")
        assert here.get_element_by_id("page").get("value") == typed
    found = page.get(f"{url}&words={quote('電子申請')}").find_class("finding")[0]
    expect_words(found, "1項目にあります", f"{at}ページ", "申請を、電子申請により処理")
    assert found.xpath(".//ul//a/@href") == ["#I-1-2"]
    expect_words(page.get(f"{url}&words={quote('無い言葉')}"), "0項目にあります")


def test_whoever_leads_has_the_script_and_the_open_questions(tmp_path: Any) -> None:
    room = hall(tmp_path)
    # an answer that was promised in this sitting is shown in the next one
    room.office.post(
        f"{SITTING}/desk?item=1",
        f"{SITTING}/speeches",
        {
            "other": "実施機関　学務課 岸",
            "text": "件数は、調べてからお答えします。",
            "kind": "promised",
            "department": "教育部学務課",
            "until": "2026-02-05",
        },
    )
    again(room, "学齢簿と就学援助の申請を、電子申請と窓口で処理する。")
    page = room.seated(1, sitting="/sittings/2")
    page.post(
        "/referrals/2/cards/1", "/referrals/2/cards/1/remarks", {"text": "窓口はどこですか。"}
    )
    assert page.client.get("/sittings/2/script").status_code == 404
    leader = room.seated(0, sitting="/sittings/2")
    expect_words(leader.get("/referrals"), "波多野 泉", "議長の進行")
    room.office.post("/sittings/2/desk?item=1", "/sittings/2/now", {})
    shown = expect_words(
        leader.get("/sittings/2/script"),
        "▶ いま：(1)　再度の点検",
        "(1)「再度の点検」を議題といたします。変更する箇所は、1件の評価書で1箇所です。",
        "窓口はどこですか。",
        "教育部学務課（期限 令和8年2月5日）",
        "まだ回答がありません",
        "件数は、調べてからお答えします。",
    )
    expect_no_words(shown, "範囲はどこ")
    # who stands in for the chair has it, and the chair no more
    room.office.post("/sittings/2/desk", "/sittings/2/chair", {"leader": "3"})
    expect_words(page.get("/sittings/2/script"), "窓口はどこですか。")
    assert leader.client.get("/sittings/2/script").status_code == 404


def test_who_presents_sets_the_order_of_the_cards(tmp_path: Any) -> None:
    wp = shared.copied(shared.played("refer"), tmp_path)
    day = datetime(2024, 7, 24, 9, tzinfo=JST)
    app = create_app(wp, config.load({}), lambda: day)
    writer, member = PageClient(app, "morishita"), PageClient(app, "mitamura")
    url = "/referrals/1/order"

    def order() -> list[str]:
        links = member.get("/referrals/1").xpath("//li[@data-place]//h2/a/@href")
        return [link.rpartition("/")[2] for link in links]

    was = order()
    assert was == [str(number) for number in range(1, len(was) + 1)] and len(was) > 2
    here = writer.post(url, url, {"place1": "2"}, 422)
    expect_words(here.get_element_by_id("place2-wrong"), "項目1と同じです")
    writer.post(url, url, {"place1": "３", "place2": "1", "place3": "2"})
    assert order() == ["2", "3", "1", *was[3:]]
    card = expect_words(member.get("/referrals/1/cards/3"), f"3／{len(was)}", "順番 2番目")
    assert card.xpath("//a[@rel='next']/@href") == ["/referrals/1/cards/1"]
    assert card.xpath("//a[@rel='prev']/@href") == ["/referrals/1/cards/2"]
    here = writer.post(url, url, {}, 422)
    expect_words(here.get_element_by_id("place1-wrong"), "もうそのとおりです")
    writer.post(url, url, {"place1": "1", "place2": "2", "place3": "3"})
    assert order() == was
    expect_words(writer.get(url), "順番の記録", "項目2、3、1", "項目1、2、3", "森下")
    # another department does not set it, nor does a member
    other = PageClient(app, "tanahashi")
    expect_problem(other.post(url, url, {"place1": "2", "place2": "1"}, 422), "説明する課か事務局")
    assert member.client.get(url).status_code == 403
    assert fsck.check(wp.store) == []


NOTE = 'むらさきの<b>付せん</b>を、"窓口"&amp;の担当へ {{ 7*7 }} 𠮷'


def note(page: PageClient, text: str, card: str = "/referrals/1/cards/1") -> html.HtmlElement:
    return page.post(card, f"{card}/note", {"note": text})


def kept_everywhere(room: Hall, folder: Path) -> bytes:
    """All that the house can open: the database, a backup of it restored, every page of the office
    and the administrator about the council, the record of acts, an export of the document."""
    backup.backup(room.wp.store, folder / "copy.db")
    parts = [(folder / "copy.db").read_bytes()]
    for person in ("isobe", "hama", "shiomi"):
        house = PageClient(room.app, person)
        for url in (
            "/referrals/1",
            "/referrals/1/cards/1",
            SITTING,
            f"{SITTING}/desk",
            f"{SITTING}/minutes",
            f"/referrals/1/documents/school-aid?words={quote('付せん')}",
            "/ledger",
            "/records",
            "/referrals/1/minutes.docx",
        ):
            parts.append(house.client.get(url).data)
    with room.wp.store.read() as session:
        for table in METADATA.sorted_tables:
            parts.append(repr(session.execute(table.select()).all()).encode())
    return b"\n".join(parts)


def test_own_notes_are_read_by_nobody_else(tmp_path: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    room = hall(tmp_path)
    page = room.seated(1)
    page.post(
        "/referrals/1/cards/1", "/referrals/1/cards/1/remarks", {"text": "範囲はどこですか。"}
    )
    note(page, NOTE)
    shown = page.get("/referrals/1/cards/1")
    assert shown.get_element_by_id("own-note").text.strip() == NOTE
    expect_words(page.get("/referrals/1"), "控えあり")
    words = page.get("/notes").xpath("//details//strong")[0].text
    assert len(words.split()) == 8
    cookie = page.client.get_cookie("pia-notes")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Strict"
    held_key = note_keys.of_kept(cookie.value, 3)
    assert held_key is not None
    everything = kept_everywhere(room, tmp_path) + caplog.text.encode()
    assert "範囲はどこですか。".encode() in everything, "what is not a note is found there"
    for secret in (
        NOTE.encode(),
        NOTE.encode()[6:30],
        repr(NOTE).encode("ascii", "backslashreplace")[1:40],
        words.encode(),
        held_key.key,
        held_key.seed,
        held_key.key.hex().encode(),
        base64.b64encode(held_key.key)[:40],
        cookie.value.encode(),
        sha256(held_key.key).digest(),
        sha256(held_key.key).hexdigest().encode(),
        sha256(held_key.seed).hexdigest().encode(),
        sha256(words.encode()).hexdigest().encode(),
    ):
        assert secret not in everything, secret
    # nobody of the house has such a page, and another member's browser opens nothing with the key
    assert room.office.client.get("/notes").status_code == 403
    other = room.seated(2)
    other.client.set_cookie("pia-notes", cookie.value, domain="localhost")
    expect_no_words(other.get("/referrals/1/cards/1"), NOTE)
    expect_words(other.get("/notes"), "控えはまだありません")
    assert fsck.check(room.wp.store) == []


def test_own_notes_go_to_another_tablet_and_to_the_next_version(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    note(page, NOTE)
    words = page.get("/notes").xpath("//details//strong")[0].text
    again(room, "学齢簿と就学援助の申請を、電子申請と窓口で処理する。")
    page = room.seated(1, sitting="/sittings/2")
    expect_no_words(page.get("/referrals/2/cards/1"), NOTE)
    expect_words(page.get("/notes"), "この端末では開けない控えが1件あります")
    for wrong in ("あさがお", " ".join(["あさがお"] * 8), "違う言葉", ""):
        here = page.post("/notes", "/notes/words", {"words": wrong}, 422)
        assert here.get_element_by_id("words-wrong").text_content().strip()
    other = note(page, "新しい控え", "/referrals/2/cards/1")
    expect_words(other, "控えを保存しました")
    # katakana and other signs between the words are the same words
    typed = words.translate({ord(x): ord(x) + 0x60 for x in words if "ぁ" <= x <= "ゖ"})
    page.post("/notes", "/notes/words", {"words": typed.replace(" ", "、")})
    shown = expect_words(page.get("/notes"), NOTE, "新しい控え", "令和8年3月1日に消えます")
    expect_no_words(shown, "開けない控え")
    # it stands at the place of its text, which is another than it was written about
    shown = expect_words(page.get("/referrals/2/cards/1"), "控えを書いたあと、この項目の文が変わり")
    assert shown.get_element_by_id("own-note").text.strip() == f"{NOTE}\n新しい控え"
    note(page, "残す控え", "/referrals/2/cards/1")
    expect_no_words(page.get("/referrals/2/cards/1"), "この項目の文が変わり")
    # the day the city set
    nightly.turn(room.wp, config.load({}), datetime(2026, 2, 28, 23, 0, tzinfo=JST))
    with room.wp.store.read() as session:
        assert len(session.scalars(select(OwnNote)).all()) == 1
    nightly.turn(room.wp, config.load({}), datetime(2026, 3, 1, 1, 0, tzinfo=JST))
    with room.wp.store.read() as session:
        assert session.scalars(select(OwnNote)).all() == []


class Fingers:
    """A member at a tablet: every tap is counted, also those that open what is folded."""

    def __init__(self, page: PageClient, url: str = "/referrals"):
        self.page = page
        self.shown = page.get(url)
        self.taps = 0

    def tap(self, words: str, **typed: str) -> Fingers:
        """Taps a link or a button that says this; what is typed costs no tap."""
        mine = [
            element
            for element in self.shown.iter("a", "button")
            if " ".join(element.text_content().split()).startswith(words)
        ]
        assert mine, f"nothing to tap says {words}"
        element = mine[0]
        self.taps += 1 + len(self._folded(element))
        if element.tag == "a":
            self.shown = self.page.get(element.get("href").partition("#")[0])
            return self
        form = next(element.iterancestors("form"))
        sent = self.page.fields(form) | typed
        if element.get("name"):
            sent[element.get("name")] = element.get("value")
        if form.get("method") == "get":
            answer = self.page.client.get(form.get("action"), query_string=sent)
            self.shown = self.page.get(answer.headers["Location"].partition("#")[0])
        else:
            self.shown = self.page.send(form.get("action"), sent)
        return self

    def _folded(self, element: html.HtmlElement) -> list[html.HtmlElement]:
        folds = element.iterancestors("details")
        return [fold for fold in folds if fold.get("open") is None]


def test_the_five_tasks_of_a_member_take_three_taps_at_most(tmp_path: Any) -> None:
    room = hall(tmp_path)
    printing.printing(room.wp, sources.read_ref(room.wp, umihara.LINE))
    page = room.seated(1)
    page.post("/referrals/1/cards/1", "/referrals/1/cards/1/tick", pick={"on": "1"})
    again(room, "学齢簿と就学援助の申請を、電子申請と窓口で処理する。")
    printing.printing(room.wp, sources.read_ref(room.wp, umihara.LINE))
    page = room.seated(1, sitting="/sittings/2")
    new = Fingers(page).tap("一覧で見る")
    expect_words(new.shown, "ご覧になったあと変更あり")
    beside = Fingers(page).tap("1件ずつ見る")
    expect_words(beside.shown, "変更前", "変更後", "電子申請と窓口")
    read = Fingers(page).tap("就学援助に関する事務（全項目評価書）").tap("ページへ", page="3")
    assert read.shown.get_element_by_id("page-3") is not None
    asked = Fingers(page).tap("1件ずつ見る").tap("質問を記録する", text="窓口はどこですか。")
    expect_words(asked.shown, "窓口はどこですか。")
    noted = Fingers(page).tap("1件ずつ見る").tap("控えを保存する", note=NOTE)
    assert noted.shown.get_element_by_id("own-note").text.strip() == NOTE
    taps = {
        name: fingers.taps
        for name, fingers in (
            ("new", new),
            ("old and new", beside),
            ("page", read),
            ("ask", asked),
            ("note", noted),
        )
    }
    assert taps == {"new": 1, "old and new": 1, "page": 2, "ask": 3, "note": 3}
