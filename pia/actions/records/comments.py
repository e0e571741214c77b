"""The threads at the items of a round, as they stand now.

Reads only. Must not know pages, nor how a comment is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ...domain.document.tree import Path
from ...store import queries
from ...store.rows import records
from ...store.rows.comments import SAID, SETTLED, Comment
from ..workplace import Workplace


def roles(wp: Workplace) -> tuple[str, ...]:
    """The roles whose people may be named: they read every draft and may answer."""
    rights = wp.rights
    readers = rights["objects"]["round"]["all"]
    return tuple(role for role in rights["rights"]["comment"]["roles"] if role in readers)


@dataclass(frozen=True, slots=True)
class CommentLine:
    """What somebody said: who, when, whom they named (`names`), what it said before it was put
    right, and the day it was taken back."""

    number: int
    who: str
    actor: str
    at: datetime
    text: str
    names: tuple[str, ...]
    before: tuple[str, ...]
    withdrawn: date | None


@dataclass(frozen=True, slots=True)
class CommentThread:
    """The comments at one item that belong together, oldest first; whether they are 解決済み, and
    who marked that and when."""

    number: int
    path: Path
    lines: tuple[CommentLine, ...]
    settled: bool
    by: str
    at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether anything of it was not taken back."""
        return any(line.withdrawn is None for line in self.lines)


def of_round(session: Session, round_id: int) -> tuple[CommentThread, ...]:
    """The threads of a round, oldest first."""
    rows = queries.comments.of_round(session, round_id)
    if not rows:
        return ()
    named: dict[int, list[str]] = {}
    for number, shown in queries.comments.named_of_round(session, round_id):
        named.setdefault(number, []).append(shown)
    begun: dict[int, list[tuple[Comment, str]]] = {}
    for row, shown in rows:
        begun.setdefault(row.begins, []).append((row, shown or row.actor))
    threads = []
    for number, lines in begun.items():
        threads.append(_thread(number, lines, named))
    return tuple(threads)


def _thread(
    number: int, lines: Sequence[tuple[Comment, str]], named: dict[int, list[str]]
) -> CommentThread:
    rows = {row.id: row for row, _ in lines}
    replaced = {row.corrects_id for row, _ in lines if row.corrects_id}
    said = []
    marks = []
    for row, who in lines:
        if row.act != SAID:
            marks.append((row, who))
        elif row.id not in replaced:
            said.append(_line(row, who, rows, tuple(named.get(row.id, ()))))
    said.sort(key=lambda each: (each.at, each.number))
    last, who = marks[-1] if marks else (None, "")
    return CommentThread(
        number,
        tuple(lines[0][0].path),
        tuple(said),
        last is not None and last.act == SETTLED,
        who,
        last.at if last is not None else None,
    )


def _line(row: Comment, who: str, rows: dict[int, Comment], names: tuple[str, ...]) -> CommentLine:
    """A line as it stands now, at the moment it was first said."""
    before = []
    first = row
    while first.corrects_id is not None and first.corrects_id in rows:
        first = rows[first.corrects_id]
        before.append(records.shown(first))
    return CommentLine(
        row.id,
        who,
        row.actor,
        first.at,
        records.shown(row),
        names,
        tuple(before),
        row.withdrawn,
    )
