"""What people decided about words that are withheld in one place and stand again in another
(規則第10条第1項・第2項; the question itself is this city's own protection).

Append-only: the latest answer of a place counts. Knows affairs and places as text; must not know
how a place was found."""

from __future__ import annotations

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Acted, Base

OPEN = "PUBLIC"
CLOSED = "WITHHELD"


class WithheldAnswer(Acted, Base):
    """One answer for one place of an affair: PUBLIC (it stays public, for a reason) or WITHHELD
    (the words are left out there, also where the place is no part of a document). `fingerprint`
    names the place together with what stands there: other words are asked about again. `words` only
    where they are to be left out."""

    __tablename__ = "withheld_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(index=True)
    place: Mapped[str]
    decision: Mapped[str]
    reason: Mapped[str]
    words: Mapped[str | None]


def answers(session: Session, affair: int) -> dict[str, WithheldAnswer]:
    """The answer that counts for each place of an affair, by its fingerprint."""
    rows = session.scalars(
        select(WithheldAnswer).where(WithheldAnswer.affair_id == affair).order_by(WithheldAnswer.id)
    )
    latest = {}
    for row in rows:
        latest[row.fingerprint] = row
    return latest


def words(session: Session, affair: int) -> frozenset[str]:
    """What is left out of the sentences beside the documents of an affair."""
    wordses = []
    for answer in answers(session, affair).values():
        if answer.decision == CLOSED and answer.words:
            wordses.append(answer.words)
    return frozenset(wordses)


def words_by_affair(session: Session) -> dict[int, frozenset[str]]:
    """The same of every affair that has any."""
    rows = session.scalars(
        select(WithheldAnswer).where(WithheldAnswer.words.is_not(None)).order_by(WithheldAnswer.id)
    ).all()
    by_affair = {}
    for affair in {row.affair_id for row in rows}:
        by_affair[affair] = words(session, affair)
    return by_affair
