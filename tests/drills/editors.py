"""Many editors of one assessment at once: no save is lost, no line forks, and the loser of each
race is told."""

from __future__ import annotations

import argparse
from typing import Any

from pia.store.opening import open_store

from . import history
from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`--writers` processes, each making `-n` tries."""
    return _edited(kind, pg, args, "")


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Misses where nobody asks whether the head is still the one that was seen."""
    return int(_edited(kind, pg, argparse.Namespace(n=6, writers=3, seed=1), "stale")["missed"])


def _edited(kind: str, pg: str | None, args: argparse.Namespace, off: str) -> dict[str, Any]:
    with place(kind, pg) as url:
        history.prepare(url, args.seed)
        writers = [history.start(url, f"w{i}", args.n, off) for i in range(args.writers)]
        outputs = [w.communicate()[0] for w in writers]
        failed = sum(w.returncode != 0 for w in writers)
        results = [history.told(out) for out in outputs]
        saved = [save for r in results for save in r[0]]
        store = open_store(url)
        counts = history.misses(store, saved)
        store.close()
    counts["missed"] += failed + (counts["versions"] != len(saved) + 1)
    return {
        "writers": args.writers,
        "tries": args.n * args.writers,
        "acknowledged": len(saved),
        "stale": sum(r[1] for r in results),
        **counts,
    }
