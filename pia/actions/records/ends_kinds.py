"""Which fields of the end of an affair may be put right by hand, and when it may be taken back
(規則第16条).

Knows rows and what must hold of their days. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.procedure.duties import years_after
from ...domain.wareki import written
from ...store import queries
from ...store.rows.affair_ends import AffairEnd
from .field_kinds import Field, Kind, Values


def must_be_days(session: Session, by: By, affair_id: int, day: date, told: date | None) -> None:
    """Unfit for an end before the beginning or one that is still to come, and for a notice before
    it."""
    if day > by.day:
        raise Unfit("day", f"終了した日（{written(day)}）がまだ来ていません。")
    began = queries.affair_ends.first_public(session, affair_id)
    if began is not None and day < began:
        raise Unfit(
            "day",
            f"終了した日（{written(day)}）が、評価書を初めて公表した日（{written(began)}）より前です。",
        )
    if told is not None and told > by.day:
        raise Unfit("told", f"届け出た日（{written(told)}）がまだ来ていません。")
    if told is not None and told < day:
        raise Unfit("told", f"届け出た日（{written(told)}）が、終了した日より前です。")


def must_be_closing(by: By, ended: date, day: date, years: int) -> None:
    """Unfit for a day on which the 評価書 must still be public, or that is still to come."""
    until = years_after(ended, years)
    if day <= until:
        raise Unfit(
            "closed",
            f"{written(until)}までは公表を続けます。その翌日より後の日を入力してください。",
        )
    if day > by.day:
        raise Unfit("closed", f"公表を終えた日（{written(day)}）がまだ来ていません。")


def _fields(session: Session, row: AffairEnd) -> Sequence[Field]:
    fields = [
        Field("day", "終了した日", "day"),
        Field("reason", "終了した理由", "area"),
        Field("told", "委員会に届け出た日", "day", False),
        Field("document_number", "届出の文書番号", "line", False),
    ]
    if row.closed is not None:
        fields.append(Field("closed", "公表を終えた日", "day", False))
    return fields


def _check(session: Session, by: By, row: AffairEnd, values: Values) -> None:
    must_be_days(session, by, row.affair_id, values["day"], values["told"])


def _follows(session: Session, row: AffairEnd) -> Sequence[str]:
    if row.closed is not None:
        return ("公表を終えています。先に、公表を終えた日を空にしてください。",)
    return ()


KINDS = (Kind("affair_end", AffairEnd, "事務の終了", _fields, _check, _follows),)
