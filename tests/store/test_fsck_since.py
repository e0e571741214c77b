"""What was recorded after a mark is checked like everything else, and costs what is new."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck
from pia.store.upkeep.fsck_since import Mark, mark_of
from tests.domain import trees

from . import city, records
from .damage import damage
from .test_fsck import BYTES, PLANTED

BEGINNING = Mark(())
# What no entry tells: found by a check of everything alone, or under another name here.
ELSEWHERE = {"content-missing": "row-missing", "reference-broken": "row-missing"}


def now(store: Store) -> Mark:
    with store.read() as session:
        return mark_of(session)


def test_a_sound_store_gives_no_finding(store: Store) -> None:
    records.fill(store)
    problems, reached = fsck.since(store, BEGINNING, deep=True)
    assert problems == [] and reached == now(store)
    with store.begin() as session:
        log.entry(session, city.by(30), "later", "x")
    assert fsck.since(store, reached, deep=True) == ([], now(store))


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_damage_is_named(full_url: str, code: str) -> None:
    store = open_store(full_url)
    damage(full_url, *PLANTED[code])
    problems, _ = fsck.since(store, BEGINNING, deep=True)
    named = {problem.code for problem in problems}
    assert ELSEWHERE.get(code, code) in named and fsck.damaged(problems), named
    store.close()


@pytest.mark.parametrize("code", BYTES)
def test_altered_bytes_are_named(full_url: str, code: str) -> None:
    store = open_store(full_url)
    statement, value = BYTES[code]
    damage(full_url, statement, values=(value,))
    assert code in {problem.code for problem in fsck.since(store, BEGINNING)[0]}
    store.close()


def test_a_row_from_outside_is_named(full_url: str) -> None:
    store = open_store(full_url)
    mark = now(store)
    damage(full_url, "INSERT INTO body (id, name, facts) VALUES (77, 'よその市長', '{}')")
    problems, _ = fsck.since(store, mark)
    assert [(problem.code, problem.where) for problem in problems] == [
        ("row-unattributed", "body 77")
    ]
    store.close()


def test_a_record_rewritten_before_the_mark_is_named(full_url: str) -> None:
    store = open_store(full_url)
    mark = now(store)
    seq = dict((chain, seq) for chain, seq, _ in mark.heads)[log.MAIN]
    damage(full_url, f"UPDATE audit_entry SET target = 'x' WHERE seq = {seq}")
    assert "audit-broken" in {problem.code for problem in fsck.since(store, mark)[0]}
    damage(full_url, f"UPDATE audit_entry SET hash = 'ff' WHERE seq = {seq}")
    assert "mark-differs" in {problem.code for problem in fsck.since(store, mark)[0]}
    damage(full_url, f"DELETE FROM audit_entry WHERE seq = {seq}")
    assert "mark-differs" in {problem.code for problem in fsck.since(store, mark)[0]}
    store.close()


@contextmanager
def counted(store: Store) -> Iterator[Counter[str]]:
    """How many statements are asked, and on SQLite how many steps its machine takes (in tens of
    thousands): what grows with the rows that are gone through."""
    counts: Counter[str] = Counter()

    def asked(*_: object) -> None:
        counts["statements"] += 1

    event.listen(store.engine, "before_cursor_execute", asked)

    def steps() -> int:
        counts["steps"] += 1
        return 0

    with store.engine.connect() as connection:
        bare = connection.connection.driver_connection
        if store.sqlite:
            bare.set_progress_handler(steps, 100)
    try:
        yield counts
    finally:
        event.remove(store.engine, "before_cursor_execute", asked)
        if store.sqlite:
            bare.set_progress_handler(None, 0)


def some_history(store: Store, key: str, versions: int) -> None:
    """An assessment with so many versions."""
    rng = random.Random(key)
    with store.begin() as session:
        assessment = city.found(session, key)
        last = None
        for _ in range(versions):
            last = city.save(session, assessment, trees.a_tree(rng, share=0.05), last)


def test_it_costs_what_is_new(store: Store) -> None:
    """The same new versions after a short history and after one ten times as long."""
    cost = []
    for turn, before in enumerate((4, 40)):
        some_history(store, f"old-{turn}", before)
        mark = now(store)
        some_history(store, f"new-{turn}", 3)
        with counted(store) as counts:
            assert fsck.since(store, mark, deep=True)[0] == []
        cost.append(counts)
    few, many = cost
    assert few["statements"] > 0 and many["statements"] <= few["statements"] + 5, cost
    assert many["steps"] <= 1.5 * few["steps"], cost
    with counted(store) as whole:
        assert fsck.check(store) == []
    if store.sqlite:
        assert whole["steps"] > 3 * many["steps"], "the control: all of it costs the history"
