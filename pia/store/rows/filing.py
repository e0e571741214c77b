"""What left the house: submissions to the commission, publications, and the notes of the change
table (規則第5条第1項・第2項, 第6条第3項, 第7条第5項・第6項, 第14条第1項・第2項).

Knows which version each pins, by both digests. Must not know when a submission is due or what a
document looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Acted, Base
from .corrections import RecordCorrection

Path = tuple[str, ...]


class Submission(Acted, Base):
    """A version sent to the commission. `document_number` and `decided` are those of the internal
    decision; `sent` is the SHA-256 of the bytes sent.
    """

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    digest: Mapped[str]
    reviewed_digest: Mapped[str]
    document_number: Mapped[str]
    decided: Mapped[date | None]
    sent: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))


@dataclass(frozen=True, slots=True)
class SubmissionNow:
    """What is told of a submission, its corrections applied: when it was sent, and number and day
    of the internal decision."""

    id: int
    at: datetime
    document_number: str
    decided: date | None


def as_corrected(session: Session, rows: Sequence[Submission]) -> list[SubmissionNow]:
    """Submissions as they stand now, in the order given."""
    said: dict[int, dict[str, Any]] = {}
    amended = select(RecordCorrection.row_id, RecordCorrection.after).where(
        RecordCorrection.kind == "submission",
        RecordCorrection.row_id.in_([row.id for row in rows]),
    )
    for number, after in session.execute(amended.order_by(RecordCorrection.id)):
        said.setdefault(number, {}).update(after)
    told = []
    for row in rows:
        now = said.get(row.id, {})
        decided = row.decided
        if "decided" in now:
            decided = date.fromisoformat(now["decided"]) if now["decided"] else None
        number = now.get("document_number", row.document_number)
        told.append(SubmissionNow(row.id, row.at, number, decided))
    return told


class Publication(Acted, Base):
    """A version made public on `day`. Without a round: published before this program was there."""

    __tablename__ = "publication"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    day: Mapped[date]


class PublicationWithdrawn(Acted, Base):
    """A publication that was recorded and taken back, with the body it is of: it counts nowhere any
    more.
    """

    __tablename__ = "publication_withdrawn"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), unique=True)
    reason: Mapped[str]


def stands() -> ColumnElement[bool]:
    """Whether a publication was not taken back: part of every query over publications."""
    return ~exists().where(PublicationWithdrawn.publication_id == Publication.id)


class OutwardDate(Acted, Base):
    """A day that belongs to a publication beside its own: COMMISSION_SITE 委員会サイト公表日,
    CITY_SITE 市HP掲載日 and what a city adds. The latest counts.
    """

    __tablename__ = "outward_date"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[str]
    day: Mapped[date]
    note: Mapped[str]


class ChangeNote(Acted, Base):
    """What the change table says about one changed item: date, timing (PRIOR, POST) and
    explanation. Append-only: the latest counts.
    """

    __tablename__ = "change_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    path: Mapped[list[Any]]
    date: Mapped[date | None]
    timing: Mapped[str | None]
    explanation: Mapped[str]


class RoundNote(Acted, Base):
    """How the change of a ※ item is taken: MATERIAL, FORMAL or LESS_RISK, with the reason.
    Append-only: the latest counts.
    """

    __tablename__ = "round_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    path: Mapped[list[Any]]
    choice: Mapped[str]
    reason: Mapped[str]


def change_notes(session: Session, round_id: int) -> dict[Path, ChangeNote]:
    """The note that counts for each item path of a round."""
    rows = session.scalars(
        select(ChangeNote).where(ChangeNote.round_id == round_id).order_by(ChangeNote.id)
    )
    latest = {}
    for row in rows:
        latest[tuple(row.path)] = row
    return latest


def round_notes(session: Session, round_id: int) -> dict[Path, RoundNote]:
    """What was decided on each ※ item of a round, by path; the latest counts."""
    rows = session.scalars(
        select(RoundNote).where(RoundNote.round_id == round_id).order_by(RoundNote.id)
    )
    latest = {}
    for row in rows:
        latest[tuple(row.path)] = row
    return latest


def all_round_notes(session: Session) -> dict[int, dict[Path, RoundNote]]:
    """`round_notes` of every round that has any, for a list of rounds."""
    out: dict[int, dict[Path, RoundNote]] = {}
    for round_note in session.scalars(select(RoundNote).order_by(RoundNote.id)):
        out.setdefault(round_note.round_id, {})[tuple(round_note.path)] = round_note
    return out
