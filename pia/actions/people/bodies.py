"""Bodies (評価実施機関): which there are; added, and given another name that leaves the one before
in the record. And how far a city has been set up.

Knows no page.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.queries.register import AffairFilter
from ...store.rows.bodies import Body
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body with the names it had: (name, the day it was given up)."""

    id: int
    name: str
    former: tuple[tuple[str, date], ...]


def listed(wp: Workplace) -> tuple[BodyView, ...]:
    """Every body, in the order they were made."""
    with wp.store.read() as session:
        former = defaultdict(list)
        for entry in queries.audit_entries.renamed_bodies(session):
            day = By(entry.actor, entry.role, entry.at).day
            former[entry.target].append((str(entry.detail["from"]), day))
        return tuple(
            BodyView(body.id, body.name, tuple(former[str(body.id)]))
            for body in queries.departments.bodies(session)
        )


def add(wp: Workplace, by: By, name: str) -> None:
    """A new body. PiaError when the name is taken."""
    with wp.store.begin() as session:
        _free(session, name)
        body = Body(name=name, facts={})
        session.add(body)
        session.flush()
        log.entry(session, by, "body.add", str(body.id), {"name": name})


def rename(wp: Workplace, by: By, number: int, name: str) -> None:
    """Another name from now on; the one before stays in the record."""
    with wp.store.begin() as session:
        one = row_of(session, Body, number, "評価実施機関")
        if name == one.name:
            raise PiaError(f"「{name}」は、今の名前と同じです。")
        _free(session, name)
        log.entry(session, by, "body.rename", str(one.id), {"from": one.name, "to": name})
        one.name = name


def _free(session: Session, name: str) -> None:
    if queries.departments.body_named(session, name) is not None:
        raise PiaError(f"「{name}」という評価実施機関は、もうあります。")


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far a city has been set up: how many there are of each, and `waiting` people without a
    way to sign in."""

    bodies: int
    departments: int
    people: int
    offices: int
    waiting: int
    councils: int
    members: int
    affairs: int
    documents: int


def how_far(wp: Workplace) -> SetUp:
    """Counts what a city has set up."""
    with wp.store.read() as session:
        active = queries.accounts.active(session)
        tied = set(queries.accounts.tied(session))
        waiting = [one for one in active if one.password is None and one.id not in tied]
        documents = [
            one
            for one, _, seq, _ in queries.imports.documents(session)
            if seq is not None and one.withdrawn is None
        ]
        return SetUp(
            bodies=len(queries.departments.bodies(session)),
            departments=len(queries.departments.open_departments(session)),
            people=queries.accounts.staff(session),
            offices=sum(one.role == "secretariat" for one in active),
            waiting=len(waiting),
            councils=len(queries.councils.councils(session)),
            members=len(queries.councils.all_members(session)),
            affairs=queries.register.count(session, AffairFilter()),
            documents=len(documents),
        )
