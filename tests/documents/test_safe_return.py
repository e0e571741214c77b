"""A workbook comes back from programs and hands that move rows, names, sheets and blocks: the same
document, and what could not be read is never taken for deleted."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pia import forms
from pia.actions import sources
from pia.actions.sources import Source
from pia.documents.ooxml import carried
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.change.compare import compare
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.revise import unread
from tests.documents import foreign
from tests.documents.books import edited, opened

FORM = "all_item@平成30年5月"
TRUSTS = ("trust-a", "trust-b", "trust-c")


@cache
def document() -> Tree:
    """A document of two files with three 委託事項 in the first, each answer its own."""
    form = forms.load(FORM)
    answers = foreign.answers(random.Random(5), form)
    answers = {path: a for path, a in answers.items() if path[:1] != ("II",) or "T" not in path}
    file = next(path[1] for path in answers if path[0] == "II")
    for number, key in enumerate(TRUSTS, 1):
        at = ("II", file, "4", "T", key)
        answers[*at, "0"] = f"委託{number}号の業務"
        answers[*at, "1"] = f"第{number}の事業者に、入力と確認の作業を頼む。"
        answers[*at, "4"] = ["専用線"]
        answers[*at, "6"] = f"合同会社みなと{number}"
    return items.build(form, answers.items())


@cache
def sent() -> bytes:
    tree = document()
    return writer.write(tree, forms.load(FORM), title="国保", ref="nhi@3")


def back(change: Callable[[Workbook], None]) -> Source:
    """What comes back after another program changed the workbook."""
    return sources.read_bytes(edited(sent(), change), "戻り.xlsx")


def kinds(book: Source) -> list[str]:
    """What a returned workbook changes of what was sent out."""
    assert book.base is not None
    return [change.kind for change in compare(book.base, book.tree).changes]


def codes(book: Source) -> set[str]:
    return {problem.code for problem in book.problems}


def sheets() -> list[str]:
    return [w.title for w in opened(sent()).worksheets if w.sheet_state == "visible"]


def row_of(sheet: Worksheet, words: str) -> int:
    """The row of the first cell that begins with these words."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith(words):
                return int(cell.row)
    raise AssertionError(words)


def files(book: Workbook) -> Worksheet:
    return next(w for w in book.worksheets if w.title.startswith("Ⅱ"))


@pytest.mark.parametrize("seed", range(8))
def test_rows_put_in_by_a_program_that_leaves_names_behind_shift_nothing(seed: int) -> None:
    def put_in(book: Workbook) -> None:
        rng = random.Random(seed)
        for name in sheets():
            for _ in range(seed % 3 + 1):
                sheet = book[name]
                sheet.insert_rows(rng.randint(1, max(2, sheet.max_row)), rng.randint(1, 3))

    book = back(put_in)
    found = kinds(book)
    assert found == []
    said = codes(book)
    assert "names_left" in said


def test_what_a_person_edited_is_all_that_changes_where_names_were_left_behind() -> None:
    def edit(book: Workbook) -> None:
        sheet = files(book)
        at = row_of(sheet, "第2の事業者に")
        cell = next(c for c in sheet[at] if str(c.value).startswith("第2の事業者に"))
        cell.value = "第2の事業者に、点検を頼む。"
        sheet.insert_rows(3, 2)
        sheet.insert_rows(at, 1)

    book = back(edit)
    changes = compare(book.base, book.tree).changes
    assert [(c.kind, c.path[4]) for c in changes] == [("modified", "trust-b")]


def test_names_that_moved_with_their_cells_stay_right() -> None:
    book = sources.read_bytes(sent(), "そのまま.xlsx")
    found = kinds(book)
    assert found == []
    said = codes(book)
    assert said == set()


def test_sheets_with_other_names_are_the_sheets_they_were() -> None:
    def rename(book: Workbook) -> None:
        for number, name in enumerate(sheets()):
            book[name].title = f"様式_{number}"

    found = kinds(back(rename))
    assert found == []


def test_a_workbook_without_our_names_is_read_by_its_labels_and_words() -> None:
    def drop(book: Workbook) -> None:
        for name in list(book.defined_names):
            del book.defined_names[name]
        files(book).insert_rows(30, 2)

    found = kinds(back(drop))
    assert found == []


def test_blocks_that_changed_places_stay_the_entries_they_were() -> None:
    def swap(book: Workbook) -> None:
        sheet = files(book)
        first, second, third = (row_of(sheet, f"委託事項{n}") for n in (1, 2, 3))
        assert third - second == second - first
        for row in range(first, second):
            for col in range(1, 12):
                one, other = sheet.cell(row, col), sheet.cell(row + second - first, col)
                if str(one.value).startswith("委託事項") or type(one).__name__ == "MergedCell":
                    continue
                one.value, other.value = other.value, one.value

    book = back(swap)
    found = kinds(book)
    assert set(found) <= {"moved", "renumbered"}
    trusts = book.tree.find(("II", next(iter(_files(book.tree))), "4", "T"))
    assert trusts is not None
    assert [entry.key for entry in trusts.children] == ["trust-b", "trust-a", "trust-c"]


def _files(tree: Tree) -> list[str]:
    part = tree.find(("II",))
    assert part is not None
    return [entry.key for entry in part.children]


def test_a_label_that_is_gone_takes_no_answer_with_it() -> None:
    def cut(book: Workbook) -> None:
        sheet = files(book)
        sheet.delete_rows(row_of(sheet, "第3の事業者に"))

    book = back(cut)
    found = kinds(book)
    assert found == []
    kept = [p.sentence for p in book.problems if p.code == "answer_kept"]
    assert len(kept) == 1 and "委託事項" in kept[0]
    assert not book.whole


def test_words_that_stand_where_nobody_can_read_them_are_not_deleted() -> None:
    def move(book: Workbook) -> None:
        sheet = files(book)
        row = row_of(sheet, "合同会社みなと2")
        cell = next(c for c in sheet[row] if c.value == "合同会社みなと2")
        cell.value = None
        sheet.cell(sheet.max_row + 3, 9, "合同会社みなと2")

    book = back(move)
    found = kinds(book)
    assert found == []
    said = codes(book)
    assert "answer_kept" in said


def test_a_cell_that_a_person_emptied_is_emptied() -> None:
    def empty(book: Workbook) -> None:
        sheet = files(book)
        row = row_of(sheet, "合同会社みなと2")
        next(c for c in sheet[row] if c.value == "合同会社みなと2").value = None

    book = back(empty)
    found = kinds(book)
    assert found == ["removed"]
    said = codes(book)
    assert "answer_kept" not in said


def test_a_block_that_was_taken_out_is_gone_and_can_be_asked_about() -> None:
    def take_out(book: Workbook) -> None:
        sheet = files(book)
        first, second = row_of(sheet, "委託事項2"), row_of(sheet, "委託事項3")
        sheet.delete_rows(first, second - first)

    book = back(take_out)
    assert book.base is not None
    found = kinds(book)
    assert "removed" in found
    lost = unread.gone(book.tree, book.base, book.form)
    assert [path[-1] for path in lost] == ["trust-b"]


def test_a_sheet_that_is_gone_takes_nothing_with_it_while_its_file_stands_elsewhere() -> None:
    def take_out(book: Workbook) -> None:
        third = [w for w in book.worksheets if w.title.startswith("Ⅲ")]
        for sheet in third[1:] or third:
            book.remove(sheet)

    tree = document()
    assert tree.find(("III",)) is not None
    book = back(take_out)
    found = kinds(book)
    assert "removed" not in found


def test_a_copied_block_is_a_new_entry_and_the_first_keeps_its_key() -> None:
    def copy(book: Workbook) -> None:
        sheet = book.copy_worksheet(files(book))
        sheet.title = "Ⅱの写し"

    book = back(copy)
    found = kinds(book)
    assert set(found) == {"added"}


def test_words_under_a_merge_are_named_and_never_swallowed() -> None:
    def cover(book: Workbook) -> None:
        sheet = files(book)
        row = row_of(sheet, "合同会社みなと2")
        cell = next(c for c in sheet[row] if c.value == "合同会社みなと2")
        merged = next(m for m in sheet.merged_cells.ranges if cell.coordinate in m)
        sheet.unmerge_cells(str(merged))
        sheet.cell(row, cell.column + 1, "見えない覚え書き")
        sheet.merged_cells.add(str(merged))

    book = back(cover)
    found = kinds(book)
    assert found == []
    covered = [p.sentence for p in book.problems if p.code == "covered"]
    assert len(covered) == 1 and "見えない覚え書き" in covered[0]


def test_names_are_held_against_what_was_sent_out_and_labels_decide() -> None:
    """Every name points one row too high, as if the map alone had slipped: the labels win."""

    def slip(book: Workbook) -> None:
        for name, defined in book.defined_names.items():
            if name.startswith(carried.NAME):
                sheet, _, ref = defined.attr_text.rpartition("!")
                col, row = ref.lstrip("$").split("$")
                defined.attr_text = f"{sheet}!${col}${max(1, int(row) - 1)}"

    book = back(slip)
    found = kinds(book)
    assert found == []


def test_the_reader_says_which_items_it_did_not_find() -> None:
    def cut(book: Workbook) -> None:
        sheet = files(book)
        sheet.delete_rows(row_of(sheet, "第3の事業者に"))

    reading = reader.read(edited(sent(), cut), child=False)
    assert any("trust-c" in path for path in reading.unread.missing)


def test_an_uncalculated_formula_is_one_error_and_no_deletion() -> None:
    def formula(book: Workbook) -> None:
        sheet = files(book)
        row = row_of(sheet, "合同会社みなと1")
        next(c for c in sheet[row] if c.value == "合同会社みなと1").value = '="合同会社"&"みなと"'

    book = back(formula)
    found = kinds(book)
    assert found == []
    assert [p.code for p in book.errors] == ["no_value"]
