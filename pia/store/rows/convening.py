"""What comes before a sitting and at its door: the days members are asked for, what they answer,
and the 傍聴者 who are received (条例・運営要領 of the city).

Knows no name of a 傍聴者: who listens is nobody's file. Must not know how replies are counted.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class DateInquiry(Acted, Base):
    """日程の照会: the members of a council are asked which of several days suit them. choices:
    [{"day": ISO, "opens": "HH:MM"}] in the order they were asked; `until`: the last day to answer.
    `withdrawn`: the day it was taken back.
    """

    __tablename__ = "date_inquiry"
    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    title: Mapped[str]
    place: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(default=list)
    until: Mapped[date]
    withdrawn: Mapped[date | None]


class DateReply(Acted, Base):
    """What a member answered to an inquiry, the latest counts. answers: place of the choice →
    "yes", "maybe" or "no".
    """

    __tablename__ = "date_reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("date_inquiry.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Observer(Acted, Base):
    """Somebody who listens to a sitting (傍聴), by the number of their ticket alone. `came` and
    `left`: when; `withdrawn`: the day the record was taken back.
    """

    __tablename__ = "observer"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    ticket: Mapped[int]
    came: Mapped[time]
    left: Mapped[time | None]
    withdrawn: Mapped[date | None]
