"""予定表: the days of a round over a year end in 海原市, a month on the wall, a 年度, closed days,
calendars and drafts for other programs, and an address that somebody reads alone."""

from __future__ import annotations

from datetime import date, datetime
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lxml import html
from sqlalchemy import select

from pia.actions.people import registration, sign_in
from pia.documents.text import icalendar, timeline
from pia.documents.text.icalendar import CalendarEntry
from pia.domain.act import JST, By
from pia.store.rows.bodies import Department
from pia.store.rows.calendar import CalendarFeed, PlannedDay
from pia.store.upkeep import fsck

from ..actions import umihara
from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong

PAGE = f"/rounds/{umihara.LINE}/schedule"
SENT = quote(PAGE, safe="/~")


def unfolded(body: bytes) -> list[str]:
    """The lines of a calendar as a program reads them: no line has more than 75 bytes."""
    assert body.endswith(b"\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    return body.decode().replace("\r\n ", "").split("\r\n")


def days(body: bytes) -> dict[str, str]:
    """What is on in a calendar → its first day."""
    lines = unfolded(body)
    summaries = [line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:")]
    firsts = [line.rpartition(":")[2] for line in lines if line.startswith("DTSTART")]
    return dict(zip(summaries, firsts, strict=True))


def rows(page: html.HtmlElement) -> dict[str, str]:
    """The table of a schedule: what is to be done → its day and how it is known."""
    out = {}
    for row in page.xpath("//table[contains(@class, 'schedule-table')]/tbody/tr"):
        words = " ".join(row.xpath("./th")[0].text_content().split())
        out[words] = " ".join(row.xpath("./td")[0].text_content().split())
    return out


def test_a_schedule_over_the_year_end_takes_the_days_on_record(tmp_path: Any) -> None:
    page = isobe(umihara_until("announce", tmp_path), "2025-12-28T10:00")
    shown = page.get(PAGE)
    told = rows(shown)
    assert told["公示"] == "令和7年12月10日（水） ●済み"
    assert told["意見聴取の末日"] == "令和8年1月15日（木） ■決まった日"
    assert told["公表"] == "令和8年3月31日（火） ○計算した期限"  # the last open day before 4 月
    assert told["変更の実施"] == "令和8年4月1日（水） ◎計画した日"
    expect_words(
        shown, "間に合います。", "次は「意見聴取の末日」で、令和8年1月15日（木）までです。"
    )
    expect_words(shown, "初日と末日を数える", "規則第7条第1項", "未確認", "市の運用")
    drawn = shown.xpath("//*[local-name()='svg'][contains(@class, 'timeline')]")[0]
    assert "意見聴取の末日" in drawn.text_content() and "今日" in drawn.text_content()
    assert drawn.get("role") == "img" and drawn.xpath("./*[local-name()='title']")
    expect_words(page.get(f"/rounds/{umihara.LINE}"), "日程")
    # The change moved to the day after Golden Week: every day is counted anew, over all of it.
    correct(page, f"/rounds/{umihara.LINE}/correction", change_date="2026-05-07")
    moved = rows(page.get(PAGE))
    assert moved["公表"] == "令和8年5月1日（金） ○計算した期限"
    assert moved["提出"] == "令和8年4月23日（木） ○計算した期限"  # 昭和の日 lies between
    expect_words(page.get("/calendar?month=2026-05"), "みどりの日", "変更の実施", "公表")


def test_a_person_chooses_a_day_with_a_reason_puts_it_right_and_takes_it_back(
    tmp_path: Any,
) -> None:
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    typed = {"step": "heard", "day": "2026-04-02", "reason": "委員長の都合"}
    here = page.post(PAGE, SENT, typed, 422)
    wrong(here, "day", "「変更の実施」（令和8年4月1日）より後です。")
    assert here.xpath("//input[@name='reason']/@value") == ["委員長の都合"]
    here = page.post(PAGE, SENT, typed | {"day": "2025-12-09"}, 422)
    wrong(here, "day", "「公示」（令和7年12月10日）より前です。")
    wrong(page.post(PAGE, SENT, typed | {"day": "明日"}, 422), "day", "日付が正しくありません")
    assert "人が決めた日" not in rows(page.get(PAGE))["第三者点検の会議"]

    here = page.post(PAGE, SENT, typed | {"day": "2026-03-17"})
    expect_words(here, "磯部", "委員長の都合", "このままでは間に合いません。")
    told = rows(here)
    late = "第三者点検の会議 ▲ 11開庁日足りません"  # 2 to 17 March, both open, 11 days apart
    assert told[late] == "令和8年3月17日（火） ◆人が決めた日"
    assert told["会議資料の送付"].startswith("令和8年3月10日（火）")
    expect_words(here, "「第三者点検の会議」は令和8年3月2日までに必要で、11開庁日足りません。")
    expect_words(here, "変更の実施は令和8年4月16日からになります。")
    with wp.store.read() as session:
        number = session.scalars(select(PlannedDay.id)).one()
    url = f"/rounds/{umihara.LINE}/planned-days/{number}/correction"
    here = correct(page, url, day="2026-02-26", reason="会場の都合")
    assert rows(here)["第三者点検の会議"].startswith("令和8年2月26日")
    assert rows(here)["会議資料の送付"].startswith("令和8年2月19日")
    expect_no_words(here, "間に合いません")
    assert rows(withdraw(page, url))["第三者点検の会議"] == "令和8年3月2日（月） ○計算した期限"
    assert fsck.check(wp.store, deep=False) == []
    # Who does not keep the office reads the days and is offered no form.
    other = PageClient(page.app, "shiomi")
    assert not other.get(PAGE).xpath("//main//form")
    assert other.client.post(PAGE, data=other.fields(html.Element("form"))).status_code == 403


def test_the_citys_closed_days_move_every_schedule_and_are_put_right(tmp_path: Any) -> None:
    page = isobe(umihara_until("announce", tmp_path), "2025-12-28T10:00")
    url = "/calendar/closings"
    typed = {"first": "2026-03-31", "last": "2026-03-30", "name": "庁舎の移転"}
    wrong(page.post(url, url, typed, 422), "last", "最後の日が、最初の日より前です。")
    here = page.post(url, url, typed | {"first": "2026-03-30", "last": "2026-03-31"})
    expect_words(here, "庁舎の移転", "磯部", "閉庁")
    assert rows(page.get(PAGE))["公表"].startswith("令和8年3月27日（金）")
    wall = page.get("/calendar?month=2026-03")
    expect_words(wall, "令和8年3月の予定", "庁舎の移転", "春分の日", "変更の実施")
    # The same days said to be open after all: the last word counts.
    page.post(url, url, {"first": "2026-03-31", "name": "移転の延期", "opened": "1"})
    assert rows(page.get(PAGE))["公表"].startswith("令和8年3月31日")
    withdraw(page, "/calendar/closings/2/correction")
    correct(page, "/calendar/closings/1/correction", last="2026-03-30", name="移転の準備")
    assert rows(page.get(PAGE))["公表"].startswith("令和8年3月31日")


def test_a_month_on_the_wall_and_a_year_of_all_rounds(tmp_path: Any) -> None:
    page = isobe(umihara_until("announce", tmp_path), "2025-12-28T10:00")
    wall = page.get("/calendar")
    expect_words(wall, "令和7年12月の予定", "公示", "就学援助に関する事務", "年末年始", "今日")
    assert len(wall.xpath("//table[contains(@class, 'wall')]/tbody/tr")) == 5
    expect_words(page.get("/calendar?month=2026-01"), "元日", "成人の日", "意見聴取の末日")
    expect_words(page.get("/calendar?month=2026-05"), "憲法記念日", "みどりの日", "振替休日")
    expect_words(page.get("/calendar?month=2030-01"), "この年の祝日は、まだ決まっていません。")
    expect_words(page.get("/calendar?month=x"), "令和7年12月の予定")
    year = page.get("/calendar/year")
    expect_words(year, "令和7年度の予定", "就学援助に関する事務", "意見聴取の末日", "1月15日")
    # Published on 2021-02-26: its five years are full on 2026-02-26, and done before on the 25th.
    expect_words(year, "2月：5年経過前の再実施（努力義務） 1件")
    expect_words(page.get("/calendar?month=2026-02"), "5年経過前の再実施")
    expect_words(page.get("/calendar/year?department=99"), "この年度に予定のある手続はありません。")
    expect_words(page.get("/calendar/year?year=2040"), "祝日がまだ決まっていない年")


def test_the_first_page_names_a_day_that_is_near_and_one_that_went_by(tmp_path: Any) -> None:
    wp = umihara_until("open", tmp_path)
    near = isobe(wp, "2025-12-08T10:00").get("/")
    expect_words(near, "案の確定の期限")
    gone = isobe(wp, "2026-01-05T10:00").get("/")
    expect_words(gone, "日程が間に合いません：「案の確定」が", "開庁日足りません")
    expect_no_words(isobe(wp, "2025-11-21T10:00").get("/"), "案の確定の期限")


def test_files_for_other_calendars_and_drafts_of_mails(tmp_path: Any) -> None:
    page = isobe(umihara_until("announce", tmp_path), "2025-12-28T10:00")
    answer = page.client.get(f"/rounds/{umihara.LINE}/schedule.ics")
    assert answer.mimetype == "text/calendar" and "attachment" in str(answer.headers)
    listed = days(answer.get_data())
    assert listed["意見聴取の末日（就学援助に関する事務）"] == "20260115"
    assert listed["公表（就学援助に関する事務）"] == "20260331"
    assert b"STATUS:CONFIRMED" in answer.get_data() and b"STATUS:TENTATIVE" in answer.get_data()
    year = days(page.client.get("/calendar/year.ics").get_data())
    listed.pop("変更の実施（就学援助に関する事務）")  # on 1 April, in the next 年度
    assert listed.items() <= year.items() and len(year) > len(listed)
    for address in (
        f"/rounds/{umihara.LINE}/reminder.eml",
        "/calendar/reminder.eml?department=1",
    ):
        answer = page.client.get(address)
        assert answer.mimetype == "message/rfc822", address
        mail = message_from_bytes(answer.get_data(), policy=policy.default)
        assert mail["To"] is None and mail["X-Unsent"] == "1"
        body = mail.get_body()
        assert body is not None and "就学援助に関する事務" in body.get_content()
        (calendar,) = mail.iter_attachments()
        assert "20260115" in days(calendar.get_content().encode()).values()
        assert "磯部" not in body.get_content()
    expect_words(page.get("/calendar/reminder.eml?department=99", 404), "その課はありません。")


def feed_of(page: PageClient) -> str:
    """A new address, as its page shows it this once."""
    made = page.post("/calendar/address", "/calendar/address", {}, 200)
    (address,) = made.xpath("//main//code/text()")
    return urlsplit(address).path


def test_a_secret_address_is_read_with_the_rights_of_now_and_given_up(tmp_path: Any) -> None:
    wp = umihara_until("announce", tmp_path)
    page = isobe(wp, "2025-12-28T10:00")
    first = feed_of(page)
    anybody = page.app.test_client()
    body = anybody.get(first).get_data()
    assert "意見聴取の末日（就学援助に関する事務）" in days(body)
    text = body.decode()
    assert "磯部" not in text and "isobe" not in text and first.split("/")[2][:20] not in text
    with wp.store.read() as session:
        kept = session.scalars(select(CalendarFeed)).one()
        assert len(kept.digest) == 64 and kept.digest not in first
    # A new one ends the one before; nobody can guess another.
    second = feed_of(page)
    assert anybody.get(first).status_code == 404 and anybody.get(second).status_code == 200
    assert anybody.get("/feeds/x.ics").status_code == 404
    # A drafter reads what is their department's; moved to another one, nothing of this one's.
    drafter = PageClient(page.app, "shiomi")
    theirs = feed_of(drafter)
    assert days(anybody.get(theirs).get_data())
    by = By("hama", "administrator", datetime(2025, 12, 28, 11, tzinfo=JST))
    with wp.store.read() as session:
        office = select(Department.id).where(Department.name == "教育部総務課")
        number = session.scalars(office).one()
    registration.correct_account(wp, by, "shiomi", "汐見", number)
    assert days(anybody.get(theirs).get_data()) == {}
    sign_in.set_active(wp, by, "shiomi", False)
    assert anybody.get(theirs).status_code == 404
    page.post("/calendar/address", "/calendar/address/end")
    assert anybody.get(second).status_code == 404
    assert fsck.check(wp.store, deep=False) == []


def test_a_calendar_is_folded_escaped_and_the_same_again() -> None:
    at = datetime(2027, 1, 4, 9, tzinfo=JST)
    summary = "件名；コンマ, セミコロン; 逆斜線\\ 改行\n" + "長" * 60
    entries = [CalendarEntry("a", date(2026, 12, 31), summary, "説明" * 40, fixed=True)]
    body = icalendar.write("予定\x07", entries, at)
    assert body == icalendar.write("予定\x07", entries, at)
    lines = unfolded(body)
    assert "DTSTART;VALUE=DATE:20261231" in lines and "DTEND;VALUE=DATE:20270101" in lines
    assert f"SUMMARY:件名；コンマ\\, セミコロン\\; 逆斜線\\\\ 改行\\n{'長' * 60}" in lines
    assert "DTSTAMP:20270104T000000Z" in lines and "X-WR-CALNAME:予定" in lines


@pytest.mark.parametrize(
    ("day", "place"),
    [("2026-04-01", 0.0), ("2027-01-01", 75.0), ("2027-03-31", 99.73), ("2027-04-01", 100.0)],
)
def test_a_fiscal_year_is_twelve_equal_months(day: str, place: float) -> None:
    assert timeline.of_year(2026, date.fromisoformat(day)) == place
