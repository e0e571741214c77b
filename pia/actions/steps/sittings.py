"""会議: convened, attended, led from card to card, closed.

The secretariat records; the chair presses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.minutes import agenda
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.rows import councils as rows
from ..access.names import document_names
from ..records import closing, correctable, council_ways, minutes
from ..records.on_record import given_at, verdict_words
from ..workplace import Workplace, row_of
from . import corrections, tablets

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class NewSitting:
    """A meeting that is to be called: its name, when and where, and its agenda."""

    name: str
    day: date
    opens: time
    place: str
    agenda: Sequence[Mapping[str, Any]]
    public: bool = True
    facts: Mapping[str, Any] | None = None


def convene(wp: Workplace, by: By, council: int, new: NewSitting) -> int:
    """A sitting with its agenda; returns its number. PiaError for a referral to another council."""
    with wp.store.begin() as session:
        hall = row_of(session, rows.Council, council, "審議会")
        council_ways.must_be_allowed(hall, str((new.facts or {}).get("meeting") or ""))
        for number in [int(entry["referral"]) for entry in new.agenda if entry.get("referral")]:
            if row_of(session, rows.Referral, number, "諮問").council_id != council:
                raise PiaError(
                    f"諮問{number}は、この審議会への諮問ではありません。議題を選び直してください。"
                )
        taken = queries.sittings.convened(session, council, new.day, new.opens)
        if taken is not None and taken.withdrawn is None:
            raise Unfit("day", "同じ日時の会議が、もう登録されています。")
        if taken is not None:
            sitting_row = _again(session, by, taken, new)
        else:
            sitting_row = rows.Sitting(
                council_id=council,
                name=new.name,
                day=new.day,
                opens=new.opens,
                closes=None,
                place=new.place,
                agenda=agenda.marked(new.agenda),
                public=new.public,
                facts=dict(new.facts or {}),
            )
            session.add(sitting_row)
        session.flush()
        log.entry(session, by, "sitting.convene", new.name, {"day": new.day.isoformat()})
        return sitting_row.id


def _again(session: Session, by: By, taken: rows.Sitting, new: NewSitting) -> rows.Sitting:
    """A sitting of the same council and hour that was taken back stands again, with what is said of
    it now: there is one row for an hour."""
    before = correctable.values(session, correctable.kind_of("sitting"), taken)
    taken.name = new.name
    taken.place = new.place
    taken.agenda = agenda.marked(new.agenda, taken.agenda)
    taken.public = new.public
    taken.facts = dict(new.facts or {})
    corrections.reinstate(session, by, "sitting", taken, before, "同じ日時の会議を改めて登録した")
    return taken


def attend(
    wp: Workplace,
    by: By,
    sitting: int,
    present: Sequence[str],
    *,
    arrived: Mapping[str, time] | None = None,
) -> None:
    """Who is there, by name; everybody else in office that day is absent.

    PiaError for a name that is no member that day (R23).
    """
    arrived = arrived or {}
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(row)
        if by.day < row.day:
            raise PiaError(
                f"会議の日（{written(row.day)}）がまだ来ていません。"
                "出席は、会議の日に記録してください。"
            )
        seats = {}
        for member in rows.in_office(session, row.council_id, row.day):
            seats[member.name] = member
        unknown = []
        for name in (*present, *arrived):
            if name not in seats:
                unknown.append(name)
        if unknown:
            raise PiaError(
                f"{'、'.join(unknown)} は、この日に在任する委員ではありません。"
                "委員名簿を確かめてください。"
            )
        known = {}
        for name, member in seats.items():
            known[name] = session.get(rows.Attendance, (sitting, member.id))
        _must_not_leave(session, sitting, known, present)
        for name, member in seats.items():
            attendance = known[name]
            if attendance is None:
                attendance = rows.Attendance(sitting_id=sitting, member_id=member.id)
                session.add(attendance)
            attendance.present = name in present
            attendance.arrived = arrived.get(name)
        log.entry(
            session, by, "sitting.attend", row.name, {"present": len(present), "seats": len(seats)}
        )


def _must_not_leave(
    session: Session,
    sitting: int,
    known: Mapping[str, rows.Attendance | None],
    present: Sequence[str],
) -> None:
    """Refused where somebody would leave a sitting whose verdict is recorded: the quorum was
    reckoned with them.
    """
    left = []
    for name, attendance in known.items():
        if attendance is not None and attendance.present and name not in present:
            left.append(name)
    if not left:
        return
    if queries.councils.decided_at(session, sitting) is not None:
        raise Refused(
            "この会議の結論が記録されているため、出席を欠席に変えられません。",
            ("閉会を記録した後に、理由を付けて直してください。",),
        )


def close(
    wp: Workplace, by: By, sitting: int, closes: time, observers: int, *, sure: bool = True
) -> None:
    """The sitting is over: its tablets end, and from now on its record is only corrected, with a
    reason. Unfit for an hour before the opening; Refused while an item has no result, unless its
    person is `sure`.
    """
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(row)
        if closes <= row.opens:
            raise Unfit(
                "closes", f"閉会の時刻が、開会の時刻（{row.opens:%H:%M}）より後ではありません。"
            )
        if not sure:
            _must_have_results(session, row)
        if by.day < row.day:
            raise PiaError(
                f"会議の日（{written(row.day)}）がまだ来ていません。"
                "閉会は、会議の日に記録してください。"
            )
        row.closes = closes
        row.observers = observers
        tablets.shut(session, sitting, by.at)
        log.entry(
            session,
            by,
            "sitting.close",
            row.name,
            {"closes": closes.isoformat(), "observers": observers},
        )


def _must_have_results(session: Session, sitting: rows.Sitting) -> None:
    open_items = []
    for item in minutes.items_of(sitting):
        decided = item.referral is not None and given_at(session, sitting, item.referral)
        if not item.result and not decided:
            open_items.append(f"{item.printed}：結果が記録されていません。")
    if open_items:
        raise Refused("結果のない議題があります。", tuple(open_items))


class Referred(NamedTuple):
    """A referral on an agenda: its number and title, what was said of it (None before), and its
    documents as (key, affair)."""

    number: int
    title: str
    said: Mapping[str, Any] | None
    documents: tuple[tuple[str, str], ...]
    by_bill: bool = False


@dataclass(frozen=True, slots=True)
class SittingDay:
    """A sitting as its own page shows it: who may sit, who is there, what is on the agenda and how
    each stands; `received`: how many who listen were received at the door.
    """

    one: rows.Sitting
    council: str
    seats: tuple[rows.Member, ...]
    present: Mapping[int, rows.Attendance]
    quorum: int
    referrals: tuple[Referred, ...]
    door: bool
    received: int


def sittings(wp: Workplace) -> list[rows.Sitting]:
    """All sittings, the latest first."""
    with wp.store.read() as session:
        return queries.sittings.newest_first(session)


def meetings(wp: Workplace) -> dict[str, str]:
    """The ways of meeting beside coming together that the city has named an article for."""
    with wp.store.read() as session:
        return council_ways.meetings(queries.councils.councils(session))


def sitting(wp: Workplace, number: int) -> SittingDay:
    """One sitting. PiaError when there is none."""
    with wp.store.read() as session:
        row = session.get(rows.Sitting, number)
        if row is None:
            raise PiaError("その会議はありません。一覧から選び直してください。")
        council = session.get_one(rows.Council, row.council_id)
        seats = tuple(rows.in_office(session, council.id, row.day))
        attendance_of = {}
        for attendance in queries.sittings.attendance(session, number):
            attendance_of[attendance.member_id] = attendance
        listed = []
        bill = council_ways.by_bill(council)
        for entry in row.agenda:
            if entry.get("referral"):
                ref = session.get_one(rows.Referral, int(entry["referral"]))
                verdict = given_at(session, row, ref.id) or queries.councils.last_verdict(
                    session, ref.id
                )
                said = verdict_words(session, ref, verdict) if verdict else None
                keys = queries.assessments.keys_of_referral(session, ref.id)
                names = document_names(session, keys)
                listed.append(Referred(ref.id, ref.title, said, tuple(names.items()), bill))
        door = queries.sign_in.open_door_id(session, number) is not None
        return SittingDay(
            row,
            council.name,
            seats,
            attendance_of,
            int(council.facts.get("quorum") or len(seats) // 2 + 1),
            tuple(listed),
            door,
            len(queries.convening.observers(session, number)),
        )


def explaining(wp: Workplace, by: By, referral: int, card: int) -> None:
    """Says which card is being explained now; every page of the sitting leads there in one tap."""
    with wp.store.begin() as session:
        closing.must_speak_now(
            session, by, row_of(session, rows.Referral, referral, "諮問"), "説明中の項目"
        )
        sitting = _sitting_with(session, referral)
        mark = next(
            (each.mark for each in minutes.items_of(sitting) if each.referral == referral), ""
        )
        now = {"item": mark, "referral": referral, "card": card}
        sitting.facts = {**sitting.facts, "now": now}
        log.entry(session, by, "sitting.now", str(sitting.id), {"referral": referral, "card": card})


def explained_now(wp: Workplace, referral: int) -> int | None:
    """The number of the card that is being explained; None before the first."""
    with wp.store.read() as session:
        try:
            now = _sitting_with(session, referral).facts.get("now")
        except PiaError:
            return None
        if now and now["referral"] == referral and now["card"]:
            return int(now["card"])
        return None


def _sitting_with(session: Any, referral: int) -> rows.Sitting:
    """The latest sitting that has a referral on its agenda."""
    for sitting in queries.sittings.newest_first(session):
        if any(entry.get("referral") == referral for entry in sitting.agenda):
            return sitting
    raise PiaError("この諮問を議題とする会議が、まだ登録されていません。")
