"""What was brought in together is taken back, where nothing followed: gone from every list, and
still on record.

A first version is hidden with its document, a later one is followed by the text before it, a
publication that was recorded counts no more. Knows the rows of a batch. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.model import acted
from ...store.rows import imports
from ...store.rows.assessments import Assessment, Version
from ...store.rows.bodies import Affair
from ...store.rows.filing import PublicationWithdrawn
from ...store.rows.imports import ImportBatch, ImportBook
from ..workplace import VersionLine, Workplace, row_of, save

WHY = "取込みの取消し"


@dataclass(frozen=True, slots=True)
class TakenBook:
    """A book that was taken in, and why it cannot be taken back (empty where it can)."""

    id: int
    file: str
    document: str
    followed: str


def taken(wp: Workplace, batch: int) -> list[TakenBook]:
    """The books of a batch that were taken in, with what followed each."""
    with wp.store.read() as session:
        return _taken(session, queries.imports.books(session, batch))


def _taken(session: Session, books: Sequence[ImportBook]) -> list[TakenBook]:
    here = [book for book in books if book.state == imports.TAKEN]
    after = queries.imports.after(session, [book.version_id or 0 for book in here])
    found = []
    for book in here:
        head, had_rounds, publication = after[book.version_id or 0]
        followed = ""
        if head != book.version_id:
            followed = "その後に、新しい版が保存されています。"
        elif had_rounds:
            followed = "再実施か修正が始まっています。"
        elif publication is not None and publication != book.made.get("publication"):
            followed = "その後に、公表済みとして記録されています。"
        found.append(TakenBook(book.id, book.name, str(book.made["key"]), followed))
    return found


def take_back(wp: Workplace, by: By, batch: int) -> tuple[int, int]:
    """Takes back all books of a batch nothing followed, as one act; (how many, how many stay).
    PiaError where there is none to take back."""
    with wp.store.begin() as session:
        row_of(session, ImportBatch, batch, "取込み")
        books = queries.imports.books(session, batch)
        here = _taken(session, books)
        free = {one.id for one in here if not one.followed}
        back = [book for book in books if book.id in free]
        if not back:
            raise PiaError("取り消せる本がありません。どの本も、その後に手続や保存があります。")
        for book in reversed(back):
            _back(session, by, book)
        return len(back), len(here) - len(back)


def _back(session: Witness, by: By, book: ImportBook) -> None:
    made = book.made
    version = session.get_one(Version, book.version_id)
    one = session.get_one(Assessment, version.assessment_id)
    affair = session.get_one(Affair, one.affair_id)
    detail: dict[str, Any] = {"batch": book.batch_id, "file": book.name}
    if made.get("publication"):
        _unpublished(session, by, one, affair, int(made["publication"]))
        detail["publication"] = made["publication"]
    saved = []
    if made.get("document"):
        one.withdrawn = by.day
    elif made.get("version") and version.parent_id is not None:
        before = nodes.tree(session, version.parent_id)
        source = {"taken_back": version.named(session)}
        saved.append(save(session, VersionLine(one), before, by, WHY, source))
    elif made.get("version"):
        one.withdrawn = by.day
    session.flush()
    if made.get("affair") and not _is_in_use(session, affair):
        affair.withdrawn = by.day
        detail["affair"] = affair.key
    book.state = imports.BACK
    log.entry(session, by, "version.take_back", version.named(session), detail, saved)


def _unpublished(
    session: Session, by: By, one: Assessment, affair: Affair, publication: int
) -> None:
    session.add(
        PublicationWithdrawn(
            publication_id=publication, body_id=affair.body_id, reason=WHY, **acted(by)
        )
    )
    one.published = None
    one.reassessed = None


def _is_in_use(session: Session, affair: Affair) -> bool:
    """Whether an affair has a document that stands, or was counted."""
    counted = queries.imports.is_counted(session, affair.id)
    return counted or queries.imports.standing_documents(session, affair.id) > 0
