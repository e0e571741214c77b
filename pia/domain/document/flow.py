"""A flow of 別添1 written as data (lanes, boxes, numbered arrows, remarks) laid out as the shapes
of a figure.

Knows places and texts only. A box stands where its lane and row put it, whatever else is there: an
edit moves nothing that was not edited, so that the comparison shows the edit alone. What is stored
are the shapes; the description itself is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import ceil
from typing import Any

from ..errors import PiaError

# from one lane (row) to the next, in points
_LANE = 230
_ROW = 104
_W = 140
_H = 60
_TOP = 44
_LEFT = 10
_LETTER = 12
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
Place = tuple[int, int]


def shapes(given: Any) -> list[dict[str, Any]]:
    """Shapes as `items.plain` takes them: the names of the lanes, the boxes, then the arrows each
    with its words. PiaError says what is wrong where.
    """
    lanes = _lanes(given)
    boxes = _boxes(given)
    out = []
    for index, name in enumerate(lanes):
        out.append(_shape("label", name, _LEFT + index * _LANE, 10, _W, 20))
    at: dict[str, Place] = {}
    for box in boxes:
        if box["lane"] not in lanes:
            raise _wrong(f"箱「{box['id']}」の lane「{box['lane']}」が lanes にありません")
        place = (lanes.index(box["lane"]), box["row"] - 1)
        if box["id"] in at:
            raise _wrong(f"箱の id「{box['id']}」が2回あります")
        if place in at.values():
            raise _wrong(
                f"箱「{box['id']}」と同じ場所（{box['lane']}の{box['row']}段目）に、"
                "別の箱があります"
            )
        at[box["id"]] = place
        out.append(_shape("box", box["text"], *_corner(place), _W, _H))
    seen: dict[frozenset[str], int] = {}
    for arrow in _arrows(given, at):
        pair = frozenset((arrow["from"], arrow["to"]))
        seen[pair] = seen.get(pair, 0) + 1
        out += _arrow(arrow, at, seen[pair])
    remarks = _texts(given.get("remarks", []), "remarks")
    if remarks:
        low = max((y for _, y in at.values()), default=0)
        out.append(
            _shape(
                "label",
                "\n".join(remarks),
                _LEFT,
                _TOP + low * _ROW + _H + 24,
                max(len(lanes) * _LANE - _LANE + _W, 300),
                17 * len(remarks),
            )
        )
    return out


def _wrong(what: str) -> PiaError:
    return PiaError(
        f"図の流れ（flow）の{what}。lanes・boxes（id・text・lane・row）"
        "・arrows（number・from・to・text）を確かめてください。"
    )


def _texts(given: Any, what: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(x, str) for x in given):
        raise _wrong(f" {what} は文字の並びではありません")
    return given


def _lanes(given: Any) -> list[str]:
    if not isinstance(given, Mapping) or set(given) - {"lanes", "boxes", "arrows", "remarks"}:
        raise _wrong("書き方が違います")
    lanes = _texts(given.get("lanes", []), "lanes")
    if not lanes or len(set(lanes)) != len(lanes):
        raise _wrong(" lanes がないか、同じ名前が2回あります")
    return lanes


def _boxes(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    boxes = given.get("boxes", [])
    for second in boxes if isinstance(boxes, list) else [None]:
        match second:
            case {"id": str(), "text": str(), "lane": str(), "row": int(row)} if (
                not isinstance(row, bool) and 1 <= row <= 200
            ):
                continue
        raise _wrong(
            "箱（"
            f"{second.get('id', 'idなし') if isinstance(second, Mapping) else 'boxes'}"
            "）の形が正しくありません"
        )
    return list(boxes)


def _arrows(given: Mapping[str, Any], at: Mapping[str, Place]) -> list[Mapping[str, Any]]:
    arrows = given.get("arrows", [])
    for first in arrows if isinstance(arrows, list) else [None]:
        match first:
            case {"from": str(start), "to": str(end), **rest} if isinstance(
                rest.get("text", ""), str
            ) and isinstance(rest.get("number"), int | str | None):
                if start in at and end in at and start != end:
                    continue
                raise _wrong(
                    f"矢印（{start}から{end}）の from か to が、boxes の id ではないか、同じ箱です"
                )
        raise _wrong("矢印の形が正しくありません")
    return list(arrows)


def _shape(kind: str, text: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    return {"type": kind, "text": text, "x": round(x), "y": round(y), "w": round(w), "h": round(h)}


def _corner(place: Place) -> Place:
    return _LEFT + place[0] * _LANE, _TOP + place[1] * _ROW


def _said(arrow: Mapping[str, Any]) -> str:
    """The words beside an arrow, behind its number."""
    text: str = arrow.get("text", "")
    count = arrow.get("number")
    if count is None:
        return text
    if isinstance(count, int) and 1 <= count <= len(_CIRCLED):
        return _CIRCLED[count - 1] + text
    return f"({count}){text}"


@dataclass(frozen=True, slots=True)
class _Run:
    """Where an arrow runs and where its words stand: (x, y, w, h) each."""

    line: tuple[float, float, float, float]
    label: tuple[float, float, float, float]


def _arrow(a: Mapping[str, Any], at: Mapping[str, Place], nth: int) -> Sequence[dict[str, Any]]:
    """An arrow and its words beside it. There and back between two boxes lie apart; one that would
    run through a box passes beside it.
    """
    start = at[a["from"]]
    end = at[a["to"]]
    words = _said(a)
    aside = 11 + 14 * (nth - 1) // 2
    boxes = set(at.values())
    if start[1] == end[1]:
        run = _along_row(start, end, boxes, aside, words)
    elif start[0] == end[0]:
        run = _along_lane(start, end, boxes, aside)
    else:
        run = _across(start, end)
    arrow = _shape("arrow", "", *run.line)
    if words:
        return [arrow, _shape("label", words, *run.label)]
    return [arrow]


def _step(start: int, end: int) -> int:
    if end > start:
        return 1
    return -1


def _sides(start: float, end: float, size: float, forward: bool) -> tuple[float, float]:
    """Where an arrow leaves one box and meets the other."""
    if forward:
        return start + size, end
    return start, end + size


def _along_row(start: Place, end: Place, boxes: Set[Place], aside: int, words: str) -> _Run:
    lane, row = start
    x1, y1 = _corner(start)
    x2, _ = _corner(end)
    step = _step(lane, end[0])
    between = any((other, row) in boxes for other in range(lane + step, end[0], step))
    if between:
        y = y1 - 12
    else:
        y = y1 + _H / 2 - aside * step
    left, right = _sides(x1, x2, _W, step > 0)
    # The gap beside the box it leaves: over the boxes stand the names of the lanes.
    room = min(abs(right - left), _LANE - _W) - 6
    high = 16 * max(1, ceil(len(words) * _LETTER / max(room, 1)))
    if step > 0:
        label_x = left
    else:
        label_x = left - room - 6
    if step > 0 or between:
        label_y = y - high - 1
    else:
        label_y = y + 2
    return _Run((left, y, right - left, 0), (label_x + 3, label_y, room, high))


def _along_lane(start: Place, end: Place, boxes: Set[Place], aside: int) -> _Run:
    lane, row = start
    x1, y1 = _corner(start)
    _, y2 = _corner(end)
    step = _step(row, end[1])
    between = any((lane, other) in boxes for other in range(row + step, end[1], step))
    if between:
        x = x1 - 12
    else:
        x = x1 + _W / 2 - aside * step
    top, bottom = _sides(y1, y2, _H, step > 0)
    wide = _W / 2 + 10
    if step > 0:
        label_x = x - wide - 4
    else:
        label_x = x + 4
    return _Run((x, top, 0, bottom - top), (label_x, (top + bottom) / 2 - 9, wide, 18))


def _across(start: Place, end: Place) -> _Run:
    x1, y1 = _corner(start)
    x2, y2 = _corner(end)
    right = end[0] > start[0]
    left_x, right_x = _sides(x1, x2, _W, right)
    if right:
        aside = 8
    else:
        aside = -8
    top = y1 + _H / 2 + aside
    bottom = y2 + _H / 2 + aside
    label = ((left_x + right_x) / 2 - 45, (top + bottom) / 2 - 9, 90, 18)
    return _Run((left_x, top, right_x - left_x, bottom - top), label)
