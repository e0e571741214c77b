"""A figure's shapes made ready to be drawn as SVG: a frame around all of them, text broken into lines, what is new marked."""

from __future__ import annotations

from typing import Any

from ..domain.figure import extent
from ..domain.tree import Node

_MARGIN = 16


def drawn(figure: Node, fresh: set[str]) -> dict[str, Any]:
    left, top, right, bottom = extent(figure)
    return {
        "box": f"{left - _MARGIN} {top - _MARGIN - 8} {right - left + 2 * _MARGIN} {bottom - top + 2 * _MARGIN + 8}",
        "list": [_shape(s, s.key in fresh) for s in figure.leaves],
    }


def _shape(s: Node, fresh: bool) -> dict[str, Any]:
    v = s.value
    size = 12
    per_line = max(2, abs(v["w"]) // size)
    words = [part[i : i + per_line] for part in v["text"].split("\n") for i in range(0, max(len(part), 1), per_line)] if v["text"] else []
    middle_x, middle_y = v["x"] + v["w"] / 2, v["y"] + v["h"] / 2
    first = middle_y - (len(words) - 1) * size * 0.6 + size * 0.36
    lines = [{"x": round(middle_x, 1), "y": round(first + i * size * 1.2, 1), "text": w} for i, w in enumerate(words)]
    return {**{k: v[k] for k in ("type", "x", "y", "w", "h")}, "lines": lines, "size": size, "fresh": fresh}
