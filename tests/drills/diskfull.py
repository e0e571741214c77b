"""The disk fills up while people save: each is told so (507), nobody who was told that a save
stands loses it, pages can be read meanwhile, and with room again everything goes on.

Two ways: SQLite may use no page more (`max_page_count`), and a file system of a few megabytes in
memory is filled up around the database, of SQLite or of PostgreSQL (a tablespace). Where no such
file system can be mounted the drill says so.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from pia.actions.workplace import Workplace
from pia.store.opening import upgrade
from pia.store.upkeep import fsck
from tests import shared

from . import officers
from .defences import without
from .officers import Officer
from .places import place

# Megabytes of the small file system.
SMALL = {"sqlite": 6, "pg": 40}


@dataclass(slots=True)
class Disk:
    """How the disk of a database is filled and emptied."""

    fill: Callable[[], None]
    empty: Callable[[], None]


@contextmanager
def _pages(kind: str, pg: str | None) -> Iterator[tuple[str, Callable[[Workplace], Disk]] | None]:
    """A database that may have only so many pages."""
    if kind == "pg":
        yield None
        return
    with place(kind, pg) as url:

        def disk(wp: Workplace) -> Disk:
            def limit(more: int) -> None:
                wp.store.engine.dispose()
                with wp.store.engine.connect() as connection:
                    raw = connection.connection.driver_connection
                    assert isinstance(raw, sqlite3.Connection)
                    raw.set_authorizer(None)
                    pages = raw.execute("PRAGMA page_count").fetchone()[0]
                    raw.execute(f"PRAGMA max_page_count = {pages + more}")

            return Disk(lambda: limit(2), lambda: limit(1_000_000))

        yield url, disk


@contextmanager
def _mounted(kind: str, pg: str | None) -> Iterator[tuple[str, Callable[[Workplace], Disk]] | None]:
    """A database on a small file system of its own; None where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="pia-drill-"))
    size = f"size={SMALL[kind]}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    try:
        is_mounted = (
            shutil.which("mount") is not None
            and not subprocess.run(mount, capture_output=True).returncode
        )
        if not is_mounted:
            yield None
            return
        try:
            with _on(folder, kind, pg) as url:
                yield None if url is None else (url, lambda _: _filler(folder))
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _on(folder: Path, kind: str, pg: str | None) -> Iterator[str | None]:
    """The URL of a database in a folder."""
    if kind == "sqlite":
        shutil.copy(shared.blank(), folder / "pia.db")
        yield f"sqlite:///{folder}/pia.db"
        return
    url = make_url(str(pg)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as server:
        shutil.chown(folder, "postgres")
        try:
            server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")  # type: ignore[arg-type]
        except psycopg.Error:
            # Another machine's server, or one that may not write here.
            yield None
            return
        try:
            server.execute("CREATE DATABASE small TABLESPACE small")
            small_url = url.set(database="small").render_as_string(hide_password=False)
            upgrade(small_url)
            yield small_url
        finally:
            server.execute("DROP DATABASE IF EXISTS small WITH (FORCE)")
            server.execute("DROP TABLESPACE small")


def _filler(folder: Path) -> Disk:
    """A file that takes all the room there is left."""
    file = folder / "filler"

    def fill() -> None:
        with file.open("wb", buffering=0) as out:
            for size in (1 << 16, 1 << 12):
                try:
                    while True:
                        out.write(os.urandom(size))
                except OSError:
                    continue

    return Disk(fill, lambda: file.unlink(missing_ok=True))


@dataclass(slots=True)
class Filled:
    """What came of the fillings."""

    counts: Counter[str]
    misses: dict[str, Any]
    wrong: list[str]


def _times(url: str, disk_of: Callable[[Workplace], Disk], many: int, seed: int) -> Filled:
    """Fills the disk so many times under two officers."""
    rng = random.Random(seed)
    wp = officers.town(url)
    people = officers.office(wp, 2)
    disk = disk_of(wp)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for turn in range(many):
        disk.fill()
        full = sum(_works_until_full(rng.choice(people), wrong) for _ in range(3))
        counts["fillings"] += 1
        counts["told full"] += full
        if not full:
            wrong.append(f"{turn}: nobody was told")
        reader = people[0].client.get("/affairs/new").status_code
        counts["read while full"] += reader == 200
        disk.empty()
        officers.heals(people[0], 20)
        left = officers.sent_again(people)
        if left:
            wrong.append(f"{turn}: {left} forms still refused with room again")
    misses = officers.misses(wp, people)
    damage = [
        str(problem) for problem in fsck.check(wp.store, deep=True) if problem.level != "info"
    ]
    wp.store.close()
    if counts["read while full"] < counts["fillings"]:
        wrong.append("a page could not be read while the disk was full")
    return Filled(counts, misses, [*wrong, *damage])


def _works_until_full(officer: Officer, wrong: list[str]) -> int:
    """Saves until told that there is no room; whether that was."""
    for _ in range(40):
        form = officer.asks()
        if form is None:
            return 0
        form.fields["name"] = "渡" * 60
        status = officer.sends(form)
        if status in officers.AWAY:
            return 1
        if status not in (200, 303):
            wrong.append(f"{form.key}: {status}")
            return 0
    return 0


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` fillings each way."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    out: dict[str, Any] = {"missed": 0}
    for name, way in (("pages", _pages), ("tmpfs", _mounted)):
        with way(kind, pg) as place:
            if place is None:
                out[name] = "cannot be had here"
                continue
            filled = _times(*place, args.n, args.seed)
        out |= {f"{name}: {word}": many for word, many in filled.counts.items()}
        out |= {
            f"{name}: {word}": filled.misses[word] for word in ("acknowledged", "lost", "strange")
        }
        out[f"{name}: which"] = filled.wrong[:10]
        out["missed"] += filled.misses["missed"] + len(filled.wrong)
    return out


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Answers of 500 where nobody says what a full disk is."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    way = _pages if kind == "sqlite" else _mounted
    with way(kind, pg) as place, without("faults said"):
        if place is None:
            return 1
        return int(_times(*place, 1, args.seed).misses["strange"])
