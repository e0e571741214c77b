"""Words a member of a council asks the office to explain (用語の説明の求め).

Knows the word and who asked. Must not know how it is explained: that is `councils.GlossaryTerm`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class TermRequest(Acted, Base):
    """A word to be explained: `speaker` asked at a referral, `note` says what they want to know.
    `answer` on the day `answered` where the word itself is not explained; both None else."""

    __tablename__ = "term_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    speaker: Mapped[str]
    term: Mapped[str]
    note: Mapped[str]
    answer: Mapped[str | None]
    answered: Mapped[date | None]
    withdrawn: Mapped[date | None]
