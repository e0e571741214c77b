"""Consultations, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..rows.assessments import Round
from ..rows.consultations import Consultation, consultation_round


def about_round(session: Session, round_id: int) -> list[Consultation]:
    """The consultations about a round."""
    return list(
        session.scalars(
            select(Consultation)
            .join(consultation_round)
            .where(consultation_round.c.round_id == round_id)
        )
    )


def last_about_round(session: Session, round_id: int) -> Consultation | None:
    """The latest consultation about a round; None before the first."""
    return session.scalars(
        select(Consultation)
        .join(consultation_round)
        .where(consultation_round.c.round_id == round_id)
        .order_by(Consultation.id.desc())
    ).first()


def about_round_by_day(session: Session, round_id: int) -> list[Consultation]:
    """The consultations about a round, by their first day."""
    return list(
        session.scalars(
            select(Consultation)
            .join(consultation_round)
            .where(consultation_round.c.round_id == round_id)
            .order_by(Consultation.start, Consultation.id)
        )
    )


def in_order(session: Session) -> list[Consultation]:
    """Every consultation, oldest first."""
    return list(session.scalars(select(Consultation).order_by(Consultation.id)))


def newest_first(session: Session) -> list[Consultation]:
    """Every consultation, newest first."""
    return list(session.scalars(select(Consultation).order_by(Consultation.id.desc())))


def about_rounds(session: Session, round_ids: Iterable[int]) -> list[Consultation]:
    """The consultations about any of these rounds, with their rounds, oldest first."""
    return list(
        session.scalars(
            select(Consultation)
            .where(Consultation.rounds.any(Round.id.in_(round_ids)))
            .options(selectinload(Consultation.rounds))
            .order_by(Consultation.id)
        )
    )


def last_id(session: Session) -> int | None:
    """The number of the latest consultation; None before the first."""
    return session.scalar(select(Consultation.id).order_by(Consultation.id.desc()).limit(1))
