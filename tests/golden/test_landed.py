"""What earlier landed states left with cities still opens: a database and a backup of each, on
both databases, upgraded and found sound.

Each folder is named by its commit; its files were made there by `tests/store/records.py` as it
was then.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from pia.store.ledger import log
from pia.store.opening import check_schema, open_store, upgrade
from pia.store.upkeep import fsck
from pia.store.upkeep.backup import restore

from ..store import servers

# Landed state → how many publications its records had.
PUBLICATIONS = {"3486151": 4, "f1cf9278": 6}
LANDED = sorted(p for p in Path(__file__).parent.iterdir() if (p / "records.db.gz").is_file())


def sound(url: str, landed: Path) -> None:
    """The database is of this release, nothing in it is damaged, and all that was there is
    there."""
    store = open_store(url)
    check_schema(store)
    assert fsck.check(store, deep=True) == []
    with store.read() as s:
        assert log.chain_head(s)[0] >= 2
        assert s.scalar(text("SELECT count(*) FROM version")) == 6
        assert s.scalar(text("SELECT count(*) FROM verdict")) == 2
        assert s.scalar(text("SELECT count(*) FROM publication")) == PUBLICATIONS[landed.name]
    store.close()


@pytest.mark.parametrize("landed", LANDED, ids=lambda p: p.name)
def test_a_database_file_of_a_landed_state_is_upgraded(landed: Path, tmp_path: Path) -> None:
    (tmp_path / "pia.db").write_bytes(gzip.decompress((landed / "records.db.gz").read_bytes()))
    upgrade(f"sqlite:///{tmp_path / 'pia.db'}")
    sound(f"sqlite:///{tmp_path / 'pia.db'}", landed)


@pytest.mark.parametrize("landed", LANDED, ids=lambda p: p.name)
def test_a_backup_of_a_landed_state_is_restored(landed: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.db").write_bytes(gzip.decompress((landed / "backup.db.gz").read_bytes()))
    restore(tmp_path / "backup.db", f"sqlite:///{tmp_path / 'pia.db'}")
    sound(f"sqlite:///{tmp_path / 'pia.db'}", landed)


@pytest.mark.parametrize("landed", LANDED, ids=lambda p: p.name)
def test_a_postgresql_database_of_a_landed_state_is_upgraded(landed: Path) -> None:
    with servers.server() as server:
        if server is None:
            pytest.skip(servers.HOW)
        with servers.database(server) as url:
            script = gzip.decompress((landed / "records.sql.gz").read_bytes()).decode("utf-8")
            with psycopg.connect(url, autocommit=True) as c:
                c.execute(script)  # type: ignore[arg-type]
            upgrade(url)
            sound(url, landed)
