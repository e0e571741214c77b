"""How long this program waits for a PostgreSQL server that does not answer, frozen or cut off.

Knows sockets and times. Must not know statements or rows. libpq waits for ever for an answer; one
thread looks at what is waited for and shuts the socket of what has waited too long, so that the
one who waits gets an error. Without PostgreSQL there is no such thread.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, TypeVar

Result = TypeVar("Result")
LOOKS = 0.25  # seconds between two looks
# Seconds one answer may take for whoever asks now; None: as long as it takes (jobs, upkeep).
_SECONDS: ContextVar[float | None] = ContextVar("seconds", default=None)


@contextmanager
def of(seconds: float) -> Iterator[None]:
    """Whatever is asked of the database inside has an answer after so many seconds, or fails."""
    token = _SECONDS.set(seconds)
    try:
        yield
    finally:
        _SECONDS.reset(token)


def limit() -> float | None:
    """How long an answer may take for whoever asks now, in seconds; None: as long as it takes."""
    return _SECONDS.get()


class Watch:
    """What one process waits for: number → (when it is too late, file descriptor)."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, int]] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def call(self, dbapi: Any, run: Callable[[], Result], more: float = 0.0) -> Result:
        """Runs what waits for an answer on a connection; `more`: seconds it may take longer than
        others."""
        seconds = _SECONDS.get()
        if seconds is None:
            return run()
        number = self.begin(dbapi, seconds + more)
        try:
            return run()
        finally:
            self.end(number)

    def begin(self, dbapi: Any, seconds: float) -> int:
        """Notes that an answer is waited for; the number ends it."""
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = (time.monotonic() + seconds, dbapi.fileno())
            if self._thread is None or self._process != os.getpid():
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._look, name="patience", daemon=True)
                self._thread.start()
        return number

    def end(self, number: int) -> None:
        """The answer came, or nobody waits any more."""
        with self._lock:
            self._waiting.pop(number, None)

    def _look(self) -> None:
        while True:
            time.sleep(LOOKS)
            with self._lock:
                now = time.monotonic()
                for late, descriptor in self._waiting.values():
                    if late < now:
                        _shut(descriptor)


def _shut(descriptor: int) -> None:
    """Ends the conversation on a socket; the one who waits on it is told at once."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as end:
            end.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It ended by itself meanwhile.
        return


WATCH = Watch()
