"""Versions, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, literal, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, Version
from ..rows.bodies import Affair
from ..rows.filing import Publication, Submission, stands
from ..sql import member


def last_submitted(session: Session, assessment_id: int) -> Version | None:
    """The version of an assessment submitted last; None before the first."""
    return session.scalar(
        select(Version)
        .join(Submission, Submission.version_id == Version.id)
        .where(Version.assessment_id == assessment_id)
        .order_by(Submission.id.desc())
        .limit(1)
    )


def of_round(session: Session, assessment_id: int, round_id: int | None) -> list[Version]:
    """The versions of an assessment made in a round."""
    return list(
        session.scalars(
            select(Version).where(
                Version.assessment_id == assessment_id, Version.round_id == round_id
            )
        )
    )


def first_of_round(session: Session, round_id: int) -> Version | None:
    """The first version of a round; None before one."""
    of = select(Version).where(Version.round_id == round_id).order_by(Version.id).limit(1)
    return session.scalar(of)


def form_moves(session: Session, version_id: int) -> list[dict[str, Any] | None]:
    """What the versions of the same assessment that moved to another form keep of it, oldest
    first."""
    of = select(Version.assessment_id).where(Version.id == version_id).scalar_subquery()
    moved = member(Version.source, literal("form_move")).is_not(None)
    found = select(Version.source).where(Version.assessment_id == of, moved).order_by(Version.id)
    return list(session.scalars(found))


def heads_of_others(
    session: Session, affair_key: str
) -> Sequence[Row[Assessment, Affair, Version]]:
    """(document, affair, head of its main line) of the documents of all affairs but one, those
    published before the others, by affair."""
    return session.execute(
        select(Assessment, Affair, Version)
        .join(Affair, Affair.id == Assessment.affair_id)
        .join(Version, Version.id == Assessment.head_id)
        .where(Affair.key != affair_key, Affair.withdrawn.is_(None), Assessment.withdrawn.is_(None))
        .order_by(Assessment.published.is_(None), Affair.id, Assessment.id)
    ).all()


def before_public(session: Session, version: Version) -> list[Version]:
    """What the round of a version started from and what was published of its assessment up to it,
    oldest first."""
    bases = select(Round.base_id).where(Round.id == version.round_id)
    published = select(Publication.version_id).join(Version, Version.id == Publication.version_id)
    published = published.where(
        Version.assessment_id == version.assessment_id, Version.seq <= version.seq, stands()
    )
    return list(
        session.scalars(
            select(Version)
            .where(Version.id.in_(bases) | Version.id.in_(published))
            .order_by(Version.id)
        )
    )


def last_until(session: Session, round_id: int, at: datetime) -> Version | None:
    """The latest version of a round up to an instant; None when there was none."""
    return session.scalars(
        select(Version)
        .where(Version.round_id == round_id, Version.at <= at)
        .order_by(Version.seq.desc())
    ).first()


def assessment_of(session: Session, version_id: int) -> int:
    """The assessment of a version."""
    return session.scalars(select(Version.assessment_id).where(Version.id == version_id)).one()


def ids_of_assessment(session: Session, assessment_id: int) -> list[int]:
    """The numbers of the versions of an assessment."""
    return list(session.scalars(select(Version.id).where(Version.assessment_id == assessment_id)))


def equal_to(session: Session, assessment_id: int, digest: str) -> int | None:
    """A version of an assessment with a digest; None when there is none."""
    return session.scalar(
        select(Version.id).where(Version.assessment_id == assessment_id, Version.digest == digest)
    )


def last_id_until(session: Session, round_id: int, at: datetime) -> int | None:
    """The latest version of a round up to an instant; None when there was none."""
    return session.scalar(
        select(Version.id)
        .where(Version.round_id == round_id, Version.at <= at)
        .order_by(Version.seq.desc())
        .limit(1)
    )


def digests(session: Session) -> Sequence[Row[int, str]]:
    """(number, digest) of every version."""
    return session.execute(select(Version.id, Version.digest)).all()


def told_of(session: Session, assessment_id: int) -> Sequence[Row[int, str, str]]:
    """(number, form, digest) of every version of an assessment."""
    return session.execute(
        select(Version.id, Version.form, Version.digest).where(
            Version.assessment_id == assessment_id
        )
    ).all()


def manifests(session: Session) -> Sequence[Row[int, bytes]]:
    """(number, manifest) of every version."""
    return session.execute(select(Version.id, Version.manifest)).all()


def rounds(session: Session) -> Sequence[Row[int, int | None]]:
    """(number, round) of every version made in a round."""
    return session.execute(
        select(Version.id, Version.round_id).where(Version.round_id.is_not(None))
    ).all()


def instants_of_rounds(
    session: Session, round_ids: Iterable[int]
) -> Sequence[Row[int | None, datetime]]:
    """(round, when) of every version made in these rounds, oldest first."""
    return session.execute(
        select(Version.round_id, Version.at)
        .where(Version.round_id.in_(round_ids))
        .order_by(Version.id)
    ).all()


def forms_of_rounds(session: Session, round_ids: Iterable[int]) -> list[str]:
    """The forms of the latest versions of these rounds."""
    return list(
        session.scalars(
            select(Version.form)
            .join(Round, Round.head_id == Version.id)
            .where(Round.id.in_(round_ids))
        )
    )


def lines_of(session: Session, assessment_id: int) -> Sequence[Any]:
    """The versions of an assessment without their texts, a row of columns each, oldest first."""
    wanted = (
        Version.id,
        Version.seq,
        Version.parent_id,
        Version.round_id,
        Version.actor,
        Version.role,
        Version.at,
        Version.why,
        Version.digest,
        Version.form,
    )
    return session.execute(
        select(*wanted).where(Version.assessment_id == assessment_id).order_by(Version.seq)
    ).all()


# Columns of a version that tell it apart without its text.
_TOLD = (Version.id, Version.seq, Version.form, Version.digest)


def told(session: Session, version_ids: Iterable[int]) -> dict[int, Any]:
    """(number, seq, form, digest) of these versions, by number."""
    rows = session.execute(select(*_TOLD).where(Version.id.in_(version_ids))).all()
    return {row.id: row for row in rows}


def page(session: Session, assessment_id: int, first: int, most: int) -> list[Any]:
    """Some versions of an assessment without their texts, the newest first, from number `first`
    (from 0)."""
    wanted = (
        *_TOLD,
        Version.parent_id,
        Version.round_id,
        Version.actor,
        Version.at,
        Version.why,
    )
    rows = (
        select(*wanted)
        .where(Version.assessment_id == assessment_id)
        .order_by(Version.seq.desc())
        .offset(first)
        .limit(most)
    )
    return list(session.execute(rows).all())


def count(session: Session, assessment_id: int) -> int:
    """How many versions an assessment has."""
    of = select(func.count(Version.id)).where(Version.assessment_id == assessment_id)
    return session.scalar(of) or 0


def number_of(session: Session, version_id: int) -> int:
    """The number of a version in its assessment."""
    return session.scalars(select(Version.seq).where(Version.id == version_id)).one()
