"""Lists of departments and of people: held against what is registered, shown before they are taken
over, and taken over as one act. The same list again changes nothing.

Somebody who is gone is stopped, never taken out; a department gets another name and keeps the one
before in the record. Knows rows of lists. Must not know files or pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.canonical import canonical
from ...domain.errors import PiaError, Refused
from ...store import queries
from ...store.rows.bodies import Account, Department
from ..access.roles import ROLES
from ..workplace import Workplace
from . import departments, passwords, registration, sign_in, sso

Row = Mapping[str, str]
DEPARTMENTS: Mapping[str, Sequence[str]] = {
    "name": ("課の名前", "所属", "課", "課名", "所属名", "部署", "部署名"),
    "former": ("旧名称", "前の名前", "旧所属", "変更前"),
    "body": ("評価実施機関", "機関", "実施機関"),
}
PEOPLE: Mapping[str, Sequence[str]] = {
    "name": ("利用者名", "サインインの名前", "ログインID", "ユーザーID", "ID", "職員番号"),
    "shown": ("氏名", "名前", "画面に出す名前", "職員名"),
    "role": ("役割", "権限"),
    "department": ("所属", "課", "課の名前", "所属名", "部署"),
    "body": ("評価実施機関", "機関", "実施機関"),
}
WORDS = {
    "new": "新しく登録",
    "changed": "変わる",
    "back": "再び使う",
    "same": "変わらない",
    "gone": "一覧にない",
}
OF_COUNCIL = ("member", "chair")


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One line of a preview: what becomes of a department or a person, and in which words; what
    waits for a person who goes, and for whom it waits then."""

    state: str
    key: str
    name: str
    says: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The state in words."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What a list would change, and what stands against it."""

    lines: tuple[RosterLine, ...]
    problems: tuple[str, ...]

    @property
    def changes(self) -> tuple[RosterLine, ...]:
        """The lines that change something, those that are gone last."""
        return tuple(line for line in self.lines if line.state != "same")

    @property
    def counts(self) -> Mapping[str, int]:
        """How many lines there are of each state."""
        return Counter(line.state for line in self.lines)

    @property
    def mark(self) -> str:
        """By which it is known whether what was looked at is what is taken over."""
        said = [[line.state, line.key, line.name, list(line.says)] for line in self.lines]
        return sha256(canonical(said)).hexdigest()


def _must_be_seen(plan: RosterPlan, mark: str) -> None:
    """Refused where a list has problems, or would change other things than were looked at."""
    if plan.problems:
        raise Refused("一覧に直すところがあります。まだ何も変えていません。", plan.problems)
    if plan.mark != mark:
        raise Refused("確かめたあとに、登録が変わりました。もう一度確かめてください。", ())


# ---- departments


@dataclass(frozen=True, slots=True)
class _Office:
    """A department as a list has it: its body, its name, and the name it had."""

    body: str
    name: str
    former: str


def _offices(session: Session, rows: Sequence[Row]) -> tuple[list[_Office], list[str]]:
    bodies = queries.departments.body_names_in_order(session)
    offices = []
    problems = []
    for number, row in enumerate(rows, 1):
        body = row.get("body", "") or (bodies[0] if len(bodies) == 1 else "")
        name = row.get("name", "")
        if body not in bodies:
            problems.append(f"{number}行目：評価実施機関「{body}」は登録されていません。")
        if not name or len(name) > 60:
            problems.append(f"{number}行目：課の名前を、60文字以内で書いてください。")
        offices.append(_Office(body, name, row.get("former", "")))
    twice = Counter((office.body, office.name) for office in offices)
    for (_, name), count in twice.items():
        if name and count > 1:
            problems.append(f"「{name}」が{count}回書かれています。1回にしてください。")
    return offices, problems


def plan_departments(wp: Workplace, rows: Sequence[Row]) -> RosterPlan:
    """What a list of departments would change."""
    with wp.store.read() as session:
        offices, problems = _offices(session, rows)
        known: dict[tuple[str, str], Department] = {}
        for department, body in queries.departments.with_bodies(session):
            known[body.name, department.name] = department
        lines = []
        kept = set()
        for office in offices:
            line, used = _of_department(office, known)
            lines.append(line)
            kept |= used
        listed = {office.body for office in offices}
        for (body_name, name), department in known.items():
            is_gone = body_name in listed and department.closed is None
            if is_gone and (body_name, name) not in kept:
                lines.append(RosterLine("gone", str(department.id), name))
    return RosterPlan(tuple(lines), tuple(problems))


def _of_department(
    office: _Office, known: Mapping[tuple[str, str], Department]
) -> tuple[RosterLine, set[tuple[str, str]]]:
    """The line of a department, and the registered ones it stands for."""
    at = (office.body, office.name)
    before = known.get((office.body, office.former)) if office.former else None
    here = known.get(at)
    key = f"{office.body}/{office.name}"
    if here is None and before is not None:
        says = (f"「{before.name}」から名前が変わる",)
        return RosterLine("changed", key, office.name, says), {at, (office.body, before.name)}
    if here is None:
        return RosterLine("new", key, office.name), {at}
    state = "back" if here.closed is not None else "same"
    return RosterLine(state, key, office.name), {at}


def take_departments(wp: Workplace, by: By, rows: Sequence[Row], mark: str, close: bool) -> int:
    """Takes a list of departments over as it was looked at; how many lines changed something.
    `close`: those that are not in it are closed. Refused as a whole where one of them cannot be.
    """
    with wp.store.together():
        plan = plan_departments(wp, rows)
        _must_be_seen(plan, mark)
        with wp.store.read() as session:
            offices, _ = _offices(session, rows)
            known = {}
            for department, body in queries.departments.with_bodies(session):
                known[body.name, department.name] = department.id
        for office, line in zip(offices, plan.lines):
            if line.state == "new":
                departments.add(wp, by, office.body, office.name)
            elif line.state == "changed":
                departments.rename(wp, by, known[office.body, office.former], office.name)
            elif line.state == "back":
                departments.reopen(wp, by, known[office.body, office.name])
        gone = [line for line in plan.lines if line.state == "gone"]
        for line in gone if close else ():
            departments.close(wp, by, int(line.key))
        return len(plan.changes) - (0 if close else len(gone))


# ---- people


@dataclass(frozen=True, slots=True)
class _Person:
    """A person as a list has them; the department by its number, None for none."""

    name: str
    shown: str
    role: str
    department: int | None
    office: str


def _role(written: str) -> str:
    """The role that is meant by its word; empty for none."""
    for role, words in ROLES.items():
        if written in (role, words):
            return role
    return ""


def _people(session: Session, rows: Sequence[Row]) -> tuple[list[_Person], list[str]]:
    offices: dict[str, list[tuple[str, int]]] = {}
    for department, body in queries.departments.with_bodies(session):
        if department.closed is None:
            offices.setdefault(department.name, []).append((body.name, department.id))
    people = []
    problems = []
    for number, row in enumerate(rows, 1):
        meant = _meant(offices, row)
        person = _Person(
            row.get("name", ""),
            row.get("shown", ""),
            _role(row.get("role", "")),
            meant[0] if len(meant) == 1 else None,
            row.get("department", ""),
        )
        people.append(person)
        for problem in _of_person(person, row, len(meant)):
            problems.append(f"{number}行目：{problem}")
    for name, count in Counter(person.name for person in people).items():
        if name and count > 1:
            problems.append(f"利用者名「{name}」が{count}回書かれています。1回にしてください。")
    return people, problems


def _meant(offices: Mapping[str, Sequence[tuple[str, int]]], row: Row) -> list[int]:
    """The open departments a row may mean: of its name, and of its body where it names one."""
    body = row.get("body", "")
    meant = []
    for name, number in offices.get(row.get("department", ""), ()):
        if not body or name == body:
            meant.append(number)
    return meant


def _of_person(person: _Person, row: Row, found: int) -> list[str]:
    """What is wrong with one row of a list of people."""
    problems = []
    if not registration.is_name(person.name) or len(person.name) > 60:
        problems.append("利用者名は、半角の英数字と - . _ で書いてください。")
    if not person.shown or len(person.shown) > 60:
        problems.append("氏名を、60文字以内で書いてください。")
    if not person.role:
        given = row.get("role", "")
        problems.append(f"役割「{given}」はありません（{'・'.join(ROLES.values())}のどれか）。")
    if person.office and found == 0:
        problems.append(f"所属「{person.office}」は登録されていません。先に課を登録してください。")
    if person.office and found > 1:
        problems.append(
            f"所属「{person.office}」は複数の評価実施機関にあります。機関も書いてください。"
        )
    if not person.office and person.role in ("drafter", "head"):
        problems.append("担当者と所属長には、所属が要ります。")
    return problems


def plan_people(wp: Workplace, by: By, rows: Sequence[Row]) -> RosterPlan:
    """What a list of people would change: who is new, who comes back, whose department, role or
    name is another, who is not in it any more. Members of a council are asked for only where the
    list has some."""
    with wp.store.read() as session:
        people, problems = _people(session, rows)
        known = {}
        for account, department in queries.accounts.with_departments_in_order(session):
            known[account.name] = (account, department)
        lines = []
        for person in people:
            lines.append(_line(person, known.get(person.name)))
            mine = person.name == by.actor and person.name in known
            if mine and known[person.name][0].role != person.role:
                problems.append("自分自身の役割は変えられません。ほかの管理者に頼んでください。")
        lines += _gone(people, list(known.values()), by.actor)
        lines = _with_waiting(session, lines, people, known)
    return RosterPlan(tuple(lines), tuple(problems))


Known = Mapping[str, tuple[Account, Department | None]]


def _with_waiting(
    session: Session, lines: Sequence[RosterLine], people: Sequence[_Person], known: Known
) -> list[RosterLine]:
    """The lines, those of people who leave their department with what waits for them there."""
    to = {person.name: person.department for person in people}
    leaving = []
    for line in lines:
        if line.key in known and known[line.key][0].active:
            stays = line.state != "gone" and known[line.key][0].department_id == to[line.key]
            if not stays:
                leaving.append(line.key)
    asked = queries.assignments.counts_of(session, leaving)
    named = queries.comments.counts_of(session, leaving)
    unsaved = queries.unsaved.counts(session, leaving)
    return [replace(line, waits=_waits(line.key, asked, named, unsaved)) for line in lines]


def _waits(
    name: str, asked: Mapping[str, int], named: Mapping[str, int], unsaved: Mapping[str, int]
) -> tuple[str, ...]:
    said = []
    if name in asked:
        said.append(f"割り当てられた意見・質問{asked[name]}件は、課の人が引き継ぎます")
    if name in named:
        said.append(f"名指しされたコメント{named[name]}件は、課の人に知らせます")
    if name in unsaved:
        said.append(
            f"書きかけの項目が{unsaved[name]}件あります。"
            "保存できるのは本人だけです。止める前に保存してもらってください"
        )
    return tuple(said)


def _gone(
    people: Sequence[_Person], known: Sequence[tuple[Account, Department | None]], asking: str
) -> list[RosterLine]:
    """The lines of those who may sign in and are not in the list; never of who asks."""
    listed = {asking, *(person.name for person in people)}
    has_members = any(person.role in OF_COUNCIL for person in people)
    lines = []
    for account, department in known:
        is_asked = has_members or account.role not in OF_COUNCIL
        if account.active and is_asked and account.name not in listed:
            office = department.name if department is not None else "所属なし"
            lines.append(RosterLine("gone", account.name, account.shown, (office,)))
    return lines


def _line(person: _Person, known: tuple[Account, Department | None] | None) -> RosterLine:
    office = person.office or "所属なし"
    role = ROLES.get(person.role, "")
    if known is None:
        return RosterLine("new", person.name, person.shown, (office, role))
    account, department = known
    says = []
    if account.shown != person.shown:
        says.append(f"氏名：{account.shown} → {person.shown}")
    if account.department_id != person.department:
        before = department.name if department is not None else "所属なし"
        says.append(f"異動：{before} → {office}")
    if account.role != person.role:
        says.append(f"役割：{ROLES.get(account.role, account.role)} → {role}")
    state = "changed" if says else "same"
    if not account.active:
        state = "back"
    return RosterLine(state, person.name, person.shown, tuple(says))


def take_people(wp: Workplace, by: By, rows: Sequence[Row], mark: str, stop: bool) -> int:
    """Takes a list of people over as it was looked at; how many lines changed something. `stop`:
    the accounts of those who are not in it are stopped."""
    with wp.store.together():
        plan = plan_people(wp, by, rows)
        _must_be_seen(plan, mark)
        with wp.store.read() as session:
            people, _ = _people(session, rows)
            known = {account.name: account for account in queries.accounts.everybody(session)}
        for person, line in zip(people, plan.lines):
            if line.state == "new":
                registration.add_person(
                    wp, by, person.name, person.shown, person.role, person.department
                )
            elif line.state != "same":
                _changed(wp, by, person, known[person.name])
        gone = [line.key for line in plan.lines if line.state == "gone"]
        if stop and gone:
            sso.stop_gone(wp, by, gone, "人事の一覧にない")
        return len(plan.changes) - (0 if stop else len(gone))


def _changed(wp: Workplace, by: By, person: _Person, account: Account) -> None:
    if account.role != person.role:
        sign_in.set_role(wp, by, person.name, person.role)
    if (account.shown, account.department_id) != (person.shown, person.department):
        registration.correct_account(wp, by, person.name, person.shown, person.department)
    if not account.active:
        sign_in.set_active(wp, by, person.name, True)


# ---- first passwords


def without_way_in(wp: Workplace, asking: str) -> list[Account]:
    """Everybody but who is asking who may sign in and has neither a password nor a tie to the
    city's own sign-in."""
    with wp.store.read() as session:
        tied = set(queries.accounts.tied(session))
        return [
            account
            for account in queries.accounts.active(session)
            if account.password is None and account.id not in tied and account.name != asking
        ]


def give_passwords(wp: Workplace, by: By) -> list[tuple[str, str, str]]:
    """(sign-in name, name, first password) of everybody without a way in; each changes theirs
    first. Nobody can ask for them again: they are kept as hashes only. PiaError where there is
    nobody."""
    waiting = without_way_in(wp, by.actor)
    if not waiting:
        raise PiaError("パスワードのない利用者はいません。")
    made = []
    for account in waiting:
        password = passwords.generated()
        sign_in.set_password(wp, by, account.name, password)
        made.append((account.name, account.shown, password))
    return made
