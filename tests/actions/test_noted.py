"""Who read or was refused is on record: at once where the chain is free, with the next batch where
it is not; and what cannot be put on record is not shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pia.actions.access import noted
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import Unavailable
from pia.store import queries
from pia.store.ledger import log
from pia.store.upkeep import fsck
from tests import shared
from tests.store import city


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "pia.db").write_bytes(shared.blank().read_bytes())
    made = shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    yield made
    made.store.close()


@contextmanager
def busy(wp: Workplace, chain: str | None) -> Iterator[None]:
    """Somebody else's turn."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with wp.store.begin(chain=chain):
            begun.set()
            over.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        other.join(60)


def entries(wp: Workplace) -> list[tuple[str, str]]:
    with wp.store.read() as session:
        newest = queries.audit_entries.newest(session, 100)
        return [(entry.action, entry.target) for entry in reversed(newest)]


def test_where_the_chain_is_free_the_entry_stands_at_once(wp: Workplace) -> None:
    noted.note(wp, city.by(), "withheld.read", "甲")
    assert entries(wp) == [("withheld.read", "甲")]


def test_what_waited_is_entered_before_what_comes_next(wp: Workplace) -> None:
    with wp.store.unchained() as session:
        log.later(session, city.by(1), "withheld.read", "甲", {"day": "2026-12-31"})
        log.later(session, By("sato", "auditor", city.by(2).at), "disclosure.read", "3 乙")
    assert entries(wp) == []
    noted.note(wp, city.by(3), "access.denied", "GET /x")
    assert entries(wp) == [
        ("withheld.read", "甲"),
        ("disclosure.read", "3 乙"),
        ("access.denied", "GET /x"),
    ]
    with wp.store.read() as session:
        first = queries.audit_entries.newest(session, 3)[-1]
        assert (first.actor, first.detail) == ("tanaka", {"day": "2026-12-31"})
        assert not queries.audit_entries.is_any_waiting(session)
    assert fsck.check(wp.store, deep=True) == []


def test_the_worker_enters_what_waits_and_waits_for_nobody(wp: Workplace) -> None:
    noted.enter(wp)
    with wp.store.unchained() as session:
        log.later(session, city.by(), "withheld.read", "甲")
    with busy(wp, None):
        noted.enter(wp)
        assert entries(wp) == []
    noted.enter(wp)
    assert entries(wp) == [("withheld.read", "甲")]


def test_what_cannot_be_written_down_is_told(wp: Workplace, tmp_path: Path) -> None:
    """Nobody is shown what they wanted to read then."""
    moved = (tmp_path / "pia.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(Unavailable):
        noted.note(wp, city.by(), "withheld.read", "甲")
    moved.rename(tmp_path / "pia.db")
    assert entries(wp) == []
