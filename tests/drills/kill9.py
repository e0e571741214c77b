"""kill -9: groups of writer processes are killed at random moments; every save they acknowledged
is still there, and the store is sound."""

from __future__ import annotations

import argparse
import random
import time
from threading import Event, Thread
from typing import Any

from pia.store.opening import open_store

from . import history
from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` kills of single writers; a killed one is started anew."""
    return _killed(kind, pg, args)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Saves lost where a writer is told before its save stands, and killed then."""
    with place(kind, pg) as url:
        history.prepare(url, 1)
        writer = history.start(url, "w0", off="early")
        assert writer.stdout is not None
        line = writer.stdout.readline()
        writer.kill()
        writer.wait()
        store = open_store(url)
        lost = history.misses(store, history.told(line)[0])["lost"]
        store.close()
    return lost


def _killed(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(args.seed)
    outputs: list[bytes] = []
    readers: list[Thread] = []
    began: dict[str, Event] = {}

    def started(url: str, name: str) -> Any:
        process = history.start(url, name)
        began_now = began[name] = Event()

        def read() -> None:
            assert process.stdout is not None
            first = process.stdout.readline()
            began_now.set()
            outputs.append(first + process.stdout.read())

        reader = Thread(target=read)
        reader.start()
        readers.append(reader)
        return process

    with place(kind, pg) as url:
        history.prepare(url, args.seed)
        writers = {f"w{i}": started(url, f"w{i}") for i in range(args.writers)}
        try:
            for _ in range(args.n):
                name = rng.choice(sorted(writers))
                # Whoever is killed has told something: a busy machine takes long to begin.
                began[name].wait(60)
                time.sleep(rng.uniform(0.0, 0.25))
                writers[name].kill()
                writers[name].wait()
                writers[name] = started(url, name)
        finally:
            for w in writers.values():
                w.kill()
                w.wait()
        for r in readers:
            r.join()
        saved = [save for out in outputs for save in history.told(out)[0]]
        store = open_store(url)
        counts = history.misses(store, saved)
        store.close()
    if not saved:
        counts["missed"] += 1  # a drill in which nobody saved anything shows nothing
    return {"kills": args.n, "writers": args.writers, "acknowledged": len(saved), **counts}
