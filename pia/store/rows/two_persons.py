"""What one person asked for and another has to confirm: a submission or a publication, where the
city does them by two (ASVS 2.3.5).

Knows who asked for which rounds in which wording. Must not know what a submission is, nor who may
confirm.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Acted, Base

DONE = "DONE"
WITHDRAWN = "WITHDRAWN"
STALE = "STALE"


class AskedStep(Acted, Base):
    """One request. rounds: [[KEY~ROUND, digest of its head then]]; args: what was typed for the
    step. While `state` is NULL it waits; then `closed_by` says who confirmed or withdrew it, when,
    and why.
    """

    __tablename__ = "asked_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    rounds: Mapped[list[Any]]
    args: Mapped[dict[str, Any]]
    state: Mapped[str | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None]


def waiting(session: Session, kind: str, rounds: list[str]) -> AskedStep | None:
    """The request that waits for exactly these rounds, the latest where there are several."""
    of_kind = select(AskedStep).where(AskedStep.kind == kind, AskedStep.state.is_(None))
    for asked in session.scalars(of_kind.order_by(AskedStep.id.desc())):
        if sorted(ref for ref, _ in asked.rounds) == sorted(rounds):
            return asked
    return None
