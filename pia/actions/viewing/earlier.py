"""What of a text of before can be taken up again: the saves of a document, the wordings an item
had, the entries that were taken out.

Knows versions and what differs between them, a page at a time: the cost is that of the page, not
of the history. Must not know pages. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change import describe
from ...domain.document.form import Form
from ...domain.document.items import item_at, shown_beside
from ...domain.document.tree import Path, Tree
from ...store import nodes, queries
from ..workplace import VersionLine, Workplace, line

PAGE = 20  # saves on a page
NAMED = 4  # changed items of a save that are named; the rest are counted


@dataclass(frozen=True, slots=True)
class PastSave:
    """One save of a document: KEY@N and its number, who, when, why, the round it belongs to ("" for
    none). `items`: what it changed in the form's words, the first `NAMED` of `changed` in all.
    `undoable`: it was made in this very line, after another one."""

    ref: str
    seq: int
    actor: str
    mine: bool
    at: datetime
    why: str
    round: str
    items: tuple[str, ...]
    changed: int
    undoable: bool


@dataclass(frozen=True, slots=True)
class PastSaves:
    """A page of the saves of a document, the newest first; how many there are; the newest of all as
    KEY@N; and the entries that stood in the text the line began with and stand no more."""

    lines: tuple[PastSave, ...]
    whole: int
    head: str
    base: str
    gone: tuple[GoneEntry, ...]


@dataclass(frozen=True, slots=True)
class GoneEntry:
    """An entry that was taken out: the path of its repeat, its key, and its place in the form's
    words."""

    path: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """What an item said before: KEY@N of the last version that said it, its number, the day until
    which it stood, and its words (empty where it was empty)."""

    ref: str
    seq: int
    at: datetime
    words: str


def saves(wp: Workplace, ref: str, first: int, name: str) -> PastSaves:
    """The saves of a line's document from number `first` (from 0); `name`: the sign-in name of who
    looks."""
    with wp.store.read() as session:
        at = line(session, ref)
        own = at.assessment.id
        head = nodes.recent(session, at.own_head)
        rows = queries.versions.page(session, own, first, PAGE)
        lines = _lines(session, at, head, rows, name)
        base = _base(session, at)
        return PastSaves(
            tuple(lines),
            queries.versions.count(session, own),
            _ref(session, at, at.own_head),
            _ref(session, at, base) if base else "",
            tuple(_gone(session, base, head)) if base else (),
        )


def _base(session: Session, at: VersionLine) -> int | None:
    """The version a round began with; outside of rounds there is none."""
    if at.round is None:
        return None
    return at.round.base_id


def _ref(session: Session, at: VersionLine, version_id: int) -> str:
    return f"{at.assessment.key}@{queries.versions.number_of(session, version_id)}"


def _lines(
    session: Session, at: VersionLine, head: Tree, rows: list[Any], name: str
) -> Iterator[PastSave]:
    """The lines of a page."""
    form = forms.load(head.form)
    names = describe.names(form, head)
    rounds = queries.rounds.titles_of(session, at.assessment.id)
    people = queries.accounts.shown_of_names(session, {row.actor for row in rows})
    parents = queries.versions.told(session, [row.parent_id for row in rows if row.parent_id])
    mine = at.round.id if at.round else None
    for row in rows:
        before = parents.get(row.parent_id)
        labels = []
        if before is not None:
            labels = _changed_items(session, form, names, before, row)
        yield PastSave(
            f"{at.assessment.key}@{row.seq}",
            row.seq,
            people.get(row.actor, row.actor),
            row.actor == name,
            row.at,
            row.why,
            rounds.get(row.round_id, ""),
            tuple(labels[:NAMED]),
            len(labels),
            before is not None and row.round_id == mine,
        )


def _changed_items(
    session: Session, form: Form, names: describe.Names, before: Any, row: Any
) -> list[str]:
    """The items a save changed, in the form's words, each once."""
    labels = []
    for path, _ in nodes.changed(
        session, (before.id, before.form, before.digest), (row.id, row.form, row.digest)
    ):
        labels.append(describe.label(form, _item_of(form, path), names))
    return list(dict.fromkeys(labels))


def _item_of(form: Form, path: Path) -> Path:
    """The item a place stands in: a block's, row's or shape's own key is cut off."""
    _, _, rest = form.at(path)
    if rest:
        return path[: len(path) - len(rest)]
    return path


def _gone(session: Session, base: int, head: Tree) -> Iterator[GoneEntry]:
    """The entries of the text of `base` that are not in `head`; where several repeats share their
    keys, told once."""
    before = nodes.recent(session, base)
    form = forms.load(head.form)
    names = describe.names(form, before)
    for path in names:
        repeat = form.at(path[:-1])[0]
        if repeat is None or repeat.shares or head.find(path) is not None:
            continue
        if any(head.find(outer) is None for outer in _outer(path, names)):
            continue  # what it stood in is gone too, and it comes back with that
        yield GoneEntry("/".join(path[:-1]), path[-1], describe.label(form, path, names))


def _outer(path: Path, entries: Iterable[Path]) -> list[Path]:
    """The entries an entry stands in."""
    return [each for each in entries if len(each) < len(path) and path[: len(each)] == each]


@dataclass(frozen=True, slots=True)
class PastAnswers:
    """What an item said in a page of saves, the latest first, each wording once; how many saves
    there are, the newest of all as KEY@N, what the item says now, and its place in the form's
    words."""

    lines: tuple[PastAnswer, ...]
    whole: int
    head: str
    now: str
    where: str


def wordings(wp: Workplace, ref: str, path: Path, first: int) -> PastAnswers:
    """What an item said before, in the saves from number `first` (from 0) of its document. Only the
    texts of saves that changed it are read. PiaError for an item the form does not have."""
    with wp.store.read() as session:
        at = line(session, ref)
        head = nodes.recent(session, at.own_head)
        form = forms.load(head.form)
        item_at(form, path)
        own = at.assessment.id
        rows = queries.versions.page(session, own, first, PAGE)
        parents = queries.versions.told(session, [row.parent_id for row in rows if row.parent_id])
        found: dict[str, PastAnswer] = {}
        now = _words(head, path)
        for row in rows:
            before = parents.get(row.parent_id)
            if before is None:
                continue
            if not _touches(session, before, row, path):
                continue
            said = _words(nodes.recent(session, before.id), path)
            if said != now:
                earlier = PastAnswer(f"{at.assessment.key}@{before.seq}", before.seq, row.at, said)
                found.setdefault(said, earlier)
        return PastAnswers(
            tuple(found.values()),
            queries.versions.count(session, own),
            _ref(session, at, at.own_head),
            now,
            describe.label(form, path, describe.names(form, head)),
        )


def _touches(session: Session, before: Any, row: Any, path: Path) -> bool:
    """Whether a save changed something of an item."""
    changed = nodes.changed(
        session, (before.id, before.form, before.digest), (row.id, row.form, row.digest)
    )
    for place, was in changed:
        for spot in (place, was or place):
            if spot[: len(path)] == path or path[: len(spot)] == spot:
                return True
    return False


def _words(tree: Tree, path: Path) -> str:
    """An item's answer as a person reads it."""
    return shown_beside(tree.find(path), None)[0]
