"""Moves a document from one official form to another: item by item, with what cannot be moved listed, never dropped (R30).

Knows two forms and a map of items; everything the map does not name goes to the item of the same id. A migration is a real event and gives rows of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..change.describe import citation, names
from ..document.form import Form
from ..document.items import answers, build, is_entry, option_of
from ..document.tree import Path, Tree
from ..withheld import marked


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An answer that has no place in the new form; `why` is "no item" or "no option"."""

    path: Path
    citation: str
    answer: Any
    why: str


def migrate(
    tree: Tree, old: Form, new: Form, items: Mapping[str, str] | None = None
) -> tuple[Tree, tuple[Unmapped, ...]]:
    """The tree on the new form, and all that needs a person. Choices whose wording the new form does not have are listed and left out."""
    items = items or {}
    found = names(old, tree)
    moved: list[tuple[Path, Any]] = []
    left: list[Unmapped] = []
    for path, written in answers(tree):
        if is_entry(old, path):
            answer = written
            marks = []
        else:
            answer = marked.answer_of(written)
            marks = marked.marks_of(written)
        line = old.at(path)[0]
        if line:
            target = new.by_id.get(items.get(line.id, line.id))
        else:
            target = None
        if line is None or target is None or target.kind != line.kind:
            left.append(Unmapped(path, citation(old, path, found), answer, "no item"))
            continue
        if is_entry(old, path) and not target.repeated:
            left.append(Unmapped(path, citation(old, path, found), answer, "no item"))
            continue
        where = _path(path, old, target)
        if target.kind == "choice_one" and option_of(target, answer) is None:
            left.append(Unmapped(path, citation(old, path, found), answer, "no option"))
            continue
        if target.kind == "choice_many":
            kept = []
            for first in answer:
                if (
                    option_of(target, next(iter(first)) if isinstance(first, Mapping) else first)
                    is not None
                ):
                    kept.append(first)
            if len(kept) < len(answer):
                left.append(
                    Unmapped(
                        path,
                        citation(old, path, found),
                        [first for first in answer if first not in kept],
                        "no option",
                    )
                )
            if not kept:
                continue
            answer = kept
            chosen = set()
            for first in kept:
                chosen.add(next(iter(first)) if isinstance(first, Mapping) else first)
            marks = [
                mark for mark in marks if mark.get("option") is None or mark["option"] in chosen
            ]
        if target.prints_stamp:
            answer = target.fixed_text
        moved.append((where, marked.with_marks(answer, marks)))
    return build(new, moved), tuple(left)


def _path(path: Path, old: Form, target: Any) -> Path:
    """The old path's entry keys put into the new item's place."""
    _, entries, _ = old.at(path)
    keys = iter(entries)
    out: list[str] = []
    for line in (*target.parents, target):
        out.append(line.key)
        if line.repeated:
            out.append(next(keys))
    return tuple(out)
