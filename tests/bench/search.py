"""The search beside a scan over every folded text: `python -m tests.bench.search [--affairs 60,600]
[--versions 30] [--db sqlite,pg]`.

Processor time of this process (on PostgreSQL also seconds, for its server works beside it) of 100
questions with their counts, median and p95, beside the same questions without the index; of making
the index and its bytes; and of following one save. Nothing is asserted but that both ways find the
same.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pia.actions.records import searched
from pia.actions.upkeep import search_index
from pia.actions.workplace import Workplace
from pia.domain.text.searching import folded
from pia.store import queries
from pia.store.queries.search import EVERY, STANDING, Finder, SearchAsked
from pia.store.rows.search import SearchText
from tests import shared
from tests.drills.places import place
from tests.store import servers

from . import bulk

QUESTIONS = 100
WORDS = ("情報", "消去", "委", "データ", "クラウド", "特定個人情報ファイル", "の")


def _spent(act: Callable[[], Any]) -> tuple[float, float, Any]:
    """Milliseconds of the processor and of the clock an act takes, and what comes of it."""
    began, before = time.perf_counter(), time.process_time()
    made = act()
    spent = (time.process_time() - before) * 1000
    return spent, (time.perf_counter() - began) * 1000, made


def _told(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def _questions(session: Session, chance: random.Random) -> list[str]:
    """Words everybody asks, and stretches of texts that stand somewhere."""
    last = session.scalar(select(func.max(SearchText.id))) or 1
    asked = list(map(folded, WORDS))
    while len(asked) < QUESTIONS:
        row = session.get(SearchText, chance.randint(1, last))
        if row is not None and row.folded:
            begin = chance.randrange(len(row.folded))
            asked.append(row.folded[begin : begin + chance.randint(2, 8)])
    return asked


def _scanned(session: Session, phrase: str) -> int:
    """How many texts have a phrase, every one of them read."""
    stands = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    of = select(func.count(SearchText.id)).where(stands(SearchText.folded, phrase) > 0)
    return session.scalar(of) or 0


def _bytes(wp: Workplace) -> int:
    """Bytes of the database's file; on PostgreSQL of what a search looks through."""
    if wp.store.sqlite:
        return Path(str(wp.store.engine.url.database)).stat().st_size
    with wp.store.read() as session:
        tables = ("search_text", "search_text_index")
        sizes = [text(f"SELECT pg_total_relation_size('{table}')") for table in tables]
        return sum(session.scalar(size) or 0 for size in sizes)


def measured(wp: Workplace, affairs: int, versions: int) -> dict[str, Any]:
    """The figures of a house of this size."""
    bulk.fill(wp, bulk.Size(affairs, versions=versions))
    before = _bytes(wp)
    making = 0.0
    while True:
        spent, _, standing = _spent(lambda: search_index.follow(wp, turns=1))
        making += spent
        if standing.is_whole:
            break
    who = Finder(frozenset(searched.KINDS))
    cpu: list[float] = []
    clock: list[float] = []
    scan_cpu: list[float] = []
    scan_clock: list[float] = []
    with wp.store.read() as session:
        texts = session.scalar(select(func.count(SearchText.id))) or 0
        letters = session.scalar(select(func.sum(func.length(SearchText.folded)))) or 0
        for number, phrase in enumerate(_questions(session, random.Random(3))):
            asked = SearchAsked((phrase,), state=EVERY if number % 2 else STANDING)

            def ask(asked: SearchAsked = asked) -> Any:
                queries.search.page(session, who, asked, 0, 20)
                return queries.search.counted(session, who, asked)

            spent, waited, count = _spent(ask)
            cpu.append(spent)
            clock.append(waited)
            spent, waited, found = _spent(lambda phrase=phrase: _scanned(session, phrase))
            scan_cpu.append(spent)
            scan_clock.append(waited)
            if asked.state == EVERY:
                assert min(found, queries.search.MOST) == count.whole, phrase
    after = _bytes(wp)
    return {
        "affairs": affairs,
        "versions": versions,
        "texts": texts,
        "letters": int(letters),
        "making_s": round(making / 1000, 1),
        "index_mb": round((after - before) / 1e6, 1),
        "asked_cpu_ms": _told(cpu),
        "asked_ms": _told(clock),
        "scan_cpu_ms": _told(scan_cpu),
        "scan_ms": _told(scan_clock),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--affairs", default="60")
    parser.add_argument("--versions", type=int, default=30)
    parser.add_argument("--db", default="sqlite")
    args = parser.parse_args()
    with servers.server() as pg:
        for kind in args.db.split(","):
            for count in map(int, args.affairs.split(",")):
                with place(kind, pg) as url:
                    wp = shared.workplace_at(url)
                    figures = measured(wp, count, args.versions)
                    wp.store.close()
                print(json.dumps({"db": kind, **figures}), flush=True)


if __name__ == "__main__":
    main()
