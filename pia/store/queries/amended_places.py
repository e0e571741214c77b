"""Decisions about places changed after a submission, as they are asked for.

Knows rows. Must not know what they ask of a round.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.amended_places import AmendedPlace
from ..rows.bodies import Account


def after(
    session: Session, round_id: int, submission_id: int
) -> Sequence[Row[AmendedPlace, str | None]]:
    """(decision, how who made it is shown) of a round after one of its submissions that stand,
    oldest first."""
    return session.execute(
        select(AmendedPlace, Account.shown)
        .outerjoin(Account, Account.name == AmendedPlace.actor)
        .where(
            AmendedPlace.round_id == round_id,
            AmendedPlace.submission_id == submission_id,
            AmendedPlace.withdrawn.is_(None),
        )
        .order_by(AmendedPlace.id)
    ).all()


def ids_of_round(session: Session, round_id: int) -> list[int]:
    """The numbers of the decisions of a round, also of those taken back."""
    return list(session.scalars(select(AmendedPlace.id).where(AmendedPlace.round_id == round_id)))
