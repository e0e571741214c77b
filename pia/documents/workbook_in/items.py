"""Stage of a reading: the items of all labels, and the keys their entries had.

Knows which item each label opens; how an answer is read from its cells is `answers`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any

from ...domain.document.form import FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ..ooxml.book import BookCell
from . import answers, assign_cells
from .find_labels import FoundLabel
from .labels import is_check, is_hole, is_name
from .work import Assembly, Chain

CHOICES = ("choice_one", "choice_many")


def labelled(founds: Sequence[FoundLabel]) -> set[tuple[str, Chain]]:
    """The items that have a label of their own, with their entries."""
    return {(label.token.node.id, label.entry) for label in founds if label.token.kind == "item"}


def read_items(work: Assembly, founds: Sequence[FoundLabel], owned: assign_cells.Owned) -> None:
    """Reads the answers of all labels from the cells they own."""
    own_label = labelled(founds)
    before: list[FormNode] = []
    for index, label in enumerate(founds):
        line = label.token.node
        if label.token.kind == "note" or line.role == "contents":
            continue
        cells = owned.of[index]
        if label.tail and label.token.kind != "head":
            cells = [_tail_cell(label), *cells]
        rest = _read_inner(work, label, cells)
        if label.token.kind == "item":
            rest = without_strays(line, rest, before)
            rest = [cell for cell in rest if folded(cell.text) != folded(line.label)] or rest
            work.take(line, label.entry, answers.read(line, rest), rest)
            if line.kind in CHOICES:
                before = [*before[-1:], line]
        elif label.token.kind == "head":
            _read_name(work, label, rest, own_label)
        elif rest:
            _read_twin(work, label, rest, own_label)


def _tail_cell(label: FoundLabel) -> BookCell:
    """The words behind a label in the label's own cell, as a cell."""
    top, _, bottom, right = label.box
    return BookCell(label.sheet, top, right, bottom, right, label.tail)


def _read_inner(work: Assembly, label: FoundLabel, cells: list[BookCell]) -> list[BookCell]:
    """Reads what is printed inside an item's cells; the cells that are left."""
    line = label.token.node
    if not line.children or label.token.kind == "part":
        return cells
    inner, rest = answers.gaps_and_boxes(line.children, cells)
    for child in line.children:
        if child.key in inner:
            work.take(child, label.entry, inner[child.key], cells)
    return rest


def name_of(line: FormNode) -> FormNode | None:
    """The item that names the entries of a heading."""
    return next(filter(is_name, line.children), None)


def twin_of(label: FoundLabel, own_label: Container[tuple[str, Chain]]) -> FormNode | None:
    """The item that shares the printed label of its group, where it has no label of its own."""
    for child in label.token.node.children:
        if not child.answerable or (child.id, label.entry) in own_label:
            continue
        if folded(child.label) == folded(label.token.node.label) and not is_hole(child):
            return child
    return None


def _read_name(
    work: Assembly,
    label: FoundLabel,
    cells: list[BookCell],
    own_label: Container[tuple[str, Chain]],
) -> None:
    """The name of an entry: in the cells beside its heading, else behind the heading's words."""
    name = name_of(label.token.node)
    if name is None or (name.id, label.entry) in own_label:
        work.unread(cells)
    elif label.tail and not cells:
        work.take(name, label.entry, answers.ReadAnswer(label.tail), list(label.cells))
    else:
        work.take(name, label.entry, answers.read(name, cells), cells)


def _read_twin(
    work: Assembly,
    label: FoundLabel,
    cells: list[BookCell],
    own_label: Container[tuple[str, Chain]],
) -> None:
    """A group's cells are the answer of its item of the same label."""
    twin = twin_of(label, own_label)
    if twin:
        work.take(twin, label.entry, answers.read(twin, cells), cells)
    else:
        work.unread(cells)


def without_strays(
    line: FormNode, cells: list[BookCell], before: Sequence[FormNode]
) -> list[BookCell]:
    """Without the end of the option list that the item above has printed into this item's rows."""
    if len(cells) < 2 or line.kind in CHOICES:
        return cells
    kept = []
    for cell in cells:
        is_option = any(answers.is_listed(item, cell.text) for item in before)
        if not is_option or not cell.text.strip():
            kept.append(cell)
    return kept or cells


def vote(work: Assembly, founds: Sequence[FoundLabel]) -> None:
    """Which carried path each label's answer cell had: the keys of the entries around it."""
    at_row: dict[tuple[int, int], list[tuple[int, Path]]] = defaultdict(list)
    for (sheet, row, col), path in work.mapped.items():
        at_row[sheet, row].append((col, path))
    for label in founds:
        _vote_for_label(work, label, at_row)
    # Tables have no label beside them: their first cells vote.
    for node, chain, _, cells in work.values:
        for cell in cells:
            line, entries, left = work.form.at(work.mapped.get(cell.at, ()))
            if line is node and not left and len(entries) == len(chain):
                work.settler.vote(chain, entries)


def _vote_for_label(
    work: Assembly, label: FoundLabel, at_row: dict[tuple[int, int], list[tuple[int, Path]]]
) -> None:
    """The nearest carried answer right of a label, else those below it, vote for its entry."""
    top, _, bottom, right = label.box
    node = label.token.node
    nodes = {node.id}
    for child in node.children:
        if is_name(child) or is_check(child):
            nodes.add(child.id)
    beside = sorted(place for place in at_row.get((label.sheet, top), ()) if place[0] > right)
    for _, path in [*beside[:1], *at_row.get((label.sheet, bottom + 1), ())]:
        line, entries, left = work.form.at(path)
        if line and not left and line.id in nodes and len(entries) == len(label.entry):
            work.settler.vote(label.entry, entries)
            return


_WORDS = 3  # votes of words that only one entry has: they outweigh the places of a few cells
_TELLING = 4  # letters, folded, that are enough to tell an entry


def vote_by_words(work: Assembly) -> None:
    """Words that stood in one carried entry only, and stand in one entry only now, vote for it:
    rows that were sorted, pasted or moved without their names stay the entries they were."""
    before: dict[tuple[str, str], list[Sequence[str]]] = defaultdict(list)
    for path, value in work.settler.base.items():
        line, entries, _ = work.form.at(path)
        words = _telling(value)
        if line is not None and entries and words:
            before[line.id, words].append(entries)
    now: dict[tuple[str, str], list[Chain]] = defaultdict(list)
    for line, chain, value, _ in work.values:
        words = _telling(value)
        if chain and words:
            now[line.id, words].append(chain)
    for place, chains in now.items():
        old = before.get(place, [])
        if len(chains) == 1 == len(old) and len(old[0]) == len(chains[0]):
            work.settler.vote(chains[0], old[0], _WORDS)


def _telling(value: Any) -> str:
    """The folded words of an answer where they are enough to tell an entry."""
    if isinstance(value, Mapping):
        value = value.get("text")
    words = folded(value) if isinstance(value, str) else ""
    return words if len(words) >= _TELLING else ""
