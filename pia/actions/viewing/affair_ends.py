"""The end of an affair as its page shows it.

Reads only. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ...domain.errors import PiaError
from ...domain.procedure.duties import years_after
from ...store import queries
from ...store.rows.affair_ends import AffairEnd
from ..access.names import shown_name
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class AffairEndView:
    """An affair and its end: `number` of the record, 0 while the affair goes on; `until` the last
    day its 評価書 must be public, `over` whether that day is past; `running` the rounds that are
    under way."""

    name: str
    affair_number: str
    number: int
    day: date | None
    reason: str
    told: date | None
    document_number: str
    closed: date | None
    who: str
    until: date | None
    over: bool
    running: tuple[str, ...]
    source: str
    years: int


def of_affair(wp: Workplace, key: str, today: date) -> AffairEndView:
    """The end of an affair. PiaError where there is no such affair."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        row = queries.affair_ends.of_affair(session, affair.id)
        rule = wp.rules["rules"]["R18"]
        until = years_after(row.day, int(rule["years"])) if row is not None else None
        running = queries.affair_ends.running(session, affair.id) if row is None else []
        known = row or AffairEnd(id=0, reason="", document_number="", actor="")
        return AffairEndView(
            affair.name,
            affair.number,
            known.id,
            known.day,
            known.reason,
            known.told,
            known.document_number,
            known.closed,
            shown_name(session, row.actor) if row is not None else "",
            until,
            until is not None and today > until,
            tuple(round_.name for round_ in running),
            str(rule["source"]),
            int(rule["years"]),
        )


def documents(wp: Workplace, key: str) -> list[str]:
    """The keys of the documents of an affair, whose withheld words its record may quote."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            return []
        return [each.key for each in queries.assessments.standing_of_affair(session, affair.id)]


def end_id(wp: Workplace, key: str) -> int:
    """The record of the end of an affair. PiaError where it goes on."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        row = queries.affair_ends.of_affair(session, affair.id) if affair is not None else None
        if row is None:
            raise PiaError("この事務の終了は記録されていません。")
        return row.id
