"""`pia fsck`: looks for every damage it has a name for, and changes nothing. Serves promise and
proof: what was decided is what is stored.

Knows what must hold between rows and bytes. Must not know how damage is mended: the answer is a
backup (docs/operations.md). Codes are stable, for programs; sentences are for the person who is
called.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ...domain.errors import PiaError, Problem, Unavailable
from ..ledger import log
from ..migrations import HEAD
from ..opening import Store, check_schema, open_store
from ..rows import records
from . import (
    fsck_chain,
    fsck_contents,
    fsck_records,
    fsck_registers,
    fsck_since,
    fsck_versions,
    schema,
    snapshot,
)
from .fsck_since import Mark

Step = Callable[[int, int, str], None]
BESIDE = ".check-"  # how the folder of a copy goes on after the name of the database
RESTORE = "バックアップから戻してください（pia restore）。"


def check(
    store: Store,
    deep: bool = False,
    anchor: str | Path | None = None,
    step: Step = lambda *_: None,
) -> list[Problem]:
    """Everything that is wrong, worst first; empty when all is well. Findings of level "info" are
    no damage. `deep` also computes the digests of every version anew. `anchor`: a file with {"seq",
    "hash"} of the chain as it once was, kept elsewhere, or a signed anchor
    (`actions.upkeep.anchors`). All is read in one moment: on SQLite nobody can commit meanwhile, so
    a database in use is checked by `beside`. `step(done, total, says)` is told how far it is.
    """
    return look(store, deep, anchor, step)[0]


def look(
    store: Store, deep: bool, anchor: str | Path | None, step: Step
) -> tuple[list[Problem], Mark | None]:
    """`check`, and the mark of the moment that was looked at."""
    try:
        check_schema(store)
    except PiaError as error:
        return [Problem("schema-other", str(error))], None
    problems: list[Problem] = []
    mark: Mark | None = None
    try:
        with store.read() as session:
            for number, (says, part) in enumerate(_parts(session, deep, anchor)):
                step(number, _PARTS, says)
                problems += part
            step(_PARTS, _PARTS, "")
            mark = fsck_since.mark_of(session)
    except Exception as error:  # whatever altered rows do to those who read them, it is a finding
        problems.append(_unreadable(error))
    return sorted(problems, key=lambda problem: problem.level == "info"), mark


def beside(
    store: Store,
    deep: bool = False,
    anchor: str | Path | None = None,
    step: Step = lambda *_: None,
) -> tuple[list[Problem], Mark | None]:
    """`look` of a database in use that keeps no writer out: on SQLite a copy is looked at
    (`snapshot`, beside the database, gone afterwards), on PostgreSQL one moment of the server. What
    is saved meanwhile belongs to the next check. Unavailable where there is no room for the copy.
    """
    if not store.sqlite:
        return look(store, deep, anchor, step)
    file = Path(str(store.engine.url.database))
    with still(file, step) as copy:
        return look(copy, deep, anchor, step)


def since(
    store: Store,
    mark: Mark,
    deep: bool = False,
    anchor: str | Path | None = None,
    step: Step = lambda *_: None,
) -> tuple[list[Problem], Mark | None]:
    """Everything that is wrong with what was recorded after a mark (`fsck_since`), read in short
    slices beside writers; and the mark of what was looked at. What lies before it is held by the
    hashes of the mark alone.
    """
    try:
        check_schema(store)
    except PiaError as error:
        return [Problem("schema-other", str(error))], None
    problems: list[Problem] = []
    reached: Mark | None = None
    try:
        with store.read() as session:
            problems += _schema(session)
            if anchor is not None:
                problems += _anchor(session, anchor)
        damages, reached = fsck_since.check(store, mark, deep, step)
        problems += damages
    except Exception as error:  # as in `look`
        problems.append(_unreadable(error))
    return sorted(problems, key=lambda problem: problem.level == "info"), reached


def _unreadable(error: Exception) -> Problem:
    return Problem(
        "unreadable", f"データベースの一部を読めません（{type(error).__name__}）。{RESTORE}"
    )


@contextmanager
def still(file: Path, step: Step = lambda *_: None) -> Iterator[Store]:
    """A running SQLite file as it stands now, as a store of its own. Unavailable where the copy
    cannot be made.
    """
    try:
        folder = tempfile.mkdtemp(prefix=f"{file.name}{BESIDE}", dir=file.parent)
    except OSError as error:
        raise Unavailable(_NO_COPY.format(error)) from error
    try:
        copy = Path(folder) / file.name
        try:
            snapshot.take(file, copy, step)
        except OSError as error:
            raise Unavailable(_NO_COPY.format(error)) from error
        store = open_store(f"sqlite:///{copy}")
        try:
            yield store
        finally:
            store.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_NO_COPY = (
    "調べるための写しを作れませんでした（{0}）。"
    "データベースのあるディスクの空き容量と、フォルダの書き込み権限を確かめてください。"
)


def _parts(
    session: Session, deep: bool, anchor: str | Path | None
) -> Iterator[tuple[str, Iterable[Problem]]]:
    """What is looked at, in order: its name, and its findings once they are asked for."""
    expected: fsck_chain.Versions = {}
    yield "データベースのファイル", _database(session)
    yield "データベースの形", _schema(session)
    yield "行のつながり", fsck_contents.references(session)
    contents, files = records.destroyed(session)
    yield "記載", fsck_contents.contents(session, contents)
    yield "ファイル", fsck_contents.blobs(session, files)
    yield "操作の記録と全ての行", fsck_chain.check(session, expected)
    yield "版", fsck_versions.check(session, deep, expected)
    yield "手続の記録", fsck_records.check(session)
    yield "台帳と届出", fsck_registers.check(session)
    yield "外の控え", () if anchor is None else _anchor(session, anchor)


_PARTS = 10  # of `_parts`


def damaged(problems: list[Problem]) -> bool:
    """Whether any finding is damage."""
    return any(problem.level != "info" for problem in problems)


def _database(session: Session) -> Iterator[Problem]:
    if session.connection().dialect.name != "sqlite":
        return
    try:
        damages = session.execute(text("PRAGMA integrity_check(20)")).scalars().all()
    except DBAPIError as error:  # so broken that it cannot even be looked through
        damages = [str(error.orig)]
    for messages in damages:
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
