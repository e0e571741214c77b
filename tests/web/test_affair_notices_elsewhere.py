"""The notices of another town: its own ordinance and words, half years, numbers that begin anew at
the end of a year, a 評価書 of the same affair, the members' screens; and a town without one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.store.upkeep import fsck

from .. import shared
from .client import PageClient, expect_no_words, expect_words
from .second_town import VACCINE, Town, settle
from .test_affair_notices import address_of, wrong
from .test_public import zone

ORDINANCE = "白波市個人情報保護法施行条例"


@pytest.fixture
def shiranami(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.once("shiranami-settled.db", _settled), tmp_path)
    yield wp
    wp.store.close()


def _settled(file: Path) -> None:
    import shutil

    shutil.copy(shared.blank(), file)
    wp = shared.workplace_at(f"sqlite:///{file}")
    settle(wp)
    wp.store.close()


def kept(town: Town, **more: str) -> None:
    values = {"kept": "1", "ordinance": ORDINANCE, "article": "第7条第2項", "months": "6"}
    town.office(
        "/notices/rules",
        "/notices/rules/1",
        {**values, "first_month": "4", "council": "1", **more},
    )


def test_a_town_without_the_ordinance_has_no_notices(shiranami: Workplace) -> None:
    town = Town(shiranami)
    office, writer = town.person("kazama"), town.person("ogata")
    expect_words(office.get("/notices"), "届出を使う実施機関はありません。", "「届出の設定」")
    expect_no_words(writer.get("/notices"), "開始の届出を書く", "「届出の設定」")
    expect_words(writer.get("/notices/new", 404), "届出を使わない設定になっています")
    public = zone(shiranami, datetime(2023, 10, 3, 9, tzinfo=JST))
    expect_no_words(public.get("/"), "登録簿")
    expect_words(public.get("/registers/affairs"), "公開している機関はありません")
    page = office.post("/notices/rules", "/notices/rules/1", {"kept": "1"}, 422)
    wrong(page, "ordinance", "条例の名称を入力してください。")


def test_its_own_words_and_the_new_year(shiranami: Workplace) -> None:
    town = Town(shiranami)
    kept(town)
    form = {
        "R-1-label": "事務名",
        "R-3-label": "だれの情報か",
        "R-7-place": "0",
        "R-4-options": "氏名\n船舶の名称\nその他（　）",
        "R-4-place": "1",
        "added": "所管する支所",
    }
    town.office("/notices/rules/1/form", "/notices/rules/1/form", form)
    page = town.person("kazama").get("/notices/rules/1/form")
    lost = {"R-1-place": "0"}
    refused = town.person("kazama").post(
        "/notices/rules/1/form", "/notices/rules/1/form", lost, 422
    )
    wrong(refused, "R-1-place", "なくせません")
    expect_words(page, "だれの情報か", "所管する支所")
    town.at("2024-03-29T09:00")
    first = {
        "R-1": "係船の許可",
        "R-2": "許可のため。",
        "R-3": "船の持ち主",
        "R-4": ["1"],
        "R-101": "港支所",
    }
    told = town.do("ogata", "/notices/new", "/notices/new", first)
    assert "令和5年度第1号" in told and "船舶の名称" in told and "だれの情報か" in told
    town.at("2024-04-01T09:00")
    second = first | {"R-1": "潮干狩りの受付"}
    assert "令和6年度第1号" in town.do("ogata", "/notices/new", "/notices/new", second)
    here = address_of(town.person("ogata"), "係船")
    # The form changes once more: the notice of before keeps its words, the next has the new ones.
    town.office("/notices/rules/1/form", "/notices/rules/1/form", {"R-3-label": "対象となる方"})
    expect_words(town.person("ogata").get(here), "だれの情報か")
    told = town.do("ogata", f"{here}/change", f"{here}/change", {"R-3": "船の所有者"})
    assert "対象となる方：船の持ち主→船の所有者" in told and "令和6年度第2号" in told
    office = town.person("kazama")
    shown = office.post(
        "/notices/reports",
        "/notices/reports/of/1",
        {"first": "2023-10-01", "last": "2024-03-31", "dated": "2024-04-01"},
    )
    expect_words(shown, "開始1件・変更0件・廃止0件（計1件）")
    expect_words(office.get("/notices/reports"), "令和6年4月1日")
    values = [field.get("value") for field in office.get("/notices/reports").iter("input")]
    assert "2024-09-30" in values  # half a year, counted from April
    letter = office.client.get("/notices/reports/1/letter.html").get_data(as_text=True)
    assert f"{ORDINANCE}第7条第2項" in letter and "白波市個人情報保護審査会" in letter
    assert fsck.check(shiranami.store, deep=True) == []


def test_members_see_what_is_new_on_their_screens(shiranami: Workplace) -> None:
    town = Town(shiranami)
    kept(town)
    first = {"R-1": "係船の許可", "R-2": "許可のため。", "R-3": "船の持ち主", "R-4": ["0"]}
    town.do("ogata", "/notices/new", "/notices/new", first)
    here = address_of(town.person("ogata"), "係船")
    town.do("ogata", f"{here}/change", f"{here}/change", {"R-4": ["0", "4"]})
    town.at("2023-10-12T09:00")
    days = {"first": "2023-10-01", "last": "2023-10-11", "dated": "2023-10-12"}
    town.office("/notices/reports", "/notices/reports/of/1", days)
    member = town.person("tsuda")
    assert member.client.get("/notices/reports/1").status_code == 404
    assert member.client.get(here).status_code in (403, 404)
    sitting = town_sitting(town)
    town.office("/notices/reports/1", "/notices/reports/1/sitting", {"sitting": sitting})
    agenda = member.get("/referrals")
    title = f"{ORDINANCE}に係る個人情報取扱事務の報告について"
    expect_words(agenda, "【報告】", title)
    (link,) = [a.get("href") for a in agenda.iter("a") if title in a.text_content()]
    item = member.get(link)
    expect_words(item, "開始1件・変更1件・廃止0件")
    shown = member.get("/notices/reports/1")
    expect_words(shown, "記録項目：＋電話番号", "係船の許可")
    expect_no_words(shown, "この報告を取り消す", "会議の議題にする")
    expect_words(member.get("/notices/reports/1/sheets"), "個人情報取扱事務変更届出書")
    assert member.client.get("/notices/reports/1.xlsx").status_code == 403


def town_sitting(town: Town) -> str:
    """A sitting of the council that is to come."""
    about = {
        "council": "1",
        "name": "第2回審査会",
        "day": "2023-10-20",
        "opens": "10:00",
        "place": "市役所大会議室",
        "title0": "開会の準備",
    }
    town.office("/sittings/new", "/sittings/new", about)
    return "1"


def test_an_affair_with_an_assessment_shows_what_differs(shiranami: Workplace) -> None:
    town = Town(shiranami)
    kept(town)
    first = {"R-1": VACCINE, "R-2": "接種のため。", "R-3": "接種を受ける者", "R-4": ["0"]}
    town.do("ogata", "/notices/new", "/notices/new", first)
    here = address_of(town.person("ogata"), "接種を受ける者")
    town.office(here, f"{here}/affair", {"affair": "vaccine"})
    page = town.person("ogata").get(here)
    expect_words(page, "評価書と違うところ", "接種を受ける者", "市内に住所を有する者")
    rows = [row.text_content() for row in page.iter("tr")]
    assert not [row for row in rows if "事務の名称" in row and VACCINE in row and "評価" in row]
    told = town.do("ogata", f"{here}/change", f"{here}/change", {"R-3": "市内に住所を有する者"})
    assert "対象となる本人" not in told
    town.office(here, f"{here}/affair", {"affair": ""})
    expect_words(town.person("ogata").get(here), "結び付けていません")


def test_the_empty_list_is_read_back(shiranami: Workplace) -> None:
    town = Town(shiranami)
    kept(town)
    office = town.person("kazama")
    book = openpyxl.load_workbook(io.BytesIO(office.download("/notices/list/1.xlsx")))
    head = [cell.value for cell in book.active[3]]
    said = {
        "届出の種類": "開始",
        "届出日": "令和5年10月2日",
        "所属": "健康部こども保健課",
        "個人情報取扱事務の名称": "健診の予約",
        "利用目的": "予約のため。",
        "対象者の範囲": "予約をした者",
        "記録項目": "氏名、電話番号",
        "電算処理": "する",
    }
    for name, words in said.items():
        book.active.cell(4, head.index(name) + 1).value = words
    out = io.BytesIO()
    book.save(out)
    sent = {"body": "1", "list": (io.BytesIO(out.getvalue()), "届出.xlsx")}
    shown = office.post("/notices/import", "/notices/import", sent, 200)
    expect_words(shown, "1件を読みました。")
    expect_no_words(shown, "読まなかったセル", "このままでは取り込めない行")
    take(office, shown)
    expect_words(office.get(address_of(office, "予約をした者")), "氏名、電話番号", "令和5年度第1号")


def take(page: PageClient, shown: object) -> None:
    form = next(
        one
        for one in shown.iter("form")  # type: ignore[attr-defined]
        if one.get("action").endswith("/take")
    )
    page.send("/notices/import/take", page.fields(form))
