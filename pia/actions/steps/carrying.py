"""持出し: what leaves the house for a sitting is made under a number, handed out, and comes back or
is erased or lost (the city's own rules for 持出し).

The secretariat records. Knows codes and rows; must not know pages, nor what a file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils
from ...store.rows.carrying import DESK, ERASED, LOST, PACK, RETURNED, CarriedSet
from ..access import carried_code
from ..records import closing
from ..workplace import Workplace, row_of

OUTCOMES = (RETURNED, ERASED, LOST)
WRONG_CODE = "コードが違います。作ったときに渡した20けたの数字を入力してください。"


@dataclass(frozen=True, slots=True)
class NewSet:
    """What is to leave the house: PACK of a member, or DESK with who takes it; what for, where to,
    and the day it is to be back."""

    kind: str
    purpose: str
    place: str
    until: date
    member: int | None = None
    holder: str = ""


def make(wp: Workplace, by: By, sitting: int, new: NewSet) -> tuple[int, str]:
    """A number for what is to leave the house, with the code of its file: it is told this once.
    Unfit for a day before the sitting or for nobody; Refused once the sitting is over, or while its
    desk is out already."""
    code = carried_code.new()
    with wp.store.begin() as session:
        row = row_of(session, councils.Sitting, sitting, "会議")
        closing.must_sit(row)
        if new.until < row.day:
            raise Unfit("until", f"会議の日（{written(row.day)}）より前です。")
        if new.kind == DESK and queries.carrying.desk_out(session, sitting) is not None:
            raise Refused(
                "この会議の記録は、もう持ち出されています。",
                ("先に、返却・消去・紛失のどれかを記録してください。",),
            )
        number = queries.carrying.last_number(session, sitting) + 1
        made = CarriedSet(
            sitting_id=sitting,
            number=number,
            kind=new.kind,
            member_id=new.member if new.kind == PACK else None,
            holder=_holder(session, row, new),
            purpose=new.purpose,
            place=new.place,
            until=new.until,
            seal=carried_code.seal_of(code, f"{sitting}-{number}"),
            **acted(by),
        )
        session.add(made)
        about = {"number": number, "kind": new.kind}
        log.entry(session, by, "sitting.carry", row.name, about)
    return number, code


def _holder(session: Session, sitting: councils.Sitting, new: NewSet) -> str:
    if new.kind != PACK:
        if not new.holder.strip():
            raise Unfit("holder", "持ち出す人を入力してください。")
        return new.holder.strip()
    for seat in councils.in_office(session, sitting.council_id, sitting.day):
        if seat.id == new.member:
            return seat.name
    raise Unfit("member", "その委員は、会議の日に在任していません。")


def must_be_code(wp: Workplace, sitting: int, number: int, code: str) -> CarriedSet:
    """What left the house under a number. Unfit where the code is not the one of its file."""
    with wp.store.read() as session:
        row = _numbered(session, sitting, number)
    typed = carried_code.heard(code)
    if not typed or carried_code.seal_of(typed, f"{sitting}-{number}") != row.seal:
        raise Unfit("code", WRONG_CODE)
    return row


def hand_out(wp: Workplace, by: By, sitting: int, number: int, day: date) -> str:
    """It was handed to who takes it; their name. Unfit for a day before it was made or to come."""
    with wp.store.begin() as session:
        row = _numbered(session, sitting, number)
        if row.handed is not None or row.ended is not None:
            raise PiaError(f"第{number}号は、もう渡したか、終わったことが記録されています。")
        _must_be_day(by, row, day, "handed")
        row.handed = day
        row.handed_by = by.actor
        log.entry(session, by, "sitting.carry_hand", str(sitting), {"number": number})
        return row.holder


@dataclass(frozen=True, slots=True)
class Ending:
    """How what left the house was over: one of OUTCOMES, on a day, with words."""

    outcome: str
    day: date
    note: str = ""


def end(wp: Workplace, by: By, sitting: int, number: int, ending: Ending) -> None:
    """It came back, was erased, or is lost. Unfit for a day that cannot be, and for a loss nothing
    is said of."""
    with wp.store.begin() as session:
        row = _numbered(session, sitting, number)
        if row.ended is not None:
            raise PiaError(f"第{number}号は、もう終わったことが記録されています。")
        if ending.outcome not in OUTCOMES:
            raise Unfit("outcome", "「結果」を選び直してください。")
        _must_be_day(by, row, ending.day, "ended")
        if row.handed is not None and ending.day < row.handed:
            raise Unfit("ended", f"渡した日（{written(row.handed)}）より前です。")
        if ending.outcome == LOST and not ending.note.strip():
            raise Unfit("note", "紛失のときは、いつ・どこで・何をしたかを入力してください。")
        row.ended = ending.day
        row.ended_by = by.actor
        row.outcome = ending.outcome
        row.note = ending.note.strip()
        about = {"number": number, "outcome": ending.outcome}
        log.entry(session, by, "sitting.carry_end", str(sitting), about)


def _must_be_day(by: By, row: CarriedSet, day: date, field: str) -> None:
    if day > by.day:
        raise Unfit(field, f"その日（{written(day)}）は、まだ来ていません。")
    if day < day_in_japan(row.at):
        raise Unfit(field, f"作った日（{written(day_in_japan(row.at))}）より前です。")


def _numbered(session: Session, sitting: int, number: int) -> CarriedSet:
    row = queries.carrying.numbered(session, sitting, number)
    if row is None:
        raise PiaError("その番号の持出しはありません。一覧から選び直してください。")
    return row
