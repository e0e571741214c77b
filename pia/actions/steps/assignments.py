"""An opinion of a resident or a question of a council given to a department until a day.

Knows who may be asked. Put right and taken back by `corrections`. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import consultations, councils
from ...store.rows.assignments import Assignment
from ..records.correctable import must_be_of_department
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: a department by its number, a person of it by their sign-in name (empty for
    all of them), and until when."""

    department: int
    account: str
    until: date


def give(wp: Workplace, by: By, kind: str, number: int, asked: Asked) -> None:
    """Gives an opinion ("opinion") or a question ("remark") to a department. Unfit for a day that
    is over and for a person of another department; Refused for what is answered or given
    already."""
    with wp.store.begin() as session:
        _must_be_open(session, kind, number)
        if asked.until < by.day:
            raise Unfit("until", f"期限（{written(asked.until)}）が、今日より前です。")
        must_be_of_department(session, asked.department, asked.account)
        session.add(
            Assignment(
                opinion_id=number if kind == "opinion" else None,
                remark_id=number if kind == "remark" else None,
                department_id=asked.department,
                account=asked.account,
                until=asked.until,
                **acted(by),
            )
        )
        about = {"department": asked.department, "until": asked.until.isoformat()}
        log.entry(session, by, "assignment.give", f"{kind}/{number}", about)


def _must_be_open(session: Session, kind: str, number: int) -> None:
    if kind == "opinion":
        row_of(session, consultations.Opinion, number, "意見")
    elif kind == "remark":
        row_of(session, councils.Remark, number, "質問")
    else:
        raise PiaError("その記録は、割り当てられません。")
    if queries.assignments.is_answered(session, kind, number):
        raise Refused("もう答えが記録されているため、割り当てられません。")
    if queries.assignments.standing_of(session, kind, number) is not None:
        raise Refused("もう割り当てられています。割当てを直してください。")
