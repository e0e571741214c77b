"""Figures of 別添1 drawn: shapes become one description of lines, boxes and words, shown as SVG on pages and as vectors on paper; what changed is marked.

Knows shapes, wrapping and marks; nothing of forms or the store. No mark lives by colour alone: what is new has a double frame and the word 【追加】, what is
gone a dashed frame and 【削除】, changed words are underlined (gone ones struck through).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icu4py.breakers import LineBreaker

from ..domain.change.compare import Change
from ..domain.change.figure_words import extent, place
from ..domain.document.items import one_line
from ..domain.document.tree import Node
from ..domain.text.pieces import sides
from ..domain.text.spans import spans

TAGS = {
    "added": "【追加】",
    "removed": "【削除】",
    "changed": "【変更】",
    "moved": "【移動】",
    "marked": "【非公表の指定】",
}
_EDGE = 14  # room around a figure, for frames and tags
_SIZES = (16.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
_LEAD = 1.25
_NEAR = 14  # points between an arrow's end and the box it is taken to touch


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    w: float
    h: float
    mark: str = ""
    framed: bool = True  # a label has no frame of its own; one that is marked gets the mark's


@dataclass(frozen=True, slots=True)
class Arrow:
    x1: float
    y1: float
    x2: float
    y2: float
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """One line around (x, y): x the middle or the right end, y the baseline. Runs are (text, op) with op equal, insert, delete or notation."""

    x: float
    y: float
    size: float
    runs: tuple[tuple[str, str], ...]
    bold: bool = False
    right: bool = False

    @property
    def text(self) -> str:
        return "".join(t for t, _ in self.runs)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure in its own points, y downwards: where it begins, how large it is, and its parts in the order they are drawn."""

    left: float
    top: float
    width: float
    height: float
    parts: tuple[Box | Arrow | Words, ...]

    @property
    def box(self) -> str:
        return f"{self.left:g} {self.top:g} {self.width:g} {self.height:g}"


@dataclass(frozen=True, slots=True)
class Marked:
    """What one side of a comparison says of a shape: its mark, and its text in runs where the words changed."""

    mark: str
    runs: tuple[tuple[str, str], ...] | None = None


def picture(
    figure: Node | None,
    marks: Mapping[str, Marked] | None = None,
    frame: tuple[int, int, int, int] | None = None,
    largest: float = 12.0,
) -> Picture:
    """A figure ready to be drawn. `marks` by the shape's key; `frame` (left, top, right, bottom) where two figures are to be drawn on one scale; `largest` the
    size of letters where there is room, in the figure's points."""
    left, top, right, bottom = frame or extent(figure)
    marks = marks or {}
    lines: list[Box | Arrow | Words] = []
    words: list[Box | Arrow | Words] = []
    for s in figure.leaves if figure is not None else ():
        v, said = s.value, marks.get(s.key, Marked(""))
        x, y, w, h = v["x"], v["y"], v["w"], v["h"]
        if v["type"] == "arrow":
            lines.append(Arrow(x, y, x + w, y + h, said.mark))
            around = Box(x + w / 2 - 45, y + h / 2 - 9, 90, 18)
        else:
            around = Box(
                min(x, x + w), min(y, y + h), abs(w), abs(h), said.mark, v["type"] == "box"
            )
            if around.framed or said.mark:
                lines.append(around)
        words += _written(around, said.runs or ((v["text"], "equal"),), bool(said.mark), largest)
        if said.mark:
            tag_end = max(around.x + around.w + 2, left + 44)  # a tag never leaves the figure
            words.append(
                Words(tag_end, around.y - 8, 10, ((TAGS[said.mark], "equal"),), True, True)
            )
    return Picture(
        left - _EDGE,
        top - _EDGE - 6,
        right - left + 2 * _EDGE,
        bottom - top + 2 * _EDGE + 6,
        (*lines, *words),
    )


def _written(box: Box, runs: Sequence[tuple[str, str]], bold: bool, largest: float) -> list[Words]:
    """The text of a shape, broken into lines that fit, in the middle; as small as it must be."""
    text = "".join(t for t, _ in runs)
    if not text.strip():
        return []
    size, lines = _fit(text, box, largest)
    first = box.y + box.h / 2 - (len(lines) - 1) * size * _LEAD / 2 + size * 0.36
    out = []
    for i, (a, b) in enumerate(lines):
        line = tuple(_cut(runs, a, b))
        if line:
            out.append(
                Words(
                    round(box.x + box.w / 2, 1),
                    round(first + i * size * _LEAD, 1),
                    size,
                    line,
                    bold,
                )
            )
    return out


def _fit(text: str, box: Box, largest: float) -> tuple[float, list[tuple[int, int]]]:
    """The largest letters with which the text stands in its box, without breaking its own lines if that can be."""
    tried = [
        (size, wrapped(text, max(box.w - 4, size * 2), size)) for size in _SIZES if size <= largest
    ]
    fits = [
        (size, lines)
        for size, lines in tried
        if len(lines) * size * _LEAD <= max(box.h, size * _LEAD) + 2
    ]
    unbroken = [(size, lines) for size, lines in fits if len(lines) <= text.count("\n") + 1]
    if unbroken and unbroken[0][0] >= fits[0][0] * 0.75:
        return unbroken[0]
    return (fits or tried[-1:])[0]


def _cut(runs: Sequence[tuple[str, str]], a: int, b: int) -> Iterable[tuple[str, str]]:
    at = 0
    for text, op in runs:
        part = text[max(0, a - at) : max(0, b - at)].strip("\n")
        at += len(text)
        if part:
            yield part, op


def em(c: str) -> float:
    """The width of a letter in ems, near enough for wrapping: full-width letters 1."""
    return 1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.58


def wrapped(text: str, width: float, size: float) -> list[tuple[int, int]]:
    """Where lines begin and end, broken where ICU's strict rules allow; a single word too long for a line is cut."""
    out: list[tuple[int, int]] = []
    start, used, at = 0, 0.0, 0
    for part in LineBreaker(text, "ja@lb=strict"):
        need = sum(em(c) for c in part.rstrip()) * size
        if used and used + need > width:
            out.append((start, at))
            start, used = at, 0.0
        if need > width:
            for c in part:
                if used and used + em(c) * size > width:
                    out.append((start, at))
                    start, used = at, 0.0
                used += em(c) * size
                at += 1
        else:
            used += sum(em(c) for c in part) * size
            at += len(part)
        if part.endswith("\n"):
            out.append((start, at))
            start, used = at, 0.0
    return out if start == len(text) else [*out, (start, len(text))]


def compared(
    old: Node | None, new: Node | None, changes: Iterable[Change], largest: float = 12.0
) -> tuple[Picture, Picture]:
    """A figure before and after, on one scale, with what changed marked on each side."""
    before, after = marks(changes)
    frames = [extent(f) for f in (old, new) if f is not None and f.leaves]
    frame = (
        (
            min(f[0] for f in frames),
            min(f[1] for f in frames),
            max(f[2] for f in frames),
            max(f[3] for f in frames),
        )
        if frames
        else None
    )
    return picture(old, before, frame, largest), picture(new, after, frame, largest)


def marks(changes: Iterable[Change]) -> tuple[dict[str, Marked], dict[str, Marked]]:
    """The marks of each side, by the shape's key there."""
    before: dict[str, Marked] = {}
    after: dict[str, Marked] = {}
    for c in changes:
        if c.level != "shape":
            continue
        key, was = c.path[-1], (c.was or c.path)[-1]
        if c.kind == "added":
            after[key] = Marked("added")
        elif c.kind == "removed":
            before[was] = Marked("removed")
        elif c.kind == "moved":
            before[was] = after[key] = Marked("moved")
        elif c.before is not None and c.after is not None:
            a, b = c.before.value["text"], c.after.value["text"]
            if a == b and all(
                c.before.value[k] == c.after.value[k] for k in ("type", "x", "y", "w", "h")
            ):
                after[key] = Marked("marked")
            elif a == b:
                before[was] = after[key] = Marked("moved")
            else:
                left, right = sides(a, b, spans(a, b), fold=False)
                before[was] = Marked("changed", tuple((p.text, p.op) for p in left))
                after[key] = Marked("changed", tuple((p.text, p.op) for p in right))
    return before, after


def spoken(figure: Node) -> list[str]:
    """The figure in words, for those who do not see it: its boxes with their place, its arrows from where to where, its other texts."""
    boxes = [s for s in figure.leaves if s.value["type"] == "box"]
    out = [f"枠（{place(s, figure)}）：{one_line(s.value['text']) or '文字なし'}" for s in boxes]
    for s in figure.leaves:
        v = s.value
        if v["type"] == "arrow":
            ends = [
                _touched(boxes, x, y) or f"図の{place(s, figure)}"
                for x, y in ((v["x"], v["y"]), (v["x"] + v["w"], v["y"] + v["h"]))
            ]
            out.append(
                f"矢印：{ends[0]}から{ends[1]}へ"
                + (f"（{one_line(s.value['text'])}）" if v["text"] else "")
            )
    out += [
        f"文字（{place(s, figure)}）：{one_line(s.value['text'])}"
        for s in figure.leaves
        if s.value["type"] == "label" and s.value["text"].strip()
    ]
    return out


def _touched(boxes: Sequence[Node], x: float, y: float) -> str:
    """The text of the box an arrow's end touches; empty where there is none."""

    def away(v: Mapping[str, Any]) -> float:
        return max(v["x"] - x, x - v["x"] - v["w"], v["y"] - y, y - v["y"] - v["h"], 0)

    near = min(boxes, key=lambda s: away(s.value), default=None)
    if near is None or away(near.value) > _NEAR:
        return ""
    return f"「{one_line(near.value['text'])}」"
