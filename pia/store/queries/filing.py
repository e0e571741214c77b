"""Submissions and publications, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Affair
from ..rows.corrections import standing
from ..rows.filing import OutwardDate, Publication, Submission, stands
from .affair_ends import closed


def outward_dates(session: Session, round_id: int) -> list[OutwardDate]:
    """The other days of a publication of a round, in the order they were written down."""
    return list(
        session.scalars(
            select(OutwardDate)
            .where(OutwardDate.round_id == round_id, standing(OutwardDate))
            .order_by(OutwardDate.id)
        )
    )


def publications(session: Session) -> list[Publication]:
    """Every publication that stands."""
    return list(session.scalars(select(Publication).where(stands())))


def last_whole_publication(session: Session, assessment_id: int) -> Publication | None:
    """The latest publication of an assessment that was no mere 修正; None before the first."""
    return session.scalars(
        select(Publication)
        .join(Version, Version.id == Publication.version_id)
        .outerjoin(Round, Round.id == Publication.round_id)
        .where(
            Version.assessment_id == assessment_id,
            Round.id.is_(None) | (Round.kind == "REASSESSMENT"),
            stands(),
        )
        .order_by(Publication.id.desc())
    ).first()


def published_until(session: Session, assessment_id: int, day: date) -> list[Publication]:
    """The publications of an assessment up to a day, oldest first; none once the publication of its
    affair was over."""
    return list(
        session.scalars(
            select(Publication)
            .join(Version, Version.id == Publication.version_id)
            .where(Version.assessment_id == assessment_id, Publication.day <= day, stands())
            .where(~closed(assessment_id, day))
            .order_by(Publication.id)
        )
    )


def last_publication_of_round(session: Session, round_id: int) -> Publication | None:
    """The latest publication of a round; None before the first."""
    return session.scalars(
        select(Publication)
        .where(Publication.round_id == round_id, stands())
        .order_by(Publication.id.desc())
    ).first()


def publications_of_rounds(session: Session, round_ids: Iterable[int]) -> list[Publication]:
    """The publications of these rounds, oldest first."""
    return list(
        session.scalars(
            select(Publication)
            .where(Publication.round_id.in_(round_ids), stands())
            .order_by(Publication.id)
        )
    )


def last_publication_of_version(session: Session, version_id: int) -> Publication | None:
    """The latest publication of a version; None before the first."""
    return session.scalars(
        select(Publication)
        .where(Publication.version_id == version_id, stands())
        .order_by(Publication.id.desc())
    ).first()


def submissions(session: Session) -> list[Submission]:
    """Every submission."""
    return list(session.scalars(select(Submission)))


def submissions_of_round(session: Session, round_id: int) -> list[Submission]:
    """The submissions of a round, oldest first."""
    return list(
        session.scalars(
            select(Submission).where(Submission.round_id == round_id).order_by(Submission.id)
        )
    )


def last_submission_of_round(session: Session, round_id: int) -> Submission | None:
    """The latest submission of a round; None before the first."""
    return session.scalars(
        select(Submission).where(Submission.round_id == round_id).order_by(Submission.id.desc())
    ).first()


def submissions_of_rounds(session: Session, round_ids: Iterable[int]) -> list[Submission]:
    """The submissions of these rounds, oldest first."""
    return list(
        session.scalars(
            select(Submission).where(Submission.round_id.in_(round_ids)).order_by(Submission.id)
        )
    )


def last_submission_of_rounds(session: Session, round_ids: Iterable[int]) -> Submission | None:
    """The latest submission of any of these rounds; None before the first."""
    return session.scalars(
        select(Submission).where(Submission.round_id.in_(round_ids)).order_by(Submission.id.desc())
    ).first()


def days_of_body(session: Session, body_id: int) -> list[date]:
    """The days the assessments of a body were published."""
    mine = (
        select(Assessment.id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Affair.body_id == body_id)
    )
    versions = select(Version.id).where(Version.assessment_id.in_(mine))
    return list(
        session.scalars(
            select(Publication.day).where(Publication.version_id.in_(versions), stands())
        )
    )


def published_since(session: Session, assessment_id: int, at: datetime) -> int | None:
    """A publication of an assessment since an instant; None when there was none."""
    return session.scalar(
        select(Publication.id)
        .join(Version, Version.id == Publication.version_id)
        .where(Version.assessment_id == assessment_id, Publication.at >= at, stands())
        .limit(1)
    )


def publication_of_version(session: Session, version_id: int) -> int | None:
    """A publication of a version; None when it was never published."""
    return session.scalar(
        select(Publication.id).where(Publication.version_id == version_id, stands()).limit(1)
    )


def submitted_since(session: Session, assessment_id: int, at: datetime) -> int | None:
    """A submission of an assessment since an instant; None when there was none."""
    return session.scalar(
        select(Submission.id)
        .join(Round, Round.id == Submission.round_id)
        .where(Round.assessment_id == assessment_id, Submission.at >= at)
        .limit(1)
    )


def last_submitted_version(session: Session, round_id: int) -> int | None:
    """The version a round submitted last; None before it."""
    return session.scalar(
        select(Submission.version_id)
        .where(Submission.round_id == round_id)
        .order_by(Submission.id.desc())
        .limit(1)
    )


def with_assessments(session: Session) -> Sequence[Row[int, int, int]]:
    """(assessment, publication, version) of every publication, oldest first."""
    return session.execute(
        select(Version.assessment_id, Publication.id, Publication.version_id)
        .join(Version, Version.id == Publication.version_id)
        .where(stands())
        .order_by(Publication.id)
    ).all()


def last_sent(session: Session, round_id: int) -> str | None:
    """How a round was submitted last; None before it."""
    return session.scalars(
        select(Submission.sent)
        .where(Submission.round_id == round_id)
        .order_by(Submission.id.desc())
    ).first()


def last_submissions(session: Session, assessment_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these assessments was submitted last, by assessment; those that were."""
    last = (
        select(Round.assessment_id, func.max(Submission.id).label("last"))
        .join(Submission, Submission.round_id == Round.id)
        .where(Round.assessment_id.in_(assessment_ids))
        .group_by(Round.assessment_id)
        .subquery()
    )
    rows = select(last.c.assessment_id, Submission.at).join(
        Submission, Submission.id == last.c.last
    )
    return dict(session.execute(rows).all())


def publications_in_rounds(session: Session) -> list[Publication]:
    """Every publication of a round, oldest first."""
    of = select(Publication).where(Publication.round_id.is_not(None)).order_by(Publication.id)
    return list(session.scalars(of))


def published_before(session: Session) -> Sequence[Row[Publication, str]]:
    """(publication, key of its assessment) of what was public before the program came, oldest
    first."""
    return session.execute(
        select(Publication, Assessment.key)
        .join(Version, Version.id == Publication.version_id)
        .join(Assessment, Assessment.id == Version.assessment_id)
        .where(Publication.round_id.is_(None), stands())
        .order_by(Publication.id)
    ).all()


def all_publications_of_round(session: Session, round_id: int) -> list[Publication]:
    """The publications of a round, also those that were taken back, oldest first."""
    of = select(Publication).where(Publication.round_id == round_id).order_by(Publication.id)
    return list(session.scalars(of))


def without_round(session: Session, assessment_id: int) -> list[Publication]:
    """The publications of an assessment from before this program was there that stand, oldest
    first."""
    return list(
        session.scalars(
            select(Publication)
            .join(Version, Version.id == Publication.version_id)
            .where(Version.assessment_id == assessment_id, Publication.round_id.is_(None), stands())
            .order_by(Publication.id)
        )
    )


def last_day(session: Session, assessment_id: int, whole: bool) -> date | None:
    """The day an assessment was last published; `whole`: by what was no mere 修正."""
    of = (
        select(Publication.day)
        .join(Version, Version.id == Publication.version_id)
        .outerjoin(Round, Round.id == Publication.round_id)
        .where(Version.assessment_id == assessment_id, stands())
        .order_by(Publication.id.desc())
        .limit(1)
    )
    if whole:
        of = of.where(Round.id.is_(None) | (Round.kind == "REASSESSMENT"))
    return session.scalar(of)


def all_days_of(session: Session, round_id: int) -> list[int]:
    """The numbers of all days of a round, also of those that were taken back."""
    return list(session.scalars(select(OutwardDate.id).where(OutwardDate.round_id == round_id)))


def all_without_round(session: Session, assessment_id: int) -> list[int]:
    """The numbers of all publications of an assessment from before this program was there, also of
    those that were taken back."""
    of = select(Publication.id).join(Version, Version.id == Publication.version_id)
    mine = (Version.assessment_id == assessment_id, Publication.round_id.is_(None))
    return list(session.scalars(of.where(*mine)))
