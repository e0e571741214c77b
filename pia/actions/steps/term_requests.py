"""A word that a member asks to have explained, and what the office answers where it explains no
word for it."""

from __future__ import annotations

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.councils import Referral
from ...store.rows.term_requests import TermRequest
from ..viewing import wordbook
from ..workplace import Workplace


def ask(wp: Workplace, by: By, referral: int, speaker: str, term: str, note: str = "") -> int:
    """A word to be explained, asked for at a referral; its number. Unfit where it is explained, or
    waits for its explanation already."""
    with wp.store.begin() as session:
        session.get_one(Referral, referral)
        if wordbook.named(wordbook.terms_of(session), term) is not None and not note:
            raise Unfit(
                "note",
                f"「{term}」には、もう説明があります。"
                "足りないところがあれば、知りたいことを書いてください。",
            )
        for row in queries.term_requests.standing(session, referral):
            if (row.term, row.note, row.answer) == (term, note, None):
                raise Unfit("term", f"「{term}」の説明は、もう求められています。")
        row = TermRequest(referral_id=referral, speaker=speaker, term=term, note=note, **acted(by))
        session.add(row)
        session.flush()
        log.entry(session, by, "glossary.ask", term, {"request": row.id})
        return row.id


def answer(wp: Workplace, by: By, number: int, words: str) -> None:
    """What the office answers whoever asked. PiaError where it was answered or taken back: that is
    put right with a reason."""
    with wp.store.begin() as session:
        row = session.get_one(TermRequest, number)
        if row.withdrawn is not None or row.answer is not None:
            raise PiaError("この求めには、もう答えています。直すときは、「直す」を押してください。")
        row.answer = words
        row.answered = by.day
        log.entry(session, by, "glossary.answer", row.term, {"request": row.id})
