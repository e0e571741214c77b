"""Room in a carrier: hidden blocks, copied blocks and sheets, long texts, rows of tables,
figures; and programs that open it without a word."""

from __future__ import annotations

import argparse
import random
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Border, Side
from openpyxl.worksheet.worksheet import Worksheet

from pia import forms
from pia.actions import demo
from pia.documents.carrier import filler
from pia.documents.ooxml.book import open_book
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.tree import Path, Tree
from tests.documents import carriers, foreign, strict
from tests.documents.books import by_place, opened, parts
from tests.documents.test_figures import anchor, connector, place, shape
from tests.drills import carrier as drill

ALL = "all_item@平成30年5月"
FORM = forms.load(ALL)


def blank(habits: set[str]) -> bytes:
    return carriers.blank(frozenset(habits))


def filled(book: bytes, answers: dict[Path, Any], blobs: dict[str, bytes] | None = None) -> bytes:
    tree = items.build(FORM, answers.items())
    carrier = filler.fill(book, tree, FORM, blobs=blobs, child=False)
    assert not carrier.errors, carrier.errors[:3]
    assert by_place(reader.read(carrier.data, FORM, child=False).tree, FORM) == by_place(tree, FORM)
    assert not strict.faults(carrier.data) and not carriers.untouched(book, carrier.data)
    return carrier.data


def sheet(data: bytes, start: str) -> Worksheet:
    return next(ws for ws in opened(data).worksheets if ws.title.startswith(start))


def row_of(ws: Worksheet, text: str) -> int:
    return next(
        c.row
        for row in ws.iter_rows()
        for c in row
        if isinstance(c.value, str) and c.value.startswith(text)
    )


def systems(n: int) -> dict[Path, Any]:
    return {("I", "2", "S", f"s{k}", "1"): f"第{k}システム" for k in range(1, n + 1)}


def test_hidden_blocks_are_shown_as_far_as_they_are_used() -> None:
    book = blank({"hidden"})
    ws = sheet(book, "Ⅰ")
    assert ws.row_dimensions[row_of(ws, "システム２")].hidden
    carrier = filled(book, systems(2))
    ws = sheet(carrier, "Ⅰ")
    assert (
        not ws.row_dimensions[row_of(ws, "システム２")].hidden
        and not ws.row_dimensions[row_of(ws, "システム2～")].hidden
    )
    assert ws.row_dimensions[row_of(ws, "システム３")].hidden
    again = sheet(filled(carrier, systems(1)), "Ⅰ")
    assert again.row_dimensions[row_of(again, "システム２")].hidden, (
        "what was used and is not any more goes back"
    )


def test_more_entries_than_printed_are_copies_of_the_last_block_and_everything_below_moves() -> (
    None
):
    book = blank({"hidden"})
    carrier = filled(book, systems(7))
    before, after = sheet(book, "Ⅰ"), sheet(carrier, "Ⅰ")
    more = row_of(after, "3．") - row_of(before, "3．")
    block = row_of(before, "システム３") - row_of(before, "システム２")
    assert more == 4 * block
    assert [row_of(after, f"システム{k}") for k in "４５６７"] == [
        row_of(before, "システム３") + k * block for k in (1, 2, 3, 4)
    ]
    moved = {str(m) for m in after.merged_cells.ranges if m.min_row >= row_of(after, "3．")}
    there = {
        (m.min_row + more, m.min_col, m.max_row + more, m.max_col)
        for m in before.merged_cells.ranges
        if m.min_row >= row_of(before, "3．")
    }
    assert len(moved) == len(there)
    assert after.print_area.split("$")[-1] == str(int(before.print_area.split("$")[-1]) + more)
    assert after.conditional_formatting and len(after.data_validations.dataValidation) == len(
        before.data_validations.dataValidation
    )


def test_every_file_gets_sheets_of_its_own_all_ii_before_the_list_before_iii() -> None:
    answers: dict[Path, Any] = {}
    for k in "abc":
        answers["II", k, "1"] = answers["III", k, "1"] = f"国保{k}ファイル"
        answers["B2", "F", k, "1"] = [[f"1．{k}の氏名"], ["2．生年月日"]]
    book = blank(set())
    carrier = filled(book, answers)
    names = [ws.title for ws in opened(carrier).worksheets]
    assert [n[:1] for n in names if n[:1] in "ⅡⅢ" or "別添2" in n] == ["Ⅱ"] * 3 + ["("] * 3 + [
        "Ⅲ"
    ] * 3
    wb = opened(carrier)
    areas = [ws.print_area for ws in wb.worksheets if ws.title.startswith("Ⅱ")]
    assert areas[0] and [a.split("!")[1] for a in areas] == [areas[0].split("!")[1]] * 3
    assert sum(ws.sheet_view.tabSelected or False for ws in wb.worksheets) <= 1
    fewer = filled(carrier, {p: a for p, a in answers.items() if "c" not in p})
    assert [ws.sheet_state for ws in opened(fewer).worksheets if ws.title.startswith("Ⅱ")] == [
        "visible",
        "visible",
        "hidden",
    ]


@pytest.mark.parametrize(
    "habits", [set(), {"nested", "tall"}, {"below", "dense"}, {"split", "gap_columns"}]
)
def test_a_text_no_row_can_show_goes_on_in_the_next(habits: set[str]) -> None:
    long = "\n".join(
        [
            "＜国保システムにおける措置＞",
            *["サーバーは施錠した部屋に置き𠮷、入退室を記録する。"] * 90,
        ]
    )
    endless = "サーバーは施錠した部屋に置き、入退室を記録する。" * 1_500
    answers: dict[Path, Any] = {
        ("I", "1", "2"): long,
        ("II", "a", "1"): "国保ファイル",
        ("II", "a", "2", "4", "b"): long,
        ("IV", "1", "1", "0"): endless,
    }
    answers = {p: a for p, a in answers.items() if FORM.at(p)[0] is not None and not FORM.at(p)[2]}
    book = blank(habits)
    carrier = filled(book, answers)
    ws = sheet(carrier, "Ⅰ")
    assert any(c.value == "（続き）" for row in ws.iter_rows() for c in row)
    assert max(d.height or 0 for d in ws.row_dimensions.values()) <= 409
    short = filled(carrier, {**answers, ("I", "1", "2"): "短い。"})
    ws = sheet(short, "Ⅰ")
    assert not any(c.value == "（続き）" for row in ws.iter_rows() for c in row)


def test_rows_of_the_change_table_that_say_the_same_stay_and_more_are_added_below() -> None:
    rows = [
        {"cells": ["令和5年4月1日", f"Ⅰ{i}．", "旧", "新\n2行目", "事後", ""], "inherited": True}
        for i in range(3)
    ]
    book = carriers.dressed(
        foreign.Writer(random.Random(1), items.build(FORM, [(("B3",), rows)]), set()).write(),
        random.Random(2),
    )
    more = [
        *rows,
        {"cells": ["令和6年7月24日", "Ⅱ６．①", "旧。" * 900, "新。" * 2_500, "事前", "重要な変更"]},
    ]
    carrier = filled(book, {("B3",): more})
    before, after = sheet(book, "(別添3)"), sheet(carrier, "(別添3)")
    first = row_of(before, "令和5年4月1日")
    assert [[c.value for c in after[r]] for r in range(1, first + 3)] == [
        [c.value for c in before[r]] for r in range(1, first + 3)
    ]
    assert row_of(after, "令和6年7月24日") == first + 3
    assert int(after.print_area.split("$")[-1]) > int(before.print_area.split("$")[-1])


BOXES = (
    shape("窓口", place(60, 60, 80, 30)),
    connector(place(140, 75, 60, 0)),
    shape("国保\nシステム", place(200, 60, 80, 30)),
)


def with_drawing() -> tuple[bytes, dict[Path, Any], dict[str, bytes]]:
    """A city's workbook with a figure of its own, and what it says."""
    plain = foreign.Writer(random.Random(1), Tree(ALL), set()).write()
    number = next(s.index for s in open_book(plain).sheets if "別添1" in s.name)
    book = carriers.with_figure(
        plain, number, "".join(anchor(4 + 5 * k, body) for k, body in enumerate(BOXES))
    )
    read = reader.read(book, FORM, child=False)
    return book, dict(items.answers(read.tree)), read.blobs


def test_words_of_a_figure_are_changed_inside_its_shapes_and_nothing_else() -> None:
    book, answers, blobs = with_drawing()
    path = next(p for p in answers if p[0] == "B1" and isinstance(answers[p], dict))
    shapes = [dict(s) for s in answers[path]["shapes"]]
    assert [s["text"] for s in shapes] == ["窓口", "", "国保\nシステム"]
    shapes[0]["text"], shapes[2]["text"] = "総合窓口", "国保\n中間サーバー"
    carrier = filler.fill(
        book,
        items.build(FORM, {**answers, path: {"shapes": shapes}}.items()),
        FORM,
        blobs=blobs,
        child=False,
    )
    assert not carrier.errors
    before, after = parts(book), parts(carrier.data)
    assert [n for n in before if before[n] != after[n]] == ["xl/drawings/drawing1.xml"]
    old, new = (
        before["xl/drawings/drawing1.xml"].decode(),
        after["xl/drawings/drawing1.xml"].decode(),
    )
    assert (
        new.count("twoCellAnchor>") == old.count("twoCellAnchor>")
        and "総合窓口" in new
        and "中間サーバー" in new
        and "窓口</a:t>" in new
    )


def test_another_figure_is_drawn_in_the_place_of_the_old_one_and_new_ones_below() -> None:
    book, answers, blobs = with_drawing()
    path = next(p for p in answers if p[0] == "B1" and isinstance(answers[p], dict))
    boxes = [
        {"type": "box", "text": f"箱{k}", "x": 10 * k, "y": 40 * k, "w": 60, "h": 30}
        for k in range(4)
    ]
    arrow = {"type": "arrow", "text": "①照会", "x": 0, "y": 0, "w": 100, "h": 60}
    more = {
        ("B1", "F", "new", "0"): "国保給付　～高額療養費関係～",
        ("B1", "F", "new", "1"): {"shapes": [*boxes, arrow]},
    }
    carrier = filler.fill(
        book,
        items.build(FORM, {**answers, path: {"shapes": boxes}, **more}.items()),
        FORM,
        blobs=blobs,
        child=False,
    )
    assert not carrier.errors and not strict.faults(carrier.data)
    shapes = [
        a["shapes"]
        for _, a in items.answers(reader.read(carrier.data, FORM, child=False).tree)
        if isinstance(a, dict) and "shapes" in a
    ]
    assert [[s["text"] for s in f] for f in shapes] == [
        ["箱0", "箱1", "箱2", "箱3"],
        ["箱0", "箱1", "箱2", "箱3", "①照会"],
    ]


@pytest.mark.parametrize("key", ["nhi-benefits", "nhi-levy"])
def test_the_demonstrations_documents_fit_a_citys_blank(key: str) -> None:
    tree = demo.assessment(key)
    form = forms.load(tree.form)
    book = carriers.dressed(
        foreign.Writer(random.Random(2), Tree(tree.form), {"hidden"}).write(), random.Random(4)
    )
    carrier = filler.fill(book, tree, form, child=False)
    assert not carrier.errors and not strict.faults(carrier.data)
    assert (
        by_place(reader.read(carrier.data, form, child=False).tree, form).keys()
        <= by_place(tree, form).keys()
    )


def test_our_own_layout_carries_another_version_of_itself() -> None:
    tree = demo.assessment("nhi-levy")
    form = forms.load(tree.form)
    book = writer.write(tree, form, title="国保")
    answers = dict(items.answers(tree))
    answers["I", "1", "1"] = "国民健康保険税の賦課・徴収に関する事務（改）"
    carrier = filler.fill(book, items.build(form, answers.items()), form, child=False)
    assert not carrier.errors and b"_pia" not in parts(carrier.data)["xl/workbook.xml"]


def test_small_drill() -> None:
    counts = drill.run("", None, argparse.Namespace(n=6, seed=random.randrange(2**32)))
    assert counts["missed"] == 0, counts


def boxed(data: bytes) -> bytes:
    """別添2 as one big empty box a file, 別添3 with empty ruled rows: as the blanks have them."""
    book = load_workbook(BytesIO(data))
    ws = next(w for w in book.worksheets if w.title.startswith("(別添2)"))
    ws.merge_cells("A3:M30")
    ws["A3"].alignment = Alignment(wrap_text=True, vertical="top")
    table = next(w for w in book.worksheets if w.title.startswith("(別添3)"))
    head = row_of(table, "変更日")
    for r in range(head + 1, head + 6):
        for c in range(1, 13):
            table.cell(r, c).border = Border(left=Side("thin"), right=Side("thin"))
        for c in range(1, 12, 2):
            table.merge_cells(start_row=r, start_column=c, end_row=r, end_column=c + 1)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_stands_in_the_big_box_and_changes_in_the_ruled_rows() -> None:
    book = boxed(blank(set()))
    rows = [
        {"cells": ["令和5年4月1日", f"Ⅰ{i}．", "旧", "新", "事後", ""], "inherited": True}
        for i in range(7)
    ]
    names = [[f"{i}．項目{i}"] for i in range(1, 151)]
    carrier = filled(
        book, {("II", "a", "1"): "国保ファイル", ("B2", "F", "a", "1"): names, ("B3",): rows}
    )
    box = sheet(carrier, "(別添2)")["A3"]
    assert box.value == "\n".join(n[0] for n in names)
    table = sheet(carrier, "(別添3)")
    first = row_of(table, "変更日") + 1
    assert [table.cell(first + i, 3).value for i in range(7)] == [f"Ⅰ{i}．" for i in range(7)]


def test_numbered_rows_take_the_place_of_the_big_box() -> None:
    carrier = filled(
        boxed(blank(set())),
        {
            ("II", "a", "1"): "国保ファイル",
            ("B2", "F", "a", "1"): [[str(i), f"項目{i}"] for i in range(1, 20)],
        },
    )
    ws = sheet(carrier, "(別添2)")
    assert (
        ws.row_dimensions[3].hidden and ws.row_dimensions[30].hidden and row_of(ws, "項目1") == 31
    )


@pytest.mark.parametrize("habits", [{"below"}, {"one_sheet"}, {"split", "tall"}])
def test_figures_a_blank_has_no_place_for_stand_below_the_printed_one(habits: set[str]) -> None:
    answers: dict[Path, Any] = {}
    for k in "pqr":
        answers["B1", "F", k, "0"] = f"国保給付　～{k}～"
        answers["B1", "F", k, "1"] = {
            "shapes": [{"type": "box", "text": f"窓口{k}", "x": 10, "y": 10, "w": 90, "h": 200}]
        }
        answers["B1", "F", k, "2"] = "①窓口で受け付ける。\n②審査する。"
    carrier = filled(blank(habits), answers)
    assert filled(carrier, answers) == carrier
