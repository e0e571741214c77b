"""The audit log: one entry per act, each holding the hash of the one before, so no entry can be altered, dropped or put between unnoticed.

Knows how entries are chained and what answer a repeated request gets. Must not know what the acts mean. A cut tail shows only against an anchor kept
outside the database: `chain_head` is printed on exports and minutes (docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..domain.act import By
from ..domain.canonical import canonical
from ..domain.errors import Repeated
from .assessments import Assessment, Version
from .base import Acted, Base, acted
from .columns import written

START = "0" * 64


class AuditEntry(Acted, Base):
    """One act of a person. `detail["versions"]` lists [KEY@N, digest] of the versions it made. `seq` counts from 1 without gaps."""

    __tablename__ = "audit_entry"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prev: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Request(Base):
    """A request that was carried out, under the key its page gave it, and the answer to give again when it is sent twice."""

    __tablename__ = "request"
    key: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    answer: Mapped[dict[str, Any]]


def hashed(e: AuditEntry | Any) -> str:
    """SHA-256, lower hex, over RFC 8785 of the whole entry with the hash before it."""
    body = {"v": 1, "kind": "audit", "seq": e.seq, "prev": e.prev, "actor": e.actor, "role": e.role, "at": written(e.at)}
    return sha256(canonical(body | {"action": e.action, "target": e.target, "detail": e.detail})).hexdigest()


def chain_head(session: Session) -> tuple[int, str]:
    """Sequence number and hash of the last entry; (0, 64 zeros) before the first."""
    last = session.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, START)


def entry(session: Session, by: By, action: str, target: str, detail: Mapping[str, Any] | None = None, versions: Iterable[Version] = ()) -> str:
    """Adds the entry of an act to the chain and returns its hash. Name the versions the act saved: `fsck` wants one entry for each.
    The writer lock of `Store.begin` keeps the chain one line."""
    if done_by_another_copy(session, by):  # also where the target of the second would be another, such as the next number
        raise Repeated("同じ内容は、もう受け付けました。")
    made: dict[str, Any] = dict(detail or {})
    named = [[f"{session.get_one(Assessment, v.assessment_id).key}@{v.seq}", v.digest] for v in versions]
    if named:
        made["versions"] = named
    seq, prev = chain_head(session)
    new = AuditEntry(seq=seq + 1, prev=prev, action=action, target=target, detail=made, **acted(by))
    new.hash = hashed(new)
    session.add(new)
    session.flush()
    if by.request:
        # In the same transaction as the deed: a second copy of the request meets this key and is undone as a whole.
        key = _own_key(session, by, f"{by.request}/{action}/{target}")
        session.execute(insert(Request).values(key=key, actor=by.actor, answer={"entry": seq + 1, "copy": by.copy}))
    return new.hash


def _own_key(session: Session, by: By, key: str) -> str:
    """The key of an act. One POST may do the same thing twice (two files with the same bytes): its second time has a number."""
    known = session.scalars(select(Request).where(Request.key.startswith(key, autoescape=True), Request.actor == by.actor)).all()
    mine = [r for r in known if by.copy and r.answer.get("copy") == by.copy and r.key.removeprefix(key).lstrip("#").isdigit() | (r.key == key)]
    return f"{key}#{len(mine) + 1}" if mine else key


def verify(session: Session) -> int | None:
    """The first sequence number that does not follow from the entries before it; None when the chain is whole."""
    prev = START
    rows = select(*AuditEntry.__table__.columns).order_by(AuditEntry.seq).execution_options(yield_per=1000)
    for seq, e in enumerate(session.execute(rows), 1):
        if e.seq != seq or e.prev != prev or e.hash != hashed(e):
            return seq
        prev = e.hash
    return None


def was_done(session: Session, request: str, actor: str) -> bool:
    """Whether this actor's request was carried out already."""
    mine = Request.key.startswith(f"{request}/", autoescape=True) & (Request.actor == actor)
    return session.scalar(select(Request.key).where(mine).limit(1)) is not None


def done_by_another_copy(session: Session, by: By) -> bool:
    """Whether another copy of this very request was carried out meanwhile: what then stands in this one's way is its own deed."""
    mine = Request.key.startswith(f"{by.request}/", autoescape=True) & (Request.actor == by.actor)
    return bool(by.request and by.copy) and any(a.get("copy") != by.copy for a in session.scalars(select(Request.answer).where(mine)))


def remember(session: Session, key: str, actor: str, answer: Mapping[str, Any]) -> None:
    """Keeps the answer, in the same transaction as what was done."""
    session.execute(insert(Request).values(key=key, actor=actor, answer=dict(answer)))
