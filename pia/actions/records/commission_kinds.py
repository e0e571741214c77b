"""Which fields of a letter of the commission and of the city's answer may be put right by hand, and
when they may be taken back.

Knows rows and what must hold of them. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.commission import AMENDMENT, INQUIRY, CommissionLetter, CommissionReply
from .field_kinds import Field, Kind, Values

KINDS_OF_LETTER = {INQUIRY: "照会", AMENDMENT: "補正の求め"}


def _letter_fields(session: Session, row: CommissionLetter) -> Sequence[Field]:
    return (
        Field("day", "届いた日", "day"),
        Field("due", "回答の期限", "day", False),
        Field("document_number", "委員会の文書番号", "line", False),
        Field("text", "書かれていること", "area"),
    )


def _check_letter(session: Session, by: By, row: CommissionLetter, values: Values) -> None:
    if values["day"] > by.day:
        raise Unfit("day", f"届いた日（{written(values['day'])}）がまだ来ていません。")
    if values["due"] is not None and values["due"] < values["day"]:
        raise Unfit("due", f"回答の期限（{written(values['due'])}）が、届いた日より前です。")


def _follows_letter(session: Session, row: CommissionLetter) -> Sequence[str]:
    told = []
    if queries.commission.replies(session, [row.id]):
        told.append("この文書への回答が記録されています。先に回答を取り消してください。")
    events = queries.rounds.events_of(session, row.round_id)
    returned = [event for event in events if event.event == "returned"]
    if any(event.facts.get("letter") == row.id for event in returned):
        told.append("この文書を受けて、提出の前に戻しています。")
    return told


def _reply_fields(session: Session, row: CommissionReply) -> Sequence[Field]:
    return (
        Field("day", "回答した日", "day"),
        Field("document_number", "文書番号", "line", False),
        Field("text", "回答", "area"),
    )


def _check_reply(session: Session, by: By, row: CommissionReply, values: Values) -> None:
    letter = session.get_one(CommissionLetter, row.letter_id)
    if values["day"] > by.day:
        raise Unfit("day", f"回答した日（{written(values['day'])}）がまだ来ていません。")
    if values["day"] < letter.day:
        raise Unfit("day", f"回答した日が、届いた日（{written(letter.day)}）より前です。")


def _follows_reply(session: Session, row: CommissionReply) -> Sequence[str]:
    return ()


KINDS = (
    Kind(
        "commission_letter",
        CommissionLetter,
        "委員会からの文書",
        _letter_fields,
        _check_letter,
        _follows_letter,
    ),
    Kind(
        "commission_reply",
        CommissionReply,
        "委員会への回答",
        _reply_fields,
        _check_reply,
        _follows_reply,
    ),
)
