"""Opinions and questions given to departments, as they are asked for.

Knows rows. Must not know whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from ..rows.assessments import OPEN, Round
from ..rows.assignments import Assignment
from ..rows.bodies import Account, Department
from ..rows.consultations import Adoption, Consultation, Opinion, Response, consultation_round
from ..rows.councils import Answer, Referral, ReferralRound, Remark

AssignmentRow = Row[Assignment, str, Account | None]

_RUNS = Round.id.in_(select(Round.id).where(OPEN))
_OPINION_OPEN = exists().where(
    Opinion.id == Assignment.opinion_id,
    Opinion.withdrawn.is_(None),
    Opinion.recalled.is_(None),
    ~exists().where(Response.opinion_id == func.coalesce(Opinion.like_id, Opinion.id)),
    ~exists().where(Adoption.opinion_id == Opinion.id),
    consultation_round.c.consultation_id == Opinion.consultation_id,
    consultation_round.c.round_id == Round.id,
    _RUNS,
)
_REMARK_OPEN = exists().where(
    Remark.id == Assignment.remark_id,
    Remark.withdrawn.is_(None),
    ~exists().where(Answer.remark_id == Remark.id, Answer.withdrawn.is_(None)),
    ReferralRound.referral_id == Remark.referral_id,
    ReferralRound.round_id == Round.id,
    _RUNS,
)
# Whether nobody has answered what was given, in a case that still runs.
WAITS: ColumnElement[bool] = and_(Assignment.withdrawn.is_(None), or_(_OPINION_OPEN, _REMARK_OPEN))


def of_opinions(session: Session, opinion_ids: Iterable[int]) -> Sequence[AssignmentRow]:
    """(assignment, name of its department, account of its person) of these opinions."""
    return session.execute(_named(Assignment.opinion_id.in_(opinion_ids))).all()


def of_remarks(session: Session, remark_ids: Iterable[int]) -> Sequence[AssignmentRow]:
    """(assignment, name of its department, account of its person) of these questions."""
    return session.execute(_named(Assignment.remark_id.in_(remark_ids))).all()


def _named(which: ColumnElement[bool]) -> Select[Assignment, str, Account | None]:
    """The assignments that stand, with whom they name."""
    return (
        select(Assignment, Department.name, Account)
        .join(Department, Department.id == Assignment.department_id)
        .outerjoin(Account, Account.name == Assignment.account)
        .where(which, Assignment.withdrawn.is_(None))
        .order_by(Assignment.id)
    )


WaitingAssignment = Row[
    Assignment, Account | None, int | None, int | None, str | None, int | None, str | None
]


def waiting(session: Session) -> Sequence[WaitingAssignment]:
    """(assignment, account of its person, number of the opinion, its consultation and the title of
    that, referral of the question and its title) of what nobody has answered, the earliest day
    first."""
    return session.execute(
        select(
            Assignment,
            Account,
            Opinion.number,
            Consultation.id,
            Consultation.title,
            Referral.id,
            Referral.title,
        )
        .outerjoin(Account, Account.name == Assignment.account)
        .outerjoin(Opinion, Opinion.id == Assignment.opinion_id)
        .outerjoin(Consultation, Consultation.id == Opinion.consultation_id)
        .outerjoin(Remark, Remark.id == Assignment.remark_id)
        .outerjoin(Referral, Referral.id == Remark.referral_id)
        .where(WAITS)
        .order_by(Assignment.until, Assignment.id)
    ).all()


def count_waiting_in(session: Session, department_id: int) -> int:
    """How much that was given to a department nobody has answered."""
    of = select(func.count(Assignment.id)).where(WAITS, Assignment.department_id == department_id)
    return session.scalar(of) or 0


def standing_of(session: Session, kind: str, number: int) -> Assignment | None:
    """The assignment of an opinion ("opinion") or a question ("remark"); None where nobody was
    asked."""
    column = Assignment.opinion_id if kind == "opinion" else Assignment.remark_id
    of = select(Assignment).where(column == number, Assignment.withdrawn.is_(None))
    return session.scalars(of.order_by(Assignment.id.desc()).limit(1)).first()


def is_answered(session: Session, kind: str, number: int) -> bool:
    """Whether an opinion or a question has an answer."""
    of = exists().where(Response.opinion_id == number)
    if kind == "remark":
        of = exists().where(Answer.remark_id == number, Answer.withdrawn.is_(None))
    return bool(session.scalar(select(of)))


def counts_of(session: Session, accounts: Iterable[str]) -> dict[str, int]:
    """How much each of these people was asked for and nobody has answered."""
    of = select(Assignment.account, func.count()).where(WAITS, Assignment.account.in_(accounts))
    return dict(session.execute(of.group_by(Assignment.account)).all())
