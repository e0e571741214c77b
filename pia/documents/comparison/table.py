"""新旧対照表 as Japanese offices print it: new and old side by side, the changed words underlined
on both sides, （略）（新設）（削除）, shared changes once.

Knows described changes, trees and pages that are handed in. Must not know the store, rounds or
councils. One content for every medium: `paper` makes the pages (docx, PDF), `comparison_xlsx` the
workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ...domain.change.describe import DescribedChange
from ...domain.change.model import Added, Removed
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ...domain.procedure.cards import Card, cards
from ...domain.text.pieces import Piece, sides
from ...domain.withheld.public_reading import PublicReading
from ..word.model import Item, PaperCell, PaperTable, Para, Run, WrittenPaper, cell, para

NEW = "（新設）"
GONE = "（削除）"
SAME = "（略）"
UNDERLINED = "変更部分は、下線の部分である。"
UNCHANGED = "変更はない。"
OMITTED = "（略）は、変更のない部分を省略したことを示す。"
HEADING_FILLED = "手続の記録として記入した欄"
HIDDEN = "_pia_comparison"  # the sheet of what travels unseen in a workbook
_SHADE = "E4E9EF"
_PALE = "F3F5F8"
_SMALL = 8.5


@dataclass(frozen=True, slots=True)
class ItemNotes:
    """What is known of a changed item beside its texts: the reason, how it stands to the national
    text (`departs`: ours differs) and why in plain words, and the opinions that led to its wording.
    """

    reason: str = ""
    national: str = ""
    departs: bool = False
    explanation: str = ""
    opinions: tuple[int, ...] = ()
    confirmed: str = ""  # when the state was asked: 令和6年6月24日に, or 既に where no day is known

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences of the last column, in their order."""
        notes = []
        if self.reason:
            notes.append(f"変更理由：{self.reason}")
        if self.national:
            notes.append(self.national)
        if self.opinions and not self.departs:
            notes.append(f"意見{'・'.join(map(str, self.opinions))}を反映")
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class Subject:
    """One document before and after. `number` is its 資料番号 (or empty); the pages are those of
    printed documents, where there are any.
    """

    key: str
    title: str
    number: str
    old: Tree
    new: Tree
    changes: tuple[DescribedChange, ...]
    old_words: str = ""
    new_words: str = ""
    about: Mapping[Path, ItemNotes] = field(default_factory=dict)
    old_pages: Mapping[Path, int] = field(default_factory=dict)
    new_pages: Mapping[Path, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the table names it: by its number where it has one."""
        return self.number or self.title


@dataclass(frozen=True, slots=True)
class PublicSubject(Subject):
    """One document before and after, as anybody may read both: what a paper for outside is made
    of."""

    old: PublicReading
    new: PublicReading


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One changed item. `pairs` are the stretches of the cell, one below the other: (new side, old
    side).
    """

    label: str
    pairs: tuple[tuple[tuple[Piece, ...], tuple[Piece, ...]], ...]
    new_pages: tuple[str, ...]
    old_pages: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading; the heading is empty where there is only one document and one
    section.
    """

    heading: str
    rows: tuple[ComparisonRow, ...]


def sections(subjects: Sequence[Subject], view: str = "phrase") -> tuple[Section, ...]:
    """What several documents share first and once, naming them; then what is each one's own; last
    what the procedure filled in.
    """
    by_key = {subject.key: subject for subject in subjects}
    shared: dict[tuple[str, ...], list[ComparisonRow]] = defaultdict(list)
    own: dict[str, list[ComparisonRow]] = defaultdict(list)
    for card in cards({subject.key: subject.changes for subject in subjects}):
        row = _row(card, by_key, view)
        if card.shared:
            shared[tuple(card.places)].append(row)
        else:
            own[next(iter(card.places))].append(row)
    out = []
    for keys, rows in shared.items():
        named = "、".join(by_key[key].name for key in keys)
        out.append(Section(f"{len(keys)}件に共通する変更（{named}）", tuple(rows)))
    alone = len(subjects) == 1
    for subject in subjects:
        if own[subject.key]:
            out.append(Section("" if alone else _own_heading(subject), tuple(own[subject.key])))
        filled = _filled(subject, view)
        if filled:
            if alone:
                of = ""
            else:
                of = f"{subject.name}　"
            out.append(Section(f"{of}{HEADING_FILLED}", filled))
    return tuple(out)


def _own_heading(subject: Subject) -> str:
    """The heading of one document's own changes, with its title where it has a 資料番号."""
    if subject.number:
        title = f"（{subject.title}）"
    else:
        title = ""
    return f"{subject.name}の変更{title}"


def _row(card: Card, by_key: Mapping[str, Subject], view: str) -> ComparisonRow:
    first = by_key[next(iter(card.places))]
    path = card.places[first.key]
    label = card.label
    if card.shared and len(set(card.labels.values())) > 1:
        label = card.title
    return ComparisonRow(
        label,
        _pairs(first, path, card.changes, view),
        _pages(card, by_key, old=False),
        _pages(card, by_key, old=True),
        tuple(_notes(card, by_key, view)),
    )


def _notes(card: Card, by_key: Mapping[str, Subject], view: str) -> list[str]:
    """The notes of the first document, then what others say differently, with their names; what is
    said once of all marks."""
    notes: list[str] = []
    for index, (key, path) in enumerate(card.places.items()):
        subject = by_key[key]
        own = subject.about.get(path, ItemNotes()).notes
        if index == 0:
            notes += own
            continue
        notes += [f"{subject.name}：{note}" for note in own if note not in notes]
    if card.material:
        basis = card.changes[0].basis
        notes.append(f"重要な変更の対象（{basis}）" if basis else "重要な変更の対象")
    for change in card.changes:
        notes += [remark for remark in change.remarks(view) if remark not in notes]
    return notes


def _pages(card: Card, by_key: Mapping[str, Subject], old: bool) -> tuple[str, ...]:
    """The pages of one side, under the name of their document where there are several."""
    out = []
    before = card.changes[0].change.was
    for key, path in card.places.items():
        subject = by_key[key]
        if old and before and not card.shared:
            path = before[: len(path)]
        if old:
            pages = subject.old_pages
        else:
            pages = subject.new_pages
        if path not in pages:
            continue
        page = str(pages[path])
        if len(by_key) > 1:
            page = f"{subject.name}\n{page}"
        out.append(page)
    return tuple(out)


def _filled(subject: Subject, view: str) -> tuple[ComparisonRow, ...]:
    """What the procedure fills in: its items, and one line for the rows of the change table."""
    out = []
    for path, changes in filled_items(subject.changes).items():
        counted = rows_counted(changes)
        if counted:
            pairs = (((Piece("insert", counted),), (Piece("fold", SAME),)),)
        else:
            pairs = _pairs(subject, path, changes, view)
        new_page = _page(subject.new_pages, path)
        old_page = _page(subject.old_pages, path)
        out.append(ComparisonRow(filled_label(changes), pairs, new_page, old_page, ()))
    return tuple(out)


def _page(pages: Mapping[Path, int], path: Path) -> tuple[str, ...]:
    """The page of an item, if it is known."""
    if path in pages:
        return (str(pages[path]),)
    return ()


def filled_items(changes: Sequence[DescribedChange]) -> dict[Path, list[DescribedChange]]:
    """The items the procedure fills in that changed, each with its changes."""
    items: dict[Path, list[DescribedChange]] = defaultdict(list)
    for described in changes:
        if described.procedure and described.change.kind != "renumbered":
            items[described.item_path].append(described)
    return items


def filled_label(changes: Sequence[DescribedChange]) -> str:
    """How the table names an item the procedure fills in."""
    return changes[0].label.split(" 「" if changes[0].change.level == "row" else " ＜")[0]


def rows_counted(changes: Sequence[DescribedChange]) -> str:
    """The rows of the change table are counted where they are many; "" elsewhere."""
    if changes[0].change.level != "row" or len(changes) <= 3:
        return ""
    kinds = (("added", "追加"), ("removed", "削除"), ("modified", "修正"))
    counts = []
    for key, words in kinds:
        counts.append(f"{sum(described.change.kind == key for described in changes)}行を{words}")
    return "変更の記録　" + "、".join(count for count in counts if not count.startswith("0行"))


def _pairs(
    subject: Subject, path: Path, changes: Sequence[DescribedChange], view: str
) -> tuple[tuple[tuple[Piece, ...], tuple[Piece, ...]], ...]:
    """The stretches of an item in the order of the new text, unchanged ones as one （略）; what is
    gone stands where it stood.
    """
    out: list[tuple[tuple[Piece, ...], tuple[Piece, ...]]] = []
    fold = (Piece("fold", SAME),)
    for stretch in stretches(subject.old, subject.new, path, changes):
        if isinstance(stretch, DescribedChange):
            out.append(_pair(stretch, view))
        elif not out or out[-1] != (fold, fold):
            out.append((fold, fold))
    return tuple(out)


def stretches(
    before: Tree, after: Tree, path: Path, changes: Sequence[DescribedChange]
) -> tuple[DescribedChange | Node, ...]:
    """What an item's cells are made of, in the order of the new text: changes, and the leaves that
    stayed; what is gone stands where it stood.
    """
    in_leaves = []
    for described in changes:
        if described.change.level in LEAVES:
            in_leaves.append(described)
    if not in_leaves or changes[0].change.level == "shape":
        return tuple(changes)
    by_new: dict[str, DescribedChange] = {}
    by_old: dict[str, DescribedChange] = {}
    for described in in_leaves:
        if isinstance(described.change, Removed):
            side = by_old
        else:
            side = by_new
        side[described.change.path[-1]] = described
    leaves = _leaves(after, path)
    gone = _gone(_leaves(before, path), by_old, leaves)
    out: list[DescribedChange | Node] = [*gone.get(None, ())]
    for key, leaf in leaves.items():
        out.append(by_new.get(key, leaf))
        out += gone.get(key, ())
    return tuple(out)


def _leaves(tree: Tree, path: Path) -> dict[str, Node]:
    """The leaves of an item by their keys, in order."""
    item = tree.find(path)
    if item is None:
        return {}
    return {leaf.key: leaf for leaf in item.leaves}


def _gone(
    old: Iterable[str], by_old: Mapping[str, DescribedChange], kept: Container[str]
) -> dict[str | None, list[DescribedChange]]:
    """The removals by the leaf they stood behind (None at the beginning; "" is the key of a text's
    lead).
    """
    out: dict[str | None, list[DescribedChange]] = defaultdict(list)
    last: str | None = None
    for key in old:
        if key in by_old:
            out[last].append(by_old[key])
        elif key in kept:
            last = key
    return out


def pair_words(described: DescribedChange) -> tuple[str, str]:
    """(new side, old side) of one change with nothing left out."""
    if not described.where and described.before != described.after and not described.only_marks:
        return described.shown[1] if described.after else GONE, described.shown[
            0
        ] if described.before else NEW
    new, old = _pair(described, "phrase")
    return "".join(piece.text for piece in new), "".join(piece.text for piece in old)


def _pair(described: DescribedChange, view: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """(new side, old side) of one change."""
    blank_new = (Piece("note", GONE),)
    blank_old = (Piece("note", NEW),)
    if described.only_marks:
        head = described.shown[1] or described.label
        return (
            (Piece("equal", head), Piece("insert", f"（{described.marking}）")),
            (Piece("equal", described.shown[0] or described.label),),
        )
    if described.where or (described.before is None and described.after is None):
        return _pair_of_whole(described)
    if described.before == described.after:
        head = described.shown[1].split("\n")[0][:40]
        return (
            (Piece("equal", head), Piece("insert", "（位置を変更）")),
            (Piece("equal", head), Piece("fold", SAME)),
        )
    left, right = sides(*described.shown, described.shown_spans(view))
    return (right if described.after else blank_new, left if described.before else blank_old)


def _pair_of_whole(described: DescribedChange) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """(new side, old side) of what has no text of its own: a part of a figure, an entry."""
    words = described.where or described.label
    match described.change:
        case Added():
            return (Piece("insert", words),), (Piece("note", NEW),)
        case Removed():
            return (Piece("note", GONE),), (Piece("delete", words),)
    if described.where:
        return (Piece("insert", words),), (Piece("note", "（図）"),)
    return (Piece("insert", f"{words}（順序を変更）"),), (Piece("note", SAME),)


def runs(pieces: Sequence[Piece], size: float = 0.0) -> tuple[Run, ...]:
    """Pieces as runs: underlined exactly where the spans differ."""
    out: list[Run] = []
    for piece in pieces:
        run = Run(
            SAME if piece.op == "fold" else piece.text,
            False,
            piece.op in ("insert", "delete", "notation", "renumbered"),
            size,
        )
        if out and out[-1].underline == run.underline:
            run = Run(out.pop().text + run.text, False, run.underline, size)
        out.append(run)
    return tuple(out)


def heads(pages: bool, new_left: bool) -> tuple[str, ...]:
    """The heads of the columns."""
    both = ("変更後（新）", "変更前（旧）")
    numbers = ("ページ\n（新）", "ページ\n（旧）")
    if new_left:
        turn = 1
    else:
        turn = -1
    return ("項目", *both[::turn], *(numbers[::turn] if pages else ()), "変更理由・備考")


def paper(
    subjects: Sequence[Subject],
    *,
    title: str,
    view: str = "phrase",
    new_left: bool = True,
    size: float = 9.0,
) -> WrittenPaper:
    """The whole table as a paper, A4 lying."""
    parts = sections(subjects, view)
    pages = has_pages(parts)
    items: list[Item] = [para(title, bold=True, size=14.0, align="center", after=6.0, level=1)]
    for subject in subjects:
        items.append(para(about_words(subject)))
    widths = (112.0, 260.0, 260.0, 96.0)
    if pages:
        widths = (98.0, 229.0, 229.0, 44.0, 44.0, 84.0)
    named = heads(pages, new_left)
    rows = [tuple(cell(head, bold=True, shade=_SHADE, align="center") for head in named)]
    for entry in numbered(parts):
        if isinstance(entry, str):
            rows.append((cell(entry, bold=True, shade=_PALE, span=len(widths)),))
        else:
            rows.append(_cells(entry, pages, new_left))
    if len(rows) > 1:
        items += [para("", size=4.0), PaperTable(widths, tuple(rows), heads=1)]
    for index, words in enumerate(remarks(parts)):
        items.append(para(words, before=0.0 if index else 6.0))
    return WrittenPaper(title, tuple(items), wide=True, size=size)


def has_pages(parts: Iterable[Section]) -> bool:
    """Whether any row names a page: then the table has columns for them."""
    rows = chain.from_iterable(section.rows for section in parts)
    return any(row.new_pages or row.old_pages for row in rows)


def numbered(parts: Iterable[Section]) -> Iterator[str | ComparisonRow]:
    """The headings of the sections, numbered, each before its rows."""
    number = 0
    for section in parts:
        if section.heading:
            number += 1
            yield f"{number}　{section.heading}"
        yield from section.rows


def about_words(subject: Subject) -> str:
    """Which document, and which of its versions stand on the two sides."""
    words = subject.title
    if subject.number:
        words = f"{subject.number}　{subject.title}"
    if subject.old_words or subject.new_words:
        words += f"　　変更前：{subject.old_words}　　変更後：{subject.new_words}"
    return words


def carried(
    subjects: Sequence[Subject],
    *,
    title: str,
    view: str = "phrase",
    new_left: bool = True,
    always: bool = False,
) -> dict[str, Any]:
    """What travels unseen in every medium: all that the table shows, cell by cell, so that a cell
    somebody changed is known from one that was so. `always`: see `remarks`.
    """
    parts = sections(subjects, view)
    pages = has_pages(parts)
    rows: list[dict[str, Any]] = []
    for entry in numbered(parts):
        if isinstance(entry, str):
            rows.append({"heading": entry})
        else:
            rows.append({"cells": _texts(entry, pages, new_left)})
    return {
        "v": 1,
        "kind": "comparison",
        "title": title,
        "lines": list(map(about_words, subjects)),
        "heads": list(heads(pages, new_left)),
        "rows": rows,
        "remarks": remarks(parts, always),
    }


def remarks(parts: Sequence[Section], always: bool = False) -> list[str]:
    """What stands below the table. `always`: also what is only said where something was left
    out."""
    if not any(section.rows for section in parts):
        return [UNCHANGED]
    words = [f"備考　{UNDERLINED}"]
    if always or _folded(parts):
        words.append(f"　　　{OMITTED}")
    return words


def _texts(row: ComparisonRow, pages: bool, new_left: bool) -> list[str]:
    if new_left:
        turn = 1
    else:
        turn = -1
    both = [_side_text(row, side) for side in (0, 1)]
    texts = [row.label, *both[::turn]]
    if pages:
        for side in (row.new_pages, row.old_pages)[::turn]:
            texts.append("\n".join(side) or "－")
    return [*texts, "\n".join(row.notes)]


def _side_text(row: ComparisonRow, side: int) -> str:
    """One side of a row as plain text; 0 is the new one."""
    stretches = []
    for pair in row.pairs:
        stretches.append("".join(run.text for run in runs(pair[side])))
    return "\n".join(stretches)


def _cells(row: ComparisonRow, pages: bool, new_left: bool) -> tuple[PaperCell, ...]:
    if new_left:
        turn = 1
    else:
        turn = -1
    both = [PaperCell(tuple(Para(runs(pair[side])) for pair in row.pairs)) for side in (0, 1)]
    cells = [cell(row.label, size=_SMALL), *both[::turn]]
    if pages:
        cells += list(map(_numbers, (row.new_pages, row.old_pages)[::turn]))
    notes = tuple(para(note, size=_SMALL) for note in row.notes)
    return (*cells, PaperCell(notes or (Para(),)))


def _numbers(pages: Sequence[str]) -> PaperCell:
    """The cell of page numbers; － where there is none."""
    return PaperCell(tuple(para(page, size=_SMALL, align="center") for page in pages or ("－",)))


def _folded(parts: Sequence[Section]) -> bool:
    """Whether anything was left out."""
    rows = chain.from_iterable(section.rows for section in parts)
    pairs = chain.from_iterable(row.pairs for row in rows)
    pieces = chain.from_iterable(chain(*pair) for pair in pairs)
    return any(piece.op == "fold" for piece in pieces)
