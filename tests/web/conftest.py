"""Workplaces at a moment of the case that several files of tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pia.actions import demo
from pia.actions.workplace import Workplace
from pia.store.base import upgrade

from ..conftest import workplace_at


@pytest.fixture(scope="session")
def drafted_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case until the national text is in, before the consultation."""
    file = tmp_path_factory.mktemp("drafted") / "pia.db"
    upgrade(f"sqlite:///{file}")
    wp = workplace_at(f"sqlite:///{file}")
    demo.play(wp, until="national")
    wp.store.close()
    return file


@pytest.fixture
def drafted(drafted_file: Path, tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "pia.db").write_bytes(drafted_file.read_bytes())
    wp = workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    yield wp
    wp.store.close()
