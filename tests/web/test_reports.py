"""定期報告 and the measures of published texts, played in the demonstration's city."""

from __future__ import annotations

import io

import openpyxl

from pia.actions.workplace import Workplace

from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, withdraw, wrong
from .test_reviews import ODD, at, sound

KEY = "nhi-benefits"
HERE = f"/reports/1/documents/{KEY}"


def gathered(wp: Workplace) -> PageClient:
    office = at(wp, "mizukoshi", "2026-05-01T09:00")
    shown = office.post("/reports", "/reports", {"until": "2026-06-30", "note": ODD})
    expect_words(shown, "令和7年度分の定期報告", "国民健康保険", "<i>窓口</i> {{ 7*7 }}")
    return office


def test_every_measure_is_checked_once_and_what_is_not_done_is_told(played: Workplace) -> None:
    late = at(played, "mizukoshi", "2026-05-01T08:00")
    early = {"until": "2026-06-30", "year": "2025"}
    office = gathered(played)
    wrong(late.post("/reports", "/reports", early, 422), "year", "もう始まっています")
    writer = at(played, "morishita", "2026-05-11T09:00")
    expect_words(writer.get("/"), "対策の実施状況を点検する", "令和8年6月30日")
    page = writer.get(HERE)
    cards = [one for one in page.iter("section") if (one.get("id") or "").startswith("measure-")]
    texts = [(one.find("h2").text_content().split("　", 1)[1], one.text_content()) for one in cards]
    assert len(cards) == 87 and len(set(texts)) == 87
    # the same words of one item in three ファイル are one measure
    expect_words(page, "同じ措置の箇所　ほか2か所", "未点検 87")
    some = {"state-1": "NOT", "state-2": "DONE", "evidence-2": "点検簿", "checker": "国保年金課長"}
    wrong(writer.post(HERE, HERE, some, 422), "evidence-1", "理由と予定")
    shown = writer.post(HERE, HERE, some | {"evidence-1": ODD})
    expect_words(shown, "2件の措置の実施状況を記録しました。", "未実施 1", "未点検 85", "点検簿")
    expect_words(writer.get("/"), "未実施の対策を確かめる", "（85件）")
    head = writer.get(f"/assessments/{KEY}@1")
    expect_words(head, "実施していない措置があります。", "未実施 1件")
    shown = writer.post(HERE, HERE, {"rest": "1", "state-1": "PART"})
    expect_words(shown, "86件の措置", "一部 1", "未点検 0", "前の記録　1件", "未実施")
    expect_no_words(writer.get("/"), "未実施の対策を確かめる", "（85件）")
    # nothing changed: nothing is recorded
    expect_words(writer.post(HERE, HERE), "0件の措置")
    book = openpyxl.load_workbook(io.BytesIO(office.download("/reports/1/sheet.xlsx")))
    lines = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=4)]
    assert [line[7] for line in lines].count("一部") == 1 and len(lines) > 200
    paper = office.client.get("/reports/1/measures.html").get_data(as_text=True)
    assert "未確認" in paper and "一部" in paper
    assert office.download("/reports/1/measures.pdf").startswith(b"%PDF")
    sound(played)


def test_a_report_is_sent_and_received_and_put_right(played: Workplace) -> None:
    office = gathered(played)
    here, sent = "/reports/1", "/reports/1/sent"
    wrong(office.post(here, sent, {"sent": "2026-07-01"}, 422), "sent", "まだ来ていません")
    late = at(played, "mizukoshi", "2026-07-10T09:00")
    expect_words(late.get("/"), "対策の実施状況を点検する", "10日過ぎています")
    days = {"sent": "2026-07-02", "received": "2026-07-01"}
    wrong(late.post(here, sent, days, 422), "received", "報告した日より前")
    shown = late.post(here, sent, {"sent": "2026-07-02", "document_number": "情政第90号"})
    expect_words(shown, "令和8年7月2日", "情政第90号")
    shown = late.post(here, sent, {"received": "2026-07-08", "receipt": ODD})
    expect_words(shown, "令和8年7月8日", "<i>窓口</i> {{ 7*7 }}")
    correct(late, "/reports/1/correction", received="2026-07-07")
    expect_words(late.get(here), "令和8年7月7日", "直した記録")
    correct(late, "/reports/1/correction", sent="", received="", receipt="")
    withdraw(late, "/reports/1/correction")
    expect_words(late.get("/reports"), "まだ取りまとめていません。")
    sound(played)
