"""What lies before whoever leads a sitting: the item that is discussed, questions nobody answered
and who asked them, answers that were promised before.

Reads only. Must not know pages, nor what the chair says (`papers.councils`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ...store import queries
from ...store.rows import councils as rows
from ..access.person import Person
from ..records import minutes as records
from ..records import personal, speakers
from ..workplace import Workplace, row_of
from .agenda import AgendaView, agenda_of
from .minutes import SpeechView, promised_before


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question nobody answered: of which referral, who asked it, its words."""

    referral: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class ChairView:
    """A sitting as whoever leads it sees it; `keys`: of the documents its referrals are about."""

    agenda: AgendaView
    questions: tuple[OpenQuestion, ...]
    promised: tuple[SpeechView, ...]
    keys: tuple[str, ...]


def chair(wp: Workplace, number: int, today: date) -> ChairView:
    """The sitting of a number for who leads it. PiaError when there is none."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        questions = []
        keys: list[str] = []
        for item in records.items_of(sitting):
            if item.referral is not None:
                keys += queries.assessments.keys_of_referral(session, item.referral)
                for remark in rows.open_remarks(session, item.referral):
                    words = personal.outward(session, remark)
                    questions.append(OpenQuestion(item.referral, remark.speaker, words))
        return ChairView(
            agenda_of(sitting, today),
            tuple(questions),
            promised_before(session, sitting),
            tuple(keys),
        )


def leads(wp: Workplace, who: Person, number: int) -> bool:
    """Whether somebody leads a sitting: the chair, or whom the office named in their place."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        seats = rows.in_office(session, sitting.council_id, sitting.day)
        leader = speakers.chairing(sitting, seats)
        if leader is None:
            return False
        if who.role == "tablet":
            return who.sitting == number and who.member == leader.id
        if who.role not in ("member", "chair") or leader.account_id is None:
            return False
        return queries.accounts.id_of(session, who.name) == leader.account_id
