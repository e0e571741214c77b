"""Whose turn it is to write: a lock for each chain on PostgreSQL, one fair queue on SQLite.

Knows lock numbers and bytes of a file. Must not know rows or what a chain is for. Neither keeps
anything alive after a killed process: advisory locks end with their transaction, locks of a file
with whoever had it open. Safety never rests on the queue: SQLite lets one writer in whatever
happens, the queue only says who is next (its own busy wait lets in whoever looks at the right
moment).
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy.engine import Connection

from ..domain.errors import Unavailable

WRITER_LOCK = 0x504941  # the number of all our advisory locks
BUSY = "ほかの保存が続いているため、保存できませんでした。少し待ってから、もう一度お試しください。"
SUFFIX = "-queue"  # of the file beside the database
# Seconds between two looks whether the ones before have gone: soon at first, then with patience.
_LOOKS = (0.0005, 0.001, 0.002, 0.004)
_DOOR = 0  # the byte that is held while a number is taken; number n holds byte n
_NUMBER = struct.Struct("<Q")
# `struct flock` of Linux on 64 bits: type, whence, start, length, process (0 for these locks).
_FLOCK = struct.Struct("@hhqqq")
_SET = getattr(fcntl, "F_OFD_SETLK", None)
_GET = getattr(fcntl, "F_OFD_GETLK", None)


class Outdated(Exception):
    """What an act was prepared on has changed since it was read (`Store.prepared`)."""


def lock_of(chain: str) -> int:
    """The second number of a chain's advisory lock: 32 bits with a sign. Two chains that share one
    only wait for each other."""
    return crc32(chain.encode()) - (1 << 31)


def take(
    connection: Connection,
    wait: int,
    chain: str | None = None,
    alone: bool = False,
    own: str = "",
) -> None:
    """Takes the locks of a transaction on PostgreSQL, in one order for all, each within `wait`
    seconds: that of the installation (whole where it is `alone`, shared by the acts of a chain),
    the chain's own, and that of the one thing it is about. They end with the transaction."""
    asked = ["set_config('lock_timeout', %s, true)"]
    given: list[Any] = [f"{max(1, wait * 1000)}ms"]
    if alone:
        asked.append("pg_advisory_xact_lock(%s)")
        given.append(WRITER_LOCK)
    elif chain is not None:
        asked += ["pg_advisory_xact_lock_shared(%s)", "pg_advisory_xact_lock(%s, %s)"]
        given += [WRITER_LOCK, WRITER_LOCK, lock_of(chain)]
    if own:
        asked.append("pg_advisory_xact_lock(%s, %s)")
        given += [WRITER_LOCK + 1, lock_of(own)]
    # nosemgrep: raw-sql # our own words; values are bound
    connection.exec_driver_sql(f"SELECT {', '.join(asked)}", tuple(given))


@contextmanager
def queued(database: Path, wait: float) -> Iterator[None]:
    """A place in the queue of a SQLite file's writers, in all threads and processes, in the order
    they came; the block runs when everybody before has gone. Unavailable after `wait` seconds.

    Whoever comes takes the next number, holds the byte of that number and waits until nobody holds
    a lower one. Who gives up or is killed holds nothing, and nobody waits for them. Where the file
    cannot be made, or the system has no such locks, there is no queue.
    """
    queue = None
    if _SET is not None:
        queue = _opened(database)
    if queue is None:
        yield
        return
    try:
        with suppress(OSError):  # a folder on another machine may have no such locks
            until = time.monotonic() + wait
            _wait_before(queue, _taken(queue, until), until)
        yield
    finally:
        # Told outright: a child made meanwhile shares the open file and would hold it on.
        with suppress(OSError):
            _set(queue, fcntl.F_UNLCK, 0, 0)
        os.close(queue)


def _opened(database: Path) -> int | None:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(database.with_name(database.name + SUFFIX), flags, 0o600)
    except OSError:
        return None


def _taken(queue: int, until: float) -> int:
    """The next number, its byte held."""
    looks = _looks(until)
    while not _set(queue, fcntl.F_WRLCK, _DOOR, 1):
        next(looks)
    kept = os.pread(queue, _NUMBER.size, 0)
    number = 1
    if len(kept) == _NUMBER.size:
        number = _NUMBER.unpack(kept)[0] % (1 << 62) + 1
    # After a loss of power the file may say less than it did: a number in use is passed over.
    while not _set(queue, fcntl.F_WRLCK, number, 1):
        number += 1
    os.pwrite(queue, _NUMBER.pack(number), 0)
    _set(queue, fcntl.F_UNLCK, _DOOR, 1)
    return number


def _wait_before(queue: int, number: int, until: float) -> None:
    looks = _looks(until)
    while number > 1 and _is_held(queue, 1, number - 1):
        next(looks)


def _looks(until: float) -> Iterator[None]:
    """Waits a little each time. Unavailable once the time is over."""
    count = 0
    while True:
        if time.monotonic() >= until:
            raise Unavailable(BUSY, retry=2)
        time.sleep(_LOOKS[min(count, len(_LOOKS) - 1)])
        count += 1
        yield


def _set(queue: int, kind: int, start: int, length: int) -> bool:
    """Locks or unlocks bytes for this open file alone (length 0: all from there); False where
    another one holds them."""
    assert _SET is not None
    try:
        fcntl.fcntl(queue, _SET, _FLOCK.pack(kind, os.SEEK_SET, start, length, 0))
    except (BlockingIOError, PermissionError):  # what says so depends on the file system
        return False
    return True


def _is_held(queue: int, start: int, length: int) -> bool:
    """Whether another open file holds one of these bytes."""
    assert _GET is not None
    asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    told = fcntl.fcntl(queue, _GET, asked)
    return bool(_FLOCK.unpack(told)[0] != fcntl.F_UNLCK)
