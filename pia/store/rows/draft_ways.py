"""Who looked at a draft and handed it on, or sent it back, on its way through the house.

Knows what was done with which version, by whom and when. Must not know the steps of a city nor
who may take them. It is no 承認 and no 決裁: those are made in the city's own system of documents.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

CONFIRMED = "CONFIRMED"
SENT_BACK = "SENT_BACK"


class Handover(Acted, Base):
    """One act on the way of a round's draft: at the step `step` it was confirmed and handed on, or
    sent back with a `reason`, to the step `goes_to` (as the city's list calls it). `version_id` is
    the version that was looked at; `absent` whom the actor stood in for, empty for nobody.
    Append-only: the latest says where the draft lies.
    """

    __tablename__ = "handover"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    step: Mapped[str]
    goes_to: Mapped[str]
    act: Mapped[str]
    reason: Mapped[str]
    absent: Mapped[str]
