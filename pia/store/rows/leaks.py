"""Cases of 漏えい等 (個人情報保護法第68条第1項, 番号法第29条の4第1項): what is known of each, what
was reported to the commission, what was put before a council, and what was asked and answered.

Knows numbers, days and words. Must not know what a law asks of them (`domain.leaks`).
"""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..ledger.digests import nonce
from ..model import Acted, Base

FIRST, FINAL, ADDED = "first", "final", "added"
ONLINE, PAPER = "online", "paper"


class LeakCase(Acted, Base):
    """A case. `year` and `serial`: its number in the register of its body; `department_id`: whose
    case it is; `affair_id`: the affair it happened in, None where in none or not known;
    `incident_id`: the 重大事故 it was recorded as, `major` what was decided of that (None while
    nothing was) and `major_reason` why; `closed`: the day it was brought to its end."""

    __tablename__ = "leak_case"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    affair_id: Mapped[int | None] = mapped_column(ForeignKey("affair.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    year: Mapped[int]
    serial: Mapped[int]
    major: Mapped[bool | None]
    major_reason: Mapped[str]
    closed: Mapped[date | None]
    withdrawn: Mapped[date | None]
    __table_args__ = (UniqueConstraint("body_id", "year", "serial"),)


class LeakFact(Acted, Base):
    """An answer to a question about a case; the last one of a question counts. `unknown`: said not
    to be known; `since`: the day the body knew it, None from the beginning."""

    __tablename__ = "leak_fact"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("leak_case.id"), index=True)
    field: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    unknown: Mapped[bool]
    since: Mapped[date | None]


class LeakReport(Acted, Base):
    """A 速報 (FIRST), 確報 (FINAL) or what was added later (ADDED), as it was sent: on which day
    and at which hour (報告日時), under which 受付番号, by whom it was entered, by which laws.
    `way`: ONLINE or PAPER with its lawful reason; `open`: matters are to follow (追完); `text`: the
    nine matters as they were then, as JSON."""

    __tablename__ = "leak_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("leak_case.id"), index=True)
    kind: Mapped[str]
    laws: Mapped[str]
    day: Mapped[date]
    hour: Mapped[time]
    receipt: Mapped[str]
    entered: Mapped[str]
    way: Mapped[str]
    way_reason: Mapped[str]
    open: Mapped[bool]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]


class LeakGiven(Acted, Base):
    """A case as it was reported to a council: at an item of a sitting (`mark`), with the facts said
    up to `fact_id`."""

    __tablename__ = "leak_given"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("leak_case.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    mark: Mapped[str]
    fact_id: Mapped[int] = mapped_column(ForeignKey("leak_fact.id"))
    withdrawn: Mapped[date | None]


class LeakQuestion(Acted, Base):
    """What a member asked about a case that was reported."""

    __tablename__ = "leak_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    given_id: Mapped[int] = mapped_column(ForeignKey("leak_given.id"), index=True)
    speaker: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]


class LeakReply(Acted, Base):
    """What was answered to a question about a case."""

    __tablename__ = "leak_reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("leak_question.id"), index=True)
    speaker: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]


class LeakEffect(Acted, Base):
    """What was decided for a document of the affair: whether a measure it describes has to change
    (`changes`), and why; `candidate_id`: the 次回修正候補 it became."""

    __tablename__ = "leak_effect"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("leak_case.id"), index=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    changes: Mapped[bool]
    reason: Mapped[str]
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("revision_candidate.id"))
    withdrawn: Mapped[date | None]
