"""Fixtures of the whole suite: the demonstration's case, played once per database and copied for every test that wants to change it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from pia import config
from pia.actions import demo
from pia.actions.workplace import Workplace, open_workplace
from pia.domain.act import JST
from pia.store.base import upgrade

TODAY = date(2024, 11, 1)
NOW = datetime(2024, 11, 1, 9, tzinfo=JST)


def workplace_at(url: str, **settings: str) -> Workplace:
    return open_workplace(config.load({"PIA_DATABASE_URL": url, **settings}))


@pytest.fixture(scope="session")
def played_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database in which the whole case was played."""
    file = tmp_path_factory.mktemp("case") / "pia.db"
    upgrade(f"sqlite:///{file}")
    wp = workplace_at(f"sqlite:///{file}")
    demo.play(wp)
    wp.store.close()
    return file


@pytest.fixture
def played(played_file: Path, tmp_path: Path) -> Iterator[Workplace]:
    """The played case, to read and to change."""
    shutil.copy(played_file, tmp_path / "pia.db")
    wp = workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    yield wp
    wp.store.close()


@pytest.fixture(scope="session")
def seen(played_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The played case, only to read (signing in to look at it is all that may be written)."""
    file = shutil.copy(played_file, tmp_path_factory.mktemp("seen") / "pia.db")
    wp = workplace_at(f"sqlite:///{file}")
    yield wp
    wp.store.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workplace]:
    """An empty database."""
    upgrade(f"sqlite:///{tmp_path / 'fresh.db'}")
    wp = workplace_at(f"sqlite:///{tmp_path / 'fresh.db'}")
    yield wp
    wp.store.close()
