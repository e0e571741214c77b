"""新旧対照表: underlined exactly where the texts differ, on both sides, in every medium; shared
changes once."""

from __future__ import annotations

import io

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText

from pia import forms
from pia.documents.comparison import table as compared_table
from pia.documents.comparison import table_xlsx
from pia.documents.comparison.table import Subject, runs
from pia.documents.word import as_pdf, reader, writer
from pia.documents.word.model import PaperTable
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.text.pieces import sides
from pia.domain.text.spans import spans

FORM = forms.load("all_item@平成30年5月")
PLACE = "II/file-a/6/1"
OLD = (
    "＜既存の措置＞\n①施錠した部屋に置く。\n＜消す措置＞\n①古い措置。"
    "\n＜委託先の措置＞\n①契約で定める。"
)
NEW = (
    "＜既存の措置＞\n①施錠した部屋に置く。\n＜クラウドの措置＞\n①データを暗号化して置く。"
    "\n＜委託先の措置＞\n①契約及び覚書で定める。"
)


def tree(answers: dict[str, str]):
    return items.build(FORM, [(tuple(p.split("/")), a) for p, a in answers.items()])


def subject(key: str, old: dict[str, str], new: dict[str, str], **more) -> Subject:
    a, b = tree(old), tree(new)
    return Subject(
        key,
        f"{key}の事務",
        more.pop("number", ""),
        a,
        b,
        describe(FORM, compare(a, b), a, b),
        **more,
    )


ONE = subject("甲", {PLACE: OLD}, {PLACE: NEW}, number="資料1")
TWO = subject(
    "乙", {PLACE: OLD, "IV/1/2/a": "年に1度"}, {PLACE: NEW, "IV/1/2/a": "年に2度"}, number="資料2"
)


def cells(s) -> list[tuple[str, ...]]:
    grid = next(x for x in s.items if isinstance(x, PaperTable))
    return [tuple(c.text for c in row) for row in grid.rows]


def test_new_gone_and_unchanged_blocks_are_named_and_the_sides_can_be_turned() -> None:
    left, right = cells(compared_table.paper([ONE], title="表"))[-1][1:3]
    assert (
        left == "（略）\n（削除）\n＜クラウドの措置＞\n①データを暗号化して置く。"
        "\n＜委託先の措置＞\n①契約及び覚書で定める。"
    )
    assert right == "（略）\n＜消す措置＞\n①古い措置。\n（新設）\n＜委託先の措置＞\n①契約で定める。"
    turned = compared_table.paper([ONE], title="表", new_left=False)
    assert cells(turned)[0][1:3] == ("変更前（旧）", "変更後（新）")
    assert cells(turned)[-1][1:3] == (right, left)


def test_what_is_gone_from_the_beginning_stands_once() -> None:
    made = subject(
        "戊",
        {PLACE: "前書き。\n＜消す措置＞\n①古い措置。\n＜残る措置＞\n①残る。"},
        {PLACE: "前書き。\n＜残る措置＞\n①残る。"},
    )
    assert cells(compared_table.paper([made], title="表"))[-1][1:3] == (
        "（略）\n（削除）\n（略）",
        "（略）\n＜消す措置＞\n①古い措置。\n（略）",
    )
    made = subject(
        "戊",
        {PLACE: "＜消す措置＞\n①古い措置。\n＜残る措置＞\n①残る。"},
        {PLACE: "前書き。\n＜残る措置＞\n①残る。"},
    )
    new, old = cells(compared_table.paper([made], title="表"))[-1][1:3]
    assert (
        old.count("①古い措置。") == 1 and new.count("前書き。") == 1 and new.count("（削除）") == 1
    )


def test_shared_changes_stand_once_naming_their_documents_and_pages() -> None:
    with_pages = [
        subject(
            s.key,
            {PLACE: OLD},
            {PLACE: NEW},
            number=s.number,
            new_pages={tuple(PLACE.split("/")): n},
        )
        for s, n in ((ONE, 46), (TWO, 34))
    ]
    rows = cells(compared_table.paper(with_pages, title="表"))
    assert rows[1] == ("1　2件に共通する変更（資料1、資料2）",)
    assert rows[2][3] == "資料1\n46\n資料2\n34"
    assert len(rows) == 3
    rows = cells(compared_table.paper([ONE, TWO], title="表"))
    assert [r[0] for r in rows if len(r) == 1] == [
        "1　2件に共通する変更（資料1、資料2）",
        "2　資料2の変更（乙の事務）",
    ]


@given(st.text("あいう漢字、。①ＡA \n", max_size=40), st.text("あいう漢字、。①ＡA \n", max_size=40))
@settings(deadline=None)
def test_underlines_are_the_spans(old: str, new: str) -> None:
    left, right = sides(old, new, spans(old, new), fold=False)
    for text, pieces in ((old, left), (new, right)):
        made = runs(pieces)
        assert "".join(r.text for r in made) == text
        marked = [r.underline for r in made for _ in r.text]
        assert marked == [p.op != "equal" for p in pieces for _ in p.text]


def underlined(docx: bytes) -> list[str]:
    table = Document(io.BytesIO(docx)).tables[0]
    return [
        "".join(r.text for p in table.rows[-1].cells[i].paragraphs for r in p.runs if r.underline)
        for i in (1, 2)
    ]


def test_word_has_real_tables_with_underlined_runs_and_a_repeated_heading() -> None:
    data = writer.write(compared_table.paper([ONE], title="表"))
    assert underlined(data) == [
        "＜クラウドの措置＞\n①データを暗号化して置く。及び覚書",
        "＜消す措置＞\n①古い措置。",
    ]
    book = Document(io.BytesIO(data))
    assert book.tables[0].rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    section = book.sections[0]
    assert round(section.page_width.mm) == 297 and round(section.page_height.mm) == 210
    assert 'w:eastAsia="ＭＳ 明朝"' in book.styles.element.xml
    assert data == writer.write(compared_table.paper([ONE], title="表"))


def test_word_read_back_says_the_same_and_so_does_the_pdf() -> None:
    sheet = compared_table.paper([ONE, TWO], title="表")
    read, problems = reader.read(writer.write(sheet))
    assert not problems
    assert (
        next(x for x in read.items if isinstance(x, PaperTable)).rows
        == next(x for x in sheet.items if isinstance(x, PaperTable)).rows
    )
    assert as_pdf.write(sheet) == as_pdf.write(sheet)


def test_the_workbook_underlines_and_repeats_its_heading() -> None:
    data = table_xlsx.write([ONE, TWO], title="表")
    assert data == table_xlsx.write([ONE, TWO], title="表")
    sheet = load_workbook(io.BytesIO(data), rich_text=True).active
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$4:$4"
    cell = next(
        c
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, CellRichText) and "クラウド" in str(c.value)
    )
    marked = "".join(x.text for x in cell.value if not isinstance(x, str) and x.font.u)
    assert marked == "＜クラウドの措置＞\n①データを暗号化して置く。及び覚書"


def test_no_row_of_the_workbook_is_higher_than_a_program_shows_and_none_is_cut() -> None:
    old = (
        "＜長い措置＞\n"
        + "".join(f"①古い措置その{n}を行う。" for n in range(400))
        + "\n＜残る措置＞\n①残る。"
    )
    new = (
        "＜長い措置＞\n"
        + "\n".join(f"②新しい措置その{n}、丙及び丁を行い、記録する。" for n in range(90))
        + "\n＜残る措置＞\n①残る。加えた。"
    )
    sheet = load_workbook(
        io.BytesIO(table_xlsx.write([subject("己", {PLACE: old}, {PLACE: new})], title="表"))
    ).active
    rows = [
        row
        for row in sheet.iter_rows(min_row=sheet.print_title_rows and 4)
        if str(row[0].value or "").startswith(("Ⅲ", "Ⅱ"))
    ]
    assert len(rows) > 3 and all(str(r[0].value).endswith("（続き）") for r in rows[1:])
    for row in rows:
        height = sheet.row_dimensions[row[0].row].height
        need = max(table_xlsx.lines(str(c.value or ""), 62) for c in row[1:3]) * 14.6
        assert need <= height <= 409
    assert not any(str(c.value or "").startswith("\n") for r in rows for c in r[1:3])
    said = ["".join(str(r[i].value or "") for r in rows).replace("\n", "") for i in (1, 2)]
    assert all(f"②新しい措置その{n}、丙及び丁を行い、記録する。" in said[0] for n in range(90))
    assert all(f"①古い措置その{n}を行う。" in said[1] for n in range(400))


def test_what_looks_like_a_formula_or_markup_stays_text() -> None:
    odd = subject("丙", {PLACE: "=1+1"}, {PLACE: '=HYPERLINK("x")<b>&amp;{{ 7*7 }}'})
    sheet = load_workbook(io.BytesIO(table_xlsx.write([odd], title="=表")), rich_text=True).active
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
    read, _ = reader.read(writer.write(compared_table.paper([odd], title="表")))
    assert (
        '=HYPERLINK("x")<b>&amp;{{ 7*7 }}'
        in next(x for x in read.items if isinstance(x, PaperTable)).rows[-1][1].text
    )


@pytest.mark.parametrize(
    "write", [table_xlsx.write, lambda s, title: writer.write(compared_table.paper(s, title=title))]
)
def test_nothing_changed_is_said(write) -> None:
    same = subject("丁", {PLACE: OLD}, {PLACE: OLD})
    assert write([same], title="表")
    assert "変更はない。" in [
        x.text
        for x in compared_table.paper([same], title="表").items
        if not isinstance(x, PaperTable)
    ]
