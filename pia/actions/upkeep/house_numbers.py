"""How a house stands, in numbers, for a measuring system.

Knows counts. Must not know who or what is counted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from ...domain.errors import PiaError
from ...store import queries
from ..workplace import Workplace

_DAY = timedelta(days=1)
_IN_USE = timedelta(minutes=5)


def of_house(wp: Workplace, now: datetime) -> dict[str, float]:
    """Name → number. Where the database cannot be read, that alone is told."""
    try:
        with wp.store.read() as session:
            waiting, oldest = queries.jobs.standing(session)
            return {
                "database_up": 1.0,
                "jobs_waiting": waiting,
                "jobs_failed_day": queries.jobs.failed_since(session, now - _DAY),
                "job_oldest_seconds": (now - oldest).total_seconds() if oldest else 0.0,
                "entries_waiting": queries.audit_entries.waiting(session),
                "people_signed_in": queries.sign_in.people_since(session, now - _IN_USE),
            }
    except (PiaError, SQLAlchemyError):
        return {"database_up": 0.0}
