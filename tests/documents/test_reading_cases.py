"""Single habits and traps of real workbooks, one small book each: what must be read, and what
must be said."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from pia import forms
from pia.documents.ooxml import package
from pia.documents.workbook_in import reader
from pia.domain.document import items
from tests.documents.books import parts

ALL = "all_item@平成30年5月"


def book(
    cells: dict[str, dict[str, Any]],
    merges: dict[str, list[str]] | None = None,
    hidden: tuple[str, ...] = (),
) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, values in cells.items():
        ws = made.create_sheet(name)
        for at, value in values.items():
            ws[at] = value
        for ref in (merges or {}).get(name, []):
            ws.merge_cells(ref)
    for where in hidden:
        sheet, _, row = where.partition("!")
        if row:
            made[sheet].row_dimensions[int(row)].hidden = True
        else:
            made[sheet].sheet_state = "hidden"
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def read(
    cells: dict[str, dict[str, Any]], form: str | None = ALL, **more: Any
) -> reader.BookReading:
    return reader.read(book(cells, **more), forms.load(form) if form else None, child=False)


def said(reading: reader.BookReading) -> dict[tuple[str, ...], Any]:
    return dict(items.answers(reading.tree))


def codes(reading: reader.BookReading) -> set[str]:
    """What was found, but for the parts these small books do not have."""
    return {p.code for p in reading.problems} - {"part_missing", "label_missing"}


PART_1 = {
    "A1": "Ⅰ 基本情報",
    "A2": "1．特定個人情報ファイルを取り扱う事務",
    "A3": "①事務の名称",
    "C3": "国保事務",
    "A4": "②事務の内容　※",
    "C4": "資格と給付",
    "A5": "③対象人数",
}
COVER = {
    "A1": "特定個人情報保護評価書（全項目評価書）",
    "A2": "評価書番号",
    "C2": "評価書名",
    "A3": "１２",
    "C3": "国保事務　全項目評価書",
    "H20": "[平成30年5月　様式4]",
}


def test_the_cover_gives_form_and_title_and_answers_below_labels_side_by_side() -> None:
    reading = read({"表紙": COVER, "1": PART_1}, None)
    assert reading.form == ALL and reading.title == "国保事務　全項目評価書"
    assert said(reading)["C", "1"] == "１２" and ("C", "8") not in said(reading)


@pytest.mark.parametrize(
    ("stamp", "code"),
    [("[令和9年4月　様式4]", "unknown_stamp"), ("", "no_stamp")],
)
def test_an_unknown_form_is_a_problem_that_names_the_known_ones(stamp: str, code: str) -> None:
    reading = read({"表紙": {**COVER, "H20": stamp}, "1": PART_1}, None)
    assert [p.code for p in reading.errors] == [code] and not reading.tree.children
    assert "all_item@平成30年5月" in str(reading.errors[0]) and "--form" in str(reading.errors[0])


def test_two_stamps_are_a_problem_and_a_stamp_in_an_answer_is_none() -> None:
    two = read({"表紙": {**COVER, "H21": "[令和6年10月　様式4]"}, "1": PART_1}, None)
    assert [p.code for p in two.errors] == ["two_forms"]
    quoted = {
        **PART_1,
        "C4": "平成31年の前の様式（[令和6年10月　様式4]）から移した記載であり、内容は変わらない。",
    }
    assert read({"表紙": COVER, "1": quoted}, None).form == ALL


def test_a_book_without_any_label_is_refused_as_no_assessment() -> None:
    assert [p.code for p in read({"家計簿": {"A1": "食費", "B1": 1200}}, None).errors] == [
        "no_form"
    ]
    assert [p.code for p in read({"家計簿": {"A1": "食費", "B1": 1200}}).errors] == ["no_form"]


@pytest.mark.parametrize(
    "cells",
    [
        {
            "C5": "[ 30万人以上 ]",
            "F5": "＜選択肢＞",
            "F6": "1) 1,000人未満",
            "H6": "2) 1,000人以上1万人未満",
            "F7": "5) 30万人以上",
        },
        {"C5": "［　３０万人以上　］"},
        {
            "C5": "[",
            "D5": "5) 30万人以上",
            "E5": "]",
            "F5": "＜選択肢＞\n1) 1,000人未満\n2) 1,000人以上1万人未満\n5) 30万人以上",
        },
        {"C5": "30万人\n以上"},
    ],
)
def test_a_choice_in_its_printed_habits(cells: dict[str, str]) -> None:
    reading = read({"Ⅰ": {**PART_1, **cells}})
    assert said(reading)["I", "1", "3"] in ("30万人以上", "５) 30万人以上") and not codes(reading)


def test_a_choice_that_is_no_option_is_kept_and_two_choices_are_a_problem() -> None:
    reading = read({"Ⅰ": {**PART_1, "C5": "[ 約30万人 ]"}})
    assert said(reading)["I", "1", "3"] == "約30万人" and codes(reading) == {"not_an_option"}
    two = read({"Ⅰ": {**PART_1, "C5": "[ 30万人以上 ]", "D5": "[ 1,000人未満 ]"}})
    assert ("I", "1", "3") not in said(two) and "choice_unclear" in {p.code for p in two.errors}
    assert next(p.where for p in two.errors if p.code == "choice_unclear") == "Ⅰ!C5～D5"


SYSTEM = {
    "A1": "Ⅰ基本情報",
    "A2": "２．特定個人情報ファイルを取り扱う事務において使用するシステム",
    "A3": "システム１",
    "A4": "①システムの名称",
    "C4": "国保システム",
}
CONNECT = {**SYSTEM, "A5": "③他のシステムとの接続"}


@pytest.mark.parametrize(
    "cells",
    [
        {
            "C5": "[　]情報提供ネットワークシステム　[○]庁内連携システム\n[○]その他　（　"
            "中間サーバー　）"
        },
        {
            "C5": "［ 〇 ］ 庁内連携システム",
            "F5": "[ ] 税務システム",
            "C6": "[○]",
            "D6": "その他（",
            "E6": "中間サーバー",
            "F6": "）",
        },
        {
            "C5": "[",
            "D5": "○",
            "E5": "]庁内連携システム",
            "C6": "[",
            "D6": "レ",
            "E6": "]",
            "F6": "その他 （中間サーバー）",
        },
    ],
)
def test_check_boxes_in_their_printed_habits(cells: dict[str, str]) -> None:
    reading = read({"Ⅰ": {**CONNECT, **cells}})
    entry = next(p[3] for p in said(reading) if p[:3] == ("I", "2", "S"))
    assert said(reading)["I", "2", "S", entry, "3"] == [
        "庁内連携システム",
        {"その他（　）": "中間サーバー"},
    ] and not codes(reading)


def test_a_box_written_inside_a_free_text_stays_text() -> None:
    reading = read({"Ⅰ": {**CONNECT, "C5": "[○]その他（様式の[○]税務 と別）"}})
    entry = next(p[3] for p in said(reading) if p[:3] == ("I", "2", "S"))
    assert said(reading)["I", "2", "S", entry, "3"] == [{"その他（　）": "様式の[○]税務 と別"}]


def test_numbers_dates_rich_text_and_furigana() -> None:
    rich = CellRichText("資格と", TextBlock(InlineFont(b=True), "給付"))
    cells = {
        "C": {"A1": "公表日", "A2": date(2024, 7, 24)},
        "Ⅰ": {**PART_1, "C3": 12.0, "C4": rich},
    }
    cells["Ⅱ"] = {
        "A1": "Ⅱ特定個人情報ファイルの概要",
        "A2": "２．基本情報",
        "A3": "⑤保有開始日",
        "C3": datetime(2016, 1, 1),
        "A4": "⑥事務担当部署",
        "C4": "国保課",
    }
    reading = read(cells)
    assert (
        said(reading)["I", "1", "1"] == "12"
        and said(reading)["I", "1", "2"] == "資格と給付"
        and said(reading)["C", "7"] == "令和6年7月24日"
    )
    assert [a for p, a in said(reading).items() if p[-1] == "5"] == ["平成28年1月1日"]
    files = parts(book({"Ⅰ": {**PART_1, "C3": "KOKUHO"}}))
    name = next(n for n in files if n.endswith("sheet1.xml"))
    files[name] = files[name].replace(
        b"<t>KOKUHO</t>", "<t>国保事務</t><rPh sb='0' eb='2'><t>コクホ</t></rPh>".encode()
    )
    assert (
        said(reader.read(package.pack(files), forms.load(ALL), child=False))["I", "1", "1"]
        == "国保事務"
    )


def test_formulas_without_a_stored_value_and_error_cells_are_errors() -> None:
    reading = read({"Ⅰ": {**PART_1, "C3": "=A1", "C4": "#REF!"}})
    assert {(p.code, p.where) for p in reading.errors if p.code != "part_missing"} == {
        ("no_value", "Ⅰ!C3"),
        ("cell_error", "Ⅰ!C4"),
    }


def test_a_formula_with_its_value_is_read_with_a_warning() -> None:
    files = parts(book({"Ⅰ": {**PART_1, "C3": "=A1"}}))
    name = next(n for n in files if n.endswith("sheet1.xml"))
    files[name] = (
        files[name]
        .replace(b"<f>A1</f><v></v>", "<f>A1</f><v>国保</v>".encode())
        .replace(b"<f>A1</f><v />", "<f>A1</f><v>国保</v>".encode())
    )
    files[name] = files[name].replace(b'<c r="C3"', b'<c t="str" r="C3"')
    reading = reader.read(package.pack(files), forms.load(ALL), child=False)
    assert said(reading)["I", "1", "1"] == "国保" and "formula" in codes(reading)


def test_an_answer_that_quotes_a_label_is_an_answer() -> None:
    reading = read(
        {"Ⅰ": {**PART_1, "C3": "②事務の内容", "C4": "③対象人数", "C5": "[ 30万人以上 ]"}}
    )
    assert (
        said(reading)["I", "1", "1"] == "②事務の内容"
        and said(reading)["I", "1", "2"] == "③対象人数"
        and not codes(reading)
    )


def test_the_same_label_twice_is_a_problem_that_names_both_places() -> None:
    reading = read({"Ⅰ": {**PART_1, "A6": "①事務の名称", "C6": "別の名前"}})
    problem = next(p for p in reading.errors if p.code == "label_twice")
    assert "Ⅰ!A3" in problem.sentence and "Ⅰ!A6" in problem.sentence


def test_a_bare_label_that_could_be_either_of_two_items_is_a_problem() -> None:
    cells = {
        "A1": "Ⅲ特定個人情報ファイルの取扱いプロセスにおけるリスク対策",
        "A2": "３．特定個人情報の使用",
        "A3": "具体的な管理方法",
        "C3": "記録する。",
    }
    reading = read({"Ⅲ": {**cells, "A4": "特定個人情報の使用の記録", "C4": "[ 記録を残している ]"}})
    assert "ambiguous_label" in {p.code for p in reading.errors}


def test_a_row_under_a_label_the_form_does_not_have_is_listed_not_mixed_in() -> None:
    reading = read({"Ⅰ": {**PART_1, "A6": "④独自の欄", "C6": "独自の記載", "C5": "[ 30万人以上 ]"}})
    assert said(reading)["I", "1", "3"] == "30万人以上" and "独自の記載" not in str(said(reading))
    assert [(p.code, p.where) for p in reading.problems if p.code == "unknown_label"] == [
        ("unknown_label", "Ⅰ!A6")
    ]


def test_near_wording_of_another_version_is_read_and_said() -> None:
    cells = {
        "A1": "Ⅳ その他のリスク対策",
        "A2": "2．従業者に対する教育・啓発",
        "A3": "従業者に対する教育及び啓発",
        "C3": "[ 十分に行っている ]",
        "A4": "具体的な方法",
        "C4": "研修",
    }
    reading = read({"Ⅳ": cells})
    assert said(reading)["IV", "2", "a"] == "十分に行っている" and codes(reading) == {
        "label_differs"
    }


def test_hidden_and_filled_is_read_with_a_warning_hidden_and_empty_is_nothing() -> None:
    filled = read({"Ⅰ": {**PART_1, "C5": "[ 30万人以上 ]"}}, hidden=("Ⅰ!4",))
    assert said(filled)["I", "1", "2"] == "資格と給付" and codes(filled) == {"hidden"}
    empty = read(
        {"Ⅰ": {**SYSTEM, "A6": "システム2～5", "A7": "システム2", "A8": "①システムの名称"}},
        hidden=("Ⅰ!6", "Ⅰ!7", "Ⅰ!8"),
    )
    assert len({p[3] for p in said(empty) if p[:3] == ("I", "2", "S")}) == 1 and not codes(empty)


def test_the_change_table_keeps_ten_years_to_the_letter() -> None:
    head = {
        "A2": "変更日",
        "B2": "項目",
        "C2": "変更前の記載",
        "D2": "変更後の記載",
        "E2": "提出時期",
        "F2": "提出時期に係る説明",
    }
    rows = {
        "A3": date(2019, 4, 1),
        "B3": "Ⅰ７．②",
        "C3": "課長　甲野",
        "D3": "国保課長",
        "E3": "事後",
        "F3": "　人事異動",
    }
    more = {
        "A4": "変更日",
        "B4": "項目",
        "C4": "変更前の記載",
        "D4": "変更後の記載",
        "E4": "提出時期",
        "F4": "説明",
    }
    tail = {
        "D5": "（続きの記載）",
        "A6": "令和6年4月1日",
        "B6": "①事務の名称",
        "C6": "旧",
        "D6": "新",
        "E6": "事前",
    }
    reading = read(
        {"Ⅰ": PART_1, "別添3": {"A1": "（別添3）変更箇所", **head, **rows, **more, **tail}}
    )
    cells = [r["cells"] for r in said(reading)[("B3",)]]
    assert cells == [
        [
            "平成31年4月1日",
            "Ⅰ７．②",
            "課長　甲野",
            "国保課長\n（続きの記載）",
            "事後",
            "　人事異動",
        ],
        ["令和6年4月1日", "①事務の名称", "旧", "新", "事前", ""],
    ]
    assert (
        all(r["inherited"] for r in said(reading)[("B3",)])
        and said(reading)["I", "1", "1"] == "国保事務"
    )


def test_lists_of_several_files_find_their_file_by_name() -> None:
    two = {
        f"Ⅱ{n}": {
            "A1": "Ⅱ特定個人情報ファイルの概要",
            "A2": "１．特定個人情報ファイル名",
            "A3": f"{n}ファイル",
            "A4": "７．備考",
            "A5": "－",
        }
        for n in "甲乙"
    }
    lists = {
        "別添2": {
            "A1": "（別添2）特定個人情報ファイル記録項目",
            "A2": "乙ファイル",
            "A3": "1．氏名\n2．備考",
            "A4": "甲ファイル",
            "A5": "3．住所",
            "C5": "1．宛名番号",
            "A6": "4．電話",
            "C6": "2．期間",
        }
    }
    reading = read({**two, **lists})
    keys = {a: p[1] for p, a in said(reading).items() if p[0] == "II" and p[2] == "1"}
    listed = {p[2]: [r["cells"][0] for r in a] for p, a in said(reading).items() if p[0] == "B2"}
    assert listed == {
        keys["乙ファイル"]: ["1．氏名", "2．備考"],
        keys["甲ファイル"]: ["1．宛名番号", "2．期間", "3．住所", "4．電話"],
    }


def test_characters_no_document_may_hold_are_a_problem_with_its_place() -> None:
    files = parts(book({"Ⅰ": {**PART_1, "C3": "KOKUHO"}}))
    name = next(n for n in files if n.endswith("sheet1.xml"))
    files[name] = files[name].replace(b"KOKUHO", b"KOKU_x0001_")
    reading = reader.read(package.pack(files), forms.load(ALL))
    assert [
        (p.where, "U+0001" in p.sentence) for p in reading.errors if p.code == "bad_character"
    ] == [("Ⅰ!C3", True)]
