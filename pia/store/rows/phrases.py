"""文例: wording the office keeps for the blocks of a text, to be taken over and adapted.

Knows words. Must not know where they were taken over: from then on they are the document's own.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class Phrase(Acted, Base):
    """One wording: `heading` of its block (empty for none), its `text`, and a `note` for who writes
    (when it fits, what must be adapted)."""

    __tablename__ = "phrase"
    id: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str]
    text: Mapped[str]
    note: Mapped[str]
    withdrawn: Mapped[date | None]
