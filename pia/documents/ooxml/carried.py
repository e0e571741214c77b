"""What our own workbooks carry unseen: a hidden sheet with the document they were made from, and
one defined name per answer cell.

Knows how that is written and read back; nothing of layout. The keys it holds are used only where
the labels around a cell agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ...domain.document import items, marked
from ...domain.document.tree import Path, Tree
from .book import Book, joined_text

SHEET = "_pia"
NAME = "_pia.c"
# No pair of path and answer: releases that would read the document and drop its marks of 非公表部分
# cannot read it at all.
STOP = ["marks", "pia-assessment/2", ""]
CHUNK = 15_000  # letters a cell; a cell holds 32,767 UTF-16 units


def to_cells(value: Any) -> list[str]:
    """JSON cut into cells that survive any spreadsheet program: ASCII only, no edge spaces that one
    might trim.
    """
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    text = text.replace("_x", "\\u005fx").replace(" ", "\\u0020")
    return [text[index : index + CHUNK] for index in range(0, len(text), CHUNK)]


def from_book(book: Book, sheet: str = SHEET) -> Any:
    """The value in the hidden sheet, or None where there is no such sheet or somebody broke it."""
    for hidden in book.sheets:
        if hidden.name == sheet:
            cells = [cell for cell in hidden.cells if cell.col == 1]
            cells.sort(key=lambda cell: cell.row)
            try:
                return json.loads(joined_text(cells))
            except ValueError:
                return None
    return None


def fingerprint(texts: Iterable[str]) -> str:
    """Of the cells an item was printed in: equal means nobody touched it."""
    return sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def carry(tree: Tree, ref: str, title: str, paths: Mapping[str, Path]) -> dict[str, Any]:
    """What the hidden sheet holds. `paths`: defined name → path of the item in that cell."""
    answers: list[list[Any]] = []
    for path, answer in items.answers(tree):
        answers.append([list(path), answer])
    if any(marked.newer(answer) for _, answer in answers):
        answers.insert(0, STOP)
    return {
        "v": 1,
        "form": tree.form,
        "ref": ref,
        "title": title,
        "digest": tree.digest,
        "answers": answers,
        "names": {name: list(path) for name, path in paths.items()},
    }


def usable(value: Any) -> dict[str, Any] | None:
    """The carried value if it is one of ours and whole."""
    if not isinstance(value, dict) or value.get("v") != 1:
        return None
    if isinstance(value.get("answers"), list) and value["answers"][:1] == [STOP]:
        value = {**value, "answers": value["answers"][1:]}
    kinds = {"form": str, "ref": str, "title": str, "digest": str, "answers": list, "names": dict}
    if all(isinstance(value.get(key), kind) for key, kind in kinds.items()):
        return value
    return None
