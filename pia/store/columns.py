"""Column types that mean the same on SQLite and PostgreSQL: clean text, UTC instants, canonical
JSON.

Knows how a value is written down. Must not know any table. What PostgreSQL would refuse (NUL, lone
surrogates) is refused here on both, and nothing is left to the collation, the time zone or the key
order of a database.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Text, types

from ..domain.canonical import canonical, clean


def iso(value: date | time | None) -> str | None:
    """A day or an hour as it is kept in JSON; None for none."""
    if value is None:
        return None
    return value.isoformat()


class CleanText(types.TypeDecorator[str]):
    """Text as it may stand in a document (`canonical.clean`). PiaError for what may not."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """The value as it is stored."""
        if value is None:
            return None
        return clean(value)


class Instant(types.TypeDecorator[datetime]):
    """An instant, written as UTC ISO text of fixed width, so its order is the order of the text. A
    datetime without offset is refused.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """The value as it is stored."""
        if value is None:
            return None
        return written(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """The stored value as the program has it."""
        if value is None:
            return None
        return datetime.fromisoformat(value)


class Json(types.TypeDecorator[Any]):
    """Lists and objects as RFC 8785 text: the same bytes on both databases, so a digest over a row
    is possible.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """The value as it is stored."""
        if value is None:
            return None
        return canonical(value).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """The stored value as the program has it."""
        if value is None:
            return None
        return json.loads(value)


def written(at: datetime) -> str:
    """2024-07-24T01:30:00.000000+00:00; ValueError without an offset."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")
