"""Which fields of a 定期報告 may be put right by hand.

Knows rows and what must hold of them. What was checked of a measure is checked again instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...store import queries
from ...store.rows.reports import DONE, NOT_DONE, PART, HandlingReport
from .field_kinds import Field, Kind, Values

STATES = {DONE: "実施済", PART: "一部", NOT_DONE: "未実施"}


def _fields(session: Session, row: HandlingReport) -> Sequence[Field]:
    return (
        Field("until", "点検の期限", "day"),
        Field("note", "各所属に伝えること", "area", False),
        Field("sent", "報告した日", "day", False),
        Field("document_number", "文書番号", "line", False),
        Field("received", "受理の日", "day", False),
        Field("receipt", "受理の内容", "area", False),
    )


def _check(session: Session, by: By, row: HandlingReport, values: Values) -> None:
    must_be_days(by, values["sent"], values["received"])


def must_be_days(by: By, sent: date | None, received: date | None) -> None:
    """Unfit for days to come, and for a receipt before the report was sent."""
    for name, day in (("sent", sent), ("received", received)):
        if day is not None and day > by.day:
            raise Unfit(name, "その日は、まだ来ていません。")
    if received is not None and (sent is None or received < sent):
        raise Unfit("received", "受理の日が、報告した日より前です。")


def _follows(session: Session, row: HandlingReport) -> Sequence[str]:
    told = []
    if queries.reports.is_checked(session, row.id):
        told.append("対策の点検が記録されています。")
    if row.sent is not None:
        told.append("報告した日が記録されています。")
    return told


KINDS = (Kind("handling_report", HandlingReport, "定期報告", _fields, _check, _follows),)
