"""Which fields of what a department keeps ready for a council may be put right by hand, and what
the state was asked.

Knows rows and what must hold of them. How a correction is kept stands in `steps.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...store import queries
from ...store.rows.answers import LAW, OWN, ExpectedQuestion, WordingSource
from ...store.rows.assessments import Round
from ...store.rows.national import Confirmation
from . import closing
from .field_kinds import Field, Kind, Values

WORDS = {LAW: "法令に基づく", OWN: "市独自"}


def _question_fields(session: Session, row: ExpectedQuestion) -> Sequence[Field]:
    return (Field("question", "問", "area"), Field("answer", "答", "area"))


def _check_question(session: Session, by: By, row: ExpectedQuestion, values: Values) -> None:
    _must_be_open(session, row.round_id)
    if queries.answers.corrected_by(session, row.id) is not None:
        raise PiaError("この想定問答は、もう直されています。いまの想定問答を直してください。")


def _source_fields(session: Session, row: WordingSource) -> Sequence[Field]:
    return (
        Field("kind", "記載の由来", "choice", options=WORDS),
        Field("source", "根拠の法令と条項、又は市の判断の根拠", "line", row.kind == LAW),
    )


def _check_source(session: Session, by: By, row: WordingSource, values: Values) -> None:
    _must_be_open(session, row.round_id)
    if values["kind"] == LAW and not values["source"]:
        raise Unfit("source", "根拠の法令と条項を入力してください。")


def _must_be_open(session: Session, round_id: int) -> None:
    if session.get_one(Round, round_id).state in closing.OVER:
        raise Refused("この手続は終わっているため、直せません。")


def _follows_round(session: Session, row: ExpectedQuestion | WordingSource) -> Sequence[str]:
    if session.get_one(Round, row.round_id).state in closing.OVER:
        return ("この手続は終わっています。",)
    return ()


def _state_fields(session: Session, row: Confirmation) -> Sequence[Field]:
    return (
        Field("asked", "国に確認した", "ticked", False),
        Field("day", "確認した日", "day", False),
        Field("answer", "国の回答", "area", False),
    )


def _check_state(session: Session, by: By, row: Confirmation, values: Values) -> None:
    if values["day"] is not None and values["day"] > by.day:
        raise Unfit("day", "「確認した日」が、まだ来ていません。")
    newest = queries.national.confirmations_like(session, row)[0]
    if newest.id != row.id:
        raise PiaError("この記録は、もう直されています。いまの記録を直してください。")


KINDS = (
    Kind(
        "expected_question",
        ExpectedQuestion,
        "想定問答",
        _question_fields,
        _check_question,
        _follows_round,
        apart=frozenset({"question", "answer"}),
    ),
    Kind(
        "wording_source",
        WordingSource,
        "記載の由来",
        _source_fields,
        _check_source,
        _follows_round,
    ),
    Kind("confirmation", Confirmation, "国への確認", _state_fields, _check_state),
)
