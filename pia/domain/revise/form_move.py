"""Moves a document from one official form to another: item by item, with what cannot be moved
listed, never dropped (R30).

Knows two forms and a map of items; everything the map does not name goes to the item of the same
id. A migration is a real event and gives rows of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..change.describe import Names, citation, names
from ..document import marked
from ..document.form import Form, FormNode
from ..document.items import answers, build, is_entry, option_of
from ..document.tree import Path, Tree


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
    """The tree on the new form, and all that needs a person. Choices whose wording the new form
    does not have are listed and left out.
    """
    move = _Move(old, new, items or {}, names(old, tree))
    for path, written in answers(tree):
        move.answer(path, written)
    return build(new, move.moved), tuple(move.unmapped)


class _Move:
    """One document on its way: answers with their new paths, and those without a place."""

    def __init__(self, old: Form, new: Form, items: Mapping[str, str], entry_names: Names):
        self.old = old
        self.new = new
        self.items = items
        self.entry_names = entry_names
        self.moved: list[tuple[Path, Any]] = []
        self.unmapped: list[Unmapped] = []

    def answer(self, path: Path, written: Any) -> None:
        """Moves one answer, or what of it has a place."""
        answer = written
        marks: list[Any] = []
        if not is_entry(self.old, path):
            answer = marked.answer_of(written)
            marks = marked.marks_of(written)
        target = self._target(path)
        if target is None:
            self._refuse(path, answer, "no item")
            return
        if target.kind == "choice_one" and option_of(target, answer) is None:
            self._refuse(path, answer, "no option")
            return
        if target.kind == "choice_many":
            answer = self._choices(path, answer, target)
            if not answer:
                return
            marks = _marks_of_options(marks, list(map(_option, answer)))
        if target.prints_stamp:
            answer = target.fixed_text
        self.moved.append((_path(path, self.old, target), marked.with_marks(answer, marks)))

    def _choices(self, path: Path, answer: list[Any], target: FormNode) -> list[Any]:
        """The choices that the new form has; the others are listed."""
        kept = []
        for choice in answer:
            if option_of(target, _option(choice)) is not None:
                kept.append(choice)
        if len(kept) < len(answer):
            self._refuse(path, [choice for choice in answer if choice not in kept], "no option")
        return kept

    def _target(self, path: Path) -> FormNode | None:
        """The item of the new form an answer goes to; None where it has none of the same kind."""
        line = self.old.at(path)[0]
        if line is None:
            return None
        target = self.new.by_id.get(self.items.get(line.id, line.id))
        if target is None or target.kind != line.kind:
            return None
        if is_entry(self.old, path) and not target.repeated:
            return None
        return target

    def _refuse(self, path: Path, answer: Any, why: str) -> None:
        self.unmapped.append(
            Unmapped(path, citation(self.old, path, self.entry_names), answer, why)
        )


def _option(choice: Any) -> str:
    """The wording of one choice, which may carry a text of its own."""
    if isinstance(choice, Mapping):
        choice = next(iter(choice))
    return str(choice)


def _marks_of_options(marks: list[Any], options: list[str]) -> list[Any]:
    """The marks of the whole item and of these options."""
    kept = []
    for mark in marks:
        if mark.get("option") is None or mark["option"] in options:
            kept.append(mark)
    return kept


def _path(path: Path, old: Form, target: FormNode) -> Path:
    """The old path's entry keys put into the new item's place."""
    _, entries, _ = old.at(path)
    keys = iter(entries)
    out: list[str] = []
    for line in (*target.parents, target):
        out.append(line.key)
        if line.repeated:
            out.append(next(keys))
    return tuple(out)
