"""Clocks that are a day wrong and step back: the order of acts is the order they were committed in,
whatever their times say. And days of the procedure are days in Japan, to the last microsecond
before midnight, whatever zone an instant is written in.

Two writers save the same document, each save at a time of its own within a day before and after.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import threading
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pia.actions.steps import consultations
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import Refused, Stale
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.rows import assessments
from tests import shared
from tests.actions import umihara

from . import history, writer
from .defences import without
from .places import place

DAY = 24 * 3600
WRITERS = 2

# A consultation until 15 January 2026: at these instants it may be closed, or not yet.
CLOSES = (
    ("2026-01-15T23:59:59.999999+09:00", False),
    ("2026-01-16T00:00:00+09:00", True),
    ("2026-01-15T14:59:59.999999+00:00", False),
    ("2026-01-15T15:00:00+00:00", True),
    ("2026-01-16T04:59:59+14:00", False),
    ("2026-01-16T05:00:00+14:00", True),
    ("2026-01-15T04:59:59-10:00", False),
    ("2026-01-15T05:00:00-10:00", True),
)
# First and last day of a consultation, and whether its thirty days are full.
PERIODS = (
    (date(2025, 12, 17), date(2026, 1, 15), True),
    (date(2025, 12, 18), date(2026, 1, 15), False),
    (date(2028, 2, 1), date(2028, 3, 1), True),
    (date(2027, 2, 1), date(2027, 3, 1), False),
)


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` saves by two writers; the twelve cases of midnight once."""
    ordered = _ordered(kind, pg, args)
    wrong = midnights()
    return {
        **ordered,
        "midnights": len(CLOSES) + len(PERIODS),
        "midnights wrong": len(wrong),
        "which": wrong,
        "missed": ordered["missed"] + len(wrong),
    }


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Misses where the newest entry is the one with the latest time, and where a day is the one
    of UTC; 0 unless each is seen."""
    few = argparse.Namespace(n=30, seed=args.seed)
    with without("order by number"):
        ordered = int(_ordered(kind, pg, few)["missed"])
    with without("day in japan"):
        wrong = len(midnights())
    return min(ordered, wrong) and ordered + wrong


def _ordered(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    with place(kind, pg) as url:
        history.prepare(url, args.seed)
        store = open_store(url)
        acknowledged: list[tuple[int, str, str]] = []
        failed: list[str] = []
        writers = [
            threading.Thread(
                target=_saves,
                args=(
                    store,
                    f"w{writer}",
                    args.n // WRITERS,
                    args.seed + writer,
                    acknowledged,
                    failed,
                ),
            )
            for writer in range(WRITERS)
        ]
        for number in writers:
            number.start()
        for number in writers:
            number.join()
        order = _order(store, acknowledged)
        lost = history.misses(store, acknowledged)
        store.close()
    missed = sum(order[name] for name in ("gaps", "forks", "broken")) + lost["missed"] + len(failed)
    return {
        "saves": len(acknowledged),
        **order,
        "lost": lost["lost"],
        "failed": len(failed),
        "missed": missed + (not acknowledged),
    }


def _saves(
    store: Store,
    name: str,
    many: int,
    seed: int,
    acknowledged: list[tuple[int, str, str]],
    failed: list[str],
) -> None:
    rng = random.Random(seed)
    for number in range(many):
        mark = f"{name}-{seed}-{number}"
        for _ in range(20):
            try:
                saved = writer.save(store, name, mark, rng.randint(-DAY, DAY))
            except Stale:
                continue
            except Exception as error:  # whatever it is, it is no save
                failed.append(f"{type(error).__name__}: {error}"[:200])
            else:
                acknowledged.append((*saved, mark))
            break


def _order(store: Store, acknowledged: list[tuple[int, str, str]]) -> dict[str, int]:
    """Gaps in the numbers, versions whose parent is not the one before, entries that do not bind
    the one before; and how many stand elsewhere in the order of their times."""
    with store.read() as session:
        entries = session.execute(
            select(log.AuditEntry.seq, log.AuditEntry.at)
            .where(log.AuditEntry.chain == log.MAIN)
            .order_by(log.AuditEntry.seq)
        ).all()
        line = sorted(
            assessments.log(session, assessments.by_key(session, "drill")),
            key=lambda entry: entry.seq,
        )
        head = nodes.tree(session, line[-1].id)
        broken = log.verify(session) is not None
    by_clock = sorted(entries, key=lambda entry: entry.at)
    newest = line[-1].why if acknowledged else ""
    return {
        "gaps": sum(two.seq != earlier.seq + 1 for earlier, two in pairwise(entries))
        + sum(two.seq != earlier.seq + 1 for earlier, two in pairwise(line)),
        "forks": sum(two.parent_id != earlier.id for earlier, two in pairwise(line))
        + (newest not in str(head.find(("C", "marks")))),
        "broken": int(broken),
        "out of the order of time": sum(
            earlier.seq != two.seq for earlier, two in zip(entries, by_clock)
        ),
    }


def midnights() -> list[str]:
    """The cases in which the program goes by another day than the one in Japan."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as name:
        folder = Path(name)
        announced = _played(folder / "announced", "announce")
        for said, may in CLOSES:
            by = By("isobe", "secretariat", datetime.fromisoformat(said))
            done = _goes(announced, lambda wp, by=by: consultations.close(wp, by, 1))
            if done != may:
                wrong.append(f"closed at {said}: {done}")
        opened = _played(folder / "opened", "open")
        for start, end, may in PERIODS:
            done = _goes(opened, lambda wp, start=start, end=end: _announce(wp, start, end))
            if done != may:
                wrong.append(f"announced from {start} to {end}: {done}")
    return wrong


def _played(folder: Path, until: str) -> Path:
    """The story of another town up to a step, at its own times."""
    folder.mkdir()
    wp = shared.copied(shared.blank(), folder)
    umihara.play(wp, until)
    wp.store.close()
    return folder / "pia.db"


def _goes(file: Path, act: Callable[[Workplace], Any]) -> bool:
    """Whether an act is not refused, on a copy."""
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        wp = shared.workplace_at(f"sqlite:///{shutil.copy(file, folder)}")
        try:
            act(wp)
        except Refused:
            return False
        finally:
            wp.store.close()
        return True


def _announce(wp: Workplace, start: date, end: date) -> None:
    by = By(
        "isobe",
        "secretariat",
        datetime(start.year, start.month, start.day, 0, 0, tzinfo=umihara.JST),
    )
    about = consultations.Announcement("意見の募集", start, start, end, "公示した。")
    shared.reasoned(wp, by, umihara.LINE)
    consultations.announce(wp, by, [umihara.LINE], about)
