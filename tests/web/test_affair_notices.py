"""個人情報取扱事務の届出 through the pages: the minutes' period, what is refused, corrections,
lists from workbooks, the council's tablets, the public register."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import html

from pia import registers
from pia.actions.records import registers as records
from pia.actions.steps import affair_lists as lists
from pia.actions.steps import affair_notices as acts
from pia.actions.steps import affair_reports as reports
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.domain.errors import PiaError, Unfit
from pia.store import queries
from pia.store.ledger import log
from pia.store.rows.registers import RegisterVersion
from pia.store.upkeep import fsck

from .. import minutes_period as period
from .. import shared
from .client import PageClient, expect_words
from .test_public import zone

FORM = registers.shipped("affair")


@pytest.fixture
def wakaba(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(period.played(), tmp_path)
    yield wp
    wp.store.close()


def test_the_counts_of_the_minutes_come_out(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, date(2024, 7, 4))
    rows = []
    for line in page.get("/notices/reports").iter("tr"):
        cells = [" ".join(cell.text_content().split()) for cell in line]
        rows.append(cells)
    told = {(row[1], row[2]): tuple(row[3:]) for row in rows[1:]}
    assert told[(period.MAYOR, "令和6年1月9日")] == ("22件", "104件", "14件")
    assert told[(period.MAYOR, "令和6年3月1日")] == ("5件", "7件", "0件")
    assert told[(period.MAYOR, "令和6年5月9日")] == ("28件", "164件", "14件")
    assert told[(period.MAYOR, "令和6年7月3日")] == ("12件", "106件", "7件")
    of_assembly = [row[3:] for row in rows[1:] if row[1] == period.ASSEMBLY]
    assert of_assembly == [["0件", "0件", "3件"], ["0件", "1件", "0件"], ["2件", "0件", "0件"]]
    expect_words(page.get("/notices/reports"), "令和6年7月1日")


DAY = date(2024, 7, 8)
NEW = {
    "R-1": "<i>見守り</i>の登録",
    "R-2": "見守りの協力者に連絡するため。",
    "R-3": "登録した者",
    "R-4": ["0", "4"],
}


def wrong(page: html.HtmlElement, field: str, words: str) -> None:
    """What is wrong stands at its field."""
    expect_words(page.get_element_by_id(f"{field}-wrong"), words)


def address_of(page: PageClient, words: str) -> str:
    """The address of the one affair whose text has these words."""
    shown = page.get(f"/notices?department=&state=all&q={words}")
    (link,) = [a.get("href") for a in shown.iter("a") if (a.get("href") or "")[9:].isdigit()]
    return str(link)


def begun(wp: Workplace) -> tuple[PageClient, str]:
    """A 開始届出書 of a department, through its form."""
    page = period.page_of(wp, DAY, "onodera")
    shown = page.post("/notices/new", "/notices/new", NEW)
    expect_words(shown, "開始の届出を記録しました。", "<i>見守り</i>の登録", "氏名、電話番号")
    return page, address_of(page, "見守りの協力者に")


def test_a_department_begins_changes_and_ends(wakaba: Workplace) -> None:
    page, here = begun(wakaba)
    expect_words(page.get(here), "令和6年度第2", "取扱中", "高齢福祉課")
    values = {"R-4": ["0"], "R-4-note-26": "", "R-13": "5年", "why": "見直し"}
    shown = page.post(f"{here}/change", f"{here}/change", values)
    expect_words(shown, "記録項目：－電話番号／保存期間：（記載なし）→5年", "理由：見直し")
    wrong(page.post(f"{here}/end", f"{here}/end", {}, 422), "why", "「廃止の理由」を入力")
    shown = page.post(f"{here}/end", f"{here}/end", {"why": "終わったため"})
    expect_words(shown, "廃止の届出を記録しました。", "廃止のときの記載")
    again = page.post(f"{here}/change", f"{here}/change", {"R-13": "6年"}, 422)
    expect_words(again, "廃止の届出がされています")
    assert fsck.check(wakaba.store, deep=True) == []


def test_what_is_refused_is_said_at_its_field_and_changes_nothing(wakaba: Workplace) -> None:
    page, here = begun(wakaba)
    to = "/notices/new"
    before = queries_count(wakaba)
    wrong(page.post(to, to, NEW, 422), "R-1", "もう届けられています")
    wrong(page.post(to, to, NEW | {"R-1": "別", "R-4": []}, 422), "R-4", "「記録項目」を入力")
    late = NEW | {"R-1": "別", "filed": "2024-07-09"}
    wrong(page.post(to, to, late, 422), "filed", "まだ来ていません")
    wrong(page.post(to, to, NEW | {"R-1": ""}, 422), "R-1", "の名称」を入力")
    same = page.post(f"{here}/change", f"{here}/change", {}, 422)
    expect_words(same, "前の届出と同じ内容です")
    old = {"filed": "2024-07-07", "R-13": "1年"}
    wrong(page.post(f"{here}/change", f"{here}/change", old, 422), "filed", "より前です")
    number = page.post(to, to, NEW | {"R-1": "別", "R-2": "123456789018"}, 422)
    wrong(number, "R-2", "個人番号")
    assert queries_count(wakaba) == before


def queries_count(wp: Workplace) -> int:
    with wp.store.read() as session:
        return session.query(RegisterVersion).count()


def test_a_closed_department_and_another_s_affair(wakaba: Workplace) -> None:
    office = period.page_of(wakaba, DAY)
    _, here = begun(wakaba)
    other = period.page_of(wakaba, DAY, "kijima")
    told = other.get(f"{here}/change")
    assert not [one for one in told.iter("option") if one.text_content() == "高齢福祉課"]
    with wakaba.store.begin() as session:
        closed = queries.departments.named(session, 1, "農政課")
        assert closed is not None
        closed.closed = date(2024, 4, 1)
        log.entry(session, period.at(DAY), "test.write", "x")
        number = closed.id
    new = acts.NewAffairNotice("BEGIN", 1, period.text(FORM, "新", random.Random(1)), number, DAY)
    with pytest.raises(Unfit, match="「農政課」は令和6年4月1日に廃止されています。"):
        acts.file(wakaba, period.at(DAY), new)
    theirs = acts.NewAffairNotice("END", 1, None, None, DAY, record=int(here[9:]), own=3, why="x")
    with pytest.raises(PiaError, match="ほかの所属の届出です"):
        acts.file(wakaba, period.at(DAY), theirs)
    expect_words(office.get("/notices/new"), "総務課")


def test_a_notice_is_put_right_with_what_was_typed_kept(wakaba: Workplace) -> None:
    page, here = begun(wakaba)
    shown = page.get(here)
    (to,) = [a.get("href") for a in shown.iter("a") if "/correction" in (a.get("href") or "")]
    wrong(page.post(to, to, {"R-3": "登録者"}, 422), "reason", "「訂正の理由」を入力")
    shown = page.post(to, to, {"R-3": "登録者", "reason": "誤字"})
    expect_words(shown, "登録者", "に訂正・取消し", "届出を訂正しました。")
    (again,) = [a.get("href") for a in shown.iter("a") if "/correction" in (a.get("href") or "")]
    back = again.replace("correction", "withdrawal")
    wrong(page.post(again, back, {}, 422), "reason_back", "入力してください")
    page.post(again, back, {"reason_back": "二重に書いた"})
    expect_words(page.get(here), "取消し")
    assert page.client.get("/notices?q=見守りの協力者に").get_data(as_text=True).count("0件") == 1
    assert fsck.check(wakaba.store, deep=True) == []


def test_a_late_notice_goes_into_the_next_report(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, DAY, "onodera")
    shown = page.post("/notices/new", "/notices/new", NEW | {"filed": "2024-06-20"})
    expect_words(shown, "令和6年6月30日までの届出は、もう報告されています。")
    office = period.page_of(wakaba, date(2024, 9, 2))
    to = "/notices/reports/of/1"
    early = {"last": "2024-09-30", "dated": "2024-10-01"}
    wrong(office.post("/notices/reports", to, early, 422), "last", "まだ来ていません")
    before = {"last": "2024-08-31", "dated": "2024-08-30"}
    wrong(office.post("/notices/reports", to, before, 422), "dated", "期間の末日より前です")
    shown = office.post("/notices/reports", to, {"dated": "2024-09-02"})
    expect_words(shown, "令和6年7月1日から令和6年8月31日まで", "開始1件", "このうち1件は、前の期間")
    here = [a.get("href") for a in shown.iter("a") if (a.get("href") or "").endswith("/sheets")]
    number = here[0].split("/")[3]
    words = office.client.get(f"/notices/reports/{number}/letter.html").get_data(as_text=True)
    assert period.ORDINANCE in words and "前の期間に届出があり" in words
    assert office.download(f"/notices/reports/{number}/letter.pdf").startswith(b"%PDF")
    back = f"/notices/reports/{number}/withdrawal"
    office.post(f"/notices/reports/{number}", back, {"reason": "期間の誤り"})
    expect_words(office.get("/notices/reports"), "令和6年7月1日")


def test_a_report_of_206_notices_is_what_is_new(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, DAY)
    shown = page.get("/notices/reports")
    (here,) = [a.get("href") for a in shown.iter("a") if "令和6年3月1日から" in a.text_content()]
    told = page.get(here)
    rows = [row for row in told.iter("tr") if row.find("td") is not None]
    assert len(rows) >= 206
    expect_words(told, "開始28件・変更164件・廃止14件（計206件）")
    only = page.get(f"{here}?kind=CHANGE&office=市民課")
    lines = [row for row in only.iter("tr") if row.find("td") is not None]
    changes = [row for row in lines if "：" in row[-1].text_content()]
    assert 0 < len(changes) < 164
    assert all("市民課" in row[2].text_content() for row in changes)
    sheets = page.get(f"{here}/sheets")
    assert len([one for one in sheets.iter("section") if "sheet-page" in one.get("class")]) == 206
    book = openpyxl.load_workbook(io.BytesIO(page.download(f"{here}.xlsx")))
    assert book.active.max_row == 206 + 3
    counted: list[int] = []
    for url in (here, "/notices", "/notices?q=見守り", f"{here}/sheets"):
        with shared.statements(wakaba) as asked:
            page.get(url)
        counted.append(len(asked))
    assert max(counted) < 45, counted


def test_the_public_register_shows_what_runs(wakaba: Workplace) -> None:
    page, here = begun(wakaba)
    public = zone(wakaba, datetime(2024, 7, 8, 12, tzinfo=JST))
    expect_words(public.get("/"), "個人情報取扱事務登録簿", period.MAYOR)
    expect_words(public.get("/registers/affairs?q=見守りの協力者に"), "1件", "<i>見守り</i>の登録")
    number = here[9:]
    expect_words(public.get(f"/registers/affairs/{number}"), "見守りの協力者に連絡するため。")
    page.post(f"{here}/end", f"{here}/end", {"why": "秘密の理由"})
    expect_words(public.get(f"/registers/affairs/{number}", 404), "登録簿にありません")
    book = openpyxl.load_workbook(io.BytesIO(public.download("/registers/affairs.xlsx")))
    words = [str(cell.value) for row in book.active.iter_rows() for cell in row]
    assert "<i>見守り</i>の登録" not in words and len(words) > 500


def test_half_of_a_list_that_cannot_be_read_takes_nothing_in(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, DAY)
    before = queries_count(wakaba)
    rows = [
        ["届出の種類", "届出日", "所属", "個人情報取扱事務の名称", "利用目的", "謎の列"],
        ["開始", "令和6年7月1日", "農政課", "農園の利用登録", "利用の案内のため。", "甲"],
        ["開始", "7月ごろ", "農政課", "苗の配布", "配布のため。", ""],
        ["変更", "令和6年7月2日", "ない課", "苗の販売", "販売のため。", ""],
        ["中止", "令和6年7月2日", "農政課", "苗の貸出", "貸出のため。", ""],
        ["廃止", "令和6年7月3日", "農政課", "農園の見回り", "", ""],
    ]
    shown = page.post("/notices/import", "/notices/import", listed(rows), 200)
    expect_words(shown, "5件を読みました。", "このままでは取り込めない行（3件）", "F1「謎の列」")
    expect_words(shown, "B3「7月ごろ」：日付として読めません", "所属「ない課」は", "A5「中止」")
    assert not [one for one in shown.iter("form") if one.get("action").endswith("/take")]
    book = listed(rows)["list"]
    assert isinstance(book, tuple)
    kept = lists.kept_file(wakaba, period.at(DAY), "一覧.xlsx", book[0].getvalue())
    with pytest.raises(PiaError, match="取り込めない行があります。"):
        lists.take(wakaba, period.at(DAY), 1, kept)
    assert queries_count(wakaba) == before
    good = [rows[0], rows[1], rows[5]]
    shown = page.post("/notices/import", "/notices/import", listed(good), 200)
    expect_words(shown, "開始の届出が登録されていません。移行前の届出として取り込みます。")
    expect_words(shown, "「対象者の範囲・記録項目」が書かれていません。")
    form = next(one for one in shown.iter("form") if one.get("action").endswith("/take"))
    page.send("/notices/import/take", page.fields(form))
    expect_words(page.get("/notices?department=&state=all&q=農園"), "2件", "農園の見回り", "廃止")
    assert fsck.check(wakaba.store, deep=True) == []


def test_one_sheet_a_notice_is_read_too(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, DAY)
    sheet = [
        ["個人情報取扱事務開始届出書"],
        ["届出日", "令和6年7月2日"],
        ["所管課", "図書館"],
        ["1 個人情報取扱事務の名称", "読書会の参加者名簿"],
        ["2 利用目的", "連絡のため。"],
        ["3 対象者の範囲", "参加者"],
        ["4 記録項目", "氏名、電話番号、その他（好きな本）、顔の印象"],
        ["どこにも当たらない言葉"],
    ]
    shown = page.post("/notices/import", "/notices/import", listed(sheet), 200)
    expect_words(shown, "1件を読みました。", "開始", "「どこにも当たらない言葉」")
    form = next(one for one in shown.iter("form") if one.get("action").endswith("/take"))
    page.send("/notices/import/take", page.fields(form))
    here = address_of(page, "読書会")
    expect_words(page.get(here), "氏名、電話番号、その他（好きな本）、顔の印象")


def test_a_department_sends_its_own_notices_as_a_workbook(wakaba: Workplace) -> None:
    page = period.page_of(wakaba, DAY, "onodera")
    head = ["届出の種類", "届出日", "所属", "個人情報取扱事務の名称", "利用目的"]
    mine = ["開始", "令和6年7月1日", "高齢福祉課", "茶話会の名簿", "連絡のため。"]
    theirs = ["開始", "令和6年7月1日", "農政課", "苗の配布", "配布のため。"]
    old = ["", "令和6年7月1日", "高齢福祉課", "昔の名簿", "連絡のため。"]
    sent = listed([head, mine, theirs, old])
    shown = page.post("/notices/import", "/notices/import", sent, 200)
    expect_words(
        shown, "あなたの所属を書いてください", "届出の種類（開始・変更・廃止）がありません。"
    )
    shown = page.post("/notices/import", "/notices/import", listed([head, mine]), 200)
    form = next(one for one in shown.iter("form") if one.get("action").endswith("/take"))
    fields = page.fields(form)
    chief = period.page_of(wakaba, DAY)
    for other, looked in ((chief, fields["looked"]), (page, "a" * 64)):
        _, own = other.filled("/notices/import", "/notices/import")
        sent = own | {"body": "1", "looked": looked}
        refused = other.send("/notices/import/take", sent, 422)
        expect_words(refused, "もう一度、ファイルを選んで確かめてください。")
    page.send("/notices/import/take", fields)
    expect_words(page.get(address_of(page, "茶話会")), "開始　令和6年度第")


def listed(rows: list[list[str]]) -> dict[str, object]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return {"body": "1", "list": (io.BytesIO(out.getvalue()), "一覧.xlsx")}


def test_periods_follow_each_other_without_a_gap(wakaba: Workplace) -> None:
    by = period.at(date(2024, 9, 2))
    for first in (date(2024, 6, 30), date(2024, 7, 2)):
        new = reports.NewAffairReport(1, first, date(2024, 8, 31), date(2024, 9, 2))
        with pytest.raises(Unfit, match="期間の初日は令和6年7月1日になります。"):
            reports.make(wakaba, by, new)
    with pytest.raises(PiaError, match="先に、後の報告を取り消してください。"):
        reports.take_back(wakaba, by, 1, "誤り")
    assert reports.period_end(date(2024, 11, 1), 2, 1) == date(2024, 12, 31)
    assert reports.period_end(date(2024, 12, 5), 6, 4) == date(2025, 3, 31)
    assert reports.period_end(date(2024, 2, 1), 1, 4) == date(2024, 2, 29)


def test_what_was_corrected_after_its_report_is_not_reported_again(wakaba: Workplace) -> None:
    with wakaba.store.read() as session:
        told = queries.registers.enclosed(session, 1)[0]
        tree = records.texts(session, [told.id])[told.id]
    again = acts.NewAffairNotice(
        told.act, told.body_id, tree, told.department_id, date(2023, 12, 1), why="別の理由"
    )
    acts.correct(wakaba, period.at(DAY), told.id, again, "日付の誤り")
    number = reports.make(
        wakaba,
        period.at(date(2024, 9, 2)),
        reports.NewAffairReport(told.body_id, None, date(2024, 8, 31), date(2024, 9, 2)),
    )
    with wakaba.store.read() as session:
        assert queries.registers.enclosed(session, number) == []
