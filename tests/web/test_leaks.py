"""漏えい等, played through pages in 海原市 over the end of a year: what an officer types while
still shaken, what a later fact moves, reports out of their order, a 重大事故 in one act, the
council, the assembly's own register, papers, and words that nobody else may come by."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import docx

from pia import config
from pia.actions.people import passwords, registration
from pia.actions.steps import sittings
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.wareki import written
from pia.store import queries
from pia.store.ledger.log import AuditEntry
from pia.store.rows.bodies import ThresholdFact
from pia.store.rows.councils import Council, Member
from pia.store.rows.incidents import Incident
from pia.store.rows.leaks import LeakCase, LeakFact, LeakReport
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from .client import PageClient, expect_no_words, expect_words
from .second_town import settle
from .test_corrections import correct, umihara_until, withdraw, wrong
from .test_reviews import BODY, ODD, counted, rows

SEVEN = Path(__file__).parents[1] / "domain" / "leaks" / "seven-cases.csv"
ADMIN = By("hama", "administrator", datetime(2026, 3, 30, 9, tzinfo=JST))


def at(wp: Workplace, person: str, moment: str) -> PageClient:
    when = datetime.fromisoformat(moment).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: when), person)


def account(wp: Workplace, name: str, role: str, body: str, office: str) -> None:
    kept = passwords.hashed("さざなみの静かな朝の合言葉")
    new = registration.NewAccount(name, f"{name}さん", role, body, office)
    registration.add_account(wp, ADMIN, new, kept=kept)


def office_of(wp: Workplace, name: str) -> str:
    with wp.store.read() as session:
        for each in queries.departments.all_departments(session):
            if each.name == name:
                return str(each.id)
    raise AssertionError(name)


def sound(wp: Workplace) -> None:
    assert [p for p in fsck.check(wp.store) if p.level != "info"] == []


SHAKEN = {"title": "就学援助の通知を別の家に送付", "known": "2026-12-05", "event": "leak"}


def convened(wp: Workplace) -> str:
    """A sitting with an item of reports, as the form names it."""
    with wp.store.read() as session:
        hall = session.query(Council).order_by(Council.id).first().id
    new = sittings.NewSitting(
        name="報告の会議",
        day=date(2026, 12, 20),
        opens=time(14),
        place="第2会議室",
        agenda=[{"number": "1", "title": "漏えい等の報告", "kind": "報告"}],
    )
    number = sittings.convene(wp, By("isobe", "secretariat", ADMIN.at), hall, new)
    return f"{number}/1"


def registered(wp: Workplace, moment: str = "2026-12-05T22:40", **more: Any) -> PageClient:
    """The writer registers a case late in the evening; the office's page some days later."""
    page = at(wp, "shiomi", moment)
    page.post("/leaks/new", "/leaks/new", SHAKEN | more)
    return page


def test_what_is_known_now_is_enough_and_the_rest_follows(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    page = at(wp, "shiomi", "2026-12-05T22:40")
    wrong(
        page.post("/leaks/new", "/leaks/new", {"title": "紛失"}, 422), "known", "入力してください"
    )
    late = SHAKEN | {"known": "2026-12-06"}
    wrong(page.post("/leaks/new", "/leaks/new", late, 422), "known", "まだ来ていません")
    minus = SHAKEN | {"people": "-3"}
    wrong(page.post("/leaks/new", "/leaks/new", minus, 422), "people", "0から")
    both = SHAKEN | {"people": "3", "u-people": "1"}
    wrong(page.post("/leaks/new", "/leaks/new", both, 422), "people", "印を外して")
    assert rows(wp, LeakCase) == [] and rows(wp, LeakFact) == []
    shown = page.post(
        "/leaks/new", "/leaks/new", SHAKEN | {"sensitive": "?", "u-people": "1", "my_number": "no"}
    )
    expect_words(
        shown, "令和8年度第1号", "まだ分かりません", "足りないこと", "まだ報告していません"
    )
    # the next day: it is of a sickness, and one person's
    told = page.post("/leaks/1/facts", "/leaks/1/facts", {"sensitive": "yes"}, 422)
    wrong(told, "since", "いつ知ったことか")
    early = {"sensitive": "yes", "since": "2026-12-04"}
    wrong(page.post("/leaks/1/facts", "/leaks/1/facts", early, 422), "since", "覚知日")
    next_day = at(wp, "shiomi", "2026-12-06T09:00")
    shown = next_day.post(
        "/leaks/1/facts", "/leaks/1/facts", {"sensitive": "yes", "since": "2026-12-06"}
    )
    # Day 1 is the 6th; day 30 is the 4th of January, a Monday after the closed days.
    expect_words(
        shown,
        "要配慮（個人情報保護法施行規則第43条第1号）に当たるようになりました",
        "令和8年12月10日",
        "令和9年1月4日",
        "令和8年12月6日に知った",
    )
    wrong_again = {"sensitive": "yes", "from_start": "1"}
    again = next_day.post("/leaks/1/facts", "/leaks/1/facts", wrong_again, 422)
    expect_words(again.get_element_by_id("problem"), "新しいことがありません")
    sound(wp)


def test_reports_come_in_their_order_and_say_what_changed(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    registered(wp, sensitive="yes", my_number="no", people="1", place="here", state="occurred")
    office = at(wp, "isobe", "2026-12-08T11:00")
    sent = {"kind": "final", "laws": "appi", "day": "2026-12-08", "hour": "10:30"}
    here = "/leaks/1/reports"
    wrong(office.post("/leaks/1", here, sent, 422), "kind", "速報の記録がありません")
    paper = sent | {"kind": "first", "way": "paper"}
    wrong(office.post("/leaks/1", here, paper, 422), "way_reason", "理由")
    future = sent | {"kind": "first", "day": "2026-12-09"}
    wrong(office.post("/leaks/1", here, future, 422), "day", "まだ来ていません")
    before = sent | {"kind": "first", "day": "2026-12-04"}
    wrong(office.post("/leaks/1", here, before, 422), "day", "覚知日")
    assert rows(wp, LeakReport) == []
    copied = office.get("/leaks/1/sheet?kind=first")
    expect_words(copied, "1　概要", "9　その他参考となる事項", "特になし", "足りないこと")
    shown = office.post("/leaks/1", here, sent | {"kind": "first", "receipt": "A-1"})
    expect_words(shown, "受付番号：A-1", "速報を記録しました")
    wrong(office.post("/leaks/1", here, sent | {"kind": "first"}, 422), "kind", "もう記録")
    writer = at(wp, "shiomi", "2026-12-20T09:00")
    writer.post(
        "/leaks/1/facts",
        "/leaks/1/facts",
        {"cause": "封入の取違え", "measures_done": "二人で確かめる", "from_start": "1"},
    )
    later = at(wp, "isobe", "2027-01-04T16:00")
    expect_words(later.get("/leaks/1"), "今日まで", "その後に変わった事項（2）", "封入の取違え")
    final = sent | {"day": "2027-01-04", "hour": "15:00"}
    wrong(later.post("/leaks/1", here, final, 422), "open", "まだ埋まっていません")
    shown = later.post("/leaks/1", here, final | {"open": "1"})
    expect_words(shown, "追完あり", "確報を記録しました")
    early = "/leaks/1/reports/2/correction"
    wrong(correct(later, early, 422, day="2026-12-07"), "day", "より前の日時")
    correct(later, early, receipt="B-7")
    expect_words(later.get("/leaks/1"), "B-7", "直した記録")
    expect_words(later.get("/leaks/1/reports/1/correction"), "この後の報告（確報）")
    sound(wp)


def test_a_hundred_and_one_with_my_number_is_a_major_incident_in_one_act(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    counted(wp, "2026-11-01T09:00")
    writer = registered(
        wp, my_number="yes", people="100", people_may="100", system="none", sensitive="no",
        property="no", wrongful="no", open_to_all="no", intentional="no", affair="school-aid",
    )  # fmt: skip
    expect_words(writer.get("/leaks/1"), "ガイドラインによる報告", "101人未満")
    office = at(wp, "isobe", "2026-12-09T09:00")
    wrong(office.post("/leaks/1", "/leaks/1/major", {"major": "1"}, 422), "reason", "違う判断")
    shown = at(wp, "shiomi", "2026-12-09T10:00").post(
        "/leaks/1/facts",
        "/leaks/1/facts",
        {"people": "101", "people_may": "101", "since": "2026-12-09"},
    )
    expect_words(shown, "漏えい等報告規則第2条第4号イ", "個人情報保護法施行規則第43条第4号")
    expect_words(shown, "番号法第29条の4第1項", "個人情報保護法第68条第1項", "101人以上")
    before = len(rows(wp, ThresholdFact))
    shown = office.post("/leaks/1", "/leaks/1/major", {"major": "1"})
    expect_words(shown, "就学援助の通知を別の家に送付", "令和8年度第1号", "当たる", "101人")
    (incident,) = rows(wp, Incident)
    assert incident.people == 101 and incident.major
    assert rows(wp, LeakCase)[0].incident_id == incident.id
    assert len(rows(wp, ThresholdFact)) > before
    again = office.post("/leaks/1", "/leaks/1/end", {"closed": "2026-12-09"}, 409)
    expect_words(again.get_element_by_id("problem"), "確報が記録されていません")
    # It shows at the affair and asks whether a measure has to change.
    expect_words(
        office.get("/affairs/school-aid"), "この事務で起きた漏えい等", "まだ答えていません"
    )
    document = next(link for link in _forms(office.get("/leaks/1")) if "/documents/" in link)
    office.post("/leaks/1", document, {"changes": "1", "reason": "封入の手順を書き足す"})
    expect_words(office.get("/leaks/1"), "対策の記載を変える", "封入の手順を書き足す")
    key = document.rsplit("/", 1)[1]
    expect_words(office.get(f"/assessments/{key}/candidates"), "漏えい等の事案（令和8年度第1号）")
    # Taken back there, it is open here.
    withdraw(office, "/incidents/1/correction")
    assert rows(wp, LeakCase)[0].major is None
    sound(wp)


def _forms(page: Any) -> list[str]:
    return [form.get("action") for form in page.iter("form")]


def test_a_department_sees_its_own_and_the_assembly_its_own(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    from pia.actions.people import bodies, departments

    bodies.add(wp, ADMIN, "海原市議会議長")
    departments.add(wp, ADMIN, "海原市議会議長", "議会総務課")
    departments.add(wp, ADMIN, BODY, "教育部給食課")
    account(wp, "kajiki", "drafter", BODY, "教育部給食課")
    account(wp, "uozu", "secretariat", "海原市議会議長", "議会総務課")
    registered(wp, what="CANARYSCHOOL")
    other = at(wp, "kajiki", "2026-12-06T09:00")
    assert other.client.get("/leaks/1").status_code in (403, 404)
    expect_words(other.get("/leaks"), "記録はありません")
    expect_words(at(wp, "isobe", "2026-12-06T09:00").get("/leaks/1"), "CANARYSCHOOL")
    clerk = at(wp, "uozu", "2026-12-10T09:00")
    own = SHAKEN | {"title": "議員名簿の誤送信", "known": "2026-12-09", "sensitive": "yes"}
    own |= {"my_number": "no", "department": office_of(wp, "議会総務課"), "what": "CANARYHALL"}
    shown = clerk.post("/leaks/new", "/leaks/new", own)
    expect_words(shown, "議会の条例によります", "個人情報保護法が適用される機関なら", "要配慮")
    expect_words(shown, "いまの答えでは、期限のある報告はありません")
    isobe = at(wp, "isobe", "2026-12-10T10:00")
    assert isobe.client.get("/leaks/2").status_code in (403, 404)
    for url in ("/leaks", "/leaks/figures", "/records/personal"):
        answer = isobe.client.get(url)
        assert b"CANARYHALL" not in answer.data and "議員名簿" not in answer.get_data(as_text=True)
    # Who looked is on record, and no entry says what was said.
    with wp.store.read() as session:
        entries = list(session.query(AuditEntry))
        looked = [(x.actor, x.target) for x in entries if x.action == "leak.read"]
        assert ("isobe", "1") in looked and ("uozu", "2") in looked
        assert not any("CANARY" in str(x.detail) for x in entries)
        lists = {(x.actor, x.target, str(x.detail)) for x in entries if x.action == "leak.list"}
    # A list and the figures say which cases they showed: of the assembly's, none to the office.
    assert ("isobe", "list", "{'cases': [1]}") in lists
    assert ("isobe", "figures", "{'cases': [1]}") in lists
    assert ("kajiki", "list", "{'cases': []}") in lists
    sound(wp)


def test_whoever_takes_a_list_with_them_is_on_record(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    registered(wp, what="CANARYTAKEN")
    office = at(wp, "isobe", "2026-12-10T09:00")
    number_of = convened(wp).partition("/")[0]
    office.post("/leaks/1", "/leaks/1/council", {"item": f"{number_of}/1"})
    office.download("/leaks/list.xlsx")
    office.download(f"/sittings/{number_of}/leak-list.pdf")
    with wp.store.read() as session:
        entries = [x for x in session.query(AuditEntry) if x.action == "leak.list"]
        assert [(x.actor, x.target, x.detail) for x in entries] == [
            ("isobe", "list.xlsx", {"cases": [1]}),
            ("isobe", f"sitting {number_of}", {"cases": [1]}),
        ]
    sound(wp)


def test_the_seven_cases_go_before_the_council_without_names(tmp_path: Any) -> None:
    """The minutes' cases with invented details: one paper, one page of cards, questions and
    answers."""
    wp = umihara_until("publish", tmp_path)
    with open(SEVEN, encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    for case in cases:
        facts = dict(pair.split("=") for pair in case["facts"].split(";"))
        writer = at(wp, "shiomi", f"{case['known']}T17:00")
        typed = facts | {"title": case["title"], "known": case["known"], "my_number": "no"}
        shown = writer.post("/leaks/new", "/leaks/new", typed | {"window": "CANARYWINDOW"})
        expect_words(shown, written(date.fromisoformat(case["final"])))
    office = at(wp, "isobe", "2026-12-10T09:00")
    item = convened(wp)
    number_of = item.partition("/")[0]
    empty = office.client.get(f"/sittings/{number_of}/leak-list.pdf")
    assert empty.status_code == 422 or "漏えい等" in empty.get_data(as_text=True)
    for number in range(1, 8):
        office.post(f"/leaks/{number}", f"/leaks/{number}/council", {"item": item})
    cards = office.get(f"/sittings/{number_of}/leaks")
    expect_words(cards, "漏えい等の報告（7件）", *(case["title"] for case in cases))
    expect_words(cards, "不正の目的、100人超", "職員の処分", "未定", "不明")
    expect_no_words(cards, "CANARYWINDOW")
    data = office.download(f"/sittings/{number_of}/leak-list.docx")
    assert data[:2] == b"PK"
    for name in ("leak-first", "leak-final", "leak-notice", "leak-announcement", "leak-crisis"):
        for fmt in ("docx", "pdf"):
            assert office.download(f"/leaks/2/papers/{name}.{fmt}")
    refused = office.client.get("/leaks/2/papers/leak-form.docx")
    assert refused.status_code == 404 and "理由を入力" in refused.get_data(as_text=True)
    assert office.download("/leaks/2/papers/leak-form.docx?reason=回線の故障")
    for book in ("/leaks/list.xlsx", "/leaks/2/sheet.xlsx?kind=final"):
        assert office.download(book)[:2] == b"PK"
    expect_words(office.get("/leaks/figures"), "7件", "要配慮", "100人超", "令和5年度", "令和6年度")
    sound(wp)


def test_members_see_what_was_reported_and_ask(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    from pia.actions.people import members

    account(wp, "tai", "member", BODY, "")
    account(wp, "fugu", "member", BODY, "")
    with wp.store.read() as session:
        seat = next(
            x for x in session.query(Member) if x.until is None or x.until > date(2027, 1, 1)
        )
        hall = seat.council_id
    members.tie(wp, By("isobe", "secretariat", ADMIN.at), hall, seat.id, "tai")
    registered(wp, what=f"CANARYWHAT {ODD}", permit="missing", cause_kind="stolen", police="told")
    page = at(wp, "tai", "2026-12-08T09:00")
    for url in ("/leaks", "/leaks/1", "/leaks/1/facts", "/leaks/1/papers/leak-first.pdf"):
        assert page.client.get(url).status_code in (403, 404)
    office = at(wp, "isobe", "2026-12-08T10:00")
    item = convened(wp)
    number_of = item.partition("/")[0]
    here = f"/sittings/{number_of}/leaks"
    expect_no_words(page.get(here), "CANARYWHAT")
    office.post("/leaks/1", "/leaks/1/council", {"item": item})
    again = office.post("/leaks/1", "/leaks/1/council", {"item": item}, 422)
    wrong(again, "item", "もう報告しています")
    # What is said later is not before them until it is reported again.
    at(wp, "shiomi", "2026-12-09T09:00").post(
        "/leaks/1/facts", "/leaks/1/facts", {"cause": "CANARYLATER", "since": "2026-12-09"}
    )
    shown = page.get(here)
    expect_words(shown, "CANARYWHAT", ODD, "許可がなかった", "盗難", "届け出た", "まだ")
    expect_no_words(shown, "CANARYLATER", "特定個人情報が管理されていた場所")
    page.post(here, f"{here}/1", {"text": " "}, 422)
    shown = page.post(here, f"{here}/1", {"text": "なぜ持ち出せたのか。"})
    expect_words(shown, "なぜ持ち出せたのか。", "taiさん")
    writer = at(wp, "shiomi", "2026-12-10T09:00")
    writer.post("/leaks/1", "/leaks/1/questions/1", {"text": "許可を得ていませんでした。"})
    expect_words(page.get(here), "許可を得ていませんでした。")
    expect_words(office.get("/leaks/1/questions/1/correction"), "先に回答を取り消して")
    withdraw(office, "/leaks/1/replies/1/correction")
    expect_no_words(page.get(here), "許可を得ていませんでした。")
    # A member of no council, and one of another house of readers, has nothing.
    other = at(wp, "fugu", "2026-12-10T09:00")
    assert other.client.get(here).status_code in (403, 404)
    sound(wp)


def test_a_town_that_handles_numbers_for_another_owes_nothing_once_it_told(tmp_path: Any) -> None:
    """白波市, over the last day of a fiscal year: a system of an affair another city entrusts it
    with; and a 委託先 that told one department before another knew."""
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    wp = settle(shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")).wp
    known = {"known": "2024-03-31", "event": "loss", "sensitive": "no", "property": "no"}
    known |= {"wrongful": "no", "people": "3", "people_may": "3", "my_number": "yes"}
    ours = known | {"title": "受託した事務の端末の故障", "system": "use", "place": "principal"}
    writer = at(wp, "ogata", "2024-03-31T18:00")
    shown = writer.post("/leaks/new", "/leaks/new", ours)
    # Day 5 is a Thursday; day 30 lies in the new fiscal year, before a holiday.
    expect_words(shown, "令和5年度第1号", "漏えい等報告規則第2条第1号ロ", "令和6年4月4日")
    expect_words(shown, "令和6年4月30日", "番号法第29条の4第1項")
    told = {"principal_told": "2024-04-01", "since": "2024-04-01"}
    next_day = at(wp, "ogata", "2024-04-01T09:00")
    shown = next_day.post("/leaks/1/facts", "/leaks/1/facts", told)
    expect_words(shown, "委託元に通知したため", "いまの答えでは、期限のある報告はありません")
    theirs = known | {"title": "委託先の端末の紛失", "sensitive": "yes", "place": "contractor"}
    theirs |= {"contractor": "株式会社しぶき", "contractor_told": "2024-03-29"}
    shown = next_day.post("/leaks/new", "/leaks/new", theirs | {"known": "2024-04-01"})
    expect_words(shown, "令和6年度第1号", "数え始め（1日目）は令和6年3月29日", "令和6年4月2日")
    first = at(wp, "ogata", "2024-04-03T09:00").get("/")
    expect_words(first, "漏えい等の速報を出す", "委託先の端末の紛失")
    sound(wp)


def paper(page: PageClient, name: str) -> str:
    """The words of a paper of the first case, as Word shows them."""
    book = docx.Document(io.BytesIO(page.download(f"/leaks/1/papers/{name}.docx")))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in book.paragraphs), *cells])


def test_while_answers_are_missing_the_days_that_would_hold_are_told(tmp_path: Any) -> None:
    """Three answers are enough to register; nobody is told that nothing is due before the law's
    questions are answered."""
    wp = umihara_until("publish", tmp_path)
    shaken = {"title": "通知書の誤送付", "known": "2026-12-28"}
    office = at(wp, "isobe", "2026-12-29T09:00")
    shown = office.post("/leaks/new", "/leaks/new", shaken)
    expect_words(shown, "個人情報保護法（義務があるとき）", "番号法（義務があるとき）")
    # Day 5 is the first of January; day 30 a Tuesday.
    expect_words(shown, "令和9年1月1日", "令和9年1月26日")
    expect_no_words(shown, "期限のある報告はありません")
    expect_words(office.get("/leaks"), "まだ決まりません", "義務があるとき")
    expect_no_words(office.get("/leaks"), "該当なし")
    today = office.get("/")
    expect_words(today, "漏えい等の報告の義務があるかを確かめる", "通知書の誤送付")
    expect_no_words(today, "漏えい等の速報を出す")
    letter = paper(office, "leak-announcement") + paper(office, "leak-notice")
    assert "【未記入】" in letter and "検討中" not in letter and "調査中" not in letter
    assert "報告の義務に当たる号はありません" not in paper(office, "leak-first")
    none = {"event": "leak", "sensitive": "no", "property": "no", "wrongful": "no", "people": "1"}
    none |= {"people_may": "1", "my_number": "no", "from_start": "1"}
    shown = office.post("/leaks/1/facts", "/leaks/1/facts", none)
    expect_words(shown, "いまの答えでは、期限のある報告はありません", "どの号にも当たらない")
    expect_words(office.get("/leaks"), "該当なし")
    sound(wp)


def test_words_of_a_case_can_be_erased_and_the_chain_holds(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    registered(wp, what="CANARYERASED 電話 090-1234-5678")
    with wp.store.read() as session:
        fact = next(x.id for x in session.query(LeakFact) if x.field == "what")
    office = at(wp, "isobe", "2026-12-08T10:00")
    expect_words(office.get("/flags"), "漏えい等の記録")
    url = f"/flags/leak_fact-{fact}"
    values = {"sure": "1", "reason": "本人の申出", "document_number": "海総第9号"}
    office.post(url, f"{url}/erasure", values)
    page = office.get("/leaks/1")
    expect_no_words(page, "CANARYERASED", "090-1234-5678")
    expect_words(page, "分からない", "足りないこと")
    sound(wp)
