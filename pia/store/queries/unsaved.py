"""What is being written, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows.unsaved import Unsaved


def all_unsaved(session: Session) -> list[Unsaved]:
    """Everything that is being written and was not saved, oldest first."""
    return list(session.scalars(select(Unsaved).order_by(Unsaved.id)))
