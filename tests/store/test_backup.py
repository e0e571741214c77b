from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck
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
            told = backup(store, tmp_path / f"b{n}.db")
            copy = open_store(f"sqlite:///{tmp_path / f'b{n}.db'}")
            assert head(copy) == told and told[0] >= before
            assert fsck.check(copy, deep=True) == []
            copy.close()
    finally:
        stop.set()
        thread.join()
    store.close()


def test_a_restore_brings_back_what_was_saved(here: str, tmp_path: Path) -> None:
    store = open_store(here)
    told = backup(store, tmp_path / "b.db")
    with store.begin() as s:
        log.entry(s, city.by(), "later", "x")
    store.close()
    now, aside = restore(tmp_path / "b.db", here)
    assert now == told and aside is not None
    for url, extra in ((here, 0), (f"sqlite:///{aside}", 1)):
        store = open_store(url)
        assert head(store)[0] == told[0] + extra and fsck.check(store, deep=True) == []
        store.close()
    new = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert restore(tmp_path / "b.db", new) == (told, None)
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


def test_postgresql_is_sent_to_its_own_tools(
    pg: str | None, blank_pg: str | None, tmp_path: Path
) -> None:
    if pg is None:
        pytest.skip(servers.HOW)
    with servers.database(pg, blank_pg) as url:
        store = open_store(url)
        with pytest.raises(PiaError, match="pg_dump"):
            backup(store, tmp_path / "b.db")
        store.close()
        sqlite3.connect(tmp_path / "x.db").close()
        with pytest.raises(PiaError, match="pg_restore"):
            restore(tmp_path / "x.db", url)


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
