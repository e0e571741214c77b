"""Every test that takes `store` or `url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pia.store.opening import Store, open_store, upgrade
from tests import shared

from . import records, servers


@pytest.fixture(scope="session")
def pg() -> Iterator[str | None]:
    with servers.server() as url:
        yield url


@pytest.fixture(scope="session")
def blank() -> Path:
    """A SQLite database with the whole schema and no rows, to copy."""
    return shared.blank()


@pytest.fixture(scope="session")
def blank_pg(pg: str | None) -> str | None:
    return servers.blank(pg) if pg else None


@pytest.fixture(params=["sqlite", "pg"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, pg: str | None) -> Iterator[str]:
    """A place for a database where there is none yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'pia.db'}"
    elif pg is None:
        pytest.skip(servers.HOW)
    else:
        with servers.database(pg) as url:
            yield url


@pytest.fixture(params=["sqlite", "pg"])
def url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    blank: Path,
    pg: str | None,
    blank_pg: str | None,
) -> Iterator[str]:
    """A database with the schema and no rows."""
    if request.param == "sqlite":
        shutil.copy(blank, tmp_path / "pia.db")
        yield f"sqlite:///{tmp_path / 'pia.db'}"
    elif pg is None:
        pytest.skip(servers.HOW)
    else:
        with servers.database(pg, blank_pg) as made:
            yield made


def _fill(url: str) -> None:
    upgrade(url)
    opened = open_store(url)
    records.fill(opened)
    opened.close()


@pytest.fixture(scope="session")
def full() -> Path:
    """A SQLite database with records of every kind, to copy."""
    return shared.once("full.db", lambda file: _fill(f"sqlite:///{file}"))


@pytest.fixture(scope="session")
def full_pg(pg: str | None) -> str | None:
    return servers.template(pg, "full", _fill) if pg else None


@pytest.fixture(params=["sqlite", "pg"])
def full_url(
    request: pytest.FixtureRequest, tmp_path: Path, full: Path, pg: str | None, full_pg: str | None
) -> Iterator[str]:
    """A database with records of every kind."""
    if request.param == "sqlite":
        shutil.copy(full, tmp_path / "pia.db")
        yield f"sqlite:///{tmp_path / 'pia.db'}"
    elif pg is None:
        pytest.skip(servers.HOW)
    else:
        with servers.database(pg, full_pg) as url:
            yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
