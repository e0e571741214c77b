"""A backup and its segments make the database again as it stood at the end of the last; what is
missing, altered or out of order is refused."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pia.domain.errors import Refused
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck, segments
from pia.store.upkeep.backup import backup, restore
from pia.store.upkeep.fsck_since import mark_of
from tests.domain import trees

from . import city, records


@pytest.fixture
def town(tmp_path: Path, blank: Path) -> Iterator[Store]:
    shutil.copy(blank, tmp_path / "pia.db")
    store = open_store(f"sqlite:///{tmp_path / 'pia.db'}")
    yield store
    store.close()


def begun(store: Store, folder: Path) -> segments.Increment:
    """A backup of now, and the segment that tells of it."""
    folder.mkdir()
    backup(store, folder / "pia-2027-01-01.db")
    with store.read() as session:
        heads = mark_of(session).heads
    return segments.read(segments.begin(folder / "pia-2027-01-01.db", heads, folder))


def taken(store: Store, last: segments.Increment, folder: Path) -> segments.Increment:
    segment = segments.take(store, last, folder)
    assert segment is not None
    return segments.read(segment)


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row under the chain, and the chain."""
    bare = sqlite3.connect(file)
    try:
        return {
            name: sorted(bare.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in (*segments.row_digests.CHAINED, "audit_entry")
        }
    finally:
        bare.close()


def test_it_comes_back_as_it_stood(town: Store, tmp_path: Path) -> None:
    share = tmp_path / "share"
    last = begun(town, share)
    assert segments.take(town, last, share) is None, "nothing was recorded"
    records.fill(town)
    last = taken(town, last, share)
    with town.begin() as session:
        for council in session.query(records.Council):
            council.name += "（改称）"
        log.entry(session, city.by(40), "council.rename", "x")
    for _ in range(3):
        with town.begin() as session:
            assessment = session.query(city.Assessment).first()
            assert assessment is not None
            city.found(session, f"later-{random.random()}")
            log.entry(session, city.by(41), "test.write", "x")
        last = taken(town, last, share)
    told = mark(town)
    with town.begin() as session:
        log.entry(session, city.by(50), "after", "x")
    new = f"sqlite:///{tmp_path / 'new.db'}"
    (seq, head), aside = restore(last.file, new)
    assert ("main", seq, head) in told and aside is None
    store = open_store(new)
    assert fsck.check(store, deep=True) == [] and mark(store) == told
    store.close()
    restore(share / "pia-2027-01-01.db", f"sqlite:///{tmp_path / 'old.db'}")
    assert rows(tmp_path / "old.db")["council"] == []
    assert rows(tmp_path / "new.db")["council"] == rows(tmp_path / "pia.db")["council"]


def mark(store: Store) -> tuple[tuple[str, int, str], ...]:
    with store.read() as session:
        return mark_of(session).heads


def test_dropped_rows_stay_dropped(town: Store, tmp_path: Path) -> None:
    records.fill(town)
    share = tmp_path / "share"
    last = begun(town, share)
    with town.begin() as session:
        for sender in session.query(records.OpinionSender):
            session.delete(sender)
        log.entry(session, city.by(40), "senders.gone", "x")
    last = taken(town, last, share)
    restore(last.file, f"sqlite:///{tmp_path / 'new.db'}")
    assert rows(tmp_path / "new.db")["opinion_sender"] == []


def test_a_segment_costs_what_is_new(town: Store, tmp_path: Path) -> None:
    records.fill(town)
    rng = random.Random(5)
    with town.begin() as session:
        assessment = city.found(session, "long")
        last_version = None
        for _ in range(30):
            last_version = city.save(
                session, assessment, trees.a_tree(rng, share=0.1), last_version
            )
    share = tmp_path / "share"
    last = begun(town, share)
    with town.begin() as session:
        log.entry(session, city.by(60), "small", "x")
    size = taken(town, last, share).file.stat().st_size
    assert size * 10 < (share / "pia-2027-01-01.db").stat().st_size


def test_what_does_not_follow_is_refused(town: Store, tmp_path: Path) -> None:
    share = tmp_path / "share"
    pieces = [begun(town, share)]
    for minute in range(3):
        with town.begin() as session:
            log.entry(session, city.by(minute), "act", "x")
        pieces.append(taken(town, pieces[-1], share))
    new = f"sqlite:///{tmp_path / 'new.db'}"

    def refused(says: str) -> None:
        with pytest.raises(Refused, match=says):
            restore(pieces[-1].file, new)
        assert not (tmp_path / "new.db").exists()

    held = pieces[1].file.read_bytes()
    pieces[1].file.unlink()
    refused("つながっていません")
    pieces[1].file.write_bytes(held[:-1] + b"x")
    refused("壊れているか")
    pieces[1].file.write_bytes(held)
    base = share / "pia-2027-01-01.db"
    kept = base.read_bytes()
    base.write_bytes(kept + b"x")
    refused("つながっていません")
    base.unlink()
    refused("がありません")
    base.write_bytes(kept)
    restore(pieces[-1].file, new)


def test_altered_rows_in_a_segment_are_found(town: Store, tmp_path: Path) -> None:
    """Whoever owns the folder can make names fit, and not the record."""
    share = tmp_path / "share"
    last = begun(town, share)
    records.fill(town)
    last = taken(town, last, share)
    bare = sqlite3.connect(last.file)
    bare.execute("UPDATE account SET role = 'administrator'")
    bare.commit()
    bare.close()
    forged = share / f"pia-2027-01-01.00001-{segments.sha256_of(last.file)[:16]}.seg"
    last.file.rename(forged)
    with pytest.raises(Refused, match="問題"):
        restore(forged, f"sqlite:///{tmp_path / 'new.db'}")
