"""次回修正候補: what somebody of the house noted at an item of a document to be mended next time.

Knows assessments and paths. A candidate is no part of a document. Must not know what the item says.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

DONE, DROPPED = "DONE", "DROPPED"


class RevisionCandidate(Acted, Base):
    """A note at an item (`path`; empty: about the whole document). `outcome`: DONE with the version
    that has it, or DROPPED with the reason; None while it waits. `settled`: the day of that,
    `settler` the account."""

    __tablename__ = "revision_candidate"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    path: Mapped[list[Any]]
    text: Mapped[str]
    outcome: Mapped[str | None]
    settled: Mapped[date | None]
    settler: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    withdrawn: Mapped[date | None]
