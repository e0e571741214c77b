"""The blocks of a text as cards, each with its heading and its words: as they stand, as they are
typed, and back to one text.

Knows fields of forms. Must not know how a text is kept. A block nobody touched stays to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from ...domain.document.blocks import block, heading, heading_fits, join
from ...domain.document.tree import Node
from .. import inputs

MOST = 200  # blocks of one text


@dataclass(frozen=True, slots=True)
class BlockCard:
    """One block in its fields. `key`: of the block it came from, empty for the words before the
    first heading; `new`: it came from none."""

    key: str
    heading: str
    body: str
    new: bool = False


def cards(node: Node | None, typed: Mapping[str, str] | None, asked: str) -> list[BlockCard] | None:
    """The cards of a text; None where it is written in one field: where that is `asked` for ("0"),
    was typed so, or no block of it has a heading (and none is asked for, "1")."""
    if typed is not None:
        return typed_cards(typed) if "cards" in typed else None
    leaves = node.leaves if node is not None else ()
    if asked == "1" or (asked == "" and any(leaf.key for leaf in leaves)):
        return of_blocks(leaves)
    return None


def of_blocks(leaves: Sequence[Node]) -> list[BlockCard]:
    """The blocks of a text as cards; one to begin with where there is none."""
    out = []
    for leaf in leaves:
        out.append(BlockCard(leaf.key, *_cut(leaf.value["text"])))
    return out or [BlockCard("", "", "", new=True)]


def typed_cards(typed: Mapping[str, str]) -> list[BlockCard]:
    """The cards as their fields say."""
    out = []
    for index in range(_count(typed)):
        key = typed.get(f"key{index}", "")
        out.append(
            BlockCard(
                key.removeprefix("="),
                typed.get(f"heading{index}", ""),
                typed.get(f"body{index}", ""),
                new=not key,
            )
        )
    return out


def fields(cards_: Sequence[BlockCard]) -> dict[str, str]:
    """The fields of these cards; the inverse of `typed_cards`."""
    out = {"cards": str(len(cards_))}
    for index, card in enumerate(cards_):
        out[f"key{index}"] = "" if card.new else f"={card.key}"
        out[f"heading{index}"] = card.heading
        out[f"body{index}"] = card.body
    return out


def _count(typed: Mapping[str, str]) -> int:
    given = typed.get("cards", "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 4:
        return 0
    return min(int(given), MOST)


def written(seen: Node | None) -> str:
    """The text the cards of this request say. Blocks that were not touched stay as they were `seen`
    to the letter, with the lines between them. `Unfit` for a heading that cannot be one."""
    known = {}
    for leaf in seen.leaves if seen is not None else ():
        known[leaf.key] = leaf
    leaves: list[Node] = []
    for index, card in enumerate(typed_cards(request.form)):
        words = inputs.line(f"heading{index}", "見出し", need=False)
        body = inputs.text(f"body{index}", "記載", most=inputs.DOCUMENT, need=False)
        body = body.strip("\n")
        if not words and not body:
            continue
        _must_be_heading(index, words, bool(leaves) and not heading(body))
        old = None if card.new else known.pop(card.key, None)
        leaves.append(_block(old, words, body))
    if not leaves:
        return ""
    first = seen.leaves[0] if seen is not None and seen.leaves else None
    if first is not None and leaves[0].key != first.key:
        # The lines before the first block belong to the place, not to the block.
        leaves[0] = replace(leaves[0], extra=first.extra)
    return join(leaves, (seen.value or {}).get("tail", 0) if seen is not None else 0)


def _must_be_heading(index: int, words: str, follows: bool) -> None:
    if not heading_fits(words):
        raise inputs.Unfit(
            f"heading{index}",
            "「見出し」は、＜＞を付けずに入力してください。＜＞は自動で付きます。",
        )
    if not words and follows:
        raise inputs.Unfit(
            f"heading{index}",
            "「見出し」を入力してください。見出しのない記載は、はじめに1つだけ置けます。",
        )


def _block(old: Node | None, words: str, body: str) -> Node:
    """One block anew; the line of an old heading stays as it was written."""
    if old is not None:
        text = str(old.value["text"])
        if _cut(text) == (words, body):
            return old
        if words and heading(text) == words:
            first = text.partition("\n")[0]
            return block(f"{first}\n{body}" if body else first, extra=old.extra)
    lines = [f"＜{words}＞"] if words else []
    if body:
        lines.append(body)
    return block("\n".join(lines), extra=old.extra if old is not None else 0)


def _cut(text: str) -> tuple[str, str]:
    """The heading of a block's text and its words below. A text whose heading has no words of its
    own to give back stays whole."""
    words = heading(text)
    if not words or words != words.strip() or re.search(r"[<>＜＞〈〉]", words):
        return "", text
    return words, text.partition("\n")[2]
