"""Every revision, up and down, with data, on both databases; and the models are what the
revisions make."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from pia.domain.errors import PiaError
from pia.store import guard, migrations
from pia.store.ledger.log import AuditEntry
from pia.store.opening import check_schema, open_store, upgrade
from pia.store.rows.tables import METADATA
from pia.store.upkeep import fsck

from . import records

REVISIONS = [r.revision for r in ScriptDirectory.from_config(migrations.config()).walk_revisions()][
    ::-1
]


def test_head_is_the_newest() -> None:
    assert REVISIONS[-1] == migrations.HEAD
    assert len(ScriptDirectory.from_config(migrations.config()).get_heads()) == 1


def _is_mapped(name: str | None, kind: str, _: object) -> bool:
    """The two indexes of the search are no tables of the models: each database has its own."""
    mapped = (f"search_{text}_index" for text in ("text", "whole"))
    return kind != "table" or not str(name).startswith(tuple(mapped))


def test_the_models_are_what_the_revisions_make(url: str) -> None:
    store = open_store(url)
    with store.engine.connect() as c:
        if store.sqlite:
            c.connection.driver_connection.set_authorizer(None)  # type: ignore[union-attr]
        options = {"compare_type": True, "include_name": _is_mapped}
        assert compare_metadata(MigrationContext.configure(c, opts=options), METADATA) == []
    store.close()


def test_the_triggers_are_those_of_the_guard(url: str) -> None:
    store = open_store(url)
    there = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if store.sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with store.read() as s:
        assert set(s.scalars(text(there))) == guard.names(store.engine.dialect.name)
    store.close()


def test_up_and_down_step_by_step(empty_url: str) -> None:
    """A sample row of the revisions before stays as it was through every step after it."""
    for revision in REVISIONS:
        upgrade(empty_url, revision)
    store = open_store(empty_url)
    check_schema(store)
    with store.begin() as s:
        s.execute(
            text(
                "INSERT INTO glossary_term (term, explanation, actor, role, at) VALUES "
                "('ISMAP', '説明', 'a', 'b', '2026-01-01T00:00:00.000000+00:00')"
            )
        )
    store.close()
    with pytest.raises(PiaError, match="glossary_term"):
        upgrade(empty_url, "20261123_3_texts")
    store = open_store(empty_url)
    check_schema(store)
    with store.begin() as s:
        assert s.scalar(text("SELECT explanation FROM glossary_term")) == "説明"
        s.execute(text("DELETE FROM glossary_term"))
    store.close()
    upgrade(empty_url, "base")
    upgrade(empty_url)
    store = open_store(empty_url)
    with store.begin() as s:
        s.execute(text("INSERT INTO body (name, facts) VALUES ('市長', '{}')"))
    store.close()
    for revision in REVISIONS[-2::-1]:
        upgrade(empty_url, revision)

    store = open_store(empty_url)
    with pytest.raises(PiaError, match="pia init"):
        check_schema(store)
    store.close()
    upgrade(empty_url)
    upgrade(empty_url)
    store = open_store(empty_url)
    check_schema(store)
    with store.begin() as s:
        assert s.scalar(text("SELECT name FROM body")) == "市長"
        assert list(s.scalars(text("SELECT action FROM audit_entry"))) == ["ledger.seal"]
    assert fsck.check(store) == []
    records.fill(store)
    assert fsck.check(store, deep=True) == []
    store.close()


def test_records_are_never_stepped_over(full_url: str) -> None:
    """With records in it the ledger does not go back, and a refused step changes nothing."""

    def everything() -> dict[str, list[object]]:
        store = open_store(full_url)
        with store.read() as s:
            out: dict[str, list[object]] = {
                t.name: list(s.execute(t.select().order_by(*t.primary_key)))
                for t in METADATA.sorted_tables
            }
        store.close()
        return out

    before = everything()
    assert before[AuditEntry.__tablename__]
    for revision in [*REVISIONS[:-2], "base"]:  # the last step has only what is computed
        with pytest.raises(PiaError, match="pia restore"):
            upgrade(full_url, revision)
    upgrade(full_url)
    assert everything() == before
    store = open_store(full_url)
    assert fsck.check(store, deep=True) == []
    store.close()


def test_a_folder_that_is_not_there(tmp_path: object) -> None:
    with pytest.raises(PiaError, match="フォルダ"):
        upgrade(f"sqlite:///{tmp_path}/none/pia.db")
