"""What of an item is marked 非公表, and what can be (規則第10条第1項・第2項).

Knows how marks are named on a page. Must not know how they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...domain.document import items, marked
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Node, Path
from ..actor import workplace

# Of a table whose rows and cells are offered one by one.
MOST_ROWS = 200
PARTS = {"box": "箱", "label": "文字", "arrow": "矢印"}
Mark = Mapping[str, Any]


def grounds_of(kind: str) -> list[tuple[str, str]]:
    """The grounds documents of a kind may give, each with its words."""
    fitting = []
    for name, ground in workplace().rules["grounds"].items():
        if kind in ground["kinds"]:
            fitting.append((name, f"{ground['says']}（{ground['source']}）"))
    return fitting


def entry_of(form: Form, spot: Path) -> Path:
    """The innermost entry an item stands in; empty where it stands in none."""
    for index in range(len(spot) - 1, 1, -1):
        if items.is_entry(form, spot[:index]):
            return spot[:index]
    return ()


def held_marks(node: Node | None) -> list[dict[str, str]]:
    """The marks of an item or entry: where, the words, reason and ground."""
    if node is None:
        return []
    held = []
    for mark in marked.of_item(node):
        held.append(
            {
                "place": place_words(node, mark),
                "words": _marked_words(node, mark),
                "reason": mark["reason"],
                "ground": mark.get("ground", ""),
            }
        )
    return held


def place_words(node: Node, mark: Mark) -> str:
    """Where a mark lies, in words: 2行目の3列目, 部品4（箱）の文字."""
    if node.kind == "entry":
        return "この欄の全体"
    if "row" in mark:
        cell = f"の{mark['cell'] + 1}列目" if "cell" in mark else "の全体"
        return f"{mark['row'] + 1}行目{cell}"
    if "part" in mark:
        kind = PARTS[node.leaves[mark["part"]].value["type"]]
        return f"部品{mark['part'] + 1}（{kind}）" + _of(mark, "words", "の文字")
    if "option" in mark:
        option = mark["option"].replace("　", "…")
        return f"選択肢「{option}」" + _of(mark, "note", "に添えた記載")
    if "start" in mark:
        return ""
    return "項目の全体"


def _of(mark: Mark, side: str, words: str) -> str:
    """What of a part or an option is marked: one side of it, or all."""
    if mark.get("of") == side:
        return words
    return "の全体"


def _marked_words(node: Node, mark: Mark) -> str:
    if "start" in mark:
        return items.text_of(node)[mark["start"] : mark["end"]]
    if "row" in mark:
        cells = node.leaves[mark["row"]].value["cells"]
        if "cell" in mark:
            return str(cells[mark["cell"]])
        return "　".join(cells)
    if "part" in mark:
        return str(node.leaves[mark["part"]].value["text"])
    if mark.get("of") == "note":
        return str(dict(node.value["options"]).get(mark["option"], ""))
    return ""


def places_of(line: FormNode, node: Node | None, inside: bool) -> list[dict[str, Any]]:
    """What can be marked with a tick: the whole item, its rows and cells, parts, choices and notes,
    and the entry around it (`inside`)."""
    places: list[dict[str, Any]] = [{"at": {}, "words": "項目の全体"}]
    if node is not None and line.kind in _PLACES:
        places += _PLACES[line.kind](node)
    if inside:
        places.append({"at": None, "words": "この欄（繰返し欄）の全体"})
    return places


def _of_table(node: Node) -> Iterator[dict[str, Any]]:
    if len(node.leaves) > MOST_ROWS:
        return
    for row, leaf in enumerate(node.leaves):
        yield _place(node, {"row": row})
        for column, cell in enumerate(leaf.value["cells"]):
            if cell:
                yield _place(node, {"row": row, "cell": column}, cell)


def _of_figure(node: Node) -> Iterator[dict[str, Any]]:
    for part, leaf in enumerate(node.leaves):
        yield _place(node, {"part": part})
        if leaf.value["text"]:
            yield _place(node, {"part": part, "of": "words"}, items.one_line(leaf.value["text"]))


def _of_choices(node: Node) -> Iterator[dict[str, Any]]:
    for option, note in (node.value or {}).get("options", ()):
        yield _place(node, {"option": option})
        if note:
            yield _place(node, {"option": option, "of": "note"}, note)


_PLACES: dict[str, Callable[[Node], Iterator[dict[str, Any]]]] = {
    "table": _of_table,
    "figure": _of_figure,
    "choice_many": _of_choices,
}


def _place(node: Node, mark: Mark, standing: str = "") -> dict[str, Any]:
    """A place to tick, with the words that stand there (`standing`), if there are any."""
    words = place_words(node, mark)
    if standing:
        words += f"「{standing}」"
    return {"at": mark, "words": words}
