"""What the real engine asks of the disk before it says that a save stands, as strace sees it: the
journal is removed, the directory synced, and only then anybody is told.

SQLite only: what PostgreSQL asks of its disk is its own matter (`powercut` reads its settings).
Where strace is missing the drill says so and shows nothing.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import history
from .places import place

CALLS = "trace=unlink,unlinkat,fsync,fdatasync,write"
_SYNC = re.compile(r"f(?:data)?sync\(\d+<(?P<path>[^>]*)>\)\s+= 0")


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` saves of one writer."""
    return _traced(kind, args, "")


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Saves told before the directory was synced, under `synchronous = FULL`."""
    traced = _traced("sqlite", argparse.Namespace(n=3, seed=args.seed), "full")
    return int(traced.get("told too early", 1))


def _traced(kind: str, args: argparse.Namespace, off: str) -> dict[str, Any]:
    if kind == "pg":
        return {"not for": "postgresql", "missed": 0}
    if shutil.which("strace") is None:
        return {"program missing": "strace", "missed": 0}
    with place("sqlite", None) as url, tempfile.TemporaryDirectory() as folder:
        history.prepare(url, args.seed)
        trace = Path(folder) / "trace"
        command = ["strace", "-f", "-y", "-e", CALLS, "-o", str(trace), sys.executable, "-m"]
        command += ["tests.drills.writer", url, "w0", str(args.n), off]
        subprocess.run(command, cwd=history.ROOT, check=True, stdout=subprocess.DEVNULL)
        return _read(trace.read_text("utf-8", "replace"), Path(url.removeprefix("sqlite:///")))


def _read(trace: str, file: Path) -> dict[str, Any]:
    """Counts the saves that were told, and those told while a removed journal could come back."""
    told = early = unlinked = 0
    is_due = False
    for line in trace.splitlines():
        match = _SYNC.search(line)
        if "unlink" in line and f"{file.name}-journal" in line:
            unlinked += 1
            is_due = True
        elif match and Path(match["path"]) == file.parent:
            is_due = False
        elif re.search(r'write\(1<[^>]*>, "saved ', line):
            told += 1
            early += is_due
    return {
        "saves": told,
        "journals removed": unlinked,
        "told too early": early,
        "missed": early + (not told or unlinked < told),
    }
