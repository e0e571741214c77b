"""Which fields of a 持出し may be put right by hand.

Knows rows and what must hold of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import Unfit
from ...store.rows.carrying import DESK, ERASED, LOST, PACK, RETURNED, CarriedSet
from .field_kinds import Field, Kind, Values

WORDS = {PACK: "持出し資料", DESK: "持出し記録"}
OUTCOMES = {RETURNED: "返却", ERASED: "消去", LOST: "紛失"}


def _fields(session: Session, row: CarriedSet) -> Sequence[Field]:
    fields = [
        Field("holder", "持ち出す人"),
        Field("purpose", "目的"),
        Field("place", "持出し先"),
        Field("until", "返却の期限", "day"),
    ]
    if row.handed is not None:
        fields.append(Field("handed", "渡した日", "day"))
    if row.ended is not None:
        fields.append(Field("outcome", "結果", "choice", options=OUTCOMES))
        fields.append(Field("ended", "返却・消去・紛失の日", "day"))
        fields.append(Field("note", "備考", "area", False))
    return fields


def _check(session: Session, by: By, row: CarriedSet, values: Values) -> None:
    made = day_in_japan(row.at)
    handed = values.get("handed")
    ended = values.get("ended")
    for name, day in (("handed", handed), ("ended", ended)):
        if day is not None and not made <= day <= by.day:
            raise Unfit(name, "作った日から今日までの日にしてください。")
    if handed is not None and ended is not None and ended < handed:
        raise Unfit("ended", "渡した日より前です。")


def _follows(session: Session, row: CarriedSet) -> Sequence[str]:
    told = []
    if row.facts.get("taken"):
        told.append("持ち帰った記録を取り込んでいます。")
    if row.handed is not None and row.ended is None:
        told.append("外に出ています。先に、返却・消去・紛失のどれかを記録してください。")
    return told


KINDS = (Kind("carried_set", CarriedSet, "持出し", _fields, _check, _follows),)
