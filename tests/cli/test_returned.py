"""Workbooks that come back on the command line: what could not be read ends with 2, what would go
is asked about, and the list of notices comes as a workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.documents import test_safe_return as returned
from tests.documents.books import edited

from .conftest import Run

CASES = Path(__file__).parent.parent / "documents" / "cases"


def _without_second(book: openpyxl.Workbook) -> None:
    sheet: Worksheet = returned.files(book)
    first = returned.row_of(sheet, "委託事項2")
    sheet.delete_rows(first, returned.row_of(sheet, "委託事項3") - first)


def test_a_side_that_could_not_be_read_whole_ends_with_two(run: Run, tmp_path: Path) -> None:
    base = CASES / "strike" / "base.xlsx"

    def odd(book: openpyxl.Workbook) -> None:
        book["Ⅰ関連情報"]["D20"] = '=A1&"課長"'
        book["Ⅰ関連情報"]["D19"] = "総務部　税務第二課"

    other = tmp_path / "式.xlsx"
    other.write_bytes(edited(base.read_bytes(), odd))
    shown = run("diff", str(base), str(other), code=2)
    assert "変更 1件" in shown.stdout and "削除" not in shown.stdout.splitlines()[0]
    assert shown.stderr.startswith("【誤り】Ⅰ関連情報!D20")
    assert run("diff", str(base), str(CASES / "strike" / "draft.xlsx")).stdout


def test_entries_go_only_where_it_is_said(run: Run, tmp_path: Path) -> None:
    sent = tmp_path / "国保.xlsx"
    sent.write_bytes(returned.sent())
    run("init")
    run("import", str(sent), "--into", "nhi")
    less = tmp_path / "戻り.xlsx"
    less.write_bytes(edited(returned.sent(), _without_second))
    listed = tmp_path / "結果.xlsx"
    refused = run("import", str(less), "--into", "nhi", "--notices-xlsx", str(listed), code=1)
    assert "委託2号の業務" in refused.stderr and "--gone" in refused.stderr
    sheet = openpyxl.load_workbook(listed).active
    assert sheet is not None and sheet.max_row > 3
    taken = run("import", str(less), "--into", "nhi", "--gone")
    assert taken.stdout.startswith("nhi@2")
