"""The record of acts, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from types import MappingProxyType
from typing import Any

from sqlalchemy import LargeBinary, Row, String, cast, func, or_, select
from sqlalchemy.orm import Session

from ..ledger import chains, log
from ..ledger.log import AuditEntry, Request


def in_order(session: Session) -> Iterator[AuditEntry]:
    """Every entry of the record, chain by chain; not all at once in memory."""
    yield from session.scalars(select(AuditEntry).order_by(AuditEntry.chain, AuditEntry.seq))


def chain_names(session: Session) -> list[str]:
    """The names of all chains, in order; each is looked up by itself, however long they are."""
    names: list[str] = []
    last: str | None = ""
    while last is not None:
        last = session.scalar(select(func.min(AuditEntry.chain)).where(AuditEntry.chain > last))
        if last is not None:
            names.append(last)
    return names


def is_any_waiting(session: Session) -> bool:
    """Whether an act waits to be entered in its chain."""
    return session.scalar(select(log.WaitingEntry.id).limit(1)) is not None


def waiting(session: Session) -> int:
    """How many acts wait to be entered in their chain."""
    return session.scalar(select(func.count(log.WaitingEntry.id))) or 0


def unknown_sign_ins(session: Session, at: datetime) -> list[AuditEntry]:
    """The entries of sign-ins nobody is tied to, since an instant, newest first."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "access.unknown", AuditEntry.at >= at)
            .order_by(AuditEntry.seq.desc())
        )
    )


def renamed_departments(session: Session) -> list[AuditEntry]:
    """The entries of departments that got another name, in order."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "department.rename")
            .order_by(AuditEntry.seq)
        )
    )


def of_target(session: Session, action: str, target: str) -> list[AuditEntry]:
    """The entries of an act about one thing, in order."""
    of = select(AuditEntry).where(AuditEntry.action == action, AuditEntry.target == target)
    return list(session.scalars(of.order_by(AuditEntry.at, AuditEntry.seq)))


def renamed_bodies(session: Session) -> list[AuditEntry]:
    """The entries of bodies that got another name, in order."""
    of = select(AuditEntry).where(AuditEntry.action == "body.rename")
    return list(session.scalars(of.order_by(AuditEntry.seq)))


def seals(session: Session) -> list[AuditEntry]:
    """The entries by which migrations sealed what there was."""
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger.seal")))


def heads(session: Session) -> list[AuditEntry]:
    """The entries that bind the chains, in order."""
    return list(
        session.scalars(
            select(AuditEntry).where(AuditEntry.chain == log.HEADS).order_by(AuditEntry.seq)
        )
    )


def last_heads(session: Session) -> AuditEntry | None:
    """The entry that bound the chains last; None before the first."""
    return session.scalar(
        select(AuditEntry)
        .where(AuditEntry.chain == log.HEADS)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )


def of_actions(session: Session, actions: Iterable[str]) -> list[AuditEntry]:
    """The entries of these acts in the chain of the house, in order."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(AuditEntry.chain == log.MAIN, AuditEntry.action.in_(actions))
            .order_by(AuditEntry.seq)
        )
    )


def earliest(session: Session) -> datetime | None:
    """When the first entry of all was made; None before it."""
    return session.scalar(select(AuditEntry.at).order_by(AuditEntry.at).limit(1))


def last_disclosure_read(session: Session, target: str, actor: str) -> datetime | None:
    """When somebody read a record of a 開示請求 last; None before that."""
    return session.scalar(
        select(AuditEntry.at)
        .where(
            AuditEntry.action == "disclosure.read",
            AuditEntry.target == target,
            AuditEntry.actor == actor,
        )
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )


def last_heads_at(session: Session) -> datetime | None:
    """When the chains were bound last; None before the first."""
    return session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.chain == log.HEADS)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )


def instants(session: Session) -> list[datetime]:
    """When the acts on record were done."""
    return list(session.scalars(select(AuditEntry.at).where(AuditEntry.chain != log.HEADS)))


def first_at(session: Session) -> datetime | None:
    """When the first entry of the chain of the house was made; None before it."""
    return session.scalar(
        select(AuditEntry.at).where(AuditEntry.chain == log.MAIN).order_by(AuditEntry.seq).limit(1)
    )


def last_at(session: Session) -> datetime | None:
    """When the last act on record was done; None before the first."""
    last = newest(session, 1)
    return last[0].at if last else None


def count(session: Session) -> int | None:
    """How many entries the record has."""
    return session.scalar(select(func.count()).select_from(AuditEntry))


def request_answered(session: Session, key: str) -> str | None:
    """The key of a request that was carried out; None when it was not."""
    return session.scalar(
        select(Request.key).where(Request.key.startswith(f"{key}/", autoescape=True)).limit(1)
    )


def columns_in_order(session: Session) -> Iterator[Any]:
    """Every entry of the record as a row of its columns, chain by chain; 500 at a time in
    memory."""
    entry = AuditEntry
    query = select(
        entry.chain,
        entry.seq,
        entry.v,
        entry.prev,
        entry.hash,
        entry.actor,
        entry.role,
        entry.at,
        entry.action,
        entry.target,
        entry.detail,
        entry.nonce,
        entry.rows,
    ).order_by(entry.chain, entry.seq)
    yield from session.execute(query.execution_options(yield_per=500))


def since(session: Session, action: str, at: datetime) -> int:
    """How many entries of an act there are since an instant."""
    mine = (AuditEntry.chain != log.HEADS, AuditEntry.action == action, AuditEntry.at >= at)
    return session.scalar(select(func.count()).where(*mine)) or 0


def last_of(session: Session, action: str) -> AuditEntry | None:
    """The last entry of an act in the chain of the house; None before the first."""
    mine = (AuditEntry.chain == log.MAIN, AuditEntry.action == action)
    return session.scalar(select(AuditEntry).where(*mine).order_by(AuditEntry.seq.desc()).limit(1))


def newest_first(session: Session, action: str) -> Iterator[AuditEntry]:
    """The entries of an act in the chain of the house, newest first; read no further than asked
    for."""
    mine = (AuditEntry.chain == log.MAIN, AuditEntry.action == action)
    rows = select(AuditEntry).where(*mine).order_by(AuditEntry.seq.desc())
    yield from session.scalars(rows.execution_options(yield_per=1))


def newest_since(session: Session, at: datetime) -> Iterator[AuditEntry]:
    """The entries of the chain of the house back to an instant, newest first."""
    rows = select(AuditEntry).where(AuditEntry.chain == log.MAIN).order_by(AuditEntry.seq.desc())
    for entry in session.scalars(rows.execution_options(yield_per=50)):
        if entry.at < at:
            return
        yield entry


def of_action(session: Session, action: str) -> list[AuditEntry]:
    """The entries of an act in the chain of the house, newest first."""
    mine = (AuditEntry.chain == log.MAIN, AuditEntry.action == action)
    return list(session.scalars(select(AuditEntry).where(*mine).order_by(AuditEntry.seq.desc())))


def of_actions_about(session: Session, target: str, actions: Iterable[str]) -> list[AuditEntry]:
    """The entries of these acts about a target in the chain of the house, oldest first."""
    mine = (AuditEntry.chain == log.MAIN, AuditEntry.target == target)
    kinds = AuditEntry.action.in_(actions)
    return list(session.scalars(select(AuditEntry).where(*mine, kinds).order_by(AuditEntry.seq)))


def lately_in(session: Session, name: str, at: datetime) -> list[AuditEntry]:
    """The entries by which a sign-in name came in or showed who it is, since an instant."""
    of_person = (AuditEntry.target == name, AuditEntry.at >= at)
    signed_in = AuditEntry.action.in_(("access.in", "access.proved"))
    return list(session.scalars(select(AuditEntry).where(*of_person, signed_in)))


def last_sign_ins(session: Session) -> Sequence[Row[str, datetime]]:
    """(sign-in name, when it came in last) of everybody who ever did."""
    entered = (
        select(AuditEntry.target, func.max(AuditEntry.seq))
        .where(AuditEntry.chain == log.MAIN, AuditEntry.action == "access.in")
        .group_by(AuditEntry.target)
        .subquery()
    )
    return session.execute(
        select(AuditEntry.target, AuditEntry.at)
        .join(entered, entered.c[1] == AuditEntry.seq)
        .where(AuditEntry.chain == log.MAIN)
    ).all()


def between(
    session: Session,
    period: tuple[datetime, datetime],
    actions: Iterable[str],
    patterns: Iterable[str],
    actor: str = "",
    action: str = "",
) -> list[AuditEntry]:
    """The entries from the first instant of a period to before its end, newest first, of these acts
    or acts like one of the patterns; of one actor and one act where they are named."""
    first, end = period
    query = select(AuditEntry).where(
        AuditEntry.chain != log.HEADS, AuditEntry.at >= first, AuditEntry.at < end
    )
    query = query.where(or_(AuditEntry.action.in_(actions), *map(AuditEntry.action.like, patterns)))
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where(AuditEntry.action == action)
    newest_first = (AuditEntry.at.desc(), AuditEntry.chain, AuditEntry.seq.desc())
    return list(session.scalars(query.order_by(*newest_first)))


def newest(
    session: Session, most: int, before: Mapping[str, int] = MappingProxyType({}), actor: str = ""
) -> list[AuditEntry]:
    """At most so many acts, newest first: of each chain those before a number, where one is given,
    and of one actor where they are named."""
    entries: list[AuditEntry] = []
    for chain in chains.all_names(session):
        query = (
            select(AuditEntry)
            .where(AuditEntry.chain == chain)
            .order_by(AuditEntry.seq.desc())
            .limit(most)
        )
        if chain in before:
            query = query.where(AuditEntry.seq < before[chain])
        if actor:
            query = query.where(AuditEntry.actor == actor)
        entries += session.scalars(query)
    return _merged(entries)[:most]


def _merged(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """The newest first; within a chain by number, whatever the clock said."""
    by_chain: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        by_chain.setdefault(entry.chain, []).append(entry)
    return list(merge(*by_chain.values(), key=lambda entry: entry.at, reverse=True))


def bytes_taken(session: Session) -> int:
    """What the entries take as text in the database, without its indexes."""
    columns = []
    for column in AuditEntry.__table__.columns:
        if column.name not in ("seq", "v"):
            columns.append(column)
    if session.get_bind().dialect.name == "sqlite":
        sizes = []
        for column in columns:
            sizes.append(func.length(cast(column, LargeBinary)))
    else:
        sizes = []
        for column in columns:
            sizes.append(func.octet_length(cast(column, String)))
    return sum(int(size or 0) for size in session.execute(select(*map(func.sum, sizes))).one())


def written_rows(
    session: Session, chain: str, after: int, most: int
) -> list[tuple[int, Mapping[str, Any]]]:
    """(number, table → key → digest) of at most so many entries of a chain after one, in order."""
    of = select(AuditEntry.seq, AuditEntry.rows).where(
        AuditEntry.chain == chain, AuditEntry.seq > after
    )
    found = []
    for number, rows in session.execute(of.order_by(AuditEntry.seq).limit(most)):
        found.append((number, json.loads(rows) if rows else {}))
    return found
