"""定期報告 (番号法第29条の3第2項, 定期報告規則第2条第1項): what is gathered for a 年度, and whether
the measures a published text promises are carried out.

Knows days, documents and what was checked. Must not know what a measure says.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

DONE, PART, NOT_DONE = "DONE", "PART", "NOT"


class HandlingReport(Acted, Base):
    """The 定期報告 on a 年度 (`year`), gathered until a day. `sent`, `document_number`: when it
    went to the commission and under which number; `received`, `receipt`: what the commission
    answered."""

    __tablename__ = "handling_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    until: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    sent: Mapped[date | None]
    document_number: Mapped[str] = mapped_column(default="")
    received: Mapped[date | None]
    receipt: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[date | None]


class ReportDocument(Base):
    """A document whose measures are checked for a report; `measures`: how many its published text
    had when it was last looked at."""

    __tablename__ = "report_document"
    report_id: Mapped[int] = mapped_column(ForeignKey("handling_report.id"), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    measures: Mapped[int]


class MeasureCheck(Acted, Base):
    """Whether a measure is carried out: DONE, PART or NOT, with what shows it (`evidence`) and who
    looked (`checker`), on a day. `digest`: of the item and its words; of other words it says
    nothing. Append-only: the latest counts."""

    __tablename__ = "measure_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("handling_report.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    path: Mapped[list[Any]]
    digest: Mapped[str]
    state: Mapped[str]
    evidence: Mapped[str]
    checker: Mapped[str]
    day: Mapped[date]
    __table_args__ = (Index(None, "report_id", "assessment_id"),)
