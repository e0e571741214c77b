"""The fields of a form that is being written, arranged anew: blocks and rows added, moved, taken
out.

Knows which button was pressed. Must not know how an answer is kept: nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from ...domain.document.blocks import split
from ...domain.document.form import FormNode
from ...domain.document.tree import Node
from ...domain.errors import Unfit
from . import cards, grids
from .cards import BlockCard
from .grids import GridRow

_Thing = TypeVar("_Thing")


def arranged(
    form: MultiDict[str, str],
    line: FormNode,
    node: Node | None,
    phrases: Mapping[str, tuple[str, str]],
) -> MultiDict[str, str]:
    """The fields of a form after its button `do` (up:2, down:2, gone:2, add, phrase, apart, join
    for blocks; row-up, row-down, row-gone, row-add for the rows that are picked) did its work.
    `phrases`: number → heading and text of what may be taken over."""
    typed = MultiDict(form)
    what, _, which = form.get("do", "").partition(":")
    if line.kind == "text":
        if what == "phrase":
            _take_over(typed, phrases)
        else:
            _arrange_blocks(typed, what, which, node)
    elif line.kind == "table" and "grid" in form:
        rows = grids.rows_of(node)
        width = len(grids.columns_of(line, rows))
        made = _arranged_rows(grids.typed_rows(form, width), what, width)
        for name in list(typed):
            if name.startswith("pick"):
                del typed[name]
        _set(typed, grids.fields(made))
    return typed


def _set(typed: MultiDict[str, str], fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        typed[name] = value


def _arrange_blocks(typed: MultiDict[str, str], what: str, which: str, node: Node | None) -> None:
    if what == "apart":
        blocks = cards.of_blocks(split(typed.get("text", ""))[0])
        known = {leaf.key for leaf in node.leaves} if node is not None else set()
        made = [BlockCard(x.key, x.heading, x.body, x.key not in known) for x in blocks]
        _set(typed, cards.fields([*made, BlockCard("", "", "", new=True)]))
        return
    stack = cards.typed_cards(typed)
    if what == "add":
        stack.append(BlockCard("", "", "", new=True))
    elif what == "join":
        typed["text"] = _joined(stack)
        del typed["cards"]
        return
    elif which.isascii() and which.isdigit():
        stack = _moved(stack, what, [int(which[:6])])
    _set(typed, cards.fields(stack))


def _take_over(typed: MultiDict[str, str], phrases: Mapping[str, tuple[str, str]]) -> None:
    """The wording that was chosen, as a block of its own at the end. Unfit where none was."""
    chosen = phrases.get(typed.get("phrase", ""))
    if chosen is None:
        raise Unfit("phrase", "加える文例を選んでください。")
    _set(typed, cards.fields([*cards.typed_cards(typed), BlockCard("", *chosen, new=True)]))


def _joined(stack: list[BlockCard]) -> str:
    texts = []
    for card in stack:
        lines = [f"＜{card.heading}＞"] if card.heading else []
        if card.body:
            lines.append(card.body)
        if lines:
            texts.append("\n".join(lines))
    return "\n".join(texts)


def _arranged_rows(rows: list[GridRow], what: str, width: int) -> list[GridRow]:
    picked = [index for index, row in enumerate(rows) if row.picked]
    if what == "row-add":
        at = picked[-1] + 1 if picked else len(rows)
        rows.insert(at, GridRow("", ("",) * width))
        return rows
    return _moved(rows, what.removeprefix("row-"), picked)


def _moved(things: list[_Thing], what: str, picked: list[int]) -> list[_Thing]:
    """These things one place up or down, or taken out; what stands at the end stays there."""
    if what == "gone":
        return [thing for index, thing in enumerate(things) if index not in picked]
    step = {"up": -1, "down": 1}.get(what, 0)
    taken = set(picked)
    for index in picked if step < 0 else reversed(picked):
        to = index + step
        if step and 0 <= to < len(things) and 0 <= index < len(things) and to not in taken:
            things[index], things[to] = things[to], things[index]
            taken.discard(index)
            taken.add(to)
    return things
