"""The change table rebuilds the new text from the old, and any change to it is noticed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date

from hypothesis import assume, given

from pia import forms
from pia.domain.document.tree import Tree
from pia.domain.procedure import change_table

from .trees import FORM, pairs

FORM_ = forms.load(FORM)


@given(pairs())
def test_old_and_table_give_new(pair: tuple[Tree, Tree]) -> None:
    old, new = pair
    rows = change_table.rows(FORM_, old, new)
    through = change_table.from_json(json.loads(json.dumps({"rows": [r.as_json() for r in rows]})))
    assert change_table.rebuild(FORM_, old, through) == change_table.outside(FORM_, new)
    assert change_table.prove(FORM_, old, new, through) == ()
    assert [r.read for r in change_table.readable(FORM_, through)] == [r.read for r in rows], (
        "people read the same of rows that came as JSON"
    )


@given(pairs())
def test_a_missing_row_or_a_changed_word_is_named(pair: tuple[Tree, Tree]) -> None:
    old, new = pair
    rows = change_table.rows(FORM_, old, new)
    rng = random.Random(len(rows))
    assume(rows)
    i = rng.randrange(len(rows))
    problems = change_table.prove(FORM_, old, new, (*rows[:i], *rows[i + 1 :]))
    assert any(rows[i].citation in p for p in problems)
    texts = [r for r in rows if r.after is not None and FORM_.by_id[r.item].kind == "text"]
    if texts:
        row = rng.choice(texts)
        changed = tuple(replace(r, after=r.after + "加筆") if r is row else r for r in rows)
        assert any(row.citation in p for p in change_table.prove(FORM_, old, new, changed))


@given(pairs())
def test_a_before_that_was_not_published_is_named(pair: tuple[Tree, Tree]) -> None:
    old, new = pair
    rows = change_table.rows(FORM_, old, new)
    texts = [r for r in rows if r.before]
    for row in texts[:1]:
        changed = tuple(replace(r, before=r.before + "違う") if r is row else r for r in rows)
        assert any("変更前" in p for p in change_table.prove(FORM_, old, new, changed))


def test_nothing_changed_is_an_empty_table() -> None:
    tree = Tree(FORM)
    assert (
        change_table.rows(FORM_, tree, tree) == ()
        and change_table.prove(FORM_, tree, tree, ()) == ()
    )


def test_timing_follows_the_dates() -> None:
    assert change_table.timing(date(2024, 9, 2), date(2025, 1, 6)) == "事前"
    assert change_table.timing(date(2025, 1, 6), date(2025, 1, 6)) == "事後"
    assert change_table.timing(None, date(2025, 1, 6)) is None


def test_printed_cells_show_the_changed_blocks_and_leave_out_the_rest() -> None:
    before = "＜甲＞\n1\n＜乙＞\n2\n＜丙＞\n3"
    row = change_table.ChangeTableRow(
        ("x",), "I-1-2", "c", "modified", before, before.replace("2", "２") + "\n＜丁＞\n4"
    )
    assert change_table.shortened(row) == (
        "（略）\n＜乙＞\n2\n（略）",
        "（略）\n＜乙＞\n２\n（略）\n＜丁＞\n4",
    )
    assert change_table.shortened(
        change_table.ChangeTableRow(("x",), "i", "c", "added", None, "新")
    ) == (
        "（新設）",
        "新",
    )
    assert change_table.shortened(
        change_table.ChangeTableRow(("x",), "i", "c", "removed", "旧", None)
    ) == (
        "旧",
        "（削除）",
    )
