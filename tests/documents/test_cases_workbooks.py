"""Workbooks as offices really keep them: struck words, merged days, hidden copies, lost letters and
pictures, each with its right result."""

from __future__ import annotations

from pathlib import Path

from pia.actions import sources
from pia.actions.output import comparisons
from pia.actions.sources import Source
from pia.domain.change.describe import DescribedChange
from pia.domain.document.items import answers

CASES = Path(__file__).parent / "cases"


def compared(case: str, old: str, new: str) -> tuple[list[DescribedChange], Source, str]:
    """The changes between two books of a case, the newer book, and what people are shown."""
    one, other = sources.matched(
        *(sources.read_file(str(CASES / case / f"{name}.xlsx")) for name in (old, new))
    )
    comparison = comparisons.comparison(one, other, {}, None)
    return list(comparison.changes), other, comparisons.as_text(comparison, "phrase", False)


def named(book: Source, code: str) -> list[str]:
    return [problem.where for problem in book.problems if problem.code == code]


def test_words_struck_through_are_no_living_text_and_are_named() -> None:
    changes, draft, shown = compared("strike", "base", "draft")
    assert {change.after for change in changes} == {"番号法第9条第1項　別表の24の項", None}
    assert "16の項別表" not in shown
    assert named(draft, "struck") == ["Ⅰ関連情報!D12", "Ⅰ関連情報!D20"]
    changes, _, _ = compared("strike", "expected", "draft")
    # A cell struck through as a whole holds nothing any more; the words beside it are as expected.
    assert [(change.change.kind, change.before) for change in changes] == [("removed", "税務課長")]


def test_a_day_merged_over_rows_is_each_rows() -> None:
    book = sources.read_file(str(CASES / "mergeddates" / "book.xlsx"))
    rows = next(a for path, a in answers(book.tree) if isinstance(a, list) and "cells" in a[0])
    assert [row["cells"][0] for row in rows] == ["平成29年3月31日"] * 3
    assert [row["cells"][5] for row in rows] == ["組織改正"] * 3
    assert [row["cells"][1] for row in rows] == ["Ⅰ５．①部署", "Ⅰ５．②所属長", "Ⅰ７．請求先"]


def test_a_hidden_old_copy_is_left_out_and_said_once() -> None:
    changes, book, _ = compared("hiddensheet", "base", "book")
    assert changes == []
    assert [(p.code, p.where) for p in book.problems] == [("hidden_copy", "Ⅰ関連情報 (旧)")]


def test_letters_that_were_lost_are_named_with_their_cell() -> None:
    changes, book, _ = compared("fffd", "base", "book")
    assert named(book, "garbled") == ["Ⅰ関連情報!D19", "Ⅰ関連情報!D20"]
    assert all("文字化け" in p.sentence for p in book.problems if p.code == "garbled")
    assert len(changes) == 2


def test_another_picture_is_one_change_and_shows_no_digest() -> None:
    changes, book, shown = compared("picture", "old", "new")
    assert len(changes) == 1 and "別添１" in changes[0].label
    assert named(book, "picture") == ["（別添1）事務の内容"]
    assert changes[0].after and changes[0].after.removeprefix("図面 ") not in shown
    assert "取り込んだ図面" in shown


def test_five_changes_of_a_law_stay_five() -> None:
    changes, book, _ = compared("lawfix", "old", "new")
    assert len(changes) == 5 and book.whole
