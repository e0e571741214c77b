"""意見聴取: consultations, opinions, the city's responses and the wording adopted from them
(規則第7条第1項・第4項; 指針第5の3, unread).

Knows which opinion led to which version. Must not know how long a consultation lasts. Names and
addresses stand in a table of their own, the only one here that may be emptied: what a resident
wrote is kept, who wrote it need not be.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from ..ledger.digests import nonce
from ..model import Acted, Base
from .assessments import Round

consultation_round = Table(
    "consultation_round",
    Base.metadata,
    Column("consultation_id", ForeignKey("consultation.id"), primary_key=True),
    Column("round_id", ForeignKey("round.id"), primary_key=True, index=True),
)


class Consultation(Acted, Base):
    """One public comment about one or more rounds. `start` and `end` are its first and last day,
    `announced` the day of the notice; `withdrawn` the day its record was taken back.
    """

    __tablename__ = "consultation"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    announced: Mapped[date | None]
    start: Mapped[date]
    end: Mapped[date]
    method: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withdrawn: Mapped[date | None]
    rounds: Mapped[list[Round]] = relationship(secondary=consultation_round, order_by=Round.id)


class ConsultationNotice(Acted, Base):
    """A notice about a consultation that runs: it is extended, corrected or cancelled (`kind`).
    `before` and `after`: what it says otherwise, by field; what it says now stands in the
    consultation."""

    __tablename__ = "consultation_notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    kind: Mapped[str]
    day: Mapped[date]
    document_number: Mapped[str]
    decided: Mapped[date | None]
    reason: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    withdrawn: Mapped[date | None]


class Opinion(Base):
    """One opinion as it came. `item` and `keys` (assessment keys) say what it is about and may be
    set later. `later`: it is kept apart from those the city answers, `counting` why an officer
    counted or kept apart what by itself would not count (another day, no name). `withdrawn`: the
    day its record was taken back; `recalled`: the day its sender took it back.

    Opinions point at others of their consultation, by row: `letter_id` the letter it is one point
    of, `like_id` the one whose answer is its answer too, `same_person_id` the first letter of the
    same person. Each points at one that itself points at none. `reference`: the number another
    system gave it; `postmarked`: the day of its postmark.
    """

    __tablename__ = "opinion"
    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    number: Mapped[int]
    received: Mapped[date]
    channel: Mapped[str]
    item: Mapped[str | None]
    keys: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    later: Mapped[bool | None]
    withdrawn: Mapped[date | None]
    letter_id: Mapped[int | None] = mapped_column(index=True)
    like_id: Mapped[int | None]
    same_person_id: Mapped[int | None]
    anonymous: Mapped[bool | None]
    postmarked: Mapped[date | None]
    recalled: Mapped[date | None]
    counting: Mapped[str | None]
    reference: Mapped[str | None]
    __table_args__ = (UniqueConstraint("consultation_id", "number"),)

    @property
    def like(self) -> str:
        """The row of the opinion that is answered for it, as a form has it."""
        return str(self.like_id or "")

    @property
    def same_person(self) -> str:
        """The row of the first letter of its sender, as a form has it."""
        return str(self.same_person_id or "")

    @property
    def answered_as(self) -> int:
        """The row whose answer is its answer."""
        return self.like_id or self.id


_POINT = aliased(Opinion)
# An opinion the city answers and counts: it came in the period or was counted all the same, stands,
# and is no letter that was split into points.
COUNTED = (
    Opinion.later.is_not(True),
    Opinion.withdrawn.is_(None),
    Opinion.recalled.is_(None),
    ~exists().where(_POINT.letter_id == Opinion.id, _POINT.withdrawn.is_(None)),
)


class OpinionAttachment(Acted, Base):
    """A file that came with an opinion, in quarantine: `sha256` names its bytes (`size` of them),
    which nobody is handed before the city's own 無害化 is on record (`cleaned` the day,
    `cleaned_how` in which way)."""

    __tablename__ = "opinion_attachment"
    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    cleaned: Mapped[date | None]
    cleaned_how: Mapped[str]
    withdrawn: Mapped[date | None]


class OpinionColumns(Acted, Base):
    """Which heading of the city's lists of opinions holds what: field → heading. Append-only: the
    latest counts."""

    __tablename__ = "opinion_columns"
    id: Mapped[int] = mapped_column(primary_key=True)
    columns: Mapped[dict[str, Any]]


class OpinionSender(Base):
    """Who sent an opinion. Never published, never joined by a public page, deleted when the city's
    rule says so.
    """

    __tablename__ = "opinion_sender"
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), primary_key=True)
    name: Mapped[str]
    name_nonce: Mapped[str | None] = mapped_column(default=nonce)
    address: Mapped[str]
    address_nonce: Mapped[str | None] = mapped_column(default=nonce)


class Inbox(Base):
    """What a resident sent through the public zone, which can only add here. `receipt` is the
    number they were given, `key` and `item` what it is about. When the office takes it in it
    becomes an opinion, and name and address move to its sender.
    """

    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(unique=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    key: Mapped[str]
    item: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    name: Mapped[str]
    name_nonce: Mapped[str | None] = mapped_column(default=nonce)
    address: Mapped[str]
    address_nonce: Mapped[str | None] = mapped_column(default=nonce)
    at: Mapped[datetime]
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"))


class Response(Acted, Base):
    """市の考え方. outcome: AMENDED, COVERED, NOTED, KEPT, OUT_OF_SCOPE. Append-only: the latest
    counts.
    """

    __tablename__ = "response"
    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), index=True)
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    outcome: Mapped[str]


class Adoption(Acted, Base):
    """Wording of an assessment that an opinion changed: from which version to which, at which
    path."""

    __tablename__ = "adoption"
    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), index=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    before_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    after_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    path: Mapped[list[Any]]


def next_number(session: Session, consultation_id: int) -> int:
    """The number of the next opinion of a consultation, from 1."""
    return (
        session.scalar(
            select(func.max(Opinion.number)).where(Opinion.consultation_id == consultation_id)
        )
        or 0
    ) + 1


def in_time(session: Session, *consultations: int) -> list[Opinion]:
    """The opinions of these consultations that count, in order; what came later, what its sender
    took back and a letter that was split into points are kept apart.
    """
    of = select(Opinion).where(Opinion.consultation_id.in_(consultations), *COUNTED)
    return list(session.scalars(of.order_by(Opinion.consultation_id, Opinion.number)))


def came_later(session: Session, consultation_id: int) -> list[Opinion]:
    """The opinions that are kept apart, mostly because they came after the period, in order."""
    of = select(Opinion).where(
        Opinion.consultation_id == consultation_id,
        Opinion.later.is_(True),
        Opinion.withdrawn.is_(None),
        Opinion.recalled.is_(None),
    )
    return list(session.scalars(of.order_by(Opinion.number)))


def responses(session: Session, consultation_id: int) -> dict[int, Response]:
    """The response that counts, by opinion id; of opinions that are answered together the same."""
    rows = session.scalars(
        select(Response)
        .join(Opinion)
        .where(Opinion.consultation_id == consultation_id)
        .order_by(Response.id)
    )
    latest = {}
    for row in rows:
        latest[row.opinion_id] = row
    together = select(Opinion.id, Opinion.like_id).where(
        Opinion.consultation_id == consultation_id, Opinion.like_id.is_not(None)
    )
    for number, like in session.execute(together):
        latest.pop(number, None)
        if like in latest:
            latest[number] = latest[like]
    return latest
