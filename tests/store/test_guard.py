"""The program cannot rewrite what it keeps: every way SQL knows, on every table that is only
added to."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from pia.store import guard
from pia.store.opening import Store, open_store
from pia.store.rows.tables import METADATA
from pia.store.upkeep import fsck

from . import records, servers


def refused(store: Store, statement: str) -> str:
    with pytest.raises(DBAPIError) as e, store.begin() as s:
        s.execute(text(statement))
    return str(e.value.orig)


def test_no_kept_row_can_be_changed_or_deleted(full_url: str) -> None:
    store = open_store(full_url)
    for table, columns in guard.FROZEN.items():
        made = METADATA.tables[table]
        names = [c.name for c in made.columns if not columns or c.name in columns]
        with store.read() as s:
            before = s.execute(made.select().order_by(*made.primary_key)).all()
        assert before, f"{table} holds nothing to try on"
        for name in names:
            refused(store, f'UPDATE "{table}" SET "{name}" = "{name}"')
        refused(store, f'DELETE FROM "{table}"')
        every = ", ".join(f'"{c.name}"' for c in made.columns)
        key = ", ".join(f'"{c.name}"' for c in made.primary_key)
        set_one = f'"{names[0]}" = excluded."{names[0]}"'
        refused(
            store,
            f'INSERT INTO "{table}" ({every}) SELECT {every} FROM "{table}" WHERE 1 = 1 '
            f"ON CONFLICT ({key}) DO UPDATE SET {set_one}",
        )
        if store.sqlite:
            refused(store, f'REPLACE INTO "{table}" ({every}) SELECT {every} FROM "{table}"')
            refused(store, f'DROP TABLE "{table}"')
            refused(store, f"DROP TRIGGER {table}_no_update")
            refused(store, f'ALTER TABLE "{table}" RENAME TO gone')
        else:
            refused(store, f'TRUNCATE "{table}" CASCADE')
        with store.read() as s:
            assert s.execute(made.select().order_by(*made.primary_key)).all() == before
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = OFF",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA writable_schema = ON",
        "ATTACH ':memory:' AS other",
    ],
)
def test_settings_cannot_be_changed_while_running(
    tmp_path: Path, full: Path, statement: str
) -> None:
    (tmp_path / "pia.db").write_bytes(full.read_bytes())
    store = open_store(f"sqlite:///{tmp_path / 'pia.db'}")
    assert "not authorized" in refused(store, statement)
    store.close()


def test_triggers_hold_without_the_program(tmp_path: Path, full: Path) -> None:
    """Another program on the same file meets the triggers (REPLACE passes them there unless it
    asks for recursive triggers)."""
    file = tmp_path / "pia.db"
    file.write_bytes(full.read_bytes())
    bare = sqlite3.connect(file)
    for table, columns in guard.FROZEN.items():
        name = columns[0] if columns else METADATA.tables[table].columns.keys()[0]
        for statement in (f'UPDATE "{table}" SET "{name}" = "{name}"', f'DELETE FROM "{table}"'):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                bare.execute(statement)
    bare.close()


def test_what_may_change_can_change(full_url: str) -> None:
    store = open_store(full_url)
    with store.begin() as s:
        s.execute(text("UPDATE opinion SET item = 'II-6-1' WHERE id = 1"))
        s.execute(text("DELETE FROM opinion_sender"))
        s.execute(text("UPDATE affair SET name = '別の名前' WHERE id = 1"))
    with store.read() as s:
        assert s.scalar(text("SELECT item FROM opinion WHERE id = 1")) == "II-6-1"
        assert s.scalar(text("SELECT count(*) FROM opinion_sender")) == 0
    store.close()


def granted(act: str) -> dict[str, set[str]]:
    """Table → the columns the role of the manual may change (empty: all of them)."""
    manual = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
    found: dict[str, set[str]] = {}
    for columns, tables in re.findall(rf"GRANT {act} (?:\((.*?)\) )?ON (.*?) TO", manual, re.S):
        for table in tables.split(","):
            found[table.strip()] = {column.strip() for column in columns.split(",") if column}
    return found


def test_the_role_of_the_manual_may_change_what_changes_and_nothing_else() -> None:
    may = granted("UPDATE")
    for name, table in METADATA.tables.items():
        frozen = guard.FROZEN.get(name)
        if frozen is None:  # state, and under no trigger
            assert may.get(name) == set(), name
            continue
        names = set(table.columns.keys())
        changes = names - set(frozen) if frozen else set()
        if not changes:
            assert name not in may, name
        else:
            assert may[name] in (set(), changes & may[name]) and may[name] <= changes, name
    # What is taken away whole is under no trigger.
    assert not set(granted("DELETE")) & set(guard.FROZEN)


def test_the_role_of_the_manual_can_work_and_cannot_rewrite(
    pg: str | None, blank_pg: str | None
) -> None:
    """The SQL block of docs/operations.md is run as it stands: it grants enough for every
    record, and no UPDATE of what is kept."""
    if pg is None:
        pytest.skip(servers.HOW)
    manual = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
    grants = manual.split("```sql\n")[1].split("```")[0]
    with servers.database(pg, blank_pg) as url, psycopg.connect(url, autocommit=True) as owner:
        try:
            owner.execute(grants)  # type: ignore[arg-type]
            store = open_store(
                make_url(url).set(username="pia_app").render_as_string(hide_password=False)
            )
            records.fill(store)
            assert fsck.check(store, deep=True) == []
            for table in guard.FROZEN:
                said = refused(store, f'DELETE FROM "{table}"')
                assert "permission denied" in said
                if not guard.FROZEN[table]:
                    assert "permission denied" in refused(
                        store,
                        f'UPDATE "{table}" SET "{METADATA.tables[table].columns.keys()[0]}" = NULL',
                    )
                assert "permission denied" in refused(store, f'TRUNCATE "{table}" CASCADE')
            assert "must be owner" in refused(store, "ALTER TABLE version DISABLE TRIGGER ALL")
            store.close()
        finally:
            owner.execute("DROP OWNED BY pia_app; DROP ROLE pia_app")
