"""The power fails: whatever was not yet synced may be gone, in any order, and a removed journal may
be there again. Every save that was acknowledged still stands, and nothing half done.

kill -9 cannot see this: the kernel keeps what a dead process wrote. Here SQLite stands on a disk
made of memory (`Disk`, a VFS of apsw) that forgets at a cut. What is played on it are the
statements of the program's own saves, under the settings the program's own connections have. Of
PostgreSQL the settings are read instead: its disk is its own matter. `fsync` looks at the real
engine.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pia.store import opening
from pia.store.opening import database_file, open_store
from pia.store.upkeep import fsck

from . import history, writer
from .places import place

SAVES = 12
SECTOR = 512
FILE = "/town.db"
# So many looks of fsck at a whole database; every other look is SQLite's own.
DEEP = 20


class Cut(Exception):
    """There is no power any more."""


@dataclass(slots=True)
class Kept:
    """A file: what is on the disk for good, and what was only written."""

    durable: bytearray = field(default_factory=bytearray)
    now: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, at: int, data: bytes) -> None:
        for start in range(0, len(data), SECTOR):
            self.pending.append((at + start, data[start : start + SECTOR]))
        _put(self.now, at, data)

    def truncate(self, size: int) -> None:
        self.pending.append((size, b""))
        del self.now[size:]

    def sync(self) -> None:
        self.durable = bytearray(self.now)
        self.pending.clear()

    def fail(self, rng: random.Random, share: float) -> None:
        """What is left when the power fails: some of what was not synced."""
        for at, data in self.pending:
            if rng.random() < share:
                if data:
                    _put(self.durable, at, data)
                else:
                    del self.durable[at:]
        self.pending.clear()
        self.now = bytearray(self.durable)


def _put(body: bytearray, at: int, data: bytes) -> None:
    if len(body) < at:
        body.extend(bytes(at - len(body)))
    body[at : at + len(data)] = data


class Disk:
    """Files in memory, and when the power fails: after `left` more operations that write."""

    def __init__(self) -> None:
        self.files: dict[str, Kept] = {}
        self.named: dict[str, Kept] = {}
        """Which names the directory on the disk has."""
        self.left = -1
        self.is_off = False

    def spends(self) -> bool:
        """Whether this operation still reaches the disk. Cut at the one that does not; what a
        program does afterwards, when it puts things away, is done to nothing."""
        if self.left == 0 and not self.is_off:
            self.is_off = True
            raise Cut
        self.left -= self.left > 0
        return not self.is_off

    def open(self, name: str) -> Kept:
        return self.files.setdefault(name, Kept())

    def delete(self, name: str, sync: bool) -> None:
        if not self.spends():
            return
        self.files.pop(name, None)
        if sync:
            self.named = dict(self.files)

    def sync(self, file: Kept) -> None:
        if not self.spends():
            return
        file.sync()
        # SQLite syncs the directory with the first sync of a file it made.
        for name, kept in self.files.items():
            if kept is file:
                self.named[name] = file

    def fail(self, rng: random.Random) -> None:
        """The power is back: each change of the directory that was not synced came through or
        did not, and so did each sector."""
        names = {*self.named, *self.files}
        share = rng.choice((0.0, 0.5, 1.0))
        left = {}
        for name in sorted(names):
            named = self.named.get(name)
            here = self.files.get(name)
            if named is not here and rng.random() < 0.5:
                here = named
            if here is not None:
                here.fail(rng, share)
                left[name] = here
        self.files = left
        self.named = dict(left)
        self.left = -1
        self.is_off = False


class File:
    """An open file of the disk, as SQLite asks for it."""

    def __init__(self, disk: Disk, name: str) -> None:
        self.disk = disk
        self.file = disk.open(name)

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self.file.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        if self.disk.spends():
            self.file.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        if self.disk.spends():
            self.file.truncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.sync(self.file)

    def xFileSize(self) -> int:
        return len(self.file.now)

    def xLock(self, level: int) -> None: ...

    def xUnlock(self, level: int) -> None: ...

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        import apsw

        return int(apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE)

    def xClose(self) -> None: ...


def _vfs(disk: Disk) -> Any:
    """The disk as SQLite sees it."""
    import apsw

    class Vfs(apsw.VFS):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__("powercut", "")

        def xOpen(self, name: Any, flags: list[int]) -> File:
            path = name.filename() if isinstance(name, apsw.URIFilename) else name
            flags[1] = flags[0]
            return File(disk, path or "/temporary")

        def xDelete(self, name: str, sync: bool) -> None:
            disk.delete(name, sync)

        def xAccess(self, name: str, flags: int) -> bool:
            return name in disk.files

        def xFullPathname(self, name: str) -> str:
            return name

    return Vfs()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A database as bytes, and the statements of saves that follow, one list a save; the number
    of versions before them."""

    image: bytes
    saves: tuple[tuple[str, ...], ...]
    versions: int


def recorded(seed: int) -> Recorded:
    """Saves of the program, as SQLite was told them."""
    with place("sqlite", None) as url:
        history.prepare(url, seed)
        store = open_store(url)
        file = database_file(url)
        assert file is not None
        image = file.read_bytes()
        saves: list[tuple[str, ...]] = []
        statements: list[str] = []
        with store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.set_trace_callback(statements.append)
        for number in range(SAVES):
            statements.clear()
            writer.save(store, "w", f"w-{number}", number)
            saves.append(_write_part(statements))
        store.close()
        return Recorded(image, tuple(saves), 1)


def _write_part(statements: list[str]) -> tuple[str, ...]:
    """The statements of the one transaction that writes."""
    begins = statements.index("BEGIN IMMEDIATE")
    ends = statements.index("COMMIT", begins)
    return tuple(
        statement for statement in statements[begins + 1 : ends] if not statement.startswith("--")
    )


@dataclass(slots=True)
class Tried:
    """What came of the cuts."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    half: int = 0
    damaged: int = 0
    deep: int = 0

    @property
    def missed(self) -> int:
        return self.lost + self.half + self.damaged


def _set(connection: Any, settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchall()


def _saved(connection: Any, save: tuple[str, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement in save:
        connection.execute(statement).fetchall()
    connection.execute("COMMIT")


def _lives(recorded: Recorded, settings: Mapping[str, Any], rng: random.Random) -> Iterator[Tried]:
    """One cut after another, on the database that is left; a new one when all saves are made."""
    import apsw

    disk = Disk()
    vfs = _vfs(disk)
    done = len(recorded.saves)
    while True:
        tried = Tried(cuts=1)
        if done >= len(recorded.saves):
            disk.files = {FILE: Kept(bytearray(recorded.image), bytearray(recorded.image))}
            disk.named = dict(disk.files)
            done = 0
        disk.left = rng.randrange(1, 400)
        begun = done
        connection = apsw.Connection(FILE, vfs="powercut")
        try:
            _set(connection, settings)
            while done < len(recorded.saves):
                _saved(connection, recorded.saves[done])
                done += 1
        except (Cut, apsw.Error):
            # What the program sees of it is an error; nothing is done about it any more.
            pass
        tried.acknowledged = done - begun
        disk.is_off = True
        connection.close(True)
        disk.fail(rng)
        done = _looked(recorded, settings, disk, done, tried, rng)
        yield tried
        assert vfs is not None


def _looked(
    recorded: Recorded,
    settings: Mapping[str, Any],
    disk: Disk,
    acknowledged: int,
    tried: Tried,
    rng: random.Random,
) -> int:
    """How many saves stand after the power is back. A save that was never acknowledged may stand
    or not, and as a whole."""
    import apsw

    connection = apsw.Connection(FILE, vfs="powercut")
    try:
        _set(connection, settings)
        (versions,) = connection.execute("SELECT count(*) FROM version").fetchone()
        (entries,) = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE action = 'drill.save'"
        ).fetchone()
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        keys = connection.execute("PRAGMA foreign_key_check").fetchall()
        connection.close()
    except apsw.Error:
        tried.damaged += 1
        return len(recorded.saves)
    stands = versions - recorded.versions
    tried.lost += stands < acknowledged
    tried.half += entries != stands or stands > acknowledged + 1
    tried.damaged += not sound or bool(keys)
    if rng.random() < 1 / DEEP:
        tried.deep += 1
        tried.damaged += _deep(bytes(disk.files[FILE].now))
    return int(stands)


def _deep(body: bytes) -> bool:
    """Whether fsck finds damage."""
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        file = Path(folder) / "pia.db"
        file.write_bytes(body)
        store = open_store(f"sqlite:///{file}")
        problems = fsck.check(store, deep=True)
        store.close()
        return fsck.damaged(problems)


def _cut(settings: Mapping[str, Any], number: int, seed: int) -> Tried:
    total = Tried()
    lives = _lives(recorded(seed), settings, random.Random(seed))
    for _ in range(number):
        tried = next(lives)
        for name in Tried.__slots__:
            setattr(total, name, getattr(total, name) + getattr(tried, name))
    lives.close()
    return total


def _figures(tried: Tried) -> dict[str, Any]:
    return {name: getattr(tried, name) for name in Tried.__slots__}


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` cuts."""
    if kind == "pg":
        with place(kind, pg) as url:
            # Refuses a server that would answer before it has written.
            open_store(url).close()
        return {"settings read": len(opening._SERVER), "missed": 0}
    tried = _cut(opening._PRAGMAS, args.n, args.seed)
    missed = tried.missed + (not tried.acknowledged)
    return {**_figures(tried), "missed": missed}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Saves lost under `synchronous = FULL`, SQLite's own default: the directory is not synced
    when the journal goes."""
    return _cut(opening._PRAGMAS | {"synchronous": 2}, 60, args.seed).lost
