"""That a backup was taken or the data was found whole, as an entry of the record: an auditor asks
when that was last.

Knows the store. Must not know how either is done. A database that cannot be written to (read-only,
of another release) is none the worse for it: nothing is noted then.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from ...domain.act import By
from ...domain.errors import PiaError
from ...store.ledger import log
from ...store.opening import check_schema, open_store


def note(url: str, action: str, detail: Mapping[str, Any], now: datetime) -> None:
    """One entry of the machine itself."""
    with suppress(PiaError, SQLAlchemyError):
        store = open_store(url)
        check_schema(store)
        with store.begin() as session:
            log.entry(session, By("cli", "administrator", now), action, "database", detail)
        store.close()
