"""Registering who and what there is: bodies, departments, accounts, affairs with their threshold
judgement, and the 計画管理書's head (規則第3条, 第5条第1項, 第6条第1項, 第7条第1項).

A judgement is computed from the counts each time; nobody types a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...domain.procedure import threshold
from ...domain.procedure.duties import years_after
from ...domain.procedure.incidents import weighs
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Account, Affair, Body, Department, ThresholdFact, name_of
from ...store.rows.plan import PlanHead
from ..access.roles import ROLES
from ..workplace import Workplace
from . import passwords

KINDS = ("all_item", "key_item", "basic_item")
UNNAMED = "（評価実施機関名なし）"  # the body of what nobody said the body of


def body_named(session: Session, name: str) -> Body:
    """The body of that name. PiaError when there is none."""
    body = queries.departments.body_named(session, name)
    if body is None:
        body = Body(name=name, facts={})
        session.add(body)
        session.flush()
    return body


def department_named(session: Session, body: Body, name: str | None) -> Department | None:
    """The department of that name; None for no name. PiaError when none is open."""
    if not name:
        return None
    department = queries.departments.named(session, body.id, name)
    if department is None:
        department = Department(body_id=body.id, name=name)
        session.add(department)
        session.flush()
    if department.closed is not None:
        raise PiaError(
            f"「{name}」は閉じた課です。ほかの課を選ぶか、管理者に課を開き直してもらってください。"
        )
    return department


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is to be made: sign-in name, name on pages, role, body and department."""

    name: str
    shown: str
    role: str
    body: str
    department: str | None = None


def add_account(
    wp: Workplace, by: By, new: NewAccount, password: str | None = None, kept: str | None = None
) -> None:
    """An account; without a password nobody can sign in with it yet.

    `kept`: the hash of a password, where it is known already. PiaError when the name is taken, the
    role unknown or the password too simple. Who is given a password changes it first.
    """
    if not is_name(new.name):
        raise PiaError("サインインの名前は、半角の英数字と - . _ で付けてください。")
    if password is not None:
        kept = passwords.hashed(
            password, (new.name, new.shown, new.body, new.department or ""), wp.sign_in.leaked
        )
    if new.role not in ROLES:
        raise PiaError(
            f"役割「{new.role}」はありません。{'、'.join(ROLES)} のいずれかを指定してください。"
        )
    with wp.store.begin() as session:
        if queries.accounts.id_of(session, new.name):
            raise PiaError(f"利用者「{new.name}」は、もう登録されています。")
        office = None
        if new.department or new.body not in ("", UNNAMED):
            office = department_named(session, body_named(session, new.body), new.department)
        session.add(
            Account(
                name=new.name,
                shown=new.shown,
                role=new.role,
                department_id=office.id if office else None,
                password=kept,
                active=True,
                renew=password is not None or None,
            )
        )
        log.entry(session, by, "account.add", new.name, {"role": new.role})


def add_person(wp: Workplace, by: By, name: str, shown: str, role: str, office: int | None) -> None:
    """An account of a list of people, without a password: department by its number."""
    with wp.store.begin() as session:
        session.add(Account(name=name, shown=shown, role=role, department_id=office, active=True))
        log.entry(session, by, "account.add", name, {"role": role})


def correct_account(wp: Workplace, by: By, name: str, shown: str, office: int | None) -> None:
    """Another name on pages or another department (by its number) from now on; those before stay in
    the record."""
    with wp.store.begin() as session:
        one = queries.accounts.named(session, name)
        if one is None:
            raise PiaError(f"利用者「{name}」は登録されていません。")
        names = queries.departments.names(session)
        before = {"shown": one.shown, "department": names.get(one.department_id or 0, "")}
        one.shown = shown
        one.department_id = office
        after = {"shown": shown, "department": names.get(office or 0, "")}
        log.entry(session, by, "account.correct", name, {"before": before, "after": after})


def correct_affair(wp: Workplace, by: By, key: str, number: str, name: str, reason: str) -> None:
    """Another number or name of an affair from now on; those before stay in the record with the
    reason. PiaError when the number is taken in its body."""
    with wp.store.begin() as session:
        one = queries.affairs.of_key(session, key)
        if one is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        other = _holder(session, one.body_id, number)
        if other is not None and other.id != one.id:
            raise PiaError(f"評価書番号{number}は、「{other.name}」で使われています。")
        before = {"number": one.number, "name": one.name}
        after = {"number": number, "name": name}
        if before == after:
            raise PiaError("番号も名称も、今と同じです。")
        one.number = number
        one.name = name
        about = {"before": before, "after": after, "reason": reason}
        log.entry(session, by, "affair.correct", key, about)


def corrections_of(wp: Workplace, key: str) -> list[log.AuditEntry]:
    """The entries by which an affair got another number or name, in order."""
    with wp.store.read() as session:
        entries = queries.audit_entries.of_target(session, "affair.correct", key)
        return [one for one in entries if {"number", "name"} & set(one.detail["before"])]


def is_name(name: str) -> bool:
    """Whether this can be the name of an account: printable ASCII without space and @ ~ / :."""
    if not name or not name.isascii() or not name.isprintable():
        return False
    return not any(letter.isspace() or letter in "@~/:" for letter in name)


def accounts(wp: Workplace) -> list[tuple[str, str, str, str]]:
    """(sign-in name, shown name, role, department) of every account."""
    with wp.store.read() as session:
        pairs = queries.accounts.with_departments_in_order(session)
        rows = []
        for account, department in pairs:
            rows.append((account.name, account.shown, account.role, name_of(department)))
        return rows


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as the administrator sees it."""

    name: str
    shown: str
    role: str
    department: str
    active: bool
    has_password: bool
    second: bool
    tied: bool


def people(wp: Workplace) -> list[AccountView]:
    """Every account, for a list."""
    with wp.store.read() as session:
        rows = queries.accounts.with_departments_in_order(session)
        tied = set(queries.accounts.tied(session))
        knowns = []
        for account, department in rows:
            knowns.append(
                AccountView(
                    account.name,
                    account.shown,
                    account.role,
                    name_of(department),
                    account.active,
                    account.password is not None,
                    account.totp is not None,
                    account.id in tied,
                )
            )
        return knowns


def bodies(wp: Workplace) -> list[str]:
    """The names of the bodies."""
    with wp.store.read() as session:
        return queries.departments.body_names_in_order(session)


@dataclass(frozen=True, slots=True)
class NewAffair:
    """An affair that is to be registered, with the kinds of its assessments."""

    key: str
    number: str
    name: str
    body: str
    department: str | None
    facts: Mapping[str, Any]
    kinds: tuple[str, ...] = ()


def register_affair(wp: Workplace, by: By, new: NewAffair) -> None:
    """An affair and its (still empty) documents: KEY-basic always, KEY for a 重点 or 全項目.

    PiaError when the number is taken in this body (R4).
    """
    with wp.store.begin() as session:
        make_affair(
            session,
            by,
            new,
        )
        log.entry(
            session,
            by,
            "affair.register",
            new.key,
            {"number": new.number, "kinds": list(new.kinds)},
        )


def make_affair(session: Session, by: By, new: NewAffair) -> Affair:
    """An affair with its assessments. PiaError when key or number is taken."""
    owner = body_named(session, new.body)
    if queries.affairs.id_of_key(session, new.key):
        raise PiaError(f"事務「{new.key}」は、もう登録されています。")
    documents = {}
    for kind in new.kinds:
        documents[kind] = f"{new.key}-basic" if kind == "basic_item" else new.key
    taken_key = queries.assessments.key_taken(session, documents.values())
    if taken_key is not None:
        raise PiaError(f"「{taken_key}」は、ほかの事務の評価書の番地です。別の名前にしてください。")
    if _holder(session, owner.id, new.number) is not None:
        raise PiaError(
            f"評価書番号{new.number}は、{new.body}のほかの事務で使われています。"
            "計画管理書で番号を確かめてください。"
        )
    office = department_named(session, owner, new.department)
    affair = Affair(
        key=new.key,
        body_id=owner.id,
        number=new.number,
        name=new.name,
        department_id=office.id if office else None,
        facts=dict(new.facts),
    )
    session.add(affair)
    session.flush()
    for kind, own in documents.items():
        session.add(Assessment(key=own, affair_id=affair.id, kind=kind, created=by.at))
    session.flush()
    return affair


def _holder(session: Session, body_id: int, number: str) -> Affair | None:
    """The affair that has a number in a body. One whose registration was taken back gives it up."""
    one = queries.affairs.numbered(session, body_id, number)
    if one is None or one.withdrawn is None:
        return one
    one.number = f"{number}（取消し{one.id}）"
    session.flush()
    return None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a threshold judgement rests on: people and handlers, each with its day, and whether
    there was an incident."""

    people: int
    handlers: int
    incident: bool
    counted_people: date
    counted_handlers: date


def judged(wp: Workplace, counts: Counts) -> threshold.Judgement:
    """What these counts ask for. PiaError for a negative number."""
    return threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)


def weighing(session: Session, body_id: int, day: date) -> bool:
    """Whether a 重大事故 of a body is on record that happened, or became known, within the year
    before a day."""
    since = years_after(day, -2)
    for row in queries.incidents.known_between(session, body_id, since):
        if weighs(row.occurred, row.known, day):
            return True
    return False


def count(wp: Workplace, by: By, key: str, counts: Counts) -> threshold.Judgement:
    """Records the counts an affair is judged by, each with its own day (R5), and says which
    assessment is due. A 重大事故 of the body that is on record counts, whatever was typed.
    """
    with wp.store.begin() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            raise PiaError(f"事務「{key}」はありません。先に登録してください。")
        if weighing(session, affair.body_id, by.day):
            counts = replace(counts, incident=True)
        judgement = judged(wp, counts)
        session.add(
            ThresholdFact(
                affair_id=affair.id,
                people=counts.people,
                handlers=counts.handlers,
                incident=counts.incident,
                counted_people=counts.counted_people,
                counted_handlers=counts.counted_handlers,
                **acted(by),
            )
        )
        log.entry(
            session,
            by,
            "affair.count",
            key,
            {
                "people": counts.people,
                "handlers": counts.handlers,
                "incident": counts.incident,
                "due": judgement.due,
            },
        )
    return judgement


def plan_head(wp: Workplace, by: By, body: str, facts: Mapping[str, Any]) -> None:
    """What the 計画管理書 says at its head; its lines are made from the affairs."""
    with wp.store.begin() as session:
        session.add(PlanHead(body_id=body_named(session, body).id, facts=dict(facts), **acted(by)))
        log.entry(session, by, "plan.head", body, dict(facts))


def offices_of(wp: Workplace, affair: str) -> dict[int, str]:
    """The open departments of an affair's body, by number."""
    with wp.store.read() as session:
        names = {}
        for row in queries.departments.open_for_affair(session, affair):
            names[row.id] = row.name
        return names


def give_department(wp: Workplace, by: By, affair: str, department: int) -> str:
    """Gives an affair that has none the department that writes it.

    PiaError where it has one (the administrator moves it) or the department is another body's.
    Returns the department's name.
    """
    with wp.store.begin() as session:
        row = queries.affairs.of_key(session, affair)
        if row is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        if row.department_id is not None:
            raise PiaError("担当の課は、もう決まっています。移すときは、管理者に頼んでください。")
        office = session.get(Department, department)
        if office is None or office.body_id != row.body_id or office.closed is not None:
            raise PiaError("担当の課を選び直してください。")
        row.department_id = office.id
        log.entry(session, by, "affair.department", affair, {"department": office.name})
        return office.name
