"""Who is signed in and from where: sessions held by the server, tries to sign in, accounts' ties to
another system's people, and the door of a sitting through which its tablets come.

Knows tokens only by their SHA-256: what stands in the database lets nobody in. Must not know
passwords' rules nor what a role may do.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Acted, Base


class SignIn(Base):
    """One try to sign in, for throttling; `origin` is where it came from. Old ones are dropped."""

    __tablename__ = "sign_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    good: Mapped[bool]
    origin: Mapped[str | None] = mapped_column(index=True)


class Identity(Base):
    """The person of a sign-in system (`issuer`) an account is tied to: `subject` is that system's
    name for them, which it never gives to another.
    """

    __tablename__ = "identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("account_id", "issuer"),
    )


class Door(Acted, Base):
    """A sitting opened by the secretariat for its tablets, until it is closed."""

    __tablename__ = "door"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    token: Mapped[str] = mapped_column(unique=True)
    closed: Mapped[datetime | None]


class WithheldReader(Acted, Base):
    """Whether somebody (`role:NAME`, `department:ID`, `account:NAME`) may read the withheld words
    of a document, other than by default; the latest counts.
    """

    __tablename__ = "withheld_reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    who: Mapped[str]
    allowed: Mapped[bool]
    reason: Mapped[str]


class WebSession(Base):
    """One signed-in browser: an account's, or a tablet behind a sitting's door: `device` is the
    number it shows, `asked_member` whose plate was tapped on it, `member_id` whose plate the office
    gave it. `proved` is when its person last showed who they are, `agent` what the browser calls
    itself, `way` how its person came in. `previous` is the token before the person proved who they
    are (`renewed`): a copy of a form that is still on its way comes with it. `left_at`: when a
    plate went from this tablet, `left_to` the number of the one that has it now, 0 where the office
    took it off; None while none went.
    """

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    door_id: Mapped[int | None] = mapped_column(ForeignKey("door.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    device: Mapped[int | None]
    asked_member: Mapped[int | None]
    began: Mapped[datetime]
    seen: Mapped[datetime]
    proved: Mapped[datetime | None]
    agent: Mapped[str | None]
    previous: Mapped[str | None] = mapped_column(index=True)
    renewed: Mapped[datetime | None]
    way: Mapped[str | None]
    left_to: Mapped[int | None]
    left_at: Mapped[datetime | None]


class PlateCode(Base):
    """The code with which a member takes their name plate to another tablet of the sitting, sealed
    with the server's key; from when the office gives the plate until it takes it off.
    """

    __tablename__ = "plate_code"
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    code: Mapped[str]


class RefusalCount(Base):
    """How many requests of a kind were refused in an hour (2026-11-29T10, in Japan): a row for each
    hour and kind, however many there were."""

    __tablename__ = "refused"
    hour: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


def failures(session: Session, name: str, since: datetime) -> int:
    """Wrong tries under a name since a moment."""
    wrong = (SignIn.name == name, SignIn.good.is_(False), SignIn.at > since)
    return session.scalar(select(func.count()).where(*wrong)) or 0


def forget(session: Session, before: datetime) -> None:
    """Drops tries and sessions nobody needs any more."""
    session.execute(delete(SignIn).where(SignIn.at < before))
    session.execute(delete(WebSession).where(WebSession.seen < before))
