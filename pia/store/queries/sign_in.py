"""Who is signed in, doors and tablets, and who may read withheld words, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.bodies import Account
from ..rows.councils import Member, Sitting
from ..rows.sessions import Door, RefusalCount, SignIn, WebSession, WithheldReader


def open_doors(session: Session, sitting_id: int) -> list[Door]:
    """The doors of a sitting that are open."""
    return list(
        session.scalars(select(Door).where(Door.sitting_id == sitting_id, Door.closed.is_(None)))
    )


def open_doors_of(session: Session, sitting_ids: Iterable[int]) -> list[Door]:
    """The doors of these sittings that are open."""
    return list(
        session.scalars(select(Door).where(Door.sitting_id.in_(sitting_ids), Door.closed.is_(None)))
    )


def open_door(session: Session, token: str) -> Door | None:
    """The open door of a token; None when there is none."""
    return session.scalar(select(Door).where(Door.token == token, Door.closed.is_(None)))


def door_with_sitting(session: Session, token: str) -> Row[Door, Sitting] | None:
    """The door of a token, open or closed, with its sitting; None when there never was one."""
    of = select(Door, Sitting).join(Sitting, Sitting.id == Door.sitting_id)
    return session.execute(of.where(Door.token == token)).first()


def sessions_of(session: Session, name: str) -> list[WebSession]:
    """The signed-in browsers of a sign-in name, the last used first."""
    account = select(Account.id).where(Account.name == name).scalar_subquery()
    return list(
        session.scalars(
            select(WebSession)
            .where(WebSession.account_id == account)
            .order_by(WebSession.seen.desc(), WebSession.id.desc())
        )
    )


def plated_through(session: Session, door_id: int) -> list[WebSession]:
    """The tablets that came through a door and have a plate."""
    return list(
        session.scalars(
            select(WebSession).where(
                WebSession.door_id == door_id, WebSession.member_id.is_not(None)
            )
        )
    )


def tablets_of(session: Session, sitting_id: int) -> list[WebSession]:
    """The tablets of a sitting whose door is open, in the order they came."""
    return list(
        session.scalars(
            select(WebSession)
            .where(
                WebSession.door_id.in_(
                    select(Door.id).where(Door.sitting_id == sitting_id, Door.closed.is_(None))
                )
            )
            .order_by(WebSession.id)
        )
    )


def session_of(session: Session, token: str) -> Row[WebSession, Door, Sitting, Member] | None:
    """The signed-in browser of a token; with its door, its sitting and whose plate it has, where it
    is a tablet. None when there is none."""
    of = (
        select(WebSession, Door, Sitting, Member)
        .outerjoin(Door, Door.id == WebSession.door_id)
        .outerjoin(Sitting, Sitting.id == Door.sitting_id)
        .outerjoin(Member, Member.id == WebSession.member_id)
    )
    return session.execute(of.where(WebSession.token == token)).first()


def readers_set(session: Session, assessment_id: int) -> list[WithheldReader]:
    """Who was set to read the withheld words of an assessment, newest first."""
    return list(
        session.scalars(
            select(WithheldReader)
            .where(WithheldReader.assessment_id == assessment_id)
            .order_by(WithheldReader.id.desc())
        )
    )


def readers_among(session: Session, whos: Iterable[str]) -> list[WithheldReader]:
    """What was set for these to read withheld words, oldest first."""
    return list(
        session.scalars(
            select(WithheldReader).where(WithheldReader.who.in_(whos)).order_by(WithheldReader.id)
        )
    )


def open_door_id(session: Session, sitting_id: int) -> int | None:
    """The number of the open door of a sitting; None when there is none."""
    return session.scalar(
        select(Door.id).where(Door.sitting_id == sitting_id, Door.closed.is_(None))
    )


def numbers_through(session: Session, door_id: int) -> list[int]:
    """The numbers tablets show that came through a door."""
    return list(session.scalars(select(WebSession.device).where(WebSession.door_id == door_id)))


def second_factor_of(session: Session, token: str) -> str | None:
    """The sealed second factor of whoever a token signs in; None where there is none."""
    return session.scalar(
        select(Account.totp)
        .join(WebSession, WebSession.account_id == Account.id)
        .where(WebSession.token == token)
    )


def refused(session: Session, since: str, until: str) -> Sequence[Row[str, str, int]]:
    """(hour, kind, count) of what was refused between two hours, the most first."""
    return session.execute(
        select(RefusalCount.hour, RefusalCount.kind, RefusalCount.count)
        .where(RefusalCount.hour >= since, RefusalCount.hour < until)
        .order_by(RefusalCount.count.desc(), RefusalCount.hour)
    ).all()


def refusals_in(session: Session, hour: str, kind: str) -> int | None:
    """How many requests of a kind were refused in an hour; None before the first."""
    return session.scalar(
        select(RefusalCount.count).where(RefusalCount.hour == hour, RefusalCount.kind == kind)
    )


def made_on_server(session: Session, token: str, agent: str) -> WebSession | None:
    """The signed-in browser of a token that the server itself made; None when there is none."""
    of_server = (WebSession.token == token, WebSession.agent == agent)
    return session.scalar(select(WebSession).where(*of_server))


def account_made_on_server(session: Session, token: str, agent: str) -> Account | None:
    """Whose way in a token is that the server itself made; None when there is none."""
    query = select(Account).join(WebSession, WebSession.account_id == Account.id)
    of_server = (WebSession.token == token, WebSession.agent == agent)
    return session.scalar(query.where(*of_server))


def renewed_lately(session: Session, token: str, at: datetime) -> WebSession | None:
    """The signed-in browser that had a token until it got a new one, since an instant."""
    late = (WebSession.previous == token, WebSession.renewed >= at)
    return session.scalar(select(WebSession).where(*late))


def last_right_tries(session: Session, origin: str, at: datetime) -> Sequence[Row[str, int]]:
    """(sign-in name, number of its last right try) of one origin after an instant."""
    of_origin = (SignIn.origin == origin, SignIn.at > at)
    right = select(SignIn.name, func.max(SignIn.id)).where(*of_origin, SignIn.good.is_(True))
    return session.execute(right.group_by(SignIn.name)).all()


def wrong_tries(session: Session, origin: str, at: datetime) -> Sequence[Row[int, str, datetime]]:
    """(number, sign-in name, when) of the wrong tries of one origin after an instant, in order."""
    of_origin = (SignIn.origin == origin, SignIn.at > at)
    tries = select(SignIn.id, SignIn.name, SignIn.at).where(*of_origin, SignIn.good.is_(False))
    return session.execute(tries.order_by(SignIn.id)).all()


def people_since(session: Session, at: datetime) -> int:
    """How many people's sessions were used since an instant; tablets are no people."""
    people = func.count(WebSession.account_id.distinct())
    return session.scalar(select(people).where(WebSession.seen >= at)) or 0
