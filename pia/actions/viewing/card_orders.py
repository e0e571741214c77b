"""The order in which the cards of a referral are explained, and who set it.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...domain.act import in_japan
from ...store import queries
from ..access.names import shown_name
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as it was set: the numbers of the cards, by whom and when."""

    numbers: tuple[int, ...]
    actor: str
    at: datetime


def numbers(wp: Workplace, referral: int, count: int) -> tuple[int, ...]:
    """The numbers of a referral's cards in the order they are explained in."""
    with wp.store.read() as session:
        for row in queries.card_orders.last_of(session, [referral]):
            if sorted(row.numbers) == list(range(1, count + 1)):
                return tuple(row.numbers)
    return tuple(range(1, count + 1))


def firsts(wp: Workplace, referrals: Iterable[int]) -> dict[int, int]:
    """Referral → the number of the card explained first, where an order was set."""
    with wp.store.read() as session:
        rows = queries.card_orders.last_of(session, list(referrals))
        return {row.referral_id: row.numbers[0] for row in rows}


def history(wp: Workplace, referral: int) -> tuple[OrderLine, ...]:
    """Every order that was set for a referral, the last first."""
    with wp.store.read() as session:
        lines = []
        for row in queries.card_orders.of_referral(session, referral):
            actor = shown_name(session, row.actor)
            lines.append(OrderLine(tuple(row.numbers), actor, in_japan(row.at)))
        return tuple(lines)
