"""Databases to test on: SQLite files, and PostgreSQL from PIA_TEST_PG_URL or a private server of
this test run.

Knows how a server is started, once for all processes of a run, and one database per test is
made. Must not know what is tested.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests import shared

HOW = (
    "PostgreSQLがありません。postgresql をインストールするか、PIA_TEST_PG_URL "
    "に空のサーバーのURLを入れてください。"
)
_SHARED = "postgresql.json"
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
        yield given
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
    """Stops the server of this run (of the run with this folder), if there is one."""
    file = Path(folder or os.environ[shared.RUN]) / _SHARED
    if file.exists():
        _stop(json.loads(file.read_text()))


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
    """A new database on the server, dropped afterwards."""
    url = make_url(server_url).set(drivername="postgresql")
    name = f"pia_{os.getpid()}_{next(_number)}"
    like = f' TEMPLATE "{template}"' if template else ""
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as c:
        c.execute(f'CREATE DATABASE "{name}"{like}')  # type: ignore[arg-type]
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
