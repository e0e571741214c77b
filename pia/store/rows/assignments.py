"""Opinions of residents and questions of a council given to a department, until a day.

Knows who was asked for an answer. Must not know what the answer is, nor whose turn it is.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class Assignment(Acted, Base):
    """An opinion or a question (one of the two) that a department answers until a day; `account`
    the person of it who is asked, empty for all of them. Department, person and day are put right
    where they stand (`rows.corrections` keeps what they were); `withdrawn`: the day it was taken
    back.
    """

    __tablename__ = "assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"), index=True)
    remark_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    account: Mapped[str]
    until: Mapped[date]
    withdrawn: Mapped[date | None]

    @property
    def office(self) -> str:
        """The number of its department, as a form has it."""
        return str(self.department_id)
