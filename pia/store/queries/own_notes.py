"""Members' own notes, as they are asked for.

Knows rows. Must not know what they say: nobody here does.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..rows.own_notes import OwnNote


def of_member(session: Session, member_id: int, today: date) -> list[OwnNote]:
    """The notes of a member whose day has not come, oldest first."""
    mine = (OwnNote.member_id == member_id, OwnNote.erase_on > today)
    return list(session.scalars(select(OwnNote).where(*mine).order_by(OwnNote.id)))


def due(session: Session, today: date) -> int | None:
    """The number of a note whose day has come; None where there is none."""
    return session.scalar(select(OwnNote.id).where(OwnNote.erase_on <= today).limit(1))


def erase_due(session: Session, today: date) -> None:
    """Drops every note whose day has come."""
    session.execute(delete(OwnNote).where(OwnNote.erase_on <= today))
