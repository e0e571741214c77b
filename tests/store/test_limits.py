"""What a PostgreSQL server itself ends, which of several servers is written to, and what is said of
one that became read-only."""

from __future__ import annotations

import socket

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from pia.domain.errors import PiaError, Unavailable
from pia.store import patience
from pia.store.ledger import log
from pia.store.opening import Store, connectable, open_store

from . import city


@pytest.fixture
def there(store: Store) -> Store:
    if store.sqlite:
        pytest.skip("a server's own limits")
    return store


def shown(store: Store, name: str) -> str:
    with store.read() as session:
        return str(session.connection().exec_driver_sql(f"SHOW {name}").scalar_one())


LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


def test_pages_are_limited_and_jobs_are_not(there: Store) -> None:
    assert [shown(there, name) for name in LIMITS] == ["0", "0"]
    with patience.of(5):
        assert [shown(there, name) for name in LIMITS] == ["15s", "1min"]
        with pytest.raises(RuntimeError), there.read():
            raise RuntimeError("a rollback takes nothing back")
        assert [shown(there, name) for name in LIMITS] == ["15s", "1min"]
    assert [shown(there, name) for name in LIMITS] == ["0", "0"]


def test_a_statement_that_takes_too_long_is_ended_by_the_server(there: Store) -> None:
    """`more` of the watch stands for a page whose process was frozen: only the server ends it."""
    with pytest.raises(Unavailable), there.read() as session:
        session.connection().exec_driver_sql("SET LOCAL statement_timeout = 100")
        session.connection().exec_driver_sql("SELECT pg_sleep(60)")
    with pytest.raises(Unavailable), there.read() as session:
        session.connection().exec_driver_sql(
            "SET LOCAL idle_in_transaction_session_timeout = 100; "
            "SELECT pg_terminate_backend(pg_backend_pid())"
        )


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def pid(session: Session) -> int:
    """Which connection to the server this is."""
    return int(session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def test_of_several_servers_the_one_that_takes_writes(there: Store, url: str) -> None:
    where = make_url(url)
    hosts = [f"127.0.0.1:{closed_port()}", f"{where.host}:{where.port}"]
    several = where.set(host=None, port=None).update_query_dict({"host": hosts})
    store = open_store(several.render_as_string(hide_password=False))

    def save() -> None:
        with store.begin() as session:
            log.entry(session, city.by(), "act", "x")

    save()
    name = where.database
    server = where.set(drivername="postgresql", database="postgres")
    try:
        with psycopg.connect(server.render_as_string(False), autocommit=True) as connection:
            setting = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
            connection.execute(setting)  # type: ignore[arg-type]
        store.engine.dispose()
        with pytest.raises(Unavailable):
            save()  # no server takes writes now
        alone = open_store(url)
        held = []
        with pytest.raises(Unavailable, match="読取り専用"), alone.begin() as session:
            held.append(pid(session))
            log.entry(session, city.by(), "act", "x")
        with alone.read() as session:
            held.append(pid(session))
        with alone.read() as session:
            held.append(pid(session))
        assert held[0] != held[1] == held[2], "the server is left; others are used again"
        alone.close()
    finally:
        with psycopg.connect(server.render_as_string(False), autocommit=True) as connection:
            setting = f'ALTER DATABASE "{name}" RESET default_transaction_read_only'
            connection.execute(setting)  # type: ignore[arg-type]
    save()
    store.close()


def test_a_setting_that_cannot_be_read_shows_no_password() -> None:
    with pytest.raises(PiaError) as refused:
        connectable("postgresql://pia:himitsu@a:5432,b:5432/pia")
    assert "himitsu" not in str(refused.value) and "host=a:5432&host=b:5432" in str(refused.value)
