"""What a form of an item sent, as the answer its kind has.

Knows fields of forms. Must not know how an answer is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request

from ...domain.document import items, marked
from ...domain.document.blocks import block, join
from ...domain.document.form import FormNode
from ...domain.document.tree import Node
from ...domain.errors import PiaError
from .. import inputs
from . import cards, grids

PLACE = {"x": "左から", "y": "上から", "w": "幅", "h": "高さ"}  # points


def answer_of(line: FormNode, seen: Node | None) -> Any:
    """What the fields say, as `items.plain` takes it; None for nothing. `seen`: the item the
    writer had before them. PiaError for a kind that no page writes, `Unfit` for a field that does
    not fit."""
    answer: Any
    match line.kind:
        case "text":
            answer = _text(seen)
        case "choice_one":
            answer = _one_choice()
        case "choice_many":
            answer = _many_choices(line)
        case "number" | "date":
            answer = inputs.line("text", line.label, most=inputs.LINE, need=False)
        case "yes_no":
            answer = inputs.ticked("text")
        case "table":
            answer = grids.written(line, seen)
        case "figure":
            answer = _figure(seen)
        case _:
            raise PiaError("この項目は、この画面では書けません。")
    return answer or None


def _text(seen: Node | None) -> str:
    """A whole text, the text of its cards, or the text with the one block that was open written
    anew."""
    if "cards" in request.form:
        return cards.written(seen)
    written = inputs.text("text", "記載", most=inputs.DOCUMENT, need=False)
    if "block" in request.form:
        written = _with_block(seen, request.form["block"], written)
    return written


def _with_block(node: Node | None, key: str, written: str) -> str:
    """The whole text with one block written anew; an emptied block goes."""
    leaves = list(node.leaves) if node is not None else []
    index = next((number for number, leaf in enumerate(leaves) if leaf.key == key), None)
    if node is None or index is None:
        raise PiaError("その見出しの記載は、なくなっています。画面を開き直してください。")
    old = leaves[index]
    if written.strip("\n"):
        leaves[index] = replace(block(written.strip("\n")), extra=old.extra)
    else:
        del leaves[index]
        if index == 0 and leaves:
            leaves[0] = replace(leaves[0], extra=old.extra)
    return join(leaves, (node.value or {}).get("tail", 0))


def _one_choice() -> str:
    """An option of the form, or what somebody writes beside them."""
    typed = inputs.line("typed", "様式にない記載", most=inputs.PARAGRAPH, need=False)
    return typed or inputs.line("option", "選択肢", most=inputs.PARAGRAPH, need=False)


def _many_choices(line: FormNode) -> list[Any]:
    """The options that are ticked, each with its note where the form has room for one."""
    chosen: list[Any] = []
    for index, option in enumerate(line.options):
        if request.form.get(f"o{index}") != "1":
            continue
        note = ""
        if option.free:
            note = inputs.line(f"n{index}", option.label, most=inputs.PARAGRAPH, need=False)
        chosen.append({option.label: note} if note else option.label)
    return chosen


def _figure(seen: Node | None) -> dict[str, Any] | None:
    """The figure with its words and parts as the fields say. Places are points; a part without type
    is none."""
    old: dict[str, Any] = {}
    if seen is not None:
        old = marked.answer_of(items.to_plain(seen)) or {}
    shapes = [*_old_shapes(old.get("shapes", [])), *_new_shape()]
    if not shapes:
        return None
    figure: dict[str, Any] = {"shapes": shapes}
    if old.get("drawing"):
        figure["drawing"] = old["drawing"]
    return figure


def _old_shapes(old: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts that stay, with their words."""
    shapes = []
    for index, shape in enumerate(old):
        if request.form.get(f"gone{index}") != "1":
            label = f"部品{index + 1}の文字"
            words = inputs.text(f"text{index}", label, most=inputs.PARAGRAPH, need=False)
            shapes.append({**shape, "text": words})
    return shapes


def _new_shape() -> list[dict[str, Any]]:
    """The part that is added, if one is."""
    if not request.form.get("new_type"):
        return []
    kind = inputs.choice("new_type", "新しい部品の種類", items.SHAPES)
    place = {}
    for key, words in PLACE.items():
        place[key] = inputs.number(f"new_{key}", words, most=10_000)
    words = inputs.text("new_text", "新しい部品の文字", most=inputs.PARAGRAPH, need=False)
    return [{"type": kind, "text": words, **place}]
