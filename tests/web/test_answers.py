"""The answer where the question arises: where a wording comes from, what the public saw and said,
other documents, earlier questions and 想定問答, played in 海原市 over a year end and in the
demonstration's case."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from lxml import html

from pia import config
from pia.actions.issuing import pack
from pia.actions.records import tallies
from pia.actions.viewing import cards
from pia.actions.workplace import Workplace
from pia.documents.pdf import pack_front
from pia.domain.act import JST
from pia.domain.procedure import verdicts
from pia.store.rows.answers import ExpectedQuestion, WordingSource
from pia.store.rows.assessments import Round
from pia.store.rows.councils import Council, ReferralRound
from pia.store.rows.national import Confirmation
from pia.store.rows.tallies import ChangeMark
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import LINE, correct, umihara_until, withdraw, wrong
from .test_tablets import Hall, hall

ROUND = quote(f"/rounds/{LINE}", safe="/~")
NEXT = quote(f"/rounds/{umihara.NEXT}", safe="/~")
ITEM = f"{ROUND}/answers/I/1/2"
CARD = "/referrals/1/cards/1"
ODD = "<i>問</i> {{ 7*7 }} 「範囲」は？\n続き"


def at(wp: Workplace, person: str, moment: str) -> PageClient:
    when = datetime.fromisoformat(moment).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: when), person)


def rows(wp: Workplace, kind: type[Any]) -> list[Any]:
    with wp.store.read() as session:
        return list(session.query(kind).order_by(kind.id))


def by_department(room: Hall) -> PageClient:
    return PageClient(room.app, "shiomi")


def test_a_wording_says_that_it_rests_on_law_until_it_is_another(tmp_path: Any) -> None:
    wp = umihara_until("close", tmp_path)
    writer = at(wp, "shiomi", "2026-01-19T10:00")
    expect_words(writer.get(ITEM), "分かる記録がないため、カードには何も出ません。")
    sources = f"{ROUND}/sources/I/1/2"
    wrong(writer.post(ITEM, sources, {"kind": "LAW"}, 422), "source", "根拠の法令と条項")
    law = "学校教育法第19条"
    shown = writer.post(ITEM, sources, {"kind": "LAW", "source": law})
    expect_words(shown, "法令に基づく記載", law, "汐見　渚", "令和8年1月19日")
    expect_words(writer.get(f"{ROUND}/answers"), "法令に基づく記載")
    number = rows(wp, WordingSource)[0].id
    here = f"/rounds/{LINE}/sources/{number}/correction"
    correct(writer, here, source="学校教育法第19条・施行令第9条")
    expect_words(writer.get(ITEM), "施行令第9条")
    # another wording rests on nothing that was written down of the one before
    head = writer.get(f"/lines/{quote(LINE, safe='~')}/items/I/1/2")
    form = next(f for f in head.iter("form") if f.get("action", "").endswith("/items/I/1/2"))
    sent = {**writer.fields(form), "text": "援助の申請を受け付け、郵便で知らせる。"}
    writer.send(urlsplit(form.get("action")).path, sent)
    expect_words(writer.get(ITEM), "この記録の後に、記載が変わりました。", "カードには何も出ません")
    withdraw(writer, here)
    expect_no_words(writer.get(ITEM), "施行令第9条")
    assert [p for p in fsck.check(wp.store) if p.level != "info"] == []


def test_expected_questions_are_shown_to_members_when_the_department_says_so(
    tmp_path: Any,
) -> None:
    room = hall(tmp_path)
    writer, member = by_department(room), room.seated(1)
    wrong(writer.post(ITEM, ITEM, {"answer": "要綱"}, 422), "question", "問")
    shown = writer.post(ITEM, ITEM, {"question": ODD, "answer": "要綱に定めます。"})
    expect_words(shown, "<i>問</i> {{ 7*7 }}", "委員には見せていない")
    whole = f"{ROUND}/answers"
    writer.post(whole, whole, {"question": "経費はいくらか。", "answer": "予算の範囲です。"})
    # presenter, chair and desk see it; a member does not
    expect_words(writer.get(CARD), "想定問答", "要綱に定めます。", "委員には見せていない")
    for page in ("/sittings/1/script?item=1", "/sittings/1/desk?item=1"):
        expect_words(room.office.get(page), "要綱に定めます。", "経費はいくらか。")
    expect_no_words(member.get(CARD), "想定問答", "要綱に定めます。")
    first = rows(room.wp, ExpectedQuestion)[0].id
    release = f"{ROUND}/expected/{first}/release"
    writer.post(ITEM, release, pick={"on": "1"})
    expect_words(member.get(CARD), "想定問答", "要綱に定めます。")
    expect_no_words(member.get(CARD), "経費はいくらか。", "委員に見せている")
    # put right: the old words stay in their own row, the new ones stand in their place
    here = f"/rounds/{LINE}/expected/{first}/correction"
    correct(writer, here, answer="要綱第2条に定めます。")
    expect_words(member.get(CARD), "要綱第2条に定めます。")
    kept = rows(room.wp, ExpectedQuestion)
    assert [(row.answer, row.corrects_id) for row in kept[::2]] == [
        ("要綱に定めます。", None),
        ("要綱第2条に定めます。", first),
    ]
    refused = writer.send(
        release, {"on": "0", **writer.filled(ITEM, f"{ROUND}/expected/*")[1]}, 422
    )
    expect_problem(refused, "もう直されています")
    # a department of another affair, and a member, may not write
    assert member.client.get(ITEM).status_code == 403
    assert member.client.post(ITEM, data={"question": "x", "answer": "y"}).status_code in (400, 403)
    newest = kept[-1].id
    writer.post(ITEM, f"{ROUND}/expected/{newest}/release", pick={"on": "0"})
    expect_no_words(member.get(CARD), "想定問答")
    withdraw(writer, f"/rounds/{LINE}/expected/{newest}/correction")
    expect_no_words(room.office.get("/sittings/1/desk?item=1"), "要綱第2条")
    assert [p for p in fsck.check(room.wp.store) if p.level != "info"] == []


def test_a_card_remembers_what_was_asked_before_and_what_the_public_saw(tmp_path: Any) -> None:
    wp = umihara_until("verdict", tmp_path)
    office = at(wp, "isobe", "2026-02-14T10:00")
    shown = office.get("/referrals/2/cards/1")
    expect_words(shown, "前の会議での質問と回答", "第4回審査会（令和8年1月29日）", "佐倉 楓")
    expect_words(shown, "範囲はどこですか。", "要綱に定めます。")
    expect_words(shown, "意見募集（令和7年12月11日から令和8年1月15日まで）", "案と同じ文です")
    expect_no_words(shown, "説明中の項目へ", "記載の由来：")
    expect_no_words(office.get("/referrals/1/cards/1"), "前の会議での質問と回答")


def test_expected_questions_are_offered_to_the_next_round(tmp_path: Any) -> None:
    wp = umihara_until("reported", tmp_path)
    writer = at(wp, "shiomi", "2026-02-20T10:00")
    writer.post(ITEM, ITEM, {"question": "誰が決めるのか。", "answer": "市が決めます。"})
    writer.post(ITEM, f"{ROUND}/expected/1/release", pick={"on": "1"})
    told = umihara.Told([1], [1, 2], [1, 2])
    for step in (umihara._submit, umihara._publish, umihara._second):
        step(wp, told)
    writer = at(wp, "shiomi", "2028-02-02T10:00")
    expect_no_words(writer.get(ITEM), "想定問答を加える")  # the round is over
    here = f"{NEXT}/answers"
    shown = writer.get(here)
    expect_words(shown, "前の回の想定問答", "誰が決めるのか。", "令和7年度再実施")
    writer.post(here, f"{NEXT}/expected/1/take-over")
    expect_words(writer.get(f"{here}/I/1/2"), "市が決めます。", "委員には見せていない")
    expect_no_words(writer.get(here), "前の回の想定問答")
    again = rows(wp, ExpectedQuestion)[1]
    assert (again.taken_id, again.released) == (1, None)


def test_a_departure_says_what_the_state_said_and_who_wrote_it_down(tmp_path: Any) -> None:
    wp = shared.copied(shared.played("answers"), tmp_path)
    ref = "nhi-benefits~r6-cloud"
    writer = PageClient(create_app(wp, config.load({}), lambda: NOW), "morishita")
    listed = writer.get(f"/rounds/{ref}/answers")
    expect_words(listed, "国の記載例を市で修正", "国の記載例と同文")
    (row,) = [tr for tr in listed.iter("tr") if "国の記載例を市で修正" in tr.text_content()]
    item = row.find(".//a").get("href")
    expect_words(writer.get(item), "国への確認", "国の記載例", "市の記載")
    state = item.replace("/answers/", "/state-answers/")
    late = {"asked": "yes", "day": "2099-01-01", "said": "よい。"}
    wrong(writer.post(item, state, late, 422), "day", "まだ来ていません")
    writer.post(item, state, {**late, "day": "2024-06-24", "said": "内容が同じならよい。"})
    shown = writer.get(item)
    expect_words(shown, "国に確認しました（令和6年6月24日）。回答：内容が同じならよい。", "森下")
    number = rows(wp, Confirmation)[-1].id
    correct(writer, f"/rounds/{ref}/state-answers/{number}/correction", answer="差し支えない。")
    expect_words(writer.get(item), "回答：差し支えない。")
    other = PageClient(writer.app, "nonomura")
    assert other.client.post(urlsplit(state).path).status_code in (400, 403)


def test_card_and_pack_say_the_same_of_the_states_text_and_the_public(tmp_path: Any) -> None:
    wp = shared.copied(shared.played(), tmp_path)
    office = PageClient(create_app(wp, config.load({}), lambda: NOW), "mizukoshi")
    said = (
        "国の記載例を市で修正",
        "市民の意見1を受けた記載です",
        "国に確認しました（令和6年6月24日）",
        "意見募集（令和6年5月13日から令和6年6月13日まで）。",
    )
    shown = office.get("/referrals/1/cards/5")
    expect_words(shown, *said, "記載例は標準的な書き方を示したもの", "案から、文が変わっています")
    assert "データを消去" in [mark.text_content()[4:-8] for mark in shown.iter("del")]
    expect_words(office.get("/referrals/1/cards/1"), "この項目への意見はありませんでした")
    expect_words(office.get("/referrals/1/cards/1"), "図の中のことば：", "中間サーバー")
    fronts = []
    for card in cards.sitting_view(wp, 1).cards:
        fronts.append((pack._origins(card), pack._public(card)))
    origins, public = fronts[4]
    printed = "\n".join([*(each.words for each in origins), *public])
    assert all(words in printed for words in said)
    assert isinstance(origins[0], pack_front.PrintedOrigin) and origins[0].national
    assert fronts[0][1][0].endswith(pack.NO_OPINION)


def test_other_documents_with_the_same_national_text_are_named_to_the_house_alone(
    tmp_path: Any,
) -> None:
    wp = shared.copied(shared.played(), tmp_path)
    tallies.renew_all(wp.store)
    with shared.by_hand(wp.store) as session:
        here = {row.round_id for row in session.query(ReferralRound)}
        other = next(row for row in session.query(Round) if row.id not in here)
        for number, mark in session.query(ChangeMark.round_id, ChangeMark.fingerprint):
            if number == min(here):
                session.add(ChangeMark(round_id=other.id, fingerprint=mark))
    office = PageClient(create_app(wp, config.load({}), lambda: NOW), "mizukoshi")
    shown = expect_words(office.get("/referrals/1/cards/4"), "同じ記載のある、ほかの評価書")
    expect_words(shown, "同じ変更")
    chair = PageClient(office.app, "kiryu")
    expect_no_words(chair.get("/referrals/1/cards/4"), "同じ記載のある、ほかの評価書")


def test_a_city_that_works_by_bills_speaks_of_no_referral(tmp_path: Any) -> None:
    """One page of every route; what people typed and the setting itself keep the word."""
    wp = umihara_until("second", tmp_path)
    with shared.by_hand(wp.store) as session:
        for council in session.query(Council):
            council.facts = {**council.facts, "way": "bill"}
    page = at(wp, "isobe", "2028-02-10T10:00")
    typed = ("要綱を資料に加えて諮問し直すため", "諮問による（諮問書・", "議案による（諮問書・")
    waiting = deque(["/", "/referrals", "/councils", "/records", "/flags", "/help", "/corrections"])
    routes: set[str] = set()
    found = []
    while waiting:
        address = waiting.popleft()
        try:
            route, _ = page.routes.match(urlsplit(address).path, method="GET")
        except Exception:
            continue
        seen = urlsplit(address).path if route == "help.chapter" else route
        if seen in routes or "size=" in address:
            continue
        routes.add(seen)
        answer = page.client.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        shown = html.document_fromstring(answer.get_data(as_text=True))
        waiting += [urljoin(address, link) for link in shown.xpath("//a/@href")]
        words = shown.text_content()
        for known in typed:
            words = words.replace(known, "")
        if "諮問" in words:
            start = words.index("諮問")
            found.append((address, words[max(0, start - 20) : start + 20]))
    assert len(routes) > 60
    assert found == []


def test_a_whole_case_has_a_word_of_its_own_beside_its_documents(tmp_path: Any) -> None:
    wp = shared.copied(shared.played("refer"), tmp_path)
    known = wp.rules
    word = "一部の評価書について了承"
    assert word in verdicts.offered_of_whole(known)
    assert word not in verdicts.offered(known)
    assert word not in verdicts.favourable(known)
    office = at(wp, "mizukoshi", "2024-07-24T14:30")
    about = {"council": "1", "name": "第2回", "day": "2024-07-24", "opens": "13:30", "place": "室"}
    office.post("/sittings/new", "/sittings/new", {**about, "title0": "三件", "referral0": "1"})
    here = "/sittings/1"
    names = office.get(here).xpath("//input[@name='present']/@value")
    office.post(here, f"{here}/attendance", {"present": names})
    form = office.get(here)
    each = [s.get("name") for s in form.iter("select") if s.get("name").startswith("kind-")]
    assert len(each) == 3
    refused = office.post(here, f"{here}/decide", {"kind": word, each[0]: "了承"}, 422)
    wrong(refused, each[1], "評価書ごとの結論を全て選んでください")
    said = dict(zip(each, ("了承", "附帯意見を付して了承", "継続審議")))
    refused = office.post(here, f"{here}/decide", {"kind": word, **said}, 422)
    wrong(refused, each[2], "「継続審議」の評価書があるとき")
    said[each[2]] = "了承しない"
    shown = office.post(here, f"{here}/decide", {"kind": word, "note": "理由", **said})
    expect_words(shown, word, "附帯意見を付して了承", "了承しない")
    fix = "/referrals/1/verdict/correction"
    options = office.get(fix).xpath("//select[@name='kind']/option/text()")
    assert word in options and "継続審議" in options
