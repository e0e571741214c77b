"""The number of the request in hand, by which its answer, its lines in the log and what a person
reports are found together.

Knows a number. Must not know requests.
"""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[0-9A-Za-z_-]{8,64}")
_NUMBER: ContextVar[str] = ContextVar("request_number", default="")


def number() -> str:
    """The number of the request in hand; empty outside of one."""
    return _NUMBER.get()


def begin(given: str) -> str:
    """The number of a request that begins: the one it was given where it can be one, else new."""
    name = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
    _NUMBER.set(name)
    return name


def end() -> None:
    """The request is answered."""
    _NUMBER.set("")
