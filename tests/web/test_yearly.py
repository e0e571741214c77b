"""年次点検 of 汐見町: accounts confirmed by each head, what changed after, privileged acts of a year, clocks; as pages and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import event

from pia import config
from pia.actions import access, registering, yearly
from pia.actions.workplace import Workplace
from pia.documents import listing
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.web import create_app
from tests.shared import by_hand

from .. import shared
from .client import PageClient

AT = datetime(2028, 4, 3, 0, 30, tzinfo=JST)
ADMIN = By("oda", "administrator", AT)
BODY = "汐見町長"
PEOPLE = (
    ("funado", "船戸 岬", "secretariat", "総務課"), ("kuki", "久木 澄", "head", "住まい課"), ("hama", "浜 汀", "drafter", "住まい課"), ("oda", "小田 漣", "administrator", None),
    ("seki", "関 汐里", "auditor", None), ("nami", "波 静", "head", "福祉課"),
)  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.blank(), tmp_path)
    for name, shown, role, department in PEOPLE:
        registering.add_account(wp, ADMIN, name, shown, role, BODY, department)
    yield wp
    wp.store.close()


def page(wp: Workplace, name: str, at: datetime = AT, **settings: str) -> PageClient:
    return PageClient(create_app(wp, config.load(settings), lambda: at), name)


def standing(wp: Workplace, at: datetime = AT) -> dict[str, str]:
    return {o.name: o.standing for o in yearly.inventory(wp, at.date())}


def test_each_head_confirms_and_a_change_after_it_shows(town: Workplace) -> None:
    head = page(town, "kuki")
    said = head.get("/yearly").text_content()
    assert "浜 汀" in said and "評価書を書く" in said and "波 静" not in said and "船戸" not in said, "a head sees their own department"
    head.post("/yearly", "/yearly", {"remark": "浜は5月に異動の予定です。"})
    assert standing(town) == {"総務課": "未確認", "住まい課": "確認済み", "福祉課": "未確認", yearly.WITHOUT: "未確認"}
    access.set_role(town, ADMIN, "hama", "head")
    office = page(town, "oda", AT + timedelta(days=1))
    said = office.get("/yearly").text_content()
    assert "確認のあと変更" in said and "その後に変わった利用者：hama" in said and "浜は5月に異動の予定です。" in said and "まだ確かめていない所属：総務課、住まい課、福祉課" in said
    head.post("/yearly", "/yearly")
    assert standing(town)["住まい課"] == "確認済み"
    assert standing(town, AT.replace(year=2029))["住まい課"] == "未確認", "the next 年度 begins anew"


def test_the_administrator_confirms_only_where_nobody_else_can(town: Workplace) -> None:
    office = page(town, "oda")
    number = next(o.number for o in yearly.inventory(town, AT.date()) if o.name == "総務課")
    office.post("/yearly", f"/yearly/departments/{number}")
    office.post("/yearly", "/yearly")
    assert standing(town) == {"総務課": "確認済み", "住まい課": "未確認", "福祉課": "未確認", yearly.WITHOUT: "確認済み"}
    found = {o.name: o for o in yearly.inventory(town, AT.date())}
    for by, name in ((ADMIN, "住まい課"), (By("nami", "head", AT), "住まい課"), (By("nami", "head", AT), yearly.WITHOUT)):
        with pytest.raises(PiaError):
            yearly.confirm(town, by, found[name].number, "", yearly.mark(found[name]))
    assert standing(town)["住まい課"] == "未確認"


def test_what_changed_since_the_page_was_opened_is_not_confirmed(town: Workplace) -> None:
    head = page(town, "kuki")
    form = head.fields(next(f for f in head.get("/yearly").iter("form") if f.get("action") == "/yearly"))
    access.set_active(town, ADMIN, "hama", False)
    shown = head.send("/yearly", form | {"remark": "確かめました"}, 422).text_content()
    assert "画面を開いた後に、利用者が変わりました" in shown and "確かめました" in shown and standing(town)["住まい課"] == "未確認"


def test_only_those_who_may(town: Workplace) -> None:
    for name, url, status in (("funado", "/yearly", 403), ("hama", "/yearly", 403), ("kuki", "/yearly/acts", 403), ("seki", "/yearly", 200), ("seki", "/yearly/acts", 200)):
        page(town, name).get(url, status)
    shown = page(town, "seki").get("/yearly")
    assert not [f for f in shown.iter("form") if "/yearly" in f.get("action")], "the auditor looks and confirms nothing"


def test_the_table_as_files(town: Workplace) -> None:
    seen = page(town, "seki").client
    rows = list(csv.reader(io.StringIO(seen.get("/yearly/accounts.csv").data.decode("utf-8-sig"))))
    assert len(rows) == 3 + len(PEOPLE) and rows[2][:3] == ["所属", "利用者", "サインインの名前"] and {row[2] for row in rows[3:]} == {p[0] for p in PEOPLE}
    book = openpyxl.load_workbook(io.BytesIO(seen.get("/yearly/accounts.xlsx").data))
    assert [[c or "" for c in row] for row in book.worksheets[1].iter_rows(min_row=4, values_only=True)] == rows[3:]
    theirs = list(csv.reader(io.StringIO(page(town, "kuki").client.get("/yearly/accounts.csv").data.decode("utf-8-sig"))))
    assert {row[2] for row in theirs[3:]} == {"kuki", "hama"}
    page(town, "seki").get("/yearly/accounts.pdf", 404)
    made = [listing.write("xlsx", "表", ["x"], ["a"], [["=1+1"], ["@x"]]) for _ in range(2)]
    assert made[0] == made[1] and openpyxl.load_workbook(io.BytesIO(made[0])).active["A4"].value == "=1+1"
    assert b"'=1+1" in listing.write("csv", "表", [], ["a"], [["=1+1"]])


def test_privileged_acts_of_a_year(town: Workplace) -> None:
    access.set_active(town, By("oda", "administrator", AT), "hama", False)
    access.set_role(town, By("oda", "administrator", datetime(2029, 4, 1, 0, 0, tzinfo=JST)), "hama", "head")
    with town.store.begin() as s:
        from pia.store import log

        log.entry(s, By("oda", "administrator", AT), "opinion.erase", "1/2", {})
    assert "account.role" not in {e.action for e in yearly.acts(town, 2028)} and {e.action for e in yearly.acts(town, 2029)} == {"account.role"}
    assert {"opinion.erase", "account.add", "account.active"} <= {e.action for e in yearly.acts(town, 2028)} and not yearly.acts(town, 2027)
    later = page(town, "seki", datetime(2029, 5, 1, tzinfo=JST))
    said = later.get("/yearly/acts?year=2028&action=account.active").text_content()
    assert "利用の停止・再開" in said and "1件、新しいものから" in said and "令和10年度" in said
    assert "opinion.erase" in later.client.get("/yearly/acts.csv?year=2028&actor=oda").data.decode()
    assert later.get("/yearly/acts?year=9999&action=x&actor=nobody").text_content().count("記録はありません。") == 1


def test_the_clocks_and_the_reach_of_the_record(town: Workplace) -> None:
    said = page(town, "seki", datetime.now(JST)).get("/yearly/acts").text_content()
    assert "データベース" in said and "合わせてください" not in said and "時刻サーバー" not in said and "初めの記録" in said
    said = page(town, "seki", datetime.now(JST) + timedelta(minutes=5)).get("/yearly/acts").text_content()
    assert "合わせてください" in said, "a clock that is off is said"
    said = page(town, "seki", datetime.now(JST), PIA_TIME_SERVER="127.0.0.1:9").get("/yearly/acts").text_content()
    assert "答えがありません" in said


def test_statements_do_not_grow_with_people(town: Workplace) -> None:
    def counted() -> int:
        asked: list[str] = []
        note = lambda *a: asked.append(a[2])  # noqa: E731
        event.listen(town.store.engine, "before_cursor_execute", note)
        yearly.inventory(town, AT.date())
        event.remove(town.store.engine, "before_cursor_execute", note)
        return len(asked)

    few = counted()
    with by_hand(town.store) as s:
        from pia.store.bodies import Account

        s.add_all(Account(name=f"more{n}", shown=f"増 {n}", role="drafter") for n in range(40))
    assert counted() == few <= 8
