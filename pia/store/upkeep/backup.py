"""Backup and restore of a SQLite store. A backup counts only after it was opened and checked, and
so does a restore.

Knows files and the backup API. Must not know when a backup is due or where it is taken
(docs/operations.md); PostgreSQL has its own tools, named there.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path

from ...domain.errors import PiaError
from ..ledger import log
from ..opening import WAIT, Store, database_file, open_store, upgrade
from . import fsck, schema

_PG = "PostgreSQLの{0}には {1} を使ってください。手順は docs/operations.md にあります。"


def backup(store: Store, file: str | Path) -> tuple[int, str]:
    """Copies a running store to a new file and checks the copy. Returns the chain head in it
    (number, hash), to be kept elsewhere as its anchor. PiaError when the file exists or the copy is
    not sound; then no file is left.
    """
    target = Path(file)
    if not store.sqlite:
        raise PiaError(_PG.format("バックアップ", "pg_dump -Fc"))
    if target.exists():
        raise PiaError(
            f"{target.name} はもうあります。バックアップは上書きしません。別の名前にしてください。"
        )
    if not target.parent.is_dir():
        raise PiaError(f"フォルダ {target.parent} がありません。先に作ってください。")
    source = database_file(store.engine.url.render_as_string())
    part = _beside(target, "part")
    try:
        _copy(Path(str(source)), part)
        head = _sound(part)
        os.replace(part, target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as entry:
        raise PiaError(
            f"バックアップを {target.name} に書けませんでした（{entry}）。空き容量と書き"
            "込み権限を確かめてください。"
        ) from entry
    finally:
        part.unlink(missing_ok=True)
    return head


def restore(
    file: str | Path, url: str, at: datetime | None = None
) -> tuple[tuple[int, str], Path | None]:
    """Puts a backup in the place of the database at `url`, after checking it and bringing it to
    this release's schema. Returns the chain head in it, and where the database that stood there was
    put aside. PiaError, with nothing changed, when the backup is not sound or the database is in
    use. `at`: when, for what the upgrade records.
    """
    source = Path(file)
    target = database_file(url)
    if target is None:
        raise PiaError(_PG.format("復元", "pg_restore"))
    if not source.is_file():
        raise PiaError(
            f"バックアップ {source.name} がありません。ファイルの場所を確かめてください。"
        )
    if not target.parent.is_dir():
        raise PiaError(f"フォルダ {target.parent} がありません。先に作ってください。")
    if not source.stat().st_size:
        raise PiaError(
            f"{source.name} は空のファイルで、バックアップではありません。"
            "ファイルの場所と名前を確かめてください。"
        )
    part = _beside(target, "part")
    try:
        _copy(source, part)
        _ours(part, source.name)
        upgrade(f"sqlite:///{part}", at=at)
        head = _sound(part)
        aside = _put_aside(target)
        os.replace(part, target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as entry:
        raise PiaError(
            f"{source.name} から復元できませんでした（{entry}）。別のバックアップで、"
            "もう一度お試しください。"
        ) from entry
    finally:
        part.unlink(missing_ok=True)
    return head, aside


def _beside(file: Path, word: str) -> Path:
    return next(
        path
        for number in count(1)
        if not (path := file.with_name(f"{file.name}.{word}{number}")).exists()
    )


def _copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be written to meanwhile, on the disk when this
    returns.
    """
    with (
        closing(sqlite3.connect(source, timeout=WAIT)) as connection,
        closing(sqlite3.connect(target, timeout=WAIT)) as this_connection,
    ):
        target.chmod(0o600)
        connection.backup(this_connection)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _ours(file: Path, name: str) -> None:
    """Refuses a database of something else (upgraded, it would be an empty one of ours), and one
    whose schema is not what its own release made: a trigger somebody planted would run in the
    upgrade. Looked at so that nothing in it can run.
    """
    with closing(sqlite3.connect(file)) as connection:
        if (
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'version'").fetchone()
            is None
        ):
            raise PiaError(
                f"{name} は、このソフトウェアのバックアップではありません。pia backup "
                "で作ったファイルを指定してください。"
            )
    try:
        unlike = schema.unlike(file)
    except (ValueError, TypeError) as entry:
        raise PiaError(
            f"{name} は、このソフトウェアの知らない版のものです。"
            "作った版のソフトウェアで開いてください。"
        ) from entry
    if unlike:
        raise PiaError(
            f"{name} の形が、それを作った版と{len(unlike)}か所違うため、使えません。"
            "外から手が加えられたおそれがあります。1か所目："
            f"{fsck.of_schema(*unlike[0])}"
        )


def _sound(file: Path) -> tuple[int, str]:
    store = open_store(f"sqlite:///{file}")
    try:
        problems = []
        for problem in fsck.check(store, deep=True):
            if problem.level != "info":
                problems.append(problem)
        if problems:
            raise PiaError(
                f"この内容には {len(problems)} 件の問題があるため、使えません。1件目：{problems[0]}"
            )
        with store.read() as session:
            return log.chain_head(session)
    finally:
        store.close()


def _put_aside(target: Path) -> Path | None:
    """Moves the database that stands there out of the way, with its journal: a journal left beside
    another database would be played into it.
    """
    if not target.exists():
        return None
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as operational_error:
        if "locked" in str(operational_error):
            raise PiaError(
                "データベースが使われています。pia serve を止めてから、もう一度お試しください。"
            ) from operational_error
    except sqlite3.DatabaseError:
        pass  # too broken to be locked: that is why someone restores
    aside = _beside(target, "old")
    journal = target.with_name(f"{target.name}-journal")
    if journal.exists():
        os.replace(journal, aside.with_name(f"{aside.name}-journal"))
    os.replace(target, aside)
    return aside


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
