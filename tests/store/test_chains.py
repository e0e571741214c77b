"""A chain for each body: acts of two go on beside each other, acts of all wait for both, and what
is read of the record reads them all."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import text

from pia.domain.errors import PiaError, Unavailable
from pia.store import opening, queries
from pia.store.ledger import chains, log
from pia.store.opening import Outdated, Store
from pia.store.rows import assessments
from pia.store.rows.assessments import Assessment, Round
from pia.store.rows.bodies import Affair, Body
from pia.store.upkeep import fsck

from ..shared import turn_held
from . import city
from .damage import damage

NAMES = ("あおば市長", "あおば市教育委員会", "あおば市上下水道事業管理者")


@pytest.fixture
def bodies(store: Store) -> list[int]:
    """Three bodies with an affair each."""
    with store.begin() as session:
        rows = [Body(name=name) for name in NAMES]
        session.add_all(rows)
        session.flush()
        for row in rows:
            affair = Affair(key=f"a{row.id}", body_id=row.id, number="1", name="事務")
            session.add(affair)
            session.flush()
            assessment = Assessment(
                key=affair.key, affair_id=affair.id, kind="all_item", created=city.START
            )
            session.add(assessment)
            session.flush()
            new = assessments.NewRound(affair.key, "CORRECTION")
            assessments.open_round(session, assessment, new, None, city.by(), "DRAFTING")
        city.wrote(session)
        return [row.id for row in rows]


def noted(store: Store, chain: str | None, affair: int, name: str, minute: int = 0) -> None:
    """An act that changes a row of a body, in its chain or as one of the whole installation."""
    with store.begin(chain=chain) as session:
        session.query(Round).filter_by(name=f"a{affair}").one().reasons = [name]
        log.entry(session, city.by(minute), "affair.rename", f"a{affair}")


def found(store: Store) -> list[str]:
    return [problem.code for problem in fsck.check(store, deep=True) if problem.level != "info"]


def test_the_first_body_has_the_chain_of_the_house(store: Store, bodies: list[int]) -> None:
    first, second, third = bodies
    with store.read() as session:
        assert chains.all_names(session) == ["main", f"body-{second}", f"body-{third}"]
        assert [chains.of_body(session, body) for body in bodies] == chains.all_names(session)
    assert first < second < third


def test_each_act_stands_in_its_chain(store: Store, bodies: list[int]) -> None:
    _, second, third = bodies
    noted(store, f"body-{second}", second, "甲", 1)
    noted(store, f"body-{third}", third, "乙", 2)
    noted(store, None, second, "丙", 3)
    noted(store, f"body-{second}", second, "丁", 4)
    with store.read() as session:
        assert [head[:2] for head in log.heads_of(session)] == [
            (f"body-{second}", 2),
            (f"body-{third}", 1),
            ("main", 2),
        ]
        assert all(log.verify(session, chain) is None for chain in chains.all_names(session))
        last = log.step(session, "affair.rename", f"a{second}", latest=True)
        assert last is not None and (last.chain, last.seq) == (f"body-{second}", 2)
        newest = [(e.chain, e.seq) for e in queries.audit_entries.newest(session, 4)]
        assert newest == [
            (f"body-{second}", 2),
            ("main", 2),
            (f"body-{third}", 1),
            (f"body-{second}", 1),
        ]
        rest = queries.audit_entries.newest(session, 10, {"main": 2, f"body-{second}": 1})
        assert [(e.chain, e.seq) for e in rest] == [(f"body-{third}", 1), ("main", 1)]
    assert found(store) == []


@pytest.mark.parametrize("order", ["BAB", "ABA", "AB", "BA", "BBAAB", "AABBA"])
def test_the_last_act_on_a_row_counts_in_whatever_chain_it_stands(
    store: Store, url: str, bodies: list[int], order: str
) -> None:
    """B: an act of the body; A: one of the whole installation."""
    for count, who in enumerate(order):
        noted(store, None if who == "A" else f"body-{bodies[1]}", bodies[1], f"名{count}")
    assert found(store) == []
    damage(url, "UPDATE round SET reasons = '[]' WHERE name = ?", values=(f"a{bodies[1]}",))
    assert found(store) == ["row-changed"]


def test_a_cut_tail_of_a_chain_shows_in_the_next_act_of_all(
    store: Store, url: str, bodies: list[int]
) -> None:
    chain = f"body-{bodies[1]}"
    for name in "甲乙":
        noted(store, chain, bodies[1], name)
    noted(store, None, bodies[0], "丙")
    damage(url, f"DELETE FROM audit_entry WHERE chain = '{chain}' AND seq = 2")
    assert "heads-ahead" in found(store)


def test_an_act_of_one_chain_binds_none(store: Store, bodies: list[int]) -> None:
    with pytest.raises(RuntimeError, match="turn of one"), store.begin(chain="main") as session:
        log.anchor(session, city.by())
    with store.begin() as session:
        log.anchor(session, city.by())
    with pytest.raises(RuntimeError, match="turn of chain"), store.together(chain="main"):
        noted(store, f"body-{bodies[1]}", bodies[1], "甲")


def test_the_chain_of_a_body_takes_its_own_rows_alone(store: Store, bodies: list[int]) -> None:
    with (
        pytest.raises(RuntimeError, match="a row of affair"),
        store.begin(chain=f"body-{bodies[1]}") as session,
    ):
        session.query(Affair).filter_by(key=f"a{bodies[1]}").one().name = "甲"
        city.wrote(session)
    assert found(store) == []


def waits(store: Store, chain: str | None) -> bool:
    """Whether somebody else would wait for this turn."""
    waited: list[bool] = []

    def look() -> None:
        try:
            with store.begin(wait=0, chain=chain):
                waited.append(False)
        except Unavailable:
            waited.append(True)

    other = threading.Thread(target=look)
    other.start()
    other.join(60)
    return waited[0]


def test_who_waits_for_whom(store: Store, bodies: list[int]) -> None:
    second, third = (f"body-{body}" for body in bodies[1:])
    one_file = store.sqlite  # whose writers always wait for each other
    with turn_held(store, second):
        assert waits(store, second) and waits(store, None)
        assert waits(store, third) == waits(store, "main") == one_file
    with turn_held(store, None):
        assert all(waits(store, chain) for chain in (second, third, "main", None))
    assert not any(waits(store, chain) for chain in (second, third, "main", None))


def test_what_is_under_no_chain_waits_for_none(store: Store, bodies: list[int]) -> None:
    with turn_held(store, None):
        if store.sqlite:
            with pytest.raises(Unavailable), store.unchained(wait=0):
                pass
        else:
            with store.unchained(wait=0) as session:
                session.execute(text("SELECT 1"))
    with pytest.raises(RuntimeError, match="outside the turn"), store.unchained() as session:
        log.entry(session, city.by(), "x", "y")
    with pytest.raises(RuntimeError, match="without an entry"), store.unchained() as session:
        session.add(Body(name="だれも書かない"))


class _Counted:
    """An act that counts how often its work was done, and whether a turn was held."""

    def __init__(self, store: Store, moved: int):
        self.store, self.moved, self.work = store, moved, []  # type: ignore[var-annotated]

    def prepare(self, session: Any) -> int:
        self.work.append(waits(self.store, "main"))
        return len(self.work)

    def act(self, session: Any, ready: int) -> int:
        if ready <= self.moved:
            raise Outdated
        log.entry(session, city.by(), "x", "y")
        return ready


@pytest.mark.parametrize("moved", range(opening.TRIES + 1))
def test_work_is_done_before_the_turn(store: Store, bodies: list[int], moved: int) -> None:
    """And once more where what it rests on has changed; at last in the turn."""
    counted = _Counted(store, moved)
    assert store.prepared(counted.prepare, counted.act, lambda _: "main") == moved + 1
    assert counted.work == [False] * min(moved + 1, opening.TRIES) + [True] * (
        moved // opening.TRIES
    )
    with store.read() as session:
        assert log.chain_head(session)[0] == 2  # nothing of what moved stays


def test_work_within_other_acts_is_done_in_their_turn(store: Store, bodies: list[int]) -> None:
    counted = _Counted(store, 0)
    with store.together():
        assert store.prepared(counted.prepare, counted.act, lambda _: "main") == 1
    assert counted.work == [True]


def test_what_the_work_refuses_is_refused_at_once(store: Store) -> None:
    def refuse(session: Any) -> int:
        raise PiaError("だめ")

    with pytest.raises(PiaError, match="だめ"):
        store.prepared(refuse, lambda session, ready: ready, lambda _: "main")
