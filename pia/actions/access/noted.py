"""What is put on record beside a page: that somebody read what not everybody may, or was refused.

Whoever looks waits for nobody who writes: where the turn of the chain is free the entry stands at
once, else the act is written down in a short transaction of its own and entered with the next
batch. Where it cannot be written down at all (Unavailable), nobody is shown what they wanted to
read. Must not know what is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...domain.act import By
from ...domain.errors import Unavailable
from ...store import queries
from ...store.ledger import log
from ..workplace import Workplace


def note(
    wp: Workplace, by: By, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Puts an act on record, now or with the next batch. Unavailable when neither can be."""
    acting = By(by.actor, by.role, by.at)
    try:
        with wp.store.begin(wait=0, chain=log.MAIN) as session:
            log.enter_waiting(session)
            log.entry(session, acting, action, target, detail)
    except Unavailable:
        with wp.store.unchained() as session:
            log.later(session, acting, action, target, detail)


def enter(wp: Workplace) -> None:
    """Makes entries of what waits, if there is anything and the turn of the chain is free."""
    with wp.store.read() as session:
        if not queries.audit_entries.is_any_waiting(session):
            return
    with suppress(Unavailable), wp.store.begin(wait=0, chain=log.MAIN) as session:
        log.enter_waiting(session)
