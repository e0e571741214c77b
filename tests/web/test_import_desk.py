"""Many books brought in together through the pages: each in the right affair, put right in one
table, nothing twice, taken back where nothing followed."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from pia.actions.editing import import_desk
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.document.covers import affair_name, number_of
from pia.domain.errors import PiaError
from pia.store.ledger.log import AuditEntry
from pia.store.rows.assessments import Assessment, Version
from pia.store.rows.bodies import Affair, Body, Department
from pia.store.rows.filing import Publication
from pia.store.rows.imports import ImportBatch, ImportBook
from pia.store.rows.jobs import Job
from pia.store.upkeep import fsck

from .. import shared
from . import first_day
from .client import PageClient, expect_no_words, expect_problem, expect_words, said
from .first_day import BOARD, MAYOR, Book
from .naughty import SHORT
from .second_story import Town
from .test_public import PublicClient

HERE = "/import/1"
BASIC = Book(
    "basic_item",
    "１２",
    "12　介護保険の資格管理に関する事務（基礎項目評価書）",
    department="高齢介護課",
    published="令和4年7月1日",
)
WHOLE = replace(
    BASIC, kind="all_item", number="012", title="介護保険の資格管理に関する事務　全項目評価書"
)
OTHER = Book(
    "basic_item", "13", "予防接種の記録に関する事務　基礎項目評価書", published="2025-12-31"
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    file = tmp_path / "pia.db"
    shutil.copy(shared.blank(), file)
    return first_day.begin(shared.workplace_at(f"sqlite:///{file}"))


def office(town: Town) -> PageClient:
    return town.person("shiomi")


def laid_out(town: Town, *books: Book, names: tuple[str, ...] = ()) -> PageClient:
    """The books sent and read; the office's client."""
    page = office(town)
    named = zip(names or [f"{index}.xlsx" for index in range(len(books))], books)
    page.post("/import", "/import/books", {"books": first_day.uploads(named)})
    first_day.work(town)
    return page


def taken_in(town: Town, page: PageClient, here: str = HERE, **values: str) -> None:
    page.post(here, here, {**values, "what": "take"})
    first_day.work(town)


def field(page: PageClient, name: str, here: str = HERE) -> str:
    """What stands in a field of the table."""
    form = next(form for form in page.get(here).iter("form") if form.get("action") == here)
    return str(page.fields(form).get(name, ""))


def affairs(wp: Workplace) -> list[tuple[str, str, str, str]]:
    """(number, name, body, department) of the affairs that are there."""
    with wp.store.read() as session:
        rows = session.execute(
            select(Affair, Body, Department)
            .join(Body, Body.id == Affair.body_id)
            .outerjoin(Department, Department.id == Affair.department_id)
            .where(Affair.withdrawn.is_(None))
            .order_by(Affair.id)
        )
        return [
            (affair.number, affair.name, body.name, office.name if office else "")
            for affair, body, office in rows
        ]


def counts(wp: Workplace) -> dict[str, int]:
    with wp.store.read() as session:
        return {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (Affair, Assessment, Version, Publication, Body, Department)
        }


def departments(town: Town, *names: str) -> None:
    for name in names:
        town.do("minato", "/departments", "/departments", {"body": MAYOR, "department": name})


def test_two_books_of_one_number_are_one_affair_named_after_the_work(town: Town) -> None:
    """Before: two affairs, the second numbered after its file, each named after its document,
    without a department, and the cover's day ignored."""
    departments(town, "福祉部高齢介護課", "総務課")
    page = laid_out(town, BASIC, WHOLE, OTHER)
    page.post(HERE, HERE, {"what": "mark"})
    taken_in(town, page)
    assert affairs(town.wp) == [
        ("12", "介護保険の資格管理に関する事務", MAYOR, "福祉部高齢介護課"),
        ("13", "予防接種の記録に関する事務", MAYOR, ""),
    ]
    with town.wp.store.read() as session:
        kinds = dict(session.execute(select(Assessment.kind, Assessment.published)).all())
    assert kinds == {"basic_item": date(2025, 12, 31), "all_item": date(2022, 7, 1)}
    expect_words(office(town).get("/register"), "介護保険の資格管理に関する事務", "令和4年7月1日")
    links = [link.get("href") for link in page.get("/jobs/2").iter("a")]
    assert HERE in links
    expect_words(PublicClient(town.public).get("/"), "介護保険の資格管理に関する事務")
    assert fsck.check(town.wp.store, deep=True) == []


def test_without_the_tick_a_book_comes_in_as_a_draft(town: Town) -> None:
    page = laid_out(town, BASIC)
    assert field(page, "day-1") == "令和4年7月1日"
    expect_words(page.get("/import"), "潮見 薫", "確認待ち 1件")
    taken_in(town, page)
    assert counts(town.wp)["version"] == 1 and counts(town.wp)["publication"] == 0
    # Later the same book with its tick: only the publication is recorded.
    page = laid_out(town, BASIC)
    expect_words(page.get("/import/2"), "登録済み（第1版）と同じ")
    page.post("/import/2", "/import/2", {"what": "mark"})
    taken_in(town, page, "/import/2")
    assert counts(town.wp)["version"] == 1 and counts(town.wp)["publication"] == 1


def test_an_affair_registered_before_is_found_by_number_and_by_name(town: Town) -> None:
    for number, name, key in (
        ("12", "介護保険の資格管理に関する事務", "kaigo"),
        ("31", "予防接種の記録に関する事務", "yobo"),
    ):
        sent = {"number": number, "name": name, "key": key, "body": MAYOR, "kind": ""}
        town.do("shiomi", "/affairs/new", "/affairs/new", sent)
    nameless = replace(OTHER, number="")
    page = laid_out(town, replace(BASIC, title="介護の本"), nameless)
    shown = expect_words(page.get(HERE), "登録済みの評価書の、はじめの版", "表紙の番号はなしです")
    assert field(page, "number-2") == "31"
    assert field(page, "name-1") == "介護保険の資格管理に関する事務", (
        "the registered name goes first"
    )
    assert "新しい事務" not in shown.text_content()
    taken_in(town, page)
    assert [number for number, *_ in affairs(town.wp)] == ["12", "31"]
    assert counts(town.wp)["assessment"] == 2, "the documents registered before got the text"


def test_everything_is_put_right_in_the_table(town: Town) -> None:
    departments(town, "福祉部高齢介護課", "健康部保健予防課")
    page = laid_out(town, BASIC, WHOLE, OTHER)
    page.post(
        HERE,
        HERE,
        {
            "what": "keep",
            "number-1": " ２０ ",
            "number-2": "20",
            "name-1": "介護保険の事務",
            "department-3": "健康部保健予防課",
            "day-3": "令和5年1月4日",
        },
    )
    assert field(page, "number-2") == "20" and field(page, "name-1") == "介護保険の事務"
    # A book that goes to another affair takes nothing of the one it comes from with it.
    page.post(HERE, HERE, {"what": "keep", "number-2": "21"})
    assert field(page, "name-2") == "介護保険の資格管理に関する事務"
    page.post(HERE, HERE, {"what": "keep", "number-2": "20", "published-3": "1"})
    taken_in(town, page)
    assert affairs(town.wp) == [
        ("20", "介護保険の事務", MAYOR, "福祉部高齢介護課"),
        ("13", "予防接種の記録に関する事務", MAYOR, "健康部保健予防課"),
    ]
    assert counts(town.wp)["publication"] == 1


@pytest.mark.parametrize(
    "values,sentence,name",
    [
        ({"number-1": ""}, "評価書番号を入力してください。", "number-1"),
        ({"name-1": ""}, "事務の名称を入力してください。", "name-1"),
        ({"day-1": "令和9年1月1日"}, "公表日がまだ来ていません。", "day-1"),
        ({"day-1": "きのう"}, "日付が正しくありません。", "day-1"),
        ({"day-1": "", "published-1": "1"}, "公表日を入力してください。", "day-1"),
        ({"number-2": "12", "number-1": "12"}, "基礎項目評価書が、ほかにもあります。", "number-1"),
    ],
)
def test_what_cannot_be_taken_in_is_said_at_its_field_and_nothing_is_taken(
    town: Town, values: dict[str, str], sentence: str, name: str
) -> None:
    page = laid_out(town, BASIC, OTHER)
    shown = page.post(HERE, HERE, {**values, "what": "take"}, 422)
    expect_problem(shown, sentence, "まだ何も取り込んでいません")
    assert shown.get_element_by_id(name).get("aria-invalid") == "true"
    expect_words(shown.get_element_by_id(f"{name}-wrong"), sentence)
    for key, value in values.items():
        assert field(page, key) == value, "what was typed stays"
    first_day.work(town)
    assert counts(town.wp)["affair"] == 0
    # Left out, it stands in nobody's way.
    sent = {key: value for key, value in page.fields(_table(page)).items() if key != "take-1"}
    page.send(HERE, {**sent, "what": "take"})
    first_day.work(town)
    assert counts(town.wp)["version"] == 1


def _table(page: PageClient):  # type: ignore[no-untyped-def]
    return next(form for form in page.get(HERE).iter("form") if form.get("action") == HERE)


def test_a_day_has_come_by_the_clock_of_japan(town: Town) -> None:
    """Ten minutes before midnight in Japan the last day of the year has not come, though it is the
    30th for most of the world; ten minutes after it has, though it is still the 30th there."""
    town.at("2026-12-30T23:50")
    page = laid_out(town, replace(BASIC, published="令和8年12月31日"))
    page.post(HERE, HERE, {"what": "mark"})
    refused = page.post(HERE, HERE, {"what": "take"}, 422)
    expect_problem(refused, "公表日がまだ来ていません。")
    town.at("2026-12-31T00:10")
    taken_in(town, office(town))
    town.at("2027-01-01T00:05")
    office(town).post(HERE, f"{HERE}/back")
    taken_in(town, office(town))
    assert counts(town.wp)["publication"] == 2 and len(affairs(town.wp)) == 1
    assert fsck.check(town.wp.store, deep=True) == []


def test_the_same_books_again_change_nothing(town: Town) -> None:
    page = laid_out(town, BASIC, WHOLE, OTHER)
    page.post(HERE, HERE, {"what": "mark"})
    taken_in(town, page)
    before = counts(town.wp)
    with town.wp.store.read() as session:
        entries = session.scalar(select(func.count()).select_from(AuditEntry))
    page = laid_out(town, WHOLE, OTHER, BASIC)
    shown = page.get("/import/2")
    assert shown.text_content().count("と同じ。公表日は") == 3
    expect_problem(
        page.post("/import/2", "/import/2", {"what": "take"}, 422), "取り込む本がありません"
    )
    # Even ticked by hand.
    every = {f"take-{number}": "1" for number in (4, 5, 6)}
    taken_in(town, page, "/import/2", **every)
    assert counts(town.wp) == before
    with town.wp.store.read() as session:
        versions = session.scalar(
            select(func.count()).where(
                AuditEntry.action == "version.import", AuditEntry.seq > entries
            )
        )
    assert versions == 0


def test_one_book_twice_in_one_import_is_one(town: Town) -> None:
    page = laid_out(town, BASIC, BASIC, names=("a.xlsx", "b.xlsx"))
    expect_words(page.get(HERE), "同じ内容の本がもう1つあります")
    taken_in(town, page)
    assert counts(town.wp)["version"] == 1


def test_an_import_is_taken_back_in_one_click_and_can_come_again(town: Town) -> None:
    page = laid_out(town, BASIC, WHOLE, OTHER)
    page.post(HERE, HERE, {"what": "mark"})
    taken_in(town, page)
    expect_words(page.post(HERE, f"{HERE}/back"), "3件の取込みを取り消しました。")
    assert affairs(town.wp) == []
    expect_no_words(office(town).get("/register"), "介護保険")
    expect_no_words(PublicClient(town.public).get("/"), "介護保険")
    assert office(town).client.get("/documents/no-12@1").status_code == 404
    expect_words(town.person("minato").get("/ledger"), "取込みの取消し")
    assert fsck.check(town.wp.store, deep=True) == []
    # The same books once more, one of them now under another name.
    page.post(
        HERE, HERE, {"what": "keep", "name-1": "介護保険に関する事務", "day-2": "令和4年8月1日"}
    )
    taken_in(town, page)
    assert [name for _, name, *_ in affairs(town.wp)] == [
        "介護保険に関する事務",
        "予防接種の記録に関する事務",
    ]
    with town.wp.store.read() as session:
        published = set(session.scalars(select(Assessment.published)))
    assert published == {date(2022, 7, 1), date(2022, 8, 1), date(2025, 12, 31)}
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_number_that_was_taken_back_is_free(town: Town) -> None:
    page = laid_out(town, BASIC)
    taken_in(town, page)
    page.post(HERE, f"{HERE}/back")
    sent = {"number": "12", "name": "別の事務", "key": "betsu", "body": MAYOR, "kind": ""}
    town.do("shiomi", "/affairs/new", "/affairs/new", sent)
    assert affairs(town.wp) == [("12", "別の事務", MAYOR, "")]
    taken_in(town, page, **{"number-1": "14"})
    assert [number for number, *_ in affairs(town.wp)] == ["12", "14"]
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_department_that_is_settled_is_not_moved_here(town: Town) -> None:
    departments(town, "福祉部高齢介護課", "総務課")
    taken_in(town, laid_out(town, BASIC))
    page = laid_out(town, replace(WHOLE, department="総務課"))
    form = next(form for form in page.get("/import/2").iter("form") if form.get("method") == "post")
    assert "department-2" not in page.fields(form)
    taken_in(town, page, "/import/2")
    assert affairs(town.wp)[0][3] == "福祉部高齢介護課"


def test_what_something_followed_stays(town: Town) -> None:
    page = laid_out(town, BASIC, WHOLE, OTHER)
    page.post(HERE, HERE, {"what": "mark"})
    taken_in(town, page)
    town.do(
        "shiomi",
        "/affairs/no-12",
        "/affairs/no-12/rounds",
        {
            "title": "組織改正に伴う修正",
            "name": "r8-soshiki",
            "kind": "CORRECTION",
            "reasons": "組織改正",
            "documents": ["no-12"],
        },
    )
    expect_words(page.get(HERE), "再実施か修正が始まっています。")
    said = page.post(HERE, f"{HERE}/back").text_content()
    assert "2件の取込みを取り消しました。" in said and "1件は、そのまま残しました。" in said
    assert [number for number, *_ in affairs(town.wp)] == ["12"]
    expect_problem(_back_again(page), "取り消せる本がありません。")


def _back_again(page: PageClient):  # type: ignore[no-untyped-def]
    form = next(form for form in page.get(HERE).iter("form") if form.get("action") == HERE)
    return page.send(f"{HERE}/back", page.fields(form), 422)


def test_a_later_version_is_followed_by_the_text_before_it(town: Town) -> None:
    page = laid_out(town, BASIC)
    taken_in(town, page)
    page = laid_out(town, replace(BASIC, more="追記した。"))
    expect_words(page.get("/import/2"), "登録済みの第1版に続く、新しい版（1か所の違い）")
    taken_in(town, page, "/import/2")
    page.post("/import/2", "/import/2/back")
    with town.wp.store.read() as session:
        digests = list(session.scalars(select(Version.digest).order_by(Version.seq)))
    assert len(digests) == 3 and digests[2] == digests[0] != digests[1]
    assert fsck.check(town.wp.store, deep=True) == []


def test_what_was_published_is_not_written_over(town: Town) -> None:
    page = laid_out(town, BASIC)
    page.post(HERE, HERE, {"what": "mark"})
    taken_in(town, page)
    page = laid_out(town, replace(BASIC, more="追記した。"), OTHER)
    expect_words(page.get("/import/2"), "公表済みの第1版と違う")
    taken_in(town, page, "/import/2")
    assert counts(town.wp)["version"] == 2, "the other book came in"
    refused = page.post("/import/2", "/import/2", {"take-2": "1", "what": "take"}, 422)
    expect_problem(refused, "再実施か修正を始めて")


def test_a_file_nobody_can_read_is_listed_and_may_be_replaced(town: Town) -> None:
    page = office(town)
    sent = first_day.uploads([("良い.xlsx", BASIC)])
    sent += [(io.BytesIO(b"text"), "書き間違い.txt"), (io.BytesIO(b'{"a": 1}'), "壊れた.json")]
    page.post("/import", "/import/books", {"books": sent})
    first_day.work(town)
    expect_words(page.get(HERE), "読み取れなかったファイル　2件", "壊れた.json", "書き間違い.txt")
    mended = io.BytesIO(OTHER.as_interchange())
    page.post(HERE, f"{HERE}/files", {"files": [(mended, "壊れた.json")]})
    first_day.work(town)
    shown = expect_words(page.get(HERE), "読み取れなかったファイル　1件")
    assert shown.text_content().count("壊れた.json") > 0
    page.post(HERE, HERE, {}, pick={"what": "drop-2"})
    expect_no_words(page.get(HERE), "書き間違い.txt")
    taken_in(town, page)
    assert [name for _, name, *_ in affairs(town.wp)][1] == "予防接種の記録に関する事務", (
        "also from an interchange file"
    )


def test_what_a_reader_could_not_read_is_listed_with_its_cell(town: Town) -> None:
    book = openpyxl.load_workbook(io.BytesIO(BASIC.workbook()))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if str(cell.value).startswith("対象者の情報を管理し"):
                    cell.value = "=1/0"
    out = io.BytesIO()
    book.save(out)
    page = office(town)
    sent = [(io.BytesIO(out.getvalue()), "式.xlsx"), *first_day.uploads([("良い.xlsx", OTHER)])]
    page.post("/import", "/import/books", {"books": sent})
    first_day.work(town)
    shown = page.get(HERE)
    expect_words(shown, "読み取れなかったファイル　1件", "【誤り】Ⅰ関連情報!C4：式の計算結果が")
    taken_in(town, page)
    assert [name for _, name, *_ in affairs(town.wp)] == ["予防接種の記録に関する事務"]
    with town.wp.store.read() as session:
        kept = session.scalar(select(ImportBook.file).where(ImportBook.name == "式.xlsx"))
    assert kept == out.getvalue(), "the file waits as it was sent"
    mended = first_day.uploads([("式.xlsx", BASIC)])
    page.post(HERE, f"{HERE}/files", {"files": mended})
    first_day.work(town)
    taken_in(town, page)
    assert len(affairs(town.wp)) == 2


def test_a_zip_is_its_files_and_bodies_have_numbers_of_their_own(town: Town) -> None:
    board = replace(OTHER, number="12", body=BOARD, title="就学援助に関する事務　基礎項目評価書")
    files = [("表/基礎.xlsx", BASIC.workbook()), ("就学援助.json", board.as_interchange())]
    files.append(("__MACOSX/表/._基礎.xlsx", b"what a Mac lays beside a file"))
    page = office(town)
    sent = [(io.BytesIO(first_day.packed(files)), "評価書.zip")]
    page.post("/import", "/import/books", {"books": sent})
    first_day.work(town)
    expect_no_words(expect_words(page.get(HERE), "基礎.xlsx", "就学援助.json"), "読み取れなかった")
    taken_in(town, page)
    assert [(number, body) for number, _, body, _ in affairs(town.wp)] == [
        ("12", MAYOR),
        ("12", BOARD),
    ]
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_zip_of_too_much_is_refused_and_stays_packed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = office(town)

    def refused(body: bytes, *words: str) -> None:
        sent = {"books": [(io.BytesIO(body), "評価書.zip")]}
        expect_problem(page.post("/import", "/import/books", sent, 422), *words)

    small = first_day.packed([("a.json", b"{}"), ("b.json", b"{}")])
    monkeypatch.setattr(import_desk, "MOST_PACKED", 3)
    refused(small, "ファイルが多すぎます")
    monkeypatch.undo()
    monkeypatch.setattr(import_desk, "MOST", 1)
    refused(small, "ファイルが多すぎます")
    monkeypatch.undo()
    refused(small[:-9], "開けません")
    # A directory that says two bytes of what holds more.
    larger = first_day.packed([("a.json", b"[" * 5_000)])
    refused(larger.replace((5_000).to_bytes(4, "little"), (2).to_bytes(4, "little")), "開けません")
    with town.wp.store.read() as session:
        assert session.scalar(select(func.count()).select_from(ImportBook)) == 0


def test_a_batch_that_is_not_there_takes_nothing(town: Town) -> None:
    page = laid_out(town, BASIC)
    tables = (ImportBatch, ImportBook, Job)

    def rows() -> list[int | None]:
        with town.wp.store.read() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = rows()
    for address in ("", "/files", "/reading", "/back"):
        (form,) = [form for form in page.get(HERE).iter("form") if form.get("action") == HERE]
        sent = page.fields(form) | {"what": "keep"}
        if address == "/files":
            sent["files"] = first_day.uploads([("a.xlsx", BASIC)])
        refused = page.client.post(f"/import/77{address}", data=sent)
        assert refused.status_code in (404, 422)
        assert "その取込みはありません" in said(refused), address
    assert rows() == before


def test_work_that_was_broken_off_goes_on_with_the_next_book(town: Town) -> None:
    laid_out(town, BASIC, WHOLE, OTHER)
    office_by = By("shiomi", "secretariat", town.now)

    def breaks(at: int) -> Callable[[int, int, str], None]:
        def step(done: int, total: int, says: str) -> None:
            if done == at:
                raise PiaError("stopped")

        return step

    for at in (1, 2):
        with pytest.raises(PiaError, match="stopped"):
            import_desk.take_in(town.wp, office_by, 1, [1, 2, 3], breaks(at))
        assert counts(town.wp)["version"] == at
    import_desk.take_in(town.wp, office_by, 1, [1, 2, 3], breaks(9))
    assert counts(town.wp)["version"] == 3
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_batch_can_be_forgotten_and_its_books_stay(town: Town) -> None:
    page = laid_out(town, BASIC)
    taken_in(town, page)
    page.post(HERE, f"{HERE}/forgotten")
    with town.wp.store.read() as session:
        assert session.scalar(select(func.count()).select_from(ImportBook)) == 0
    assert len(affairs(town.wp)) == 1


def test_naughty_words_of_the_table_come_out_to_the_letter(town: Town) -> None:
    words = [word for word in SHORT if word == " ".join(word.split()) and word.isprintable()]
    page = laid_out(town, BASIC, OTHER)
    for word in words[::37]:
        number = word[:20].strip()
        sent = {"number-1": number, "name-1": word, "day-1": word[:40], "number-2": "13"}
        page.post(HERE, HERE, {"what": "keep", **sent})
        assert field(page, "name-1") == word
        assert field(page, "day-1") == word[:40].strip()
        assert field(page, "number-1") == number_of(number)
    for name in ("body-1", "department-1"):
        chosen = page.fields(_table(page)) | {"what": "keep", name: "<i>課"}
        expect_problem(page.send(HERE, chosen, 422), "選んでください。")
    page.post(HERE, HERE, {"what": "keep", "day-1": "", "number-1": "'><b>1"})
    taken_in(town, page)
    assert affairs(town.wp)[0][:2] == ("'><b>1", words[::37][-1])
    expect_words(office(town).get("/register"), words[::37][-1], "'><b>1")


def test_a_batch_is_forgotten_after_thirty_days(town: Town) -> None:
    taken_in(town, laid_out(town, BASIC))
    assert import_desk.forget_old(town.wp, town.now + timedelta(days=30)) == 0
    assert import_desk.forget_old(town.wp, town.now + timedelta(days=30, seconds=1)) == 1
    assert office(town).client.get(HERE).status_code == 404
    assert len(affairs(town.wp)) == 1


def test_a_form_sent_twice_lays_its_books_out_once(town: Town) -> None:
    page = office(town)
    form = next(
        form for form in page.get("/import").iter("form") if form.get("action") == "/import/books"
    )
    sent = page.fields(form)
    start = threading.Barrier(4)
    codes = []

    def send() -> None:
        books = first_day.uploads([("本.xlsx", BASIC)])
        client = office(town)
        with client.client.session_transaction() as kept:
            kept.update(session)
        start.wait()
        answer = client.client.post(
            "/import/books", data=sent | {"books": books}, content_type="multipart/form-data"
        )
        codes.append(answer.status_code)

    with page.client.session_transaction() as kept:
        session = dict(kept)
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [303] * 4
    with town.wp.store.read() as reading:
        assert reading.scalar(select(func.count()).select_from(ImportBook)) == 1


def test_only_the_office_brings_many_in(town: Town) -> None:
    links = [link.get("href") for link in town.person("minato").get("/").iter("a")]
    assert "/import" not in links
    assert town.person("minato").client.get(HERE).status_code == 403


@pytest.mark.parametrize(
    "title,name",
    [
        ("介護保険に関する事務　全項目評価書", "介護保険に関する事務"),
        ("40_後期高齢者医療に関する事務_基礎項目評価書", "後期高齢者医療に関する事務"),
        ("１２　住民基本台帳に関する事務（基礎項目評価書）", "住民基本台帳に関する事務"),
        ("予防接種に関する事務における特定個人情報保護評価書", "予防接種に関する事務"),
        ("児童手当に関する事務 特定個人情報保護評価書（重点項目評価書）", "児童手当に関する事務"),
        ("3歳児健診に関する事務　基礎項目評価書", "3歳児健診に関する事務"),
        ("【全項目評価書】公営住宅に関する事務", "公営住宅に関する事務"),
        ("特定個人情報保護評価書（全項目評価書）", ""),
        ("", ""),
    ],
)
def test_the_name_of_the_work_without_number_and_kind(title: str, name: str) -> None:
    assert affair_name(title) == name


@pytest.mark.parametrize("written,number", [("０１２", "12"), (" 7 ", "7"), ("0", "0"), ("", "")])
def test_a_number_as_it_is_registered(written: str, number: str) -> None:
    assert number_of(written) == number
