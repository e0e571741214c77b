"""A database that is only a rehearsal: marked as one for ever, with the clock its pages and papers
show.

Knows what the clock was set to and when. Must not know who may set it. A database without a row
here is in earnest and cannot be marked once it holds a record.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ..model import Acted, Base, acted


class Rehearsal(Acted, Base):
    """A setting of the clock: at the instant `real` it showed `shown`, and goes on from there.
    Append-only: the latest counts.
    """

    __tablename__ = "rehearsal"
    id: Mapped[int] = mapped_column(primary_key=True)
    shown: Mapped[datetime]
    real: Mapped[datetime]


def setting(session: Session) -> Rehearsal | None:
    """The setting that counts; None where the database is in earnest."""
    return session.scalar(select(Rehearsal).order_by(Rehearsal.id.desc()).limit(1))


def set_clock(session: Session, by: By, shown: datetime, real: datetime) -> None:
    """Writes down that a database for practice shows another time from an instant on."""
    session.add(Rehearsal(shown=shown, real=real, **acted(by)))
    session.flush()
