"""What a workbook or a Word file of the state says; nothing in it is dropped in silence."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest

from pia.documents import national_lists
from pia.domain.errors import PiaError

TWO = "＜共通の措置＞\n入退室を記録する。\n＜別の措置＞\n鍵を替える。"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "記載例"
    sheet.append(["基盤の記載例（案）"])
    sheet.append(["No", "項 目", "旧", "新", "備考", "担当"])
    sheet.append([1, "Ⅱ６① 保管場所", "（新設）", "①国内に置く。", "移設のため", "A課"])
    sheet.append([None, "Ⅲ７⑤", "前の文", TWO])
    sheet.append([None, None, None, "続き"])
    sheet.merge_cells("B4:B5")
    sheet.append([None, "Ⅱ６③", "消すだけ", None])
    sheet.append([None, None, None, "項目のない記載例"])
    hidden = book.create_sheet("控え")
    hidden["A1"] = "控え"
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def paper() -> bytes:
    document = docx.Document()
    document.add_paragraph("前書き")
    document.add_heading("Ⅱ６①保管場所", 2)
    document.add_paragraph("＜共通の措置＞")
    document.add_paragraph("①国内に置く。")
    document.add_paragraph("【Ⅱ６③】")
    document.add_paragraph("消す。")
    table = document.add_table(rows=3, cols=2)
    table.cell(1, 0).merge(table.cell(2, 0))
    for row, column, words in ((0, 0, "項目"), (0, 1, "記載例"), (1, 0, "Ⅳ３")):
        table.cell(row, column).text = words
    table.cell(1, 1).text = "研修を行う。"
    table.cell(2, 1).text = "研修を記録する。"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_workbook_is_read_by_the_heads_of_its_columns() -> None:
    read = national_lists.read(workbook(), "基盤.xlsx")
    assert [(x.item, x.before, x.text, x.explanation, x.where) for x in read.places] == [
        ("Ⅱ６① 保管場所", "", "①国内に置く。", "移設のため", "記載例!D3"),
        ("Ⅲ７⑤", "前の文", TWO, "", "記載例!D4"),
        ("Ⅲ７⑤", "", "続き", "", "記載例!D5"),
        ("", "", "項目のない記載例", "", "記載例!D7"),
    ]
    told = "\n".join(read.unread)
    for place in ("A1", "A2", "F2", "A3", "F3", "B6", "C6", "D7", "「控え」"):
        assert place in told, place
    assert len(read.unread) == 9


def test_a_paper_is_read_by_its_headings_and_its_tables() -> None:
    read = national_lists.read(paper(), "基盤.docx")
    assert {(x.item, x.text) for x in read.places} == {
        ("Ⅱ６①保管場所", "＜共通の措置＞\n①国内に置く。"),
        ("Ⅱ６③", "消す。"),
        ("Ⅳ３", "研修を行う。"),
        ("Ⅳ３", "研修を記録する。"),
    }
    (told,) = read.unread
    assert told == "1番目の段落の「前書き」は読み取りませんでした。見出しより上にあります。"


@pytest.mark.parametrize("body", [b"id: x", b"%PDF-1.7", b"PK\x03\x04broken"])
def test_another_kind_of_file_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(PiaError, match="でもありません"):
        national_lists.read(body, "記載例.xlsx")


def test_a_file_without_a_list_says_what_is_wanted() -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with pytest.raises(PiaError, match="「項目」と「記載例」"):
        national_lists.read(out.getvalue(), "空.xlsx")
