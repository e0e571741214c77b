"""変更箇所 as workbook and CSV: what is printed, what travels unseen, what is refused."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from pia.documents.workbook_out import change_table, writer
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.forms import load

ROWS = [
    {
        "path": ["I", "1", "1"],
        "item": "I-1-1",
        "citation": "Ⅰ１．①事務の名称",
        "op": "modified",
        "at": None,
        "before": "=旧",
        "after": "新",
        "date": "2024-07-24",
        "timing": "PRIOR",
        "explanation": "重要な変更",
    },
    {
        "path": ["I", "4", "1"],
        "item": "I-4-1",
        "citation": "Ⅰ４．①",
        "op": "added",
        "at": {"parent": ["I"], "after": None},
        "before": None,
        "after": "長い文。" * 3_000,
        "shown_after": "（略）長い文。" * 400,
        "date": None,
        "timing": None,
        "explanation": "",
    },
    {
        "path": [],
        "item": "",
        "citation": "Ⅰ７．②",
        "op": "",
        "at": None,
        "before": "",
        "after": "国保課長",
        "date": "平成31年4月1日",
        "timing": "事後",
        "explanation": "人事異動",
        "inherited": True,
    },
]


def test_the_rows_come_back_and_equal_rows_give_equal_bytes() -> None:
    data = change_table.write_xlsx(ROWS, title="変更箇所　国保")
    assert change_table.read_xlsx(data) == ROWS
    assert data == change_table.write_xlsx(ROWS, title="変更箇所　国保")
    assert change_table.read_xlsx(change_table.write_xlsx([], title="空")) == []


def test_it_is_printed_as_the_form_has_it() -> None:
    book = load_workbook(io.BytesIO(change_table.write_xlsx(ROWS, title="変更箇所")))
    ws = book["変更箇所"]
    assert (
        ws.page_setup.orientation == "landscape"
        and ws.page_setup.paperSize == 9
        and ws.print_title_rows == "$3:$3"
    )
    assert [c.value for c in ws[3]] == list(change_table.COLUMNS)
    assert [c.value for c in ws[4]] == [
        "令和6年7月24日",
        "Ⅰ１．①事務の名称",
        "=旧",
        "新",
        "事前",
        "重要な変更",
    ]
    assert (
        ws["C4"].data_type == "s"
        and ws["C5"].value == "（記載なし）"
        and ws["B6"].value.startswith("（続き")
    )
    shown = [ws.cell(r, 4).value for r in range(5, ws.max_row) if ws.cell(r, 4).value]
    assert "".join(shown) == ROWS[1]["shown_after"]
    last = [c.value for c in ws[ws.max_row]]
    assert (
        last == ["平成31年4月1日", "Ⅰ７．②", None, "国保課長", "事後", "人事異動"]
        and "引継ぎ（検証対象外）" in ws["A2"].value
    )
    assert max(d.height for d in ws.row_dimensions.values()) <= 409


def test_csv_opens_in_a_spreadsheet_without_running_anything() -> None:
    text = change_table.to_csv(ROWS)
    assert text.startswith("\ufeff変更日,")
    rows = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert rows[1][2] == "'=旧" and len(rows) == 4
    for cell in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        assert (
            list(
                csv.reader(io.StringIO(change_table.to_csv([{"before": cell, "after": "x"}])[1:]))
            )[1][2]
            == f"'{cell}"
        )


def test_another_workbook_is_refused() -> None:
    form = load("all_item@平成30年5月")
    with pytest.raises(PiaError, match=r"^a\.xlsx：このソフトで作った変更箇所の表ではありません。"):
        change_table.read_xlsx(writer.write(Tree(form.id), form, title="x"), "a.xlsx")
