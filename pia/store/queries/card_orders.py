"""The orders set for the cards of a referral, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rows.card_orders import CardOrder


def of_referral(session: Session, referral_id: int) -> list[CardOrder]:
    """Every order that was set for a referral, the last first."""
    mine = select(CardOrder).where(CardOrder.referral_id == referral_id)
    return list(session.scalars(mine.order_by(CardOrder.id.desc())))


def last_of(session: Session, referral_ids: Iterable[int]) -> list[CardOrder]:
    """The order that counts of each of these referrals, where one was set."""
    last = (
        select(func.max(CardOrder.id))
        .where(CardOrder.referral_id.in_(referral_ids))
        .group_by(CardOrder.referral_id)
    )
    return list(session.scalars(select(CardOrder).where(CardOrder.id.in_(last))))
