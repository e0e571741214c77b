"""Which fields of a chosen day and of a closing day may be put right by hand.

Knows rows and what must hold of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Refused, Unfit
from ...domain.procedure.calendar import DONE, PASSED, Schedule
from ...domain.wareki import written
from ...store.rows.assessments import Round
from ...store.rows.calendar import ClosingDay, PlannedDay
from . import closing
from .field_kinds import Field, Kind, Values

LONGEST = 366  # days of one period


def must_fit(schedule: Schedule, step: str, day: date) -> None:
    """Unfit for a step the schedule has not, one that has happened, and a day before what has
    happened or after the change."""
    place = next((n for n, line in enumerate(schedule.lines) if line.step.id == step), None)
    if place is None or place == len(schedule.lines) - 1:
        raise Unfit("step", "「どの日」を選び直してください。")
    line = schedule.lines[place]
    if line.standing in (DONE, PASSED):
        raise Unfit("step", f"「{line.step.name}」は、もう済んでいます。")
    for earlier in schedule.lines[:place]:
        if earlier.standing == DONE and day < earlier.day:
            said = f"「{earlier.step.name}」（{written(earlier.day)}）より前です。"
            raise Unfit("day", f"その日は、{said}")
    last = schedule.lines[-1]
    if day > last.day:
        said = f"「{last.step.name}」（{written(last.day)}）より後です。"
        raise Unfit("day", f"その日は、{said}")


def must_be_period(first: date, last: date) -> None:
    """Unfit for a period that ends before it begins, or goes on for more than a year."""
    if last < first:
        raise Unfit("last", "最後の日が、最初の日より前です。")
    if (last - first).days >= LONGEST:
        raise Unfit("last", "一度に記録できるのは1年までです。")


def _planned_fields(session: Session, row: PlannedDay) -> Sequence[Field]:
    return (Field("day", "予定日", "day"), Field("reason", "その日にする理由"))


def _check_planned(session: Session, by: By, row: PlannedDay, values: Values) -> None:
    round_ = session.get_one(Round, row.round_id)
    if round_.state in closing.OVER:
        raise Refused("この手続は終わっているため、予定日は直せません。")
    if round_.change_date is not None and values["day"] > round_.change_date:
        planned = written(round_.change_date)
        raise Unfit("day", f"その日は、変更の実施予定日（{planned}）より後です。")


def _follows_planned(session: Session, row: PlannedDay) -> Sequence[str]:
    if session.get_one(Round, row.round_id).state in closing.OVER:
        return ("この手続は終わっています。",)
    return ()


def _closing_fields(session: Session, row: ClosingDay) -> Sequence[Field]:
    return (
        Field("first", "最初の日", "day"),
        Field("last", "最後の日", "day"),
        Field("name", "呼び方"),
        Field("opened", "この期間は開庁する", "ticked", False),
    )


def _check_closing(session: Session, by: By, row: ClosingDay, values: Values) -> None:
    must_be_period(values["first"], values["last"])


def _follows_closing(session: Session, row: ClosingDay) -> Sequence[str]:
    return ()


KINDS = (
    Kind("planned_day", PlannedDay, "予定日", _planned_fields, _check_planned, _follows_planned),
    Kind("closing_day", ClosingDay, "閉庁日", _closing_fields, _check_closing, _follows_closing),
)
