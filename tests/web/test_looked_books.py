"""A workbook is looked at before it is taken in: what changes, what was not read, what would go;
one click takes it back."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
from lxml import html
from openpyxl.worksheet.worksheet import Worksheet

from pia.actions import sources
from pia.actions.viewing import history
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer

from .client import PageClient, expect_no_words, expect_problem, expect_words, has_field
from .test_writing import REF, desk


def returned(wp: Workplace, change: Callable[[Any], None]) -> bytes:
    """The workbook of the draft after another program changed it."""
    source = sources.read_ref(wp, REF)
    body = writer.write(source.tree, source.form, title=source.title, ref=source.ref)
    book = openpyxl.load_workbook(io.BytesIO(body))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def files_sheet(book: Any) -> Worksheet:
    return next(w for w in book.worksheets if w.title.startswith("Ⅱ"))


def row_of(sheet: Worksheet, words: str) -> int:
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith(words):
                return int(cell.row)
    raise AssertionError(words)


def shown(page: PageClient, body: bytes, name: str = "戻り.xlsx") -> html.HtmlElement:
    return page.post("/import", "/import", {"into": REF, "files": (io.BytesIO(body), name)})


def choose(
    page: PageClient, looked: html.HtmlElement, what: str, status: int = 303, **more: str
) -> html.HtmlElement:
    form = next(form for form in looked.iter("form") if has_field(form, "what", what))
    return page.send(form.get("action"), page.fields(form) | more, status)


def digest(wp: Workplace) -> str:
    return sources.read_ref(wp, REF).tree.digest


def test_rows_that_a_program_put_in_change_nothing_and_nothing_is_saved(
    drafted: Workplace,
) -> None:
    office = desk(drafted, "hiratsuka")
    before = len(history.history(drafted, "nhi-benefits"))
    body = returned(drafted, lambda book: files_sheet(book).insert_rows(5, 2))
    looked = shown(office, body)
    expect_words(looked, "取り込む前に確かめる", "いまの記載と違いはありません", "目印を残したまま")
    assert len(history.history(drafted, "nhi-benefits")) == before
    back = choose(office, looked, "drop")
    expect_words(back, "取り込まずにやめました")
    assert len(history.history(drafted, "nhi-benefits")) == before


def test_an_entry_that_would_go_is_asked_about_and_one_click_brings_it_back(
    drafted: Workplace,
) -> None:
    def take_out(book: Any) -> None:
        sheet = files_sheet(book)
        first = row_of(sheet, "委託事項1")
        sheet.delete_rows(first, row_of(sheet, "委託事項2") - first)

    office = desk(drafted, "hiratsuka")
    before = digest(drafted)
    looked = shown(office, returned(drafted, take_out))
    expect_words(looked, "なくなる欄　1", "なくなることを確かめました")
    refused = choose(office, looked, "take", 409)
    expect_problem(refused, "なくなる欄があります。まだ取り込んでいません。")
    assert digest(drafted) == before
    done = choose(office, refused, "take", gone="1")
    expect_words(done, "取り込みました", "この取込みを取り消す")
    assert digest(drafted) != before
    undone = choose(office, done, "back")
    expect_words(undone, "この取込みは取り消しました")
    assert digest(drafted) == before
    expect_no_words(undone, "この取込みを取り消す")


def test_what_was_shown_is_what_is_taken_in(drafted: Workplace) -> None:
    """Somebody writes while another looks: nothing is taken in until it is looked at again."""

    def edit(book: Any) -> None:
        sheet = files_sheet(book)
        cell = next(
            c
            for row in sheet.iter_rows()
            for c in row
            if isinstance(c.value, str) and len(c.value) > 30 and c.value.endswith("。")
        )
        cell.value = f"{cell.value}追記した。"

    office = desk(drafted, "hiratsuka")
    looked = shown(office, returned(drafted, edit))
    expect_words(looked, "変わるところ　1", "追記した。")
    other = desk(drafted, "morishita")
    page = f"/lines/{REF}/items/IV/3"
    other.post(page, page, {"text": "別の人の記載", "why": "別"})
    refused = choose(office, looked, "take", 409)
    expect_problem(refused, "確かめている間に、評価書が書き換えられました")
    done = choose(office, refused, "take")
    expect_words(done, "取り込みました")


def test_the_whole_list_comes_as_a_workbook_with_links(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")

    def note(book: Any) -> None:
        files_sheet(book).cell(4, 12, "要確認（照会中）")

    looked = shown(office, returned(drafted, note), "案.xlsx")
    expect_words(looked, "記載欄の外に書かれている")
    link = next(a.get("href") for a in looked.iter("a") if "notices.xlsx" in (a.get("href") or ""))
    sheet = openpyxl.load_workbook(io.BytesIO(office.download(link))).active
    assert sheet is not None and "要確認" in str(sheet["C4"].value)
    assert sheet["B4"].hyperlink is not None


def test_a_file_of_another_line_is_not_there(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    looked = shown(office, returned(drafted, lambda book: None))
    form = next(form for form in looked.iter("form") if has_field(form, "what", "drop"))
    number = form.get("action").rsplit("/", 1)[1]
    office.get(f"/lines/{REF}/import/{number}")
    office.get(f"/lines/nhi-benefits/import/{number}", 404)
    office.get(f"/lines/{REF}/import/{int(number) + 1}", 404)
