"""A council with its members, rules and inquiries, and what is to be done before a sitting, as
their pages show them.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy.orm import Session

from ...domain.act import day_of_text
from ...domain.procedure.attendance import OPEN, Forecast, forecast, forecast_of_day
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows.convening import DateInquiry, Observer
from ..records import convening, correctable, seating
from ..records import minutes as records
from ..records.convening_kinds import MEMBER_FACTS
from ..workplace import Workplace, row_of
from .minutes import StepView, step_views


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A term of a member on the page of the council: `about`: (what, words) of what was typed
    beside the term; `state`: 在任, これから or 退任."""

    number: int
    name: str
    title: str
    since: date
    until: date | None
    account: str
    about: tuple[tuple[str, str], ...]
    state: str


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One of the days of an inquiry: its place, day, hour, and what the replies mean for the
    quorum."""

    place: str
    day: date
    opens: time
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class InquiryView:
    """An inquiry for days. replies: (member, name, place of the choice → answer)."""

    number: int
    title: str
    where: str
    until: date
    choices: tuple[ChoiceView, ...]
    replies: tuple[tuple[int, str, Mapping[str, str]], ...]
    replied: int


@dataclass(frozen=True, slots=True)
class CouncilPage:
    """A council as its own page shows it. rules: (what, words), of what the city laid down."""

    number: int
    name: str
    quorum: int
    rules: tuple[tuple[str, str], ...]
    members: tuple[MemberLine, ...]
    sittings: tuple[rows.Sitting, ...]
    inquiries: tuple[InquiryView, ...]

    @property
    def seats(self) -> int:
        """How many are in office."""
        return sum(member.state == "在任" for member in self.members)


def council(wp: Workplace, number: int, today: date) -> CouncilPage:
    """A council on a day. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = row_of(session, rows.Council, number, "審議会")
        accounts = {}
        for account in queries.accounts.of_members(session):
            accounts[account.id] = f"{account.shown}（{account.name}）"
        members = []
        for member in queries.councils.members_in_order(session):
            if member.council_id == number:
                members.append(_member(member, accounts, today))
        seats = len(rows.in_office(session, number, today))
        asked = queries.convening.inquiries(session, number)
        sittings = queries.sittings.of_council(session, number)
        return CouncilPage(
            number,
            row.name,
            records.quorum(row, seats),
            _rules(session, row),
            tuple(sorted(members, key=lambda line: ("在任", "これから", "退任").index(line.state))),
            tuple(reversed(sittings)),
            tuple(_inquiries(session, row, asked)),
        )


def _member(member: rows.Member, accounts: Mapping[int, str], today: date) -> MemberLine:
    about = []
    for name, label in MEMBER_FACTS.items():
        if words := convening.fact(member, name):
            about.append((label.partition("（")[0], words))
    if appointed := convening.fact(member, "appointed"):
        about.append(("委嘱した日", written(day_of_text(appointed))))
    state = "在任"
    if member.since > today:
        state = "これから"
    elif member.until is not None and member.until < today:
        state = "退任"
    account = accounts.get(member.account_id or 0, "")
    return MemberLine(
        member.id,
        member.name,
        member.title,
        member.since,
        member.until,
        account,
        tuple(about),
        state,
    )


def _rules(session: Session, row: rows.Council) -> tuple[tuple[str, str], ...]:
    kind = correctable.kind_of("council")
    said = correctable.values(session, kind, row)
    out = []
    for field in kind.fields(session, row):
        words = str(said[field.name] or "")
        if field.options:
            words = field.options.get(words, words) if words else ""
        if words and field.name != "name":
            out.append((field.label, words))
    return tuple(out)


def _inquiries(session: Session, row: rows.Council, asked: list[DateInquiry]) -> list[InquiryView]:
    replies = queries.convening.replies(session, [inquiry.id for inquiry in asked])
    out = []
    for inquiry in asked:
        days = [day_of_text(str(choice["day"])) for choice in inquiry.choices]
        members = rows.in_office(session, row.id, min(days))
        quorum = records.quorum(row, len(members))
        mine = replies.get(inquiry.id, {})
        told = []
        for member in members:
            reply = mine.get(member.id)
            told.append((member.id, member.name, dict(reply.answers) if reply else {}))
        choices = []
        for place, choice in enumerate(inquiry.choices):
            suits = [answers.get(str(place), "") for _, _, answers in told]
            opens = time.fromisoformat(str(choice["opens"]))
            seen = forecast_of_day(suits, quorum)
            choices.append(ChoiceView(str(place), days[place], opens, seen))
        replied = sum(bool(answers) for _, _, answers in told)
        out.append(
            InquiryView(
                inquiry.id,
                inquiry.title,
                inquiry.place,
                inquiry.until,
                tuple(choices),
                tuple(told),
                replied,
            )
        )
    return out


def inquiry(wp: Workplace, number: int) -> tuple[rows.Council, InquiryView]:
    """An inquiry with its council. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = row_of(session, DateInquiry, number, "日程の照会")
        hall = session.get_one(rows.Council, row.council_id)
        return hall, _inquiries(session, hall, [row])[0]


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """A member with what they replied to the notice of a sitting; 未定 where nothing."""

    number: int
    name: str
    title: str
    reply: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is to be done before a sitting, and what was. notice_until: the last day to announce it,
    None where the city's rule is not known."""

    sitting: rows.Sitting
    council: rows.Council
    steps: tuple[StepView, ...]
    replies: tuple[ReplyLine, ...]
    forecast: Forecast
    materials: tuple[str, ...]
    notice_until: date | None
    seats: seating.SeatingPlan
    order: tuple[rows.Member, ...]
    observers: int

    def of_kind(self, kind: str) -> list[StepView]:
        """The steps of one kind, oldest first."""
        return [step for step in self.steps if step.kind == kind]


def preparation(wp: Workplace, number: int) -> Preparation:
    """What is to be done before a sitting. PiaError when there is none of that number."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        hall = session.get_one(rows.Council, sitting.council_id)
        members = rows.in_office(session, hall.id, sitting.day)
        last: dict[int, str] = {}
        for step in queries.minutes.steps(session, number, records.REPLIED):
            if step.member_id is not None:
                last[step.member_id] = str(step.facts.get("answer") or OPEN)
        replies = []
        for member in members:
            told = last.get(member.id, OPEN)
            replies.append(ReplyLine(member.id, member.name, member.title, told))
        return Preparation(
            sitting,
            hall,
            step_views(session, number),
            tuple(replies),
            forecast([line.reply for line in replies], records.quorum(hall, len(members))),
            tuple(convening.materials(session, sitting)),
            convening.notice_until(hall, sitting),
            seating.plan(session, sitting),
            tuple(seating.in_order(sitting, members)),
            len(queries.convening.observers(session, number)),
        )


@dataclass(frozen=True, slots=True)
class Reception:
    """Those who listen to a sitting. most: how many there is room for, None where no rule says;
    next: the number of the next ticket."""

    sitting: rows.Sitting
    rule: str
    most: int | None
    observers: tuple[Observer, ...]
    next: int

    @property
    def inside(self) -> int:
        """How many are in the room."""
        return sum(observer.left is None for observer in self.observers)


def reception(wp: Workplace, number: int) -> Reception:
    """The reception of a sitting. PiaError when there is none of that number."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        hall = session.get_one(rows.Council, sitting.council_id)
        here = queries.convening.observers(session, number)
        most = str(hall.facts.get("observer_most") or "")
        return Reception(
            sitting,
            str(hall.facts.get("observer_rule") or ""),
            int(most) if most else None,
            tuple(here),
            max((observer.ticket for observer in here), default=0) + 1,
        )
