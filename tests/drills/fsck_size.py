"""fsck over a long record: so many entries made in bulk, whole; a few altered anywhere in them, and
the first bad number is named each time. Tells the seconds of CPU and how many entries a second.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from sqlalchemy import insert

from pia.domain.canonical import canonical
from pia.store.ledger import digests, log
from pia.store.ledger.log import AuditEntry
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck
from tests.store import city
from tests.store.damage import damage

from .defences import without
from .places import place

BATCH = 5_000
ALTERED = 5


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` entries."""
    rng = random.Random(args.seed)
    with place(kind, pg) as url:
        store = open_store(url)
        _fill(store, args.n)
        began = time.process_time()
        problems = fsck.check(store)
        seconds = time.process_time() - began
        unseen = [
            number
            for number in sorted(rng.sample(range(1, args.n), ALTERED), reverse=True)
            if not _named(store, url, number)
        ]
        store.close()
    return {
        "entries": args.n,
        "findings on clean data": len(problems),
        "altered": ALTERED,
        "unseen": len(unseen),
        "cpu seconds": round(seconds, 1),
        "missed": len(problems) + len(unseen),
    }


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Alterations unseen where the links of the chain are not looked at."""
    with without("links of the chain"):
        return int(run(kind, pg, argparse.Namespace(n=200, seed=args.seed))["unseen"])


def _fill(store: Store, many: int) -> None:
    """A whole chain, made past the unit of work."""
    prev = log.START
    detail = {"n": 1}
    with store.engine.connect() as connection:
        for first in range(1, many + 1, BATCH):
            batch = []
            for seq in range(first, min(first + BATCH, many + 1)):
                by = city.by(seq)
                entry = AuditEntry(
                    chain=log.MAIN,
                    seq=seq,
                    v=2,
                    prev=prev,
                    action="drill.act",
                    target=str(seq),
                    detail=detail,
                    nonce=digests.nonce(),
                    actor=by.actor,
                    role=by.role,
                    at=by.at,
                )
                entry.rows = canonical({}).decode()
                prev = entry.hash = log.hashed(entry)
                batch.append({c.name: getattr(entry, c.name) for c in AuditEntry.__table__.columns})
            connection.execute(insert(AuditEntry.__table__), batch)
            connection.commit()


def _named(store: Store, url: str, seq: int) -> bool:
    """Whether an altered entry is the first bad one."""
    damage(url, "UPDATE audit_entry SET target = ? WHERE seq = ?", values=("x", seq))
    return any(
        problem.code == "audit-broken" and str(seq) in f"{problem.where} {problem.sentence}"
        for problem in fsck.check(store)
    )
