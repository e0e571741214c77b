"""The tablets of a sitting: the door they come in by, the number each shows, and the name plate the office gives it.

A plate is bound to one tablet by the office alone, which sees the number in the room; the tablet can ask for a plate and cannot take, change or give back one.
Knows sittings and sessions; must not know pages. Serves design/reliability.md §3: what is said under a plate was said by that person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store.ledger import log
from ...store.rows import council
from ...store.rows.sessions import Door, WebSession
from ..people.sign_in import Person, kept_token, new_token
from ..workplace import Workplace, row_of

CLOSED = "この会議は閉会しています。端末は使えません。"
TABLETS = 60  # one room's; an address that got about must not fill the table


def open_door(wp: Workplace, by: By, sitting: int) -> str:
    """Opens a sitting for its tablets and returns the token of their address; an older door of it is closed. PiaError once the sitting is closed."""
    token, kept = new_token()
    with wp.store.begin() as s:
        if row_of(s, council.Sitting, sitting, "会議").closes is not None:
            raise PiaError(CLOSED)
        shut(s, sitting, by.at)
        s.add(
            Door(
                sitting_id=sitting, token=kept, closed=None, actor=by.actor, role=by.role, at=by.at
            )
        )
        log.entry(s, by, "sitting.open", str(sitting), {})
    return token


def close_door(wp: Workplace, by: By, sitting: int) -> None:
    with wp.store.begin() as s:
        shut(s, sitting, by.at)
        log.entry(s, by, "sitting.door_closed", str(sitting), {})


def shut(s: Session, sitting: int, now: datetime) -> None:
    """Ends every tablet of a sitting, within an open transaction; closing the sitting does so too."""
    for d in s.scalars(select(Door).where(Door.sitting_id == sitting, Door.closed.is_(None))):
        s.execute(delete(WebSession).where(WebSession.door_id == d.id))
        d.closed = now


def enter(wp: Workplace, door_token: str, now: datetime) -> str:
    """A tablet comes through the door of a sitting: the token of its session, with a number of its own and no name plate."""
    token, kept = new_token()
    with wp.store.begin() as s:
        door = s.scalar(
            select(Door).where(Door.token == kept_token(door_token), Door.closed.is_(None))
        )
        if door is None or s.get_one(council.Sitting, door.sitting_id).closes is not None:
            raise PiaError("この会議の入口は閉じています。事務局に声をかけてください。")
        taken = set(s.scalars(select(WebSession.device).where(WebSession.door_id == door.id)))
        if len(taken) >= TABLETS:
            raise PiaError(f"この会議の端末は{TABLETS}台までです。事務局に声をかけてください。")
        free = [n for n in range(1000, 10_000) if n not in taken]
        s.add(
            WebSession(
                token=kept, door_id=door.id, device=secrets.choice(free), began=now, seen=now
            )
        )
    return token


@dataclass(frozen=True, slots=True)
class Plate:
    """A name plate of a sitting; `taken` when another tablet has it, `asked` when this tablet asked for it."""

    member: int
    name: str
    title: str
    taken: bool
    asked: bool


def plates(wp: Workplace, who: Person) -> tuple[Plate, ...]:
    """The name plates of the sitting a tablet is for."""
    with wp.store.read() as s:
        return _plates(s, who) if who.sitting is not None else ()


def _plates(s: Session, who: Person) -> tuple[Plate, ...]:
    sitting = s.get_one(council.Sitting, who.sitting)
    mine = s.get(WebSession, who.session)
    taken = {one.member_id for one in _tablets(s, sitting.id) if one.id != who.session}
    asked = mine.asked_member if mine else None
    seats = council.in_office(s, sitting.council_id, sitting.day)
    return tuple(Plate(m.id, m.name, m.title, m.id in taken, m.id == asked) for m in seats)


def _tablets(s: Session, sitting: int) -> list[WebSession]:
    doors = select(Door.id).where(Door.sitting_id == sitting, Door.closed.is_(None))
    return list(
        s.scalars(select(WebSession).where(WebSession.door_id.in_(doors)).order_by(WebSession.id))
    )


def tap(wp: Workplace, by: By, who: Person, member: int) -> str:
    """A member taps their plate on a tablet; nothing is theirs until the office has seen the tablet's number. Returns the name on the plate."""
    with wp.store.begin() as s:
        found = (
            next((p for p in _plates(s, who) if p.member == member), None) if who.sitting else None
        )
        if found is None:
            raise PiaError("その名札はありません。")
        mine = s.get_one(WebSession, who.session)
        if mine.member_id is not None:
            raise PiaError(
                "この端末には、もう名札があります。替えるときは、事務局に声をかけてください。"
            )
        if found.taken:
            raise PiaError(
                f"「{found.name}」の名札は、ほかの端末で使われています。事務局に声をかけてください。"
            )
        s.execute(
            update(WebSession).where(WebSession.id == who.session).values(asked_member=member)
        )
        log.entry(
            s, by, "sitting.plate_asked", str(who.sitting), {"member": member, "device": who.device}
        )
        return found.name


@dataclass(frozen=True, slots=True)
class Tablet:
    """A tablet of a sitting as the office sees it: its number, whose plate it has, and whose it asked for."""

    device: int
    member: int | None
    name: str
    asked: int | None
    wished: str


def tablets(wp: Workplace, sitting: int) -> tuple[Tablet, ...]:
    with wp.store.read() as s:
        names: dict[int | None, str] = {m.id: m.name for m in s.scalars(select(council.Member))}
        found = _tablets(s, sitting)
        return tuple(
            Tablet(
                x.device or 0,
                x.member_id,
                names.get(x.member_id, ""),
                x.asked_member,
                names.get(x.asked_member, ""),
            )
            for x in found
        )


def give(wp: Workplace, by: By, sitting: int, device: int, member: int) -> str:
    """The office gives a tablet a plate, having seen the number and the person. One tablet a plate, one plate a tablet. Returns the name."""
    with wp.store.begin() as s:
        one = _open(s, sitting)
        there = _tablets(s, sitting)
        mine = _numbered(there, device)
        seat = next(
            (m for m in council.in_office(s, one.council_id, one.day) if m.id == member), None
        )
        if seat is None:
            raise PiaError("その名札はありません。")
        if mine.member_id is not None:
            raise PiaError(f"端末{device}には、もう名札があります。先に名札を外してください。")
        if any(x.member_id == member for x in there):
            raise PiaError(
                f"「{seat.name}」の名札は、ほかの端末にあります。先に名札を外してください。"
            )
        s.execute(
            update(WebSession)
            .where(WebSession.id == mine.id)
            .values(member_id=member, asked_member=None)
        )
        log.entry(s, by, "sitting.plate", str(sitting), {"member": member, "device": device})
        return seat.name


def release(wp: Workplace, by: By, sitting: int, device: int) -> None:
    """The office takes a plate off a tablet, or refuses the one it asked for."""
    with wp.store.begin() as s:
        _open(s, sitting)
        mine = _numbered(_tablets(s, sitting), device)
        s.execute(
            update(WebSession)
            .where(WebSession.id == mine.id)
            .values(member_id=None, asked_member=None)
        )
        log.entry(
            s, by, "sitting.plate_back", str(sitting), {"member": mine.member_id, "device": device}
        )


def _open(s: Session, sitting: int) -> council.Sitting:
    one = row_of(s, council.Sitting, sitting, "会議")
    if one.closes is not None:
        raise PiaError(CLOSED)
    return one


def _numbered(there: list[WebSession], device: int) -> WebSession:
    found = next((x for x in there if x.device == device), None)
    if found is None:
        raise PiaError(
            f"端末{device}は、この会議にありません。端末に出ている番号を確かめてください。"
        )
    return found


def still_bound(s: Session, by: By, sitting_ids: frozenset[int]) -> str | None:
    """Within a write: whose plate the tablet that acts has now (its actor names it), in a sitting that is not closed; None for no tablet of these sittings."""
    for one in s.scalars(
        select(Door).where(Door.sitting_id.in_(sitting_ids), Door.closed.is_(None))
    ):
        for x in s.scalars(
            select(WebSession).where(
                WebSession.door_id == one.id, WebSession.member_id.is_not(None)
            )
        ):
            member = s.get_one(council.Member, x.member_id)
            if (
                by.actor == f"tablet:{x.device}:{member.name}"
                and s.get_one(council.Sitting, one.sitting_id).closes is None
            ):
                return member.name
    return None
