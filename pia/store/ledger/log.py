"""The audit log: one entry per act, each holding the hash of the one before, so no entry can be
altered, dropped or put between unnoticed; and the digests of the rows its act wrote, so no row can
either.

Knows how entries are chained and what answer a repeated request gets. Must not know what the acts
mean. Entries of version 1 (before there were rows in them) are the beginning of the chain `main`. A
cut tail shows only against an anchor kept outside the database: the chain `heads` binds the chains,
and its head is signed and leaves (`actions.upkeep.anchors`, docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol, cast

from sqlalchemy import Index, Result, UniqueConstraint, bindparam, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ...domain.canonical import canonical
from ...domain.errors import Repeated
from ..columns import written
from ..model import Acted, Base, acted
from . import chains
from . import digests as row_digests
from .chains import HEADS, MAIN
from .witness import TOLD, Digests, Witness

__all__ = [
    "HEADS",
    "MAIN",
    "START",
    "AuditEntry",
    "Head",
    "Request",
    "Versioned",
    "WaitingEntry",
    "about",
    "anchor",
    "chain_head",
    "commitments",
    "done_by_another_copy",
    "enter_waiting",
    "entry",
    "hashed",
    "heads_of",
    "later",
    "remember",
    "step",
    "told",
    "verify",
    "was_done",
]

START = "0" * 64


# Acts the first page asks for, in the very words of their indexes, without which those are not
# used.
CAME_IN = text("action = 'access.in'")
REVIEWED = text("action IN ('account.reviewed', 'account.review_corrected')")


class AuditEntry(Acted, Base):
    """One act of a person. `detail["versions"]` lists [KEY@N, digest] of the versions it made.
    `seq` counts from 1 without gaps in its chain. `rows`, as JSON: table → key → the digest of a
    row the act wrote, null where it dropped it; `nonce` seals the detail. Entries of version 1 have
    neither.
    """

    __tablename__ = "audit_entry"
    chain: Mapped[str] = mapped_column(primary_key=True, default=MAIN)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    v: Mapped[int] = mapped_column(default=2)
    prev: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[dict[str, Any]]
    nonce: Mapped[str | None]
    rows: Mapped[str | None] = mapped_column(
        deferred=True
    )  # long, and wanted only by those who check
    __table_args__ = (
        UniqueConstraint("chain", "prev"),
        Index(
            "ix_audit_entry_came_in", "target", "at", sqlite_where=CAME_IN, postgresql_where=CAME_IN
        ),
        Index(
            "ix_audit_entry_reviewed",
            "target",
            "seq",
            sqlite_where=REVIEWED,
            postgresql_where=REVIEWED,
        ),
    )


class Request(Base):
    """A request that was carried out, under the key its page gave it, and the answer to give again
    when it is sent twice.
    """

    __tablename__ = "request"
    key: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    answer: Mapped[dict[str, Any]]
    # by bytes, as SQLite orders texts anyway
    __table_args__ = (Index("ix_request_key", "key", postgresql_ops={"key": "text_pattern_ops"}),)


class WaitingEntry(Acted, Base):
    """An act that stands in no chain yet: somebody read something, or was refused, while the turn
    of the chain was not free. It becomes an entry with the next batch (`enter_waiting`).
    """

    __tablename__ = "waiting_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Versioned(Protocol):
    """A version an act saved, as its entry names it."""

    @property
    def digest(self) -> str:
        """Of its whole text."""
        ...

    def named(self, session: Session) -> str:
        """KEY@N."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the chain of heads, with the heads it binds: [chain, seq, hash]."""

    seq: int
    hash: str
    at: datetime
    heads: tuple[tuple[str, int, str], ...]


def hashed(entry: AuditEntry | Any) -> str:
    """SHA-256, lower hex, over RFC 8785 of the whole entry with the hash before it. `e` holds every
    column as it is stored, or as the program has it.
    """
    if isinstance(entry.at, str):
        at = entry.at
    else:
        at = written(entry.at)
    acted = {
        "v": entry.v,
        "seq": entry.seq,
        "prev": entry.prev,
        "actor": entry.actor,
        "role": entry.role,
        "at": at,
        "action": entry.action,
        "target": entry.target,
    }
    if entry.v == 1:
        if isinstance(entry.detail, dict):
            detail = entry.detail
        else:
            detail = _as_written(entry.detail)
        return sha256(canonical(acted | {"kind": "audit", "detail": detail})).hexdigest()
    return sha256(
        canonical(acted | {"kind": "entry", "chain": entry.chain, **commitments(entry)})
    ).hexdigest()


def commitments(entry: AuditEntry | Any) -> dict[str, str]:
    """What stands for detail and rows in an entry's hash, so that a ledger can leave the house
    without either.
    """
    if isinstance(entry.detail, dict):
        detail = canonical(entry.detail).decode()
    else:
        detail = entry.detail
    return {
        "detail": row_digests.sealed(str(entry.nonce), detail),
        "rows": sha256(str(entry.rows).encode()).hexdigest(),
    }


def _as_written(detail: str) -> Any:
    """The detail of an entry of version 1 from its stored text. ValueError when the text is not as
    the program writes it.
    """
    import json

    value = json.loads(detail)
    if canonical(value).decode() != detail:
        raise ValueError("not canonical")
    return value


def about(**values: Any) -> dict[str, Any]:
    """The detail of an entry: those of these values that say something."""
    return {name: value for name, value in values.items() if value}


# What every entry asks: made once, so that each is compiled and named once.
_CHAIN_HEAD = (
    select(AuditEntry.seq, AuditEntry.hash)
    .where(AuditEntry.chain == bindparam("chain"))
    .order_by(AuditEntry.seq.desc())
    .limit(1)
)


def chain_head(session: Session, chain: str = MAIN) -> tuple[int, str]:
    """Sequence number and hash of the last entry of a chain; (0, 64 zeros) before the first."""
    last = session.execute(_CHAIN_HEAD, {"chain": chain}).first()
    if last:
        return (last.seq, last.hash)
    return (0, START)


def entry(
    session: Session,
    by: By,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    versions: Iterable[Versioned] = (),
) -> None:
    """Adds the entry of an act to the chain of its turn: at the end of the act, with the rows
    written until then. Name the versions the act saved: `fsck` wants one entry for each. The lock
    of `Store.begin` keeps the chain one line.

    An act of the whole installation may write rows of any body: `after_chains` in its detail says
    where the other chains stood, so that whoever reads them knows which of two entries about a row
    came later.
    """
    witness = cast(Witness, session)
    chain = witness.chain
    if chain is None:
        raise RuntimeError("an entry outside the turn of a chain")
    known = _of_request(session, by)
    if _is_of_another_copy(known, by):
        # also where the target of the second would be another, such as the next number
        raise Repeated("同じ内容は、もう受け付けました。")
    about_act: dict[str, Any] = dict(detail or {})
    named = []
    for version in versions:
        named.append([version.named(session), version.digest])
    if named:
        about_act["versions"] = named
    witness.settle_entry()
    if witness.alone and (after := _others(session)):
        about_act["after_chains"] = after
    seq, prev = chain_head(session, chain)
    if by.request:
        # In the same transaction as the deed: a second copy of the request meets this key and is
        # undone as a whole.
        key = _own_key(known, by, f"{by.request}/{action}/{target}")
        remember(session, key, by.actor, {"entry": seq + 1, "copy": by.copy})

    def write(digests: Digests) -> None:
        _add(session, _Link(chain, seq + 1, prev), by, _Deed(action, target, about_act), digests)

    witness.act(write)


def later(
    session: Session, by: By, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Writes an act down that is to be an entry as soon as there is a turn (`Store.unchained`)."""
    session.add(WaitingEntry(action=action, target=target, detail=dict(detail or {}), **acted(by)))


def enter_waiting(session: Session, most: int = 200) -> int:
    """Makes entries of the acts that wait, the oldest first, at most so many; how many there were.
    In a turn of `main`, where those stand who read."""
    waiting = session.scalars(select(WaitingEntry).order_by(WaitingEntry.id).limit(most)).all()
    for act in waiting:
        session.delete(act)
        entry(session, By(act.actor, act.role, act.at), act.action, act.target, act.detail)
    return len(waiting)


@dataclass(frozen=True, slots=True)
class _Link:
    """The place of an entry: its chain, its number and the hash before it."""

    chain: str
    seq: int
    prev: str


@dataclass(frozen=True, slots=True)
class _Deed:
    """What was done, to what, with what is kept of it."""

    action: str
    target: str
    detail: dict[str, Any]


def _add(session: Session, link: _Link, by: By, deed: _Deed, digests: Digests) -> AuditEntry:
    new = AuditEntry(
        chain=link.chain,
        seq=link.seq,
        v=2,
        prev=link.prev,
        action=deed.action,
        target=deed.target,
        detail=deed.detail,
        nonce=row_digests.nonce(),
        **acted(by),
    )
    new.rows = canonical(digests).decode()
    new.hash = hashed(new)
    cast(Witness, session).add_now(new)
    return new


def anchor(session: Session, by: By) -> None:
    """Binds the chains when this transaction ends, and lets their heads leave once it stands
    (`Store.leave`). RuntimeError in the turn of one chain: the others go on meanwhile.
    """
    witness = cast(Witness, session)
    if not witness.alone:
        raise RuntimeError("chains bound in the turn of one of them")

    def bind() -> None:
        heads = heads_of(session)
        seq, prev = chain_head(session, HEADS)
        bound = _add(
            session,
            _Link(HEADS, seq + 1, prev),
            by,
            _Deed("ledger.heads", "anchor", {"heads": list(map(list, heads))}),
            {},
        )
        witness.left.append(Head(bound.seq, bound.hash, bound.at, heads))

    witness.last[:] = [bind]


def heads_of(session: Session) -> tuple[tuple[str, int, str], ...]:
    """[chain, seq, hash] of the last entry of each chain but the one that binds them; none of a
    chain without entries."""
    heads = []
    for chain in sorted(chains.all_names(session)):
        seq, name = chain_head(session, chain)
        if seq:
            heads.append((chain, seq, name))
    return tuple(heads)


def _others(session: Session) -> list[list[Any]]:
    """[chain, seq, hash] of the heads of all chains but `main` and `heads`."""
    return [list(head) for head in heads_of(session) if head[0] != MAIN]


def step(session: Session, action: str, target: str, latest: bool = False) -> AuditEntry | None:
    """The first entry of an act about a target, or the latest: the head of the chain as that step
    left it.
    """
    of = select(AuditEntry).where(
        AuditEntry.chain != HEADS, AuditEntry.action == action, AuditEntry.target == target
    )
    # The acts on one thing stand in `main` until its body got a chain, and then in that.
    order = (AuditEntry.chain != MAIN, AuditEntry.chain, AuditEntry.seq)
    if latest:
        order = tuple(column.desc() for column in order)
    return session.scalar(of.order_by(*order).limit(1))


def told(session: Session, action: str, target: str) -> None:
    """The entry of what the program makes for itself out of what is recorded, such as a printing
    that is kept. It has no person and no time of its own: it bears the time of the entry before it.
    """
    chain = cast(Witness, session).chain or MAIN
    last = _last_at(session, chain) or _last_at(session, MAIN)
    if last is None:
        raise RuntimeError("nothing is recorded that this could be made of")
    entry(session, By("pia", "system", last), action, target)


def _last_at(session: Session, chain: str) -> datetime | None:
    return session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.chain == chain)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )


def _of_request(session: Session, by: By) -> Mapping[str, Mapping[str, Any]]:
    """Key → answer of all that a request did so far."""
    if not by.request:
        return {}
    rows = _of_one_request(session, by.request, by.actor)
    return {row.key: row.answer for row in rows}


def _of_one_request(session: Session, request: str, actor: str) -> Result[Any]:
    """Key and answer of all that one request of one person did."""
    asked = _OF_REQUEST
    if session.get_bind().dialect.name == "sqlite":
        asked = _OF_REQUEST_BY_BYTES
    # From the slash on, up to the letter that follows it.
    first = f"{request}/"
    end = f"{request}{chr(ord('/') + 1)}"
    return session.execute(asked, {"first": first, "end": end, "mine": actor})


# A stretch of the keys in the order of their bytes, so that an index finds it whatever the
# database's own order is (SQLite's is that order).
_OF_REQUEST_BY_BYTES = select(Request.key, Request.answer).where(
    Request.key >= bindparam("first"),
    Request.key < bindparam("end"),
    Request.actor == bindparam("mine"),
)
_OF_REQUEST = select(Request.key, Request.answer).where(
    Request.key.bool_op("~>=~")(bindparam("first")),
    Request.key.bool_op("~<~")(bindparam("end")),
    Request.actor == bindparam("mine"),
)


def _is_of_another_copy(known: Mapping[str, Mapping[str, Any]], by: By) -> bool:
    return bool(by.copy) and any(answer.get("copy") != by.copy for answer in known.values())


def _own_key(known: Mapping[str, Mapping[str, Any]], by: By, key: str) -> str:
    """The key of an act. One POST may do the same thing twice (two files with the same bytes): its
    second time has a number.
    """
    mine = []
    for other, answer in known.items():
        rest = other.removeprefix(key)
        is_same = other == key or (other.startswith(key) and rest.lstrip("#").isdigit())
        if by.copy and answer.get("copy") == by.copy and is_same:
            mine.append(other)
    if mine:
        return f"{key}#{len(mine) + 1}"
    return key


def verify(session: Session, chain: str = MAIN) -> int | None:
    """The first sequence number that does not follow from the entries before it; None when the
    chain is whole.
    """
    prev = START
    entry_row = AuditEntry
    columns = (
        entry_row.chain,
        entry_row.seq,
        entry_row.v,
        entry_row.prev,
        entry_row.hash,
        entry_row.actor,
        entry_row.role,
        entry_row.at,
        entry_row.action,
        entry_row.target,
        entry_row.detail,
        entry_row.nonce,
        entry_row.rows,
    )
    rows = (
        select(*columns)
        .where(entry_row.chain == chain)
        .order_by(entry_row.seq)
        .execution_options(yield_per=1000)
    )
    for seq, entry in enumerate(session.execute(rows), 1):
        if entry.seq != seq or entry.prev != prev or entry.hash != hashed(entry):
            return seq
        prev = entry.hash
    return None


def was_done(session: Session, request: str, actor: str) -> bool:
    """Whether this actor's request was carried out already."""
    return _of_one_request(session, request, actor).first() is not None


def done_by_another_copy(session: Session, by: By) -> bool:
    """Whether another copy of this very request was carried out meanwhile: what then stands in this
    one's way is its own deed.
    """
    return _is_of_another_copy(_of_request(session, by), by)


def remember(session: Session, key: str, actor: str, answer: Mapping[str, Any]) -> None:
    """Keeps the answer, in the same transaction as what was done."""
    row = {"key": key, "actor": actor, "answer": dict(answer)}
    session.execute(_REMEMBER, row)
    cast(Witness, session).told(_REQUESTS, [row])


_REQUESTS = Base.metadata.tables["request"]
_REMEMBER = insert(_REQUESTS).execution_options(**TOLD)
