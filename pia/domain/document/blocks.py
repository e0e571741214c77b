"""Splits an answer into blocks at headings such as ＜ガバメントクラウドにおける措置＞ and joins
them again without loss.

The block, not the cell of the form, is what a national text adds and a department revises. Knows
headings, line feeds and the keys of repeated leaves; nothing of forms or items. `join(split(t)) ==
t` for every text and `split(join(b)) == b` for canonical b.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from .tree import Node, node

_HEADING = re.compile(
    r"^[ \t　]*(?:[＜<]([^＜＞<>〈〉\n]+)[＞>]|〈([^＜＞<>〈〉\n]+)〉)[ \t　]*$", re.MULTILINE
)


def heading(text: str) -> str:
    """The heading a block begins with, between its brackets, verbatim; "" for a lead."""
    match = _HEADING.match(text)
    if match:
        return match.group(1) or match.group(2)
    return ""


def heading_fits(words: str) -> bool:
    """Whether words can be the heading of a block, between its brackets; "" is none and fits."""
    return not any(letter in words for letter in "＜＞<>〈〉")


def base_key(kind: str, value: Any) -> str:
    """The key a leaf's own content gives it, before repeats are told apart."""
    if kind == "block":
        return heading(value["text"])
    if kind == "section":
        return str(value["heading"]).strip("#　 \t")
    if kind == "row":
        cells = value["cells"]
        if len(cells) > 1 and re.fullmatch(r"[\d０-９]*[.．)）]?", cells[0]):
            named = cells[1:]
        else:
            named = cells
        return " ".join("｜".join(named).split())[:40]
    return " ".join(value["text"].split())[:40] or {"arrow": "→"}.get(value["type"], "□")


def told(kind: str, value: Any, key: str) -> tuple[str, int]:
    """How people name a repeated leaf: its own words, and which of several alike it is (1 the
    first). The key is for machines."""
    base = base_key(kind, value)
    if key.startswith(base):
        nth = re.fullmatch(r" #(\d+)", key[len(base) :])
    else:
        nth = None
    if kind == "row":
        cells = value["cells"]
        if len(cells) > 1 and re.fullmatch(r"[\d０-９]*[.．)）]?", cells[0]):
            named = cells[1:]
        else:
            named = cells
        words = " ".join("　".join(x for x in named if x).split())
        if len(words) > 40:
            base = f"{words[:40]}…"
        else:
            base = words
    return base, int(nth.group(1)) if nth else 1


def keyed(leaves: Iterable[Node]) -> Iterator[Node]:
    """The leaves with their canonical keys: the base key, then " #2", " #3" for repeats, in
    order."""
    used: set[str] = set()
    count: dict[str, int] = {}
    for leaf in leaves:
        base = base_key(leaf.kind, leaf.value)
        key = base
        nth = count.get(base, 1)
        while key in used:
            nth += 1
            key = f"{base} #{nth}"
        used.add(key)
        count[base] = nth
        yield leaf if leaf.key == key else replace(leaf, key=key)


def block(text: str, withheld: Iterable[dict[str, Any]] = (), extra: int = 0) -> Node:
    """One block; `withheld` ranges are code-point offsets in its own text, half-open, each with a
    reason.
    """
    return node(
        heading(text),
        "block",
        {"text": text, "withheld": sorted(withheld, key=lambda row: row["start"])},
        extra=extra,
    )


def split(text: str, withheld: Iterable[dict[str, Any]] = ()) -> tuple[tuple[Node, ...], int]:
    """The blocks of a text, and the line feeds after the last one. Ranges are cut at block
    borders."""
    ranges = list(withheld)
    starts = []
    for match in _HEADING.finditer(text):
        starts.append(match.start())
    if not starts or text[: starts[0]].strip("\n"):
        starts.insert(0, 0)
    out: list[Node] = []
    end_of_last = 0
    for start, end in zip(starts, [*starts[1:], len(text)]):
        chunk = text[start:end]
        body = chunk.strip("\n")
        if not body:
            continue
        first = start + len(chunk) - len(chunk.lstrip("\n"))
        gap = first - end_of_last
        end_of_last = first + len(body)
        inside = []
        for range_ in ranges:
            if range_["start"] < end_of_last and range_["end"] > first:
                inside.append(
                    {
                        **range_,
                        "start": max(range_["start"], first) - first,
                        "end": min(range_["end"], end_of_last) - first,
                    }
                )
        out.append(block(body, inside, gap - (1 if out else 0)))
    return tuple(keyed(out)), len(text) - end_of_last


def join(blocks: Iterable[Node], tail: int = 0) -> str:
    """The text whose blocks these are."""
    return "".join(_pieces(blocks)) + "\n" * tail


def _pieces(blocks: Iterable[Node]) -> Iterator[str]:
    for index, here in enumerate(blocks):
        yield "\n" * (here.extra + (1 if index else 0))
        yield here.value["text"]


def start_of(blocks: Sequence[Node], index: int) -> int:
    """Where the text of one block begins in the joined text, in code points."""
    at = 0
    for number, before in enumerate(blocks[: index + 1]):
        at += before.extra + (1 if number else 0)
        if number < index:
            at += len(before.value["text"])
    return at


def settled(blocks: Sequence[Node]) -> tuple[Node, ...]:
    """The blocks as anyone who reads their joined text finds them: a heading inside a block begins
    a block of its own, and a text without heading belongs to the block before it.
    """
    anew = split(join(blocks), ranges(blocks))[0]
    if [(node.key, node.extra, node.digest) for node in anew] == [
        (node.key, node.extra, node.digest) for node in blocks
    ]:
        return tuple(blocks)
    return anew


def ranges(blocks: Iterable[Node]) -> list[dict[str, Any]]:
    """The withheld ranges of the joined text."""
    out = []
    at = 0
    for index, here in enumerate(blocks):
        at += here.extra + (1 if index else 0)
        for mark in here.value["withheld"]:
            out.append({**mark, "start": mark["start"] + at, "end": mark["end"] + at})
        at += len(here.value["text"])
    return out
