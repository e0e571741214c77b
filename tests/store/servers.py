"""Databases to test on: SQLite files, and PostgreSQL from PIA_TEST_PG_URL or a private server of this test run.

Knows how a server is started and one database per test is made. Must not know what is tested.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

HOW = "PostgreSQLがありません。postgresql をインストールするか、PIA_TEST_PG_URL に空のサーバーのURLを入れてください。"
_number = count(1)


def _binaries() -> Path | None:
    found = shutil.which("pg_config")
    if not found:
        return None
    folder = Path(subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    return folder if (folder / "initdb").exists() and (folder / "pg_ctl").exists() else None


def _other_user() -> list[str]:
    # The server refuses to run as root; the account its package made is there for this.
    if os.geteuid() != 0:
        return []
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def server() -> Iterator[str | None]:
    """The URL of a server for the length of a run, durable as in earnest; None where there is no PostgreSQL."""
    given = os.environ.get("PIA_TEST_PG_URL")
    if given:
        yield given
        return
    folder = _binaries()
    if folder is None or (os.geteuid() == 0 and "postgres" not in {p.pw_name for p in pwd.getpwall()}):
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="pia-pg-"))
    prefix = _other_user()
    if prefix:
        shutil.chown(home, "postgres")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]

    def run(*command: str) -> None:
        done = subprocess.run([*prefix, *command], cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout

    data = str(home / "data")
    try:
        run(str(folder / "initdb"), "-D", data, "-U", "pia", "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories= -c max_connections=60"
        run(str(folder / "pg_ctl"), "-D", data, "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            yield f"postgresql://pia@127.0.0.1:{port}/postgres"
        finally:
            run(str(folder / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


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
