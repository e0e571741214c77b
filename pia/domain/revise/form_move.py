"""Moves a document from one official form to another: item by item, with what cannot be moved
listed, never dropped (R30).

Knows two forms, a map of items, and what a person decided of an answer the new form has no place
for; everything else goes to the item of the same id. Must not know versions or who moves.
What is submitted stands on the form that applies that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..change.describe import Names, citation, names
from ..document import marked
from ..document.form import Form, FormNode
from ..document.items import answers, build, is_entry, option_of
from ..document.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An answer, or one choice of it, that has no place in the new form; `why` is "no item" or "no
    option"."""

    path: Path
    citation: str
    answer: Any
    why: str

    @property
    def option(self) -> str:
        """The wording of the choice; empty for an item that is not there."""
        if self.why == "no option":
            return _option(self.answer)
        return ""

    @property
    def words(self) -> str:
        """What was answered, as a line to be read."""
        several = self.answer if isinstance(self.answer, list) else [self.answer]
        said = []
        for each in several:
            if isinstance(each, Mapping):
                said.append("　".join(f"{key}：{value}" for key, value in each.items()))
            else:
                said.append(str(each))
        return "、".join(said)


@dataclass(frozen=True, slots=True)
class PlacedAnswer:
    """Where a person put an answer the new form has no place for: a choice (`option`) under the
    wording `to` of the new form, a whole answer (`option` empty) at the item of the id `to`. An
    empty `to` leaves it out."""

    path: Path
    option: str
    to: str


MOVED = "form_move"  # what the source of a version that moved to another form keeps about it


def kept_with(old: Form, placed: Iterable[PlacedAnswer]) -> dict[str, Any]:
    """What a version that moved to another form says of it."""
    return {
        MOVED: {
            "from": old.id,
            "placed": [["/".join(each.path), each.option, each.to] for each in placed],
        }
    }


def placed_in(sources: Iterable[Mapping[str, Any] | None]) -> tuple[PlacedAnswer, ...]:
    """What was decided in the last move from each form, of the moves that versions tell of, oldest
    first."""
    last: dict[str, Iterable[Iterable[str]]] = {}
    for source in sources:
        move = (source or {}).get(MOVED)
        if move is not None:
            last[move["from"]] = move["placed"]
    out = []
    for decided in last.values():
        for path, option, target in decided:
            out.append(PlacedAnswer(tuple(path.split("/")), option, target))
    return tuple(out)


def is_newer(form: Form, other: Form) -> bool:
    """Whether a form is a later one of the same kind than another."""
    return form.kind == other.kind and form.since > other.since


def fresh_items(old: Form, new: Form) -> tuple[FormNode, ...]:
    """The items of the new form that the old one does not have, in the order of the form."""
    return tuple(
        line
        for line in new.walk()
        if line.kind != "group" and not line.repeated and line.id not in old.by_id
    )


def with_unasked(tree: Tree, before: Tree, own: Form, form: Form) -> Tree:
    """A text that was written on another form (`own`), now on `form`, with the answers of the text
    before it that its own form does not ask for: nobody could answer them there."""
    kept = []
    for path, answer in answers(before):
        line = form.at(path)[0]
        if line is not None and line.id not in own.by_id:
            kept.append((path, answer))
    if not kept:
        return tree
    return build(form, [*answers(tree), *kept])


def migrate(
    tree: Tree,
    old: Form,
    new: Form,
    items: Mapping[str, str] | None = None,
    placed: Sequence[PlacedAnswer] = (),
) -> tuple[Tree, tuple[Unmapped, ...]]:
    """The tree on the new form, and all that needs a person. Choices whose wording the new form
    does not have are listed and left out, but for those a person has `placed`.
    """
    move = _Move(old, new, items or {}, names(old, tree), placed)
    for path, written in answers(tree):
        move.answer(path, written)
    return build(new, move.moved), tuple(move.unmapped)


@dataclass(frozen=True, slots=True)
class MovedEdit:
    """An edit that was made on another form: the text before and after it on this form, and what
    of the edit has no place here."""

    before: Tree
    after: Tree
    lost: tuple[Unmapped, ...]


def moved_edit(
    before: Tree, after: Tree, old: Form, new: Form, placed: Sequence[PlacedAnswer] = ()
) -> MovedEdit:
    """An edit (two texts on one form) carried to another form."""
    moved_before, left_before = migrate(before, old, new, placed=placed)
    moved_after, left_after = migrate(after, old, new, placed=placed)
    lost = tuple(left for left in left_after if left not in left_before)
    return MovedEdit(moved_before, moved_after, lost)


class _Move:
    """One document on its way: answers with their new paths, and those without a place."""

    def __init__(
        self,
        old: Form,
        new: Form,
        items: Mapping[str, str],
        entry_names: Names,
        placed: Iterable[PlacedAnswer],
    ):
        self.old = old
        self.new = new
        self.items = items
        self.entry_names = entry_names
        self.placed = {(each.path, each.option): each.to for each in placed}
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
        if target.kind == "choice_one" and self._is_choice(path, answer):
            answer = self._choice(path, answer, target)
            if answer is None:
                return
        if target.kind == "choice_many":
            answer = [self._choice(path, choice, target) for choice in answer]
            answer = [choice for choice in answer if choice is not None]
            if not answer:
                return
        if target.options:
            marks = self._marks_of_options(path, marks, answer)
        if target.prints_stamp:
            answer = target.fixed_text
        self.moved.append((_path(path, self.old, target), marked.with_marks(answer, marks)))

    def _is_choice(self, path: Path, answer: Any) -> bool:
        """Whether an answer is a choice of the old form; a person may have typed another one."""
        line = self.old.at(path)[0]
        return line is not None and option_of(line, _option(answer)) is not None

    def _choice(self, path: Path, choice: Any, target: FormNode) -> Any:
        """A choice as the new form words it; None for one that is listed instead."""
        option = _option(choice)
        if option_of(target, option) is not None:
            return choice
        chosen = self.placed.get((path, option), "")
        if option_of(target, chosen) is None:
            self._refuse(path, choice, "no option")
            return None
        if isinstance(choice, Mapping):
            return {chosen: choice[option]}
        return chosen

    def _target(self, path: Path) -> FormNode | None:
        """The item of the new form an answer goes to; None where it has none of the same kind."""
        line = self.old.at(path)[0]
        if line is None:
            return None
        put = self.placed.get((path, ""), "")
        target = self.new.by_id.get(put or self.items.get(line.id, line.id))
        if target is None or target.kind != line.kind:
            return None
        if is_entry(self.old, path) and not target.repeated:
            return None
        return target

    def _marks_of_options(self, path: Path, marks: list[Any], answer: Any) -> list[Any]:
        """The marks of the whole item and of the choices that have a place, under their words in
        the new form."""
        options = [_option(each) for each in (answer if isinstance(answer, list) else [answer])]
        kept = []
        for mark in marks:
            option = mark.get("option")
            if option is not None:
                option = self.placed.get((path, option)) or option
                mark = {**mark, "option": option}
            if option is None or option in options:
                kept.append(mark)
        return kept

    def _refuse(self, path: Path, answer: Any, why: str) -> None:
        self.unmapped.append(
            Unmapped(path, citation(self.old, path, self.entry_names), answer, why)
        )


def _option(choice: Any) -> str:
    """The wording of one choice, which may carry a text of its own."""
    if isinstance(choice, Mapping):
        choice = next(iter(choice))
    return str(choice)


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
