"""What the records office writes down, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.records import Disclosure, Disposal, Erasure, RecordNote


def disposals(session: Session) -> list[Disposal]:
    """Every 廃棄, oldest first."""
    return list(session.scalars(select(Disposal).order_by(Disposal.id)))


def disposals_newest_first(session: Session) -> list[Disposal]:
    """Every 廃棄, newest first."""
    return list(session.scalars(select(Disposal).order_by(Disposal.id.desc())))


def erasures_newest_first(session: Session) -> list[Erasure]:
    """Every erasure, newest first."""
    return list(session.scalars(select(Erasure).order_by(Erasure.id.desc())))


def notes(session: Session) -> list[RecordNote]:
    """What was set about keeping records, oldest first."""
    return list(session.scalars(select(RecordNote).order_by(RecordNote.id)))


def notes_on(session: Session, record: str) -> list[RecordNote]:
    """What was set about keeping one record, newest first."""
    return list(
        session.scalars(
            select(RecordNote).where(RecordNote.record == record).order_by(RecordNote.id.desc())
        )
    )


def last_disclosure(session: Session) -> int | None:
    """The number of the latest 開示請求; None before the first."""
    return session.scalar(select(Disclosure.id).order_by(Disclosure.id.desc()))


def disclosures_newest_first(session: Session) -> list[int]:
    """The numbers of every 開示請求, newest first."""
    return list(session.scalars(select(Disclosure.id).order_by(Disclosure.id.desc())))


def other_disclosures(session: Session, disclosure_id: int) -> list[int]:
    """The numbers of every 開示請求 but one."""
    return list(session.scalars(select(Disclosure.id).where(Disclosure.id != disclosure_id)))


def every(session: Session, kind: type[Any]) -> list[Any]:
    """Every row of a class whose key is `id`, in order."""
    return list(session.scalars(select(kind).order_by(kind.id)))
