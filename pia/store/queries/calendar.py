"""The calendar as it is asked for: what a city says of its days, days that were chosen, secret
addresses, and the rounds and counts of a span of days.

Knows rows, as many statements for a hundred rounds as for one. Must not know how days are reckoned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import Row, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..rows.assessments import OPEN, Assessment, Round
from ..rows.bodies import Account, Affair, Body, Department, ThresholdFact
from ..rows.calendar import CalendarFeed, ClosingDay, PlannedDay
from ..rows.councils import Sitting
from ..rows.filing import Publication, stands
from . import reviews
from .register import is_main

_ROUNDS = (
    select(Round, Assessment, Affair, Department.name)
    .join(Assessment, Assessment.id == Round.assessment_id)
    .join(Affair, Affair.id == Assessment.affair_id)
    .outerjoin(Department, Department.id == Affair.department_id)
)


def closings(session: Session) -> list[ClosingDay]:
    """What the city says of its days and did not take back, in the order it was said."""
    standing = select(ClosingDay).where(ClosingDay.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(ClosingDay.id)))


def said(session: Session, round_ids: Iterable[int]) -> Sequence[Row[int, str, date, date, bool]]:
    """(0, name, first, last, whether the office is open) of what the city says of its days, in the
    order it was said, and (round, step, day, day, false) of the days chosen for these rounds."""
    days = select(
        literal(0).label("round"),
        ClosingDay.id.label("place"),
        ClosingDay.name,
        ClosingDay.first,
        ClosingDay.last,
        ClosingDay.opened,
    ).where(ClosingDay.withdrawn.is_(None))
    steps = select(
        PlannedDay.round_id,
        PlannedDay.id,
        PlannedDay.step,
        PlannedDay.day,
        PlannedDay.day,
        false(),
    ).where(PlannedDay.round_id.in_(list(round_ids)), PlannedDay.withdrawn.is_(None))
    both = union_all(days, steps).subquery()
    column = both.c
    return session.execute(
        select(column.round, column.name, column.first, column.last, column.opened).order_by(
            column.round, column.place
        )
    ).all()


def chosen(session: Session, round_ids: Iterable[int]) -> Sequence[Row[PlannedDay, str | None]]:
    """(day that was chosen, how its author is shown) of these rounds."""
    standing = (
        select(PlannedDay, Account.shown)
        .outerjoin(Account, Account.name == PlannedDay.actor)
        .where(PlannedDay.round_id.in_(list(round_ids)), PlannedDay.withdrawn.is_(None))
    )
    return session.execute(standing.order_by(PlannedDay.id)).all()


def chosen_for(session: Session, round_id: int, step: str) -> PlannedDay | None:
    """The day that stands chosen for a step of a round; None where the computed one counts."""
    return session.scalars(
        select(PlannedDay).where(
            PlannedDay.round_id == round_id,
            PlannedDay.step == step,
            PlannedDay.withdrawn.is_(None),
        )
    ).first()


def round_rows(
    session: Session, round_ids: Iterable[int]
) -> Sequence[Row[Round, Assessment, Affair, str | None]]:
    """(round, assessment, affair, name of its department) of these rounds."""
    return session.execute(_ROUNDS.where(Round.id.in_(list(round_ids))).order_by(Round.id)).all()


def rounds_between(
    session: Session, first: date, last: date, body: int | None, department: int | None, most: int
) -> Sequence[Row[Round, Assessment, Affair, str | None]]:
    """(round, assessment, affair, name of its department) of the rounds that run or were published
    from `first` to `last`, of a body or a department where one is named, at most `most`."""
    published = select(Publication.round_id).where(
        Publication.day.between(first, last), Publication.round_id.is_not(None), stands()
    )
    running = select(Round.id).where(OPEN)
    query = _ROUNDS.where(or_(Round.id.in_(running), Round.id.in_(published)))
    if body is not None:
        query = query.where(Affair.body_id == body)
    if department is not None:
        query = query.where(Affair.department_id == department)
    order = query.order_by(Round.change_date.is_(None), Round.change_date, Round.id)
    return session.execute(order.limit(most)).all()


def sittings_between(session: Session, first: date, last: date) -> list[Sitting]:
    """The sittings from `first` to `last` that were not taken back, by day."""
    held = select(Sitting).where(Sitting.day.between(first, last), Sitting.withdrawn.is_(None))
    return list(session.scalars(held.order_by(Sitting.day, Sitting.id)))


def reassessed_days(
    session: Session, body: int | None, department: int | None
) -> Sequence[Row[date | None, date | None, date | None, int]]:
    """(day of the last 実施 or 再実施, of the last 年次見直し, day the affair ended, how many) of
    the affairs whose main document was published."""
    reviewed = reviews.last_by_affair()
    query = (
        select(Assessment.reassessed, reviewed.c.day, Affair.ended, func.count())
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(reviewed, reviewed.c.affair_id == Affair.id)
        .where(
            is_main(Assessment),
            Assessment.withdrawn.is_(None),
            Affair.withdrawn.is_(None),
            Assessment.reassessed.is_not(None),
        )
        .group_by(Assessment.reassessed, reviewed.c.day, Affair.ended)
    )
    if body is not None:
        query = query.where(Affair.body_id == body)
    if department is not None:
        query = query.where(Affair.department_id == department)
    return session.execute(query).all()


DutyRow = Row[str | None, str, date | None, date | None, date | None]


def duty_rows(session: Session) -> Iterator[DutyRow]:
    """(name of the department, affair, day of the last 実施 or 再実施 of its main document, of the
    last 年次見直し, day the affair ended) of every affair that was published, read a page at a
    time."""
    reviewed = reviews.last_by_affair()
    rows = session.execute(
        select(Department.name, Affair.name, Assessment.reassessed, reviewed.c.day, Affair.ended)
        .select_from(Assessment)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(reviewed, reviewed.c.affair_id == Affair.id)
        .outerjoin(Department, Department.id == Affair.department_id)
        .where(
            is_main(Assessment),
            Assessment.withdrawn.is_(None),
            Affair.withdrawn.is_(None),
            Assessment.reassessed.is_not(None),
        )
        .order_by(Assessment.id)
        .execution_options(yield_per=5_000)
    )
    yield from rows


def running_ids(session: Session) -> list[int]:
    """The rounds that run, each of a main document, in the order they began."""
    running = (
        select(Round.id)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Round.id.in_(select(Round.id).where(OPEN)), is_main(Assessment))
    )
    return list(session.scalars(running.order_by(Round.id)))


def closings_said(session: Session) -> Sequence[Row[ClosingDay, str | None]]:
    """(what the city says of its days, how its author is shown), the latest days first."""
    standing = (
        select(ClosingDay, Account.shown)
        .outerjoin(Account, Account.name == ClosingDay.actor)
        .where(ClosingDay.withdrawn.is_(None))
    )
    return session.execute(standing.order_by(ClosingDay.first.desc(), ClosingDay.id.desc())).all()


def bodies(session: Session) -> Sequence[Row[int, str]]:
    """(number, name) of every 評価実施機関."""
    return session.execute(select(Body.id, Body.name).order_by(Body.id)).all()


def departments(session: Session) -> Sequence[Row[int, str, str]]:
    """(number, name, name of its body) of every department that has an affair."""
    return session.execute(
        select(Department.id, Department.name, Body.name)
        .join(Body, Body.id == Department.body_id)
        .where(Department.id.in_(select(Affair.department_id)))
        .order_by(Body.id, Department.position, Department.id)
    ).all()


def counts_near(
    session: Session, spans: Sequence[tuple[int, int]], most: int
) -> Sequence[Row[Affair, int, date]]:
    """(affair, its last count of people, the day of it) of the affairs whose last count lies in one
    of these spans (from, below), at most `most`."""
    last = select(func.max(ThresholdFact.id)).group_by(ThresholdFact.affair_id)
    within = [
        (ThresholdFact.people >= first) & (ThresholdFact.people < bound) for first, bound in spans
    ]
    return session.execute(
        select(Affair, ThresholdFact.people, ThresholdFact.counted_people)
        .join(ThresholdFact, ThresholdFact.affair_id == Affair.id)
        .where(
            ThresholdFact.id.in_(last),
            or_(*within),
            Affair.ended.is_(None),
            Affair.withdrawn.is_(None),
        )
        .order_by(ThresholdFact.people.desc(), Affair.id)
        .limit(most)
    ).all()


def feeds_of(session: Session, name: str) -> list[CalendarFeed]:
    """The secret addresses of the account of a name that were not given up."""
    mine = (
        select(CalendarFeed)
        .join(Account, Account.id == CalendarFeed.account_id)
        .where(Account.name == name, CalendarFeed.revoked.is_(None))
    )
    return list(session.scalars(mine.order_by(CalendarFeed.id)))


def reader_of(session: Session, digest: str) -> Row[Account, str | None] | None:
    """(account, name of its department) that a secret address belongs to; None where there is no
    such address, it was given up, or the account is closed."""
    return session.execute(
        select(Account, Department.name)
        .join(CalendarFeed, CalendarFeed.account_id == Account.id)
        .outerjoin(Department, Department.id == Account.department_id)
        .where(
            CalendarFeed.digest == digest,
            CalendarFeed.revoked.is_(None),
            Account.active.is_(True),
        )
    ).first()
