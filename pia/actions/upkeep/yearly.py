"""年次点検: what an IT head shows each year. Who has which account and rights, confirmed by each
department; what was done with power over others; how far the record of acts reaches.

Knows accounts, departments and the record. A confirmation is an entry of the record itself, with
the accounts as they were confirmed: a change after it shows. What is not on record (a restored
backup, what the owner of the machine does) is not here, and is said to be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import JST, By, day_in_japan
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.ledger.log import AuditEntry
from ...store.rows.bodies import Account
from ..access.act_names import ACTS
from ..access.roles import ROLES
from ..workplace import Workplace

CONFIRMED = "account.reviewed"
CORRECTED = "account.review_corrected"
LONGEST = 400  # letters of a remark
WITHOUT = "（所属なし）"
OWN = "（自分の所属のもの）"
# Action → what it is called. Whatever erases or destroys belongs here under any name.
_PRIVILEGED = (
    "account.add",
    "account.role",
    "account.correct",
    "account.active",
    "account.password",
    "account.second",
    "account.tie",
    "account.untie",
    "access.way_in",
    "body.add",
    "body.rename",
    "department.add",
    "department.rename",
    "department.move",
    "department.close",
    "department.open",
    "withheld.reader",
    "opinion.senders",
    "opinion.carried",
    "round.overrule",
    "rehearsal.clock",
    CONFIRMED,
    CORRECTED,
    "audit.answered",
    "keep.backup",
)
PRIVILEGED: Mapping[str, str] = {action: ACTS[action] for action in _PRIVILEGED}
_ERASING = ("%erase%", "%destroy%")


@dataclass(frozen=True, slots=True)
class AccountRights:
    """An account with what it may do.

    `ties`: how many persons of other sign-in systems; `last`: when it signed in last.
    """

    name: str
    shown: str
    role: str
    rights: tuple[str, ...]
    active: bool
    password: bool
    second: bool
    ties: int
    last: datetime | None

    @property
    def state(self) -> list[Any]:
        """What a confirmation is about."""
        return [self.name, self.role, self.active, self.password, self.second, self.ties]


@dataclass(frozen=True, slots=True)
class Office:
    """A department's accounts and the newest confirmation of the year.

    `head`: whether it has a head who can confirm; `changed`: names that differ since.
    """

    number: int | None
    name: str
    people: tuple[AccountRights, ...]
    head: bool
    confirmed: AuditEntry | None
    changed: tuple[str, ...]

    @property
    def standing(self) -> str:
        """未確認, 確認のあと変更 or 確認済み."""
        if self.confirmed is None:
            return "未確認"
        if self.changed:
            return "確認のあと変更"
        return "確認済み"


def fiscal(day: date) -> int:
    """The 年度 of a day: April to March."""
    if day.month >= 4:
        return day.year
    return day.year - 1


def inventory(wp: Workplace, today: date, only: int | None = None) -> list[Office]:
    """Every department that has accounts, in order, those without one last; `only` one of them."""
    with wp.store.read() as session:
        return _offices(session, wp, today, only)


def _offices(session: Session, wp: Workplace, today: date, only: int | None = None) -> list[Office]:
    rows = queries.accounts.by_department(session)
    ties: dict[int, int] = {number: count for number, count in queries.accounts.ties(session)}
    last = {}
    for name, at in queries.audit_entries.last_sign_ins(session):
        last[name] = at
    confirmed = {}
    for row in queries.audit_entries.of_actions(session, (CONFIRMED, CORRECTED)):
        confirmed[row.target] = None if row.detail.get("back") else row
    grouped: dict[int | None, tuple[str, list[AccountRights]]] = {}
    for account, department in rows:
        if department is not None:
            number = department.id
        else:
            number = None
        people = grouped.setdefault(
            number, (department.name if department is not None else WITHOUT, [])
        )[1]
        people.append(_held(wp, account, ties.get(account.id, 0), last.get(account.name)))
    order = sorted(grouped, key=lambda number: (number is None, number or 0))
    return [
        _office(number, *grouped[number], confirmed.get(_target(number, today)))
        for number in order
        if only is None or number == only
    ]


def _held(wp: Workplace, account: Account, ties: int, last: datetime | None) -> AccountRights:
    lines = []
    for name, line in wp.rights["rights"].items():
        if account.role in line["roles"] and name not in ("open", "self"):
            lines.append(line)
    rights = tuple(
        line["words"] + (OWN if account.role in line.get("own", ()) else "") for line in lines
    )
    return AccountRights(
        account.name,
        account.shown,
        account.role,
        rights,
        account.active,
        account.password is not None,
        account.totp is not None,
        ties,
        last,
    )


def _office(
    number: int | None, name: str, people: list[AccountRights], confirmed: AuditEntry | None
) -> Office:
    head = any(person.role == "head" and person.active for person in people)
    return Office(number, name, tuple(people), head, confirmed, _changed(people, confirmed))


def _changed(people: list[AccountRights], confirmed: AuditEntry | None) -> tuple[str, ...]:
    if confirmed is None:
        return ()
    then = {}
    for state in confirmed.detail["accounts"]:
        then[str(state[0])] = list(state)
    now = {}
    for person in people:
        now[person.name] = person.state
    return tuple(
        sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    )


def _target(number: int | None, day: date) -> str:
    return f"{fiscal(day)}/{number or 'none'}"


def confirm(wp: Workplace, by: By, number: int | None, remark: str, seen: str) -> None:
    """A department's accounts as they are now are right, or the remark says what is not.

    By its head; by the administrator where it has none. `seen`: what the page showed (`mark`).
    PiaError for anybody else, or when an account changed meanwhile.
    """
    with wp.store.begin() as session:
        offices = _offices(session, wp, by.day)
        office = next((each for each in offices if each.number == number), None)
        if office is None:
            raise PiaError("その所属に、利用者はいません。")
        mine = queries.accounts.department_of(session, by.actor)
        if by.role == "head" and (number is None or mine != number):
            raise PiaError("自分の所属の利用者だけを確かめられます。")
        if by.role == "administrator" and office.head:
            raise PiaError(f"「{office.name}」の利用者は、所属長が確かめます。")
        if seen != mark(office):
            raise PiaError(
                "画面を開いた後に、利用者が変わりました。もう一度、表を確かめてください。"
            )
        log.entry(
            session,
            by,
            CONFIRMED,
            _target(number, by.day),
            {
                "department": office.name,
                "accounts": [person.state for person in office.people],
                "remark": remark,
            },
        )


def correct(
    wp: Workplace, by: By, number: int | None, remark: str, reason: str, back: bool
) -> None:
    """A confirmation of this 年度 that was recorded wrongly: its remark put right, or the whole
    taken `back`, with a reason; what was recorded stays.

    By who may confirm; PiaError for anybody else, or where there is nothing to correct.
    """
    if not reason.strip():
        raise PiaError("直す理由を入力してください。前の記録も、そのまま残ります。")
    with wp.store.begin() as session:
        offices = _offices(session, wp, by.day)
        office = next((office for office in offices if office.number == number), None)
        if office is None or office.confirmed is None:
            raise PiaError("この年度の確認は、まだ記録されていません。")
        _must_correct(session, by, office)
        was = office.confirmed
        if not back and was.detail["remark"] == remark:
            raise PiaError("気付いたことが、前と同じです。直すところがあれば、書き換えてください。")
        about = {
            "department": office.name,
            "accounts": was.detail["accounts"],
            "remark": remark,
            "reason": reason.strip(),
            "corrects": was.seq,
            "back": back,
        }
        log.entry(session, by, CORRECTED, _target(number, by.day), about)


def _must_correct(session: Session, by: By, office: Office) -> None:
    """PiaError for a head of another office, and for an administrator where there is a head."""
    own = queries.accounts.department_of(session, by.actor)
    if by.role == "head" and (office.number is None or own != office.number):
        raise PiaError("自分の所属の確認だけを直せます。")
    if by.role == "administrator" and office.head:
        raise PiaError(f"「{office.name}」の確認は、所属長が直します。")


def history(wp: Workplace, number: int | None, day: date) -> list[AuditEntry]:
    """Every confirmation of a department in a 年度 and every correction of one, oldest first."""
    with wp.store.read() as session:
        return queries.audit_entries.of_actions_about(
            session, _target(number, day), (CONFIRMED, CORRECTED)
        )


def mark(office: Office) -> str:
    """What tells one state of a department's accounts from another."""
    from hashlib import sha256

    from ...domain.canonical import canonical

    return sha256(canonical([person.state for person in office.people])).hexdigest()


def acts(wp: Workplace, year: int, actor: str = "", action: str = "") -> list[AuditEntry]:
    """What was done with power over others in a 年度, the newest first."""
    first = datetime(year, 4, 1, tzinfo=JST)
    end = datetime(year + 1, 4, 1, tzinfo=JST)
    with wp.store.read() as session:
        return queries.audit_entries.between(
            session, (first, end), PRIVILEGED, _ERASING, actor, action
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the record of acts goes back, how many entries it has, and when its chains were bound
    last.
    """

    count: int
    first: datetime | None
    bound: datetime | None


def reach(wp: Workplace) -> Reach:
    """How far the record of acts goes back, and when its chains were bound last."""
    with wp.store.read() as session:
        count = queries.audit_entries.count(session) or 0
        first = queries.audit_entries.first_at(session)
        bound = queries.audit_entries.last_heads_at(session)
        return Reach(count, first, bound)


def role_of(name: str) -> str:
    """A role in words; an act of the machine itself keeps its own name."""
    return ROLES.get(name, name)


def years(wp: Workplace, today: date) -> list[int]:
    """Every 年度 from the record's first entry to today's, the newest first."""
    first = reach(wp).first
    if first is not None:
        began = fiscal(day_in_japan(first))
    else:
        began = fiscal(today)
    return list(range(fiscal(today), min(began, fiscal(today)) - 1, -1))
