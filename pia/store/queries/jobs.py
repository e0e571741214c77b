"""Jobs, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows import jobs
from ..rows.jobs import Job


def latest(session: Session, most: int) -> list[Job]:
    """The latest jobs, newest first."""
    return list(session.scalars(select(Job).order_by(Job.id.desc()).limit(most)))


def of_key(session: Session, key: str) -> list[Job]:
    """The jobs asked for under a key, and again under it, oldest first."""
    return list(
        session.scalars(
            select(Job)
            .where((Job.key == key) | Job.key.startswith(f"{key}#", autoescape=True))
            .order_by(Job.id)
        )
    )


def but_bundles(session: Session) -> list[Job]:
    """Every job but those that make a bundle."""
    return list(session.scalars(select(Job).where(Job.kind != "bundle")))


def bundles(session: Session) -> list[Job]:
    """Every job that makes a bundle."""
    return list(session.scalars(select(Job).where(Job.kind == "bundle")))


def bundles_made(session: Session) -> list[Job]:
    """The bundles that were made, oldest first."""
    return list(
        session.scalars(
            select(Job).where(Job.kind == "bundle", Job.state == jobs.DONE).order_by(Job.id)
        )
    )


def standing(session: Session) -> Row[int, datetime]:
    """How many jobs wait or are in hand, and since when the oldest of them."""
    waits = Job.state.not_in(jobs.OVER)
    return session.execute(select(func.count(Job.id), func.min(Job.at)).where(waits)).one()


def failed_since(session: Session, at: datetime) -> int:
    """How many jobs asked for since an instant could not be done."""
    failed = (Job.state == jobs.FAILED) & (Job.at >= at)
    return session.scalar(select(func.count(Job.id)).where(failed)) or 0
