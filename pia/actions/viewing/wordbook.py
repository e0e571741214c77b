"""用語の説明 and 文例 as their lists show them; which explained words stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ... import manual
from ...domain.act import day_in_japan
from ...store import queries
from ...store.rows.phrases import Phrase
from ...store.rows.term_requests import TermRequest
from ..access.names import shown_name
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class ExplainedTerm:
    """A word with its explanation. `number`: the city's own record of it, None where it is as the
    program is shipped; `read_on`: the day its source was read; `shipped`: what the program says of
    the same word, where the city explains it anew."""

    number: int | None
    term: str
    explanation: str
    source: str = ""
    read_on: date | None = None
    shipped: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether the program explains it, and held that against no text."""
        return self.number is None and self.read_on is None


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """A word somebody asked to have explained, and what came of it: its `explanation` that was
    written since, else the office's `answer` on the day `answered`; nothing of both while it
    waits."""

    number: int
    referral: int
    speaker: str
    day: date
    term: str
    note: str
    explanation: str
    answer: str
    answered: date | None

    @property
    def waits(self) -> bool:
        """Whether the office has still to explain it or to answer."""
        return not self.explanation and not self.answer


def terms_of(session: Session) -> tuple[ExplainedTerm, ...]:
    """Every word that is explained, in order. The city's own record of a word stands for what the
    program says of it, also where it was taken back."""
    shipped = {known.term: known for known in manual.terms()}
    rows = queries.councils.every_term(session)
    own = {row.term for row in rows}
    words = [
        ExplainedTerm(None, known.term, known.explanation, known.source, known.read_on)
        for known in shipped.values()
        if known.term not in own
    ]
    for row in rows:
        if row.withdrawn is None:
            said = shipped[row.term].explanation if row.term in shipped else ""
            words.append(
                ExplainedTerm(
                    row.id, row.term, row.explanation, row.source or "", row.read_on, said
                )
            )
    return tuple(sorted(words, key=lambda word: word.term))


def terms(wp: Workplace) -> tuple[ExplainedTerm, ...]:
    """Every word that is explained, in order."""
    with wp.store.read() as session:
        return terms_of(session)


def pattern(term: str) -> str:
    """The regular expression of a word in running text. What begins with a kanji is no word of its
    own behind another kanji: 教育委員会 is not 委員会."""
    alone = r"(?<![一-鿿々])" if re.match("[一-鿿]", term) else ""
    return alone + re.escape(term)


def standing_in(words: Iterable[ExplainedTerm], text: str) -> tuple[ExplainedTerm, ...]:
    """Those of the words that stand in a text."""
    return tuple(word for word in words if re.search(pattern(word.term), text))


def asked(wp: Workplace, referral: int | None = None) -> tuple[AskedTerm, ...]:
    """What members asked to have explained, of one referral where it is given, oldest first."""
    with wp.store.read() as session:
        rows = queries.term_requests.standing(session, referral)
        known = {}
        for term in queries.councils.glossary(session) if rows else ():
            known[term.term] = (term.at, term.explanation)
        return tuple(_asked(row, known) for row in rows)


def _asked(row: TermRequest, known: Mapping[str, tuple[datetime, str]]) -> AskedTerm:
    """A request; what was explained before it is what it asks more about."""
    since, explanation = known.get(row.term, (row.at, ""))
    return AskedTerm(
        row.id,
        row.referral_id,
        row.speaker,
        day_in_japan(row.at),
        row.term,
        row.note,
        explanation if since >= row.at else "",
        row.answer or "",
        row.answered,
    )


def named(words: Sequence[ExplainedTerm], term: str) -> ExplainedTerm | None:
    """The explanation of this very word; None where there is none."""
    return next((word for word in words if word.term == term), None)


def authors(wp: Workplace, rows: Iterable[Phrase]) -> dict[str, str]:
    """How those who wrote these are shown, by their account."""
    with wp.store.read() as session:
        return {actor: shown_name(session, actor) for actor in {row.actor for row in rows}}


def phrases(wp: Workplace) -> list[Phrase]:
    """Every wording that is kept, by its heading."""
    with wp.store.read() as session:
        return queries.phrases.kept(session)
