from __future__ import annotations

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.document.tree import Tree, node
from pia.store import packing


@given(st.binary(max_size=3000), st.booleans())
def test_what_is_packed_comes_back(body: bytes, prose: bool) -> None:
    assert packing.unpack(packing.pack(body, prose)) == body


@given(st.text(max_size=400))
def test_text_never_grows_by_more_than_the_codec(text: str) -> None:
    assert len(packing.pack(text.encode(), prose=True)) <= len(text.encode()) + 1


def test_the_dictionary_is_the_one_stored_bodies_need() -> None:
    """It may never change. A better one is a new file under a new codec."""
    assert (
        sha256(packing._prose()).hexdigest()
        == "66e01d345070ae93b89ab647a5a529cbd645643114471bde6139952a4acd553b"
    )


def test_the_dictionary_helps_ordinary_sentences() -> None:
    text = (
        "特定個人情報ファイルを取り扱う職員を限定し、システムの操作権限は毎年度見直す。"
        "委託先における措置の状況は、契約に基づき年1回報告を受ける。".encode()
    )
    assert len(packing.pack(text, prose=True)) < 0.75 * len(packing.pack(text))


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x07abc",
        b"\x01",
        b"\x02\xff\xff",
        packing.pack(b"abc" * 99)[:-3],
        packing.pack(b"abc" * 99) + b"x",
    ],
)
def test_other_bytes_are_not_taken_for_a_body(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        packing.unpack(stored)


def test_any_altered_byte_of_a_body_is_noticed_by_its_digest_or_its_form() -> None:
    rng = random.Random(4)
    body = "保管場所の入退室を管理する。".encode() * 9
    stored = packing.pack(body, prose=True)
    for at in range(len(stored)):
        bad = stored[:at] + bytes([stored[at] ^ (1 << rng.randrange(8))]) + stored[at + 1 :]
        try:
            assert packing.unpack(bad) != body or at == len(stored) - 1
        except ValueError:
            continue


def test_a_kind_keeps_its_number() -> None:
    """Stored manifests name kinds by place."""
    first = [
        "group",
        "repeat",
        "entry",
        "section",
        "text",
        "choice_one",
        "choice_many",
        "number",
        "date",
        "yes_no",
        "table",
        "figure",
        "block",
        "row",
        "shape",
    ]
    assert list(packing.KINDS[: len(first)]) == first
    a = node("甲", "block", {"text": "甲", "withheld": []}, extra=2)
    tree = Tree("text@1", (node("I", "group", None, [node("1", "text", {"tail": 1}, [a])]),))
    ids = {a.content: 5, tree.children[0].children[0].content: 9}
    stored = packing.lines(packing.manifest(packing.laid_out(tree.children, ids)))  # type: ignore[arg-type]
    assert stored == [["I", 0, 0, 0, [["1", 4, 9, 0, [["甲", 12, 5, 2]]]]]] and packing.used(
        stored
    ) == {5, 9}


def test_what_two_trees_share_is_laid_out_once() -> None:
    """The lines of the very same nodes are taken from the other tree, and nothing below them is
    asked for."""
    text = node("2", "text", {"tail": 0})
    kept = node("I", "group", None, [node("1", "text", {"tail": 1}), text])
    old = (kept, node("II", "group", None, [text, node("3", "text", {"tail": 3})]))
    ids = {
        each.content: index for index, each in enumerate((*kept.children, old[1].children[1]), 1)
    }
    lines = packing.laid_out(old, ids)  # type: ignore[arg-type]
    new = (kept, node("II", "group", None, [text, node("3", "text", {"tail": 9})]))
    shared = packing.same_lines(new, old, lines)
    assert shared == {id(kept): lines[0], id(text): lines[1][4][0]}
    only = {str(new[1].children[1].content): 7}
    assert packing.laid_out(new, only, shared) == packing.laid_out(new, {**ids, **only})  # type: ignore[dict-item]
