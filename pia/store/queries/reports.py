"""定期報告 as it is asked for: reports, the documents they gather, and what was checked.

Knows rows. Must not know what a measure says.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import Assessment
from ..rows.bodies import Affair, Body, Department
from ..rows.reports import DONE, NOT_DONE, PART, HandlingReport, MeasureCheck, ReportDocument

_LATER = aliased(MeasureCheck)
_LATEST = ~exists().where(
    _LATER.report_id == MeasureCheck.report_id,
    _LATER.assessment_id == MeasureCheck.assessment_id,
    _LATER.digest == MeasureCheck.digest,
    _LATER.id > MeasureCheck.id,
)


def reports(session: Session) -> list[HandlingReport]:
    """The reports that stand, the newest first."""
    there = select(HandlingReport).where(HandlingReport.withdrawn.is_(None))
    return list(session.scalars(there.order_by(HandlingReport.year.desc())))


def of_year(session: Session, year: int) -> HandlingReport | None:
    """The report on a 年度 that stands; None where there is none."""
    mine = (HandlingReport.year == year, HandlingReport.withdrawn.is_(None))
    return session.scalar(select(HandlingReport).where(*mine))


def to_gather(session: Session) -> list[Assessment]:
    """The published documents beyond the 基礎項目評価書 of affairs that run."""
    of = (
        select(Assessment)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(
            Assessment.kind != "basic_item",
            Assessment.published.is_not(None),
            Assessment.head_id.is_not(None),
            Assessment.withdrawn.is_(None),
            Affair.ended.is_(None),
            Affair.withdrawn.is_(None),
        )
    )
    return list(session.scalars(of.order_by(Assessment.id)))


def _number_of(*states: str) -> ColumnElement[int]:
    """How many measures are in one of these states."""
    return func.sum(case((MeasureCheck.state.in_(states), 1), else_=0))


CountedRow = Row[ReportDocument, Assessment, Affair, Body, Department | None, int, int, int]


def documents(session: Session, report_id: int) -> Sequence[CountedRow]:
    """(its place in the report, document, affair, body, department, how many measures are carried
    out, in part, not) of every document of a report, by body and number."""
    counts = (
        select(
            MeasureCheck.assessment_id,
            _number_of(DONE).label("done"),
            _number_of(PART).label("part"),
            _number_of(NOT_DONE).label("open"),
        )
        .where(MeasureCheck.report_id == report_id, _LATEST)
        .group_by(MeasureCheck.assessment_id)
        .subquery()
    )
    return session.execute(
        select(
            ReportDocument,
            Assessment,
            Affair,
            Body,
            Department,
            func.coalesce(counts.c.done, 0),
            func.coalesce(counts.c.part, 0),
            func.coalesce(counts.c.open, 0),
        )
        .join(Assessment, Assessment.id == ReportDocument.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .join(Body, Body.id == Affair.body_id)
        .outerjoin(Department, Department.id == Affair.department_id)
        .outerjoin(counts, counts.c.assessment_id == Assessment.id)
        .where(ReportDocument.report_id == report_id)
        .order_by(Body.id, func.length(Affair.number), Affair.number)
    ).all()


def place_of(session: Session, report_id: int, assessment_id: int) -> ReportDocument | None:
    """The place of a document in a report; None where it is not gathered."""
    return session.get(ReportDocument, (report_id, assessment_id))


def checks(session: Session, report_id: int, assessment_id: int) -> list[MeasureCheck]:
    """Everything that was checked of a document for a report, oldest first."""
    mine = (MeasureCheck.report_id == report_id, MeasureCheck.assessment_id == assessment_id)
    return list(session.scalars(select(MeasureCheck).where(*mine).order_by(MeasureCheck.id)))


def is_checked(session: Session, report_id: int) -> bool:
    """Whether anything was checked for a report."""
    of = select(MeasureCheck.id).where(MeasureCheck.report_id == report_id).limit(1)
    return session.scalar(of) is not None


def findings(session: Session, key: str) -> Row[HandlingReport, int, int] | None:
    """(report, measures not carried out, in part) of the newest report that checked the document of
    a key; None where nothing was checked."""
    return session.execute(
        select(HandlingReport, _number_of(NOT_DONE), _number_of(PART))
        .join(MeasureCheck, MeasureCheck.report_id == HandlingReport.id)
        .join(Assessment, Assessment.id == MeasureCheck.assessment_id)
        .where(and_(Assessment.key == key, HandlingReport.withdrawn.is_(None), _LATEST))
        .group_by(HandlingReport.id)
        .order_by(HandlingReport.year.desc())
        .limit(1)
    ).first()
