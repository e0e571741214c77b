"""Figures of 別添1 drawn: shapes become one description of lines, boxes and words, shown as SVG on
pages and as vectors on paper; what changed is marked.

Knows shapes, wrapping and marks; nothing of forms or the store. No mark lives by colour alone: what
is new has a double frame and the word 【追加】, what is gone a dashed frame and 【削除】, changed
words are underlined (gone ones struck through).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icu4py.breakers import LineBreaker

from ..domain.change.figure_words import extent, place
from ..domain.change.model import Change
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
class FigureBox:
    """A frame or a label: left and upper edge, width and height, and the word of its mark."""

    x: float
    y: float
    w: float
    h: float
    mark: str = ""
    framed: bool = True  # a label has no frame of its own; one that is marked gets the mark's


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from (x1, y1) to (x2, y2), and the word of its mark."""

    x1: float
    y1: float
    x2: float
    y2: float
    mark: str = ""


@dataclass(frozen=True, slots=True)
class FigureWords:
    """One line around (x, y): x the middle or the right end, y the baseline. Runs are (text, op)
    with op equal, insert, delete or notation.
    """

    x: float
    y: float
    size: float
    runs: tuple[tuple[str, str], ...]
    bold: bool = False
    right: bool = False

    @property
    def text(self) -> str:
        """The words of all runs."""
        return "".join(text for text, _ in self.runs)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure in its own points, y downwards: where it begins, how large it is, and its parts in
    the order they are drawn.
    """

    left: float
    top: float
    width: float
    height: float
    parts: tuple[FigureBox | Arrow | FigureWords, ...]

    @property
    def box(self) -> str:
        """Left, top, width and height as the viewBox of an SVG."""
        return f"{self.left:g} {self.top:g} {self.width:g} {self.height:g}"


@dataclass(frozen=True, slots=True)
class Marked:
    """What one side of a comparison says of a shape: its mark, and its text in runs where the words
    changed.
    """

    mark: str
    runs: tuple[tuple[str, str], ...] | None = None


def picture(
    figure: Node | None,
    marks: Mapping[str, Marked] | None = None,
    frame: tuple[int, int, int, int] | None = None,
    largest: float = 12.0,
) -> Picture:
    """A figure ready to be drawn. `marks` by the shape's key; `frame` (left, top, right, bottom)
    where two figures are to be drawn on one scale; `largest` the size of letters where there is
    room, in the figure's points.
    """
    left, top, right, bottom = frame or extent(figure)
    marks = marks or {}
    lines: list[FigureBox | Arrow | FigureWords] = []
    words: list[FigureBox | Arrow | FigureWords] = []
    for leaf in figure.leaves if figure is not None else ():
        mark = marks.get(leaf.key, Marked(""))
        around = _around(leaf.value, mark.mark)
        if isinstance(around, Arrow):
            lines.append(around)
            middle_x = (around.x1 + around.x2) / 2
            middle_y = (around.y1 + around.y2) / 2
            around = FigureBox(middle_x - 45, middle_y - 9, 90, 18)
        elif around.framed or mark.mark:
            lines.append(around)
        runs = mark.runs or ((leaf.value["text"], "equal"),)
        words += _written(around, runs, bool(mark.mark), largest)
        if mark.mark:
            tag_end = max(around.x + around.w + 2, left + 44)  # a tag never leaves the figure
            tag = ((TAGS[mark.mark], "equal"),)
            words.append(FigureWords(tag_end, around.y - 8, 10, tag, True, True))
    return Picture(
        left - _EDGE,
        top - _EDGE - 6,
        right - left + 2 * _EDGE,
        bottom - top + 2 * _EDGE + 6,
        (*lines, *words),
    )


def _around(value: Mapping[str, Any], mark: str) -> FigureBox | Arrow:
    """The frame of a shape, or its arrow; a box may be drawn from its right or lower corner."""
    x = value["x"]
    y = value["y"]
    x2 = x + value["w"]
    y2 = y + value["h"]
    if value["type"] == "arrow":
        return Arrow(x, y, x2, y2, mark)
    framed = value["type"] == "box"
    return FigureBox(min(x, x2), min(y, y2), abs(value["w"]), abs(value["h"]), mark, framed)


def _written(
    box: FigureBox, runs: Sequence[tuple[str, str]], bold: bool, largest: float
) -> list[FigureWords]:
    """The text of a shape, broken into lines that fit, in the middle; as small as it must be."""
    text = "".join(part for part, _ in runs)
    if not text.strip():
        return []
    size, lines = _fit(text, box, largest)
    x = round(box.x + box.w / 2, 1)
    first = box.y + box.h / 2 - (len(lines) - 1) * size * _LEAD / 2 + size * 0.36
    out = []
    for index, (start, end) in enumerate(lines):
        line = tuple(_cut(runs, start, end))
        if line:
            y = round(first + index * size * _LEAD, 1)
            out.append(FigureWords(x, y, size, line, bold))
    return out


def _fit(text: str, box: FigureBox, largest: float) -> tuple[float, list[tuple[int, int]]]:
    """The largest letters with which the text stands in its box, without breaking its own lines if
    that can be.
    """
    fits = []
    for size in _SIZES:
        if size > largest:
            continue
        lines = wrapped(text, max(box.w - 4, size * 2), size)
        smallest = (size, lines)
        if len(lines) * size * _LEAD <= max(box.h, size * _LEAD) + 2:
            fits.append(smallest)
    for size, lines in fits:
        if len(lines) <= text.count("\n") + 1:
            if size >= fits[0][0] * 0.75:
                return size, lines
            break
    return fits[0] if fits else smallest


def _cut(runs: Sequence[tuple[str, str]], start: int, end: int) -> Iterable[tuple[str, str]]:
    """The runs of a line: letters from `start` to before `end`."""
    at = 0
    for text, op in runs:
        part = text[max(0, start - at) : max(0, end - at)].strip("\n")
        at += len(text)
        if part:
            yield part, op


def em(c: str) -> float:
    """The width of a letter in ems, near enough for wrapping: full-width letters 1."""
    if unicodedata.east_asian_width(c) in "WFA":
        return 1.0
    return 0.58


def wrapped(text: str, width: float, size: float) -> list[tuple[int, int]]:
    """Where lines begin and end, broken where ICU's strict rules allow; a single word too long for
    a line is cut.
    """
    out: list[tuple[int, int]] = []
    start = 0
    used = 0.0
    at = 0
    for part in LineBreaker(text, "ja@lb=strict"):
        need = sum(map(em, part.rstrip())) * size
        if used and used + need > width:
            out.append((start, at))
            start = at
            used = 0.0
        if need > width:
            for letter in part:
                if used and used + em(letter) * size > width:
                    out.append((start, at))
                    start = at
                    used = 0.0
                used += em(letter) * size
                at += 1
        else:
            used += sum(map(em, part)) * size
            at += len(part)
        if part.endswith("\n"):
            out.append((start, at))
            start = at
            used = 0.0
    if start == len(text):
        return out
    return [*out, (start, len(text))]


def compared(
    old: Node | None, new: Node | None, changes: Iterable[Change], largest: float = 12.0
) -> tuple[Picture, Picture]:
    """A figure before and after, on one scale, with what changed marked on each side."""
    before, after = marks(changes)
    frames = []
    for node in (old, new):
        if node is not None and node.leaves:
            frames.append(extent(node))
    frame = None
    if frames:
        lefts, tops, rights, bottoms = zip(*frames)
        frame = (min(lefts), min(tops), max(rights), max(bottoms))
    return picture(old, before, frame, largest), picture(new, after, frame, largest)


def marks(changes: Iterable[Change]) -> tuple[dict[str, Marked], dict[str, Marked]]:
    """The marks of each side, by the shape's key there."""
    before: dict[str, Marked] = {}
    after: dict[str, Marked] = {}
    for change in changes:
        if change.level != "shape":
            continue
        left, right = _marks_of(change)
        if left is not None:
            before[(change.was or change.path)[-1]] = left
        if right is not None:
            after[change.path[-1]] = right
    return before, after


def _marks_of(change: Change) -> tuple[Marked | None, Marked | None]:
    """The mark of one change on each side."""
    if change.kind == "added":
        return None, Marked("added")
    if change.kind == "removed":
        return Marked("removed"), None
    if change.kind == "moved":
        return Marked("moved"), Marked("moved")
    if change.before is None or change.after is None:
        return None, None
    old = change.before.value
    new = change.after.value
    if old["text"] != new["text"]:
        left, right = sides(old["text"], new["text"], spans(old["text"], new["text"]), fold=False)
        return (
            Marked("changed", tuple((piece.text, piece.op) for piece in left)),
            Marked("changed", tuple((piece.text, piece.op) for piece in right)),
        )
    if all(old[name] == new[name] for name in ("type", "x", "y", "w", "h")):
        return None, Marked("marked")
    return Marked("moved"), Marked("moved")


def spoken(figure: Node) -> list[str]:
    """The figure in words, for those who do not see it: its boxes with their place, its arrows from
    where to where, its other texts.
    """
    boxes = []
    arrows = []
    labels = []
    for leaf in figure.leaves:
        words = one_line(leaf.value["text"])
        if leaf.value["type"] == "box":
            boxes.append(f"枠（{place(leaf, figure)}）：{words or '文字なし'}")
        elif leaf.value["type"] == "arrow":
            arrows.append(_spoken_arrow(leaf, figure))
        elif leaf.value["type"] == "label" and words:
            labels.append(f"文字（{place(leaf, figure)}）：{words}")
    return [*boxes, *arrows, *labels]


def _spoken_arrow(arrow: Node, figure: Node) -> str:
    value = arrow.value
    boxes = []
    for leaf in figure.leaves:
        if leaf.value["type"] == "box":
            boxes.append(leaf)
    elsewhere = f"図の{place(arrow, figure)}"
    start = _touched(boxes, value["x"], value["y"]) or elsewhere
    end = _touched(boxes, value["x"] + value["w"], value["y"] + value["h"]) or elsewhere
    words = ""
    if value["text"]:
        words = f"（{one_line(value['text'])}）"
    return f"矢印：{start}から{end}へ{words}"


def _touched(boxes: Sequence[Node], x: float, y: float) -> str:
    """The text of the box an arrow's end touches; empty where there is none."""

    def away(v: Mapping[str, Any]) -> float:
        return float(max(v["x"] - x, x - v["x"] - v["w"], v["y"] - y, y - v["y"] - v["h"], 0))

    near = min(boxes, key=lambda node: away(node.value), default=None)
    if near is None or away(near.value) > _NEAR:
        return ""
    return f"「{one_line(near.value['text'])}」"
