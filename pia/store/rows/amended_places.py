"""What the officer decided of a place that was changed after its submission: whether the change is
formal, or the document goes back to its check or its consultation.

Knows which words a decision is about. Must not know what it does to a round.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

FORMAL = "formal"
CHECK = "check"
CONSULTATION = "consultation"


class AmendedPlace(Acted, Base):
    """A decision about one changed place of a round after a submission. `digest`: of the words that
    stood there (other words are asked about again); `decided` the day of its 決裁."""

    __tablename__ = "amended_place"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    path: Mapped[str]
    digest: Mapped[str]
    decision: Mapped[str]
    reason: Mapped[str]
    decided: Mapped[date | None]
    document_number: Mapped[str]
    withdrawn: Mapped[date | None]
