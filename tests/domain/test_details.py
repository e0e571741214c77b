"""deepdiff as the oracle: our diff is empty exactly when DeepDiff of the plain trees is, and our
typed records are its own."""

from __future__ import annotations

from typing import Any

import pytest
from deepdiff import DeepDiff
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.change.compare import compare
from pia.domain.change.details import CAP, between, details
from pia.domain.change.model import Change, Modified
from pia.domain.document.tree import Tree, node
from tests.bench.made import plain

from .trees import pairs

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text("あいab", max_size=3)
flat = st.dictionaries(st.text("abc'[]\".", min_size=1, max_size=3), scalars, max_size=6)


@given(pairs(share=0.03))
def test_empty_exactly_when_deepdiff_is(pair: tuple[Tree, Tree]) -> None:
    a, b = pair
    assert bool(compare(a, b)) == bool(DeepDiff(plain(a), plain(b)))
    again = Tree(a.form, tuple(a.children))
    assert not compare(a, again) and not DeepDiff(plain(a), plain(again))


@given(flat, flat)
def test_records_say_exactly_what_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    details = {r["field"]: (r["op"], r["before"], r["after"]) for r in between(old, new)}
    want = {}
    for name in {*old, *new}:
        x, y = old.get(name), new.get(name)
        if name not in new:
            want[name] = ("removed", x, None)
        elif name not in old:
            want[name] = ("added", None, y)
        elif (type(x), x) != (type(y), y):
            want[name] = ("modified", x, y)
    assert details == want


def change(kind: str, before: Any, after: Any) -> Change:
    return Modified("item", ("x",), ("x",), node("x", kind, before), node("x", kind, after))


@pytest.mark.parametrize(
    ("kind", "before", "after", "records"),
    [
        (
            "date",
            {"typed": "令和6年7月", "value": "2024-07"},
            {"typed": "令和6年8月", "value": "2024-08"},
            [("typed", "modified"), ("value", "modified")],
        ),
        (
            "choice_many",
            {"options": [["甲", ""], ["その他", "乙"]]},
            {"options": [["その他", "丙"], ["丁", ""]]},
            [("甲", "removed"), ("その他", "modified"), ("丁", "added")],
        ),
        (
            "row",
            {"cells": ["1", "氏名"]},
            {"cells": ["1", "住所", "必須"]},
            [("cell 2", "modified"), ("cell 3", "added")],
        ),
        (
            "shape",
            {"type": "box", "text": "甲", "x": 1, "y": 2, "w": 3, "h": 4},
            {"type": "box", "text": "甲", "x": 9, "y": 2, "w": 3, "h": 4},
            [("x", "modified")],
        ),
        (
            "block",
            {"text": "甲", "withheld": []},
            {"text": "乙", "withheld": [{"start": 0, "end": 1, "reason": "防犯"}]},
            [("withheld 0-1", "added")],
        ),
    ],
)
def test_records_of_each_kind(
    kind: str, before: Any, after: Any, records: list[tuple[str, str]]
) -> None:
    assert [(r["field"], r["op"]) for r in details(change(kind, before, after))] == records


def test_beyond_the_cap_there_are_no_records() -> None:
    assert between({f"f{i}": i for i in range(CAP + 1)}, {}) == []
