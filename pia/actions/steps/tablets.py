"""The tablets of a sitting: the door they come in by, the number each shows, and the name plate the
office gives it.

A plate is bound to one tablet by the office, which sees the number in the room; the tablet can ask
for a plate and cannot take, change or give back one, but by the code its person has (`plates`).
Knows sittings and sessions; must not know pages. What is said under a plate was said by that
person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.rows import councils
from ...store.rows.sessions import Door, WebSession
from ..access.person import NOBODY, Person
from ..people.sign_in import kept_token, new_token
from ..workplace import Workplace, row_of
from . import plates

CLOSED = "この会議は閉会しています。端末は使えません。"
TABLETS = 60  # one room's; an address that got about must not fill the table


def open_door(wp: Workplace, by: By, sitting: int) -> str:
    """Opens a sitting for its tablets and returns the token of their address; an older door of it
    is closed. PiaError once the sitting is closed.
    """
    token, kept = new_token()
    with wp.store.begin() as session:
        if row_of(session, councils.Sitting, sitting, "会議").closes is not None:
            raise PiaError(CLOSED)
        shut(session, sitting, by.at)
        session.add(
            Door(
                sitting_id=sitting, token=kept, closed=None, actor=by.actor, role=by.role, at=by.at
            )
        )
        log.entry(session, by, "sitting.open", str(sitting), {})
    return token


def close_door(wp: Workplace, by: By, sitting: int) -> None:
    """Ends the door of a sitting: no further tablet comes in."""
    with wp.store.begin() as session:
        shut(session, sitting, by.at)
        log.entry(session, by, "sitting.door_closed", str(sitting), {})


def shut(session: Session, sitting: int, now: datetime) -> None:
    """Ends every tablet of a sitting, within an open transaction."""
    for door in queries.sign_in.open_doors(session, sitting):
        session.execute(delete(WebSession).where(WebSession.door_id == door.id))
        door.closed = now


@dataclass(frozen=True, slots=True)
class Entrance:
    """What stands at an entrance: the sitting it leads to, empty for an entrance there never was,
    and whether it is open."""

    sitting: str
    open: bool


def entrance(wp: Workplace, door_token: str) -> Entrance:
    """The entrance a tablet came in by, also after it was closed."""
    with wp.store.read() as session:
        found = queries.sign_in.door_with_sitting(session, kept_token(door_token))
        if found is None:
            return Entrance("", False)
        door, sitting = found
        return Entrance(sitting.name, door.closed is None and sitting.closes is None)


def enter(wp: Workplace, door_token: str, now: datetime, who: Person = NOBODY) -> str | None:
    """A tablet comes through the door of a sitting: the token of its session, with a number of its
    own and no name plate. None for one that stands in the room already (`who`): it stays as it is.
    """
    token, kept = new_token()
    with wp.store.begin() as session:
        door = queries.sign_in.open_door(session, kept_token(door_token))
        if door is None or session.get_one(councils.Sitting, door.sitting_id).closes is not None:
            raise PiaError("この会議の入口は閉じています。事務局に声をかけてください。")
        mine = session.get(WebSession, who.session) if who.session is not None else None
        if mine is not None and mine.door_id == door.id:
            return None
        numbers = set(queries.sign_in.numbers_through(session, door.id))
        if len(numbers) >= TABLETS:
            raise PiaError(f"この会議の端末は{TABLETS}台までです。事務局に声をかけてください。")
        free = []
        for index in range(1000, 10_000):
            if index not in numbers:
                free.append(index)
        session.add(
            WebSession(
                token=kept, door_id=door.id, device=secrets.choice(free), began=now, seen=now
            )
        )
    return token


@dataclass(frozen=True, slots=True)
class Plate:
    """A name plate of a sitting; `taken` when another tablet has it, `asked` when this tablet asked
    for it.
    """

    member: int
    name: str
    title: str
    taken: bool
    asked: bool


def on_the_table(wp: Workplace, who: Person) -> tuple[Plate, ...]:
    """The name plates of the sitting a tablet is for."""
    with wp.store.read() as session:
        if who.sitting is not None:
            return _plates(session, who)
        return ()


def _plates(session: Session, who: Person) -> tuple[Plate, ...]:
    sitting = session.get_one(councils.Sitting, who.sitting)
    mine = session.get(WebSession, who.session)
    given_away = set()
    for tablet in _tablets(session, sitting.id):
        if tablet.id != who.session:
            given_away.add(tablet.member_id)
    if mine:
        asked = mine.asked_member
    else:
        asked = None
    seats = councils.in_office(session, sitting.council_id, sitting.day)
    shown = []
    for seat in seats:
        shown.append(Plate(seat.id, seat.name, seat.title, seat.id in given_away, seat.id == asked))
    return tuple(shown)


def _tablets(session: Session, sitting: int) -> list[WebSession]:
    return queries.sign_in.tablets_of(session, sitting)


def tap(wp: Workplace, by: By, who: Person, member: int) -> str:
    """A member taps their plate on a tablet; nothing is theirs until the office has seen the
    tablet's number. Returns the name on the plate.
    """
    with wp.store.begin() as session:
        if who.sitting:
            plate_tapped = next(
                (plate for plate in _plates(session, who) if plate.member == member), None
            )
        else:
            plate_tapped = None
        if plate_tapped is None:
            raise PiaError("その名札はありません。")
        mine = session.get_one(WebSession, who.session)
        if mine.member_id is not None:
            raise PiaError(
                "この端末には、もう名札があります。替えるときは、事務局に声をかけてください。"
            )
        if plate_tapped.taken:
            raise PiaError(
                f"「{plate_tapped.name}」の名札は、ほかの端末で使われています。"
                "名札の番号で移すか、事務局に声をかけてください。"
            )
        session.execute(
            update(WebSession).where(WebSession.id == who.session).values(asked_member=member)
        )
        log.entry(
            session,
            by,
            "sitting.plate_asked",
            str(who.sitting),
            {"member": member, "device": who.device},
        )
        return plate_tapped.name


@dataclass(frozen=True, slots=True)
class Tablet:
    """A tablet of a sitting as the office sees it: its number, whose plate it has, and whose it
    asked for.
    """

    device: int
    member: int | None
    name: str
    asked: int | None
    wished: str


def tablets(wp: Workplace, sitting: int) -> tuple[Tablet, ...]:
    """The tablets of a sitting."""
    with wp.store.read() as session:
        names: dict[int | None, str] = {}
        for member in queries.councils.all_members(session):
            names[member.id] = member.name
        sessions = _tablets(session, sitting)
        rows = []
        for x in sessions:
            rows.append(
                Tablet(
                    x.device or 0,
                    x.member_id,
                    names.get(x.member_id, ""),
                    x.asked_member,
                    names.get(x.asked_member, ""),
                )
            )
        return tuple(rows)


def give(wp: Workplace, by: By, sitting: int, device: int, member: int) -> str:
    """The office gives a tablet a plate, having seen the number and the person.

    One tablet a plate, one plate a tablet. Returns the name.
    """
    with wp.store.begin() as session:
        row = _open(session, sitting)
        sessions = _tablets(session, sitting)
        mine = _numbered(sessions, device)
        seat = next(
            (
                member_row
                for member_row in councils.in_office(session, row.council_id, row.day)
                if member_row.id == member
            ),
            None,
        )
        if seat is None:
            raise PiaError("その名札はありません。")
        if mine.member_id is not None:
            raise PiaError(f"端末{device}には、もう名札があります。先に名札を外してください。")
        if any(x.member_id == member for x in sessions):
            raise PiaError(
                f"「{seat.name}」の名札は、ほかの端末にあります。先に名札を外してください。"
            )
        session.execute(
            update(WebSession)
            .where(WebSession.id == mine.id)
            .values(member_id=member, asked_member=None, left_to=None, left_at=None)
        )
        plates.new_code(wp, session, sitting, member)
        log.entry(session, by, "sitting.plate", str(sitting), {"member": member, "device": device})
        return seat.name


def release(wp: Workplace, by: By, sitting: int, device: int) -> None:
    """The office takes a plate off a tablet, or refuses the one it asked for."""
    with wp.store.begin() as session:
        _open(session, sitting)
        mine = _numbered(_tablets(session, sitting), device)
        member = mine.member_id
        left = {"left_to": 0, "left_at": by.at} if member is not None else {}
        session.execute(
            update(WebSession)
            .where(WebSession.id == mine.id)
            .values(member_id=None, asked_member=None, **left)
        )
        if member is not None:
            plates.end_code(session, sitting, member)
        log.entry(
            session,
            by,
            "sitting.plate_back",
            str(sitting),
            {"member": member, "device": device},
        )


def _open(session: Session, sitting: int) -> councils.Sitting:
    row = row_of(session, councils.Sitting, sitting, "会議")
    if row.closes is not None:
        raise PiaError(CLOSED)
    return row


def _numbered(tablets: list[WebSession], device: int) -> WebSession:
    tablet = next((x for x in tablets if x.device == device), None)
    if tablet is None:
        raise PiaError(
            f"端末{device}は、この会議にありません。端末に出ている番号を確かめてください。"
        )
    return tablet
