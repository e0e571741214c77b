"""The queue of SQLite's writers: in the order they came, past whoever is killed or gives up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from pia.domain.errors import Unavailable
from pia.store import turns

_HOLDS = """
import sys, time
from pathlib import Path
from pia.store import turns
with turns.queued(Path(sys.argv[1]), 30):
    print("mine", flush=True)
    time.sleep(600)
"""


def waiting(database: Path) -> int:
    """How many hold a number: whoever is in, and who waits."""
    queue = os.open(database.with_name(database.name + turns.SUFFIX), os.O_RDWR)
    try:
        last = turns._NUMBER.unpack(os.pread(queue, 8, 0))[0]
        return sum(turns._is_held(queue, number, 1) for number in range(1, last + 1))
    finally:
        os.close(queue)


class Row:
    """Writers that come one after the other, each once the one before stands in the queue."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.came: list[int] = []
        self.threads: list[threading.Thread] = []

    def comes(self, name: int, wait: float = 60) -> None:
        before = waiting(self.database)

        def write() -> None:
            try:
                with turns.queued(self.database, wait):
                    self.came.append(name)
            except Unavailable:
                self.came.append(-name)

        self.threads.append(threading.Thread(target=write))
        self.threads[-1].start()
        while wait and waiting(self.database) == before and self.threads[-1].is_alive():
            pass

    def ends(self) -> list[int]:
        for thread in self.threads:
            thread.join(60)
        return self.came


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "pia.db"


def test_who_came_first_is_first(database: Path) -> None:
    with turns.queued(database, 5):
        row = Row(database)
        for name in range(1, 9):
            row.comes(name)
        assert waiting(database) == 9 and row.came == []
    assert row.ends() == list(range(1, 9))


def test_who_gives_up_keeps_nobody_waiting_and_lets_nobody_past(database: Path) -> None:
    with turns.queued(database, 5):
        row = Row(database)
        row.comes(1)
        row.comes(2, wait=0.05)
        row.threads[-1].join(60)
        row.comes(3)
        assert row.came == [-2]
        assert waiting(database) == 3  # who is in, 1 and 3
    assert row.ends() == [-2, 1, 3]


def test_who_does_not_wait_is_told_at_once(database: Path) -> None:
    with turns.queued(database, 5), pytest.raises(Unavailable), turns.queued(database, 0):
        pass
    with turns.queued(database, 0):
        pass


def test_a_killed_writer_holds_nothing(database: Path) -> None:
    command = [sys.executable, "-c", _HOLDS, str(database)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "mine\n"
    row = Row(database)
    row.comes(1)
    assert row.came == []
    holder.send_signal(signal.SIGKILL)
    holder.wait(60)
    assert row.ends() == [1]


@pytest.mark.parametrize("kept", [b"", b"\x01", b"\xff" * 8, b"x" * 100])
def test_whatever_stands_in_the_file(database: Path, kept: bytes) -> None:
    """A loss of power may leave anything; a number in use is passed over."""
    with ExitStack() as stack:
        stack.enter_context(turns.queued(database, 5))
        file = database.with_name(database.name + turns.SUFFIX)
        file.write_bytes(kept)
        with turns.queued(database.with_name("other.db"), 5):
            pass
        stack.close()
        with turns.queued(database, 5):
            pass


def test_where_no_file_can_be_made_nobody_is_kept_out(tmp_path: Path) -> None:
    with turns.queued(tmp_path / "none" / "pia.db", 1), turns.queued(tmp_path / "none" / "x", 1):
        pass


def test_a_child_made_meanwhile_holds_nothing_on(database: Path) -> None:
    with turns.queued(database, 5):
        child = os.fork()
        if child == 0:  # as the reader of workbooks: it knows nothing of the turn
            signal.pause()
            os._exit(0)
    try:
        with turns.queued(database, 0):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_two_chains_rarely_share_a_lock() -> None:
    assert len({turns.lock_of(f"body-{number}") for number in range(2_000)} | {0}) > 1_990
    assert all(-(2**31) <= turns.lock_of(name) < 2**31 for name in ("main", "body-2", ""))
