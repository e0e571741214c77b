"""Backup and restore of a PostgreSQL store by the server's own programs, `pg_dump` and
`pg_restore`.

Knows their arguments and what a role must be allowed to do: read every table, and make databases.
Must not know what makes a copy sound (`backup`). Passwords go by the environment or a passfile,
never on a command line, which everybody on the machine can read.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess  # nosec B404 # the server's own programs
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from ...domain.errors import PiaError, Refused
from ..opening import connectable

MAGIC = b"PGDMP"  # how an archive of `pg_dump -Fc` begins
_MISSING = (
    "{0} がないため、PostgreSQLのバックアップと復元ができません。この機械に、"
    "データベースと同じ版のPostgreSQLのクライアントを入れてください。"
)
_NOT_ALLOWED = (
    "調べるための場所をPostgreSQLに作れません（{0}）。PIA_UPKEEP_URL に、"
    "表の持ち主で、データベースを作れる役割（CREATEDB）を指定してください。"
)
_MAINTENANCE = "postgres"  # the database that is always there


def dump(url: str, target: Path) -> None:
    """Writes what the database holds in one moment into a file. PiaError where it cannot."""
    target.touch(mode=0o600)
    reason = _run("pg_dump", url, "--format=custom", f"--file={target}")
    if reason:
        raise PiaError(
            f"PostgreSQLからバックアップをとれませんでした（{reason}）。"
            "接続先と、役割の権限（PIA_UPKEEP_URL）を確かめてください。"
        )


def load(url: str, file: Path, rights: bool) -> None:
    """Puts an archive into an empty database; `rights`: with what was granted to other roles.
    Refused where it cannot be read or its roles are not there.
    """
    more = () if rights else ("--no-acl",)
    reason = _run("pg_restore", url, "--exit-on-error", "--no-owner", *more, str(file))
    if reason:
        raise Refused(
            f"{file.name} から戻せませんでした（{reason}）。壊れているか、"
            "この機械にない役割のものです。別のバックアップか、役割を確かめてください。"
        )


def _run(program: str, url: str, *arguments: str) -> str:
    """Why a program failed; empty where it did its work. PiaError where it is not there."""
    executable = shutil.which(program)
    if executable is None:
        raise PiaError(_MISSING.format(program))
    conninfo, password = _conninfo(url)
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = password
    done = subprocess.run(  # nosec B603 # no shell
        [executable, f"--dbname={conninfo}", "--no-password", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if "error:" in line]
    return (lines or done.stderr.splitlines() or [str(done.returncode)])[0][:300]


def _conninfo(url: str) -> tuple[str, str]:
    """Where a database is as libpq says it, without the password; and the password."""
    from psycopg.conninfo import make_conninfo

    where = connectable(url)
    _, named = where.get_dialect()().create_connect_args(where)
    password = str(named.pop("password", "") or "")
    named.pop("context", None)
    return make_conninfo(**named), password


def _named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _server(url: str) -> Iterator[Any]:
    """A connection to the server on which databases are made and named."""
    engine = create_engine(connectable(_named(url, _MAINTENANCE)), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The URL of a new, empty database on the same server; dropped at the end, unless it has got
    another name meanwhile (`take_place`).
    """
    from sqlalchemy.exc import DBAPIError

    name = f"pia_check_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        with _server(url) as connection:
            # nosemgrep: raw-sql # our own name
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
    except DBAPIError as error:
        raise PiaError(_NOT_ALLOWED.format(str(error.orig).split("\n")[0])) from error
    try:
        yield _named(url, name)
    finally:
        with _server(url) as connection:
            # nosemgrep: raw-sql # the same
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def take_place(scratch_url: str, url: str) -> str | None:
    """Gives a database the name of the one at `url`, which gets another name and stays; its name,
    or None where there was none. Both at once. Refused where the one that stands there is in use.
    """
    from psycopg import connect, errors, sql

    conninfo, password = _conninfo(_named(url, _MAINTENANCE))
    old = str(make_url(url).database)
    new = str(make_url(scratch_url).database)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with closing(connect(conninfo, password=password or None)) as connection:
        try:
            with connection.transaction():
                names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
                free = (f"{old}_old{number}" for number in count(1))
                aside = next(name for name in free if name not in names)
                if old in names:
                    connection.execute(rename.format(sql.Identifier(old), sql.Identifier(aside)))
                connection.execute(rename.format(sql.Identifier(new), sql.Identifier(old)))
        except errors.ObjectInUse as error:
            raise Refused(
                "データベースが使われています。pia serve を止めてから、もう一度お試しください。"
            ) from error
        except errors.InsufficientPrivilege as error:
            raise PiaError(_NOT_ALLOWED.format(str(error).split("\n")[0])) from error
    return aside if old in names else None
