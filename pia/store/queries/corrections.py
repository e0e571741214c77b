"""Corrections of records, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..rows.corrections import AMENDED, RecordCorrection


def of_record(session: Session, kind: str, row_id: int) -> list[RecordCorrection]:
    """What was put right of one record, the latest first."""
    return list(
        session.scalars(
            select(RecordCorrection)
            .where(RecordCorrection.kind == kind, RecordCorrection.row_id == row_id)
            .order_by(RecordCorrection.id.desc())
        )
    )


def of_records(session: Session, records: Mapping[str, Iterable[int]]) -> list[RecordCorrection]:
    """What was put right of several records, by kind and number, the latest first."""
    of = [
        (RecordCorrection.kind == kind) & RecordCorrection.row_id.in_(numbers)
        for kind, numbers in records.items()
    ]
    rows = select(RecordCorrection).where(or_(*of)).order_by(RecordCorrection.id.desc())
    return list(session.scalars(rows))


def now(session: Session, kind: str, row_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the corrections of these records say now, by record and field; those that have any.
    For records whose rows are never rewritten."""
    rows = (
        select(RecordCorrection.row_id, RecordCorrection.after)
        .where(
            RecordCorrection.kind == kind,
            RecordCorrection.row_id.in_(row_ids),
            RecordCorrection.act == AMENDED,
        )
        .order_by(RecordCorrection.id)
    )
    said: dict[int, dict[str, Any]] = {}
    for row_id, after in session.execute(rows):
        said.setdefault(row_id, {}).update(after)
    return said


def page(session: Session, first: int, most: int) -> list[RecordCorrection]:
    """Some corrections, the latest first, from number `first` (from 0)."""
    rows = select(RecordCorrection).order_by(RecordCorrection.id.desc())
    return list(session.scalars(rows.offset(first).limit(most)))


def count(session: Session) -> int:
    """How many corrections there are."""
    return session.scalar(select(func.count(RecordCorrection.id))) or 0
