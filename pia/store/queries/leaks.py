"""Cases of 漏えい等 as they are asked for.

Knows rows. Must not know what a law asks of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment
from ..rows.bodies import Account, Body, Department
from ..rows.councils import Sitting
from ..rows.leaks import (
    LeakCase,
    LeakEffect,
    LeakFact,
    LeakGiven,
    LeakQuestion,
    LeakReply,
    LeakReport,
)

_STANDS = LeakCase.withdrawn.is_(None)


def listed(session: Session) -> Sequence[Row[LeakCase, Body, Department]]:
    """(case, its body, its department) of those that stand, the last registered first."""
    return session.execute(
        select(LeakCase, Body, Department)
        .join(Body, Body.id == LeakCase.body_id)
        .join(Department, Department.id == LeakCase.department_id)
        .where(_STANDS)
        .order_by(LeakCase.year.desc(), LeakCase.body_id, LeakCase.serial.desc())
    ).all()


def every(session: Session) -> list[LeakCase]:
    """Every case, also those taken back, the oldest first."""
    return list(session.scalars(select(LeakCase).order_by(LeakCase.id)))


def next_serial(session: Session, body_id: int, year: int) -> int:
    """The number of the next case of a body in a 年度."""
    of = select(func.max(LeakCase.serial)).where(LeakCase.body_id == body_id, LeakCase.year == year)
    return (session.scalar(of) or 0) + 1


def facts(session: Session, case_ids: Iterable[int]) -> dict[int, list[Row[LeakFact, str | None]]]:
    """Case → (fact, how who said it is shown), in the order they were said."""
    found: dict[int, list[Row[LeakFact, str | None]]] = {}
    rows = session.execute(
        select(LeakFact, Account.shown)
        .outerjoin(Account, Account.name == LeakFact.actor)
        .where(LeakFact.case_id.in_(list(case_ids)))
        .order_by(LeakFact.id)
    )
    for row in rows:
        found.setdefault(row[0].case_id, []).append(row)
    return found


def last_fact(session: Session, case_id: int) -> int:
    """The number of the fact of a case that was said last."""
    of = select(func.max(LeakFact.id)).where(LeakFact.case_id == case_id)
    return session.scalars(of).one() or 0


def reports(session: Session, case_ids: Iterable[int]) -> dict[int, list[LeakReport]]:
    """Case → what was reported to the commission and stands, in the order it was."""
    found: dict[int, list[LeakReport]] = {}
    mine = (LeakReport.case_id.in_(list(case_ids)), LeakReport.withdrawn.is_(None))
    for row in session.scalars(select(LeakReport).where(*mine).order_by(LeakReport.id)):
        found.setdefault(row.case_id, []).append(row)
    return found


def given_of_case(session: Session, case_id: int) -> Sequence[Row[LeakGiven, Sitting]]:
    """(what was reported to a council, the sitting) of a case that stands, the first first."""
    return session.execute(
        select(LeakGiven, Sitting)
        .join(Sitting, Sitting.id == LeakGiven.sitting_id)
        .where(LeakGiven.case_id == case_id, LeakGiven.withdrawn.is_(None))
        .order_by(LeakGiven.id)
    ).all()


def given_at(session: Session, sitting_id: int) -> Sequence[Row[LeakGiven, LeakCase]]:
    """(what was reported, the case) at a sitting that stand, by the number of the cases."""
    return session.execute(
        select(LeakGiven, LeakCase)
        .join(LeakCase, LeakCase.id == LeakGiven.case_id)
        .where(LeakGiven.sitting_id == sitting_id, LeakGiven.withdrawn.is_(None), _STANDS)
        .order_by(LeakCase.year, LeakCase.serial, LeakCase.body_id, LeakGiven.id)
    ).all()


def questions(session: Session, given_ids: Iterable[int]) -> list[LeakQuestion]:
    """What was asked about reported cases and stands, in the order it was."""
    mine = (LeakQuestion.given_id.in_(list(given_ids)), LeakQuestion.withdrawn.is_(None))
    return list(session.scalars(select(LeakQuestion).where(*mine).order_by(LeakQuestion.id)))


def replies(session: Session, question_ids: Iterable[int]) -> dict[int, list[LeakReply]]:
    """Question → what was answered and stands, in the order it was."""
    found: dict[int, list[LeakReply]] = {}
    mine = (LeakReply.question_id.in_(list(question_ids)), LeakReply.withdrawn.is_(None))
    for row in session.scalars(select(LeakReply).where(*mine).order_by(LeakReply.id)):
        found.setdefault(row.question_id, []).append(row)
    return found


def of_affair(session: Session, affair_id: int) -> list[LeakCase]:
    """The cases of an affair that stand, the oldest first."""
    mine = (LeakCase.affair_id == affair_id, _STANDS)
    return list(session.scalars(select(LeakCase).where(*mine).order_by(LeakCase.id)))


def of_affairs(session: Session, affair_ids: Iterable[int]) -> dict[int, list[LeakCase]]:
    """Affair → its cases that stand, the oldest first."""
    found: dict[int, list[LeakCase]] = {}
    mine = (LeakCase.affair_id.in_(list(affair_ids)), _STANDS)
    for row in session.scalars(select(LeakCase).where(*mine).order_by(LeakCase.id)):
        found.setdefault(row.affair_id or 0, []).append(row)
    return found


def of_incident(session: Session, incident_id: int) -> list[LeakCase]:
    """The cases that were recorded as a 重大事故."""
    return list(session.scalars(select(LeakCase).where(LeakCase.incident_id == incident_id)))


def effects(session: Session, case_id: int) -> Sequence[Row[LeakEffect, Assessment]]:
    """(what was decided, the document) of a case that stand, in the order it was."""
    return session.execute(
        select(LeakEffect, Assessment)
        .join(Assessment, Assessment.id == LeakEffect.assessment_id)
        .where(LeakEffect.case_id == case_id, LeakEffect.withdrawn.is_(None))
        .order_by(LeakEffect.id)
    ).all()


def texts(session: Session, case_id: int) -> list[LeakFact | LeakReport | LeakQuestion | LeakReply]:
    """Every row of a case whose text may be erased, also of what was taken back."""
    rows: list[LeakFact | LeakReport | LeakQuestion | LeakReply] = []
    rows += session.scalars(
        select(LeakFact).where(LeakFact.case_id == case_id).order_by(LeakFact.id)
    )
    rows += session.scalars(
        select(LeakReport).where(LeakReport.case_id == case_id).order_by(LeakReport.id)
    )
    asked = list(
        session.scalars(
            select(LeakQuestion)
            .join(LeakGiven, LeakGiven.id == LeakQuestion.given_id)
            .where(LeakGiven.case_id == case_id)
            .order_by(LeakQuestion.id)
        )
    )
    rows += asked
    numbers = [question.id for question in asked]
    rows += session.scalars(
        select(LeakReply).where(LeakReply.question_id.in_(numbers)).order_by(LeakReply.id)
    )
    return rows


def of_body(
    session: Session,
    kind: type[LeakFact] | type[LeakReport] | type[LeakQuestion] | type[LeakReply],
    body_id: int,
) -> list[LeakFact | LeakReport | LeakQuestion | LeakReply]:
    """The rows of one kind of the cases of a body, the oldest first."""
    of = select(kind)
    if issubclass(kind, LeakReply):
        of = of.join(LeakQuestion, LeakQuestion.id == kind.question_id)
    if issubclass(kind, LeakReply | LeakQuestion):
        of = of.join(LeakGiven, LeakGiven.id == LeakQuestion.given_id)
        of = of.join(LeakCase, LeakCase.id == LeakGiven.case_id)
    else:
        of = of.join(LeakCase, LeakCase.id == kind.case_id)
    return list(session.scalars(of.where(LeakCase.body_id == body_id).order_by(kind.id)))


def parts(session: Session, case_id: int) -> dict[str, list[int]]:
    """Kind of record → the numbers of those of a case, also of what was taken back."""
    given = list(session.scalars(select(LeakGiven.id).where(LeakGiven.case_id == case_id)))
    asked = list(session.scalars(select(LeakQuestion.id).where(LeakQuestion.given_id.in_(given))))
    return {
        "leak_case": [case_id],
        "leak_report": list(
            session.scalars(select(LeakReport.id).where(LeakReport.case_id == case_id))
        ),
        "leak_given": given,
        "leak_question": asked,
        "leak_reply": list(
            session.scalars(select(LeakReply.id).where(LeakReply.question_id.in_(asked)))
        ),
        "leak_effect": list(
            session.scalars(select(LeakEffect.id).where(LeakEffect.case_id == case_id))
        ),
    }
