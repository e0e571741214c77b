"""The files kept with a round, for its page, and their bytes.

Reads only. Must not know pages, nor who may fetch them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.rows.round_files import RoundFile
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class RoundFileLine:
    """One file of a round: its number, title and name, who kept it and when, and its size in
    KB."""

    number: int
    title: str
    name: str
    who: str
    at: datetime
    size: int


def of_round(wp: Workplace, ref: str) -> tuple[RoundFileLine, ...]:
    """The files of a round that were not taken back, oldest first."""
    with wp.store.read() as session:
        listed = []
        for row, shown, size in queries.round_files.of_round(
            session, line(session, ref).own_round.id
        ):
            kilobytes = max(1, round((size or 0) / 1024))
            listed.append(
                RoundFileLine(row.id, row.title, row.name, shown or row.actor, row.at, kilobytes)
            )
        return tuple(listed)


def fetched(wp: Workplace, number: int) -> tuple[str, bytes]:
    """(file name, bytes). PiaError when there is none, or it was taken back or destroyed."""
    with wp.store.read() as session:
        row = session.get(RoundFile, number)
        if row is None or row.withdrawn is not None:
            raise PiaError("そのファイルはありません。一覧から選び直してください。")
        return row.name, nodes.get_blob(session, row.sha256)
