"""A rehearsal: a database that is only for practice, and the clock it shows, set and moved by
people.

Knows how the shown instant follows from the clock of the machine. A database that holds a record in
earnest can never become a rehearsal, and a rehearsal never becomes earnest. The clock is never
moved to before what was already done: the record of acts has one order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ...domain.act import By, in_japan
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.rows import rehearsal
from ...store.rows.sessions import WebSession
from ..workplace import Workplace

Clock = Callable[[], datetime]


def is_one(wp: Workplace) -> bool:
    """Whether the database is a rehearsal."""
    with wp.store.read() as session:
        return rehearsal.setting(session) is not None


def clock(wp: Workplace, machine: Clock) -> Clock:
    """The clock of a workplace: the machine's in earnest, the shown one in a rehearsal.

    Whether it is a rehearsal is asked once: that never changes.
    """
    if not is_one(wp):
        return machine
    return lambda: shown(wp, machine())


def shown(wp: Workplace, real: datetime) -> datetime:
    """The instant a rehearsal shows when the machine's clock says `real`."""
    with wp.store.read() as session:
        setting = rehearsal.setting(session)
        if setting is None:
            return real
        return in_japan(setting.shown + (real - setting.real))


def begin(wp: Workplace, by: By, at: datetime, real: datetime) -> None:
    """Marks an empty database as a rehearsal whose clock shows `at`; of one that is a rehearsal,
    sets the clock. PiaError where anything was recorded in earnest.
    """
    with wp.store.begin() as session:
        if rehearsal.setting(session) is None and log.chain_head(session)[0]:
            raise PiaError(
                "このデータベースには記録があるため、練習用にできません。"
                "練習には、別の新しいデータベースを使ってください（PIA_DATABASE_URL）。"
            )
        _set(session, by, at, real)


def move(wp: Workplace, by: By, at: datetime, real: datetime) -> None:
    """Moves the clock of a rehearsal. People stay signed in."""
    with wp.store.begin() as session:
        if rehearsal.setting(session) is None:
            raise PiaError("時計を動かせるのは、練習用のデータベースだけです。")
        _set(session, by, at, real)
        session.execute(update(WebSession).values(seen=at, began=at))


def _set(session: Session, by: By, at: datetime, real: datetime) -> None:
    last = queries.audit_entries.last_at(session)
    if last is not None and at < last:
        raise PiaError(
            f"時計は、最後の操作（{in_japan(last):%Y-%m-%d %H:%M}）より前には戻せません。"
            "それより後の日時にしてください。"
        )
    acting = By(by.actor, by.role, at, by.request, by.copy)
    rehearsal.set_clock(session, acting, at, real)
    log.entry(session, acting, "rehearsal.clock", "rehearsal", {"shown": at.isoformat()})
