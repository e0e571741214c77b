"""Which fields of a letter of the commission and of the city's answer may be put right by hand, and
when they may be taken back.

Knows rows and what must hold of them. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows import filing
from ...store.rows.assessments import Round
from ...store.rows.commission import AMENDMENT, INQUIRY, CommissionLetter, CommissionReply
from ...store.rows.filing import Submission
from .field_kinds import Field, Kind, Values

RETURNED = "returned"  # the event of a round that goes back before its submission
KINDS_OF_LETTER = {INQUIRY: "照会", AMENDMENT: "補正の求め"}


def _letter_fields(session: Session, row: CommissionLetter) -> Sequence[Field]:
    return (
        Field("day", "届いた日", "day"),
        Field("due", "回答の期限", "day", False),
        Field("document_number", "委員会の文書番号", "line", False),
        Field("text", "書かれていること", "area"),
    )


def _check_letter(session: Session, by: By, row: CommissionLetter, values: Values) -> None:
    sent = filing.as_corrected(session, [session.get_one(Submission, row.submission_id)])[0]
    letter_day(by, values["day"], values["due"], day_in_japan(sent.at))


def letter_day(by: By, day: date, due: date | None, sent: date) -> None:
    """Unfit for a letter that came before what it is about was sent, or is still to come, and for
    a last day of its answer before it."""
    if day > by.day:
        raise Unfit("day", f"届いた日（{written(day)}）がまだ来ていません。")
    if day < sent:
        raise Unfit(
            "day", f"届いた日（{written(day)}）が、提出した日（{written(sent)}）より前です。"
        )
    if due is not None and due < day:
        raise Unfit("due", f"回答の期限（{written(due)}）が、届いた日より前です。")


def _follows_letter(session: Session, row: CommissionLetter) -> Sequence[str]:
    told = []
    if queries.commission.replies(session, [row.id]):
        told.append("この文書への回答が記録されています。先に回答を取り消してください。")
    if taken_up(session, row) and not is_as_sent(session, row):
        told.append("この文書を受けて提出の前に戻し、評価書を直すか、提出し直しています。")
    return told


def taken_up(session: Session, row: CommissionLetter) -> bool:
    """Whether a round went back before its submission for a letter."""
    events = queries.rounds.events_of(session, row.round_id)
    return any(x.event == RETURNED and x.facts.get("letter") == row.id for x in events)


def is_as_sent(session: Session, row: CommissionLetter) -> bool:
    """Whether the text of a letter's round is still the one it is about, and nothing else was
    sent."""
    last = queries.filing.last_submission_of_round(session, row.round_id)
    head = session.get_one(Round, row.round_id).head_id
    return last is not None and last.id == row.submission_id and last.version_id == head


def _reply_fields(session: Session, row: CommissionReply) -> Sequence[Field]:
    return (
        Field("day", "回答した日", "day"),
        Field("document_number", "文書番号", "line", False),
        Field("text", "回答", "area"),
    )


def _check_reply(session: Session, by: By, row: CommissionReply, values: Values) -> None:
    reply_day(by, values["day"], session.get_one(CommissionLetter, row.letter_id))


def reply_day(by: By, day: date, letter: CommissionLetter) -> None:
    """Unfit for an answer before its letter, or one that is still to come."""
    if day > by.day:
        raise Unfit("day", f"回答した日（{written(day)}）がまだ来ていません。")
    if day < letter.day:
        raise Unfit(
            "day", f"回答した日（{written(day)}）が、届いた日（{written(letter.day)}）より前です。"
        )


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
