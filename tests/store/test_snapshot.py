"""A copy beside writers: what they write during the first reading is in it whole, during the second
nobody commits, and what cannot be copied is said."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from pia.store.upkeep import snapshot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three chunks and a bit."""
    path = tmp_path / "some.db"
    bare = sqlite3.connect(path)
    bare.execute("CREATE TABLE some (id INTEGER PRIMARY KEY, body BLOB)")
    bare.executemany("INSERT INTO some (body) VALUES (?)", ((os.urandom(100_000),),) * 33)
    bare.commit()
    bare.close()
    return path


def test_what_is_written_meanwhile_is_in_it_whole(file: Path, tmp_path: Path) -> None:
    copying = snapshot._copy(file, tmp_path / "copy.db")
    next(copying)  # the first chunk is copied
    bare = sqlite3.connect(file)
    bare.execute("UPDATE some SET body = ? WHERE id = 1", (os.urandom(100_000),))
    bare.execute("INSERT INTO some (body) VALUES (?)", (os.urandom(2_000_000),))
    bare.execute("DELETE FROM some WHERE id = 2")
    bare.commit()
    bare.close()
    list(copying)
    assert (tmp_path / "copy.db").read_bytes() == file.read_bytes()
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_a_file_that_becomes_smaller(file: Path, tmp_path: Path) -> None:
    copying = snapshot._copy(file, tmp_path / "copy.db")
    next(copying)
    bare = sqlite3.connect(file, isolation_level=None)
    bare.execute("DELETE FROM some WHERE id > 3")
    bare.execute("VACUUM")
    bare.close()
    list(copying)
    assert (tmp_path / "copy.db").read_bytes() == file.read_bytes()


def test_nobody_commits_during_the_second_reading(file: Path, tmp_path: Path) -> None:
    size = file.stat().st_size
    copying = snapshot._copy(file, tmp_path / "copy.db")
    while next(copying)[0] <= size:
        continue
    bare = sqlite3.connect(file, timeout=0, isolation_level=None)
    bare.execute("BEGIN IMMEDIATE")
    bare.execute("DELETE FROM some WHERE id = 1")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        bare.execute("COMMIT")
    before = file.read_bytes()
    list(copying)
    bare.execute("COMMIT")
    bare.close()
    assert (tmp_path / "copy.db").read_bytes() == before != file.read_bytes()


def test_what_cannot_be_copied_is_said_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    snapshot.take(file, tmp_path / "copy.db", lambda done, total, _: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1]
    for source, target in ((tmp_path / "none.db", "x.db"), (file, "none/x.db")):
        with pytest.raises(OSError, match="No such file"):
            snapshot.take(source, tmp_path / target)
        assert not (tmp_path / target).exists()
