"""Backup and restore of a store, of either kind. A backup counts only after it was opened and
checked, and so does a restore.

Knows files, copies and what makes them sound. Must not know when a backup is due or where it is
taken (docs/operations.md), nor how PostgreSQL makes its own (`postgresql`).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy import inspect

from ...domain.errors import PiaError, Refused
from .. import migrations
from ..ledger import log
from ..opening import WAIT, Store, database_file, open_store, upgrade
from . import fsck, postgresql, schema, segments, snapshot

_SQLITE = b"SQLite format 3\0"
_NOT_OURS = (
    "{0} は、このソフトウェアのバックアップではありません。pia backup "
    "で作ったファイルを指定してください。"
)
_OF_UNKNOWN = (
    "{0} は、このソフトウェアの知らない版のものです。作った版のソフトウェアで開いてください。"
)
_OTHER_KIND = (
    "{0} は{1}のバックアップです。同じ種類のデータベースにしか戻せません。"
    "PIA_DATABASE_URL を確かめてください。"
)


def backup(
    store: Store, file: str | Path, step: fsck.Step = lambda *_: None, upkeep_url: str = ""
) -> tuple[int, str]:
    """Copies a running store to a new file and checks the copy. Returns the chain head in it
    (number, hash), to be kept elsewhere as its anchor. PiaError when the file exists or the copy is
    not sound; then no file is left. `step(done, total, says)` is told how far it is. `upkeep_url`:
    as whom PostgreSQL is asked, where that is another role than the store's.
    """
    target = Path(file)
    if target.exists():
        raise PiaError(
            f"{target.name} はもうあります。バックアップは上書きしません。別の名前にしてください。"
        )
    if not target.parent.is_dir():
        raise PiaError(f"フォルダ {target.parent} がありません。先に作ってください。")
    part = _beside(target, "part")
    try:
        if store.sqlite:
            snapshot.take(Path(str(store.engine.url.database)), part, step)
            head = _sound(f"sqlite:///{part}", step)
        else:
            url = upkeep_url or store.engine.url.render_as_string(hide_password=False)
            step(0, 1, "pg_dump")
            postgresql.dump(url, part)
            with postgresql.scratch(url) as scratch:
                postgresql.load(scratch, part, rights=False)
                head = _sound(scratch, step)
            with part.open("rb") as written:
                os.fsync(written.fileno())
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
    file: str | Path, url: str, at: datetime | None = None, step: fsck.Step = lambda *_: None
) -> tuple[tuple[int, str], str | None]:
    """Puts a backup in the place of the database at `url`, after checking it and bringing it to
    this release's schema. Returns the chain head in it, and where the database that stood there was
    put aside (a file, or the name of a database). A segment brings back its backup and all
    segments up to it. PiaError, with nothing changed, when the backup
    is not sound or the database is in use. `at`: when, for what the upgrade records.
    """
    source = Path(file)
    target = database_file(url)
    if not source.is_file():
        raise PiaError(
            f"バックアップ {source.name} がありません。ファイルの場所を確かめてください。"
        )
    pieces: list[segments.Increment] = []
    if target is not None and segments.is_name(source.name):
        source, pieces = segments.chain_to(source)
    _of_kind(source, sqlite=target is not None)
    if target is None:
        with postgresql.scratch(url) as scratch:
            postgresql.load(scratch, source, rights=True)
            head = _made_sound(scratch, source.name, at, step)
            return head, postgresql.take_place(scratch, url)
    if not target.parent.is_dir():
        raise PiaError(f"フォルダ {target.parent} がありません。先に作ってください。")
    part = _beside(target, "part")
    try:
        _copy(source, part)
        _ours(part, source.name)
        if pieces:
            segments.play(part, pieces)
        head = _made_sound(f"sqlite:///{part}", source.name, at, step)
        aside = _put_aside(target)
        os.replace(part, target)
        _sync(target.parent)
    except sqlite3.DatabaseError as error:
        raise Refused(_broken(source.name, error)) from error
    except OSError as entry:
        raise PiaError(
            f"{source.name} から復元できませんでした（{entry}）。別のバックアップで、"
            "もう一度お試しください。"
        ) from entry
    finally:
        part.unlink(missing_ok=True)
    return head, None if aside is None else str(aside)


def _of_kind(source: Path, sqlite: bool) -> None:
    """Refuses what cannot be a backup for this kind of database, before anything is made of it."""
    with source.open("rb") as file:
        begins = file.read(len(_SQLITE))
    if not begins:
        raise Refused(
            f"{source.name} は空のファイルで、バックアップではありません。"
            "ファイルの場所と名前を確かめてください。"
        )
    is_sqlite = begins == _SQLITE
    is_dump = begins.startswith(postgresql.MAGIC)
    if not is_sqlite and not is_dump:
        raise Refused(_NOT_OURS.format(source.name))
    if is_sqlite != sqlite:
        raise Refused(_OTHER_KIND.format(source.name, "SQLite" if is_sqlite else "PostgreSQL"))


def _broken(name: str, why: object) -> str:
    return f"{name} は壊れているため、戻せません（{why}）。別のバックアップを指定してください。"


def _made_sound(url: str, name: str, at: datetime | None, step: fsck.Step) -> tuple[int, str]:
    """Brings what was brought in to this release and checks it; its chain head."""
    store = open_store(url)
    try:
        with store.engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if not {"version", "alembic_version"} <= set(tables):
                raise Refused(_NOT_OURS.format(name))
            of = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if of not in migrations.revisions():
            raise Refused(_OF_UNKNOWN.format(name))
    finally:
        store.close()
    upgrade(url, at=at)
    # Every row is held against the record; how texts read was looked at when the backup was made.
    return _sound(url, step, deep=False)


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
    """Refuses a database of something else (upgraded, it would be an empty one of ours), a broken
    one, and one whose schema is not what its own release made: a trigger somebody planted would run
    in the upgrade. Looked at so that nothing in it can run.
    """
    with closing(sqlite3.connect(file)) as connection:
        if (
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'version'").fetchone()
            is None
        ):
            raise Refused(_NOT_OURS.format(name))
        (says,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if says != "ok":
        raise Refused(_broken(name, says.replace("\n", " ")))
    try:
        unlike = schema.unlike(file)
    except (ValueError, TypeError) as entry:
        raise Refused(_OF_UNKNOWN.format(name)) from entry
    if unlike:
        raise Refused(
            f"{name} の形が、それを作った版と{len(unlike)}か所違うため、使えません。"
            "外から手が加えられたおそれがあります。1か所目："
            f"{fsck.of_schema(*unlike[0])}"
        )


def _sound(url: str, step: fsck.Step, deep: bool = True) -> tuple[int, str]:
    store = open_store(url)
    try:
        problems = []
        for problem in fsck.check(store, deep, step=step):
            if problem.level != "info":
                problems.append(problem)
        if problems:
            raise Refused(
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
            raise Refused(
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
