"""用語の説明の求め: what members asked the office to explain."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.term_requests import TermRequest


def standing(session: Session, referral: int | None = None) -> list[TermRequest]:
    """Every request that was not taken back, of one referral where it is given, oldest first."""
    which = select(TermRequest).where(TermRequest.withdrawn.is_(None)).order_by(TermRequest.id)
    if referral is not None:
        which = which.where(TermRequest.referral_id == referral)
    return list(session.scalars(which))
