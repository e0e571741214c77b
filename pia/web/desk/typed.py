"""What a form of an item sent, as the answer its kind has.

Knows fields of forms. Must not know how an answer is kept.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import request

from ...actions import sources
from ...domain.document import items, marked
from ...domain.document.blocks import join
from ...domain.document.form import FormNode
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError
from .. import inputs
from ..gate import workplace
from .draft import Desk


def answer_of(desk: Desk, line: FormNode, spot: Path, seen: str) -> Any:
    """What the fields say, as `items.plain` takes it; None for nothing. PiaError for a kind that no
    page writes, `Unfit` for a field that does not fit."""
    match line.kind:
        case "text":
            return _text_of(spot, seen)
        case "choice_one":
            typed = inputs.line("typed", "様式にない記載", most=inputs.PARAGRAPH, need=False)
            if typed:
                return typed
            return inputs.line("option", "選択肢", most=inputs.PARAGRAPH, need=False) or None
        case "choice_many":
            return _ticked_options(line) or None
        case "number" | "date":
            return inputs.line("text", line.label, most=inputs.LINE, need=False) or None
        case "yes_no":
            return True if inputs.ticked("text") else None
        case "table":
            pasted = inputs.text("text", "表", most=inputs.DOCUMENT, need=False)
            return [{"cells": cells} for cells in _cells(pasted)] or None
        case "figure":
            return _figure(desk, spot)
    raise PiaError("この項目は、この画面では書けません。")


def _text_of(spot: Path, seen: str) -> str | None:
    """A whole text, or the text with the one block that was open written anew."""
    written = inputs.text("text", "記載", most=inputs.DOCUMENT, need=False)
    if "block" in request.form:
        node = sources.read_ref(workplace(), seen).tree.find(spot)
        written = _one_block(node, request.form["block"], written)
    return written or None


def _ticked_options(line: FormNode) -> list[Any]:
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


def _one_block(n: Node | None, key: str, written: str) -> str:
    """The whole text with one block written anew; an emptied block goes."""
    from dataclasses import replace

    from ...domain.document.blocks import block

    if n is not None:
        leaves = list(n.leaves)
    else:
        leaves = []
    at = next((index for index, leave in enumerate(leaves) if leave.key == key), None)
    if at is None:
        raise PiaError("その見出しの記載は、なくなっています。画面を開き直してください。")
    old = leaves[at]
    if written.strip("\n"):
        leaves[at] = replace(block(written.strip("\n")), extra=old.extra)
    else:
        del leaves[at]
        if at == 0 and leaves:
            leaves[0] = replace(leaves[0], extra=old.extra)
    return join(leaves, ((n.value if n is not None else None) or {}).get("tail", 0))


def _cells(pasted: str) -> list[list[str]]:
    rows = []
    for texts in csv.reader(io.StringIO(pasted, newline=""), delimiter="\t"):
        rows.append([letter.strip() if "\n" not in letter else letter for letter in texts])
    if len(rows) > 20_000:
        raise inputs.Unfit("text", "表の行が多すぎます（上限20,000行）。")
    found = []
    for row in rows:
        if any(row):
            found.append(row)
    return found


def _figure(d: Desk, spot: Path) -> Any:
    """The figure with its words and parts as the fields say. Places are points; a part without type
    is none."""
    node = sources.read_ref(workplace(), request.form.get("seen", "")).tree.find(spot)
    old = (marked.answer_of(items.to_plain(node)) if node is not None else None) or {"shapes": []}
    shapes = []
    for index, shape in enumerate(old["shapes"]):
        if request.form.get(f"gone{index}") != "1":
            shapes.append(
                {
                    **shape,
                    "text": inputs.text(
                        f"text{index}", f"部品{index + 1}の文字", most=inputs.PARAGRAPH, need=False
                    ),
                }
            )
    if request.form.get("new_type"):
        kind = inputs.choice("new_type", "新しい部品の種類", items.SHAPES)
        place = {}
        for key, words in (("x", "左から"), ("y", "上から"), ("w", "幅"), ("h", "高さ")):
            place[key] = inputs.number(f"new_{key}", words, most=10_000)
        shapes.append(
            {
                "type": kind,
                "text": inputs.text(
                    "new_text", "新しい部品の文字", most=inputs.PARAGRAPH, need=False
                ),
                **place,
            }
        )
    if shapes:
        return {"shapes": shapes, **({"drawing": old["drawing"]} if old.get("drawing") else {})}
    return None
