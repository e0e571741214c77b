"""Work that takes longer than a person waits: asked for once under a key, taken by one worker, told
how far it is, and ended one way.

Knows states and who holds a job. Must not know what the work is. A worker that dies leaves its beat
behind; after `LOST` its job is anybody's again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ..model import Acted, Base, acted

QUEUED = "QUEUED"
RUNNING = "RUNNING"
DONE = "DONE"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
OVER = (DONE, FAILED, CANCELLED)
LOST = timedelta(seconds=60)
TRIES = 3


class Job(Acted, Base):
    """One piece of work. `done` of `total` steps, `says` the step it is at; `result` when DONE,
    `error` (one Japanese sentence) when FAILED.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=QUEUED, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    says: Mapped[str] = mapped_column(default="")
    cancel: Mapped[bool] = mapped_column(default=False)
    worker: Mapped[str | None]
    beat: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]


def ask(session: Session, by: By, key: str, kind: str, args: Mapping[str, Any]) -> Job:
    """The job under this key; asked for twice it is one job."""
    known = session.scalar(select(Job).where(Job.key == key))
    if known is None:
        known = Job(key=key, kind=kind, args=dict(args), **acted(by))
        session.add(known)
        session.flush()
    return known


def take(session: Session, worker: str, now: datetime, dead: Collection[str] = ()) -> Job | None:
    """The oldest job that waits, or whose worker is known to be dead or has been silent for `LOST`;
    it is this worker's from now on. One that was lost `TRIES` times has failed.
    """
    # No chain is locked: of two workers on PostgreSQL the second passes over the row of the first.
    oldest = select(Job).where(_open(now, dead)).order_by(Job.id).limit(1)
    while (job := session.scalar(oldest.with_for_update(skip_locked=True))) is not None:
        if job.cancel:
            job.state = CANCELLED
        elif job.tries >= TRIES:
            job.state = FAILED
            job.error = (
                f"処理が{TRIES}回とも途中で止まりました。対象を減らすか、管理者に知らせてください。"
            )
        else:
            job.state = RUNNING
            job.worker = worker
            job.beat = now
            job.tries += 1
            job.done = 0
            job.says = ""
            session.flush()
            return job
        session.flush()
    return None


def waiting(session: Session, now: datetime) -> bool:
    """Whether there is anything to take."""
    return session.scalar(select(Job.id).where(_open(now)).limit(1)) is not None


def _open(now: datetime, dead: Collection[str] = ()) -> ColumnElement[bool]:
    return (Job.state == QUEUED) | (
        (Job.state == RUNNING)
        & or_(Job.beat.is_(None), Job.beat < now - LOST, Job.worker.in_(dead))
    )


def workers(session: Session) -> set[str]:
    """Who holds a job now."""
    return set(
        session.scalars(select(Job.worker).where(Job.state == RUNNING, Job.worker.is_not(None)))
    )


def tell(
    session: Session, job_id: int, worker: str, now: datetime, done: int, total: int, says: str
) -> bool:
    """Notes how far the work is; False when it is to stop: cancelled, or taken over by another
    worker.
    """
    mine = (
        (Job.id == job_id) & (Job.worker == worker) & (Job.state == RUNNING) & Job.cancel.is_(False)
    )
    return _changed(session, mine, done=done, total=total, says=says, beat=now)


def end(
    session: Session,
    job_id: int,
    worker: str,
    state: str,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> bool:
    """Ends a job this worker still holds; False when another has taken it over: then nothing is
    written.
    """
    mine = (Job.id == job_id) & (Job.worker == worker) & (Job.state == RUNNING)
    return _changed(
        session, mine, state=state, result=dict(result) if result is not None else None, error=error
    )


def _changed(session: Session, which: ColumnElement[bool], **values: Any) -> bool:
    return session.scalar(update(Job).where(which).values(**values).returning(Job.id)) is not None


def stop(session: Session, job_id: int) -> None:
    """Asks for the end of a job: at once when it waits, at its next step when it runs."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == QUEUED)
        .values(state=CANCELLED, cancel=True)
    )
    session.execute(update(Job).where(Job.id == job_id, Job.state == RUNNING).values(cancel=True))
