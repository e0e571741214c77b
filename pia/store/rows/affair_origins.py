"""Where an affair came from: affairs that were merged into it, or one it was split off.

Knows affairs. What they published stays with them and is shown with the one that follows.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

MERGED = "merged"
SPLIT = "split"


class AffairOrigin(Acted, Base):
    """One affair another came from. `kind`: it was merged into it, or split; `day` from when."""

    __tablename__ = "affair_origin"
    id: Mapped[int] = mapped_column(primary_key=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    kind: Mapped[str]
    day: Mapped[date]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]
