"""The code of a name plate: who has it takes their plate to another tablet of the sitting.

The office gives a code with the plate and ends it with the plate; a wrong code waits like a wrong
password. Knows sittings and sessions; must not know pages. Who was moved out is told on their next
page (`people.sign_in`), and the record says who moved what and when.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.rows import councils
from ...store.rows.sessions import PlateCode, SignIn, WebSession
from ..access.person import Person
from ..people import sealed, tries
from ..workplace import Workplace, row_of

WRONG = "名札の番号が違います。名札のある端末で番号を確かめるか、事務局に声をかけてください。"
_DIGITS = 6


def new_code(wp: Workplace, session: Session, sitting: int, member: int) -> None:
    """Gives a plate a code, within an open transaction; none where the server has no key."""
    end_code(session, sitting, member)
    if wp.secret:
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        kept = sealed.seal(code, wp.secret, _about(sitting, member))
        session.add(PlateCode(sitting_id=sitting, member_id=member, code=kept))


def end_code(session: Session, sitting: int, member: int) -> None:
    """Ends the code of a plate, within an open transaction."""
    known = session.get(PlateCode, (sitting, member))
    if known is not None:
        session.delete(known)
        session.flush()


def _about(sitting: int, member: int) -> str:
    return f"plate {sitting}/{member}"


def code_of(wp: Workplace, who: Person) -> str:
    """The code of the plate a tablet has; empty where it has none."""
    if who.sitting is None or who.member is None:
        return ""
    with wp.store.read() as session:
        return _code(wp, session, who.sitting, who.member)


def _code(wp: Workplace, session: Session, sitting: int, member: int) -> str:
    """The code of a plate; empty where it has none, or the server's key is another one now."""
    known = session.get(PlateCode, (sitting, member))
    if known is None:
        return ""
    try:
        return sealed.unseal(known.code, wp.secret, _about(sitting, member), wp.sign_in.old)
    except PiaError:
        return ""


def take_again(wp: Workplace, by: By, who: Person, member: int, code: str) -> str:
    """A member takes their plate to the tablet they are at, with its code; the tablet that had it
    is told. Returns the name. Unfit for a wrong code, PiaError where this tablet has a plate.
    """
    sitting = who.sitting
    if sitting is None:
        raise PiaError("この端末は、会議の端末ではありません。")
    name = f"plate:{sitting}:{member}"
    origin = f"plate:{sitting}"
    with wp.store.read() as session:
        seconds = tries.wait(session, name, origin, by.at)
        right = _code(wp, session, sitting, member)
    if seconds > 0:
        raise tries.told(seconds)
    good = bool(right) and secrets.compare_digest(right.encode(), code.strip().encode())
    if not good:
        with wp.store.unchained() as session:
            session.add(SignIn(name=name, at=by.at, good=False, origin=origin))
        raise Unfit("code", WRONG)
    with wp.store.begin() as session:
        row = row_of(session, councils.Sitting, sitting, "会議")
        mine = session.get_one(WebSession, who.session)
        if mine.member_id is not None:
            raise PiaError("この端末には、もう名札があります。")
        if _code(wp, session, sitting, member) != right:
            raise Unfit("code", WRONG)
        before = _move_out(session, row, member, mine.device or 0, by.at)
        session.execute(
            update(WebSession)
            .where(WebSession.id == mine.id)
            .values(member_id=member, asked_member=None, left_to=None, left_at=None)
        )
        about = {"member": member, "device": mine.device, "before": before}
        log.entry(session, by, "sitting.plate_taken", str(sitting), about)
        return session.get_one(councils.Member, member).name


def _move_out(
    session: Session, sitting: councils.Sitting, member: int, device: int, at: datetime
) -> int | None:
    """Takes a plate off the tablet that has it; its number, None where none had it."""
    for tablet in queries.sign_in.tablets_of(session, sitting.id):
        if tablet.member_id == member:
            session.execute(
                update(WebSession)
                .where(WebSession.id == tablet.id)
                .values(member_id=None, asked_member=None, left_to=device, left_at=at)
            )
            return tablet.device
    return None
