"""議事の進行 recorded while a sitting is held: which item is discussed, who comes and goes, who
leads, what came of an item, and the next day (様式第2号).

The secretariat records. What a council's own rules must allow (除斥・回避, attendance by web) is
refused until they are entered. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.minutes import agenda
from ...domain.wareki import written
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ...store.rows.minutes import Movement
from ..records import closing, correctable, minutes
from ..workplace import Workplace, row_of
from . import corrections


def discuss(wp: Workplace, by: By, sitting: int, item: str) -> None:
    """Says which item is discussed now; every page that follows the sitting shows it."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(row)
        items = minutes.items_of(row)
        if item not in agenda.order(items):
            raise Unfit("item", "「議題」を選び直してください。")
        referral = next((each.referral for each in items if each.mark == item), None)
        now = {"item": item, "referral": referral, "card": None}
        row.facts = {**row.facts, "now": now}
        log.entry(session, by, "sitting.now", str(sitting), now)


def note_result(wp: Workplace, by: By, sitting: int, item: str, result: str) -> None:
    """What came of an item (報告を受けた、了承した); written anew, the agenda as it
    was stays in the record of corrections."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        minutes.must_be_open(session, row)
        marks = [each.mark for each in minutes.items_of(row)]
        if item not in marks:
            raise Unfit("item", "「議題」を選び直してください。")
        if not result.strip():
            raise Unfit("result", "議題の結果を入力してください。")
        lines = agenda.marked(
            [{**line, "mark": mark} for line, mark in zip(row.agenda, marks, strict=True)]
        )
        place = marks.index(item)
        if lines[place].get("result") == result.strip():
            raise PiaError("議題の結果は、もうそのとおりです。")
        before = correctable.values(session, correctable.kind_of("sitting"), row)
        had = bool(lines[place].get("result"))
        lines[place]["result"] = result.strip()
        row.agenda = lines
        if had:
            corrections.keep_amended(session, by, "sitting", row, before, "議題の結果の書き直し")
        log.entry(session, by, "sitting.result", str(sitting), {"item": item})


def come(wp: Workplace, by: By, sitting: int, member: int, clock: time) -> str:
    """A member comes to a sitting that is held; returns the name. Unfit for an hour before the
    opening."""
    with wp.store.begin() as session:
        row = _held(session, by, sitting)
        seat = _seat(session, row, member)
        known = session.get(rows.Attendance, (sitting, member))
        arrived = clock if clock > row.opens else None
        if known is None:
            known = rows.Attendance(sitting_id=sitting, member_id=member, present=True)
            session.add(known)
        elif known.present:
            raise PiaError(f"{seat.name}さんは、もう出席しています。")
        known.present = True
        known.arrived = arrived
        about = {"member": member, "clock": clock.isoformat()}
        log.entry(session, by, "sitting.come", row.name, about)
        return seat.name


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A member leaves, comes back, stays out of an item or attends by web: `what` of
    `records.minutes.MOVEMENTS`."""

    member: int
    what: str
    clock: time
    item: str = ""


def record_movement(wp: Workplace, by: By, sitting: int, new: NewMovement) -> str:
    """A member's coming and going in a sitting; returns the name. Refused for what the council's
    own rule does not allow, Unfit for an hour before the opening."""
    with wp.store.begin() as session:
        row = _held(session, by, sitting)
        seat = _seat(session, row, new.member)
        council = session.get_one(rows.Council, row.council_id)
        rule = minutes.MOVEMENT_RULES.get(new.what)
        if rule and not council.facts.get(rule):
            words = minutes.MOVEMENTS[new.what]
            raise Refused(
                f"{words}は、まだ記録できません。",
                ("審議会の設定で、それを認める条例・運営要領の条を入力してください。",),
            )
        if new.clock < row.opens:
            raise Unfit("clock", f"時刻が、開会の時刻（{row.opens:%H:%M}）より前です。")
        session.add(
            Movement(
                sitting_id=sitting,
                member_id=new.member,
                what=new.what,
                clock=new.clock,
                item=new.item if new.what == minutes.RECUSED else "",
                **acted(by),
            )
        )
        about = {"member": new.member, "what": new.what, "clock": new.clock.isoformat()}
        log.entry(session, by, "sitting.movement", row.name, about)
        return seat.name


def plan_next(wp: Workplace, by: By, sitting: int, day: date | None, words: str) -> None:
    """The next sitting as it was announced: a day, or words where it is not fixed. Unfit for a day
    that is not after this one."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        minutes.must_be_open(session, row)
        if day is not None and day <= row.day:
            raise Unfit(
                "next", f"次回の日が、この会議の日（{written(row.day)}）より後ではありません。"
            )
        before = row.facts.get("next")
        after = day.isoformat() if day is not None else words.strip()
        if (before or "") == after:
            raise PiaError("次回の予定は、もうそのとおりです。")
        row.facts = {**row.facts, "next": after}
        log.entry(session, by, "sitting.next", row.name, {"before": before, "after": after})


def lead(wp: Workplace, by: By, sitting: int, member: int | None) -> None:
    """Who leads a sitting in place of the chair (職務代理); None: the chair of the council."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        minutes.must_be_open(session, row)
        if member is not None:
            _seat(session, row, member)
        before = row.facts.get("chair")
        if before == member:
            raise PiaError("議長は、もうそのとおりです。")
        row.facts = {**row.facts, "chair": member}
        log.entry(session, by, "sitting.lead", row.name, {"before": before, "after": member})


def _held(session: Session, by: By, sitting: int) -> rows.Sitting:
    """A sitting that is held: its day has come and it is not closed."""
    row = row_of(session, rows.Sitting, sitting, "会議")
    closing.must_sit(row)
    if by.day < row.day:
        raise PiaError(f"会議の日（{written(row.day)}）がまだ来ていません。")
    return row


def _seat(session: Session, sitting: rows.Sitting, member: int) -> rows.Member:
    for seat in rows.in_office(session, sitting.council_id, sitting.day):
        if seat.id == member:
            return seat
    raise Unfit("member", "その委員は、この日に在任していません。")
