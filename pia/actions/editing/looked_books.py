"""One workbook on its way into what is written: kept as it was sent, looked at, taken in, taken
back.

Knows the row of a file that was chosen. It is read anew each time, and taken in only as it was
shown; must not know pages. Serves 規則第7条第4項: the text that is decided on is the one that was
meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe, label, names
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Problem, Refused
from ...domain.revise.apply import Conflict
from ...domain.revise.unread import gone
from ...store.model import acted
from ...store.rows import imports
from ...store.rows.imports import ImportBatch, ImportBook
from .. import sources
from ..sources import Source
from ..workplace import Workplace, row_of
from . import restoring, versions
from .versions import Brought, SavedVersion

WHAT = "取り込むファイル"


@dataclass(frozen=True, slots=True)
class LookedBook:
    """A workbook that was chosen, and what taking it in would do.

    `changes`: against the text it goes into; `gone`: entries nobody will find any more, in words;
    `seen`: what stands for all of this, so that nothing else is taken in; `why` it cannot be.
    """

    number: int
    name: str
    into: str
    state: str
    says: str
    source: Source
    changes: tuple[DescribedChange, ...] = ()
    gone: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()
    seen: str = ""
    why: str = ""
    made: str = ""

    @property
    def waits(self) -> bool:
        """Whether it can be taken in."""
        return self.state == imports.LOOKED and not self.why

    @property
    def plain(self) -> bool:
        """Whether nothing is to be asked: it is the first text of a document, read whole."""
        return self.waits and self.first and not self.problems

    @property
    def first(self) -> bool:
        """Whether there is no text yet that it would change."""
        return not self.seen.partition(":")[0]


def lay(wp: Workplace, by: By, into: str, why: str, sent: tuple[str, bytes]) -> int:
    """Keeps a chosen file until somebody decides; its number."""
    name, body = sent
    with wp.store.unchained(about="import") as session:
        batch = ImportBatch(**acted(by))
        session.add(batch)
        session.flush()
        book = ImportBook(
            batch_id=batch.id,
            name=name,
            sha256=sha256(body).hexdigest(),
            file=body,
            state=imports.LOOKED,
            typed={"into": into, "why": why},
        )
        session.add(book)
        session.flush()
        return book.id


def look(wp: Workplace, number: int, read: Source | None = None) -> LookedBook:
    """A chosen file with what taking it in would change; read anew, unless it was `read` just now.
    PiaError where there is none or it cannot be read any more."""
    with wp.store.read() as session:
        book = _book(session, number)
        about = dict(book.typed)
        made = dict(book.made)
        sent = (book.name, book.file)
        state = book.state
    source = read or sources.read_bytes(sent[1], sent[0])
    looked = LookedBook(
        number,
        sent[0],
        str(about["into"]),
        state,
        str(about["why"]),
        source,
        problems=source.problems,
    )
    if state != imports.LOOKED:
        return replace(looked, made=str(made.get("ref", "")))
    try:
        shown = versions.preview(wp, looked.into, brought(source, sent))
    except Refused as error:
        return replace(looked, why="".join((str(error), *error.unmet)))
    return _compared(looked, shown)


def _compared(looked: LookedBook, shown: versions.Preview) -> LookedBook:
    """The book with what it changes of the text it goes into."""
    seen = f"{shown.ref}:{shown.after.digest}"
    problems = (*looked.problems, *shown.problems)
    if shown.before is None:
        return replace(looked, seen=seen, problems=problems)
    changes = describe(shown.form, compare(shown.before, shown.after), shown.before, shown.after)
    return replace(
        looked,
        changes=tuple(changes),
        gone=_gone_words(shown, shown.before),
        conflicts=shown.conflicts,
        problems=problems,
        seen=seen,
    )


def _gone_words(shown: versions.Preview, before: Tree) -> tuple[str, ...]:
    """The entries that would be gone, as people call them."""
    entries = names(shown.form, before)
    lost = gone(shown.after, before, shown.form)
    return tuple(dict.fromkeys(label(shown.form, path, entries) for path in lost))


def gone_by(wp: Workplace, into: str, brought: Brought) -> tuple[str, ...]:
    """The entries that taking a text in would take away, as people call them."""
    shown = versions.preview(wp, into, brought)
    return () if shown.before is None else _gone_words(shown, shown.before)


def brought(source: Source, sent: tuple[str, bytes]) -> Brought:
    """A file that was read, as it is taken in."""
    return Brought(
        source.tree,
        base=source.base,
        blobs=source.blobs,
        source={"file": sent[0]},
        carrier=(sent[0], source.carrier) if source.carrier else None,
        unread=source.unread,
    )


def take(wp: Workplace, by: By, number: int, seen: str, agreed: bool) -> SavedVersion:
    """Takes a chosen file in as it was shown. Refused where the text has changed since, and where
    entries would be gone and nobody said so; PiaError where it was decided on already."""
    looked = look(wp, number)
    if looked.state != imports.LOOKED:
        raise PiaError("このファイルは、もう取り込んだか、取りやめています。")
    if looked.why or looked.source.errors:
        raise PiaError(looked.why or "読み取れないところがあるため、取り込めません。")
    if looked.seen != seen:
        raise Refused(
            "確かめている間に、評価書が書き換えられました。まだ取り込んでいません。",
            ("下の一覧をもう一度確かめてから、取り込んでください。",),
        )
    if looked.gone and not agreed:
        raise Refused(
            "なくなる欄があります。まだ取り込んでいません。",
            ("一覧の欄がなくなってよければ、確かめた印を付けてください。",),
        )
    with wp.store.read() as session:
        sent = (looked.name, _book(session, number).file)
    with wp.store.together():
        saved = versions.bring_in(
            wp, by, looked.into, brought(looked.source, sent), why=looked.says
        )
        with wp.store.unchained(about="import") as session:
            _decided(session, number, imports.ENTERED, {"ref": saved.ref, "new": saved.new})
    return saved


def drop(wp: Workplace, number: int) -> str:
    """Leaves a chosen file: nothing was changed. Where it would have gone. PiaError for one that
    was taken in."""
    with wp.store.unchained(about="import") as session:
        book = _book(session, number)
        if book.state != imports.LOOKED:
            raise PiaError("このファイルは、もう取り込んだか、取りやめています。")
        into = str(book.typed["into"])
        session.delete(book)
        return into


def take_back(wp: Workplace, by: By, number: int) -> SavedVersion:
    """Takes back what a chosen file changed. Refused where the same words were changed since."""
    with wp.store.read() as session:
        book = _book(session, number)
        into = str(book.typed["into"])
        made = dict(book.made)
        if book.state != imports.ENTERED or not made.get("new"):
            raise PiaError("このファイルには、取り消す取込みがありません。")
    with wp.store.together():
        saved = restoring.take_back(wp, by, into, str(made["ref"]))
        with wp.store.unchained(about="import") as session:
            _decided(session, number, imports.UNDONE, made)
    return saved


def _decided(session: Session, number: int, state: str, made: Mapping[str, Any]) -> None:
    book = _book(session, number)
    book.state = state
    book.made = dict(made)


def _book(session: Session, number: int) -> ImportBook:
    book = row_of(session, ImportBook, number, WHAT)
    if book.state not in imports.ALONE:
        raise PiaError(f"{WHAT}がありません。")
    return book
