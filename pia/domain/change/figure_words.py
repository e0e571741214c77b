"""Where something stands in a figure, in words: 図の右上に「…」を追加.

A council hears changes of the flow figures (別添1) in words and by place; so does the 変更箇所
table. Knows shapes as places and texts only.
"""

from __future__ import annotations

from ..document import marked
from ..document.texts import one_line
from ..document.tree import Node
from .model import Change

_ROWS = ("上", "中央", "下")
_COLUMNS = ("左", "", "右")


def extent(figure: Node | None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all shapes, in points; a figure without shapes is one
    point."""
    if figure is None or not figure.leaves:
        return (0, 0, 1, 1)
    xs: list[int] = []
    ys: list[int] = []
    for shape in figure.leaves:
        frame = shape.value
        xs += (frame["x"], frame["x"] + frame["w"])
        ys += (frame["y"], frame["y"] + frame["h"])
    return (min(xs), min(ys), max(max(xs), min(xs) + 1), max(max(ys), min(ys) + 1))


def place(shape: Node, figure: Node | None) -> str:
    """右上, 左, 中央 …: the ninth of the figure in which the middle of a shape lies."""
    left, top, right, bottom = extent(figure)
    value = shape.value
    x = (value["x"] + value["w"] / 2 - left) / (right - left)
    y = (value["y"] + value["h"] / 2 - top) / (bottom - top)
    column, row = (min(2, max(0, int(part * 3))) for part in (x, y))
    if row == 1:
        return _COLUMNS[column] or "中央"
    return _COLUMNS[column] + _ROWS[row]


def _named(shape: Node) -> str:
    text = one_line(shape.value["text"])
    if text:
        return f"「{text}」"
    return {"arrow": "矢印", "box": "枠"}.get(shape.value["type"], "文字")


def words(c: Change, old: Node | None, new: Node | None) -> str:
    """One change of a figure as a sentence."""
    before = c.before
    after = c.after
    if c.kind == "added" and after is not None:
        return f"図の{place(after, new)}に{_named(after)}を追加"
    if c.kind == "removed" and before is not None:
        return f"図の{place(before, old)}の{_named(before)}を削除"
    if before is None or after is None:
        return ""
    if c.kind == "moved":
        return f"図の{_named(after)}の重なり順を変更"
    if before.value["text"] != after.value["text"]:
        return f"図の{place(after, new)}の{_named(before)}を{_named(after)}に変更"
    old_place = place(before, old)
    if _same_frame(before, after):
        return f"図の{old_place}の{_named(after)}を{marked.sentence(before, after) or '変更'}"
    new_place = place(after, new)
    if old_place != new_place:
        return f"図の{_named(after)}の位置を{old_place}から{new_place}に変更"
    return f"図の{old_place}の{_named(after)}の位置・大きさを変更"


def _same_frame(before: Node, after: Node) -> bool:
    return all(before.value[key] == after.value[key] for key in ("type", "x", "y", "w", "h"))
