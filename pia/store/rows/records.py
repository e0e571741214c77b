"""What the records office writes down: texts erased, answers to words that may say who somebody
is, what an officer set about keeping a record, records destroyed, and 開示請求.

Knows rows that are only ever added to. Must not know when a record's years are over or who may
destroy it. None of these rows holds the words they are about. Serves 法第20条 and the city's own
rules of records (文書管理規程・情報公開条例, 未確認).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session
from sqlalchemy.orm.attributes import instance_state

from ...domain.act import day_in_japan
from ...domain.wareki import written
from ..ledger.digests import NONCE
from ..model import Acted, Base


class Erasure(Acted, Base):
    """Texts of one row that were erased: `place` is "TABLE KEY", `decision` the document number,
    `decided` the day of the decision; at least one of the two in acts of an officer."""

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(index=True)
    texts: Mapped[list[Any]]
    decision: Mapped[str]
    decided: Mapped[date | None]
    reason: Mapped[str]


class FindAnswer(Acted, Base):
    """What an officer said of one place that may say who somebody is: KEEP or WITHHOLD. `place`
    names the text, `text_mark` its wording where it may change, `number` counts the finds of a
    text from 1. Append-only: the latest counts."""

    __tablename__ = "find_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(index=True)
    text_mark: Mapped[str]
    number: Mapped[int]
    answer: Mapped[str]
    reason: Mapped[str]


class RecordNote(Acted, Base):
    """What an officer set about one record: its class, its years, whether it is a 歴史公文書; None
    leaves it as it was. Append-only: the latest of each counts."""

    __tablename__ = "record_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(index=True)
    category: Mapped[str | None]
    years: Mapped[int | None]
    historic: Mapped[bool | None]
    reason: Mapped[str]


class Disposal(Acted, Base):
    """廃棄の決裁 carried out. listed: [{"record", "title", "category", "start", "years", "expiry",
    "erased", "versions", "files", "left"}], a line of the 廃棄簿 each, as it stood on that day."""

    __tablename__ = "disposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    document_number: Mapped[str]
    decided: Mapped[date]
    reason: Mapped[str]
    listed: Mapped[list[Any]]


class Destruction(Acted, Base):
    """What 廃棄 took away of one record beside texts of rows: the digests (lower hex) of contents
    of documents and of files whose bodies were emptied. `fsck` takes an empty body only by such a
    row.
    """

    __tablename__ = "destruction"
    id: Mapped[int] = mapped_column(primary_key=True)
    disposal_id: Mapped[int] = mapped_column(ForeignKey("disposal.id"), index=True)
    record: Mapped[str]
    contents: Mapped[list[Any]]
    files: Mapped[list[Any]]


class Disclosure(Acted, Base):
    """開示請求 of a round or a sitting: its number, the day it came, what is asked. `subject` is
    "round:KEY~NAME" or "sitting:NUMBER"."""

    __tablename__ = "disclosure"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    received: Mapped[date]
    asked: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)


class DisclosureEnd(Acted, Base):
    """The end of a 開示請求: what was decided (開示・一部開示・不開示・取下げ), its number and
    day."""

    __tablename__ = "disclosure_end"
    disclosure_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    document_number: Mapped[str]
    decided: Mapped[date]
    note: Mapped[str]


class Blackout(Acted, Base):
    """What an officer said of one place in the records of a 開示請求: letters `begins` to `ends`
    (not with it) of the text named `place`, whose wording `text_mark` pins. act: BLACK, LEAVE (a
    proposal was refused) or BACK (taken back). `ground`: ORDINANCE, RULE10 or PERSON; `article` of
    the city's 情報公開条例, as the city cites it. The words themselves are not in it. Append-only:
    the latest of a place counts.
    """

    __tablename__ = "blackout"
    id: Mapped[int] = mapped_column(primary_key=True)
    disclosure_id: Mapped[int] = mapped_column(ForeignKey("disclosure.id"), index=True)
    place: Mapped[str]
    text_mark: Mapped[str]
    begins: Mapped[int]
    ends: Mapped[int]
    act: Mapped[str]
    ground: Mapped[str]
    article: Mapped[str]
    reason: Mapped[str]


class DisclosureCorrection(Acted, Base):
    """A 開示請求 (`part` "request") or its decision ("decision") put right, with a reason: `before`
    stays as it was typed; days are ISO texts. Append-only: the latest counts."""

    __tablename__ = "disclosure_correction"
    id: Mapped[int] = mapped_column(primary_key=True)
    disclosure_id: Mapped[int] = mapped_column(ForeignKey("disclosure.id"), index=True)
    part: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str]


@dataclass(frozen=True, slots=True)
class DisclosureNow:
    """A 開示請求 as it stands now, its corrections applied."""

    id: int
    number: str
    received: date
    asked: str
    subject: str


@dataclass(frozen=True, slots=True)
class DisclosureEndNow:
    """How a 開示請求 ended, as it stands now."""

    outcome: str
    document_number: str
    decided: date
    note: str


def place_of(row: Base) -> str:
    """ "TABLE KEY" of a row: how an erasure and an answer name it."""
    key = "/".join(map(str, instance_state(row).identity or ()))
    return f"{row.__tablename__} {key}"


def is_erased(row: Base, text: str = "text") -> bool:
    """Whether a text of a row was erased: it is empty, and has no nonce."""
    return getattr(row, text) == "" and getattr(row, text + NONCE) is None


def erasures(session: Session, place: str) -> list[Erasure]:
    """What was erased of a row, oldest first."""
    of_place = select(Erasure).where(Erasure.place == place).order_by(Erasure.id)
    return list(session.scalars(of_place))


def tombstone(erasure: Erasure) -> str:
    """What stands in the place of an erased text: the day of the act, and by which decision."""
    if erasure.decided:
        decided = f"{written(erasure.decided)}の決裁"
    else:
        decided = "記録された決裁"
    return f"（{written(day_in_japan(erasure.at))}、{erasure.decision or decided}により消去）"


def shown(row: Base, text: str = "text") -> str:
    """A text as it is shown: itself, or what stands in its place once it was erased."""
    session = object_session(row)
    if session is None or not is_erased(row, text):
        return str(getattr(row, text))
    of = []
    for erasure in erasures(session, place_of(row)):
        if text in erasure.texts:
            of.append(erasure)
    if of:
        return tombstone(of[-1])
    return ""


def answers(
    session: Session, places: list[str] | None = None
) -> dict[tuple[str, str, int], FindAnswer]:
    """(place, mark of the text, number) → the answer that counts. `places` None: all."""
    of = select(FindAnswer).order_by(FindAnswer.id)
    if places is not None:
        of = of.where(FindAnswer.place.in_(places))
    latest = {}
    for flag_answer in session.scalars(of):
        latest[(flag_answer.place, flag_answer.text_mark, flag_answer.number)] = flag_answer
    return latest


def corrections(session: Session, disclosure: int) -> list[DisclosureCorrection]:
    """What was put right of a 開示請求 and its decision, oldest first."""
    of = select(DisclosureCorrection).where(DisclosureCorrection.disclosure_id == disclosure)
    return list(session.scalars(of.order_by(DisclosureCorrection.id)))


def _now(session: Session, disclosure: int, part: str) -> dict[str, Any]:
    """The corrected values of a part; empty where nothing was corrected."""
    out: dict[str, Any] = {}
    for correction in corrections(session, disclosure):
        if correction.part == part:
            out |= correction.after
        else:
            out |= {}
    return out


def asked(session: Session, disclosure: int) -> DisclosureNow | None:
    """One 開示請求 as it stands now; None when there is none."""
    row = session.get(Disclosure, disclosure)
    if row is None:
        return None
    now = _now(session, disclosure, "request")
    if "received" in now:
        received = date.fromisoformat(now["received"])
    else:
        received = row.received
    return DisclosureNow(
        row.id,
        now.get("number", row.number),
        received,
        now.get("asked", row.asked),
        now.get("subject", row.subject),
    )


def decided(session: Session, disclosure: int) -> DisclosureEndNow | None:
    """How a 開示請求 ended, as it stands now; None while it is open."""
    row = session.get(DisclosureEnd, disclosure)
    if row is None:
        return None
    now = _now(session, disclosure, "decision")
    return DisclosureEndNow(
        now.get("outcome", row.outcome),
        now.get("document_number", row.document_number),
        date.fromisoformat(now["decided"]) if "decided" in now else row.decided,
        now.get("note", row.note),
    )


def undecided_disclosures(session: Session) -> list[DisclosureNow]:
    """開示請求 that are not decided yet, as they stand now, oldest first."""
    ended = select(DisclosureEnd.disclosure_id)
    of = select(Disclosure.id).where(Disclosure.id.not_in(ended)).order_by(Disclosure.id)
    requests = []
    for number in session.scalars(of):
        requests.append(asked(session, number))
    open_requests = []
    for request in requests:
        if request is not None:
            open_requests.append(request)
    return open_requests


def blackouts(session: Session, disclosure: int) -> list[Blackout]:
    """What was said of places in the records of a 開示請求, oldest first."""
    of = select(Blackout).where(Blackout.disclosure_id == disclosure)
    return list(session.scalars(of.order_by(Blackout.id)))


def destroyed(session: Session) -> tuple[set[str], set[str]]:
    """The digests of the contents and of the files that 廃棄 emptied."""
    contents: set[str] = set()
    files: set[str] = set()
    for destruction in session.scalars(select(Destruction)):
        contents |= set(destruction.contents)
        files |= set(destruction.files)
    return contents, files
