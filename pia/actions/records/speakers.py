"""How minutes name who speaks in a sitting: 議長, ○○委員, 事務局, 実施機関; the person's name stays
in the record (様式第2号).

Knows members, accounts and departments. Must not know what was spoken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import Speaker
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows.bodies import Account, Department
from . import days

CHAIRS = ("会長", "委員長", "座長")
CHAIR, OFFICE, AGENCY = "議長", "事務局", "実施機関"


def chair_of(session: Session, hall: rows.Council, on: date) -> rows.Member | None:
    """Who chaired a council on a day."""
    for member in rows.in_office(session, hall.id, on):
        if member.title in CHAIRS:
            return member
    return None


def chairing(sitting: rows.Sitting, seats: Sequence[rows.Member]) -> rows.Member | None:
    """Who leads a sitting: whom the office named (職務代理), else the chair of the council."""
    named = sitting.facts.get("chair")
    for member in seats:
        if named and member.id == int(named):
            return member
    for member in seats:
        if member.title in CHAIRS:
            return member
    return None


def surname(name: str) -> str:
    """The surname of a name that is written as two words; any other name whole."""
    words = name.replace("\u3000", " ").split(" ")
    if len(words) == 2 and all(word.isalpha() for word in words):
        return words[0]
    return name


def section(name: str) -> str:
    """国保年金課 of 保健福祉局生活福祉部国保年金課."""
    for stop in ("部", "局"):
        _, mark, tail = name.rpartition(stop)
        if mark and tail.endswith(("課", "室", "所", "センター")) and len(tail) > 1:
            return tail
    return name


def short(name: str, members: Sequence[rows.Member]) -> str:
    """A member's surname; the whole name where two members share it."""
    same = Counter(surname(member.name) for member in members)[surname(name)]
    return surname(name) if same == 1 else name


def of_member(name: str, members: Sequence[rows.Member], chair: rows.Member | None = None) -> str:
    """How minutes name a member: 議長 for who leads the sitting; empty for anybody else."""
    member = next((each for each in members if each.name == name), None)
    if member is None:
        return ""
    if chair is not None and member.id == chair.id:
        return CHAIR
    return f"{short(name, members)}{member.title or '委員'}"


def answerer(
    name: str, accounts: Mapping[str, tuple[Account, Department | None]], offices: Sequence[str]
) -> str:
    """How minutes name who answered: 事務局, or 実施機関 with its department. A page keeps 所属
    氏名."""
    office = ""
    shown = next((shown for shown in accounts if _names(name, shown)), "")
    if shown:
        account, department = accounts[shown]
        if account.role == "secretariat":
            return OFFICE
        office = name.removesuffix(shown).strip("　")
        if not office and department:
            office = department.name
    named = (each for each in offices if name == each or name.startswith(f"{each}　"))
    office = office or next(named, "")
    if office:
        return f"{AGENCY}（{section(office)}）"
    return AGENCY


def _names(name: str, shown: str) -> bool:
    """Whether a name is that of an account, alone or after 所属."""
    return name == shown or name.endswith(f"　{shown}")


@dataclass(frozen=True, slots=True)
class Namer:
    """Names who spoke in one sitting as its minutes print them."""

    members: Sequence[rows.Member]
    chair: rows.Member | None
    accounts: Mapping[str, tuple[Account, Department | None]]
    offices: Sequence[str]

    def printed(self, name: str) -> str:
        """A member of the council by their seat, anybody else by their office."""
        return of_member(name, self.members, self.chair) or self.answerer(name)

    def answerer(self, name: str) -> str:
        """Who answers, by their office."""
        return answerer(name, self.accounts, self.offices)


def namer(session: Session, sitting: rows.Sitting) -> Namer:
    """Who names the speakers of a sitting."""
    members = rows.in_office(session, sitting.council_id, sitting.day)
    accounts = {}
    for account, department in queries.accounts.with_departments(session):
        accounts[account.shown] = (account, department)
    offices = [department.name for department in queries.departments.all_departments(session)]
    return Namer(members, chairing(sitting, members), accounts, offices)


def roster(
    members: Sequence[rows.Member], chair: rows.Member | None, items: Sequence[AgendaItem]
) -> tuple[Speaker, ...]:
    """Who may speak in a sitting: who leads it, the members, the office, and those who present an
    item; each once."""
    speakers = [Speaker(CHAIR, chair.name if chair else "", chair.title if chair else "")]
    for member in members:
        if chair is None or member.id != chair.id:
            printed = of_member(member.name, members)
            speakers.append(Speaker(printed, member.name, member.title or "委員"))
    speakers.append(Speaker(OFFICE))
    speakers.append(Speaker(AGENCY))
    for item in items:
        for presenter in item.presenters:
            printed, _, person = presenter.partition("　")
            speaker = Speaker(printed, person.strip())
            if speaker not in speakers:
                speakers.append(speaker)
    return tuple(speakers)


def sitting_at(session: Session, referral: int, at: datetime) -> int | None:
    """The sitting a question belongs to: the last one by then that had the referral on its agenda,
    else the first."""
    case = session.get_one(rows.Referral, referral)
    heard = [
        sitting
        for sitting in queries.sittings.of_council(session, case.council_id)
        if days.on_agenda(sitting, referral)
    ]
    by_then = [sitting for sitting in heard if sitting.day <= day_in_japan(at)]
    if by_then:
        return by_then[-1].id
    return heard[0].id if heard else None
