"""Digests never change: vectors in docs/digests.json, and our canonical bytes equal another
implementation's of RFC 8785."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.canonical import canonical, clean, digest
from pia.domain.document import items
from pia.domain.document.form import OPEN
from pia.domain.document.tree import Tree, node
from pia.domain.errors import PiaError
from pia.forms import load

VECTORS = json.loads((Path(__file__).parents[2] / "docs" / "digests.json").read_text("utf-8"))
text = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(st.text("abcxyz_", max_size=5), below, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_our_bytes_are_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("vector", VECTORS["contents"], ids=lambda v: v["name"])
def test_contents(vector: dict[str, Any]) -> None:
    assert (
        canonical({"v": 1, "kind": vector["kind"], "value": vector["value"]}).decode()
        == vector["canonical"]
    )
    assert digest(vector["kind"], vector["value"]) == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda v: v["name"])
def test_trees(vector: dict[str, Any]) -> None:
    form = OPEN if vector["form"] == OPEN.id else load(vector["form"])
    tree = items.build(form, [(tuple(path), answer) for path, answer in vector["answers"]])
    assert tree.digest == vector["digest"]


def test_a_digest_ignores_key_and_number_but_not_order() -> None:
    first, two = (
        node("a", "block", {"text": "甲", "withheld": []}),
        node("b", "block", {"text": "甲", "withheld": []}),
    )
    other = node("c", "block", {"text": "乙", "withheld": []})
    assert first.digest == two.digest
    assert Tree("text@1", (first, other)).digest != Tree("text@1", (other, first)).digest


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud83d", "\udc00", "\ufffe", "\uffff"])
def test_the_door_refuses_with_the_position(bad: str) -> None:
    with pytest.raises(PiaError, match=rf"本文の2行目3文字目.*U\+{ord(bad):04X}"):
        clean(f"一行目\r\nab{bad}c", "本文")


def test_the_door_changes_line_ends_and_nothing_else() -> None:
    assert (
        clean("a\r\nb\rc\t\u202eא\u200f髙﨑葛\U000e0100　")
        == "a\nb\nc\t\u202eא\u200f髙﨑葛\U000e0100　"
    )
