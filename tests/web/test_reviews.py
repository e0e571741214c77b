"""年次見直し, 次回修正候補, 重大事故 and 定期報告, played through pages in 海原市 over the turn of
a fiscal year and in the demonstration's city."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl

from pia import config
from pia.actions.output import reminders
from pia.actions.people import passwords, registration
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store import queries
from pia.store.ledger import log
from pia.store.rows.reviews import ReviewAnswer
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, umihara_until, withdraw, wrong

BODY = "海原市教育委員会"
ODD = "<i>窓口</i> {{ 7*7 }} 「電子申請」を\n加えた。𠮷"
ASK = {"document_number": "海総第7号", "issued": "2026-04-01", "until": "2026-05-29"}


def at(wp: Workplace, person: str, moment: str) -> PageClient:
    when = datetime.fromisoformat(moment).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: when), person)


def rows(wp: Workplace, kind: type[Any]) -> list[Any]:
    with wp.store.read() as session:
        return list(session.query(kind).order_by(kind.id))


def sound(wp: Workplace) -> None:
    assert [p for p in fsck.check(wp.store) if p.level != "info"] == []


def with_head(wp: Workplace) -> None:
    """海原市 gets a 所属長 of the department that writes."""
    moment = datetime(2026, 3, 30, 9, tzinfo=JST)
    kept = passwords.hashed("さざなみの静かな朝の合言葉")
    new = registration.NewAccount("minato", "湊　海斗", "head", BODY, "教育部学務課")
    registration.add_account(wp, By("hama", "administrator", moment), new, kept=kept)


def asked(wp: Workplace) -> str:
    """The address of the department's answers to a 照会 of 令和8年度."""
    office = at(wp, "isobe", "2026-04-01T09:00")
    shown = office.post("/reviews", "/reviews", ASK, pick=None)
    expect_words(shown, "令和8年度の年次見直し", "海総第7号", "教育部学務課", "1件のうち 0件")
    return next(
        link.get("href") for link in shown.iter("a") if "/offices/" in (link.get("href") or "")
    )


def test_a_review_counts_once_the_head_confirmed_it(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    with_head(wp)
    office = at(wp, "isobe", "2026-03-31T10:00")
    wrong(
        office.post("/reviews", "/reviews", ASK | {"until": "2026-03-01"}, 422), "until", "より前"
    )
    here = asked(wp)
    # the demonstration's neighbour: the same year cannot be asked twice
    again = at(wp, "isobe", "2026-04-02T09:00").post("/reviews", "/reviews", ASK, 422)
    wrong(again, "year", "もう始まっています")
    writer, head = at(wp, "shiomi", "2026-05-11T09:00"), at(wp, "minato", "2026-05-12T09:00")
    expect_words(writer.get("/"), "年次見直しに回答する", "就学援助に関する事務", "令和8年5月29日")
    page = writer.get(here)
    expect_words(page, "未回答", "平成30年5月の様式です。いまの様式は令和6年10月です。")
    expect_no_words(page, "所属長の確認も記録する")
    answers = f"{here}/answers"
    refused = writer.post(here, answers, {"kind": "CHANGED"}, 422, pick={"affairs": "school-aid"})
    wrong(refused, "note", "変わったことを入力してください")
    shown = writer.post(here, answers, {"affairs": "school-aid"}, pick={"kind": "UNCHANGED"})
    expect_words(shown, "変更なし（所属長の確認待ち）", "汐見　渚")
    with wp.store.read() as session:
        assert queries.reviews.last_reviewed(session, [1]) == {}
    expect_words(head.get("/"), "年次見直しの回答を確認する")
    expect_no_words(writer.get("/"), "年次見直しに回答する")
    # what the drafter puts right before and after the confirmation
    number = rows(wp, ReviewAnswer)[0].id
    confirm = f"{here}/confirmations"
    wrong(head.post(here, confirm, {"confirmed": "2026-03-31"}, 422), "confirmed", "より前")
    shown = head.post(here, confirm)
    expect_words(shown, "変更なし（確認済み）", "湊　海斗")
    with wp.store.read() as session:
        assert queries.reviews.last_reviewed(session, [1]) == {1: date(2026, 5, 12)}
    expect_words(writer.get("/affairs/school-aid"), "令和9年5月12日までです")
    near = at(wp, "isobe", "2027-04-01T09:00")
    spring = reminders.reckon(wp, date(2027, 4, 1)).near["教育部学務課"]
    assert [one.day for one in spring if one.words.startswith("毎年")] == [date(2027, 5, 12)]
    expect_words(near.get("/register"), "令和9年5月12日")
    writer = at(wp, "shiomi", "2026-05-12T16:00")
    fix = f"/reviews/1/answers/{number}/correction"
    correct(writer, fix, kind="CHANGED", note=ODD)
    expect_words(head.get(here), "変更あり（所属長の確認待ち）", "<i>窓口</i> {{ 7*7 }}")
    head.post(here, confirm)
    expect_words(
        at(wp, "isobe", "2026-05-13T09:00").get("/"), "評価書の修正・再実施を始める", "変更あり"
    )
    withdraw(writer, fix)
    expect_words(writer.get(here), "未回答")
    with wp.store.read() as session:
        assert queries.reviews.last_reviewed(session, [1]) == {}
    sound(wp)


def test_a_returned_workbook_is_shown_before_it_is_taken(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    here = asked(wp)
    office = at(wp, "isobe", "2026-06-10T09:00")
    expect_words(office.get("/"), "年次見直しの回答を督促する", "教育部学務課")
    book = openpyxl.load_workbook(io.BytesIO(office.download(f"{here}/answers.xlsx")))
    sheet = book.active
    assert [cell.value for cell in sheet[4]][:2] == ["7", "就学援助に関する事務"]
    sheet["D4"], sheet["E4"], sheet["F4"], sheet["G4"] = "廃止予定", "来春", "湊", "令和8年6月5日"
    sheet.append(["99", "ない事務", "", "変更なし"])

    def sent() -> dict[str, Any]:
        out = io.BytesIO()
        book.save(out)
        _, fields = office.filled(here, f"{here}/book")
        return fields | {"file": (io.BytesIO(out.getvalue()), "回答書.xlsx")}

    shown = office.send(f"{here}/book", sent(), 200)
    expect_words(shown, "直すところが2件", "「廃止予定」は、変更なし", "その評価書番号はありません")
    assert rows(wp, ReviewAnswer) == []
    sheet["D4"] = "変更なし"
    sheet.delete_rows(5)
    shown = office.send(f"{here}/book", sent(), 200)
    expect_words(shown, "まだ何も記録していません。", "回答として記録します。")
    form = next(f for f in shown.iter("form") if "1件の回答を記録する" in f.text_content())
    shown = office.send(f"{here}/book", office.fields(form))
    expect_words(shown, "変更なし（確認済み）", "湊", "令和8年6月5日", "来春")
    expect_no_words(office.get("/"), "年次見直しの回答を督促する")
    sound(wp)


def test_who_did_not_answer_is_listed_and_written_to_again(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    asked(wp)
    office = at(wp, "isobe", "2026-06-02T09:00")
    remind = {"document_number": "海総第31号", "until": "2026-06-01"}
    wrong(office.post("/reviews/1", "/reviews/1/reminders", remind, 422), "until", "より前")
    remind["until"] = "2026-06-19"
    expect_words(office.post("/reviews/1", "/reviews/1/reminders", remind), "1所属への督促")
    expect_words(at(wp, "shiomi", "2026-06-03T09:00").get("/"), "令和8年6月19日")
    expect_no_words(office.get("/"), "督促する")
    for name, words in (
        ("review-inquiry", ("海総第7号", "教育部学務課", "就学援助に関する事務", "変更なし")),
        ("review-reminder", ("海総第31号", "令和8年6月19日", "未回答")),
        ("review-unanswered", ("1所属", "未回答", "令和8年6月2日")),
        ("review-record", ("未回答",)),
    ):
        paper = office.client.get(f"/reviews/1/papers/{name}.html").get_data(as_text=True)
        assert all(word in paper for word in words), name
        assert office.download(f"/reviews/1/papers/{name}.pdf").startswith(b"%PDF")
    correct(office, "/reviews/1/reminders/1/correction", until="2026-06-26")
    expect_words(office.get("/reviews/1"), "令和8年6月26日")
    withdraw(office, "/reviews/1/reminders/1/correction")
    correct(office, "/reviews/1/correction", until="2026-06-30")
    expect_words(office.get("/reviews/1"), "令和8年6月30日")
    withdraw(office, "/reviews/1/correction")
    expect_words(office.get("/reviews"), "まだ照会していません。")
    sound(wp)


def test_what_is_to_be_mended_next_time_waits_for_the_round(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    other = at(wp, "isobe", "2026-06-01T09:00")
    here = "/assessments/school-aid/candidates"
    wrong(other.post(here, here, {"text": " "}, 422), "text", "直したいこと")
    shown = other.post(here, here, {"text": ODD, "item": "I/1/2"})
    expect_words(shown, "Ⅰ", "<i>窓口</i> {{ 7*7 }}", "磯部　航", "1件")
    other.post(here, here, {"text": "様式を新しくする。"})
    item = other.get("/lines/school-aid/items/I/1/2")
    assert [a for a in item.iter("a") if (a.get("href") or "").endswith("?item=I/1/2")]
    expect_words(other.get("/affairs/school-aid"), "2件")
    writer = at(wp, "shiomi", "2026-06-02T09:00")
    first = f"{here}/1/outcome"
    wrong(writer.post(here, first, {"reason": ""}, 422, {"outcome": "DROPPED"}), "reason", "理由")
    shown = writer.post(here, first, {"reason": "要綱のとおりのため"}, pick={"outcome": "DROPPED"})
    expect_words(shown, "取りやめた", "要綱のとおりのため", "汐見　渚")
    shown = writer.post(here, f"{here}/2/outcome", pick={"outcome": "DONE"})
    expect_words(shown, "修正した（第4版）", "ありません。")
    # put right: it waits again; taken back by who noted it
    correct(writer, f"{here}/2/correction", outcome="")
    expect_words(writer.get(here), "次の修正を待つもの　1件", "様式を新しくする。")
    withdraw(other, f"{here}/2/correction")
    expect_words(writer.get(here), "取り消した")
    expect_no_words(writer.get(here), "次の修正を待つもの　1件")
    sound(wp)


LUNCH = registration.NewAffair(
    "school-lunch", "8", "学校給食費に関する事務", BODY, "教育部学務課", {}, ("basic_item",)
)


def counted(wp: Workplace, moment: str, people: int = 50_000) -> None:
    """海原市 counts another affair, of a band an incident weighs on."""
    when = By("isobe", "secretariat", datetime.fromisoformat(moment).replace(tzinfo=JST))
    registration.register_affair(wp, when, LUNCH)
    counts = registration.Counts(people, 40, False, date(2026, 3, 1), date(2026, 3, 1))
    registration.count(wp, when, "school-lunch", counts)


def test_an_incident_judges_every_affair_of_the_body_anew(tmp_path: Any) -> None:
    """Known on a leap day; it weighs for a year, and then the body is asked."""
    wp = umihara_until("publish", tmp_path)
    counted(wp, "2028-02-01T09:00")
    office = at(wp, "isobe", "2028-02-29T15:00")
    typed = {"known": "2028-02-29", "summary": ODD, "people": "100", "contractor": "株式会社しぶき"}
    wrong(
        office.post("/incidents", "/incidents", typed | {"known": "2028-03-01"}, 422),
        "known",
        "まだ",
    )
    late = typed | {"known": "2028-02-01", "occurred": "2028-02-02"}
    wrong(office.post("/incidents", "/incidents", late, 422), "occurred", "知った日より後")
    wrong(office.post("/incidents", "/incidents", typed | {"major": "1"}, 422), "reason", "理由")
    shown = office.post("/incidents", "/incidents", typed)
    expect_words(shown, "しきい値判断は変わりません", "本人の数が101人未満", "株式会社しぶき")
    shown = office.post("/incidents", "/incidents", typed | {"people": "101"})
    expect_words(shown, "2件の事務を判断し直しました", "令和11年2月28日まで含めます", "0日前")
    expect_words(
        shown,
        "「基礎項目評価の実施が義務付けられる」から「基礎項目評価及び重点項目評価",
        "＝ 変わりません",
    )
    steps = [
        item.text_content().strip()
        for item in shown.iter("li")
        if "これから" in item.text_content()
    ]
    assert [step.split("　")[-1] for step in steps] == [
        "基礎項目評価書を修正し、提出し、公表する",
        "全項目評価書を修正し、提出し、公表する",
        "基礎項目評価書を提出し、公表する",
        "重点項目評価書を提出し、公表する",
    ]
    later = at(wp, "isobe", "2028-04-10T09:00")
    expect_words(later.get("/"), "重大事故の後の修正・提出・公表を進める", "41日です")
    expect_words(later.get("/affairs/school-lunch"), "重大事故を含めて判断しています", "（41日前）")
    # a new count within the year is judged with the incident, whatever is ticked
    counts = {"people": "60000", "counted_people": "2028-04-01", "counted_handlers": "2028-04-01"}
    here = "/affairs/school-lunch"
    shown = later.send(*later.filled(here, f"{here}/counts", counts | {"incident": ""}))
    expect_words(shown, "重大事故の発生（発生を知ったことを含む。）はあり")
    # after the year nothing changes by itself
    last = at(wp, "isobe", "2029-02-28T09:00")
    expect_no_words(last.get("/incidents/2"), "1年を過ぎた後の判断")
    after = at(wp, "isobe", "2029-03-01T09:00")
    expect_words(after.get("/"), "しきい値判断をやり直すかを決める")
    expect_words(after.get(here), "重大事故の発生（発生を知ったことを含む。）はあり")
    decide = "/incidents/2/decisions"
    wrong(after.post("/incidents/2", decide, status=422), "reason", "理由")
    kept = {"affairs": "school-aid", "decision": "KEPT", "reason": "任意に続けるため"}
    expect_words(
        after.post("/incidents/2", decide, kept), "いまの評価書のままとする", "任意に続ける"
    )
    anew = {"decision": "ANEW", "reason": "1年を過ぎたため"}
    expect_words(after.post("/incidents/2", decide, anew), "判断し直す", "1年を過ぎたため")
    expect_words(after.get(here), "重大事故の発生（発生を知ったことを含む。）はなし")
    expect_no_words(after.get("/"), "しきい値判断をやり直すかを決める")
    sound(wp)


def test_an_incident_recorded_by_mistake_judges_back(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    counted(wp, "2026-06-01T09:00")
    office = at(wp, "isobe", "2026-06-02T09:00")
    typed = {"known": "2026-06-01", "summary": "誤送付", "people": "300"}
    office.post("/incidents", "/incidents", typed)
    here = "/incidents/1/correction"
    wrong(correct(office, here, 422, major=""), "reason", "理由")
    correct(office, here, major="", reason="自らの職員の分だけと分かった。")
    expect_words(office.get("/affairs/school-lunch"), "はなしであるため")
    correct(office, here, major="1", reason="住民の分も含まれていた。")
    expect_words(office.get("/affairs/school-lunch"), "はありであるため")
    withdraw(office, here)
    expect_words(office.get("/affairs/school-lunch"), "はなしであるため")
    expect_words(office.get("/incidents"), "記録はありません。")
    sound(wp)


def test_counts_have_a_history_and_more_can_be_supposed(tmp_path: Any) -> None:
    wp = umihara_until("publish", tmp_path)
    counted(wp, "2026-06-01T09:00", 90_000)
    writer = at(wp, "shiomi", "2026-06-02T09:00")
    here = "/affairs/school-lunch/what-if"
    expect_words(writer.get(here), "90,000人", "記録されません")
    shown = writer.get(f"{here}?people=30%2C000&handlers=&incident=")
    expect_words(shown, "判断が変わります", "120,000人", "基礎項目評価及び重点項目評価")
    expect_words(writer.get(f"{here}?people=5000&handlers=-10&incident="), "変わりません", "30人")
    expect_words(writer.get(f"{here}?people=&handlers=&incident=1"), "判断が変わります")
    shown = writer.get(f"{here}?people=三万&handlers=<b>&incident=x")
    wrong(shown, "people", "整数で入力してください")
    assert shown.get_element_by_id("handlers").get("value") == "<b>"
    expect_words(
        writer.get("/affairs/school-lunch"), "人数の記録　1件", "90,000人（令和8年3月1日時点）"
    )
    with wp.store.read() as session:
        assert len(queries.affairs.threshold_facts(session, 2)) == 1


def test_one_officer_of_a_small_town_answers_for_many_at_once(tmp_path: Any) -> None:
    """Drafter, head and office in one: 25 affairs in one post, each recorded by itself."""
    wp = umihara_until("publish", tmp_path)
    office = at(wp, "isobe", "2026-04-01T09:00")
    with wp.store.begin() as session:
        by_hand = By("isobe", "secretariat", datetime(2026, 4, 1, 8, tzinfo=JST))
        for number in range(100, 124):
            new = registration.NewAffair(
                f"town-{number}", str(number), f"事務{number}", BODY, None, {}, ("basic_item",)
            )
            affair = registration.make_affair(session, by_hand, new)
            for one in queries.assessments.of_affair(session, affair.id):
                one.published = one.reassessed = date(2025, 4, 1)
        log.entry(session, by_hand, "affair.register", "town", {})
    expect_words(office.get("/register?stand=due"), "事務100")
    shown = office.post("/reviews", "/reviews", ASK)
    expect_words(shown, "25件のうち 0件", "（担当の課が決まっていない事務）", "教育部学務課")
    here = "/reviews/1/offices/0"
    page = office.get(here)
    ticked = [x.get("value") for x in page.xpath("//input[@name='affairs' and @checked]")]
    assert len(ticked) == 24
    shown = office.post(here, f"{here}/answers", pick={"kind": "UNCHANGED"})
    expect_words(shown, "24件の事務に「変更なし」と回答しました。", "磯部　航")
    given = rows(wp, ReviewAnswer)
    assert len(given) == 24 and {row.confirmed for row in given} == {date(2026, 4, 1)}
    expect_no_words(office.get("/register?stand=due"), "事務100")
    expect_words(office.get("/register"), "令和9年4月1日")
    sound(wp)
