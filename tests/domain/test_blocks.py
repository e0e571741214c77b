"""Splitting at headings loses nothing, and equal text has one digest wherever it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pia.domain.document.blocks import join, ranges, split
from pia.domain.document.tree import Node

texts = st.lists(
    st.sampled_from(
        ["＜a＞", "〈a〉", "<b c>", " ＜a＞　", "本文。", "＜引用＞の文", "", "", "①", "＜a", "\t"]
    ),
    max_size=9,
).map("\n".join)


def bodies(blocks: tuple[Node, ...]) -> list[str]:
    return [b.value["text"] for b in blocks]


@given(texts)
def test_join_undoes_split(text: str) -> None:
    blocks, tail = split(text)
    assert join(blocks, tail) == text
    assert all(b.value["text"] == b.value["text"].strip("\n") != "" for b in blocks)
    assert len({b.key for b in blocks}) == len(blocks)


@given(texts)
def test_split_undoes_join(text: str) -> None:
    blocks, tail = split(text)
    again, tail_again = split(join(blocks, tail))
    assert again == blocks and tail_again == tail


@given(texts, st.integers(0, 30), st.integers(1, 8))
def test_withheld_ranges_keep_their_letters(text: str, start: int, length: int) -> None:
    end = min(len(text), start + length)
    blocks, tail = split(
        text, [{"start": start, "end": end, "reason": "防犯"}] if start < end else []
    )
    whole = join(blocks, tail)
    covered = "".join(whole[r["start"] : r["end"]] for r in ranges(blocks))
    assert covered.replace("\n", "") == text[start:end].replace("\n", "")


def test_headings_become_keys() -> None:
    blocks, tail = split("前書き\n＜措置＞\n甲\n\n〈措置〉\n乙\n")
    assert [b.key for b in blocks] == ["", "措置", "措置 #2"]
    assert [b.extra for b in blocks] == [0, 0, 1] and tail == 1
    assert bodies(blocks) == ["前書き", "＜措置＞\n甲", "〈措置〉\n乙"]


def test_equal_blocks_have_one_digest() -> None:
    first, two = split("＜措置＞\n甲\n＜別＞\n乙\n＜措置＞\n甲")[0][0::2]
    assert first.digest == two.digest and first.key != two.key
