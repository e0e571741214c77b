"""Where drafts lie on their way through the house, as it is asked for.

Knows rows. Must not know the steps of a city.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.bodies import Account
from ..rows.draft_ways import Handover


def of_rounds(session: Session, round_ids: Iterable[int]) -> Sequence[Row[Handover, str | None]]:
    """(act, how its actor is shown, where they have an account) of these rounds, oldest first."""
    return session.execute(
        select(Handover, Account.shown)
        .outerjoin(Account, Account.name == Handover.actor)
        .where(Handover.round_id.in_(round_ids))
        .order_by(Handover.id)
    ).all()
