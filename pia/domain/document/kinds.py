"""Items: from what a person wrote to a node of its kind, and back to the plain answer.

What was typed is kept; what can be derived from it (an ISO date, a number, the option meant) stands
beside it. The texts of an answer are in `texts`, whole documents in `items`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from .. import wareki
from ..canonical import clean
from ..errors import PiaError
from . import flow, marked
from .blocks import join, keyed, split
from .form import FormNode
from .tree import Node, node

SHAPES = ("box", "label", "arrow")
_SHEET = 1_000_000  # points; no sheet is larger
_OLD_ROW = ("date", "item", "before", "after", "timing", "explanation")


def folded(text: str) -> str:
    """Text for comparing labels and choices: width, spaces and line feeds do not count."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def option_of(line: FormNode, typed: str) -> str | None:
    """The option meant by what was typed, with or without its printed number; None when it is none
    or more than one.
    """
    want = folded(typed)
    hits = []
    for index, option in enumerate(line.options, 1):
        if want in (folded(option.label), folded(f"{index}){option.label}")):
            hits.append(option.label)
    if len(hits) == 1:
        return hits[0]
    return None


def text(
    key: str, body: str, withheld: Iterable[Mapping[str, Any]] = (), children: Iterable[Node] = ()
) -> Node:
    """A text item: its blocks, the line feeds after the last one, and the items below it."""
    blocks, tail = split(clean(body), list(map(dict, withheld)))
    return node(key, "text", {"tail": tail} if tail else None, (*blocks, *children))


def choice_one(line: FormNode, typed: str) -> Node:
    """One option of the form; wording that is no option is kept as typed."""
    typed = clean(typed)
    if not typed:
        return node(line.key, "choice_one")
    option = option_of(line, typed)
    return node(
        line.key, "choice_one", {"option": option} if option else {"option": None, "typed": typed}
    )


def choice_many(line: FormNode, chosen: Iterable[str | Mapping[str, str]]) -> Node:
    """Chosen options in the form's order; an option with free text as {label: text}; wording that
    is no option is kept as typed.
    """
    picked: dict[str, str] = {}
    other: list[str] = []
    for letter in chosen:
        if isinstance(letter, Mapping):
            label, note = next(iter(letter.items()))
        else:
            label = letter
            note = ""
        option = option_of(line, label)
        if option is None:
            other.append(clean(str(label)))
        else:
            picked[option] = clean(str(note))
    labels = [option.label for option in line.options if option.label in picked]
    value: dict[str, Any] = {"options": [[label, picked[label]] for label in labels]}
    if other:
        value["typed"] = other
    return node(line.key, "choice_many", value if picked or other else None)


def number(line: FormNode, typed: str) -> Node:
    """What was typed, and its first whole number (None where it has none)."""
    typed = clean(typed)
    if not typed:
        return node(line.key, "number")
    digits = re.search(r"\d+", unicodedata.normalize("NFKC", typed).replace(",", ""))
    return node(
        line.key, "number", {"typed": typed, "value": int(digits.group()) if digits else None}
    )


def day(line: FormNode, typed: str) -> Node:
    """What was typed, and the ISO day or month it means (None where it means none)."""
    typed = clean(typed)
    return node(
        line.key, "date", None if not typed else {"typed": typed, "value": wareki.parse(typed)}
    )


def row(cells: Iterable[str], inherited: bool = False) -> Node:
    """A row of a table; `inherited`: taken over from an earlier change table."""
    value: dict[str, Any] = {"cells": list(map(clean, cells))}
    return node("", "row", {**value, "inherited": True} if inherited else value)


def table(key: str, rows: Iterable[Node]) -> Node:
    """A table; rows without any text are not stored."""
    return node(key, "table", None, keyed(line for line in rows if any(line.value["cells"])))


def shape(kind: str, words: str, x: int, y: int, w: int, h: int) -> Node:
    """One part of a figure; place and size in points on the sheet. An arrow runs from (x, y) to (x
    + w, y + h).
    """
    if kind not in SHAPES:
        raise PiaError(f"図の部品の種類「{kind}」は使えません（{'、'.join(SHAPES)}のいずれか）。")
    return node("", "shape", {"type": kind, "text": clean(words), "x": x, "y": y, "w": w, "h": h})


def figure(key: str, shapes: Iterable[Node], drawing: str | None = None) -> Node:
    """A figure: its shapes, and the digest of the imported drawing they were read from, if any."""
    return node(key, "figure", {"drawing": drawing} if drawing else None, keyed(shapes))


def plain(line: FormNode, answer: Any, children: Iterable[Node] = ()) -> Node:
    """A node from an answer as the fixtures and the interchange write it (see docs/contracts.md).
    PiaError when it does not fit the kind.
    """
    match answer:
        case {"answer": words, "withheld": list(marks)} if len(answer) == 2:
            return _with_marks(line, plain(line, words, children), marks)
    if line.kind == "text":
        item = _plain_text(line, answer, children)
    else:
        item = _plain_content(line, answer)
    if item is None:
        raise PiaError(f"{line.id}（{line.label}）の記載が、種類（{line.kind}）に合いません。")
    if line.kind == "text":
        return item
    return item.with_children((*item.children, *children))


def _plain_text(line: FormNode, answer: Any, children: Iterable[Node]) -> Node | None:
    match answer:
        case str():
            return text(line.key, answer, (), children)
        case {"text": str(body), "withheld": list(given)}:
            length = len(clean(body))
            return text(line.key, body, [_range(line, each, length) for each in given], children)
    return None


def _plain_content(line: FormNode, answer: Any) -> Node | None:
    """An item without the items below it; None where the answer does not fit its kind."""
    match line.kind:
        case "choice_one" if isinstance(answer, str):
            return choice_one(line, answer)
        case "choice_many" if isinstance(answer, list) and all(map(_option, answer)):
            return choice_many(line, answer)
        case "number" if isinstance(answer, str) or _whole(answer):
            return number(line, str(answer))
        case "date" if isinstance(answer, str):
            return day(line, answer)
        case "yes_no":
            return _plain_yes_no(line, answer)
        case "table" if isinstance(answer, list):
            return table(line.key, [_row(line, each) for each in answer])
        case "figure" if isinstance(answer, Mapping):
            return _plain_figure(line, answer)
    return None


def _plain_yes_no(line: FormNode, answer: Any) -> Node | None:
    if isinstance(answer, bool):
        return node(line.key, "yes_no", {"checked": True} if answer else None)
    if answer == marked.REDACTED:
        # Only a public reading says so.
        return node(line.key, "yes_no", {"checked": False, "typed": answer})
    return None


def _plain_figure(line: FormNode, answer: Mapping[str, Any]) -> Node | None:
    if set(answer) == {"flow"}:
        described = flow.shapes(answer["flow"])
        return figure(line.key, [_part(line, each) for each in described])
    shapes = answer.get("shapes")
    drawing = answer.get("drawing")
    if "flow" in answer or not isinstance(shapes, list) or not _drawing(drawing):
        return None
    return figure(line.key, [_part(line, each) for each in shapes], drawing)


def _unfit(line: FormNode, what: str) -> PiaError:
    return PiaError(f"{line.id}（{line.label}）の記載のうち、{what}の形が正しくありません。")


def _option(given: Any) -> bool:
    """A choice as it may be written: its label, or {label: free text}."""
    return isinstance(given, str) or (
        isinstance(given, Mapping)
        and len(given) == 1
        and all(isinstance(x, str) for pair in given.items() for x in pair)
    )


def _drawing(given: Any) -> bool:
    return given is None or (
        isinstance(given, str) and re.fullmatch(r"[0-9a-f]{64}", given) is not None
    )


def _whole(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _with_marks(line: FormNode, answer: Node, marks: Iterable[Any]) -> Node:
    """An answer with its marks of 非公表部分, each with a reason and in its place. PiaError for one
    that is not: no mark is ever dropped.
    """
    given = []
    for mark in marks:
        if isinstance(mark, Mapping) and marked.fits(answer, mark):
            given.append(mark)
    if len(given) < len(list(marks)) or not given or not (answer.content or answer.leaves):
        raise _unfit(line, "非公表部分（reason・ground と、その場所）")
    return marked.on_item(answer, given)


def _range(line: FormNode, given: Any, length: int) -> Mapping[str, Any]:
    """A withheld range that lies within its text and says why; with the lawful ground where one is
    recorded.
    """
    match given:
        case {"start": int(start), "end": int(end), "reason": str(reason)} if (
            _whole(start) and _whole(end) and 0 <= start < end <= length and reason
        ):
            if isinstance(given.get("ground", ""), str):
                return dict(given)
    raise _unfit(line, "非公表部分（start・end・reason・ground）")


def _part(line: FormNode, given: Any) -> Node:
    """A shape; its place and size may be written as decimals, and must lie on a sheet."""
    match given:
        case {"type": str(kind), "x": x, "y": y, "w": w, "h": h} if (
            isinstance(given.get("text", ""), str) and marked.KEY not in given
        ):
            size = (x, y, w, h)
            if all(
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and abs(value) <= _SHEET
                for value in size
            ):
                return shape(kind, given.get("text", ""), *map(int, size))
    raise _unfit(line, "図の部品（type・text・x・y・w・h）")


def _row(line: FormNode, given: Any) -> Node:
    cells: Any = given
    kept = False
    match given:
        case str():
            cells = [given]
        case {"cells": cells} if marked.KEY not in given:
            kept = bool(given.get("inherited"))
        case Mapping() if set(given) <= set(_OLD_ROW):
            cells = []
            for key in _OLD_ROW:
                cells.append(given.get(key, ""))
            kept = True
    if not isinstance(cells, list | tuple) or not all(isinstance(cell, str) for cell in cells):
        raise _unfit(line, "表の行")
    return row(cells, kept)


def to_plain(n: Node) -> Any:
    """The inverse of `plain` for one node's own answer, with its marks; None where it has none.
    `marked.answer_of` takes the marks off again.
    """
    if n.kind == "entry":
        if marked.of_value(n.value):
            return {marked.KEY: marked.of_value(n.value)}
        return None
    if not n.content and not n.leaves:
        return None
    return marked.with_marks(_unmarked(n), marked.of_item(n))


def _unmarked(n: Node) -> Any:
    match n.kind:
        case "text":
            return join(n.leaves, (n.value or {}).get("tail", 0))
        case "choice_one":
            return n.value["option"] or n.value["typed"]
        case "choice_many":
            return _plain_choices(n.value)
        case "number" | "date":
            return n.value["typed"]
        case "yes_no":
            return n.value.get("typed") or True
        case "table":
            return _plain_leaves(n)
        case "figure":
            return {"shapes": _plain_leaves(n), **_plain_value(n.value)}
    return None


def _plain_choices(value: Mapping[str, Any]) -> list[Any]:
    chosen: list[Any] = [{label: note} if note else label for label, note in value["options"]]
    return [*chosen, *value.get("typed", [])]


def _plain_leaves(n: Node) -> list[dict[str, Any]]:
    return [_plain_value(leaf.value) for leaf in n.leaves]


def _plain_value(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """A value without its marks."""
    return {key: each for key, each in (value or {}).items() if key != marked.KEY}
