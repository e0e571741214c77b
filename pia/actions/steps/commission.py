"""委員会からの照会・補正の求め: what the commission wrote about a submission, what the city
answered, and the round back where it was before it was sent (規則第5条第1項・第2項, 第6条第3項,
第7条第5項).

The secretariat records. A city's assessment is not approved by the commission; what is sent again
goes through `filing.submit` like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError, Refused
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments, filing
from ...store.rows.assessments import Round
from ...store.rows.commission import AMENDMENT, CommissionLetter, CommissionReply
from ...store.rows.filing import Submission
from ..records.commission_kinds import RETURNED, letter_day, reply_day
from ..workplace import VersionLine, Workplace, line, row_of

LETTER = "commission_letter"
REPLY = "commission_reply"
NONE_SENT = "この手続には、提出の記録がありません。委員会に提出した後に記録してください。"


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter as it was typed: its kind, the day it came, what it says, its 文書番号 and by when
    it is to be answered."""

    kind: str
    day: date
    text: str
    document_number: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class NewReply:
    """An answer as it was typed: its day, its words and its 文書番号."""

    day: date
    text: str
    document_number: str = ""


def record_letter(wp: Workplace, by: By, where: str, new: NewLetter) -> int:
    """A letter about the last submission of a round; its number. PiaError where nothing was sent,
    Unfit for days that cannot be."""
    with wp.store.begin() as session:
        at = line(session, where)
        submission = _last_sent(session, at)
        sent = filing.as_corrected(session, [submission])[0]
        letter_day(by, new.day, new.due, day_in_japan(sent.at))
        letter = CommissionLetter(
            round_id=at.own_round.id,
            submission_id=submission.id,
            kind=new.kind,
            day=new.day,
            due=new.due,
            document_number=new.document_number,
            text=new.text,
            **acted(by),
        )
        session.add(letter)
        session.flush()
        about = {
            "letter": letter.id,
            "on": written(new.day),
            **log.about(document_number=new.document_number),
        }
        assessments.step(session, at.own_round, LETTER, at.own_round.state, about, by)
        log.entry(session, by, "commission.letter", where, {"kind": new.kind, "letter": letter.id})
        return letter.id


def _last_sent(session: Session, at: VersionLine) -> Submission:
    sent = queries.filing.submissions_of_round(session, at.own_round.id)
    if not sent:
        raise PiaError(NONE_SENT)
    return sent[-1]


def reply(wp: Workplace, by: By, where: str, number: int, new: NewReply) -> int:
    """What the city answered to a letter; its number. Unfit for a day that cannot be."""
    with wp.store.begin() as session:
        at = line(session, where)
        letter = _letter_of(session, at, number)
        reply_day(by, new.day, letter)
        row = CommissionReply(
            round_id=letter.round_id,
            letter_id=letter.id,
            day=new.day,
            document_number=new.document_number,
            text=new.text,
            **acted(by),
        )
        session.add(row)
        session.flush()
        about = {
            "reply": row.id,
            "on": written(new.day),
            **log.about(document_number=new.document_number),
        }
        assessments.step(session, at.own_round, REPLY, at.own_round.state, about, by)
        log.entry(session, by, "commission.reply", where, {"letter": letter.id, "reply": row.id})
        return row.id


def take_up(wp: Workplace, by: By, where: str, number: int) -> str:
    """The round goes back where it was before it was submitted, so that its text can be amended;
    the new state. What was sent stays on record. Refused where the round is published: then a 修正
    is begun."""
    with wp.store.begin() as session:
        at = line(session, where)
        letter = _letter_of(session, at, number)
        if letter.kind != AMENDMENT:
            raise PiaError("補正の求めではありません。照会には、回答を記録してください。")
        round_ = at.own_round
        if round_.state != "SUBMITTED":
            raise Refused(
                "この手続は、いま提出の段階ではないため、提出の前に戻せません。",
                ("公表した後に直すときは、修正を始めてください。",),
            )
        about = {"letter": letter.id, "on": written(letter.day)}
        before = _before_submission(session, round_)
        state = assessments.step(session, round_, RETURNED, before, about, by).state
        log.entry(session, by, "commission.take_up", where, {"letter": letter.id})
        return state


def _before_submission(session: Session, round_: Round) -> str:
    """The state a round was in before it was submitted last."""
    before = ""
    for earlier, taken in pairwise(queries.rounds.events_of(session, round_.id)):
        if taken.state == "SUBMITTED" and earlier.state != "SUBMITTED":
            before = earlier.state
    if not before:
        raise PiaError(NONE_SENT)
    return before


def _letter_of(session: Session, at: VersionLine, number: int) -> CommissionLetter:
    letter = row_of(session, CommissionLetter, number, "委員会からの文書")
    if letter.round_id != at.own_round.id:
        raise PiaError("その文書は、この手続のものではありません。")
    return letter
