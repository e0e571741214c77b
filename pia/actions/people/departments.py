"""Departments: which there are, with their affairs and people; added, renamed, put in order,
closed, and what they hold moved to another.

A department is never taken out: closed, it stays with what is recorded of it. Former names are read
from the record of acts. Knows no page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...store import queries
from ...store.ledger import log
from ...store.rows.bodies import Account, Affair, Department
from ..workplace import Workplace, row_of
from .registration import body_named


@dataclass(frozen=True, slots=True)
class Belonging:
    """An affair or a person of a department; `open` while it stands in the way of closing."""

    id: int
    name: str
    says: str
    open: bool


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """One department with its affairs and its people."""

    id: int
    body: str
    name: str
    closed: date | None
    former: tuple[tuple[str, date], ...]  # (name, the day it was given up)
    affairs: tuple[Belonging, ...]
    people: tuple[Belonging, ...]
    digital: bool


def listed(wp: Workplace) -> tuple[DepartmentView, ...]:
    """All departments by body, in the administrator's order, closed ones last."""
    with wp.store.read() as session:
        affairs = defaultdict(list)
        people = defaultdict(list)
        former = defaultdict(list)
        for affair in queries.affairs.by_number(session):
            words = f"評価書番号{affair.number}"
            if affair.ended:
                words += "・終了"
            affairs[affair.department_id].append(
                Belonging(affair.id, affair.name, words, affair.ended is None)
            )
        for account in queries.accounts.everybody(session):
            words = account.name
            if not account.active:
                words += "・停止中"
            people[account.department_id].append(
                Belonging(account.id, account.shown, words, account.active)
            )
        for audit_entry in queries.audit_entries.renamed_departments(session):
            former[audit_entry.target].append(
                (
                    str(audit_entry.detail["from"]),
                    By(audit_entry.actor, audit_entry.role, audit_entry.at).day,
                )
            )
        rows = queries.departments.with_bodies(session)
        listeds = []
        for department, body in rows:
            listeds.append(
                DepartmentView(
                    department.id,
                    body.name,
                    department.name,
                    department.closed,
                    tuple(former[str(department.id)]),
                    tuple(affairs[department.id]),
                    tuple(people[department.id]),
                    bool(department.digital),
                )
            )
        return tuple(listeds)


def add(wp: Workplace, by: By, body: str, name: str) -> None:
    """A new department of a body. PiaError when the name is taken."""
    with wp.store.begin() as session:
        owner = body_named(session, body)
        _free(session, owner.id, name)
        last = queries.departments.last_position(session, owner.id) or 0
        department = Department(body_id=owner.id, name=name, position=last + 1)
        session.add(department)
        session.flush()
        log.entry(session, by, "department.add", str(department.id), {"name": name, "body": body})


def rename(wp: Workplace, by: By, number: int, name: str) -> None:
    """Another name from now on; the one before stays in the record."""
    with wp.store.begin() as session:
        department = row_of(session, Department, number, "課")
        if name == department.name:
            raise PiaError(f"「{name}」は、今の名前と同じです。")
        _free(session, department.body_id, name)
        log.entry(
            session,
            by,
            "department.rename",
            str(department.id),
            {"from": department.name, "to": name},
        )
        department.name = name


def _free(session: Session, body: int, name: str) -> None:
    if queries.departments.id_named(session, body, name):
        raise PiaError(
            f"「{name}」という課は、もうあります（閉じた課の名前も使えません。"
            "また使うときは、閉じた課を開き直してください）。"
        )


def shift(wp: Workplace, by: By, number: int, up: bool) -> None:
    """One place up or down among the open departments of its body; at the end nothing changes."""
    with wp.store.begin() as session:
        moved = row_of(session, Department, number, "課")
        departments = queries.departments.open_of_body(session, moved.body_id)
        if moved not in departments:
            raise PiaError(f"「{moved.name}」は閉じているため、並べ替えられません。")
        at = departments.index(moved)
        departments.insert(max(0, at - 1) if up else at + 1, departments.pop(at))
        for index, department in enumerate(departments, 1):
            department.position = index
        log.entry(
            session,
            by,
            "department.order",
            str(moved.id),
            {"order": [department.name for department in departments]},
        )


def close(wp: Workplace, by: By, number: int) -> None:
    """Closes a department.

    Refused while it has affairs that have not ended or people who can sign in, with each of them.
    """
    with wp.store.begin() as session:
        department = row_of(session, Department, number, "課")
        affairs = queries.affairs.running_in(session, department.id)
        unmet = []
        for affair in affairs:
            unmet.append(
                f"評価書番号{affair.number}「{affair.name}」を、ほかの課に移してください。"
            )
        people = queries.accounts.active_in(session, department.id)
        for person in people:
            unmet.append(
                f"{person.shown}（{person.name}）を、ほかの課に移すか、利用を止めてください。"
            )
        asked = queries.assignments.count_waiting_in(session, department.id)
        if asked:
            unmet.append(f"割り当てた意見・質問{asked}件を、ほかの課に割り当て直してください。")
        if unmet:
            raise Refused(
                f"「{department.name}」には、事務か利用者が残っているため、閉じられません。"
                "先に次のことが必要です。",
                tuple(unmet),
            )
        if department.closed is None:
            department.closed = by.day
            log.entry(
                session, by, "department.close", str(department.id), {"name": department.name}
            )


def reopen(wp: Workplace, by: By, number: int) -> None:
    """Opens a department that was closed."""
    with wp.store.begin() as session:
        department = row_of(session, Department, number, "課")
        last = queries.departments.last_position(session, department.body_id) or 0
        department.closed = None
        department.position = last + 1
        log.entry(session, by, "department.open", str(department.id), {"name": department.name})


def set_digital(wp: Workplace, by: By, number: int, on: bool) -> None:
    """Says whether a department is the city's 情報部門. Refused for one that is closed."""
    with wp.store.begin() as session:
        department = row_of(session, Department, number, "課")
        if department.closed is not None:
            raise Refused(f"「{department.name}」は閉じているため、情報部門にできません。")
        department.digital = on
        about = {"name": department.name, "digital": on}
        log.entry(session, by, "department.digital", str(department.id), about)


def move(
    wp: Workplace, by: By, number: int, to: int, affairs: Sequence[int], people: Sequence[int]
) -> None:
    """Moves affairs and people (ids) to another open department of the same body.

    PiaError where one of them is not there any more.
    """
    with wp.store.begin() as session:
        department = row_of(session, Department, number, "課")
        other = row_of(session, Department, to, "移す先の課")
        if (
            other.id == department.id
            or other.body_id != department.body_id
            or other.closed is not None
        ):
            raise PiaError("移す先には、同じ評価実施機関の、閉じていないほかの課を選んでください。")
        if not affairs and not people:
            raise PiaError("移す事務か利用者を選んでください。")
        moved: dict[str, list[str]] = {}
        for kind, column, ids in ((Affair, Affair.key, affairs), (Account, Account.name, people)):
            names = queries.departments.names_held(session, department.id, kind, column, ids)
            if len(names) != len(set(ids)):
                raise PiaError(
                    "選んだものの一部は、もうこの課にありません。"
                    "画面を開き直して、選び直してください。"
                )
            session.execute(update(kind).where(kind.id.in_(ids)).values(department_id=other.id))
            moved[kind.__tablename__] = sorted(names)
        log.entry(session, by, "department.move", str(department.id), {"to": other.id, **moved})
