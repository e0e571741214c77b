"""What of an item is marked 非公表, and what can be (規則第10条第1項・第2項).

Knows how marks are named on a page. Must not know how they are kept.
"""

from __future__ import annotations

from typing import Any

from ...domain.document import items, marked
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Node, Path

# Of a table whose rows and cells are offered one by one.
MOST_ROWS = 200


def entry_of(form: Form, spot: Path) -> Path:
    """The innermost entry an item stands in; empty where it stands in none."""
    for index in range(len(spot) - 1, 1, -1):
        if items.is_entry(form, spot[:index]):
            return spot[:index]
    return ()


def held_marks(n: Node | None) -> list[dict[str, str]]:
    """The marks of an item or entry: where, the words, reason and ground."""
    found: list[dict[str, str]] = []
    if n is None:
        return found
    for mark in marked.of_item(n):
        found.append(
            {
                "place": place_words(n, mark),
                "words": _marked_words(n, mark),
                "reason": mark["reason"],
                "ground": mark.get("ground", ""),
            }
        )
    return found


def place_words(n: Node, match: Any) -> str:
    """Where a mark lies, in words: 2行目の3列目, 部品4（箱）の文字."""
    if n.kind == "entry":
        return "この欄の全体"
    if "row" in match:
        return f"{match['row'] + 1}行目" + (
            f"の{match['cell'] + 1}列目" if "cell" in match else "の全体"
        )
    if "part" in match:
        kind = {"box": "箱", "label": "文字", "arrow": "矢印"}[
            n.leaves[match["part"]].value["type"]
        ]
        return f"部品{match['part'] + 1}（{kind}）" + (
            "の文字" if match.get("of") == "words" else "の全体"
        )
    if "option" in match:
        return f"選択肢「{match['option'].replace('　', '…')}」" + (
            "に添えた記載" if match.get("of") == "note" else "の全体"
        )
    if "start" in match:
        return ""
    return "項目の全体"


def _marked_words(n: Node, match: Any) -> str:
    if "start" in match:
        return items.text_of(n)[match["start"] : match["end"]]
    if "row" in match:
        cells = n.leaves[match["row"]].value["cells"]
        return str(cells[match["cell"]] if "cell" in match else "　".join(cells))
    if "part" in match:
        return str(n.leaves[match["part"]].value["text"])
    if match.get("of") == "note":
        return dict(n.value["options"]).get(match["option"], "")
    return ""


def places_of(line: FormNode, n: Node | None, inside: bool) -> list[dict[str, Any]]:
    """What can be marked with a tick: the whole item, its rows and cells, parts, choices and notes,
    and the entry around it."""
    out: list[dict[str, Any]] = [{"at": {}, "words": "項目の全体"}]
    if n is not None:
        leaves = n.leaves
    else:
        leaves = ()
    if line.kind == "table" and len(leaves) <= MOST_ROWS:
        for index, leave in enumerate(leaves):
            out.append({"at": {"row": index}, "words": f"{index + 1}行目の全体"})
            out += [
                {
                    "at": {"row": index, "cell": other_index},
                    "words": f"{index + 1}行目の{other_index + 1}列目「{cell}」",
                }
                for other_index, cell in enumerate(leave.value["cells"])
                if cell
            ]
    if line.kind == "figure" and n is not None:
        for index, node in enumerate(leaves):
            out.append({"at": {"part": index}, "words": place_words(n, {"part": index})})
            if node.value["text"]:
                out.append(
                    {
                        "at": {"part": index, "of": "words"},
                        "words": f"{place_words(n, {'part': index, 'of': 'words'})}「"
                        f"{items.one_line(node.value['text'])}」",
                    }
                )
    if line.kind == "choice_many" and n is not None and n.value:
        for label_, note in n.value["options"]:
            out.append({"at": {"option": label_}, "words": place_words(n, {"option": label_})})
            if note:
                out.append(
                    {
                        "at": {"option": label_, "of": "note"},
                        "words": f"{place_words(n, {'option': label_, 'of': 'note'})}「{note}」",
                    }
                )
    return [*out, *([{"at": None, "words": "この欄（繰返し欄）の全体"}] if inside else [])]
