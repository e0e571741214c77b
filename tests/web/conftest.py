"""Workplaces at a moment of the case that several files of tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pia.actions.workplace import Workplace

from .. import shared


@pytest.fixture(scope="session")
def drafted_file() -> Path:
    """The case until the national text is in, before the consultation."""
    return shared.played("national")


@pytest.fixture
def drafted(drafted_file: Path, tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(drafted_file, tmp_path)
    yield wp
    wp.store.close()
