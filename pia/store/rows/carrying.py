"""持出し: what leaves the house for one sitting, under a number: a member's papers as one file
(持出し資料), or the desk of the sitting for a laptop (持出し記録).

Knows who has it, what for, where, and how it came back. Must not know what is in it: neither the
file nor the code that opens it is kept.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

PACK, DESK = "pack", "desk"
RETURNED, ERASED, LOST = "returned", "erased", "lost"


class CarriedSet(Acted, Base):
    """One thing that leaves the house for a sitting. `number`: within the sitting; `holder`: who
    takes it; `until`: the day it is to be back; `seal`: what its file proves itself with. `handed`
    and `ended`: the days it was given and was over, with who recorded that; `outcome`: RETURNED,
    ERASED or LOST. `facts`: of a desk what was taken in already, and what a person is to decide.
    """

    __tablename__ = "carried_set"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    number: Mapped[int]
    kind: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    holder: Mapped[str]
    purpose: Mapped[str]
    place: Mapped[str]
    until: Mapped[date]
    seal: Mapped[str]
    handed: Mapped[date | None]
    handed_by: Mapped[str | None]
    ended: Mapped[date | None]
    ended_by: Mapped[str | None]
    outcome: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withdrawn: Mapped[date | None]
