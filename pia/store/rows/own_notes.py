"""What members note for themselves beside the cards, unreadable to the house (decision 0031).

Knows ciphertext and the day it is erased. Must not know a key, nor what a note is about.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Base


class OwnNote(Base):
    """A member's own note: `sealed` is ciphertext, of which only the member's browser has the key;
    it holds the place of the note too. Dropped on `erase_on`, or when the member empties it."""

    __tablename__ = "own_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    sealed: Mapped[str]
    erase_on: Mapped[date]
