"""What a city says of the calendar: days on which the office is closed or open otherwise than the
calendar says, days of a round a person has chosen, and secret addresses at which somebody reads
their calendar elsewhere.

Knows no reckoning: which day lies how far before which is said by `domain.procedure.calendar`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class ClosingDay(Acted, Base):
    """The office is closed from `first` to `last`, both counted, or (`opened`) open although the
    calendar says otherwise. `name`: what the days are called. `withdrawn`: the day it was taken
    back.
    """

    __tablename__ = "closing_day"
    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
    name: Mapped[str]
    opened: Mapped[bool]
    withdrawn: Mapped[date | None]


class PlannedDay(Acted, Base):
    """A person has chosen the day of a step of a round, and why. One stands for a step; with
    `withdrawn` the computed day counts again.
    """

    __tablename__ = "planned_day"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    step: Mapped[str]
    day: Mapped[date]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]


class CalendarFeed(Acted, Base):
    """A secret address of one account. `digest`: SHA-256 of the secret, which is kept nowhere;
    `revoked`: the day the address was given up.
    """

    __tablename__ = "calendar_feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    revoked: Mapped[date | None]
