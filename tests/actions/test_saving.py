"""What one save asks of the database: the same at the first and after many, and no text of before
is read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from pia.actions import demo
from pia.actions.editing import items, versions
from pia.actions.people import registration
from pia.actions.steps import filing
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store import nodes
from pia.store.ledger import log
from pia.store.upkeep import fsck

DRAFTER = By("hayama", "drafter", datetime(2026, 12, 28, 16, tzinfo=JST))
ITEM = ("IV", "3")


@pytest.fixture
def one(fresh: Workplace) -> Workplace:
    """A city with one document in work."""
    brought = versions.Brought(demo.assessment("nhi-benefits"))
    versions.bring_in(fresh, DRAFTER, "nhi-benefits", brought, why="取込み")
    reasons = ["字句の見直し"]
    versions.open_round(
        fresh, DRAFTER, "nhi-benefits", versions.NewRound("令和8年度", "CORRECTION", reasons)
    )
    return fresh


@contextmanager
def asked(wp: Workplace) -> Iterator[list[str]]:
    """The statements that are sent inside."""
    sent: list[str] = []

    def noted(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(wp.store.engine, "before_cursor_execute", noted)
    try:
        yield sent
    finally:
        event.remove(wp.store.engine, "before_cursor_execute", noted)


def saved(wp: Workplace, number: int, seen: str) -> str:
    """The version after one more save, over the end of a year."""
    by = replace(DRAFTER, at=DRAFTER.at + timedelta(days=number), request=f"{number:032}", copy="1")
    opened = items.Opened("nhi-benefits~令和8年度", ITEM, seen)
    return items.save_answer(wp, by, opened, f"{number}日目の記載", why="追記").ref


def test_a_save_asks_the_same_however_many_came_before(one: Workplace) -> None:
    seen = saved(one, 0, "nhi-benefits@1")
    counts = []
    for number in range(1, 12):
        with asked(one) as sent:
            seen = saved(one, number, seen)
        counts.append(len(sent))
    assert seen == "nhi-benefits@13"
    # Twelve in its turn, six before it; and what begins the two transactions.
    assert set(counts) == {counts[0]} and counts[0] <= 24, counts
    written = [statement.split()[2] for statement in sent if statement.startswith("INSERT")]
    assert written == ["content", "version", "request", "audit_entry"]
    assert not [statement for statement in sent if "body FROM content" in statement]
    assert fsck.check(one.store, deep=True) == []


def test_a_save_is_the_same_where_nothing_is_at_hand(one: Workplace) -> None:
    """Another process has neither the text nor its lines; the version it makes is as whole."""
    seen = saved(one, 0, "nhi-benefits@1")
    nodes.forget()
    seen = saved(one, 1, seen)
    nodes._LINES.clear()
    seen = saved(one, 2, seen)
    assert seen == "nhi-benefits@4" and fsck.check(one.store, deep=True) == []


def test_what_is_noted_of_a_round_stands_in_the_chain_of_its_body(one: Workplace) -> None:
    """So nobody who writes for one body waits for those of another."""
    new = registration.NewAffair(
        "school", "3", "就学援助に関する事務", "鳴瀬市教育委員会", None, {}, ("all_item",)
    )
    registration.register_affair(one, DRAFTER, new)
    text = demo.assessment("nhi-benefits")
    versions.bring_in(one, DRAFTER, "school", versions.Brought(text), why="取込み", create=False)
    versions.open_round(one, DRAFTER, "school", versions.NewRound("更改", "CORRECTION", ["更改"]))
    where = "school~更改"
    items.save_answer(one, DRAFTER, items.Opened(where, ITEM, "school@1"), "新しい記載", why="更改")
    filing.note(one, DRAFTER, where, ITEM, day=date(2027, 1, 4))
    filing.explain(one, DRAFTER, where, ITEM, "設備を更改します。")
    filing.decide_material(one, DRAFTER, where, ITEM, "MATERIAL", "")
    filing.minor_after_review(one, DRAFTER, where, "誤字", "会長")
    filing.emergency(one, DRAFTER, where, "災害")
    filing.outward_day(one, DRAFTER, where, "site", date(2027, 1, 5))
    with one.store.read() as session:
        entries = session.scalars(select(log.AuditEntry).order_by(log.AuditEntry.seq)).all()
    of_body = [entry.action for entry in entries if entry.chain == "body-2"]
    assert of_body == [
        "version.import",
        "round.open",
        "version.edit",
        "round.note",
        "round.explain",
        "round.material",
        "round.minor",
        "round.emergency",
        "round.day",
    ]
    assert fsck.check(one.store, deep=True) == []
