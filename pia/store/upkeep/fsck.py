"""`pia fsck`: looks for every damage it has a name for, and changes nothing. Serves promise and
proof: what was decided is what is stored.

Knows what must hold between rows and bytes. Must not know how damage is mended: the answer is a
backup (docs/operations.md). Codes are stable, for programs; sentences are for the person who is
called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ...domain.canonical import digest
from ...domain.errors import PiaError, Problem
from .. import packing
from ..ledger import log
from ..migrations import HEAD
from ..nodes import Blob, Content
from ..opening import Store, check_schema
from ..rows import records
from ..rows.tables import METADATA
from . import fsck_chain, fsck_records, fsck_versions, schema

RESTORE = "バックアップから戻してください（pia restore）。"


def check(store: Store, deep: bool = False, anchor: str | Path | None = None) -> list[Problem]:
    """Everything that is wrong, worst first; empty when all is well. Findings of level "info" are
    no damage. `deep` also computes the digests of every version anew. `anchor`: a file with {"seq",
    "hash"} of the chain as it once was, kept elsewhere, or a signed anchor
    (`actions.upkeep.anchors`).
    """
    try:
        check_schema(store)
    except PiaError as error:
        return [Problem("schema-other", str(error))]
    problems: list[Problem] = []
    try:
        with store.read() as session:
            problems += _database(session)
            problems += _schema(session)
            problems += _references(session)
            contents, files = records.destroyed(session)
            problems += _contents(session, contents)
            problems += _blobs(session, files)
            expected: fsck_chain.Versions = {}
            problems += fsck_chain.check(session, expected)
            problems += fsck_versions.check(session, deep, expected)
            problems += fsck_records.check(session)
            if anchor is not None:
                problems += _anchor(session, anchor)
            else:
                problems += ()
    except Exception as error:  # whatever altered rows do to those who read them, it is a finding
        problems.append(
            Problem(
                "unreadable", f"データベースの一部を読めません（{type(error).__name__}）。{RESTORE}"
            )
        )
    return sorted(problems, key=lambda problem: problem.level == "info")


def damaged(problems: list[Problem]) -> bool:
    """Whether any finding is damage."""
    return any(problem.level != "info" for problem in problems)


def _database(session: Session) -> Iterator[Problem]:
    if session.connection().dialect.name == "sqlite":
        for (messages,) in session.execute(text("PRAGMA integrity_check(20)")):
            if messages != "ok":
                yield Problem(
                    "database-broken",
                    f"データベースのファイルが壊れています（{messages}）。{RESTORE}",
                )


_SCHEMA = {
    "missing": ("schema-missing", "データベースの部品が失われています。"),
    "extra": (
        "schema-extra",
        "このソフトウェアのものでない部品が、データベースに加えられています。",
    ),
    "changed": ("schema-changed", "データベースの部品が、このソフトウェアのものと違います。"),
}


def _schema(session: Session) -> Iterator[Problem]:
    """The whole schema against the release's own."""
    for how, name in schema.differences(session.connection(), HEAD):
        yield of_schema(how, name)


def of_schema(how: str, name: str) -> Problem:
    """The finding of one difference of the schema (`schema.differences`)."""
    code, says = _SCHEMA[how]
    if how == "missing" and name.startswith("trigger "):
        where = name.removeprefix("trigger ").rpartition(".")[2]
        return Problem(
            "trigger-missing",
            "書換えを防ぐしくみが外されています。外された間の書換えがないか調べ、"
            "バックアップから戻してください。",
            where,
        )
    return Problem(
        code, f"{says}外からの操作がなかったか調べ、バックアップから戻してください。", name
    )


def _references(session: Session) -> Iterator[Problem]:
    for table in METADATA.sorted_tables:
        for fk in sorted(table.foreign_keys, key=lambda foreign_key: foreign_key.parent.name):
            other = fk.column.table.alias()
            lost = select(fk.parent).select_from(
                table.outerjoin(other, fk.parent == other.c[fk.column.name])
            )
            for value in session.scalars(
                lost.where(fk.parent.is_not(None), other.c[fk.column.name].is_(None))
                .distinct()
                .limit(20)
            ):
                yield Problem(
                    "reference-broken",
                    f"指している先（{fk.column.table.name} {value}）がありません。{RESTORE}",
                    f"{table.name}.{fk.parent.name}",
                )


def _contents(session: Session, gone: set[str]) -> Iterator[Problem]:
    for id_, name, kind, body in session.execute(
        select(Content.id, Content.digest, Content.kind, Content.body).execution_options(
            yield_per=500
        )
    ):
        if not body and bytes(name).hex() in gone:
            continue
        try:
            value = json.loads(packing.unpack(body))
        except ValueError:
            yield Problem(
                "content-unreadable", f"記載の1つを読めません。{RESTORE}", f"content {id_}"
            )
            continue
        if digest(kind, value) != bytes(name).hex():
            yield Problem(
                "content-changed",
                f"記載の1つが、保存したあとに書き換えられています。{RESTORE}",
                f"content {id_}",
            )


def _blobs(session: Session, gone: set[str]) -> Iterator[Problem]:
    for name, size, body in session.execute(
        select(Blob.sha256, Blob.size, Blob.body).execution_options(yield_per=1)
    ):
        if not body and name in gone:
            continue
        try:
            whole = packing.unpack(body)
        except ValueError:
            whole = None
        if whole is None or len(whole) != size or sha256(whole).hexdigest() != name:
            yield Problem(
                "blob-changed",
                f"保存したファイルの1つが、保存したときと違います。{RESTORE}",
                f"blob {name[:12]}",
            )


def _anchor(session: Session, anchor: str | Path) -> Iterator[Problem]:
    try:
        anchor_head = json.loads(Path(anchor).read_text("utf-8"))
        wanted = [
            (
                str(anchor_head.get("chain", log.MAIN)),
                int(anchor_head["seq"]),
                str(anchor_head["hash"]),
            )
        ]
        for chain, seq, name in anchor_head.get("heads", ()):
            wanted.append((str(chain), int(seq), str(name)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Problem(
            "anchor-unreadable",
            '控えのファイルを読めません。{"seq": 番号, "hash": "…"} の形か確かめてください。',
            str(anchor),
        )
        return
    for chain, seq, name in wanted:
        if chain == log.MAIN:
            where = "audit"
        else:
            where = f"audit {chain}"
        last, _ = log.chain_head(session, chain)
        if last < seq:
            yield Problem(
                "anchor-ahead",
                f"操作の記録が {last} 件しかありません。控えでは {seq} 件あったので、"
                f"終わりの記録が失われています。{RESTORE}",
                f"{where} {last}",
            )
            continue
        if seq:
            entry_hash = session.scalar(
                select(log.AuditEntry.hash).where(
                    log.AuditEntry.chain == chain, log.AuditEntry.seq == seq
                )
            )
        else:
            entry_hash = log.START
        if entry_hash != name:
            yield Problem(
                "anchor-differs",
                f"操作の記録の {seq} 件目が、控えと違います。記録が書き換えられています。{RESTORE}",
                f"{where} {seq}",
            )
