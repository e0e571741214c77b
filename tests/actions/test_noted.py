"""Who read or was refused is on record: at once where the chain is free, with the next batch where
it is not; and what cannot be put on record is not shown."""

from __future__ import annotations

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


def entries(fresh: Workplace) -> list[tuple[str, str]]:
    with fresh.store.read() as session:
        newest = queries.audit_entries.newest(session, 100)
        return [(entry.action, entry.target) for entry in reversed(newest)]


def test_where_the_chain_is_free_the_entry_stands_at_once(fresh: Workplace) -> None:
    noted.note(fresh, city.by(), "withheld.read", "甲")
    assert entries(fresh) == [("withheld.read", "甲")]


def test_what_waited_is_entered_before_what_comes_next(fresh: Workplace) -> None:
    with fresh.store.unchained() as session:
        log.later(session, city.by(1), "withheld.read", "甲", {"day": "2026-12-31"})
        log.later(session, By("sato", "auditor", city.by(2).at), "disclosure.read", "3 乙")
    assert entries(fresh) == []
    noted.note(fresh, city.by(3), "access.denied", "GET /x")
    assert entries(fresh) == [
        ("withheld.read", "甲"),
        ("disclosure.read", "3 乙"),
        ("access.denied", "GET /x"),
    ]
    with fresh.store.read() as session:
        first = queries.audit_entries.newest(session, 3)[-1]
        assert (first.actor, first.detail) == ("tanaka", {"day": "2026-12-31"})
        assert not queries.audit_entries.is_any_waiting(session)
    assert fsck.check(fresh.store, deep=True) == []


def test_the_worker_enters_what_waits_and_waits_for_nobody(fresh: Workplace) -> None:
    noted.enter(fresh)
    with fresh.store.unchained() as session:
        log.later(session, city.by(), "withheld.read", "甲")
    with shared.turn_held(fresh.store):
        noted.enter(fresh)
        assert entries(fresh) == []
    noted.enter(fresh)
    assert entries(fresh) == [("withheld.read", "甲")]


def test_what_cannot_be_written_down_is_told(fresh: Workplace, tmp_path: Path) -> None:
    """Nobody is shown what they wanted to read then."""
    moved = (tmp_path / "pia.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(Unavailable):
        noted.note(fresh, city.by(), "withheld.read", "甲")
    moved.rename(tmp_path / "pia.db")
    assert entries(fresh) == []
