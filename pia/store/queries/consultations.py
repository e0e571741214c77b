"""Consultations, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.orm import Session

from ..rows.assessments import Round
from ..rows.consultations import Consultation, ConsultationNotice, consultation_round


def about_round(session: Session, round_id: int) -> list[Consultation]:
    """The consultations about a round."""
    return list(
        session.scalars(
            select(Consultation)
            .join(consultation_round)
            .where(consultation_round.c.round_id == round_id, Consultation.withdrawn.is_(None))
        )
    )


def last_about_round(session: Session, round_id: int) -> Consultation | None:
    """The latest consultation about a round; None before the first."""
    return session.scalars(
        select(Consultation)
        .join(consultation_round)
        .where(consultation_round.c.round_id == round_id, Consultation.withdrawn.is_(None))
        .order_by(Consultation.id.desc())
    ).first()


def about_round_by_day(session: Session, round_id: int) -> list[Consultation]:
    """The consultations about a round, by their first day."""
    return list(
        session.scalars(
            select(Consultation)
            .join(consultation_round)
            .where(consultation_round.c.round_id == round_id, Consultation.withdrawn.is_(None))
            .order_by(Consultation.start, Consultation.id)
        )
    )


def in_order(session: Session) -> list[Consultation]:
    """Every consultation, oldest first."""
    return list(session.scalars(select(Consultation).order_by(Consultation.id)))


def newest_first(session: Session) -> list[Consultation]:
    """Every consultation that stands, newest first."""
    standing = select(Consultation).where(Consultation.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Consultation.id.desc())))


def about_rounds(session: Session, round_ids: Iterable[int]) -> Sequence[Row[int, Consultation]]:
    """(round, consultation) of every consultation about one of these rounds, oldest first."""
    return session.execute(
        select(consultation_round.c.round_id, Consultation)
        .join(Consultation, Consultation.id == consultation_round.c.consultation_id)
        .where(consultation_round.c.round_id.in_(round_ids), Consultation.withdrawn.is_(None))
        .order_by(Consultation.id)
    ).all()


def last_id(session: Session) -> int | None:
    """The number of the latest consultation; None before the first."""
    standing = select(Consultation.id).where(Consultation.withdrawn.is_(None))
    return session.scalar(standing.order_by(Consultation.id.desc()).limit(1))


def page(session: Session, first: int, most: int) -> list[Consultation]:
    """Some consultations, the newest first, from number `first` (from 0)."""
    rows = select(Consultation).order_by(Consultation.id.desc()).offset(first).limit(most)
    return list(session.scalars(rows))


def count(session: Session) -> int:
    """How many consultations there are."""
    return session.scalar(select(func.count(Consultation.id))) or 0


def running(session: Session, consultation_ids: Iterable[int]) -> set[int]:
    """Those of these consultations with a round that is at its 意見募集."""
    rows = (
        select(consultation_round.c.consultation_id)
        .join(Round, Round.id == consultation_round.c.round_id)
        .join(Consultation, Consultation.id == consultation_round.c.consultation_id)
        .where(
            consultation_round.c.consultation_id.in_(consultation_ids),
            Round.state == "CONSULTING",
            Consultation.withdrawn.is_(None),
        )
    )
    return set(session.scalars(rows))


def rounds_of_all(session: Session) -> dict[int, list[int]]:
    """The rounds of every consultation, in the order they began."""
    columns = consultation_round.c
    rows = select(columns.consultation_id, columns.round_id).order_by(
        columns.consultation_id, columns.round_id
    )
    of: dict[int, list[int]] = {}
    for consultation_id, round_id in session.execute(rows):
        of.setdefault(consultation_id, []).append(round_id)
    return of


def notices(session: Session, consultation_ids: Iterable[int]) -> list[ConsultationNotice]:
    """The notices about these consultations that stand, oldest first."""
    of = select(ConsultationNotice).where(
        ConsultationNotice.consultation_id.in_(list(consultation_ids)),
        ConsultationNotice.withdrawn.is_(None),
    )
    return list(session.scalars(of.order_by(ConsultationNotice.id)))


def notice_ids(session: Session, consultation_id: int) -> list[int]:
    """The notices about a consultation, also those taken back."""
    of = select(ConsultationNotice.id).where(ConsultationNotice.consultation_id == consultation_id)
    return list(session.scalars(of.order_by(ConsultationNotice.id)))


def with_cancelled(session: Session) -> list[Consultation]:
    """Every consultation that stands or was cancelled by a notice, newest first."""
    cancelled = exists().where(
        ConsultationNotice.consultation_id == Consultation.id,
        ConsultationNotice.kind == "cancelled",
        ConsultationNotice.withdrawn.is_(None),
    )
    of = select(Consultation).where(or_(Consultation.withdrawn.is_(None), cancelled))
    return list(session.scalars(of.order_by(Consultation.id.desc())))
