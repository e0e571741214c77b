"""How many requests were refused, by kind and hour: forms without their token, too fast, too large.

Knows counts. Must not know who sent what: nothing of a request is kept, and a flood of them makes
no more rows than there are hours. Counts wait in memory for a few seconds, so that a flood writes
seldom; a server that stops loses those (ASVS 16.3.3).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from ..actions.upkeep import refusals
from ..actions.workplace import Workplace
from ..domain.errors import PiaError

EACH = 5.0  # seconds between two times the counts are written down


class Refusals:
    """The counts of one process. `written` by whoever asks next once `EACH` is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.waiting: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.clock = clock
        self.due = 0.0

    def note(self, kind: str) -> None:
        """Counts one more refused request of a kind."""
        with self.lock:
            self.waiting[kind] += 1

    def keep(self, wp: Workplace, now: datetime, at_once: bool = False) -> None:
        """Writes down what was counted, at most once every `EACH` seconds."""
        with self.lock:
            if not self.waiting or (self.clock() < self.due and not at_once):
                return
            counted = dict(self.waiting)
            self.waiting = Counter()
            self.due = self.clock() + EACH
        try:
            refusals.keep(wp, counted, now)
        except (PiaError, SQLAlchemyError):
            # A database that is busy, or a role that may not write here: nobody's page fails of it.
            with self.lock:
                self.waiting.update(counted)


_OURS = Refusals()


def note(kind: str) -> None:
    """One more refused request of a kind of `refusing.KINDS`."""
    _OURS.note(kind)


def keep(wp: Workplace, now: datetime, at_once: bool = False) -> None:
    """What was counted, written down if it is time."""
    _OURS.keep(wp, now, at_once)
