"""Puts a reading together: form, labels, owners, answers, keys of repeated entries, and every
problem with its place.

Runs in the guarded child; takes and gives plain values only. What our own export carried is used
where the labels agree, and never hides what was edited. The stages are `find_labels`, `parts`,
`assign_cells`, `items` and `remarks`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ... import forms
from ...domain.canonical import clean
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Problem
from ...domain.revise.unread import UnreadParts
from ..ooxml import carried
from ..ooxml.book import Book, BookCell, open_book, places_of
from . import anchors, annex, assign_cells, beside, sections, unseen
from .find_labels import FoundLabel, find_labels, in_order
from .items import read_items, vote, vote_by_words
from .labels import script
from .parts import read_parts
from .remarks import (
    warn_of_cells,
    warn_of_covered,
    warn_of_missing,
    warn_of_strangers,
)
from .stamps import form_of, is_marked, is_ours, is_stamp, is_stand_in, stamp_of
from .work import Assembly, Chain

# Characters no document may hold.
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"


def parse(data: bytes, form_id: str | None) -> dict[str, Any]:
    """{"form", "answers", "problems", "base", "blobs", "title"}; form "" when it is not known."""
    book = open_book(data)
    base = carried.usable(carried.from_book(book))
    problems: list[Problem] = []
    if is_marked(book):
        sentence = (
            "変更箇所を見え消しで示したワークブックのため、読み取れません。"
            "--marks を付けずに書き出したワークブックを使ってください。"
        )
        problems.append(Problem("marked", sentence, book.sheets[0].name))
        return {**_nothing(problems, None), "ours": True}
    form = _form(book, form_id, base, problems)
    if form is None:
        return _nothing(problems, base)
    own_base = None
    if base and base["form"] == form.id:
        own_base = base
    names = anchors.PlacedNames({}, ())
    if own_base:
        names = anchors.placed(book, script(form), own_base)
        problems += anchors.warned(names.moved)
    anchors.free_covered(book, script(form), own_base)
    work = Assembly(book, annex.take(book), form, own_base, problems)
    work.mapped = names.paths
    read(work)
    return {
        "form": form.id,
        "answers": work.out,
        "problems": problems,
        "base": base,
        "blobs": work.blobs,
        "title": _title(work, base),
        "personal": work.personal,
        "unread": unread_of(work),
        "ours": base is not None or is_ours(book),
        "stand_in": is_stand_in(book),
    }


def _nothing(problems: list[Problem], base: dict[str, Any] | None) -> dict[str, Any]:
    """The reading of a workbook whose form is not known."""
    return {
        "form": "",
        "answers": [],
        "problems": problems,
        "base": base,
        "blobs": {},
        "title": "",
    }


def _form(
    book: Book, form_id: str | None, base: dict[str, Any] | None, problems: list[Problem]
) -> Form | None:
    """The form that was asked for, else the one the workbook names."""
    stamp = stamp_of(book)
    if not form_id:
        form, problem = form_of(stamp, base)
        if problem:
            problems.append(problem)
        return form
    form = forms.load(form_id)
    if stamp[0] and form.id not in stamp[0]:
        sentence = (
            f"表紙の版（{'、'.join(stamp[0])}）と、"
            f"指定された様式（{form.id}）が違います。指定された様式として読みました。"
        )
        problems.append(Problem("other_stamp", sentence, level="warning"))
    return form


def unread_of(work: Assembly) -> UnreadParts:
    """What of the workbook was not read, by the paths and words of the document."""
    words: set[str] = set()
    for cell in (*work.stray, *(cell for sheet in work.book.sheets for cell in sheet.covered)):
        words.update(map(folded, (cell.text, *cell.text.split("\n"))))
    return UnreadParts(
        _paths(work, work.lost),
        _paths(work, work.missing),
        tuple(work.lost_parts),
        frozenset(words),
    )


def _paths(work: Assembly, lost: Sequence[tuple[FormNode, Chain]]) -> tuple[Path, ...]:
    """The paths of items, and of those printed in their cells, whose entries have a key."""
    paths = []
    for line, chain in lost:
        if all(chain[: size + 1] in work.settler.keys for size in range(len(chain))):
            for node in (line, *(child for child in line.children if _is_beside(work, child))):
                paths.append(work.settler.path(node, chain, work.settler.keys))
    return tuple(dict.fromkeys(paths))


def _is_beside(work: Assembly, line: FormNode) -> bool:
    """Whether an item has no label of its own: it is printed in the cells of the one above it."""
    return line.answerable and line.id not in work.script.of_node


def _title(work: Assembly, base: dict[str, Any] | None) -> str:
    """The title on the cover, else that of the document the workbook was made from."""
    name = work.form.by_role.get("cover_name")
    for path, value in work.out:
        if name is not None and path == name.path and isinstance(value, str):
            return value
    title: str = (base or {}).get("title", "")
    return title


def read(work: Assembly) -> None:
    """Reads the workbook of `work`, stage by stage; answers are in `work.out`."""
    cells = []
    for cell in in_order(work.book, work.script):
        cells.append(_allowed(work, cell))
    cells = unseen.without_copies(work, cells)
    unseen.warn_of_letters(work, cells)
    unseen.warn_of_struck(work, cells)
    table = work.form.change_table
    changes = []
    if table:
        changes = sections.change_cells(table, cells)
    founds = _labels(work, cells, changes)
    if not any(map(_is_certain, founds)):
        work.say(
            "no_form",
            f"様式（{work.form.id}）の項目が1つも見つかりません。"
            "評価書のブックかどうか、--form の指定が正しいか確かめてください。",
        )
        return
    notes: frozenset[tuple[int, int, int]] = frozenset()
    if work.has_boxes:
        notes = beside.take_notes(work, founds, cells)
    cells = [cell for cell in cells if cell.at not in notes]
    changes = [cell for cell in changes if cell.at not in notes]
    in_parts = read_parts(work, founds, cells, changes, table)
    rest = []
    for label in founds:
        if all(cell.at not in in_parts for cell in label.cells):
            rest.append(label)
    owned = assign_cells.assign(
        rest, cells, frozenset(in_parts) | _stamps(work, founds, cells), _blanks(work.book)
    )
    work.cells = cells
    work.founds = founds
    work.rest = rest
    work.owned = owned
    work.changes = changes
    vote(work, founds)
    read_items(work, rest, owned)
    vote_by_words(work)
    warn_of_missing(work, founds)
    warn_of_strangers(work, owned)
    warn_of_covered(work)
    warn_of_cells(work, cells, owned)
    work.cites_nothing("", cells)
    work.out = work.settler.finish(work.values, work.names, work.problems, work.book)
    _follow_names(work)


def _follow_names(work: Assembly) -> None:
    """An answer that says to the letter what was sent out in its cell is that answer, where labels
    and rows around it would make it one of an item that had none."""
    settler = work.settler
    taken = dict(work.out)
    moved: dict[Path, Path] = {}
    for line, chain, _, cells in work.values:
        if len(cells) != 1 or not all(chain[: n + 1] in settler.keys for n in range(len(chain))):
            continue
        here = settler.path(line, chain, settler.keys)
        named = work.mapped.get(cells[0].at, here)
        is_free = named not in taken and here in taken and here not in settler.base
        if is_free and settler.base.get(named) == taken[here]:
            moved[here] = named
    work.out = [(moved.get(path, path), value) for path, value in work.out]


def _allowed(work: Assembly, cell: BookCell) -> BookCell:
    """The cell; without the characters no document may hold, which are a problem."""
    try:
        cleaned = clean(cell.text)
    except PiaError as error:
        work.say("bad_character", str(error), cell)
        return replace(cell, text=re.sub(_FORBIDDEN, "", cell.text))
    if cleaned == cell.text:
        return cell
    return replace(cell, text=cleaned)


def _labels(
    work: Assembly, cells: Sequence[BookCell], changes: Sequence[BookCell]
) -> list[FoundLabel]:
    """The labels of the form; searched again where the rows inside a part looked like labels."""
    known = frozenset(work.mapped) | places_of(changes)
    founds, undecided = find_labels(work.book, work.script, cells, known)
    inside = sections.inner_cells(work.form, founds, cells)
    if any(_stands_in(label, inside) for label in founds):
        founds, undecided = find_labels(work.book, work.script, cells, known | inside)
    if any(map(_is_certain, founds)):
        work.problems += undecided
        _warn_of_wording(work, founds)
    return founds


def _stands_in(label: FoundLabel, inside: frozenset[tuple[int, int, int]]) -> bool:
    if label.token.node.part.role in ("annex_figures", "annex_items"):
        return False
    return any(cell.at in inside for cell in label.cells)


def _is_certain(label: FoundLabel) -> bool:
    return label.token.kind in ("part", "item") and label.weight >= 0.8


def _warn_of_wording(work: Assembly, founds: Sequence[FoundLabel]) -> None:
    """Warn of each label that is worded otherwise than in the form."""
    for label in founds:
        if label.like:
            words = " ".join(cell.text for cell in label.cells)
            printed = " ".join(words.split())[:60]
            work.say(
                "label_differs",
                f"項目名「{printed}」を、様式の「{label.token.printed}」として"
                "読みました。違っていれば様式の定義を確かめてください。",
                label.cells[0],
                "warning",
            )


def _stamps(
    work: Assembly, founds: Sequence[FoundLabel], cells: Sequence[BookCell]
) -> frozenset[tuple[int, int, int]]:
    """The cells of the cover that say form and version: no answers."""
    cover = set()
    for label in founds:
        if label.token.node.part.role == "cover":
            cover.add(label.sheet)
    stamps = set()
    for cell in cells:
        if cell.sheet in cover and is_stamp(cell) and cell.at not in work.mapped:
            stamps.add(cell.at)
    return frozenset(stamps)


def _blanks(book: Book) -> dict[tuple[int, int], int]:
    """(sheet, row) → column of its first blank box."""
    blanks = {}
    for sheet in book.sheets:
        for row, col in sheet.blanks.items():
            blanks[sheet.index, row] = col
    return blanks
