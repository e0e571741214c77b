"""Refused requests as counts by hour and kind, for whoever looks after the server.

Knows kinds and hours. Must not know who sent what.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update

from ...domain.act import in_japan
from ...store import queries
from ...store.rows.sessions import RefusalCount
from ..workplace import Workplace

KINDS: Mapping[str, str] = {
    "token": "画面の印のない送信",
    "request": "送信の番号のない送信",
    "pace": "続けて送られた",
    "busy": "混み合っている",
    "large": "大きすぎる",
    "host": "知らない名前のサーバー宛て",
}


def keep(wp: Workplace, counted: Mapping[str, int], now: datetime) -> None:
    """Adds to the counts of this hour."""
    hour = in_japan(now).strftime("%Y-%m-%dT%H")
    with wp.store.unchained(about="refused") as session:
        for kind, count in sorted(counted.items()):
            this_hour = (RefusalCount.hour == hour, RefusalCount.kind == kind)
            if queries.sign_in.refusals_in(session, hour, kind) is None:
                session.add(RefusalCount(hour=hour, kind=kind, count=count))
                session.flush()
            else:
                session.execute(
                    update(RefusalCount).where(*this_hour).values(count=RefusalCount.count + count)
                )


def counts(wp: Workplace, year: int) -> list[tuple[str, int, str]]:
    """(kind in words, how many, the hour with most) of a 年度."""
    first = f"{year}-04"
    end = f"{year + 1}-04"
    with wp.store.read() as session:
        rows = queries.sign_in.refused(session, first, end)
    totals = []
    for kind, words in KINDS.items():
        mine = []
        for hour, of, count in rows:
            if of == kind:
                mine.append((hour, count))
        if mine:
            totals.append((words, sum(count for _, count in mine), mine[0][0]))
    return totals
