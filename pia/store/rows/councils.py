"""第三者点検: councils, members, referrals with what they pin, sittings, remarks, answers and
verdicts (規則第7条第4項).

Knows what was put before whom in which wording. Must not know quorum rules or what a verdict does
to a round.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..ledger.digests import nonce
from ..model import Acted, Base


class Council(Base):
    """審議会. facts: what differs between cities (quorum, office, name of the minutes form)."""

    __tablename__ = "council"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Member(Base):
    """A person's term on a council: from `since` to `until` (the last day, None while open).
    `title` is 会長 or empty. facts: 区分, 推薦団体, 委嘱日, 職名 and why the term ended, None in
    rows from before these were kept.
    """

    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    facts: Mapped[dict[str, Any] | None]


class Referral(Acted, Base):
    """諮問 of one or more rounds. materials: [{"number", "title", "sha256", ...}] in the order of
    the pack. `withdrawn`: the day it was taken back.
    """

    __tablename__ = "referral"
    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    title: Mapped[str]
    materials: Mapped[list[Any]] = mapped_column(default=list)
    withdrawn: Mapped[date | None]
    rounds: Mapped[list[ReferralRound]] = relationship(order_by="ReferralRound.round_id")


class ReferralRound(Base):
    """A round in a referral, with the version that was put before the council."""

    __tablename__ = "referral_round"
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True, index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    reviewed_digest: Mapped[str]


class Sitting(Base):
    """One meeting (会議). agenda: [{"title", "referral", "public", "reason"}]; `observers` counts
    傍聴者, None until the day. `withdrawn`: the day its record was taken back.
    """

    __tablename__ = "sitting"
    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    name: Mapped[str]
    day: Mapped[date]
    opens: Mapped[time]
    closes: Mapped[time | None]
    place: Mapped[str]
    agenda: Mapped[list[Any]] = mapped_column(default=list)
    public: Mapped[bool] = mapped_column(default=True)
    observers: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withdrawn: Mapped[date | None]
    __table_args__ = (UniqueConstraint("council_id", "day", "opens"),)


class Attendance(Base):
    """Whether a member was there, and when they came if later than the opening."""

    __tablename__ = "attendance"
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    present: Mapped[bool]
    arrived: Mapped[time | None]


class SittingCorrection(Acted, Base):
    """A record of a closed sitting put right, with a reason: `before` stays as it was typed.
    `member_id`: whose attendance; None for the closing itself.
    """

    __tablename__ = "correction"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str]


class Remark(Acted, Base):
    """A question or view of a member. Where it is about a change: path, version and fingerprint pin
    the wording it was about. `later`: it came after its sitting was closed or its case decided;
    None in rows from before this was kept. `withdrawn`: the day it was taken back.
    """

    __tablename__ = "remark"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    path: Mapped[list[Any] | None]
    fingerprint: Mapped[str | None]
    speaker: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    later: Mapped[bool | None]
    withdrawn: Mapped[date | None]


class Answer(Acted, Base):
    """An answer to a remark, as it was given. `later` and `withdrawn` as in `Remark`."""

    __tablename__ = "answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    remark_id: Mapped[int] = mapped_column(ForeignKey("remark.id"), index=True)
    speaker: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    later: Mapped[bool | None]
    withdrawn: Mapped[date | None]


class Tick(Base):
    """A member has looked at a card ("確認した"). `card` is its key; taking the tick back drops the
    row. `places`: where the card stands (KEY and path), which a revision leaves; None in rows from
    before this was kept.
    """

    __tablename__ = "tick"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    who: Mapped[str]
    card: Mapped[str]
    places: Mapped[list[Any] | None]
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("referral_id", "who", "card"),)


class Proposal(Acted, Base):
    """Other wording that a member proposes for one item of the version before the council."""

    __tablename__ = "proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    path: Mapped[list[Any]]
    speaker: Mapped[str]
    before: Mapped[str]
    before_nonce: Mapped[str | None] = mapped_column(default=nonce)
    after: Mapped[str]
    after_nonce: Mapped[str | None] = mapped_column(default=nonce)
    why: Mapped[str]
    why_nonce: Mapped[str | None] = mapped_column(default=nonce)


class Verdict(Acted, Base):
    """答申・了承 as the secretariat records it. reviewed: [[round id, reviewed_digest, kind]] of
    what was decided, the last what was said of this document; rows from before each document had
    its own lack it. kind: what was said of all of them, or of most.
    """

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sitting.id"))
    kind: Mapped[str]
    note: Mapped[str]
    note_nonce: Mapped[str | None] = mapped_column(default=nonce)
    reviewed: Mapped[list[Any]]

    @property
    def digests(self) -> dict[int, str]:
        """What text of each round was decided on, by the round."""
        return {int(line[0]): str(line[1]) for line in self.reviewed}

    @property
    def kinds(self) -> dict[str, str]:
        """What was said of each document, by its round."""
        said = {}
        for line in self.reviewed:
            said[str(line[0])] = str(line[2]) if len(line) > 2 else self.kind
        return said

    def kind_of(self, round_id: int) -> str:
        """What was said of the document of one round."""
        return self.kinds.get(str(round_id), self.kind)


class GlossaryTerm(Acted, Base):
    """A word explained where it stands in the text; asked for by members, written by the office.
    `source`: where the explanation was read, on which day (`read_on`)."""

    __tablename__ = "glossary_term"
    id: Mapped[int] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(unique=True)
    explanation: Mapped[str]
    source: Mapped[str | None]
    read_on: Mapped[date | None]
    withdrawn: Mapped[date | None]


def in_office(session: Session, council_id: int, day: date) -> list[Member]:
    """The members of a council on a day, the one with a title first."""
    on = (
        Member.council_id == council_id,
        Member.since <= day,
        or_(Member.until.is_(None), Member.until >= day),
    )
    return list(session.scalars(select(Member).where(*on).order_by(Member.title.desc(), Member.id)))


def open_remarks(session: Session, referral_id: int) -> list[Remark]:
    """Remarks of a sitting nobody has answered, oldest first; what came later waits for nobody."""
    answered = (Answer.remark_id == Remark.id) & Answer.withdrawn.is_(None)
    return list(
        session.scalars(
            select(Remark)
            .outerjoin(Answer, answered)
            .where(
                Remark.referral_id == referral_id,
                Answer.id.is_(None),
                Remark.later.is_not(True),
                Remark.withdrawn.is_(None),
            )
            .order_by(Remark.id)
        )
    )
