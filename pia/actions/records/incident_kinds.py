"""Which fields of an incident, and of what was decided about it, may be put right by hand.

Knows rows and what must hold of them. How a correction is kept stands in `steps.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.incidents import ANEW, KEPT, Incident, IncidentDecision
from .field_kinds import Field, Kind, Values

DECISIONS = {ANEW: "判断し直す", KEPT: "いまの評価書のままとする"}


def _fields(session: Session, row: Incident) -> Sequence[Field]:
    return (
        Field("contractor", "委託先", "line", False),
        Field("occurred", "発生した日", "day", False),
        Field("known", "知った日", "day"),
        Field("summary", "概要", "area"),
        Field("intentional", "故意による", "ticked", False),
        Field("staff_only", "自らの職員に関するものだけ", "ticked", False),
        Field("excused", "責めに帰さない配送事故", "ticked", False),
        Field("major", "重大事故に当たる", "ticked", False),
        Field("reason", "そう判断した理由", "area", False),
    )


def _check(session: Session, by: By, row: Incident, values: Values) -> None:
    must_be_days(by, values["occurred"], values["known"])
    if _is_judged_otherwise(row, values) and not (values["reason"] or "").strip():
        raise Unfit("reason", "重大事故の判断を変える理由を入力してください。")


def _is_judged_otherwise(row: Incident, values: Values) -> bool:
    return bool(values["major"]) != row.major


def must_be_days(by: By, occurred: date | None, known: date) -> None:
    """Unfit for days to come, and for a day the body knew before it happened."""
    if known > by.day:
        raise Unfit("known", f"知った日（{written(known)}）が、まだ来ていません。")
    if occurred is not None and occurred > known:
        raise Unfit("occurred", f"発生した日（{written(occurred)}）が、知った日より後です。")


def _follows(session: Session, row: Incident) -> Sequence[str]:
    if queries.incidents.is_decided(session, row.id):
        return ("1年後の判断が記録されています。先に、その判断を取り消してください。",)
    return ()


def _decision_fields(session: Session, row: IncidentDecision) -> Sequence[Field]:
    return (Field("reason", "理由", "area"),)


def _follows_decision(session: Session, row: IncidentDecision) -> Sequence[str]:
    if row.decision == ANEW:
        return ("しきい値判断の人数が記録されています。数え直した結果を記録してください。",)
    return ()


KINDS = (
    Kind("incident", Incident, "事故", _fields, _check, _follows),
    Kind(
        "incident_decision",
        IncidentDecision,
        "1年後の判断",
        _decision_fields,
        follows=_follows_decision,
    ),
)
