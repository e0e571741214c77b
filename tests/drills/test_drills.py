"""The drills at a size for every run of the tests, and a control: with the defence off, the
checker does see the loss."""

from __future__ import annotations

import argparse
import logging
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pia.store.opening import open_store
from tests.store import servers
from tests.store.damage import damage

from . import alterations, controls, flood, history, locks, promises, properties
from .__main__ import DRILLS
from .places import place
from .promises import NO_BASE, Sized

# Of no promise, and looked at all the same.
MORE = (
    Sized("pairs", 60, 10_000, "pairs"),
    Sized("speed", 2, 50, "turns"),
    Sized("beside", 3, 200, "megabytes"),
    Sized("recovery", 3, 2_000, "megabytes"),
    Sized("first_day", 3, 40, "affairs"),
    Sized("paper", 2, 1_000, "documents", NO_BASE),
    Sized("paper_broken", 24, 1_000, "files", NO_BASE),
)
SMALL = [
    pytest.param(drill, kind, id=f"{drill.drill}-{kind}" if kind else drill.drill)
    for drill in (*promises.sized(), *MORE)
    for kind in drill.kinds
    if drill.suite and drill.drill not in ("flood", "canary")
]
CONTROLLED = [drill.drill for drill in promises.sized() if drill.suite]
# What a drill needs beside Python.
PROGRAMS = {"pdf": "pdftotext", "fsync": "strace"}


@pytest.fixture(scope="module")
def pg_here() -> object:
    with servers.server() as url:
        yield url


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """A drill silences the program's log; the tests after it in the same worker read it."""
    before = {
        name: (logger.level, logger.propagate, list(logger.handlers))
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    yield
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            kept = before.get(name, (logging.NOTSET, True, []))
            logger.setLevel(kept[0])
            logger.propagate = kept[1]
            logger.handlers[:] = kept[2]


def _must_be_possible(name: str, kind: str, pg: str | None) -> None:
    if kind == "pg" and pg is None:
        pytest.skip(servers.HOW)
    program = PROGRAMS.get(name)
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is missing")


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


def _args(number: int, writers: int = 3) -> argparse.Namespace:
    return argparse.Namespace(n=number, writers=writers, seed=random.randrange(2**32))


@pytest.mark.parametrize(("sized", "kind"), SMALL)
def test_small(sized: Sized, kind: str, pg_here: str | None) -> None:
    _must_be_possible(sized.drill, kind, pg_here)
    counts = DRILLS[sized.drill].run(kind, pg_here, _args(sized.suite))
    # As a string: pytest shortens what it has to put into words itself.
    assert counts["missed"] == 0, str(counts)


@pytest.mark.parametrize("name", CONTROLLED)
def test_without_the_defence_a_drill_finds_something(name: str) -> None:
    """Each control, on SQLite: the check of a drill sees what its defence keeps away."""
    _must_be_possible(name, "sqlite", None)
    assert DRILLS[name].control("sqlite", None, _args(1)) > 0


def test_every_promise_has_a_drill_and_every_drill_a_control() -> None:
    """The table has the 27 promises, in their order; every drill it names is one, with a control
    and sizes; and the page is what the drills wrote."""
    assert [promise.number for promise in promises.PROMISES] == list(range(1, 28))
    for drill in promises.sized():
        assert callable(DRILLS[drill.drill].run) and callable(DRILLS[drill.drill].control)
        assert drill.release > 0 and drill.release >= drill.suite
    assert all(promise.drills and promise.words for promise in promises.PROMISES)
    assert promises.PAGE.read_text("utf-8") == promises.page(promises.kept())
    assert {name.split(" ")[0] for name in promises.kept()} <= set(DRILLS)


def test_a_control_that_finds_nothing_is_a_miss() -> None:
    class Blind:
        def run(self, *_: object) -> dict[str, int]:
            return {"missed": 0}

        def control(self, *_: object) -> int:
            return 0

    assert promises.told(Blind(), "sqlite", None, _args(1)) == {"missed": 1, "control": 0}


def test_canaries() -> None:
    counts = DRILLS["canary"].run("sqlite", None, _args(1))
    assert counts["missed"] == 0, counts["hits"]
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
    assert (
        counts["strange"] == counts["over the quota"] == 0
        and counts["429"] > 300
        and counts["staff pages"] > 0
    )


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
