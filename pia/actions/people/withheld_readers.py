"""Who may read the withheld words of one document, as the office sets it with a reason
(規則第10条第2項).

Knows whom the office may name. Must not know who may read what in the end: that is asked of
`rights`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments, sessions
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Department
from ..access import noted
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class ReaderSet:
    """One change of who may read a document's withheld words."""

    who: str
    allowed: bool
    reason: str
    actor: str
    at: Any
    holds: bool


def reader_history(wp: Workplace, key: str) -> list[ReaderSet]:
    """What was set for a document, newest first; `holds` marks what counts now."""
    from ..access.names import shown_name

    with wp.store.read() as session:
        assessment = assessments.by_key(session, key)
        withheld_readers = queries.sign_in.readers_set(session, assessment.id)
        last: dict[str, int] = {}
        for row in reversed(withheld_readers):
            last[row.who] = row.id
        reader_sets = []
        for x in withheld_readers:
            reader_sets.append(
                ReaderSet(
                    _named(session, x.who, wp),
                    x.allowed,
                    x.reason,
                    shown_name(session, x.actor),
                    x.at,
                    last[x.who] == x.id,
                )
            )
        return reader_sets


def default_readers(wp: Workplace) -> list[str]:
    """Who may read withheld words where nothing was set for a document, in words."""
    from ..access.roles import ROLES

    line_ = wp.rights["rights"]["withheld"]
    names = []
    for role in line_["roles"]:
        names.append((role, ROLES.get(role, "会議の端末")))
    own = []
    for row, words in names:
        if row in line_.get("own", ()):
            own.append(words)
    given_to = []
    for row, words in names:
        if row in line_.get("given", ()):
            given_to.append(words)
    others = []
    for row, words in names:
        if row not in (*line_.get("own", ()), *line_.get("given", ())):
            others.append(words)
    if own:
        departments = [f"担当の課の{'・'.join(own)}"]
    else:
        departments = []
    return [
        *departments,
        *others,
        *([f"この評価書を諮られた審議会の{'・'.join(given_to)}"] if given_to else []),
    ]


def reader_choices(wp: Workplace) -> dict[str, str]:
    """Whom the office may name: roles, departments, people."""
    from ..access.roles import ROLES

    with wp.store.read() as session:
        out = {}
        for name, words in ROLES.items():
            out[f"role:{name}"] = f"役割：{words}"
        out |= {
            f"department:{department.id}": f"課：{department.name}"
            for department in queries.departments.open_departments(session)
        }
        return out | {
            f"account:{account.name}": f"利用者：{account.shown}（{account.name}）"
            for account in queries.accounts.active(session)
        }


def _named(session: Session, who: str, wp: Workplace) -> str:
    from ..access.roles import ROLES

    kind, _, name = who.partition(":")
    if kind == "role":
        return f"役割：{ROLES.get(name, name)}"
    if kind == "department":
        department = session.get(Department, int(name))
        return f"課：{department.name if department else name}"
    shown = queries.accounts.shown_of(session, name)
    return f"利用者：{shown or name}（{name}）"


def set_reader(wp: Workplace, by: By, key: str, who: str, allowed: bool, reason: str) -> None:
    """The office sets who may read the withheld words of a document, with a reason.

    What was set before stays on record.
    """
    if who not in reader_choices(wp):
        raise PiaError("だれについて変えるかを選んでください。")
    if not reason.strip():
        raise PiaError("非公表部分を読める人を変える理由を入力してください。")
    with wp.store.begin() as session:
        assessment = assessments.by_key(session, key)
        if not allowed and _of_the_office(session, who):
            raise PiaError("事務局は、提出と公表で全文を扱うため、外せません。")
        session.add(
            sessions.WithheldReader(
                assessment_id=assessment.id,
                who=who,
                allowed=allowed,
                reason=reason.strip(),
                **acted(by),
            )
        )
        log.entry(
            session,
            by,
            "withheld.reader",
            key,
            {"who": who, "allowed": allowed, "reason": reason.strip()},
        )


def _of_the_office(session: Session, who: str) -> bool:
    kind, _, name = who.partition(":")
    if kind == "account":
        role = queries.accounts.role_of(session, name)
    elif kind == "role":
        role = name
    else:
        role = None
    return role == "secretariat"


_NOTED: WeakKeyDictionary[Any, set[tuple[str, int, date]]] = WeakKeyDictionary()


def note_reads(wp: Workplace, by: By, assessments_: Iterable[int]) -> None:
    """Puts on record that a person read withheld words of these documents: once a day for each
    document and process, so that the record stays readable.
    """
    known = _NOTED.setdefault(wp.store.engine, set())
    new = []
    for assessment in sorted(assessments_):
        if (by.actor, assessment, by.day) not in known:
            new.append(assessment)
    if not new:
        return
    with wp.store.read() as session:
        keys = [session.get_one(Assessment, assessment).key for assessment in new]
    for key in keys:
        noted.note(wp, by, "withheld.read", key, {"day": by.day.isoformat()})
    known.update((by.actor, assessment, by.day) for assessment in new)
