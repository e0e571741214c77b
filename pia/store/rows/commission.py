"""What 個人情報保護委員会 writes about a submission, and what the city answers.

Knows which submission a letter is about. Must not know what it does to a round. The commission does
not approve what a city submits: a letter is an inquiry or asks for an amendment.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

INQUIRY = "inquiry"
AMENDMENT = "amendment"


class CommissionLetter(Acted, Base):
    """A letter of the commission about a submission. `kind`: inquiry (照会) or amendment
    (補正の求め); `day` it came, `due` by when it is to be answered, `document_number` its own."""

    __tablename__ = "commission_letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    kind: Mapped[str]
    day: Mapped[date]
    due: Mapped[date | None]
    document_number: Mapped[str]
    text: Mapped[str]
    withdrawn: Mapped[date | None]


class CommissionReply(Acted, Base):
    """What the city answered to a letter of the same round, on a day and under its own
    文書番号."""

    __tablename__ = "commission_reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("commission_letter.id"), index=True)
    day: Mapped[date]
    document_number: Mapped[str]
    text: Mapped[str]
    withdrawn: Mapped[date | None]
