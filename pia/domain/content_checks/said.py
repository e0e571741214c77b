"""What a document says at the items that checks of content ask for, by the names the checks use.

Knows how a name leads to an item of each kind of form and to every entry it stands in. Must not
know what is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..document.form import Form, FormNode
from ..document.items import text_of
from ..document.marked import REDACTED
from ..document.tree import LEAVES, Node, Path, Tree

Keys = tuple[str, ...]
# name → kind of form → id of its item
Items = Mapping[str, Mapping[str, str]]
_Spot = tuple[Keys, Path, Any]


@dataclass(frozen=True, slots=True)
class SaidAnswer:
    """One item that holds something, or one entry of a repeated part (whose text is empty). `keys`:
    the entries it stands in, outermost first; `text`: the reversible text of its kind."""

    keys: Keys
    path: Path
    text: str

    @property
    def is_hidden(self) -> bool:
        """Whether words of it are withheld from whoever reads."""
        return REDACTED in self.text


@dataclass(frozen=True)
class SaidItems:
    """What one document says. `answers`: by name, in the order of the document, only what is
    filled in; `key`: of the assessment."""

    form: Form
    items: Items
    answers: Mapping[str, tuple[SaidAnswer, ...]]
    key: str = ""

    @cached_property
    def _lines(self) -> Mapping[str, FormNode]:
        lines = {}
        for name, ids in self.items.items():
            line = self.form.by_id.get(ids.get(self.form.kind, ""))
            if line is not None:
                lines[name] = line
        return lines

    def line(self, name: str) -> FormNode | None:
        """The form's item of a name; None where this form has none."""
        return self._lines.get(name)

    def root(self, name: str) -> str:
        """The repeated part whose entries an item stands in (Ⅱ for Ⅲ, which shares its entries);
        empty for an item that stands once."""
        line = self._lines[name]
        for step in (*line.parents, line):
            if step.repeated:
                return step.shares or step.id
        return ""

    def at(self, name: str, root: str = "", keys: Keys = ()) -> tuple[SaidAnswer, ...]:
        """The answers of a name that belong to the entry `keys` of the part `root`: those above it,
        in it and below it. Of a part with other entries, all."""
        known = self.answers.get(name, ())
        if not keys or not known or self.root(name) != root:
            return known
        return tuple(one for one in known if _agree(one.keys, keys))

    def path(self, name: str, root: str = "", keys: Keys = ()) -> Path:
        """Where an item stands, whether or not it is filled in; up to its part where the entry is
        not known."""
        line = self._lines[name]
        left = list(keys) if self.root(name) == root else []
        path: list[str] = []
        for step in (*line.parents, line):
            path.append(step.key)
            if step.repeated and not left:
                break
            if step.repeated:
                path.append(left.pop(0))
        return tuple(path)


def _agree(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two places lie on one way: one is the other, or stands in it."""
    return all(mine == theirs for mine, theirs in zip(some, others))


def said(form: Form, tree: Tree, items: Items, key: str = "") -> SaidItems:
    """What a document says at these items."""
    answers = {}
    known: dict[str, list[_Spot]] = {}
    for name, ids in items.items():
        line = form.by_id.get(ids.get(form.kind, ""))
        if line is None:
            continue
        rows = []
        for keys, path, node in _spots(tree, line, known):
            if line.repeated:
                rows.append(SaidAnswer(keys, path, ""))
            elif text := text_of(node).strip():
                rows.append(SaidAnswer(keys, path, text))
        if rows:
            answers[name] = tuple(rows)
    return SaidItems(form, items, answers, key)


def _spots(tree: Tree, line: FormNode, known: dict[str, list[_Spot]]) -> list[_Spot]:
    """Every place of a form's line in a tree; `known`: what was looked up before."""
    spots: list[_Spot] = [((), (), tree)]
    for step in (*line.parents, line):
        if step.id not in known:
            known[step.id] = [below for spot in spots for below in _below(spot, step)]
        spots = known[step.id]
    return spots


def _below(spot: _Spot, step: FormNode) -> list[_Spot]:
    """The places one step below a place: the entries, where the step is repeated."""
    keys, path, node = spot
    child = _fixed(node, step.key)
    if child is None:
        return []
    here = (*path, step.key)
    if not step.repeated:
        return [(keys, here, child)]
    return [((*keys, entry.key), (*here, entry.key), entry) for entry in child.children]


def _fixed(node: Tree | Node, key: str) -> Node | None:
    for child in node.children:
        if child.key == key and child.kind not in LEAVES:
            return child
    return None
