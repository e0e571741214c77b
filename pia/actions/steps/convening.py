"""What the office does before a sitting and at its door: asks members for days, lays down seats,
receives those who listen (条例・運営要領 of the city).

The secretariat records. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.procedure.attendance import SUITS
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ...store.rows.convening import DateInquiry, DateReply, Observer
from ..records import closing, minutes, seating
from ..workplace import Workplace, row_of

MOST_CHOICES = 8
MOST_TICKET = 9_999


@dataclass(frozen=True, slots=True)
class NewInquiry:
    """Days members are asked for: (day, hour) each, and until when they answer."""

    title: str
    place: str
    choices: Sequence[tuple[date, time]]
    until: date


def ask_days(wp: Workplace, by: By, council: int, new: NewInquiry) -> int:
    """An inquiry to the members of a council; its number. Unfit for days that are past, that stand
    there twice, or an answer due after the first of them."""
    if not new.choices:
        raise Unfit("day0", "候補の日を1つ以上入力してください。")
    for place, choice in enumerate(new.choices):
        if choice in new.choices[:place]:
            raise Unfit(f"day{place}", "同じ日時が2回あります。")
        if choice[0] <= by.day:
            raise Unfit(f"day{place}", f"候補の日（{written(choice[0])}）は、もう過ぎています。")
    first = min(day for day, _ in new.choices)
    if not by.day <= new.until <= first:
        raise Unfit("until", "回答の期限は、今日から候補の最初の日までの間にしてください。")
    with wp.store.begin() as session:
        hall = row_of(session, rows.Council, council, "審議会")
        choices = [
            {"day": day.isoformat(), "opens": f"{opens:%H:%M}"} for day, opens in new.choices
        ]
        inquiry = DateInquiry(
            council_id=council,
            title=new.title,
            place=new.place,
            choices=choices,
            until=new.until,
            **acted(by),
        )
        session.add(inquiry)
        session.flush()
        log.entry(session, by, "council.ask_days", hall.name, {"inquiry": inquiry.id})
        return inquiry.id


def reply_days(
    wp: Workplace, by: By, inquiry: int, answers: Mapping[int, Mapping[str, str]]
) -> int:
    """What members answered: member → place of the choice → one of SUITS. Only what differs from
    the last answer is kept; how many members that was."""
    with wp.store.begin() as session:
        row = row_of(session, DateInquiry, inquiry, "日程の照会")
        if row.withdrawn is not None:
            raise Refused("この照会は取り消されています。")
        last = queries.convening.replies(session, [inquiry]).get(inquiry, {})
        changed = 0
        for number, answer in answers.items():
            member = session.get(rows.Member, number)
            if member is None or member.council_id != row.council_id:
                raise PiaError("その委員はいません。一覧から選び直してください。")
            told = {place: suit for place, suit in answer.items() if suit in SUITS}
            before = dict(last[number].answers) if number in last else {}
            if told == before:
                continue
            reply = DateReply(inquiry_id=inquiry, member_id=number, answers=told, **acted(by))
            session.add(reply)
            changed += 1
        if changed:
            log.entry(session, by, "council.reply_days", row.title, {"members": changed})
        return changed


def seat(wp: Workplace, by: By, sitting: int, places: Mapping[int, int]) -> None:
    """The order of seats of a sitting: member → place. PiaError where nothing changes."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        members = rows.in_office(session, row.council_id, row.day)
        before = [member.id for member in seating.in_order(row, members)]
        late = len(members) + 1
        order = sorted(before, key=lambda number: places.get(number, late))
        if order == before:
            raise PiaError("席の順は、もうそのとおりです。")
        row.facts = {**row.facts, seating.PLACES: order}
        log.entry(session, by, "sitting.seating", row.name, {"members": len(order)})


def receive(wp: Workplace, by: By, sitting: int, ticket: int, came: time) -> None:
    """Somebody who listens comes, with the number of their ticket. Unfit for a ticket that was
    given already; Refused before the day of the sitting, where nothing of it is public, or where it
    is full."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(row)
        if by.day < row.day:
            raise Refused(f"会議の日（{written(row.day)}）がまだ来ていません。")
        items = minutes.items_of(row)
        if items and not any(item.public for item in items):
            raise Refused("この会議の議題は、すべて非公開です。傍聴する人は受け付けられません。")
        council = session.get_one(rows.Council, row.council_id)
        here = queries.convening.observers(session, sitting)
        if ticket in [observer.ticket for observer in here]:
            raise Unfit("ticket", f"傍聴券{ticket}は、もう渡しています。")
        most = int(council.facts.get("observer_most") or 0)
        inside = [observer for observer in here if observer.left is None]
        if most and len(inside) >= most:
            raise Refused(
                f"傍聴席は、定員（{most}人）に達しています。",
                ("退場した人がいれば、先に退場を記録してください。",),
            )
        session.add(Observer(sitting_id=sitting, ticket=ticket, came=came, **acted(by)))
        log.entry(session, by, "sitting.observer", row.name, {"ticket": ticket})


def leave(wp: Workplace, by: By, sitting: int, observer: int, left: time) -> int:
    """Somebody who listened leaves; the number of their ticket. Unfit for an hour before they
    came."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Sitting, sitting, "会議")
        closing.must_sit(row)
        one = session.get(Observer, observer)
        if one is None or one.sitting_id != sitting or one.withdrawn is not None:
            raise PiaError("その受付はありません。一覧から選び直してください。")
        if left < one.came:
            raise Unfit("clock", f"退場の時刻が、受け付けた時刻（{one.came:%H:%M}）より前です。")
        one.left = left
        about = {"ticket": one.ticket, "left": left.isoformat()}
        log.entry(session, by, "sitting.observer_left", row.name, about)
        return one.ticket
