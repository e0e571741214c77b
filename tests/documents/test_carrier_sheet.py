"""A worksheet's XML under the knife: what is not meant keeps its letters, and everything that
points at rows follows them."""

from __future__ import annotations

import random
import re

import pytest

from pia.documents.carrier.sheet import Insert, SheetGrid, moved, shifted

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<worksheet '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension '
    'ref="A1:C4"/>'
)
SHEET = (
    HEAD
    + '<sheetData><row r="1" spans=\'1:3\'><c r="A1" s="2" t=\'s\'><v>0</v></c><c r="C1"/></row>'
    + '<row r="2" ht="20" hidden="1" customHeight="1"><c '
    'r="A2" t="inlineStr"><is><t>b</t></is></c><c '
    'r="B2" s="3"><f>SUM(A1:A4)</f><v>3</v></c></row>'
    + '<row r="4"><c r="A4"><v>7</v></c></row></sheetData>'
    + '<mergeCells count="2"><mergeCell ref="A1:B3"/><mergeCell ref="A4:C4"/></mergeCells>'
    + '<conditionalFormatting sqref="A1:C4"><cfRule '
    'type="expression"><formula>$A4&gt;1</formula></cfRule></conditionalFormatting>'
    + '<dataValidations count="1"><dataValidation sqref="B4 '
    'C2:C4"><formula1>$A$4</formula1></dataValidation></dataValidations>'
    + '<hyperlinks><hyperlink ref="A4"/></hyperlinks><rowBreaks count="1"><brk '
    'id="3" max="16383"/></rowBreaks><colBreaks count="1"><brk '
    'id="3"/></colBreaks></worksheet>'
)


def test_a_sheet_nobody_touches_is_the_same_text() -> None:
    assert SheetGrid(SHEET.encode()).text() == SHEET


def test_a_written_cell_keeps_its_style_and_every_other_letter_stands() -> None:
    grid = SheetGrid(SHEET.encode())
    grid.put(1, 1, ' <a> & "b"\n_x0041_')
    said = (
        '<c r="A1" s="2" t="inlineStr"><is><t xml:space="preserve"> &lt;a&gt; &amp; '
        '"b"\n_x005F_x0041_</t></is></c>'
    )
    assert grid.text() == SHEET.replace('<c r="A1" s="2" t=\'s\'><v>0</v></c>', said)


def test_numbers_stay_numbers_texts_become_texts_and_empty_keeps_the_style() -> None:
    grid = SheetGrid(SHEET.encode())
    grid.put(4, 1, "12")
    grid.put(2, 2, "")
    assert (
        '<c r="A4"><v>12</v></c>' in grid.text()
        and '<c r="B2" s="3"/>' in grid.text()
        and grid.lost_formula
    )
    grid.put(4, 1, "012")
    assert '<c r="A4" t="inlineStr">' in grid.text()


def test_new_cells_and_rows_stand_in_order() -> None:
    grid = SheetGrid(SHEET.encode())
    grid.put(3, 2, "新", "5")
    grid.put(1, 2, "中")
    text = grid.text()
    assert re.findall(r'<row r="(\d+)"', text) == ["1", "2", "3", "4"]
    assert re.findall(r'<c r="([A-Z]1)"', text) == ["A1", "B1", "C1"] and '<c r="B3" s="5"' in text


def test_rows_put_in_move_all_that_stands_below_and_stretch_what_goes_over_them() -> None:
    grid = SheetGrid(SHEET.encode())
    grid.insert([Insert(2, 4, 4, True, {(0, 1): "続き"}), Insert(4, 4, 4)], "表")
    text = grid.text()
    assert re.findall(r'<row r="(\d+)"', text) == ["1", "2", "3", "5", "6"]
    assert (
        'ref="A1:B4"' in text
        and 'ref="A5:C5"' in text
        and 'ref="A3:C3"' in text
        and 'ref="A6:C6"' in text
    )
    assert "SUM(A1:A5)" in text and "$A5&gt;1" in text and "<formula1>$A$5</formula1>" in text
    assert 'sqref="A1:C6"' in text and 'sqref="B5:B6 C2:C6"' in text
    assert (
        '<hyperlink ref="A5"/>' in text
        and '<brk id="4" max="16383"/>' in text
        and '<colBreaks count="1"><brk id="3"/>' in text
    )
    assert "続き" in text and text.count("<v>7</v>") == 2


def test_a_shown_row_is_shown() -> None:
    grid = SheetGrid(SHEET.encode())
    grid.show(2, False)
    assert 'hidden="1"' not in grid.text() and 'ht="20"' in grid.text()


@pytest.mark.parametrize(
    ("formula", "then"),
    [
        ("$A$5:$C$9", "$A$5:$C$12"),
        ("'Ⅱ'!$A$1:$C$3,'Ⅱ'!$1:$2", "'Ⅱ'!$A$1:$C$3,'Ⅱ'!$1:$2"),
        ('IF(A7="A7",Ⅱ!A7,LOG10(A8))', 'IF(A10="A7",Ⅱ!A7,LOG10(A11))'),
        ("表!B6+B6", "表!B9+B9"),
        ("'表'!$6:$7", "'表'!$9:$10"),
    ],
)
def test_formulas_follow_their_own_sheet_only(formula: str, then: str) -> None:
    assert shifted(formula, "表", "表", moved([Insert(5, 5, 7)])) == then


def test_moved_rows_keep_their_order_whatever_is_put_in() -> None:
    rng = random.Random(1)
    for _ in range(50):
        inserts = [
            Insert(rng.randint(1, 30), first := rng.randint(1, 30), first + rng.randint(0, 3))
            for _ in range(rng.randint(1, 5))
        ]
        new = moved(inserts)
        assert [new(r + 1) - new(r) for r in range(1, 40)] == [
            1 + sum(i.size for i in inserts if i.after == r) for r in range(1, 40)
        ]


def test_another_encoding_or_comments_do_no_harm() -> None:
    grid = SheetGrid(SHEET.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"))
    assert grid.merges == [(1, 1, 3, 2), (4, 1, 4, 3)]
    assert SheetGrid(
        SHEET.replace("<sheetData>", "<sheetData><!-- <row r='9'/> -->").encode()
    ).rows.keys() == {1, 2, 4}


def test_cells_that_shared_a_formula_keep_it_when_the_first_one_is_written_over() -> None:
    shared = SHEET.replace(
        '<c r="A4"><v>7</v></c>',
        '<c r="A4"><f t="shared" ref="A4:C4" si="0">SUM(A1:A2)*2</f><v>1</v></c><c '
        'r="B4"><f t="shared" si="0"/><v>2</v></c>',
    )
    grid = SheetGrid(shared.encode())
    grid.put(4, 1, "記載")
    assert (
        '<c r="B4"><f>SUM(B1:B2)*2</f><v>2</v></c>' in grid.text() and "shared" not in grid.text()
    )


def test_a_page_begins_at_a_row_once_and_where_the_format_wants_it() -> None:
    grid = SheetGrid(SHEET.encode())
    for row in (1, 4, 3, 3):  # none before the first, one before the fourth stands there
        grid.break_before(row)
    breaks = re.findall(r"<rowBreaks.*?</rowBreaks>", grid.text())
    assert breaks == [
        '<rowBreaks count="2" manualBreakCount="1"><brk id="2" max="16383" man="1"/>'
        '<brk id="3" max="16383"/></rowBreaks>'
    ]
    # With none there, before what follows them.
    bare = SHEET.replace('<rowBreaks count="1"><brk id="3" max="16383"/></rowBreaks>', "")
    grid = SheetGrid(bare.encode())
    grid.break_before(2)
    assert '</hyperlinks><rowBreaks count="1" manualBreakCount="1"><brk id="1"' in grid.text()
    assert "</rowBreaks><colBreaks" in grid.text()
