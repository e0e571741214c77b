"""The drills at a size for every run of the tests, and a control: with the defence off, the
checker does see the loss."""

from __future__ import annotations

import argparse
import random
import shutil
from pathlib import Path

import pytest

from pia.store.opening import open_store
from pia.store.upkeep import fsck_chain
from tests.store import servers
from tests.store.damage import damage

from . import (
    alterations,
    beside,
    canary,
    controls,
    editors,
    flood,
    history,
    kill9,
    locks,
    pairs,
    pdf,
    properties,
    restore,
    speed,
    tamper,
    web_editors,
    web_load,
    web_random,
    web_twice,
)
from .places import place

SMALL = {
    "kill9": (kill9.run, 5),
    "editors": (editors.run, 4),
    "pairs": (pairs.run, 60),
    "tamper": (tamper.run, 12),
    "speed": (speed.run, 2),
    "beside": (beside.run, 6),
    "restore": (restore.run, 2),
    "recovery": (restore.recovery, 3),
    "web_editors": (web_editors.run, 3),
    "web_random": (web_random.run, 120),
    "web_twice": (web_twice.run, 16),
    "web_load": (web_load.run, 2),
}


@pytest.fixture(scope="module")
def pg_here() -> object:
    with servers.server() as url:
        yield url


@pytest.mark.parametrize("kind", ["sqlite", "pg"])
@pytest.mark.parametrize("name", SMALL)
def test_small(name: str, kind: str, pg_here: str | None) -> None:
    if kind == "pg" and pg_here is None:
        pytest.skip(servers.HOW)
    drill, n = SMALL[name]
    assert (
        drill(
            kind, pg_here, argparse.Namespace(n=n, writers=3, seed=random.randrange(2**32), db=kind)
        )["missed"]
        == 0
    )


@pytest.mark.parametrize("kind", ["sqlite", "pg"])
def test_writers_of_several_bodies(kind: str, pg_here: str | None) -> None:
    """Two of one body and one of each of two others: nobody is refused, and each act stands in the
    chain of its body. That they do not wait for each other: `tests/store/test_chains.py`."""
    if kind == "pg" and pg_here is None:
        pytest.skip(servers.HOW)
    writers = ["b0-d0~r", "b1-d0~r", "b1-d1~r", "b2-d0~r"]
    with locks.city(kind, pg_here, locks.ROOT, (1, 2, 1)) as url:
        before = locks.heads(url)
        saved = locks.writing(locks.ROOT, url, [[where] for where in writers], 1)
        after = locks.heads(url)
        assert saved.refused == 0 and locks.damage(url) == 0
    # The first body of all is that of the case; each writer saves once before it begins.
    grown = {chain: after[chain] - before.get(chain, 0) for chain in after}
    assert len(after) == 4 and grown["main"] == 0
    assert sum(grown.values()) == len(saved.times) + len(writers)
    assert all(grown[chain] for chain in after if chain != "main")


def test_papers() -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing: install poppler-utils")
    counts = pdf.run("", None, argparse.Namespace(n=6, seed=random.randrange(2**32)))
    assert counts["missed"] == 0, counts["which"]


def test_canaries() -> None:
    counts = canary.run(
        "sqlite", None, argparse.Namespace(n=1, seed=random.randrange(2**32)), control=False
    )  # the control is in tests/web/test_withheld.py
    assert counts["missed"] == 0, (counts["hits"], counts["unseen by a control"])
    assert counts["bodies"] > 40 and counts["streams"] > 500


def test_alterations() -> None:
    counts = alterations.run(
        "", None, argparse.Namespace(n=2, seed=random.randrange(2**32)), full=False
    )
    assert counts["missed"] == 0, (counts["unseen"], counts["failing controls"])
    assert counts["alterations"] > 60 and counts["controls passed"] == 9


def test_controls() -> None:
    """Three guards switched off: their tests fail then; and a guard that is only said to be off
    is a miss."""
    counts = controls.run("", None, argparse.Namespace(writers=2), controls.SMALL)
    assert counts["missed"] == 0 and counts["seen"] == len(controls.SMALL), counts
    assert {
        number for number in controls.CONTROLS if number not in controls.named()
    } == set() and len(controls.CONTROLS) >= 40


def test_a_guard_that_stays_on_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        controls, "_run", lambda tests, number, folder: "passed=1 failed=0 skipped=0"
    )
    assert controls.run("", None, argparse.Namespace(writers=2), controls.SMALL)["missed"] == len(
        controls.SMALL
    )


PROPERTIES = """
from hypothesis import given, settings
from hypothesis import strategies as st

@given(st.integers(0, 9))
def test_what_holds(x):
    assert settings().max_examples == 7

@given(st.integers(0, 9))
def test_what_does_not(x):
    assert x < 0

def test_that_is_no_property():
    raise AssertionError
"""


def test_properties(tmp_path: Path) -> None:
    """The drill asks for as many examples as it is told, and a property that does not hold is a
    miss."""
    file = tmp_path / "test_two.py"
    file.write_text(PROPERTIES)
    counts = properties.run("", None, argparse.Namespace(n=7, seed=1), [str(file)])
    assert (counts["missed"], counts["held"]) == (1, 1) and "does_not" in counts["which"][0]
    empty = properties.run("", None, argparse.Namespace(n=7, seed=1), [str(tmp_path / "none.py")])
    assert (empty["missed"], empty["held"]) == (1, 0), "a drill that looks at nothing is a miss"


def test_flood() -> None:
    """Who posts without end gets short refusals and staff get their pages; how long they take is
    for the drill by hand."""
    counts = flood.run("sqlite", None, argparse.Namespace(n=4))
    assert counts["strange"] == 0 and counts["429"] > 300 and counts["staff pages"] > 0


def test_without_the_digests_of_rows_the_drill_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with them off, what the drill alters goes unseen and it says so."""
    monkeypatch.setattr(fsck_chain, "_rows", lambda *_: iter(()))
    counts = tamper.run("sqlite", None, argparse.Namespace(n=1, seed=1))
    assert counts["missed"] == counts["unseen"] > 900


def test_a_lost_save_is_seen(tmp_path: Path) -> None:
    with place("sqlite", None) as url:
        history.prepare(url, 616809602)  # a seed that draws no part I
        writer = history.start(url, "w0", 3)
        saved, _ = history.told(writer.communicate()[0])
        assert len(saved) == 3
        store = open_store(url)
        assert history.misses(store, saved)["missed"] == 0
        damage(url, "UPDATE assessment SET head_id = NULL", "DELETE FROM version WHERE seq = 4")
        assert history.misses(store, saved)["lost"] == 1
        store.close()
