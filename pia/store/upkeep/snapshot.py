"""A copy of a running SQLite file as it stood at one moment, made beside its writers.

Knows bytes and SQLite's locks. Must not know tables. The file is first copied without any lock,
whatever is written meanwhile; then, while nobody can commit, both are read once more and what
differs is copied anew. So writers wait for one reading from memory and never for the disk of the
copy. The work is done by a process of its own that runs this file: closing a file drops all locks
its process holds on it (SQLite, "How To Corrupt An SQLite Database File", 2.2).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess  # nosec B404 # this very file, by this very interpreter
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

Step = Callable[[int, int, str], None]
CHUNK = 1 << 20  # bytes read at once
WAIT = 10.0  # seconds until the moment in which nobody commits
SAYS = "データベースの写し"


def take(source: Path, target: Path, step: Step = lambda *_: None) -> None:
    """Copies a database into a new file that only its owner reads; on the disk when this returns.
    `step(done, total, says)` is told how far it is. OSError with the reason where it cannot be
    done; then there is no file.
    """
    command = [sys.executable, __file__, str(source), str(target)]
    with subprocess.Popen(  # nosec B603 # no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        for line in child.stdout:
            done, total = map(int, line.split())
            step(done, total, SAYS)
        reason = child.stderr.read().strip()
    if child.returncode:
        target.unlink(missing_ok=True)
        raise OSError(reason.rpartition("\n")[2] or "the copy was stopped")


def _copy(source: Path, target: Path) -> Iterator[tuple[int, int]]:
    """Both readings; yields how much of them is done."""
    copy = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    read = os.open(source, os.O_RDONLY)
    total = 2 * max(1, os.fstat(read).st_size)
    at = 0
    for at in _differing(read, copy):
        yield at, total
    os.fsync(copy)  # what stands by now is on the disk before anybody has to wait
    with closing(_still(source)):
        for further in _differing(read, copy):
            yield min(at + further, total), total
        os.ftruncate(copy, os.fstat(read).st_size)
    os.fsync(copy)
    yield total, total


def _still(source: Path) -> sqlite3.Connection:
    """A connection that reads: until it is closed nobody commits, and the file is whole. One that
    is broken is copied as it is: whoever looks at the copy says so.
    """
    connection = sqlite3.connect(source, timeout=WAIT, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return connection
    return connection


def _differing(read: int, copy: int) -> Iterator[int]:
    """Writes what differs; yields how far it is, in bytes."""
    at = 0
    while chunk := os.pread(read, CHUNK, at):
        if os.pread(copy, len(chunk), at) != chunk:
            os.pwrite(copy, chunk, at)
        at += len(chunk)
        yield at


def main(source: str, target: str) -> int:
    """What the process of its own does: the copy, with a line for every hundredth part."""
    percent = -1
    try:
        for done, total in _copy(Path(source), Path(target)):
            if done * 100 // total != percent:
                percent = done * 100 // total
                print(done, total, flush=True)
    except (OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
