"""fsck and backup beside writers: none of them is refused, and what is written meanwhile is judged
rightly. The control looks at the database itself in one moment, as `fsck.check` does.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pia.domain.errors import Unavailable
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.rows.councils import Council
from pia.store.upkeep import backup, fsck
from pia.store.upkeep.fsck_since import Mark
from tests.store import city, records
from tests.store.damage import damage

from .places import place

FILE = 1_000_000  # bytes of each file in the database


def enlarge(store: Store, megabytes: int) -> None:
    """So many files of a million bytes that no packing makes smaller."""
    for _ in range(megabytes):
        with store.begin() as session:
            log.entry(session, city.by(), "drill.file", nodes.put_blob(session, os.urandom(FILE)))


@contextmanager
def writing(url: str, writers: int) -> Iterator[Counter[str]]:
    """Writers that save without end; counts what they were told."""
    counts: Counter[str] = Counter()
    over = threading.Event()

    def write() -> None:
        store = open_store(url)
        while not over.is_set():
            try:
                with store.begin() as session:
                    # A new row, and one that changes at every save.
                    nodes.put_blob(session, os.urandom(100))
                    council = session.scalars(select(Council).order_by(Council.id)).first()
                    assert council is not None
                    council.name = f"審議会{os.urandom(8).hex()}"
                    log.entry(session, city.by(), "drill.save", "x")
            except Unavailable:
                counts["refused"] += 1
            except Exception:
                counts["refused"] += 1  # a writer that dies is refused too
                raise
            else:
                counts["saved"] += 1
            over.wait(0.02)
        store.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        for thread in threads:
            thread.join()


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` megabytes of files; three checks beside writers, one of them deep, and a backup."""
    with place(kind, pg) as url, tempfile.TemporaryDirectory() as folder:
        store = open_store(url)
        records.fill(store)
        enlarge(store, args.n)

        def beside(look: Callable[[fsck.Step], Any]) -> tuple[Any, Counter[str]]:
            """What a look found, and what writers were told from its second step to its end."""
            began: Counter[str] = Counter()
            with writing(url, args.writers) as counts:
                checks = look(lambda done, *_: began.update(counts) if done and not began else None)
                during = counts - began
            during["refused"] = counts["refused"]
            return checks, during

        (checks, _), plain = beside(lambda step: fsck.beside(store, step=step))
        # Everything there is, slice by slice, as what came after a mark is looked at.
        (sliced_found, _), sliced = beside(
            lambda step: fsck.since(store, Mark(()), deep=True, step=step)
        )
        (deep_found, _), deep = beside(lambda step: fsck.beside(store, True, step=step))
        _, kept = beside(lambda step: backup.backup(store, Path(folder) / "b", step))
        _, control = beside(lambda step: fsck.check(store, step=step))
        damage(url, "UPDATE blob SET size = size + 1 WHERE id = 1")
        (named, _), _ = beside(lambda _: fsck.beside(store))
        (named_sliced, _), _ = beside(lambda _: fsck.since(store, Mark(())))
        store.close()
    looks = (plain, sliced, deep, kept)
    refused = sum(look["refused"] for look in looks)
    false = len(checks) + len(sliced_found) + len(deep_found)
    unseen = sum(
        "blob-changed" not in {problem.code for problem in problems}
        for problems in (named, named_sliced)
    )
    # Of writers that were told just then one save each may be counted. On PostgreSQL one moment
    # keeps nobody out, so there is nothing to control.
    kept_out = min(look["saved"] for look in looks) <= args.writers
    blind = kind == "sqlite" and control["saved"] > args.writers
    return {
        "megabytes": args.n,
        "writers": args.writers,
        "saved": sum(look["saved"] for look in looks),
        "refused": refused,
        "false findings": false,
        "damage unseen": unseen,
        "control saved": control["saved"],
        "control refused": control["refused"],
        "missed": refused + false + unseen + kept_out + blind,
    }
