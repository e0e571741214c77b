"""The register as it is asked for: which affairs answer a filter, a page of them, what falls due.

Filters and pages in the database, so that a page costs what it shows. Must not know the words of
the procedure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import OPEN, Assessment, Round, RoundEvent, Version
from ..rows.bodies import Affair, Department
from ..rows.consultations import Consultation, consultation_round
from ..sql import folded, member
from . import reviews

NO_DEPARTMENT = "-"  # asked for as a department: the affairs that have none


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for, folded (`sql.fold`), and the kinds of document whose name has
    it."""

    text: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AffairFilter:
    """What a list is asked for: the name of a department (`NO_DEPARTMENT` for none), how documents
    stand ("open", "published" without a running round, "none": never published, "due": last
    reassessed by the day `due_by` and not reviewed after it, or last reassessed by the day
    `warned_by`, so that something falls due), and words. Empty: all.
    """

    department: str = ""
    stand: str = ""
    words: tuple[Word, ...] = ()
    due_by: date | None = None
    warned_by: date | None = None

    @property
    def any(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.department or self.stand or self.words)


def _running() -> ColumnElement[bool]:
    """The affairs with a round that runs; there are few, so they are gathered once."""
    running = (
        select(Assessment.affair_id)
        .select_from(Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(OPEN)
    )
    return Affair.id.in_(running)


def _ever_published() -> ColumnElement[bool]:
    """The affairs of which a document was ever made public."""
    document = aliased(Assessment)
    return exists().where(document.affair_id == Affair.id, document.published.is_not(None))


def _says(word: Word) -> ColumnElement[bool]:
    """Whether an affair, its department, a document or a running round is called so."""

    def has(column: Any) -> ColumnElement[bool]:
        return folded(column).contains(word.text, autoescape=True)

    assessment = aliased(Assessment)
    named = or_(has(assessment.key), assessment.kind.in_(word.kinds))
    document = exists().where(
        assessment.affair_id == Affair.id, assessment.withdrawn.is_(None), named
    )
    titled = (
        select(Assessment.affair_id)
        .select_from(Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(RoundEvent, and_(RoundEvent.round_id == Round.id, RoundEvent.seq == 1))
        .where(
            Round.id.in_(select(Round.id).where(OPEN)),
            has(member(RoundEvent.facts, literal("title"))),
        )
    )
    names = (has(Affair.name), has(Affair.number), has(Department.name))
    return or_(*names, document, Affair.id.in_(titled))


def is_main(document: Any) -> ColumnElement[bool]:
    """Whether a document is the one its affair is judged by: that beyond the 基礎項目評価書, or
    this one where it stands alone."""
    beyond = aliased(Assessment)
    others = exists().where(
        beyond.affair_id == document.affair_id,
        beyond.kind != "basic_item",
        beyond.withdrawn.is_(None),
    )
    return or_(document.kind != "basic_item", ~others)


def _asked(wanted: AffairFilter, query: Select[Any]) -> Select[Any]:
    """A query over affairs and their departments, narrowed to those that answer a filter."""
    if wanted.department == NO_DEPARTMENT:
        query = query.where(Affair.department_id.is_(None))
    elif wanted.department:
        query = query.where(Department.name == wanted.department)
    if wanted.stand == "open":
        query = query.where(_running())
    if wanted.stand == "published":
        query = query.where(~_running(), _ever_published())
    if wanted.stand == "none":
        query = query.where(~_running(), ~_ever_published())
    if wanted.stand == "due":
        late = aliased(Assessment)
        fits = (late.affair_id == Affair.id, is_main(late), late.withdrawn.is_(None))
        query = query.where(Affair.ended.is_(None), ~_running())
        looked_at = reviews.confirmed_after(Affair.id, wanted.due_by)
        old = [and_(late.reassessed <= wanted.due_by, ~looked_at)]
        if wanted.warned_by is not None:
            old.append(late.reassessed <= wanted.warned_by)
        query = query.where(exists().where(*fits, or_(*old)))
    for word in wanted.words:
        query = query.where(_says(word))
    return query


def _with_departments(*columns: Any) -> Select[Any]:
    """A query of these columns over affairs and their departments."""
    return (
        select(*columns)
        .select_from(Affair)
        .outerjoin(Department, Department.id == Affair.department_id)
        .where(Affair.withdrawn.is_(None))
    )


def count(session: Session, wanted: AffairFilter) -> int:
    """How many affairs answer a filter."""
    return session.scalar(_asked(wanted, _with_departments(func.count(Affair.id)))) or 0


def count_due(session: Session, wanted: AffairFilter) -> tuple[int, date | None]:
    """(how many affairs answer a filter, the earliest day one of them was last reassessed or
    reviewed)."""
    oldest = func.min(_looked_at())
    query = _asked(wanted, _with_departments(func.count(Affair.id), oldest))
    number, reassessed = session.execute(query).one()
    return number, reassessed


def page(
    session: Session, wanted: AffairFilter, first: int, most: int, order: str = ""
) -> Sequence[Row[Affair, Department, int]]:
    """(affair, department or None, how many there are) of some of the affairs that answer a filter,
    from the one of number `first` (from 0), in an order of `ORDERS`, else as they were registered.
    """
    query = _asked(wanted, _with_departments(Affair, Department, func.count().over()))
    if order in ORDERS:
        query = ORDERS[order](query)
    return session.execute(query.order_by(Affair.id).offset(first).limit(most)).all()


def _last(column: Any) -> tuple[ColumnElement[Any], ...]:
    """What orders by a column, what has nothing there behind all others on both databases."""
    return case((column.is_(None), 1), else_=0), column


def _by_due(query: Select[Any]) -> Select[Any]:
    """Those with a running round first, the one whose consultation or change is nearest at the
    head; then those last reassessed or reviewed longest ago; last what was never published."""
    ends = (
        select(consultation_round.c.round_id, func.max(Consultation.end).label("day"))
        .join(Consultation, Consultation.id == consultation_round.c.consultation_id)
        .group_by(consultation_round.c.round_id)
        .subquery()
    )
    day = case((Round.state == "CONSULTING", ends.c.day), else_=Round.change_date)
    running = (
        select(Assessment.affair_id, func.min(day).label("day"))
        .join(Round, Round.assessment_id == Assessment.id)
        .outerjoin(ends, ends.c.round_id == Round.id)
        .where(Round.id.in_(select(Round.id).where(OPEN)))
        .group_by(Assessment.affair_id)
        .subquery()
    )
    query = query.outerjoin(running, running.c.affair_id == Affair.id)
    return query.order_by(
        case((running.c.affair_id.is_(None), 1), else_=0),
        *_last(running.c.day),
        *_last(_looked_at()),
    )


def _looked_at() -> ColumnElement[Any]:
    """The day the main document of an affair was last reassessed, or the affair was reviewed
    after it."""
    reassessed = _of_documents(func.min(Assessment.reassessed))
    reviewed = reviews.last_confirmed(Affair.id)
    return case((reviewed > reassessed, reviewed), else_=reassessed)


def _of_documents(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """One value of the main documents of an affair."""
    of = select(column).where(
        Assessment.affair_id == Affair.id,
        is_main(Assessment),
        Assessment.withdrawn.is_(None),
    )
    return of.scalar_subquery()


def _by_published(query: Select[Any]) -> Select[Any]:
    """The one published last first; what was never published behind all others."""
    published = _of_documents(func.max(Assessment.published))
    return query.order_by(case((published.is_(None), 1), else_=0), published.desc())


# What a list can be put in order by.
ORDERS: dict[str, Callable[[Select[Any]], Select[Any]]] = {
    "due": _by_due,
    "number": lambda query: query.order_by(func.length(Affair.number), Affair.number),
    "name": lambda query: query.order_by(Affair.name),
    "office": lambda query: query.order_by(*_last(Department.position), Department.name),
    "published": _by_published,
}


def departments(session: Session) -> list[str]:
    """The names of the departments that have affairs."""
    of = select(Department.name).where(
        exists().where(Affair.department_id == Department.id, Affair.withdrawn.is_(None))
    )
    return list(session.scalars(of.distinct().order_by(Department.name)))


def documents(
    session: Session, affair_ids: Iterable[int]
) -> Sequence[Row[Assessment, int | None, str | None]]:
    """(assessment, number and form of the head of its main line) of these affairs, in the order
    they were made."""
    return session.execute(
        select(Assessment, Version.seq, Version.form)
        .outerjoin(Version, Version.id == Assessment.head_id)
        .where(Assessment.affair_id.in_(affair_ids), Assessment.withdrawn.is_(None))
        .order_by(Assessment.affair_id, Assessment.id)
    ).all()


def reassessed_between(
    session: Session, wanted: AffairFilter, periods: Sequence[tuple[date, date]], most: int
) -> Sequence[Row[Affair, Assessment]]:
    """(affair, its main document) of the affairs that answer a filter, have not ended and were last
    reassessed in one of these periods or reviewed in the first of them, at most `most`."""
    inside: list[ColumnElement[bool]] = [reviews.confirmed_between(Affair.id, *periods[0])]
    for first, last in periods:
        inside.append(Assessment.reassessed.between(first, last))
    query = (
        _with_departments(Affair, Assessment)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .where(
            is_main(Assessment),
            Assessment.withdrawn.is_(None),
            Affair.ended.is_(None),
            or_(*inside),
        )
    )
    return session.execute(_asked(wanted, query).order_by(Assessment.id).limit(most)).all()
