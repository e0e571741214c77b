"""年次点検 of 汐見町: accounts confirmed by each head, what changed after, privileged acts of a
year, clocks; as pages and as files."""

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
from pia.actions.people import registration, sign_in
from pia.actions.upkeep import yearly
from pia.actions.workplace import Workplace
from pia.documents.papers import listing
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.web.application import create_app
from tests.shared import by_hand

from .. import shared
from .client import PageClient, expect_words

AT = datetime(2028, 4, 3, 0, 30, tzinfo=JST)
ADMIN = By("oda", "administrator", AT)
BODY = "汐見町長"
PEOPLE = (
    ("funado", "船戸 岬", "secretariat", "総務課"),
    ("kuki", "久木 澄", "head", "住まい課"),
    ("hama", "浜 汀", "drafter", "住まい課"),
    ("oda", "小田 漣", "administrator", None),
    ("seki", "関 汐里", "auditor", None),
    ("nami", "波 静", "head", "福祉課"),
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.blank(), tmp_path)
    for name, shown, role, department in PEOPLE:
        registration.add_account(
            wp, ADMIN, registration.NewAccount(name, shown, role, BODY, department)
        )
    yield wp
    wp.store.close()


def page(wp: Workplace, name: str, at: datetime = AT, **settings: str) -> PageClient:
    return PageClient(create_app(wp, config.load(settings), lambda: at), name)


def standing(wp: Workplace, at: datetime = AT) -> dict[str, str]:
    return {o.name: o.standing for o in yearly.inventory(wp, at.date())}


def test_each_head_confirms_and_a_change_after_it_shows(town: Workplace) -> None:
    head = page(town, "kuki")
    words = head.get("/yearly").text_content()
    assert (
        "浜 汀" in words
        and "評価書を書く" in words
        and "波 静" not in words
        and "船戸" not in words
    ), "a head sees their own department"
    head.post("/yearly", "/yearly", {"remark": "浜は5月に異動の予定です。"})
    assert standing(town) == {
        "総務課": "未確認",
        "住まい課": "確認済み",
        "福祉課": "未確認",
        yearly.WITHOUT: "未確認",
    }
    sign_in.set_role(town, ADMIN, "hama", "head")
    office = page(town, "oda", AT + timedelta(days=1))
    words = office.get("/yearly").text_content()
    assert (
        "確認のあと変更" in words
        and "その後に変わった利用者：hama" in words
        and "浜は5月に異動の予定です。" in words
        and "まだ確かめていない所属：総務課、住まい課、福祉課" in words
    )
    head.post("/yearly", "/yearly")
    assert standing(town)["住まい課"] == "確認済み"
    assert standing(town, AT.replace(year=2029))["住まい課"] == "未確認", (
        "the next 年度 begins anew"
    )


def test_the_administrator_confirms_only_where_nobody_else_can(town: Workplace) -> None:
    office = page(town, "oda")
    number = next(o.number for o in yearly.inventory(town, AT.date()) if o.name == "総務課")
    office.post("/yearly", f"/yearly/departments/{number}")
    office.post("/yearly", "/yearly")
    assert standing(town) == {
        "総務課": "確認済み",
        "住まい課": "未確認",
        "福祉課": "未確認",
        yearly.WITHOUT: "確認済み",
    }
    offices = {o.name: o for o in yearly.inventory(town, AT.date())}
    for by, name in (
        (ADMIN, "住まい課"),
        (By("nami", "head", AT), "住まい課"),
        (By("nami", "head", AT), yearly.WITHOUT),
    ):
        with pytest.raises(PiaError):
            yearly.confirm(town, by, offices[name].number, "", yearly.mark(offices[name]))
    assert standing(town)["住まい課"] == "未確認"


def test_what_changed_since_the_page_was_opened_is_not_confirmed(town: Workplace) -> None:
    head = page(town, "kuki")
    form = head.fields(
        next(f for f in head.get("/yearly").iter("form") if f.get("action") == "/yearly")
    )
    sign_in.set_active(town, ADMIN, "hama", False)
    shown = head.send("/yearly", form | {"remark": "確かめました"}, 422).text_content()
    assert (
        "画面を開いた後に、利用者が変わりました" in shown
        and "確かめました" in shown
        and standing(town)["住まい課"] == "未確認"
    )


def test_only_those_who_may(town: Workplace) -> None:
    for name, url, status in (
        ("funado", "/yearly", 403),
        ("hama", "/yearly", 403),
        ("kuki", "/yearly/acts", 403),
        ("seki", "/yearly", 200),
        ("seki", "/yearly/acts", 200),
    ):
        page(town, name).get(url, status)
    shown = page(town, "seki").get("/yearly")
    assert not [f for f in shown.iter("form") if "/yearly" in f.get("action")], (
        "the auditor looks and confirms nothing"
    )


def test_the_table_as_files(town: Workplace) -> None:
    seen = page(town, "seki").client
    rows = list(csv.reader(io.StringIO(seen.get("/yearly/accounts.csv").data.decode("utf-8-sig"))))
    assert (
        len(rows) == 3 + len(PEOPLE)
        and rows[2][:3] == ["所属", "利用者", "サインインの名前"]
        and {row[2] for row in rows[3:]} == {p[0] for p in PEOPLE}
    )
    book = openpyxl.load_workbook(io.BytesIO(seen.get("/yearly/accounts.xlsx").data))
    assert [
        [c or "" for c in row] for row in book.worksheets[1].iter_rows(min_row=4, values_only=True)
    ] == rows[3:]
    theirs = list(
        csv.reader(
            io.StringIO(
                page(town, "kuki").client.get("/yearly/accounts.csv").data.decode("utf-8-sig")
            )
        )
    )
    assert {row[2] for row in theirs[3:]} == {"kuki", "hama"}
    page(town, "seki").get("/yearly/accounts.pdf", 404)
    listings = [listing.write("xlsx", "表", ["x"], ["a"], [["=1+1"], ["@x"]]) for _ in range(2)]
    assert (
        listings[0] == listings[1]
        and openpyxl.load_workbook(io.BytesIO(listings[0])).active["A4"].value == "=1+1"
    )
    assert b"'=1+1" in listing.write("csv", "表", [], ["a"], [["=1+1"]])


def test_privileged_acts_of_a_year(town: Workplace) -> None:
    sign_in.set_active(town, By("oda", "administrator", AT), "hama", False)
    sign_in.set_role(
        town, By("oda", "administrator", datetime(2029, 4, 1, 0, 0, tzinfo=JST)), "hama", "head"
    )
    with town.store.begin() as s:
        from pia.store.ledger import log

        log.entry(s, By("oda", "administrator", AT), "opinion.erase", "1/2", {})
    assert "account.role" not in {e.action for e in yearly.acts(town, 2028)} and {
        e.action for e in yearly.acts(town, 2029)
    } == {"account.role"}
    assert {"opinion.erase", "account.add", "account.active"} <= {
        e.action for e in yearly.acts(town, 2028)
    } and not yearly.acts(town, 2027)
    later = page(town, "seki", datetime(2029, 5, 1, tzinfo=JST))
    words = later.get("/yearly/acts?year=2028&action=account.active").text_content()
    assert "利用の停止・再開" in words and "1件、新しいものから" in words and "令和10年度" in words
    assert "opinion.erase" in later.client.get("/yearly/acts.csv?year=2028&actor=oda").data.decode()
    assert (
        later.get("/yearly/acts?year=9999&action=x&actor=nobody")
        .text_content()
        .count("記録はありません。")
        == 1
    )


def test_the_clocks_and_the_reach_of_the_record(town: Workplace) -> None:
    words = page(town, "seki", datetime.now(JST)).get("/yearly/acts").text_content()
    assert (
        "データベース" in words
        and "合わせてください" not in words
        and "時刻サーバー" not in words
        and "初めの記録" in words
    )
    words = (
        page(town, "seki", datetime.now(JST) + timedelta(minutes=5))
        .get("/yearly/acts")
        .text_content()
    )
    assert "合わせてください" in words, "a clock that is off is said"
    words = (
        page(town, "seki", datetime.now(JST), PIA_TIME_SERVER="127.0.0.1:9")
        .get("/yearly/acts")
        .text_content()
    )
    assert "答えがありません" in words


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
        from pia.store.rows.bodies import Account

        s.add_all(Account(name=f"more{n}", shown=f"増 {n}", role="drafter") for n in range(40))
    assert counted() == few <= 8


# ---- a confirmation put right


def test_a_confirmation_is_put_right_with_a_reason_and_the_old_one_stays(town: Workplace) -> None:
    head = page(town, "kuki")
    head.post("/yearly", "/yearly", {"remark": "浜は5月に異動します。"})
    shown = head.post("/yearly", "/yearly/corrections", {"remark": "浜は6月に異動します。"}, 422)
    expect_words(shown, "直す理由を入力してください")
    right = {"remark": "浜は6月に異動します。", "reason": "月の書き誤り"}
    words = head.post("/yearly", "/yearly/corrections", right).text_content()
    assert (
        "浜は6月に異動します。" in words
        and "浜は5月に異動します。" in words
        and "月の書き誤り" in words
    )
    assert standing(town)["住まい課"] == "確認済み"
    head.post("/yearly", "/yearly/corrections", {"reason": "表を見ずに押した", "back": "1"})
    assert standing(town)["住まい課"] == "未確認"
    assert len(yearly.history(town, _number(town, "住まい課"), AT.date())) == 3
    head.post("/yearly", "/yearly", {"remark": ""})
    assert standing(town)["住まい課"] == "確認済み"


def _number(wp: Workplace, name: str) -> int | None:
    return next(o.number for o in yearly.inventory(wp, AT.date()) if o.name == name)


def test_only_who_confirms_puts_a_confirmation_right(town: Workplace) -> None:
    page(town, "kuki").post("/yearly", "/yearly", {"remark": "済み"})
    number = _number(town, "住まい課")
    for by in (ADMIN, By("nami", "head", AT)):
        with pytest.raises(PiaError):
            yearly.correct(town, by, number, "違う", "理由", False)
    with pytest.raises(PiaError, match="まだ記録されていません"):
        yearly.correct(town, By("nami", "head", AT), _number(town, "福祉課"), "x", "理由", False)
    with pytest.raises(PiaError, match="前と同じ"):
        yearly.correct(town, By("kuki", "head", AT), number, "済み", "理由", False)


# ---- answers for the audit


def told(wp: Workplace, at: datetime = AT, **settings: str) -> dict[str, str]:
    """Question → answer as the page's table says them."""
    shown = page(wp, "seki", at, **settings).get("/yearly/answers")
    rows = [row for row in shown.iter("tr") if row.find("th[@scope='row']") is not None]
    return {row[0].text_content(): row[1].text_content() for row in rows}


def test_answers_are_computed_from_the_thing_at_hand(town: Workplace, tmp_path: Path) -> None:
    answers = told(town)
    assert (
        answers["使える利用者の数（役割ごと）"]
        == "管理者 1人、監査 1人、担当者 1人、所属長 2人、事務局 1人"
    )
    assert answers["2つ目の確認を必ず使う人"].startswith("求めていません")
    assert answers["残す年数"].startswith("5年") and "2028年度 7件" in answers["年度ごとの件数"]
    assert answers["最後のバックアップ（pia backup）"] == "記録がありません。"
    assert "ないか弱い" in answers["画面の署名に使う鍵"] and answers["SQLite"].startswith("3.")
    assert {"flask", "sqlalchemy", "argon2-cffi", "cryptography", "zxcvbn"} <= set(answers)
    sign_in.set_active(town, ADMIN, "hama", False)
    later = told(
        town,
        AT + timedelta(days=1),
        PIA_TWO_PERSONS="1",
        PIA_SECRET_KEY="5f0e1d2c3b4a59687786950413223140",
        PIA_SCAN_COMMAND="/bin/true",
    )
    assert (
        later["止めた利用者の数"] == "1人" and "担当者" not in later["使える利用者の数（役割ごと）"]
    )
    assert (
        "2028年度 9件" in later["年度ごとの件数"]
        and later["受け取ったファイルの検査"] == "行っています。"
    )
    assert "鍵が設定されています" in later["画面の署名に使う鍵"]


def test_a_backup_and_a_check_of_the_data_are_on_record(
    town: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from pia.cli.keep import backup_command, fsck_command

    monkeypatch.setenv("PIA_DATABASE_URL", str(town.store.engine.url))
    for command, given in (
        (backup_command, [str(tmp_path / "copy.db")]),
        (fsck_command, ["--deep"]),
    ):
        done = CliRunner().invoke(command, given)
        assert done.exit_code == 0, done.output
    answers = told(town)
    assert answers["最後のバックアップ（pia backup）"] != "記録がありません。"
    assert answers["最後の整合性の検査（pia fsck、損傷なし）"] != "記録がありません。"


def test_what_only_people_know_is_kept_with_who_and_when(town: Workplace) -> None:
    office, url = page(town, "oda"), "/yearly/answers"
    office.post(url, url, {"words": "4月2日に戻せました。"}, pick={"key": "restore"})
    shown = office.post(url, url, {"words": "4月3日に戻せました。"}, 422, {"key": "restore"})
    expect_words(shown, "直す理由を入力してください")
    right = {"words": "4月3日に戻せました。", "reason": "日の書き誤り"}
    words = office.post(url, url, right, pick={"key": "restore"}).text_content()
    assert all(
        w in words
        for w in ("4月3日に戻せました。", "4月2日に戻せました。", "日の書き誤り", "小田 漣")
    )
    assert page(town, "seki").get(url).xpath("count(//form[@action='/yearly/answers'])") == 0
    page(town, "kuki").get(url, 403)


def test_the_answers_as_files(town: Workplace) -> None:
    import docx

    office, url = page(town, "oda"), "/yearly/answers"
    office.post(url, url, {"words": "庁舎地下の汐の間です。"}, pick={"key": "place"})
    body = office.client.get(f"{url}.docx").data
    book = docx.Document(io.BytesIO(body))
    cells = [c.text for row in book.tables[0].rows for c in row.cells]
    assert (
        "庁舎地下の汐の間です。（令和10年4月3日　小田 漣）" in cells
        and "（まだ記入されていません）" in cells
    )
    assert "機密性の区分：機密性２" in [p.text for p in book.paragraphs]
    sheet = openpyxl.load_workbook(io.BytesIO(office.client.get(f"{url}.xlsx").data))
    rows = [
        [c or "" for c in row] for row in sheet.worksheets[1].iter_rows(min_row=4, values_only=True)
    ]
    assert [cell for row in rows for cell in row][:4] == cells[4:8]
    assert office.client.get(f"{url}.pdf").status_code == 404
