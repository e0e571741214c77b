"""The database goes and comes back under people at work: stopped at once and started, its line
reset, answers five seconds late, the line cut when the COMMIT has left; of SQLite the file moved
away, another writer that does not end.

Nobody gets another answer than a page, a way on, a clash or 503; it heals by itself; what was
acknowledged stands, and what nobody knew is sent again under its key and stands once.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from pia.store.opening import upgrade
from pia.store.upkeep import fsck
from tests import shared
from tests.store import servers
from tests.web.relay import Relay, relayed

from . import officers
from .defences import without
from .officers import Officer

# Seconds a fault lasts at least, and within which everything goes on after it.
LASTS = 0.6
HEALS = 30
LATE = 5
# Answers they get while it lasts.
MET = 6

Fault = Callable[[], Callable[[], None]]
"""Begins a fault, and gives what ends it."""


@contextmanager
def _sqlite() -> Iterator[tuple[str, Mapping[str, Fault]]]:
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        file = Path(shutil.copy(shared.blank(), f"{folder}/pia.db"))

        def moved() -> Callable[[], None]:
            elsewhere = file.with_name("elsewhere.db")
            file.rename(elsewhere)

            def back() -> None:
                elsewhere.rename(file)

            return back

        def locked() -> Callable[[], None]:
            other = sqlite3.connect(file, isolation_level=None, timeout=60)
            other.execute("BEGIN IMMEDIATE")
            # Another thread may end what this one began.
            other.execute("ROLLBACK")
            held = sqlite3.connect(file, isolation_level=None, timeout=60, check_same_thread=False)
            held.execute("BEGIN IMMEDIATE")

            def ends() -> None:
                held.execute("ROLLBACK")
                held.close()
                other.close()

            return ends

        yield f"sqlite:///{file}", {"moved": moved, "locked": locked}


@contextmanager
def _pg(server: str) -> Iterator[tuple[str, Mapping[str, Fault]]]:
    """A database behind a relay, on a server of the drill's own that can be stopped; where there
    are no programs of one, on the server there is, which is not."""
    own = servers.stoppable()
    with ExitStack() as stack:
        if own is None:
            url = stack.enter_context(servers.database(server))
        else:
            stack.callback(own.end)
            url = own.url
        through, relay = stack.enter_context(relayed(url))
        upgrade(url)
        faults: dict[str, Fault] = {
            "reset": lambda: _reset(relay),
            "late": lambda: _late(relay),
            "cut at COMMIT": lambda: _cut(relay),
        }
        if own is not None:
            faults["stopped"] = lambda: _stopped(own)
        try:
            yield make_url(through).render_as_string(hide_password=False), faults
        finally:
            relay.heal()


def _reset(relay: Relay) -> Callable[[], None]:
    relay.cut()
    return relay.heal


def _late(relay: Relay) -> Callable[[], None]:
    """Nothing passes for so long; then everything that waited does."""
    relay.freeze()
    time.sleep(LATE)
    return relay.heal


def _cut(relay: Relay) -> Callable[[], None]:
    """The next COMMIT of a save gets through, and its answer does not."""
    relay.cut_after = b"INSERT INTO affair"
    relay.cut_at = b"COMMIT"

    def ends() -> None:
        relay.cut_at = b""

    return ends


def _stopped(own: servers.Stoppable) -> Callable[[], None]:
    own.stop()
    return own.start


def _times(url: str, faults: Mapping[str, Fault], many: int, seed: int) -> dict[str, Any]:
    """So many faults, each kind in turn, under three officers."""
    rng = random.Random(seed)
    wp = officers.town(url)
    *people, watcher = officers.office(wp, 4)
    wrong: list[str] = []
    unknown = 0
    slowest = 0.0
    kinds = list(faults)
    for turn in range(many):
        ending = threading.Event()
        workers = [
            threading.Thread(target=_works, args=(worker, ending, wrong)) for worker in people
        ]
        for one in workers:
            one.start()
        time.sleep(rng.uniform(0.1, 0.4))
        end = faults[kinds[turn % len(kinds)]]()
        time.sleep(LASTS)
        _met(people)
        end()
        healed = officers.heals(watcher, HEALS)
        slowest = max(slowest, healed)
        if healed >= HEALS:
            wrong.append(f"{turn} {kinds[turn % len(kinds)]}: not back after {HEALS} s")
        ending.set()
        for one in workers:
            one.join(120)
        stands = officers.standing(wp)
        unacknowledged = [
            sent for officer in people for sent in officer.sent if sent.status not in (200, 303)
        ]
        unknown += sum(stands[sent.key] for sent in unacknowledged)
        left = officers.sent_again(people, HEALS)
        if left:
            wrong.append(f"{turn} {kinds[turn % len(kinds)]}: {left} forms still refused")
    misses = officers.misses(wp, people)
    damage = [
        str(problem) for problem in fsck.check(wp.store, deep=True) if problem.level != "info"
    ]
    wp.store.close()
    wrong += damage
    return {
        "times": many,
        "kinds": "、".join(kinds),
        **misses,
        "stood and nobody knew": unknown,
        "slowest healing, ms": round(1000 * slowest),
        "which": wrong[:10],
        "missed": misses["missed"] + len(wrong),
    }


def _met(people: list[Officer]) -> None:
    """Waits until the officers had some answers more: a fault that nobody met shows nothing. At
    most so long as the longest of them takes."""
    before = sum(officer.counts.total() for officer in people)
    until = time.monotonic() + 2 * LATE
    while time.monotonic() < until:
        if sum(officer.counts.total() for officer in people) >= before + MET:
            return
        time.sleep(0.05)


def _works(officer: Officer, ending: threading.Event, wrong: list[str]) -> None:
    """Saves until told to stop."""
    while not ending.is_set():
        try:
            form = officer.asks()
            if form is None:
                time.sleep(0.05)
                continue
            officer.sends(form)
        except Exception as error:  # an application that raises has no answer at all
            wrong.append(f"{officer.name}: {type(error).__name__}: {error}"[:200])
            return


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` faults."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    with _sqlite() if kind == "sqlite" else _pg(str(pg)) as (url, faults):
        return _times(url, faults, args.n, args.seed)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Answers of 500 where nobody says what a missing database is."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    place = _sqlite() if kind == "sqlite" else _pg(str(pg))
    with place as (url, faults), without("faults said"):
        return int(_times(url, faults, 1, args.seed)["strange"])
