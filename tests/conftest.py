"""Fixtures of the whole suite: the demonstration's case, played once per run and copied for
every test that wants to change it."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher, profiles

from pia.actions.people import passwords
from pia.actions.workplace import Workplace
from pia.domain.act import JST

from . import compiled, properties, shared
from .shared import workplace_at
from .store import servers

TODAY = date(2024, 11, 1)
NOW = datetime(2024, 11, 1, 9, tzinfo=JST)
RUN = pytest.StashKey[Path]()
# Files of which each takes a minute or more.
LONG = (
    "tests/drills/",
    "tests/e2e/",
    "tests/web/test_naughty_fields",
    "tests/web/test_limits",
    "tests/documents/test_carrier_room",
)

__all__ = ["NOW", "TODAY", "properties", "workplace_at"]


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run makes the folder that all of them share."""
    if shared.RUN not in os.environ:
        config.stash[RUN] = Path(tempfile.mkdtemp(prefix="pia-run-"))
        os.environ[shared.RUN] = str(config.stash[RUN])
    compiled.keep_in(shared.folder())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: drills and servers wait, and meanwhile others work."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """What is there from now on to the end is set aside, and all memory gone through seldom: else
    a tenth of the run goes into looking at it for what nothing points to."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        servers.stop_shared()
        shutil.rmtree(config.stash[RUN], ignore_errors=True)
        del os.environ[shared.RUN]


@pytest.fixture(scope="session", autouse=True)
def full_hasher() -> Iterator[Callable[[], PasswordHasher]]:
    """Tests hash with the library's own profile for tests: at full strength each takes a fifth
    of a second. What people get is handed out for a look at it."""
    full = passwords._hasher
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            passwords, "_hasher", cache(partial(PasswordHasher.from_parameters, profiles.CHEAPEST))
        )
        yield full


@pytest.fixture(scope="session")
def played_file() -> Path:
    """A SQLite database in which the whole case was played."""
    return shared.played()


@pytest.fixture
def played(played_file: Path, tmp_path: Path) -> Iterator[Workplace]:
    """The played case, to read and to change."""
    wp = shared.copied(played_file, tmp_path)
    yield wp
    wp.store.close()


@pytest.fixture(scope="session")
def seen(played_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The played case, only to read (signing in to look at it is all that may be written)."""
    wp = shared.copied(played_file, tmp_path_factory.mktemp("seen"))
    yield wp
    wp.store.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workplace]:
    """An empty database."""
    wp = shared.copied(shared.blank(), tmp_path)
    yield wp
    wp.store.close()
