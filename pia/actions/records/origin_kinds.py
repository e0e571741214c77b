"""Which fields of where an affair came from may be put right by hand, and what must hold of them.

Knows rows. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.affair_origins import MERGED, SPLIT, AffairOrigin
from .field_kinds import Field, Kind, Values

KINDS_OF_ORIGIN = {MERGED: "統合", SPLIT: "分割"}


def must_be_origin(session: Session, by: By, affair_id: int, from_id: int, day: date) -> None:
    """Unfit for an affair that came from itself, also by way of others, and for a day that is still
    to come."""
    if day > by.day:
        raise Unfit("day", f"統合・分割した日（{written(day)}）がまだ来ていません。")
    seen: set[int] = set()
    reach = {from_id}
    while reach - seen:
        seen |= reach
        rows = queries.affair_origins.before(session, reach)
        reach = {row.from_id for row in rows}
    if affair_id in seen:
        why = "この事務は、選んだ事務の元になっています。"
        raise Unfit("origin", f"{why}別の事務を選んでください。")


def _fields(session: Session, row: AffairOrigin) -> Sequence[Field]:
    return (
        Field("kind", "種類", "choice", options=KINDS_OF_ORIGIN),
        Field("day", "統合・分割した日", "day"),
        Field("reason", "理由", "area"),
    )


def _check(session: Session, by: By, row: AffairOrigin, values: Values) -> None:
    if values["day"] > by.day:
        raise Unfit("day", f"統合・分割した日（{written(values['day'])}）がまだ来ていません。")


def _follows(session: Session, row: AffairOrigin) -> Sequence[str]:
    return ()


KINDS = (Kind("affair_origin", AffairOrigin, "事務の統合・分割", _fields, _check, _follows),)
