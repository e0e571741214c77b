"""特定個人情報に関する重大事故 of a body or of whom it entrusted (規則第4条第8号ロ, 第6条第1項,
第14条第1項), and what the body decided a year later.

Knows days, numbers and words. Must not know what follows from them
(`domain.procedure.incidents`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

ANEW, KEPT = "ANEW", "KEPT"


class Incident(Acted, Base):
    """An incident. `contractor`: the 委託先 it happened at, empty for the body itself; `occurred`:
    None while nobody knows; `known`: the day the body knew; `people`: how many 本人, None while not
    known; `major`: whether the body holds it for 重大事故, `reason` why, where the rule says
    otherwise."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    contractor: Mapped[str]
    occurred: Mapped[date | None]
    known: Mapped[date]
    summary: Mapped[str]
    people: Mapped[int | None]
    intentional: Mapped[bool]
    staff_only: Mapped[bool]
    excused: Mapped[bool]
    major: Mapped[bool]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]


class IncidentDecision(Acted, Base):
    """What a body decided for an affair once the year of an incident was over: to judge it ANEW, or
    that what is published stays (KEPT), with its reason."""

    __tablename__ = "incident_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    decision: Mapped[str]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]
