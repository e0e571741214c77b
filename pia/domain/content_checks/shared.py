"""Answers that two documents of one affair share (規則第4条第1項): which item of the other document
asks for the same, and one document's answer as the other's form takes it.

What is shared are the items that a check holds against each other between the 基礎項目評価書 and
the document above it. Must not know where documents are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..document import marked
from ..document.form import Form, FormNode
from ..document.items import text_of, to_plain
from ..document.kinds import option_of
from ..document.tree import Node, Path
from .checks import CheckTable
from .conditions import BASIC


class NoSuchOption(Exception):
    """The other form has no option of these words."""


def names(table: CheckTable) -> frozenset[str]:
    """The names of the items that a check wants to say the same in both documents."""
    shared = set()
    for check in table.checks:
        for name, questions in check.when.items():
            if any(_is_same(name, asked) for asked in questions.items()):
                shared.add(name)
    return frozenset(shared)


def _is_same(name: str, asked: tuple[str, Any]) -> bool:
    question, other = asked
    return "differ" in question and other == f"{BASIC}{name}"


def place(table: CheckTable, form: Form, path: Path, other: Form) -> Path | None:
    """Where the other form asks for what an item asks for; None where it does not, and for what
    either asks once for every entry."""
    line, _, rest = form.at(path)
    if line is None or rest or _is_repeated(line):
        return None
    for name in names(table):
        ids: Mapping[str, str] = table.items.get(name, {})
        if ids.get(form.kind) == line.id and other.kind in ids and other.kind != form.kind:
            there = other.by_id.get(ids[other.kind])
            if there is not None and not _is_repeated(there) and not there.procedure:
                return tuple(step.key for step in (*there.parents, there))
    return None


def _is_repeated(line: FormNode) -> bool:
    return any(step.repeated for step in (*line.parents, line))


def answer(node: Node | None, line: FormNode) -> Any:
    """An answer as another form's item takes it (`items.plain`), without marks; None for none.
    NoSuchOption where that form offers other options."""
    if node is None:
        return None
    words = text_of(node).strip()
    if not words:
        return None
    if line.kind == "choice_one":
        option = option_of(line, words)
        if option is None:
            raise NoSuchOption(words)
        return option
    if line.kind == node.kind:
        return marked.answer_of(to_plain(node))
    return words
