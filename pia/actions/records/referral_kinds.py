"""Which fields of what follows a 諮問 may be put right by hand, and what may be taken back
(規則第7条第4項・第5項).

Knows rows and what must hold of them. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils
from ...store.rows.assessments import Round
from ...store.rows.referrals import DECIDED, RECALLED, REPLACED, ProposalOutcome, ReferralStep
from . import closing
from .field_kinds import Field, Kind, Values

# What a step of a referral is called, and what its day is.
STEPS = {DECIDED: "市の判断", RECALLED: "諮問の取下げ", REPLACED: "差替え"}
DAYS = {DECIDED: "決定した日", RECALLED: "取り下げた日", REPLACED: "差し替えた日"}
OUTCOMES = {"taken": "取り入れた", "amended": "修正して取り入れた", "declined": "取り入れない"}


def _step_fields(session: Session, row: ReferralStep) -> Sequence[Field]:
    fields = [
        Field("day", DAYS.get(row.kind, "日"), "day"),
        Field("document_number", "文書番号", "line", row.kind == DECIDED),
        Field("reason", "理由", "area"),
    ]
    if row.kind == DECIDED:
        fields.append(Field("response", "意見への対応", "area"))
    return fields


def _check_step(session: Session, by: By, row: ReferralStep, values: Values) -> None:
    if values["day"] > by.day:
        raise Unfit("day", f"その日（{written(values['day'])}）は、まだ来ていません。")


def _follows_step(session: Session, row: ReferralStep) -> Sequence[str]:
    pinned = session.get_one(councils.Referral, row.referral_id).rounds
    states = [session.get_one(Round, each.round_id).state for each in pinned]
    if row.kind == REPLACED:
        return ("審議会に出した評価書は、元に戻せません。もう一度差し替えてください。",)
    if any(state in closing.ENDED for state in states):
        return ("この諮問の手続は、提出か公表を終えています。",)
    if row.kind == RECALLED and any(
        max(queries.councils.referrals_with_round(session, each.round_id)) != row.referral_id
        for each in pinned
    ):
        return ("取り下げた後に、改めて諮問しています。",)
    return ()


def _no_fields(session: Session, row: ProposalOutcome) -> Sequence[Field]:
    return ()


def _follows_answer(session: Session, row: ProposalOutcome) -> Sequence[str]:
    return ()


KINDS = (
    Kind(
        "referral_step",
        ReferralStep,
        "諮問の後",
        _step_fields,
        _check_step,
        _follows_step,
        apart=frozenset({"reason", "response"}),
    ),
    Kind(
        "proposal_outcome",
        ProposalOutcome,
        "修正案への回答",
        _no_fields,
        follows=_follows_answer,
    ),
)
