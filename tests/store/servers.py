"""Databases to test on: SQLite files, and PostgreSQL from PIA_TEST_PG_URL or a private server of
this test run.

Knows how a server is started, once for all processes of a run, and one database per test is
made. Must not know what is tested.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from pia.store.opening import upgrade
from tests import shared

HOW = (
    "PostgreSQLがありません。postgresql をインストールするか、PIA_TEST_PG_URL "
    "に空のサーバーのURLを入れてください。"
)
_SHARED = "postgresql.json"
_TEMPLATES = "template-*.name"
_number = count(1)


def _binaries() -> Path | None:
    program = shutil.which("pg_config")
    if not program:
        return None
    folder = Path(
        subprocess.run(
            [program, "--bindir"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    return folder if (folder / "initdb").exists() and (folder / "pg_ctl").exists() else None


def _other_user() -> list[str]:
    # The server refuses to run as root; the account its package made is there for this.
    if os.geteuid() != 0:
        return []
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def server() -> Iterator[str | None]:
    """The URL of a server for the length of a run, durable as in earnest; None where there is no
    PostgreSQL."""
    given = os.environ.get("PIA_TEST_PG_URL")
    if given:
        try:
            yield given
        finally:
            if shared.RUN not in os.environ:
                _drop_templates(shared.folder(), given)
        return
    folder = _binaries()
    if folder is None or (
        os.geteuid() == 0 and "postgres" not in {p.pw_name for p in pwd.getpwall()}
    ):
        yield None
        return
    if (
        shared.RUN in os.environ
    ):  # of a run of the tests: the first who asks starts it, `stop_shared` ends it
        yield json.loads(
            shared.once(
                _SHARED, lambda file: file.write_text(json.dumps(_started(folder)))
            ).read_text()
        )["url"]
        return
    server = _started(folder)
    try:
        yield server["url"]
    finally:
        _stop(server)


def stop_shared(folder: str | Path | None = None) -> None:
    """Stops the server of this run (of the run with this folder), if there is one; on a server
    that was given, drops what the run made once."""
    run = Path(folder or os.environ[shared.RUN])
    if (run / _SHARED).exists():
        _stop(json.loads((run / _SHARED).read_text()))
    given = os.environ.get("PIA_TEST_PG_URL")
    if given:
        _drop_templates(run, given)


def _started(folder: Path) -> dict[str, str]:
    """A server in a folder of its own: {"url", "home"}."""
    home = Path(tempfile.mkdtemp(prefix="pia-pg-"))
    if _other_user():
        shutil.chown(home, "postgres")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    data = str(home / "data")
    try:
        _run(
            home,
            str(folder / "initdb"),
            "-D",
            data,
            "-U",
            "pia",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--data-checksums",
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories= -c "
            "max_connections=200"
        )
        _run(
            home,
            str(folder / "pg_ctl"),
            "-D",
            data,
            "-o",
            options,
            "-l",
            str(home / "log"),
            "-w",
            "start",
        )
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return {"url": f"postgresql://pia@127.0.0.1:{port}/postgres", "home": str(home)}


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A server of one drill alone, that may be stopped and started."""

    url: str
    home: Path

    def stop(self) -> None:
        """At once, as when the machine fails."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Again, with the same data and port."""
        options = (self.home / "data" / "postmaster.opts").read_text().split("-c", 1)[1]
        flags = f"-c{options}".replace('"', "").strip()
        self._control("-o", flags, "-l", str(self.home / "log"), "-w", "start")

    def end(self) -> None:
        """For good; its folder goes."""
        _stop({"url": self.url, "home": str(self.home)})

    def _control(self, *words: str) -> None:
        _run(self.home, f"{_binaries()}/pg_ctl", "-D", str(self.home / "data"), *words)


def stoppable() -> Stoppable | None:
    """A new server; None where there are no programs for one."""
    folder = _binaries()
    if folder is None:
        return None
    made = _started(folder)
    return Stoppable(made["url"], Path(made["home"]))


def _stop(server: dict[str, str]) -> None:
    home, folder = Path(server["home"]), _binaries()
    try:
        _run(home, f"{folder}/pg_ctl", "-D", str(home / "data"), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(home: Path, *command: str) -> None:
    done = subprocess.run(
        [*_other_user(), *command],
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@contextmanager
def database(server_url: str, template: str | None = None) -> Iterator[str]:
    """A new database on the server, dropped afterwards: empty, or a copy of a template."""
    url = make_url(server_url).set(drivername="postgresql")
    name = f"pia_{os.getpid()}_{next(_number)}"
    like = f' TEMPLATE "{template}"' if template else ""
    _execute(server_url, f'CREATE DATABASE "{name}"{like}')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def template(server_url: str, name: str, make: Callable[[str], None], like: str = "") -> str:
    """The database of this name that a run makes once, by whoever asks first, for `database` to
    copy. `make` gets the URL of an empty database (of a copy of the database `like`, to which
    nobody is connected) and leaves no connection to it."""
    url = make_url(server_url)

    def made(file: Path) -> None:
        database_name = f"pia_template_{secrets.token_hex(8)}"
        copied = f' TEMPLATE "{like}"' if like else ""
        _execute(server_url, f'CREATE DATABASE "{database_name}"{copied}')
        own = url.set(drivername="postgresql", database=database_name)
        make(own.render_as_string(hide_password=False))
        file.write_text(database_name)

    return shared.once(f"template-{name}-{url.host}-{url.port}.name", made).read_text()


def blank(server_url: str) -> str:
    """The template with the whole schema and no rows."""
    return template(server_url, "blank", upgrade)


def _drop_templates(run: Path, server_url: str) -> None:
    for file in run.glob(_TEMPLATES):
        with suppress(psycopg.OperationalError):
            _execute(server_url, f'DROP DATABASE IF EXISTS "{file.read_text()}" WITH (FORCE)')
        file.unlink()


def _execute(server_url: str, statement: str) -> None:
    url = make_url(server_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]
