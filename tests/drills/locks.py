"""Writers of several bodies, and many of one: acts of two bodies do not wait for each other, nobody
is refused, and nobody waits much longer than the others. Beside the first landed state, measured in
the same run.

`-n` seconds for each figure. `apart` is what four bodies save beside one, with 50 ms slept in the
locked part (`control`: with one lock over everything); `queue` the writers of one body, as writers
→ [saves/s, median, p95 in milliseconds, refused]; `beside` saves/s and CPU (milliseconds of the
writer itself) of 32 writers here and there. PostgreSQL alone has locks of chains; on SQLite only
the queue is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pia.store.ledger import log
from pia.store.opening import open_store
from pia.store.upkeep import fsck
from tests.store import servers

from . import locks_writer
from .places import place

ROOT = Path(__file__).resolve().parent.parent.parent
LANDED = "3486151"
PROGRAM = Path(__file__).with_name("locks_writer.py")
SLEPT = 50  # milliseconds
# Documents of each body: a writer has one of its own. The first of these is not the city's first.
DOCUMENTS = (4, 32, 4, 4)
QUEUES = {"pg": (4, 16, 32), "sqlite": (8,)}


@dataclass(slots=True)
class Saved:
    """What the writers of one run told: how long each save took, their CPU, how many were refused,
    over how many seconds (each save that was begun is ended)."""

    times: list[float]
    cpu: float
    refused: int
    seconds: float

    @property
    def rate(self) -> float:
        """Saves in a second."""
        return len(self.times) / self.seconds

    @property
    def spread(self) -> tuple[float, float]:
        """Median and p95, in milliseconds."""
        if len(self.times) < 2:
            return (0.0, 0.0)
        return (median(self.times) * 1000, quantiles(self.times, n=20)[-1] * 1000)

    def told(self) -> list[float]:
        """[saves/s, median, p95, refused]."""
        middle, late = self.spread
        return [round(self.rate, 1), round(middle), round(late), self.refused]


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """All figures of one database."""
    out: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
    missed = 0
    with city(kind, pg, ROOT) as url:
        if kind == "pg":
            apart = _apart(url, args.n, "chain")
            control = _apart(url, args.n, "one")
            out |= {"apart": apart, "control": control}
            missed += (apart < 3.5) + (control > 1.5)
        for writers in QUEUES[kind]:
            saved = writing(ROOT, url, _shared(writers), args.n)
            out[f"queue {writers}"] = saved.told()
            middle, late = saved.spread
            missed += saved.refused + (late > 3 * middle)
            if writers == 32:
                here = saved
        out |= {"chains": len(heads(url)), "damage": damage(url)}
        missed += out["damage"] + (out["chains"] != len(DOCUMENTS) + 1)
    if kind == "pg" and not args.__dict__.get("alone"):
        out["beside"] = _beside(kind, pg, here, args.n)
    return {**out, "missed": missed}


def _apart(url: str, seconds: int, lock: str) -> float:
    """How often as many saves four bodies make as one, each with three writers of its own."""
    single = writing(ROOT, url, _of_bodies([0], 3), seconds, SLEPT, lock)
    four = writing(ROOT, url, _of_bodies(range(len(DOCUMENTS)), 3), seconds, SLEPT, lock)
    return round(four.rate / single.rate, 2)


def _of_bodies(bodies: Any, writers: int) -> list[list[str]]:
    return [[f"b{body}-d{number}~r"] for body in bodies for number in range(writers)]


def _shared(writers: int) -> list[list[str]]:
    """So many writers of one body, a document each."""
    return [[f"b1-d{number}~r"] for number in range(writers)]


def _beside(kind: str, pg: str | None, here: Saved, seconds: int) -> dict[str, Any]:
    """The same 32 writers on the first landed state."""
    with tempfile.TemporaryDirectory(prefix="pia-landed-") as folder:
        root = Path(folder)
        archive = subprocess.run(
            ["git", "archive", LANDED], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        subprocess.run(["tar", "x", "-C", folder], input=archive.stdout, check=True)
        with city(kind, pg, root, (0, 32)) as url:
            there = writing(root, url, _shared(32), seconds)
    return {
        name: {
            "saves": saved.told(),
            "cpu": round(saved.cpu / max(1, len(saved.times)) * 1000, 1),
        }
        for name, saved in (("here", here), (LANDED, there))
    }


@contextmanager
def city(
    kind: str, pg: str | None, root: Path, documents: tuple[int, ...] = DOCUMENTS
) -> Iterator[str]:
    """A database with so many documents of each body, made by the program at `root`."""
    if root == ROOT:
        with place(kind, pg, "national") as url:
            locks_writer.add(url, list(documents))
            yield url
        return
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            url = f"sqlite:///{folder}/pia.db"
            _program(root, "setup", url, *map(str, documents)).communicate()
            yield url
        return
    assert pg is not None
    with servers.database(pg) as url:
        _program(root, "setup", url, *map(str, documents)).communicate()
        yield url


def writing(
    root: Path,
    url: str,
    writers: list[list[str]],
    seconds: float,
    slept: int = 0,
    lock: str = "chain",
) -> Saved:
    """A process for each list of documents, all begun together."""
    processes = [
        _program(root, "write", url, ",".join(keys), str(seconds), str(slept), lock)
        for keys in writers
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    out = Saved([], 0.0, 0, seconds)
    for process in processes:
        report = json.loads(process.communicate()[0])
        out.times += report["times"]
        out.cpu += report["cpu"]
        out.refused += report["refused"]
    return out


def _program(root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM), *arguments],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def damage(url: str) -> int:
    """How much fsck finds."""
    store = open_store(url)
    problems = [problem for problem in fsck.check(store, deep=True) if problem.level != "info"]
    store.close()
    return len(problems)


def heads(url: str) -> dict[str, int]:
    """Chain → how many entries it has."""
    store = open_store(url)
    with store.read() as session:
        numbers = {chain: seq for chain, seq, _ in log.heads_of(session)}
    store.close()
    return numbers
