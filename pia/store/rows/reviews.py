"""年次見直し (規則第14条第1項・第3項): what the office asked the heads of departments in a 年度,
and what was answered for each affair.

Knows days, kinds of answers and who confirmed them. Must not know what falls due
(`domain.procedure.duties`), nor what changed around an affair, which is computed.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

UNCHANGED, CHANGED, ENDED = "UNCHANGED", "CHANGED", "ENDED"


class ReviewCampaign(Acted, Base):
    """The 年次見直し of a 年度: the number and the day of the 照会文, and the day answers are
    wanted by. `note`: what the office adds to the letter."""

    __tablename__ = "review_campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    document_number: Mapped[str]
    issued: Mapped[date]
    until: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[date | None]


class ReviewAffair(Base):
    """An affair a campaign asks about. Which department answers is said by the affair itself, so
    that it follows a reorganisation."""

    __tablename__ = "review_affair"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("review_campaign.id"), primary_key=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), primary_key=True, index=True)


class ReviewAnswer(Acted, Base):
    """What was answered for an affair: UNCHANGED, CHANGED (`round_id`: the round that mends it,
    where one is named) or ENDED. `confirmed`: the day the 所属長 confirmed it, None until then;
    `head`: the name of the 所属長; `confirmer`: the account that recorded it."""

    __tablename__ = "review_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("review_campaign.id"), index=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    confirmed: Mapped[date | None]
    head: Mapped[str] = mapped_column(default="")
    confirmer: Mapped[str | None]
    withdrawn: Mapped[date | None]


class ReviewReminder(Acted, Base):
    """督促: a department was written to again, on a day, under a number, until another day."""

    __tablename__ = "review_reminder"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("review_campaign.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    document_number: Mapped[str]
    day: Mapped[date]
    until: Mapped[date]
    withdrawn: Mapped[date | None]
