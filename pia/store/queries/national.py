"""National texts, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.national import NationalRevision


def in_order(session: Session) -> list[NationalRevision]:
    """Every national text, oldest first."""
    return list(session.scalars(select(NationalRevision).order_by(NationalRevision.id)))


def of_key(session: Session, key: str) -> NationalRevision | None:
    """The national text of a key; None when there is none."""
    return session.scalar(select(NationalRevision).where(NationalRevision.key == key))


def id_of(session: Session, key: str) -> int | None:
    """The number of the national text of a key; None when there is none."""
    return session.scalar(select(NationalRevision.id).where(NationalRevision.key == key))


def reasons_of(session: Session, keys: Iterable[str]) -> set[str]:
    """The 変更理由 of these national texts."""
    of = select(NationalRevision.reason).where(NationalRevision.key.in_(keys))
    return set(session.scalars(of))
