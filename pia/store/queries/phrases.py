"""文例: what the office keeps."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.phrases import Phrase


def kept(session: Session) -> list[Phrase]:
    """Every wording that was not taken back, by its heading."""
    return list(
        session.scalars(
            select(Phrase).where(Phrase.withdrawn.is_(None)).order_by(Phrase.heading, Phrase.id)
        )
    )
