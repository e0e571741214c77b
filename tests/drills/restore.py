"""Backups taken while people write, each brought back: sound, with every save that was acknowledged
before it began; on SQLite also a segment after it, on PostgreSQL also a base backup with the
archive of the log. The control brings back the backup of the round before, and must miss saves.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
from sqlalchemy import make_url

from pia.store.opening import Store, open_store, upgrade
from pia.store.rows import assessments
from pia.store.upkeep import backup, fsck, segments
from pia.store.upkeep.fsck_since import mark_of
from tests import forked
from tests.domain import trees
from tests.store import city, servers

from . import history
from .beside import enlarge
from .places import place

WHOLE = 20  # so many rounds and more: PostgreSQL's own archive is drilled too


class Writers:
    """Writers in processes of their own, and what they were told so far."""

    def __init__(self, url: str, number: int):
        self.saved: list[history.Saved] = []
        self._processes = [history.start(url, f"w{n}") for n in range(number)]
        self._readers = [Thread(target=self._read, args=(p,)) for p in self._processes]
        for reader in self._readers:
            reader.start()

    def _read(self, process: forked.Child) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.saved += history.told(line)[0]

    def more(self, number: int) -> list[history.Saved]:
        """What was acknowledged by now, once there are so many more than before."""
        wanted = len(self.saved) + number
        while len(self.saved) < wanted:
            time.sleep(0.01)
        return list(self.saved)

    def pause(self, paused: bool) -> None:
        """Holds them while what they saved is looked at: else there is ever more to look at."""
        for process in self._processes:
            process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()


def lost(url: str, saved: list[history.Saved]) -> int:
    """Acknowledged saves that are not there as they were told, and findings of fsck."""
    store = open_store(url)
    with store.read() as session:
        line = {v.seq: v for v in assessments.log(session, assessments.by_key(session, "drill"))}
    damage = len(fsck.check(store, deep=True))
    store.close()
    return damage + sum(
        seq not in line or line[seq].digest != digest or line[seq].why != mark
        for seq, digest, mark in saved
    )


@contextmanager
def new_place(url: str, folder: Path, number: int) -> Iterator[str]:
    """Where a backup is brought back to; nothing of it stays."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder}/back-{number}.db"
        return
    name = f"{make_url(url).database}_back_{number}"
    yield make_url(url).set(database=name).render_as_string(hide_password=False)
    server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')  # type: ignore[arg-type]


def heads(file: Path) -> tuple[tuple[str, int, str], ...]:
    store = open_store(f"sqlite:///{file}")
    with store.read() as session:
        found = mark_of(session).heads
    store.close()
    return found


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` rounds."""
    rng = random.Random(args.seed)
    missed = seen_by_control = segments_lost = acknowledged = 0
    with place(kind, pg) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history.prepare(url, args.seed)
        store = open_store(url)
        writers = Writers(url, args.writers)
        before: Path | None = None
        try:
            for turn in range(args.n):
                saved = writers.more(rng.randint(3, 20))
                acknowledged = len(saved)
                file = folder / f"pia-{turn:03}.db"
                backup.backup(store, file)
                after = None
                if kind == "sqlite":
                    after = _segment(store, writers, file, folder)
                writers.pause(True)
                with new_place(url, folder, turn) as back:
                    backup.restore(file, back)
                    missed += lost(back, saved)
                if after is not None:
                    segments_lost += _lost_by(*after, folder)
                if before is not None:
                    with new_place(url, folder, 900 + turn) as back:
                        backup.restore(before, back)
                        seen_by_control += lost(back, saved) > 0
                before = file
                writers.pause(False)
        finally:
            writers.stop()
            store.close()
    counts = {
        "rounds": args.n,
        "acknowledged": acknowledged,
        "lost or damaged": missed,
        "control rounds": max(0, args.n - 1),
        "control sees": seen_by_control,
    }
    wrong = missed + segments_lost + (args.n - 1 - seen_by_control)
    if kind == "sqlite":
        counts["lost by segments"] = segments_lost
    elif args.n >= WHOLE:
        archive = archived(args)
        wrong += archive.pop("missed")
        counts |= archive
    return {**counts, "missed": wrong}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """In how many of two rounds the saves are missed that came after the backup before."""
    more = argparse.Namespace(**vars(args) | {"n": 3})
    return int(run(kind, pg, more)["control sees"])


def _segment(
    store: Store, writers: Writers, file: Path, folder: Path
) -> tuple[Path, list[history.Saved]]:
    """A segment of what was saved after a backup, and what was acknowledged by then."""
    first = segments.read(segments.begin(file, heads(file), folder))
    saved = writers.more(5)
    segment = segments.take(store, first, folder)
    assert segment is not None
    return segment, saved


def _lost_by(segment: Path, saved: list[history.Saved], folder: Path) -> int:
    """What is lost when a segment is brought back."""
    back = f"sqlite:///{folder}/{segment.stem}.db"
    backup.restore(segment, back)
    return lost(back, saved)


def archived(args: argparse.Namespace) -> dict[str, int]:
    """A server whose log is archived dies with its disk; base backup and archive bring it back up
    to the last file of the log. Control: the base backup alone misses saves."""
    programs = servers._binaries()
    assert programs is not None, servers.HOW
    with tempfile.TemporaryDirectory(prefix="pia-wal-") as name:
        home = Path(name)
        home.chmod(0o755)
        for part in ("", "wal", "empty"):
            (home / part).mkdir(exist_ok=True)
            if servers._other_user():
                shutil.chown(home / part, "postgres")
        data = home / "data"
        servers._run(
            home, f"{programs}/initdb", "-D", str(data), "-U", "pia", "-A", "trust", "-E", "UTF8"
        )
        archive = f"test ! -f {home}/wal/%f && cp %p {home}/wal/%f"
        url = _started(programs, home, data, f"-c archive_mode=on -c archive_command='{archive}'")
        upgrade(url)
        history.prepare(url, args.seed)
        writers = Writers(url, args.writers)
        try:
            writers.more(30)
            where = make_url(url)
            servers._run(
                home,
                *(f"{programs}/pg_basebackup", "-D", str(home / "base"), "-X", "stream"),
                *("-c", "fast", "-h", "127.0.0.1", "-p", str(where.port), "-U", "pia"),
            )
            saved = writers.more(30)
            with psycopg.connect(url, autocommit=True) as connection:
                last = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
                assert last is not None
            while not (home / "wal" / last[0]).exists():
                time.sleep(0.05)
            writers.more(5)  # these are lost with the machine
        finally:
            writers.stop()
            servers._run(home, f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        servers._run(home, "rm", "-rf", str(data))
        missed = _brought_back(programs, home, home / "wal", saved)
        control = _brought_back(programs, home, home / "empty", saved)
    return {
        "archived": len(saved),
        "lost by the archive": missed,
        "control without the archive misses": control,
        "missed": missed + (control == 0),
    }


def _started(programs: Path, home: Path, data: Path, more: str = "") -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories= {more}"
    servers._run(
        home,
        *(f"{programs}/pg_ctl", "-D", str(data), "-o", options),
        *("-l", str(home / "log"), "-w", "-t", "120", "start"),
    )
    return f"postgresql://pia@127.0.0.1:{port}/postgres"


def _brought_back(programs: Path, home: Path, wal: Path, saved: list[history.Saved]) -> int:
    """As docs/operations.md says."""
    data = home / f"back-{wal.name}"
    servers._run(home, "cp", "-a", str(home / "base"), str(data))
    line = f"restore_command = 'cp {wal}/%f %p'"
    servers._run(home, "sh", "-c", f'echo "{line}" >> {data}/postgresql.auto.conf')
    servers._run(home, "touch", str(data / "recovery.signal"))
    url = _started(programs, home, data)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                time.sleep(0.1)
        return lost(url, saved)
    finally:
        servers._run(home, f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "stop")


class Clock:
    """Seconds of what is done, by the wall and of this machine's processor (with the processes it
    started): the second tells the same on a busy machine."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        began = (time.monotonic(), _processor())
        yield
        passed = (time.monotonic() - began[0], _processor() - began[1])
        self.seconds[what] = [round(seconds, 1) for seconds in passed]


def _processor() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def recovery(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """How long it takes at a size: `-n` megabytes of files and as many versions."""
    clock = Clock()
    kilobytes = {}
    with place(kind, pg) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(url)
        _versions(store, max(10, args.n), args.seed)
        enlarge(store, args.n)
        with clock.of("fsck"):
            problems = len(fsck.beside(store)[0])
        file = folder / "pia-2027-01-01.db"
        with clock.of("backup with --deep"):
            backup.backup(store, file)
        size = file.stat().st_size
        with store.read() as session:
            mark = mark_of(session)
        if kind == "sqlite":
            first = segments.read(segments.begin(file, mark.heads, folder))
        _versions(store, 20, args.seed + 1)
        with clock.of("fsck of 20 saves"):
            problems += len(fsck.since(store, mark, deep=True)[0])
        if kind == "sqlite":
            with clock.of("segment of 20 saves"):
                segment = segments.take(store, first, folder)
            assert segment is not None
            kilobytes = {"kilobytes of the segment": segment.stat().st_size // 1000}
            file = segment
        with new_place(url, folder, 1) as back:
            with clock.of("restore"):
                backup.restore(file, back)
            copy = open_store(back)
            with store.read() as one, copy.read() as other:
                problems += mark_of(one) != mark_of(other) and kind == "sqlite"
            copy.close()
        store.close()
    return {
        "megabytes": size // 1_000_000,
        "versions": max(10, args.n),
        **kilobytes,
        "seconds [wall, processor]": clock.seconds,
        "missed": int(problems),
    }


def _versions(store: Store, number: int, seed: int) -> None:
    rng = random.Random(seed)
    with store.begin() as session:
        assessment = city.found(session, f"size-{seed}")
        last = None
        for _ in range(number):
            last = city.save(session, assessment, trees.a_tree(rng, share=0.1), last)
