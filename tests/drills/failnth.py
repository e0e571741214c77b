"""Every deed of the whole case fails at its first step, at its second, and so on until it passes:
each time the database is as it was before, and at the end as if nothing had failed.

A step is a statement, the commit, a drawing of a paper or a packing of a file. The case is the
demonstration's (`actions.demo`); each act it calls is tried again and again. Then commands write
files with less and less room: the file they were asked for is whole, or what stood there before.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import random
import resource
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import event, text

from pia import cli
from pia.actions import demo
from pia.actions.workplace import Workplace
from pia.store.opening import Store, database_file
from pia.store.rows.tables import METADATA
from pia.store.upkeep import fsck
from tests import forked, shared

from . import history
from .places import place

# Where something is drawn or packed.
RENDERED = (
    "pia.documents.pdf.assessment:write",
    "pia.documents.ooxml.package:pack",
    "pia.documents.word.as_pdf:write",
)
# The modules of acts the demonstration calls.
ACTS = (
    "national",
    "versions",
    "registration",
    "consultations",
    "councils",
    "filing",
    "referrals",
    "remarks",
    "sittings",
)


class Torn(Exception):
    """Something of a failed deed stands: what follows would not be the case any more."""


class Failed(Exception):
    """A step that was made to fail and is no statement."""


@dataclass(slots=True)
class Steps:
    """Counts steps and fails one of them: the number `left` from now; -1 for none."""

    left: int = -1
    counted: int = 0

    def step(self, error: Callable[[], Exception]) -> None:
        self.counted += 1
        if self.left == 0:
            self.left = -1
            raise error()
        self.left -= self.left > 0


@dataclass(slots=True)
class Tried:
    """What came of it."""

    store: Store
    steps: Steps
    rng: random.Random
    percent: int
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def state(store: Store) -> str:
    """What the database says, in one digest."""
    file = database_file(store.engine.url.render_as_string(hide_password=False))
    if file is not None:
        return sha256(file.read_bytes()).hexdigest()
    tables = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS rows, "
        f'coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS said FROM "{table}" t'
        for table in sorted(METADATA.tables)
    )
    with store.read() as session:
        # A server may read the tables side by side: their order says nothing.
        return str(sorted(session.execute(text(tables)).all()))


class Acts(ModuleType):
    """A module of acts in which each is tried with every step failing before it passes."""

    def __init__(self, module: ModuleType, tried: Tried):
        super().__init__(module.__name__)
        self._module = module
        self._tried = tried

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._module, name)
        if not callable(attribute) or isinstance(attribute, type):
            return attribute
        return lambda *given, **named: _again(self._tried, name, lambda: attribute(*given, **named))


def _again(tried: Tried, name: str, act: Callable[[], Any]) -> Any:
    """The act with its steps failing one by one, then in earnest."""
    before = state(tried.store)
    tried.counts["acts"] += 1
    number = 0
    while True:
        tried.steps.left = number
        tried.steps.counted = 0
        try:
            done = act()
        except Exception as error:
            if tried.steps.left >= 0:
                raise
            tried.counts["failed"] += 1
            if state(tried.store) != before:
                tried.wrong.append(f"{name}: step {number} failed and something stands: {error}")
                raise Torn from error
            number += tried.rng.randint(1, 200 // tried.percent - 1)
            continue
        if tried.steps.left < 0:
            tried.wrong.append(f"{name}: step {number} failed and nobody was told")
        tried.steps.left = -1
        tried.counts["steps"] += tried.steps.counted
        return done


@contextmanager
def _failing(store: Store, steps: Steps) -> Iterator[None]:
    """Statements, commits and drawings of this process count as steps."""

    def statement(cursor: Any, *_: Any) -> None:
        steps.step(lambda: store.engine.dialect.loaded_dbapi.OperationalError("disk I/O error"))

    def committing(_: Any) -> None:
        steps.step(lambda: sqlite3.OperationalError("disk I/O error"))

    listened = [("do_execute", statement), ("do_executemany", statement), ("commit", committing)]
    with ExitStack() as stack:
        for name, heard in listened:
            event.listen(store.engine, name, heard)
            stack.callback(event.remove, store.engine, name, heard)
        for target in RENDERED:
            stack.enter_context(_counted(target, steps))
        yield


@contextmanager
def _counted(target: str, steps: Steps) -> Iterator[None]:
    """A function whose calls are steps."""
    name, _, function = target.partition(":")
    module = importlib.import_module(name)
    was = getattr(module, function)

    def drawn(*given: Any, **named: Any) -> Any:
        steps.step(lambda: Failed(target))
        return was(*given, **named)

    setattr(module, function, drawn)
    try:
        yield
    finally:
        setattr(module, function, was)


def _played(kind: str, pg: str | None, percent: int, seed: int, undone: bool = True) -> Tried:
    """The whole case, its acts failing. `undone`: what a failed act wrote is taken back."""
    with place(kind, pg) as url, ExitStack() as stack:
        wp: Workplace = shared.workplace_at(url)
        # What follows an act that stands may fail and nobody is told (tests/web/test_cost.py).
        wp = replace(wp, store=replace(wp.store, follow=lambda _: None))
        if not undone:
            wp.store.engine.dialect.do_rollback = wp.store.engine.dialect.do_commit
        steps = Steps()
        tried = Tried(wp.store, steps, random.Random(seed), percent)
        stack.callback(wp.store.close)
        stack.enter_context(_failing(wp.store, steps))
        for name in ACTS:
            was = getattr(demo, name)
            setattr(demo, name, Acts(was, tried))
            stack.callback(setattr, demo, name, was)
        with suppress(Torn):
            demo.play(wp)
        damage = [
            str(problem) for problem in fsck.check(wp.store, deep=True) if problem.level != "info"
        ]
        tried.wrong += damage
    return tried


# Commands that write a file, each as its arguments.
COMMANDS = (
    ("export", "nhi-benefits", "--format", "xlsx"),
    ("export", "nhi-benefits", "--format", "json"),
    ("diff", "nhi-benefits@1", "nhi-benefits", "--format", "xlsx"),
    ("change-table", "nhi-benefits@1", "nhi-benefits", "--format", "xlsx"),
    ("export", "nhi-benefits", "--format", "pdf"),
)


def _files(percent: int, counts: Counter[str], wrong: list[str]) -> None:
    """Commands with room for so many bytes: nothing, a half, all but one; on both a new file and
    one that stood there."""
    many = len(COMMANDS) if percent >= 50 else 1
    with place("sqlite", None, "") as url, tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS[:many]:
            file = Path(folder) / "out"
            _command(url, command, file, None)
            whole = len(file.read_bytes())
            for room in (0, whole // 2, whole - 1):
                for stood in (b"", b"what stood here"):
                    file.unlink(missing_ok=True)
                    if stood:
                        file.write_bytes(stood)
                    code = _command(url, command, file, room)
                    counts["files"] += 1
                    now = file.read_bytes() if file.exists() else b""
                    left = [path.name for path in Path(folder).iterdir() if path != file]
                    if now != stood or left or code not in (1, 2):
                        wrong.append(f"{command[0]} with room for {room}: {code} {left}")
            file.unlink(missing_ok=True)


def _command(url: str, command: tuple[str, ...], file: Path, room: int | None) -> int:
    """A command in a child that may write so many bytes into one file."""

    environment = {**os.environ, "PIA_DATABASE_URL": url}
    narrow = partial(_narrow, [*command, "-o", str(file)], room)
    return forked.Child(narrow, history.ROOT, environment).wait()


def _narrow(command: list[str], room: int | None) -> None:
    if room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    cli.main(command)


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` of every hundred steps fail, drawn from the seed; 100: every one."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    tried = _played(kind, pg, args.n, args.seed)
    if kind == "sqlite":
        _files(args.n, tried.counts, tried.wrong)
    missed = len(tried.wrong) + (not tried.counts["failed"])
    return {**tried.counts, "which": tried.wrong[:20], "missed": missed}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Acts of which something stands where a transaction that failed is not undone."""
    return len(_played(kind, pg, 50, args.seed, undone=False).wrong)
