"""年次見直し as it is asked for: campaigns, what they ask about, what was answered, and when an
affair was reviewed last.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Subquery, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Account, Affair, Body, Department
from ..rows.reviews import (
    CHANGED,
    ENDED,
    ReviewAffair,
    ReviewAnswer,
    ReviewCampaign,
    ReviewReminder,
)

_STANDS = ReviewAnswer.withdrawn.is_(None)


def last_reviewed(
    session: Session, affairs: Iterable[int], until: date | None = None
) -> dict[int, date]:
    """Affair → the day its 所属長 last confirmed a 年次見直し, up to the day `until`; those that
    were never reviewed are not in it."""
    of = select(ReviewAnswer.affair_id, func.max(ReviewAnswer.confirmed)).where(
        ReviewAnswer.affair_id.in_(affairs), ReviewAnswer.confirmed.is_not(None), _STANDS
    )
    if until is not None:
        of = of.where(ReviewAnswer.confirmed <= until)
    rows = session.execute(of.group_by(ReviewAnswer.affair_id))
    return {affair: day for affair, day in rows if day is not None}


def confirmed_after(affair_id: Any, day: Any) -> ColumnElement[bool]:
    """Whether a review of an affair was confirmed after a day."""
    return exists().where(
        ReviewAnswer.affair_id == affair_id, ReviewAnswer.confirmed > day, _STANDS
    )


def confirmed_between(affair_id: Any, first: date, last: date) -> ColumnElement[bool]:
    """Whether a review of an affair was confirmed on one of these days."""
    mine = (ReviewAnswer.affair_id == affair_id, ReviewAnswer.confirmed.between(first, last))
    return exists().where(*mine, _STANDS)


def last_confirmed(affair_id: Any) -> ScalarSelect[date | None]:
    """The day a review of an affair was confirmed last, as a value of a query over affairs."""
    of = select(func.max(ReviewAnswer.confirmed)).where(
        ReviewAnswer.affair_id == affair_id, _STANDS
    )
    return of.scalar_subquery()


def last_by_affair() -> Subquery:
    """(affair_id, day) of the review confirmed last of every affair that has one, to be joined."""
    return (
        select(ReviewAnswer.affair_id, func.max(ReviewAnswer.confirmed).label("day"))
        .where(ReviewAnswer.confirmed.is_not(None), _STANDS)
        .group_by(ReviewAnswer.affair_id)
        .subquery()
    )


def of_affair(session: Session, affair_id: int) -> Sequence[Row[ReviewAnswer, ReviewCampaign]]:
    """(answer, its campaign) of every answer of an affair, also those taken back, newest first."""
    return session.execute(
        select(ReviewAnswer, ReviewCampaign)
        .join(ReviewCampaign, ReviewCampaign.id == ReviewAnswer.campaign_id)
        .where(ReviewAnswer.affair_id == affair_id)
        .order_by(ReviewAnswer.id.desc())
    ).all()


def campaigns(session: Session) -> list[ReviewCampaign]:
    """The campaigns that stand, the newest first."""
    there = select(ReviewCampaign).where(ReviewCampaign.withdrawn.is_(None))
    return list(
        session.scalars(there.order_by(ReviewCampaign.year.desc(), ReviewCampaign.id.desc()))
    )


def of_year(session: Session, year: int) -> ReviewCampaign | None:
    """The campaign of a 年度 that stands; None where there is none."""
    mine = (ReviewCampaign.year == year, ReviewCampaign.withdrawn.is_(None))
    return session.scalar(select(ReviewCampaign).where(*mine))


def counts(session: Session) -> dict[int, tuple[int, int, int]]:
    """Campaign → (affairs asked about, answered, confirmed)."""
    rows = session.execute(
        select(
            ReviewAffair.campaign_id,
            func.count(),
            func.count(ReviewAnswer.id),
            func.count(ReviewAnswer.confirmed),
        )
        .outerjoin(
            ReviewAnswer,
            (ReviewAnswer.campaign_id == ReviewAffair.campaign_id)
            & (ReviewAnswer.affair_id == ReviewAffair.affair_id)
            & _STANDS,
        )
        .group_by(ReviewAffair.campaign_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


AskedRow = Row[Affair, Body, Department | None, ReviewAnswer | None]


def asked(session: Session, campaign_id: int) -> Sequence[AskedRow]:
    """(affair, its body, its department, the answer that stands) of all a campaign asks about, by
    body, department and number."""
    return session.execute(
        select(Affair, Body, Department, ReviewAnswer)
        .join(ReviewAffair, ReviewAffair.affair_id == Affair.id)
        .join(Body, Body.id == Affair.body_id)
        .outerjoin(Department, Department.id == Affair.department_id)
        .outerjoin(
            ReviewAnswer,
            (ReviewAnswer.campaign_id == ReviewAffair.campaign_id)
            & (ReviewAnswer.affair_id == Affair.id)
            & _STANDS,
        )
        .where(ReviewAffair.campaign_id == campaign_id, Affair.withdrawn.is_(None))
        .order_by(
            Body.id,
            func.coalesce(Department.position, 0),
            func.coalesce(Department.id, 0),
            func.length(Affair.number),
            Affair.number,
        )
    ).all()


def asks_about(session: Session, campaign_id: int, affair_id: int) -> bool:
    """Whether a campaign asks about an affair."""
    return session.get(ReviewAffair, (campaign_id, affair_id)) is not None


def answer_of(session: Session, campaign_id: int, affair_id: int) -> ReviewAnswer | None:
    """The answer for an affair that stands; None while there is none."""
    mine = (ReviewAnswer.campaign_id == campaign_id, ReviewAnswer.affair_id == affair_id, _STANDS)
    return session.scalar(select(ReviewAnswer).where(*mine))


def is_answered(session: Session, campaign_id: int) -> bool:
    """Whether anything was answered to a campaign and stands."""
    of = select(ReviewAnswer.id).where(ReviewAnswer.campaign_id == campaign_id, _STANDS)
    return session.scalar(of.limit(1)) is not None


def reminders(session: Session, campaign_id: int) -> list[ReviewReminder]:
    """The 督促 of a campaign that stand, oldest first."""
    of = select(ReviewReminder).where(
        ReviewReminder.campaign_id == campaign_id, ReviewReminder.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(ReviewReminder.day, ReviewReminder.id)))


def all_numbers(session: Session, campaign_id: int) -> tuple[list[int], list[int]]:
    """The numbers of all answers and of all 督促 of a campaign, also of those taken back."""
    answers = select(ReviewAnswer.id).where(ReviewAnswer.campaign_id == campaign_id)
    reminders = select(ReviewReminder.id).where(ReviewReminder.campaign_id == campaign_id)
    return list(session.scalars(answers)), list(session.scalars(reminders))


def to_ask(session: Session) -> list[int]:
    """The affairs a campaign asks about: those that run and of which a document is published."""
    published = exists().where(
        Assessment.affair_id == Affair.id,
        Assessment.published.is_not(None),
        Assessment.withdrawn.is_(None),
    )
    of = select(Affair.id).where(Affair.withdrawn.is_(None), Affair.ended.is_(None), published)
    return list(session.scalars(of.order_by(Affair.id)))


def heads(session: Session) -> dict[int, str]:
    """Department → the name of its 所属長 who can sign in; those without are not in it."""
    rows = session.execute(
        select(Account.department_id, Account.shown)
        .where(Account.role == "head", Account.active.is_(True), Account.department_id.is_not(None))
        .order_by(Account.id.desc())
    )
    return {department: shown for department, shown in rows if department is not None}


def running_rounds(session: Session, affair_ids: Iterable[int]) -> dict[int, list[Round]]:
    """Affair → its rounds that run, oldest first."""
    rows = session.execute(
        select(Assessment.affair_id, Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Assessment.affair_id.in_(affair_ids), Round.state.not_in(("PUBLISHED", "WITHDRAWN")))
        .order_by(Round.id)
    )
    found: dict[int, list[Round]] = {}
    for affair, round_ in rows:
        found.setdefault(affair, []).append(round_)
    return found


def rounds_named(session: Session, campaign_id: int) -> list[Round]:
    """The rounds the answers to a campaign name."""
    of = select(Round).join(ReviewAnswer, ReviewAnswer.round_id == Round.id)
    return list(session.scalars(of.where(ReviewAnswer.campaign_id == campaign_id, _STANDS)))


OpenRow = Row[ReviewCampaign, Affair, Department | None, ReviewAnswer | None]


def waiting(session: Session) -> Sequence[OpenRow]:
    """(campaign, affair, its department, the answer that stands) of what the latest campaign waits
    for: answers, confirmations, and what follows from one that is confirmed (a round where
    something changed, the end of an affair)."""
    latest = select(func.max(ReviewCampaign.year)).where(ReviewCampaign.withdrawn.is_(None))
    begun = exists().where(
        Assessment.affair_id == Affair.id,
        Round.assessment_id == Assessment.id,
        or_(Round.state.not_in(("PUBLISHED", "WITHDRAWN")), Round.at > ReviewAnswer.at),
    )
    follows = or_(
        ReviewAnswer.confirmed.is_(None),
        ReviewAnswer.kind == ENDED,
        and_(ReviewAnswer.kind == CHANGED, ReviewAnswer.round_id.is_(None), ~begun),
    )
    return session.execute(
        select(ReviewCampaign, Affair, Department, ReviewAnswer)
        .join(ReviewAffair, ReviewAffair.campaign_id == ReviewCampaign.id)
        .join(Affair, Affair.id == ReviewAffair.affair_id)
        .outerjoin(Department, Department.id == Affair.department_id)
        .outerjoin(
            ReviewAnswer,
            and_(
                ReviewAnswer.campaign_id == ReviewCampaign.id,
                ReviewAnswer.affair_id == Affair.id,
                _STANDS,
            ),
        )
        .where(
            ReviewCampaign.withdrawn.is_(None),
            ReviewCampaign.year == latest.scalar_subquery(),
            Affair.withdrawn.is_(None),
            Affair.ended.is_(None),
            follows,
        )
        .order_by(ReviewCampaign.id, Affair.id)
    ).all()


# ---- what changed around an affair


def gone_writers(session: Session, affair_ids: Iterable[int]) -> Sequence[Row[int, str]]:
    """(affair, name) of whoever wrote a version of its documents and is no longer there, or in
    another department."""
    left = (Account.active.is_(False)) | (Account.department_id != Affair.department_id)
    return session.execute(
        select(Affair.id, Account.shown)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .join(Version, Version.assessment_id == Assessment.id)
        .join(Account, Account.name == Version.actor)
        .where(Affair.id.in_(affair_ids), Version.role.in_(("drafter", "head")), left)
        .distinct()
        .order_by(Affair.id, Account.shown)
    ).all()
