"""The record of a closed sitting put right: attendance or closing that was typed wrongly, with a
reason; what was typed before stays (規則第7条第4項).

Knows sittings and their corrections. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.columns import iso
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ..records import minutes
from ..workplace import Workplace, row_of


def correct_attendance(
    wp: Workplace,
    by: By,
    sitting: int,
    member: int,
    present: bool,
    arrived: time | None,
    reason: str,
) -> None:
    """Attendance of a closed sitting that was recorded wrongly, put right; what was recorded stays
    with the correction.
    """
    with wp.store.begin() as session:
        row = _closed_sitting(session, sitting, reason)
        seat_ = next(
            (
                seat
                for seat in rows.in_office(session, row.council_id, row.day)
                if seat.id == member
            ),
            None,
        )
        if seat_ is None:
            raise PiaError("その委員は、会議の日に在任していません。一覧から選び直してください。")
        known = session.get(rows.Attendance, (sitting, member))
        if known:
            before = _there(known.present, known.arrived)
        else:
            before = {}
        if known is None:
            session.add(
                rows.Attendance(
                    sitting_id=sitting, member_id=member, present=present, arrived=arrived
                )
            )
        else:
            known.present = present
            known.arrived = arrived
        _corrected(session, by, row, member, before, _there(present, arrived), reason)


def correct_closing(
    wp: Workplace, by: By, sitting: int, closes: time, observers: int, reason: str
) -> None:
    """The hour of the closing or the number of 傍聴者, put right."""
    with wp.store.begin() as session:
        row = _closed_sitting(session, sitting, reason)
        before = {
            "closes": iso(row.closes),
            "observers": row.observers,
        }
        row.closes = closes
        row.observers = observers
        _corrected(
            session,
            by,
            row,
            None,
            before,
            {"closes": closes.isoformat(), "observers": observers},
            reason,
        )


def _there(present: bool, arrived: time | None) -> dict[str, Any]:
    return {"present": present, "arrived": iso(arrived)}


def _closed_sitting(session: Session, sitting: int, reason: str) -> rows.Sitting:
    row = row_of(session, rows.Sitting, sitting, "会議")
    if row.closes is None:
        raise PiaError(
            "この会議はまだ閉会していません。出席と閉会の欄で、そのまま記録してください。"
        )
    if not reason.strip():
        raise PiaError("記録を直す理由を入力してください。")
    minutes.must_be_open(session, row)
    return row


def _corrected(
    session: Session,
    by: By,
    sitting: rows.Sitting,
    member: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
) -> None:
    if dict(before) == dict(after):
        raise PiaError("記録は、もうそのとおりです。")
    session.add(
        rows.SittingCorrection(
            sitting_id=sitting.id,
            member_id=member,
            before=dict(before),
            after=dict(after),
            reason=reason.strip(),
            **acted(by),
        )
    )
    log.entry(
        session,
        by,
        "sitting.correct",
        sitting.name,
        {"member": member, "before": dict(before), "after": dict(after), "reason": reason.strip()},
    )


@dataclass(frozen=True, slots=True)
class SittingCorrected:
    """A correction as people read it: of what, before, after, why, by whom and when."""

    what: str
    before: str
    after: str
    reason: str
    actor: str
    at: datetime


def corrections(wp: Workplace, sitting: int) -> list[SittingCorrected]:
    """What of a sitting's record was put right, in order."""
    from ..access.names import shown_name

    with wp.store.read() as session:
        kept = queries.sittings.corrections(session, sitting)
        correcteds = []
        for x in kept:
            correcteds.append(
                SittingCorrected(
                    f"{session.get_one(rows.Member, x.member_id).name}の出席"
                    if x.member_id
                    else "閉会",
                    _words(x.before),
                    _words(x.after),
                    x.reason,
                    shown_name(session, x.actor),
                    x.at,
                )
            )
        return correcteds


def _words(record: Mapping[str, Any]) -> str:
    """出席（13:50から）, 欠席, 15:30 傍聴者2人."""
    if "closes" in record:
        return f"{str(record['closes'])[:5]}　傍聴者{record['observers']}人"
    if "present" not in record:
        return "記録なし"
    if record["arrived"]:
        late = f"（{str(record['arrived'])[:5]}から）"
    else:
        late = ""
    if record["present"]:
        return f"出席{late}"
    return "欠席"
