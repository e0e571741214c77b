"""A secret address at which one person reads their calendar in another program: made, given up, and
whose it is. The address says nothing of them; what they may see is asked each time it is read.

Knows accounts. The secret is shown once and kept nowhere; its digest finds the account. Must not
know pages, nor what a calendar holds.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.calendar import CalendarFeed
from ..access.person import Person
from ..workplace import Workplace


def make(wp: Workplace, by: By) -> str:
    """A new secret of who asks; the one before is given up. PiaError without an account."""
    secret = secrets.token_urlsafe(32)
    with wp.store.begin() as session:
        account = queries.accounts.active_named(session, by.actor)
        if account is None:
            raise PiaError("予定表の住所は、利用者だけが作れます。")
        for feed in queries.calendar.feeds_of(session, by.actor):
            feed.revoked = by.day
        feed = CalendarFeed(account_id=account.id, digest=_digest(secret), **acted(by))
        session.add(feed)
        session.flush()
        log.entry(session, by, "calendar.feed", by.actor, {"feed": feed.id})
    return secret


def give_up(wp: Workplace, by: By) -> None:
    """The address of who asks is given up. PiaError where there is none."""
    with wp.store.begin() as session:
        feeds = queries.calendar.feeds_of(session, by.actor)
        if not feeds:
            raise PiaError("予定表の住所はありません。")
        for feed in feeds:
            feed.revoked = by.day
        told = {"feeds": [feed.id for feed in feeds]}
        log.entry(session, by, "calendar.feed_end", by.actor, told)


def has_one(wp: Workplace, who: Person) -> bool:
    """Whether somebody has an address that counts."""
    with wp.store.read() as session:
        return bool(queries.calendar.feeds_of(session, who.name))


def reader(wp: Workplace, secret: str) -> Person | None:
    """Whose address it is, with the role and department they have now; None for an address that is
    unknown or given up, and for an account that is closed."""
    with wp.store.read() as session:
        found = queries.calendar.reader_of(session, _digest(secret))
    if found is None:
        return None
    account, department = found
    return Person(
        account.name, account.shown, account.role, account.department_id, department or ""
    )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
