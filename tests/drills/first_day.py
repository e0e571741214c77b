"""A city's first day from an empty database, at the size of a city: `-n` affairs with two books
each, their departments, people, a council and published days, through the pages alone.

Counts clicks, fields and what each stage takes of the machine; a miss is a book that is not in its
affair with its department and day, a page that says otherwise the second time the same books are
sent, damage, and whatever is left once all is taken back.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

from pia.store.opening import upgrade
from pia.store.upkeep import fsck
from tests.shared import workplace_at
from tests.web import first_day as story

from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    with place(kind, pg) as url:
        upgrade(url)
        return _played(url, args.n)


def _played(url: str, affairs: int) -> dict[str, Any]:
    wp = workplace_at(url)
    filed = story.city(affairs)
    stages: dict[str, float] = {}
    busy: dict[str, float] = {}
    last = [(time.monotonic(), _processor())]

    def ended(stage: str) -> None:
        now = (time.monotonic(), _processor())
        stages[stage] = round(now[0] - last[0][0], 1)
        busy[stage] = round(now[1] - last[0][1], 1)
        last[0] = now

    hands = story.play(wp, filed, max(6, affairs * 3 // 2), ended)
    wrong = story.misplaced(wp, filed)
    town = story.Town(wp)
    town.now = story.NOW
    office = town.person("shiomi")
    office.post("/import", "/import/books", {"books": _sent(filed)})
    story.work(town)
    again = office.get("/import/2").text_content().count("取り込みません")
    if again != len(filed):
        wrong.append(f"the same books again: {again} of {len(filed)} known")
    damage = fsck.check(wp.store, deep=True)
    office.post("/import/1", "/import/1/back")
    wrong += [one for one in story.misplaced(wp, []) if one]
    damage += fsck.check(wp.store, deep=True)
    wp.store.close()
    return {
        "missed": len(wrong) + len(damage),
        "books": len(filed),
        "clicks": hands.clicks,
        "fields": hands.fields,
        "seconds": stages,
        "machine": round(sum(stages.values()), 1),
        "of the processor": busy,
        "processor": round(sum(busy.values()), 1),
        "which": wrong + [str(one) for one in damage],
    }


def _processor() -> float:
    """Seconds of a processor this process and its children took so far."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _sent(filed: list[story.Filed]) -> list[Any]:
    return story.uploads((one.file, one.book) for one in filed)
