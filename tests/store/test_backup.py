from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from pia.domain.errors import PiaError, Refused
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck, postgresql
from pia.store.upkeep.backup import backup, restore

from . import city, servers
from .damage import damage


@pytest.fixture
def here(tmp_path: Path, full: Path) -> str:
    (tmp_path / "pia.db").write_bytes(full.read_bytes())
    return f"sqlite:///{tmp_path / 'pia.db'}"


def head(store: Store) -> tuple[int, str]:
    with store.read() as s:
        return log.chain_head(s)


def test_a_backup_taken_under_writes_is_whole(here: str, tmp_path: Path) -> None:
    """Every entry acknowledged before the backup began is in it, and it is sound whatever is
    written meanwhile."""
    store = open_store(here)
    stop = threading.Event()
    acknowledged = [head(store)[0]]

    def write() -> None:
        while not stop.is_set():
            with store.begin() as s:
                log.entry(s, city.by(), "act", "x")
            acknowledged.append(acknowledged[-1] + 1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for n in range(4):
            before = acknowledged[-1]
            head_saved = backup(store, tmp_path / f"b{n}.db")
            copy = open_store(f"sqlite:///{tmp_path / f'b{n}.db'}")
            assert head(copy) == head_saved and head_saved[0] >= before
            assert fsck.check(copy, deep=True) == []
            copy.close()
    finally:
        stop.set()
        thread.join()
    store.close()


def test_a_restore_brings_back_what_was_saved(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    head_saved = backup(store, tmp_path / "b.db")
    with store.begin() as s:
        log.entry(s, city.by(), "later", "x")
    store.close()
    now, aside = restore(tmp_path / "b.db", here)
    assert now == head_saved and aside is not None
    for url, extra in ((here, 0), (f"sqlite:///{aside}", 1)):
        store = open_store(url)
        assert head(store)[0] == head_saved[0] + extra and fsck.check(store, deep=True) == []
        store.close()
    new = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert restore(tmp_path / "b.db", new) == (head_saved, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "b.db",
        "elsewhere.db",
        "pia.db",
        "pia.db-queue",
        "pia.db.old1",
    ]


def test_a_damaged_backup_is_refused_and_nothing_changes(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    backup(store, tmp_path / "b.db")
    store.close()
    damage(f"sqlite:///{tmp_path / 'b.db'}", "UPDATE audit_entry SET target = 'x' WHERE seq = 1")
    before = (tmp_path / "pia.db").read_bytes()
    with pytest.raises(PiaError, match="1件目"):
        restore(tmp_path / "b.db", here)
    (tmp_path / "text.db").write_text("これはデータベースではない" * 99)
    for bad in ("text.db", "none.db"):
        with pytest.raises(PiaError):
            restore(tmp_path / bad, here)
    assert (tmp_path / "pia.db").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.db", "pia.db", "text.db"]


def test_a_damaged_store_gives_no_backup(here: str, tmp_path: Path) -> None:
    damage(here, "UPDATE audit_entry SET target = 'x' WHERE seq = 1")
    store = open_store(here)
    with pytest.raises(PiaError, match="問題"):
        backup(store, tmp_path / "b.db")
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == ["pia.db"]


def test_a_store_in_use_is_not_replaced(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    backup(store, tmp_path / "b.db")
    with store.begin() as s:
        log.entry(s, city.by(), "act", "x")
        with pytest.raises(PiaError, match="止めて"):
            restore(tmp_path / "b.db", here)
    store.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.db", "pia.db", "pia.db-queue"]


def test_a_broken_store_is_put_aside(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    backup(store, tmp_path / "b.db")
    store.close()
    (tmp_path / "pia.db").write_bytes(b"SQLite format 3\0" + b"\x00" * 5000)
    (tmp_path / "pia.db-journal").write_bytes(b"\xd9\xd5\x05\xf9 \xa1c\xd7" + b"\x00" * 600)
    _, aside = restore(tmp_path / "b.db", here)
    assert aside is not None and not (tmp_path / "pia.db-journal").exists()
    store = open_store(here)
    assert fsck.check(store, deep=True) == []
    store.close()


def test_a_backup_never_overwrites(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    (tmp_path / "b.db").write_bytes(b"keep")
    for target in (tmp_path / "b.db", tmp_path / "none" / "b.db"):
        with pytest.raises(PiaError):
            backup(store, target)
    assert (tmp_path / "b.db").read_bytes() == b"keep"
    store.close()


@pytest.fixture
def there(pg: str | None, full_pg: str | None) -> Iterator[str]:
    """A PostgreSQL database with records of every kind."""
    if pg is None:
        pytest.skip(servers.HOW)
    with servers.database(pg, full_pg) as url:
        yield url


def names(url: str) -> set[str]:
    """The databases on a server that belong to a test, or stand beside one."""
    name = str(make_url(url).database)
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    return {row[0] for row in rows if row[0].startswith((f"{name}_old", "pia_check_"))}


def test_postgresql_brings_back_what_was_saved(there: str, tmp_path: Path) -> None:
    store = open_store(there)
    head_saved = backup(store, tmp_path / "b.dump")
    assert head_saved == head(store) and (tmp_path / "b.dump").stat().st_mode & 0o077 == 0
    with store.begin() as s:
        log.entry(s, city.by(), "later", "x")
    with pytest.raises(Refused, match="止めて"):
        restore(tmp_path / "b.dump", there)
    assert head(store)[0] == head_saved[0] + 1 and names(there) == set()
    store.close()
    now, aside = restore(tmp_path / "b.dump", there)
    try:
        assert now == head_saved and aside is not None and names(there) == {aside}
        old = make_url(there).set(database=aside).render_as_string(hide_password=False)
        for url, extra in ((there, 0), (old, 1)):
            store = open_store(url)
            assert head(store)[0] == head_saved[0] + extra and fsck.check(store, deep=True) == []
            store.close()
    finally:
        server = make_url(there).set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{aside}"')  # type: ignore[arg-type]


def test_postgresql_damaged_gives_no_backup(there: str, tmp_path: Path) -> None:
    damage(there, "UPDATE audit_entry SET target = 'x' WHERE seq = 1")
    store = open_store(there)
    with pytest.raises(PiaError, match="問題"):
        backup(store, tmp_path / "b.dump")
    store.close()
    assert list(tmp_path.iterdir()) == [] and names(there) == set()


def test_postgresql_refuses_what_is_no_backup_of_it(
    there: str, full: Path, tmp_path: Path, pg: str
) -> None:
    shutil.copy(full, tmp_path / "file.db")
    (tmp_path / "broken.dump").write_bytes(b"PGDMP" + bytes(range(256)))
    with servers.database(pg) as other:
        with psycopg.connect(other) as connection:
            connection.execute("CREATE TABLE version (id int)")
        postgresql.dump(other, tmp_path / "foreign.dump")
    for name, says in (
        ("file.db", "SQLiteのバックアップ"),
        ("broken.dump", "戻せませんでした"),
        ("foreign.dump", "知らない版|バックアップではありません|合いません|問題"),
    ):
        with pytest.raises(PiaError, match=says):
            restore(tmp_path / name, there)
    assert names(there) == set()


def test_a_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in place of pg_dump writes down what it was started with."""
    program = tmp_path / "pg_dump"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/line\necho $PGPASSWORD > {tmp_path}/env\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    postgresql.dump("postgresql://keeper:himitsu-7@db.example/pia", tmp_path / "x")
    assert "himitsu-7" not in (tmp_path / "line").read_text()
    assert "db.example" in (tmp_path / "line").read_text()
    assert (tmp_path / "env").read_text().strip() == "himitsu-7"
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(PiaError, match="クライアント"):
        postgresql.dump("postgresql://keeper@db.example/pia", tmp_path / "x")


def test_what_is_no_backup_is_said(here: str, full: Path, tmp_path: Path) -> None:
    (tmp_path / "b.dump").write_bytes(b"PGDMP" + b"x" * 100)
    whole = bytearray(full.read_bytes())
    whole[8192:12288] = random.Random(3).randbytes(4096)
    (tmp_path / "page.db").write_bytes(whole)
    (tmp_path / "half.db").write_bytes(full.read_bytes()[:30_000])
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 5000)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE addresses (name)")
    other.close()
    before = (tmp_path / "pia.db").read_bytes()
    for name, says in (
        ("b.dump", "PostgreSQLのバックアップ"),
        ("page.db", "壊れているため"),
        ("half.db", "壊れているため"),
        ("photo.jpg", "バックアップではありません"),
        ("other.db", "バックアップではありません"),
    ):
        with pytest.raises(Refused, match=says):
            restore(tmp_path / name, here)
    assert (tmp_path / "pia.db").read_bytes() == before and not list(tmp_path.glob("*.part*"))


def test_a_trigger_planted_in_a_backup_never_runs(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    backup(store, tmp_path / "b.db")
    store.close()
    for planted, code in (
        (
            "CREATE TRIGGER planted AFTER UPDATE ON alembic_version BEGIN UPDATE "
            "account SET role = 'administrator'; END",
            "planted",
        ),
        ("DROP TRIGGER version_no_update", "違う"),
        ("CREATE VIEW seen AS SELECT 1", "seen"),
        ("UPDATE alembic_version SET version_num = 'later'", "知らない版"),
    ):
        (tmp_path / "bad.db").write_bytes((tmp_path / "b.db").read_bytes())
        bare = sqlite3.connect(tmp_path / "bad.db")
        bare.execute(planted)
        bare.commit()
        bare.close()
        with pytest.raises(PiaError, match=code):
            restore(tmp_path / "bad.db", f"sqlite:///{tmp_path / 'new.db'}")
        assert not (tmp_path / "new.db").exists()
