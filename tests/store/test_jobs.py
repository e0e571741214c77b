"""Jobs: asked for once, held by one worker, lost and taken again, stopped; on both databases."""

from __future__ import annotations

from datetime import timedelta

from pia.store.opening import open_store
from pia.store.rows import jobs

from . import city

NOW = city.by().at


def test_asked_twice_it_is_one(url: str) -> None:
    store = open_store(url)
    with store.begin() as s:
        first = jobs.ask(s, city.by(), "k", "print", {"ref": "a"}).id
        city.wrote(s)
    with store.begin() as s:
        assert jobs.ask(s, city.by(), "k", "print", {"ref": "a"}).id == first
    store.close()


def test_one_worker_holds_it_and_a_silent_one_loses_it(url: str) -> None:
    store = open_store(url)
    with store.begin() as s:
        job = jobs.ask(s, city.by(), "k", "print", {}).id
        city.wrote(s)
    with store.begin() as s:
        assert jobs.take(s, "one", NOW).id == job  # type: ignore[union-attr]
    with store.begin() as s:
        assert jobs.take(s, "two", NOW + jobs.LOST / 2) is None
        assert jobs.tell(s, job, "one", NOW + jobs.LOST / 2, 1, 3, "印刷")
    with store.begin() as s:
        assert jobs.take(s, "two", NOW + jobs.LOST) is None, "the beat counts"
        assert jobs.take(s, "two", NOW + jobs.LOST * 2) is not None
    with store.begin() as s:
        assert not jobs.tell(s, job, "one", NOW, 2, 3, "")
        assert not jobs.end(s, job, "one", jobs.DONE, {"made": "by the lost one"})
        assert jobs.end(s, job, "two", jobs.DONE, {"made": 1})
        city.wrote(s)
    with store.read() as s:
        assert s.get_one(jobs.Job, job).result == {"made": 1}
    store.close()


def test_lost_three_times_it_has_failed(url: str) -> None:
    store = open_store(url)
    with store.begin() as s:
        job = jobs.ask(s, city.by(), "k", "print", {}).id
        city.wrote(s)
    for n in range(jobs.TRIES):
        with store.begin() as s:
            assert jobs.take(s, f"w{n}", NOW + timedelta(hours=n)) is not None
    with store.begin() as s:
        assert jobs.take(s, "last", NOW + timedelta(hours=9)) is None
    with store.read() as s:
        row = s.get_one(jobs.Job, job)
        assert row.state == jobs.FAILED and "3回" in (row.error or "")
    store.close()


def test_stopped_while_it_waits_and_while_it_runs(url: str) -> None:
    store = open_store(url)
    with store.begin() as s:
        a, b = (
            jobs.ask(s, city.by(), "a", "print", {}).id,
            jobs.ask(s, city.by(), "b", "print", {}).id,
        )
        city.wrote(s)
        jobs.stop(s, a)
    with store.begin() as s:
        assert jobs.take(s, "one", NOW).id == b  # type: ignore[union-attr]
        jobs.stop(s, b)
        assert not jobs.tell(s, b, "one", NOW, 1, 2, "")
        assert jobs.end(s, b, "one", jobs.CANCELLED)
        city.wrote(s)
    with store.read() as s:
        assert {j.state for j in s.query(jobs.Job)} == {jobs.CANCELLED}
    store.close()
