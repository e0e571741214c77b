"""What the house promises, and the drill that tries to break each promise: the one table from
which the suite takes its small sizes, a release its full ones, and docs/promises.md its rows.

`python -m tests.drills promises` runs every drill of the table at a share of its full size, each
in a child of its own, with its control: the same check with the defence off, which must find
something. Knows drills by their names and sizes; must not know what one does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"
FIGURES = ROOT / "docs" / "promises.json"
BOTH = ("sqlite", "pg")
NO_BASE = ("",)

Figures = dict[str, Any]


class Drill(Protocol):
    """How every drill looks. `run` counts, and `missed` is what must not be; `control` is how
    much of it is found with the defence off, and must not be 0. `args`: n, writers, seed."""

    def run(self, kind: str, pg: str | None, args: argparse.Namespace) -> Figures:
        """Tries on one kind of database, `pg` the URL of a server."""
        ...

    def control(self, kind: str, pg: str | None, args: argparse.Namespace) -> int:
        """Misses found with the defence off."""
        ...


@dataclass(frozen=True, slots=True)
class Sized:
    """A drill with its sizes: in the suite (0: its tests stand in the suite themselves, or it is
    too long for it) and at a release; on which databases; and what is counted."""

    drill: str
    suite: int
    release: int
    of: str
    kinds: tuple[str, ...] = BOTH
    writers: int = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of design/reliability.md §1 and what holds it."""

    number: int
    words: str
    drills: tuple[Sized, ...]


PROMISES = (
    Promise(
        1,
        "An acknowledged save survives the death of its process",
        (Sized("kill9", 5, 500, "kills", writers=8),),
    ),
    Promise(
        2,
        "… and a power failure",
        (
            Sized("powercut", 200, 5_000, "cuts", ("sqlite",)),
            Sized("fsync", 5, 200, "saves", ("sqlite",)),
        ),
    ),
    Promise(3, "All or nothing", (Sized("failnth", 2, 100, "steps in a hundred"),)),
    Promise(
        4,
        "No lost update",
        (
            Sized("editors", 4, 120, "tries a writer", writers=8),
            Sized("web_editors", 2, 120, "seconds", writers=32),
        ),
    ),
    Promise(5, "Sending again is harmless", (Sized("web_twice", 16, 200, "pairs"),)),
    Promise(6, "Any altered row is noticed", (Sized("tamper", 12, 5_000, "alterations"),)),
    Promise(
        7,
        "fsck names each damage",
        (
            Sized("fsck_codes", 0, 1, "tests", NO_BASE),
            Sized("fsck_size", 5_000, 1_000_000, "entries"),
        ),
    ),
    Promise(
        8, "The program cannot rewrite history", (Sized("appendonly", 0, 1, "tests", NO_BASE),)
    ),
    Promise(
        9,
        "Backups restore",
        (
            Sized("restored", 0, 1, "tests", NO_BASE),
            Sized("restore", 2, 20, "backups"),
        ),
    ),
    Promise(10, "A full disk loses nothing", (Sized("diskfull", 2, 50, "fillings"),)),
    Promise(11, "The database goes and comes back", (Sized("dbdown", 2, 20, "times"),)),
    Promise(12, "Order is not the clock", (Sized("skew", 20, 2_000, "acts"),)),
    Promise(13, "Migrations keep data", (Sized("migrate", 0, 1, "tests", NO_BASE),)),
    Promise(
        14,
        "Every route decides who",
        (
            Sized("rights", 0, 9, "people"),
            Sized("matrix", 0, 1, "tests", NO_BASE),
        ),
    ),
    Promise(15, "Withheld text never leaves", (Sized("canary", 1, 10_000, "bodies"),)),
    Promise(16, "No injection", (Sized("naughty", 0, 60, "plays", ("sqlite",)),)),
    Promise(
        17, "A malformed upload is harmless", (Sized("xlsx_broken", 10, 10_000, "files", NO_BASE),)
    ),
    Promise(18, "Bombs are bounded", (Sized("bombs", 6, 40, "files", NO_BASE),)),
    Promise(
        19,
        "Export and import lose no text",
        (
            Sized("roundtrip", 10, 5_000, "documents", NO_BASE),
            Sized("xlsx_roundtrip", 0, 2_000, "documents", NO_BASE),
        ),
    ),
    Promise(20, "Every document can be printed", (Sized("pdf", 6, 2_000, "papers", NO_BASE),)),
    Promise(
        21,
        "Anonymous intake is safe and nameless",
        (
            Sized("flood", 4, 60, "seconds"),
            Sized("nameless", 4, 1_000, "opinions"),
        ),
    ),
    Promise(
        22,
        "The order of the procedure",
        (Sized("workflow", 2, 2_000, "runs of 50 steps", ("sqlite",)),),
    ),
    Promise(23, "Every statement has its author", (Sized("attribution", 6, 2_000, "histories"),)),
    Promise(24, "No answer of 500", (Sized("web_random", 120, 50_000, "requests"),)),
    Promise(
        25,
        "Fast enough",
        (Sized("web_load", 2, 300, "seconds", writers=50),),
    ),
    Promise(26, "Usable by all", (Sized("a11y", 0, 1, "tests", NO_BASE),)),
    Promise(27, "The tests bite", (Sized("mutation", 0, 2_000, "mutants", NO_BASE),)),
)


def sized() -> list[Sized]:
    """Every drill of the table."""
    return [drill for promise in PROMISES for drill in promise.drills]


def told(drill: Drill, kind: str, pg: str | None, args: argparse.Namespace) -> Figures:
    """What a drill and its control say together; a control that finds nothing is a miss."""
    figures = drill.run(kind, pg, args)
    control = getattr(drill, "control", None)
    if control is None:
        return figures
    seen = int(control(kind, pg, args))
    return {**figures, "control": seen, "missed": figures["missed"] + (not seen)}


def run(args: argparse.Namespace) -> int:
    """Every drill of the table (`--only`: of these promises) at `--share` of its release size, and
    docs/promises.md with what came of it (`--only 0`: the page anew, and nothing run). How many
    missed."""
    only = {int(number) for number in args.only.split(",") if number}
    missed = 0
    for promise in PROMISES:
        if only and promise.number not in only:
            continue
        for drill in promise.drills:
            for kind in drill.kinds:
                if kind and kind not in args.db.split(","):
                    continue
                figures = _one(drill, kind, args)
                print(json.dumps(figures, ensure_ascii=False), flush=True)
                missed += figures["figures"].get("missed", 1)
                _keep(figures)
    PAGE.write_text(page(kept()), "utf-8")
    return missed


def _one(drill: Sized, kind: str, args: argparse.Namespace) -> dict[str, Any]:
    """One drill in a child: its line, when it was, and the CPU it took."""
    number = max(drill.suite or 1, round(drill.release * args.share))
    command = [sys.executable, "-m", "tests.drills", drill.drill, "-n", str(number)]
    command += ["--writers", str(drill.writers), "--db", kind or "sqlite", "--seed", str(args.seed)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = done.stdout.splitlines()
    figures = json.loads(lines[-1]) if lines else {"missed": 1, "ended": done.returncode}
    for name in ("drill", "db"):
        figures.pop(name, None)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "drill": drill.drill,
        "db": kind,
        "size": number,
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": round(seconds),
        "figures": figures,
    }


def kept() -> dict[str, dict[str, Any]]:
    """What each drill said when it was last run, by its name and database."""
    if not FIGURES.exists():
        return {}
    figures: dict[str, dict[str, Any]] = json.loads(FIGURES.read_text("utf-8"))
    return figures


def _keep(figures: Mapping[str, Any]) -> None:
    """Writes a run down: the newest of the largest; a miss always."""
    name = f"{figures['drill']} {figures['db']}".strip()
    before = kept().get(name)
    if before and before["size"] > figures["size"] and not figures["figures"].get("missed", 1):
        return
    every = kept() | {name: dict(figures)}
    FIGURES.write_text(
        json.dumps(every, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8"
    )
    PAGE.write_text(page(every), "utf-8")


HEAD = """\
# The promises, and the drill of each

Written by `python -m tests.drills promises`: of each drill the newest of its largest runs (a miss
always), and what it counted. Each drill tries to break its promise and counts misses; its control
is the same check with the defence off, and counts how much it then finds: 0 would be a miss, for
such a check sees nothing. The suite runs the small sizes (0: the tests of the promise stand in the
suite by themselves, or the drill is too long for it) and their controls; a release runs the full
ones (`--share 1`; `--only 2,3` for some of the promises).

"""
COLUMNS = (
    "#",
    "Promise",
    "Drill",
    "Suite",
    "Release",
    "Run on",
    "Database",
    "At size",
    "Figures",
    "Control",
    "CPU s",
)
# What a reader of the table has no use for: lists of what went wrong, and what has a column.
_LEFT_OUT = ("which", "first", "example", "control", "slowest_cpu_seconds")


def page(every: Mapping[str, Mapping[str, Any]]) -> str:
    """docs/promises.md of these figures."""
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for promise in PROMISES:
        for drill in promise.drills:
            for kind in drill.kinds:
                lines.append(_row(_cells(promise, drill, kind, every)))
    return HEAD + "\n".join(lines) + "\n"


def _cells(
    promise: Promise, drill: Sized, kind: str, every: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    begins = [str(promise.number), promise.words, f"`{drill.drill}`", f"{drill.suite:,}"]
    begins.append(f"{drill.release:,} {drill.of}")
    last = every.get(f"{drill.drill} {kind}".strip())
    if last is None:
        return [*begins, "—", kind, "—", "not run yet", "—", "—"]
    figures = last["figures"]
    said = [f"{name} {_short(value)}" for name, value in figures.items() if _shown(name, value)]
    return [
        *begins,
        last["date"],
        kind,
        f"{last['size']:,}",
        "; ".join(said),
        str(figures.get("control", "—")),
        str(last["cpu"]),
    ]


def _shown(name: str, value: Any) -> bool:
    if name in _LEFT_OUT or value in ({}, [], ""):
        return False
    return name == "missed" or not isinstance(value, dict)


def _short(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)[:60].replace("|", "/")
    return f"{value:,}"


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
