"""The end of a 事務 (規則第16条): when it ended, when the commission was told, and until when its
評価書 stay public.

Knows days. Must not know how many years a publication goes on.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class AffairEnd(Acted, Base):
    """An affair ended on `day`. `told` is the day the commission was told, under `document_number`;
    `closed` the day its 評価書 stopped being public."""

    __tablename__ = "affair_end"
    id: Mapped[int] = mapped_column(primary_key=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    day: Mapped[date]
    reason: Mapped[str]
    told: Mapped[date | None]
    document_number: Mapped[str]
    closed: Mapped[date | None]
    withdrawn: Mapped[date | None]
