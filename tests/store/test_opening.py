from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from pia.domain.errors import PiaError
from pia.store import opening
from pia.store.ledger import log
from pia.store.opening import Store, check_schema, open_store, upgrade
from pia.store.rows.bodies import Body

from . import city


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "not a url"])
def test_a_url_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(PiaError):
        open_store(url)


def test_a_missing_database_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(PiaError, match="pia init"):
        open_store(f"sqlite:///{tmp_path / 'pia.db'}")
    assert not list(tmp_path.iterdir())


def test_another_file_is_not_taken_for_a_database(tmp_path: Path) -> None:
    (tmp_path / "pia.db").write_text("評価書" * 500)
    for act in (open_store, upgrade):
        with pytest.raises(PiaError):
            act(f"sqlite:///{tmp_path / 'pia.db'}")
    assert (tmp_path / "pia.db").read_text() == "評価書" * 500


def test_a_database_is_for_its_own_user_alone(tmp_path: Path) -> None:
    """644 on 3486151."""
    upgrade(f"sqlite:///{tmp_path / 'pia.db'}")
    assert (tmp_path / "pia.db").stat().st_mode & 0o777 == 0o600


def test_wal_is_refused(tmp_path: Path, blank: Path) -> None:
    file = tmp_path / "pia.db"
    file.write_bytes(blank.read_bytes())
    bare = sqlite3.connect(file)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.close()
    with pytest.raises(PiaError, match="WAL"):
        open_store(f"sqlite:///{file}")


def test_every_connection_has_the_safe_settings(tmp_path: Path, blank: Path) -> None:
    file = tmp_path / "pia.db"
    file.write_bytes(blank.read_bytes())
    store = open_store(f"sqlite:///{file}")
    with store.engine.connect() as first, store.engine.connect() as second:
        for c in (first, second):
            bare = c.connection.driver_connection
            assert bare is not None
            bare.set_authorizer(None)
            read = {
                name: bare.execute(f"PRAGMA {name}").fetchone()[0]
                for name in opening._PRAGMAS
                if name != "mmap_size"
            }
            assert read == {
                name: value for name, value in opening._PRAGMAS.items() if name != "mmap_size"
            }
    store.close()


def test_a_database_of_another_release_is_refused(store: Store) -> None:
    check_schema(store)
    with store.begin() as s:
        s.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(PiaError, match="pia init"):
        check_schema(store)


def test_an_empty_database_says_to_run_init(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        sqlite3.connect(opening.database_file(empty_url)).execute(
            "CREATE TABLE x (y)"
        ).connection.close()  # type: ignore[arg-type]
    store = open_store(empty_url)
    with pytest.raises(PiaError, match="pia init"):
        check_schema(store)
    store.close()


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises((DBAPIError, PiaError)), store.read() as s:
        s.add(Body(name="読むだけ"))
        s.flush()
    with store.begin() as s:
        s.add(Body(name="書く"))
        city.wrote(s)
    with store.read() as s:
        assert [b.name for b in s.query(Body)] == ["書く"]


def test_nothing_of_a_failed_act_stays(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as s:
        s.add(Body(name="途中"))
        s.flush()
        _ = 1 / 0
    with store.read() as s:
        assert s.query(Body).count() == 0


def test_several_reads_of_a_moment_see_the_same_and_cannot_write(store: Store) -> None:
    def bodies() -> int:
        with store.read() as s:
            return len(s.scalars(select(Body)).all())

    def another(name: str = "よそから") -> None:
        with store.begin() as s:
            s.add(Body(name=name))
            city.wrote(s)

    with store.moment():
        before = bodies()
        with pytest.raises(RuntimeError, match="moment"):
            another()
        if not store.sqlite:  # there a writer waits until the moment is over
            other = threading.Thread(target=another)
            other.start()
            other.join(30)
            assert not other.is_alive()
        assert bodies() == before
    assert bodies() == before + (not store.sqlite)
    with store.together(), store.moment():
        another("中から")  # part of the acts around it
        assert bodies() == before + 1 + (not store.sqlite)


def test_several_acts_together_are_one(store: Store) -> None:
    """What an act before a refusal did is undone with it; a reader inside sees what was done so
    far."""

    def act(name: str) -> None:
        with store.begin() as s:
            s.add(Body(name=name))
            city.wrote(s)

    def there() -> list[str]:
        with store.read() as s:
            return [b.name for b in s.query(Body).order_by(Body.id)]

    with pytest.raises(ZeroDivisionError), store.together():
        act("一")
        act("二")
        assert there() == ["一", "二"]
        _ = 1 / 0
    assert there() == []
    with store.together():
        act("三")
        act("四")
    assert there() == ["三", "四"]
    act("五")
    assert there() == ["三", "四", "五"]


def test_a_reader_sees_one_moment(store: Store) -> None:
    """On PostgreSQL a reader keeps its snapshot; on SQLite the writer waits for it. Either way
    the reader never sees half."""
    seen: list[int] = []
    began = threading.Event()

    def write() -> None:
        began.set()
        with store.begin() as s:
            s.add_all([Body(name="一"), Body(name="二")])
            city.wrote(s)

    with store.read() as s:
        seen.append(s.query(Body).count())
        thread = threading.Thread(target=write)
        thread.start()
        began.wait()
        seen.append(s.query(Body).count())
    thread.join()
    with store.read() as s:
        seen.append(s.query(Body).count())
    assert seen == [0, 0, 2]


def test_a_writer_that_waits_too_long_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT", 1)
    monkeypatch.setitem(opening._PRAGMAS, "busy_timeout", 300)
    impatient = Store(opening._engine(store.engine.url))
    with store.begin() as s:
        s.add(Body(name="長い処理"))
        city.wrote(s)
        s.flush()
        with pytest.raises(PiaError, match="少し待って"), impatient.begin():
            pass
    impatient.close()


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800", "\x0b", "\ufffe"])
def test_text_no_document_may_hold_is_refused_on_both(store: Store, bad: str) -> None:
    with pytest.raises(PiaError), store.begin() as s:
        s.add(Body(name=bad))
        s.flush()


@pytest.mark.parametrize(
    "kept", ["𠮷野家の髙﨑", "葛\U000e0100", "神 が", " 行\t頭 \n\n", "é é", "＜a＞'\"%s"]
)
def test_text_comes_back_as_it_was(store: Store, kept: str) -> None:
    with store.begin() as s:
        s.add(Body(name=kept, facts={"a": [kept, None, True, 3]}))
        city.wrote(s)
    with store.read() as s:
        (body,) = s.query(Body)
        assert (body.name, body.facts) == (kept, {"a": [kept, None, True, 3]})


@pytest.mark.parametrize("hours", [0, 9, -11])
def test_instants_and_days_come_back_equal(store: Store, hours: int) -> None:
    at = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=hours)))
    act = city.By("tanaka", "editor", at)
    with store.begin() as s:
        log.entry(s, act, "x", "y")
    with store.read() as s:
        kept = s.scalar(text("SELECT at FROM audit_entry"))
        assert kept == at.astimezone(UTC).isoformat(timespec="microseconds")
        (entry,) = s.query(log.AuditEntry)
        assert entry.at == at and entry.at.tzinfo is not None
