"""Marks of 非公表部分 inside the contents of every kind of answer (規則第10条第1項・第2項).

A mark is a key that is absent where there is none, so that every earlier digest stays; it lies in
the content it is about and travels with it. Knows contents, nodes and answers as they are written;
nothing of who may see what, nor what a reading for the public looks like (`withheld`).

A mark has `reason`, mostly `ground`, and says where it lies: `start` and `end` in a text; `row` and
perhaps `cell` in a table; `part` of a figure, `of` "words" where only its words are meant; `option`
of a choice, `of` "note" where only the note is. One that says nothing of it is about the whole item
(or entry). In a content only what the content itself does not say is kept: a row's mark has no
`row`, a part's no `part`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..canonical import canonical
from .blocks import join, keyed, ranges, split
from .tree import Node

KEY = "withheld"
REDACTED = "【非公表】"
# in an earlier public reading beside a later one: what says 【非公表】 here was open then
OPEN = "open"
Mark = Mapping[str, Any]
PLACES = frozenset({"start", "end", "row", "cell", "part", "option", "of"})
_INNER = {"row": "row", "shape": "part"}


def of_value(value: Any) -> list[Any]:
    """The marks a content carries; none where it carries none (or is still in the store)."""
    if isinstance(value, Mapping):
        return list(value.get(KEY) or [])
    return []


def sort(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """In their one order, each once: equal marks give equal digests."""
    return [
        dict(match)
        for match in sorted(
            {canonical(dict(mark)): mark for mark in marks}.values(),
            key=lambda match: canonical(dict(match)),
        )
    ]


def put(n: Node, marks: Iterable[Mark]) -> Node:
    """The same node with these marks in its own content and no others; a block keeps its ranges in
    the order they stand."""
    return n.with_value(_value_with(n, list(marks)) or None)


def _value_with(n: Node, marks: list[Mark]) -> dict[str, Any]:
    """A node's value with other marks; empty where nothing is left to say."""
    if n.kind == "block":
        ranges = sorted(map(dict, marks), key=lambda mark: mark["start"])
        return {"text": n.value["text"], KEY: ranges}
    value = {}
    for key, each in (n.value or {}).items():
        if key not in (KEY, OPEN):
            value[key] = each
    if n.kind == "text":
        if marks:
            value = {"tail": 0, **value}
        elif not value.get("tail"):
            value = {}
    if marks:
        value[KEY] = sort(marks)
    return value


def bare(n: Node) -> Node:
    """A node's own content without its marks."""
    if of_value(n.value) or (isinstance(n.value, Mapping) and OPEN in n.value):
        return put(n, ())
    return n


def alone(n: Node | None) -> bool:
    """Whether a content holds nothing but marks: that of an entry, a table, a text without a
    tail."""
    return (n is not None and bool(of_value(n.value)) and bare(n).content is None) or _empty_text(n)


def _empty_text(n: Node | None) -> bool:
    return (
        n is not None and n.kind == "text" and bool(of_value(n.value)) and not n.value.get("tail")
    )


def marked(n: Node) -> bool:
    """Whether a node or anything below it carries a mark."""
    waiting = [n]
    while waiting:
        here = waiting.pop()
        if of_value(here.value):
            return True
        waiting += here.children
    return False


def of_item(n: Node) -> list[dict[str, Any]]:
    """All marks of an item, each saying its place in it."""
    out = []
    for match in of_value(n.value):
        out.append(dict(match))
    if n.kind == "text":
        return [*out, *ranges(n.leaves)]
    for index, leaf in enumerate(n.leaves):
        for match in of_value(leaf.value):
            out.append({_INNER[leaf.kind]: index, **match})
    return out


def on_item(n: Node, marks: Iterable[Mark]) -> Node:
    """The item with exactly these marks, as `of_item` tells them. Those whose place is not there
    are left out: `fits` says which."""
    given = list(map(dict, marks))
    own = []
    for mark in given:
        if not _below(n.kind, mark):
            own.append(mark)
    rest = tuple(child for child in n.children if child not in n.leaves)
    leaves: Iterable[Node]
    if n.kind == "text":
        tail = (n.value or {}).get("tail", 0)
        leaves, _ = split(join(n.leaves, tail), [mark for mark in given if "start" in mark])
        n = n.with_value({"tail": tail} if tail else None)
    else:
        leaves = keyed(_leaf(i, leaf, given) for i, leaf in enumerate(n.leaves))
    return put(n, own).with_children((*leaves, *rest))


def _below(kind: str, mark: Mark) -> bool:
    return bool(
        {"text": {"start"}, "table": {"row"}, "figure": {"part"}}.get(kind, set()) & set(mark)
    )


def _leaf(number: int, leaf: Node, marks: Sequence[Mark]) -> Node:
    """A row or shape with the marks of its item that lie on it."""
    inner = _INNER.get(leaf.kind, "")
    if not inner:
        return leaf
    own = []
    for mark in marks:
        if mark.get(inner) == number:
            own.append({key: value for key, value in mark.items() if key != inner})
    return put(leaf, own)


def fits(n: Node, mark: Mark) -> bool:
    """Whether a mark is whole and its place is in the item: a range within the text, a row, cell,
    part or option that is there."""
    if not _has_reason(mark) or set(mark) - PLACES - {"reason", "ground"}:
        return False
    where = place(mark)
    if not where:
        return True
    match (n.kind, where):
        case ("text", {"start": _, "end": _}):
            return _within(mark, len(join(n.leaves, (n.value or {}).get("tail", 0))))
        case ("table", {"row": row, **rest}) if set(rest) <= {"cell"}:
            return _index(row, len(n.leaves)) and _index(
                rest.get("cell", 0), len(n.leaves[row].value["cells"])
            )
        case ("figure", {"part": part, **rest}) if rest in ({}, {"of": "words"}):
            return _index(part, len(n.leaves))
        case ("choice_many", {"option": option, **rest}) if rest in ({}, {"of": "note"}):
            return option in _options(n) and (not rest or bool(_options(n)[option]))
    return False


def _has_reason(mark: Mark) -> bool:
    """Whether a mark says why, and its ground, if any, is a text."""
    return (
        isinstance(mark.get("reason"), str)
        and bool(mark["reason"])
        and isinstance(mark.get("ground", ""), str)
    )


def _options(n: Node) -> dict[str, str]:
    value = n.value or {}
    return {**dict(value.get("options", ())), **dict.fromkeys(value.get("typed", ()), "")}


def _index(given: Any, size: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given < size


def _within(mark: Mark, length: int) -> bool:
    whole = all(
        isinstance(mark[key], int) and not isinstance(mark[key], bool) for key in ("start", "end")
    )
    return whole and 0 <= mark["start"] < mark["end"] <= length


def place(mark: Mark) -> dict[str, Any]:
    """Where a mark lies, without why."""
    values = {}
    for key, value in mark.items():
        if key in PLACES:
            values[key] = value
    return values


def answer_of(answer: Any) -> Any:
    """A plain answer without its marks."""
    if isinstance(answer, Mapping) and KEY in answer:
        if "text" in answer:
            return answer["text"]
        return answer.get("answer")
    return answer


def marks_of(answer: Any) -> list[dict[str, Any]]:
    """The marks of a plain answer."""
    if isinstance(answer, Mapping) and KEY in answer:
        entries = []
        for match in answer[KEY]:
            entries.append(dict(match))
        return entries
    return []


def with_marks(answer: Any, marks: Sequence[Mark]) -> Any:
    """A plain answer as it is written with marks: a text keeps its ranges beside it, as it always
    did; any other answer stands in `answer`."""
    if not marks:
        return answer
    if isinstance(answer, str) and all("start" in mark for mark in marks):
        return {"text": answer, KEY: list(map(dict, marks))}
    return {"answer": answer, KEY: list(map(dict, marks))}


def newer(answer: Any) -> bool:
    """Whether a plain answer is written in a way that releases before these marks refuse: anything
    but ranges of a text."""
    return isinstance(answer, Mapping) and KEY in answer and "text" not in answer


# ---- what a change does to marks


def moved(before: Node | None, after: Node | None) -> str:
    """What a change of one content does to its marks: "on", "off", "both", or "" for nothing. Marks
    that only went along with other words are nothing."""
    old, new = map(_said, (before, after))
    if old == new:
        return ""
    if _stretched(before, after):
        return ""
    came = []
    for match in new:
        if match not in old:
            came.append(match)
    went = []
    for match in old:
        if match not in new:
            went.append(match)
    if came and went:
        return "both"
    if came:
        return "on"
    return "off"


def _said(n: Node | None) -> list[Any]:
    """Marks by what they cover: a range by its words."""
    if n is None:
        return []
    ranges = of_value(n.value)
    if n.kind != "block":
        words = []
        for match in ranges:
            words.append(canonical(dict(match)))
        return words
    listed = []
    for match in ranges:
        listed.append(
            canonical(
                {
                    "words": n.value["text"][match["start"] : match["end"]],
                    **{key: value for key, value in match.items() if key not in ("start", "end")},
                }
            )
        )
    return listed


def _stretched(before: Node | None, after: Node | None) -> bool:
    """Whether an edit inside a marked stretch left as many marks for the same reasons."""
    if before is None or after is None or before.kind != "block":
        return False
    sides = []
    for node in (before, after):
        sides.append([(match["reason"], match.get("ground")) for match in of_value(node.value)])
    return sides[0] == sides[1] and before.value["text"] != after.value["text"]


def same_words(a: Node, b: Node) -> bool:
    """Whether two contents differ in nothing but marks."""
    return bare(a).content == bare(b).content


SAID = {"on": "非公表にした", "off": "公表にした", "both": "非公表の範囲を変えた"}


def sentence(before: Node | None, after: Node | None) -> str:
    """What people read of it."""
    if before is not None and before.value and before.value.get(OPEN):
        return "非公表としました"
    return SAID.get(moved(before, after), "")
