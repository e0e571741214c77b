"""Opening the store: safe settings read back from the database, and one writer at a time.

Knows engines, transactions and what makes a commit durable (docs/operations.md). Must not know what
the rows mean. Nothing is opened on settings that could lose an acknowledged save: WAL is refused,
and so is a PostgreSQL server with fsync off.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from ..domain.errors import PiaError, Repeated, Unavailable
from . import patience, sql, turns
from .columns import written
from .guard import authorizer
from .ledger import chains
from .ledger.witness import Witness
from .migrations import HEAD
from .turns import Outdated

_LOG = logging.getLogger("pia")
WAIT = 10  # seconds a writer waits for the one before it
TRIES = 2  # times that work is done before the turn, until it is done in the turn
_PRAGMAS = {
    "busy_timeout": WAIT * 1000,
    "journal_mode": "delete",
    "synchronous": 3,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "cell_size_check": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
}
_SERVER = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}


Ready = TypeVar("Ready")
Done = TypeVar("Done")

# The transaction several acts or reads are part of: its engine, its session, and whether it may
# write.
_TOGETHER: ContextVar[tuple[Engine | None, Witness | None, bool]] = ContextVar(
    "together", default=(None, None, False)
)


Follow = Callable[[Mapping[str, Set[str]]], None]


@dataclass(frozen=True, slots=True)
class Store:
    """An open database. `begin` gives a session in the one write transaction, `read` one that sees
    a single moment and cannot write. `leave` is told the head of the chains (`log.Head`) once a
    transaction that was to be anchored stands; `follow` which rows a transaction wrote, by table,
    once it stands.
    """

    engine: Engine
    leave: Callable[[Any], None] = field(default=lambda _: None, compare=False)
    follow: Follow = field(default=lambda _: None, compare=False)

    @property
    def sqlite(self) -> bool:
        """Whether the database is a file of SQLite, not a server."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, wait: int = WAIT, chain: str | None = None) -> Iterator[Witness]:
        """A write transaction: committed and on the disk when the block ends, nothing of it when
        the block raises. Unavailable when another writer does not end within `wait` seconds, the
        disk is full, or the database is away. RuntimeError when rows under the chain were written
        without an entry (`log.entry`).

        `chain`: the chain in which the acts stand (`ledger.chains`), where they touch the things of
        its body alone: acts in other chains go on meanwhile. None: an act that may touch anything;
        it waits for those of every chain, and they for it, and stands in `main`.
        """
        outer, writes = self._outer()
        if outer is not None:
            if not writes:
                raise RuntimeError("a write inside Store.moment")
            if not outer.alone and chain != outer.chain:
                raise RuntimeError(f"an act of chain {chain} in a turn of chain {outer.chain}")
            yield outer
            outer.settle()
            return
        with self._turn(wait), self._session(pia_write=True, pia_wait=wait) as session:
            session.chain = chain or chains.MAIN
            session.alone = chain is None
            session.writes = True
            # Begins now: the writer's turn is taken before anything is read.
            connection = session.connection()
            if not self.sqlite:
                turns.take(connection, wait, chain=chain, alone=chain is None)
            yield session
            session.close_acts()
        for head in session.left:
            self.leave(head)
        if session.touched:
            self._followed(session.touched)

    def _followed(self, touched: Mapping[str, Set[str]]) -> None:
        """Lets follow what follows a transaction that stands. Whoever did it is never told that it
        failed because of what only follows: that is logged, and made up for later.
        """
        try:
            self.follow(touched)
        except Exception:
            _LOG.exception("what follows a transaction could not be done")

    def _turn(self, wait: float) -> AbstractContextManager[None]:
        """A place in the queue of a SQLite file's writers."""
        if self.sqlite and self.engine.url.database:
            return turns.queued(Path(self.engine.url.database), wait)
        return nullcontext()

    def prepared(
        self,
        prepare: Callable[[Witness], Ready],
        act: Callable[[Witness, Ready], Done],
        chain_of: Callable[[Ready], str | None],
    ) -> Done:
        """An act whose work is done before its turn: `prepare` reads and works on one moment, with
        no lock held; `act` writes what it made in the turn of its chain (`chain_of`), and raises
        `Outdated` where what was read no longer stands. Then the work is done once more, and after
        `TRIES` in the turn itself. Inside `together` it is done in that turn.
        """
        chain = None
        if self._outer()[0] is None:
            for _ in range(TRIES):
                with self.read() as session:
                    ready = prepare(session)
                chain = chain_of(ready)
                try:
                    with self.begin(chain=chain) as session:
                        return act(session, ready)
                except Outdated:
                    continue
        else:
            chain = self._outer_chain()
        with self.begin(chain=chain) as session:
            return act(session, prepare(session))

    @contextmanager
    def unchained(self, wait: int = WAIT, about: str = "") -> Iterator[Witness]:
        """A short transaction for rows that are under no chain (`digests.NOTHING`): who is signed
        in, what is being written, how far a job is. It waits for no chain; on SQLite for the writer
        before, at most `wait` seconds (Unavailable; 0: not at all). `about`: of two that look
        first and then write about the same thing, the second waits. RuntimeError when a row under
        the chain was written.
        """
        outer, writes = self._outer()
        if outer is not None:
            if not writes:
                raise RuntimeError("a write inside Store.moment")
            yield outer
            return
        with self._turn(wait), self._session(pia_write=True, pia_wait=wait) as session:
            session.chain = None
            session.writes = True
            connection = session.connection()
            if not self.sqlite:
                turns.take(connection, wait, own=about)
            yield session
            session.close_acts()

    @contextmanager
    def together(self, chain: str | None = None) -> Iterator[None]:
        """Several acts as one: every `begin` and `read` inside is part of a single write
        transaction, so that a refusal half way leaves nothing of them. `chain` as in `begin`.
        """
        with self.begin(chain=chain) as session:
            token = _TOGETHER.set((self.engine, session, True))
            try:
                yield
            finally:
                _TOGETHER.reset(token)

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Several reads as one: every `read` inside sees the same moment, so that what a page shows
        fits together. For gathering, not for drawing a page: on SQLite no writer can commit
        meanwhile. `begin` inside is a fault of the program, not of a person.
        """
        with self.read() as session:
            outer, writes = self._outer()
            token = _TOGETHER.set((self.engine, session, outer is not None and writes))
            try:
                yield
            finally:
                _TOGETHER.reset(token)

    def _outer(self) -> tuple[Witness | None, bool]:
        """The transaction of `together` or `moment` that is under way here, if any, and whether it
        may write.
        """
        engine, session, writes = _TOGETHER.get()
        if engine is self.engine:
            return (session, writes)
        return (None, False)

    def _outer_chain(self) -> str | None:
        """The chain of the transaction that is under way here; None where it is alone."""
        outer, _ = self._outer()
        if outer is None or outer.alone:
            return None
        return outer.chain

    @contextmanager
    def read(self) -> Iterator[Witness]:
        """A session that sees one moment and cannot write."""
        outer, _ = self._outer()
        if outer is not None:
            yield outer
            return
        with self._session(pia_write=False) as session:
            yield session

    @contextmanager
    def _session(self, pia_write: bool, pia_wait: int = WAIT) -> Iterator[Witness]:
        options: dict[str, Any] = {"pia_write": pia_write, "pia_wait": pia_wait}
        if not self.sqlite and not pia_write:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                Witness(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except StatementError as statement_error:
            raise _said(statement_error) or statement_error from statement_error

    def close(self) -> None:
        """Gives back every connection."""
        self.engine.dispose()


# SQLSTATE of a lock that did not come in time, and of two that waited for each other.
_WAITED = ("55P03", "40P01")


def _said(statement_error: StatementError) -> PiaError | None:
    """A refusal that a person can do something about, as a sentence."""
    if isinstance(statement_error.orig, PiaError):  # a column type refused a value
        return statement_error.orig
    reason = str(statement_error.orig)
    state = getattr(statement_error.orig, "sqlstate", None) or ""
    if "pk_request" in reason or "request.key" in reason:
        return Repeated("同じ内容は、もう受け付けました。")
    if "database is locked" in reason or state in _WAITED:
        return Unavailable(turns.BUSY, retry=2)
    if "disk is full" in reason or state == "53100":
        return Unavailable(
            "ディスクの空きがないため、保存できませんでした。何も変わっていません。"
            "空きを増やしてから、もう一度お試しください。",
            retry=60,
            full=True,
        )
    if state == "25006":
        return Unavailable(READ_ONLY, retry=5)
    if "readonly database" in reason:
        return Unavailable(
            "データベースに書き込めません。ファイルとフォルダの書き込み権限を確かめてください。",
            retry=30,
        )
    if state.startswith("XX00") or any(words in reason for words in _BROKEN):
        return Unavailable(BROKEN, retry=60)
    if _is_away(statement_error, reason, state):
        return Unavailable(AWAY)
    return None


AWAY = (
    "いま、データベースにつながりません。何も変わっていません。"
    "しばらくたってから、もう一度お試しください。"
)
UNKNOWN = (
    "保存の途中でデータベースとの接続が切れ、保存されたかどうか分かりません。"
    "しばらくたってから、保存されているか確かめてください。"
)
READ_ONLY = (
    "データベースがいま読取り専用のため、保存できません。何も変わっていません。"
    "別のサーバーに切り替わるまで待ってから、もう一度お試しください。"
)
MOVED = (
    "データベースのファイルが、開いたときの場所にありません。何も変わっていません。"
    "管理者に、ファイルを元の場所に戻してもらってください。"
)
BROKEN = (
    "データベースの一部が壊れていて、読めません。何も変わっていません。"
    "管理者に、pia fsck で確かめ、バックアップから戻してもらってください。"
)
_BROKEN = ("disk image is malformed", "file is not a database")
# Classes and codes of SQLSTATE that say the server is gone, going or coming (PostgreSQL, appendix
# A): connection exceptions, operator intervention, too many connections.
_GONE = ("08", "57P", "53300", "57014", "25P03")
_NO_FILE = ("unable to open database file", "disk I/O error")


def _is_away(statement_error: StatementError, reason: str, state: str) -> bool:
    """Whether the database itself is what is missing."""
    if isinstance(statement_error, DBAPIError) and statement_error.connection_invalidated:
        return True
    if state.startswith(_GONE) or any(words in reason for words in _NO_FILE):
        return True
    # libpq gives no code to what happens before or without an answer of the server.
    is_client = isinstance(statement_error, OperationalError) and not state
    return is_client and not isinstance(statement_error.orig, sqlite3.Error)


def connectable(url: str) -> URL:
    """What a setting says, as SQLAlchemy takes it. PiaError where it is no database of ours."""
    try:
        parsed = make_url(url)
    except Exception as exception:
        shown = re.sub(r"//[^@/]*@", "//…@", url)  # who reads this reads no password
        raise PiaError(
            f"データベースの指定「{shown}」を読めません。sqlite:///pia.db のように書いてください。"
            "PostgreSQLのサーバーが複数あるときは postgresql:///pia?host=a:5432&host=b:5432 です。"
        ) from exception
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if (
        parsed.drivername != "sqlite"
        or not parsed.database
        or parsed.database.startswith((":", "file:"))
    ):
        raise PiaError(
            "データベースには、SQLiteのファイル（sqlite:///pia.db）か "
            "PostgreSQL（postgresql://…）を指定してください。"
        )
    return parsed


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for PostgreSQL."""
    parsed = connectable(url)
    if parsed.drivername == "sqlite" and parsed.database:
        return Path(parsed.database)
    return None


def _refuse_wal(file: Path) -> None:
    # Bytes 18 and 19 of the header say WAL. The journal this SQLite keeps for WAL can lose commits,
    # and a copied file loses all that is not checkpointed.
    with file.open("rb") as buffered_reader:
        head = buffered_reader.read(20)
    if head and not head.startswith(b"SQLite format 3\0"):
        raise PiaError(
            f"{file.name} はSQLiteのデータベースではありません。PIA_DATABASE_URL "
            "を確かめてください。"
        )
    if head[18:20] == b"\x02\x02":
        raise PiaError(
            f"{file.name} はWAL方式のため使えません。sqlite3 {file.name} 'PRAGMA "
            "journal_mode=DELETE' で戻してください。"
        )


def _settings(dbapi: Any, migrating: bool) -> None:
    dbapi.isolation_level = None  # transactions are begun by the `begin` event, never by the driver
    for name, value in (_PRAGMAS | {"foreign_keys": 0} if migrating else _PRAGMAS).items():
        # nosemgrep: raw-sql # our own list of settings
        dbapi.execute(f"PRAGMA {name} = {value}").fetchall()
        now = dbapi.execute(f"PRAGMA {name}").fetchone()  # nosemgrep: raw-sql # the same
        if (now is not None and now[0] != value) or (now is None and name != "mmap_size"):
            raise PiaError(
                f"SQLiteの設定 {name} を {value} にできません（{now and now[0]}"
                "）。この環境では保存の確実さを守れないため、起動しません。"
            )
    dbapi.create_function(sql.FOLDED, 1, sql.fold, deterministic=True)
    if not migrating:
        dbapi.set_authorizer(authorizer)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if connection.info.get("file") not in (None, _identity(connection.info["path"])):
        # Whoever writes into a file that was moved away would lose what they save.
        connection.invalidate()
        raise Unavailable(MOVED, retry=30)
    write = options.get("pia_write", True)
    wait = options.get("pia_wait", WAIT)
    if connection.info.get("wait", WAIT) != wait:
        # nosemgrep: raw-sql # our own number
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait * 1000}")
        connection.info["wait"] = wait
    if connection.info.get("writes") is not write:
        # nosemgrep: raw-sql # one of two words
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if write else 'ON'}")
        connection.info["writes"] = write
    if write:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _identity(path: str) -> tuple[int, int] | None:
    """Which file stands at a path now; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


# Seconds until a server that does not answer is given up: at connecting, and on a broken line.
CONNECT = 3
_LINE = {"connect_timeout": CONNECT, "keepalives_idle": 5, "keepalives_interval": 2}


def _engine(url: URL, migrating: bool = False) -> Engine:
    if url.drivername != "sqlite":
        engine = create_engine(_able_to_write(url), pool_pre_ping=True, connect_args=_LINE)
        event.listen(engine, "checkout", _limit)
        event.listen(engine, "handle_error", _leave_read_only)
        return _patient(engine)
    path = str(url.database)

    def connect() -> sqlite3.Connection:
        # `rw`: a file that is not there is an error and never a new, empty database.
        name = f"file:{quote(os.path.abspath(path))}?mode=rw"
        return sqlite3.connect(name, uri=True, timeout=WAIT, check_same_thread=False)

    def connected(dbapi: Any, record: Any) -> None:
        record.info["path"] = path
        record.info["file"] = _identity(path)
        _settings(dbapi, migrating)

    engine = create_engine(url, creator=connect)
    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin)
    return engine


def _able_to_write(url: URL) -> URL:
    """Of several hosts, the one that takes writes, unless the URL asks for another."""
    hosts = url.query.get("host", ())
    if isinstance(hosts, str) or len(hosts) < 2 or "target_session_attrs" in url.query:
        return url
    return url.update_query_dict({"target_session_attrs": "read-write"})


# Milliseconds a page's transaction may stand idle, as when its process was frozen.
_IDLE = 60_000


def _limit(dbapi: Any, record: Any, _: Any) -> None:
    """The server itself ends what nobody waits for any more: a statement somewhat later than its
    page gives up, also one that waits for the writer before it, and a transaction that stands idle.
    Jobs, checks and backups take as long as they take.
    """
    seconds = patience.limit()
    wanted = (0, 0) if seconds is None else (int((seconds + WAIT) * 1000), _IDLE)
    if record.info.get("limit", (0, 0)) == wanted:
        return
    before = dbapi.autocommit
    dbapi.autocommit = True
    # nosemgrep: raw-sql # our own numbers
    dbapi.execute(
        f"SET statement_timeout = {wanted[0]}; "
        f"SET idle_in_transaction_session_timeout = {wanted[1]}"
    )
    dbapi.autocommit = before
    record.info["limit"] = wanted


def _leave_read_only(context: Any) -> None:
    """A server that became read-only (it was failed over from) is left: the next connection looks
    for the one that takes writes.
    """
    if getattr(context.original_exception, "sqlstate", None) == "25006":
        context.is_disconnect = True


def _patient(engine: Engine) -> Engine:
    """Everything that waits for the server waits no longer than `patience` says."""
    watch = patience.WATCH
    dialect: Any = engine.dialect
    ping = dialect.do_ping
    commit = dialect.do_commit
    rollback = dialect.do_rollback

    def commit_patiently(dbapi: Any) -> None:
        try:
            watch.call(dbapi, lambda: commit(dbapi))
        except dialect.dbapi.OperationalError as error:
            raise Unavailable(UNKNOWN) from error

    dialect.do_ping = lambda dbapi: watch.call(dbapi, lambda: ping(dbapi))
    dialect.do_rollback = lambda dbapi: watch.call(dbapi, lambda: rollback(dbapi))
    dialect.do_commit = commit_patiently

    def patiently(execute: Callable[..., Any]) -> Callable[..., Any]:
        def run(cursor: Any, statement: str, *rest: Any, **named: Any) -> None:
            more = WAIT if "pg_advisory_xact_lock" in statement else 0
            call = partial(execute, cursor, statement, *rest, **named)
            watch.call(cursor.connection, call, more)

        return run

    dialect.do_execute = patiently(dialect.do_execute)
    dialect.do_executemany = patiently(dialect.do_executemany)
    dialect.do_execute_no_params = patiently(dialect.do_execute_no_params)
    return engine


def open_store(
    url: str, leave: Callable[[Any], None] = lambda _: None, follow: Follow = lambda _: None
) -> Store:
    """The store at `url`; `leave` and `follow` as in `Store`. PiaError when there is none (`pia
    init` makes it) or when it would not keep what it acknowledges.
    """
    where = connectable(url)
    file = database_file(url)
    if file is not None:
        if not file.exists() or not file.stat().st_size:
            raise PiaError(f"データベース {file.name} がありません。pia init で作ってください。")
        _refuse_wal(file)
    store = Store(_engine(where), leave, follow)
    try:
        with store.engine.connect() as connection:
            if not store.sqlite:
                _check_server(connection)
    except DBAPIError as dbapierror:
        raise PiaError(
            "データベースを開けません。ファイルが壊れていないか、"
            "PostgreSQLが動いているかを確かめてください。"
        ) from dbapierror
    return store


def _check_server(connection: Connection) -> None:
    for name, wanted in _SERVER.items():
        # nosemgrep: raw-sql # our own list of settings
        now = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if now not in wanted:
            raise PiaError(
                f"PostgreSQLの設定 {name} が {now} です。{wanted[0]} にしてください。"
                "このままでは、停電のときに保存した内容が失われます。"
            )


def _make(file: Path) -> None:
    """An empty file for a database: it will hold names, drafts and sign-ins, so the server's own
    user alone may read it.
    """
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise PiaError(
            f"データベース {file.name} を作れません。フォルダの書き込み権限を確かめてください。"
        ) from error


def upgrade(url: str, to: str = "head", at: datetime | None = None) -> None:
    """Creates or upgrades the database to a revision of the schema; running it again is harmless.
    `at`: when, for the entry that seals what there was (default: the time of the entry before it).
    """
    from .migrations import run

    file = database_file(url)
    if file is not None:
        if not file.parent.is_dir():
            raise PiaError(f"フォルダ {file.parent} がありません。先に作ってください。")
        if file.exists():
            _refuse_wal(file)
        else:
            _make(file)
    engine = _engine(connectable(url), migrating=True)
    try:
        with engine.begin() as connection:
            run(connection, to, written(at) if at is not None else None)
            if file is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise PiaError(
                    "移行のあと、データのつながりが壊れています。バックアップから戻してください。"
                )
    except DBAPIError as dbapierror:
        raise _said(dbapierror) or PiaError(
            "データベースを作れません。場所、書き込み権限、PostgreSQLの接続先を確かめてください。"
        ) from dbapierror
    finally:
        engine.dispose()


def check_schema(store: Store) -> None:
    """PiaError when the database was made by another release."""
    with store.engine.connect() as connection:
        has_revision = "alembic_version" in _tables(connection)
        if has_revision:
            revision = connection.exec_driver_sql(
                "SELECT version_num FROM alembic_version"
            ).scalar()
        else:
            revision = None
    if revision != HEAD:
        raise PiaError(
            "データベースの形が、この版のソフトウェアと合いません。"
            "バックアップをとってから、pia init を実行してください。"
        )


def _tables(connection: Connection) -> set[str]:
    from sqlalchemy import inspect

    return set(inspect(connection).get_table_names())
