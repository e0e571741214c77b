"""「（別紙１のとおり）」: what fits no box stands whole on a sheet of its own, is read back to
the letter, and never gets lost unsaid."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Alignment

from pia import forms
from pia.documents.carrier import filler
from pia.documents.carrier.places import wanted
from pia.documents.ooxml import package
from pia.documents.workbook_in import annex, reader
from pia.documents.workbook_in.reader import BookReading
from pia.domain.document import items
from pia.domain.document.tree import Path as Place
from tests.documents import carriers, foreign, strict
from tests.documents.books import by_place, edited, opened, parts

ALL = "all_item@平成30年5月"
FORM = forms.load(ALL)
NAME: Place = ("I", "1", "1")
WORK: Place = ("I", "1", "2")
FILE: Place = ("II", "a", "1")
AIMS: Place = ("II", "a", "2", "4", "b")
LONG = "\n".join(
    [
        "　＜国保システムにおける措置＞",
        "",
        *[f"{n}　サーバーは施錠した部屋に置き𠮷、入退室を記録する。" for n in range(90)],
        "以上",
        "",
        "",
    ]
)
ENDLESS = "サーバーは施錠した部屋に置き、入退室を記録する。" * 1_500


def blank(habits: set[str] | None = None) -> bytes:
    """A workbook whose boxes are one column each, below their labels, with short answers: there
    is no room for （続き） beside the text."""
    return carriers.blank(frozenset(habits)) if habits else _narrow()


@cache
def _narrow() -> bytes:
    def broad(wb: Workbook) -> None:
        for ws in wb.worksheets:
            ws.column_dimensions["A"].width = 60
            for row in ws.iter_rows():
                for c in row:
                    if c.value:
                        c.alignment = Alignment(wrap_text=True, vertical="top")

    short_tree = items.build(
        FORM, {NAME: "短い。", WORK: "短い。", FILE: "甲", AIMS: "短い。"}.items()
    )
    return edited(
        foreign.Writer(random.Random(1), short_tree, {"unmerged", "below"}).write(), broad
    )


def fill(book: bytes, answers: dict[Place, Any]) -> bytes:
    tree = items.build(FORM, answers.items())
    carrier = filler.fill(book, tree, FORM, child=False)
    assert not carrier.errors, carrier.errors[:3]
    assert not strict.faults(carrier.data) and not carriers.untouched(book, carrier.data)
    assert by_place(read(carrier.data).tree, FORM) == by_place(tree, FORM)
    assert filler.fill(carrier.data, tree, FORM, child=False).data == carrier.data, (
        "a workbook that says so already is not touched"
    )
    return carrier.data


def read(data: bytes) -> BookReading:
    return reader.read(data, FORM, child=False)


def said_of(data: bytes) -> dict[Place, Any]:
    return dict(items.answers(read(data).tree))


def texts(data: bytes) -> list[str]:
    return [
        c.value
        for ws in opened(data).worksheets
        for row in ws.iter_rows()
        for c in row
        if isinstance(c.value, str)
    ]


def heads(data: bytes) -> list[tuple[str, str]]:
    ws = opened(data)["別紙"]
    return [
        (a.value, b.value)
        for a, b in ws.iter_rows(min_row=2, max_col=2)
        if (a.value or "").startswith("別紙")
    ]


def test_what_fits_no_box_is_cited_and_stands_whole_on_a_sheet_of_its_own() -> None:
    book = blank()
    carrier = fill(book, {NAME: LONG, WORK: "短い。", FILE: "国保ファイル", AIMS: ENDLESS})
    assert heads(carrier) == [
        ("別紙１", "Ⅰ１．①事務の名称"),
        ("別紙２", "Ⅱ（国保ファイル）２．④記録される項目 その妥当性"),
    ]
    assert (
        texts(carrier).count("（別紙１のとおり）")
        == texts(carrier).count("（別紙２のとおり）")
        == 1
    )
    wb = opened(carrier)
    ws = wb.worksheets[-1]
    assert (
        ws.title == "別紙"
        and ws.page_setup.paperSize == 9
        and ws.sheet_properties.pageSetUpPr.fitToPage
        and ws.page_setup.fitToHeight == 0
    )
    assert max(d.height for d in ws.row_dimensions.values()) <= 409
    assert [b.id for b in ws.row_breaks.brk] == [
        r - 1 for r in range(3, ws.max_row) if ws.cell(r, 1).value == "別紙２"
    ], "each begins a page"
    assert all(ws.cell(r, 2).alignment.wrap_text for r in range(2, ws.max_row + 1))
    assert {n for n in wb.defined_names if annex.is_name(n)} == {"別紙1のとおり", "別紙2のとおり"}


def test_looks_that_were_there_keep_their_numbers() -> None:
    book = blank()
    before, after = (opened(d) for d in (book, fill(book, {NAME: LONG})))
    for ws in before.worksheets:
        for row in ws.iter_rows():
            for c in row:
                assert c._style == after[ws.title].cell(c.row, c.column)._style


@pytest.mark.parametrize("seed", range(12))
def test_any_text_comes_back_to_the_letter(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [
        "\n",
        "\n\n",
        " ",
        "　",
        "以上",
        "別紙１",
        "（続き）",
        "（続き・改行なし）",
        "\t",
        "𠮷",
        "_x000D_",
        "=1+1",
        "'",
        "あ" * 3_000,
        "語。" * 40,
        "<&>",
    ]
    text = (
        "".join(rng.choice(pieces) for _ in range(60))
        + "末" * 1_200
        + rng.choice(["", "\n", "\n\n", " "])
    )
    carrier = fill(blank(), {NAME: text, FILE: "甲"})
    assert said_of(carrier)[NAME] == text and "別紙" in opened(carrier).sheetnames


def test_words_behind_an_option_go_there_and_the_boxes_stay() -> None:
    line = next(
        n
        for n in FORM.walk()
        if n.kind == "choice_many" and n.id.startswith("II-") and any(o.free for o in n.options)
    )
    option = next(o for o in line.options if o.free)
    path = ("II", "a", *[n.key for n in (*line.parents, line)][1:])
    answers: dict[Place, Any] = {FILE: "甲", path: [{option.label: "事情により異なる。" * 4_000}]}
    carrier = fill(blank({"dense"}), answers)
    assert any(
        "○" in t and "（別紙１のとおり）" in t and option.around[0] in t for t in texts(carrier)
    )
    assert not any("（（" in t or "(（" in t for t in texts(carrier)), (
        "brackets of the form are not printed twice"
    )
    for nameless in (
        False,
        True,
    ):  # an office program that loses names: brackets that follow words at once are the form's
        back = read(edited(carrier, _no_names) if nameless else carrier).tree
        assert by_place(back, FORM) == by_place(items.build(FORM, answers.items()), FORM)


def test_a_long_text_in_a_cell_that_breaks_no_lines_goes_there_and_a_name_stays() -> None:
    def edit(wb: Workbook) -> None:
        for ws in wb.worksheets:
            for row in ws.iter_rows():
                for c in row:
                    c.alignment = Alignment(wrap_text=False)

    book = edited(blank(), edit)
    said = (
        "窓口で受け付け、審査して、結果を通知する事務であり、申請者の所得と世帯の情報を用いる。" * 4
    )
    carrier = fill(book, {NAME: "国民健康保険に関する事務", WORK: said, FILE: "甲"})
    assert (
        [h for _, h in heads(carrier)] == ["Ⅰ１．②事務の内容"]
        and said_of(carrier)[WORK] == said
        and said_of(carrier)[NAME] == "国民健康保険に関する事務"
    )


def test_a_person_edits_the_sheet_and_that_is_the_answer() -> None:
    carrier = fill(blank(), {NAME: LONG, FILE: "甲"})

    def edit(wb: Workbook) -> None:
        ws = wb["別紙"]
        row = next(r for r in range(1, ws.max_row + 1) if ws.cell(r, 1).value == "別紙１") + 1
        ws.cell(row, 2).value = "改めた記載。\n２行目"
        ws.insert_rows(row + 1)
        ws.cell(row + 1, 2).value = "足した行"

    got = said_of(edited(carrier, edit))[NAME]
    assert got.startswith("改めた記載。\n２行目\n足した行\n") and got.endswith("以上\n\n")


@pytest.mark.parametrize("how", ["sheet", "text", "entry"])
def test_a_citation_of_nothing_is_said_with_item_and_place(how: str) -> None:
    carrier = fill(blank(), {NAME: LONG, WORK: ENDLESS, FILE: "甲"})

    def edit(wb: Workbook) -> None:
        ws = wb["別紙"]
        if how == "sheet":
            del wb["別紙"]
        elif how == "text":
            for r in range(2, ws.max_row + 1):
                ws.cell(r, 2).value = None
        else:
            ws.delete_rows(2, ws.max_row)

    reading = read(edited(carrier, edit))
    assert [p.code for p in reading.errors] == ["annex_missing"] * 2
    assert "事務の名称" in reading.errors[0].sentence and "!" in reading.errors[0].where
    assert NAME not in dict(items.answers(reading.tree)) and WORK not in dict(
        items.answers(reading.tree)
    )


def test_a_citys_own_paper_stays_what_it_is_and_ours_gets_another_number() -> None:
    assert said_of(fill(blank(), {NAME: "（別紙１のとおり）"}))[NAME] == "（別紙１のとおり）"
    carrier = fill(
        blank(), {NAME: "（別紙１のとおり）", WORK: LONG, FILE: "別紙２に掲げるファイル"}
    )
    assert [n for n, _ in heads(carrier)] == ["別紙３"]


def test_the_next_version_has_the_sheet_it_needs_and_no_other() -> None:
    first = fill(blank(), {NAME: LONG, WORK: ENDLESS, FILE: "甲", AIMS: "短い。"})
    renamed = fill(first, {NAME: LONG, WORK: ENDLESS, FILE: "乙", AIMS: ENDLESS + "。"})
    assert (
        len(heads(renamed)) == 3
        and any("（乙）" in h for _, h in heads(renamed))
        and not any("（甲）" in h for _, h in heads(renamed))
    )
    second = fill(renamed, {NAME: "短い。", WORK: ENDLESS, FILE: "甲"})
    assert [n for n, _ in heads(second)] == ["別紙１"] and opened(second).sheetnames.count(
        "別紙"
    ) == 1
    third = fill(second, {NAME: "短い。", FILE: "甲"})
    wb = opened(third)
    assert "別紙" not in wb.sheetnames and not any(annex.is_name(n) for n in wb.defined_names)


def test_a_sheet_nobody_cites_any_more_is_said() -> None:
    carrier = fill(blank(), {NAME: LONG, FILE: "甲"})

    def edit(wb: Workbook) -> None:
        cell = next(
            c
            for ws in wb.worksheets
            for row in ws.iter_rows()
            for c in row
            if isinstance(c.value, str) and c.value.startswith("（別紙")
        )
        cell.value = "短く書き直した。"

    reading = read(edited(carrier, edit))
    assert dict(items.answers(reading.tree))[NAME] == "短く書き直した。"
    assert [p.code for p in reading.problems if p.code.startswith("annex")] == [
        "annex_unused"
    ] and not reading.errors


def test_without_our_names_the_one_cell_that_cites_is_filled_in() -> None:
    assert said_of(edited(fill(blank(), {NAME: LONG, FILE: "甲"}), _no_names))[NAME] == LONG


def _no_names(wb: Workbook) -> None:
    for n in [n for n in wb.defined_names if annex.is_name(n)]:
        del wb.defined_names[n]


def test_after_libreoffice_it_is_the_same(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("soffice is missing: install libreoffice-calc")
    answers: dict[Place, Any] = {
        NAME: LONG,
        WORK: ENDLESS,
        FILE: "甲",
        AIMS: " 先頭の空白\n\n" + ENDLESS + "\n",
    }
    (tmp_path / "a.xlsx").write_bytes(fill(blank(), answers))
    call = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/lo",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(tmp_path / "out"),
    ]
    subprocess.run([*call, str(tmp_path / "a.xlsx")], check=True, capture_output=True, timeout=300)
    back = (tmp_path / "out" / "a.xlsx").read_bytes()
    assert len(heads(back)) == 3
    assert said_of(back) == said_of((tmp_path / "a.xlsx").read_bytes())
    assert not read(back).errors
    assert [
        n for n, _ in heads(fill(back, {NAME: "短い。", WORK: ENDLESS + "改", FILE: "甲"}))
    ] == ["別紙１"]


def test_with_the_unseen_map_it_comes_back_three_way() -> None:
    tree = items.build(FORM, {NAME: LONG, WORK: "短い。", FILE: "甲"}.items())
    carrier = filler.fill(blank(), tree, FORM, carry=("v1", "国保"), child=False).data
    assert (
        not strict.faults(carrier)
        and [p.code for p in filler.fill(carrier, tree, FORM, child=False).errors] == []
    )

    def edit(wb: Workbook) -> None:
        ws = wb["別紙"]
        ws.cell(
            next(r for r in range(1, ws.max_row + 1) if ws.cell(r, 1).value == "別紙１") + 1, 2
        ).value = "改めた記載。"

    back, changed = read(carrier), read(edited(carrier, edit))
    assert (
        back.base
        and dict(items.answers(back.tree)) == dict(items.answers(tree))
        and not back.errors
    )
    assert (
        dict(items.answers(changed.tree))[NAME].startswith("改めた記載。")
        and changed.base == back.base
    )


def test_rows_a_text_went_on_in_are_given_back_when_it_goes_there() -> None:
    """What reads differently in rows of its own is put on the sheet in a second go."""
    tree = items.build(FORM, {WORK: LONG, FILE: "甲"}.items())
    carrier = filler.fill(blank({"nested"}), tree, FORM, child=False).data
    assert "（続き）" in texts(carrier) and "別紙" not in opened(carrier).sheetnames
    other = items.build(FORM, {WORK: LONG + "改", FILE: "甲"}.items())
    want, _ = wanted(other, FORM)
    key = next(k for k, w in want.items() if w.path == WORK)
    carrier, again, problems, unread = filler.fill_once(
        carrier, other, FORM, want, {}, frozenset({key})
    )
    assert (
        not unread
        and [p.code for p in problems] == ["carrier.annex"]
        and again.now[key] == LONG + "改"
    )
    assert "（続き）" not in texts(carrier) and texts(carrier).count("（別紙１のとおり）") == 1


def test_number_and_name_of_the_last_row_stay_together_above_the_next_heading() -> None:
    rows = [["1", "宛名番号"], ["2", "氏名"]]
    fill(
        blank({"one_sheet"}),
        {
            FILE: "＜選択肢＞",
            ("II", "b", "1"): "乙",
            ("B2", "F", "a", "1"): rows,
            ("B2", "F", "b", "1"): rows,
        },
    )


def test_a_hidden_sheet_of_choices_is_no_part_of_the_list_before_it() -> None:
    answers: dict[Place, Any] = {
        FILE: "甲",
        ("B2", "F", "a", "1"): [["1．宛名番号"], ["2．氏名"], ["3．住所"]],
    }
    book = foreign.Writer(
        random.Random(1), items.build(FORM, answers.items()), {"plain_list"}
    ).write()

    def choices(wb: Workbook) -> None:
        ws = wb.create_sheet(
            "入力規則", next(i for i, s in enumerate(wb.sheetnames) if "別添2" in s) + 1
        )
        ws["A1"], ws["A2"], ws.sheet_state = "事前", "事後", "hidden"

    book = edited(book, choices)
    assert said_of(book)[next(p for p in said_of(book) if p[0] == "B2")] == [
        {"cells": [c[0]]} for c in answers["B2", "F", "a", "1"]
    ]
    assert any(p.code == "unread_cell" for p in read(book).problems)
    fill(book, {**answers, ("B2", "F", "a", "1"): [["1．電話番号"]]})


def test_a_workbook_whose_xml_has_prefixes_takes_a_sheet_and_looks_too() -> None:
    all_parts = parts(blank())
    for name in ("xl/workbook.xml", "xl/styles.xml"):
        said = re.sub(r"<(/?)(?=[A-Za-z])", r"<\1x:", all_parts[name].decode())
        all_parts[name] = re.sub(r"\bxmlns=", "xmlns:x=", said).encode()
    carrier = fill(package.pack(all_parts), {NAME: LONG, FILE: "甲"})
    assert [n for n, _ in heads(carrier)] == ["別紙１"]
    assert "別紙" not in opened(fill(carrier, {NAME: "短い。", FILE: "甲"})).sheetnames


def test_a_text_that_would_go_on_over_too_many_rows_goes_there() -> None:
    first = fill(blank({"nested"}), {WORK: LONG, FILE: "甲"})
    assert "（続き）" in texts(first) and "別紙" not in opened(first).sheetnames
    carrier = fill(first, {WORK: ENDLESS * 3, FILE: "甲"})
    assert "（続き）" not in texts(carrier) and [n for n, _ in heads(carrier)] == ["別紙１"]
