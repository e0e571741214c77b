"""Jobs from asking to the file: one effect per key, a stop at the next step, a sentence where it
fails, and a worker that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pia import forms
from pia.actions import jobs
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.errors import PiaError

NOW = datetime(2024, 11, 1, 9, tzinfo=JST)
OFFICE = By("mizukoshi", "secretariat", NOW)


def clock() -> datetime:
    return datetime.now(JST)


def kinds(monkeypatch: pytest.MonkeyPatch, does: Any) -> None:
    monkeypatch.setattr(jobs, "KINDS", {"try": ("試し", does)})


def test_asked_twice_done_once_and_again_after_a_failure(
    fresh: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def does(wp: Workplace, by: By, args: Mapping[str, Any], step: jobs.Step) -> dict[str, Any]:
        ran.append((by.actor, dict(args)))
        if len(ran) == 1:
            raise PiaError("紙がありません。")
        return {"made": len(ran)}

    kinds(monkeypatch, does)
    first = jobs.ask(fresh, OFFICE, "try", {"a": 1})
    assert jobs.ask(fresh, OFFICE, "try", {"a": 1}) == first
    assert jobs.work_once(fresh, "w", clock) and not jobs.work_once(fresh, "w", clock)
    assert (jobs.job(fresh, first).state, jobs.job(fresh, first).error) == (
        "FAILED",
        "紙がありません。",
    )
    second = jobs.ask(fresh, OFFICE, "try", {"a": 1})
    assert second != first and jobs.work_once(fresh, "w", clock)
    assert jobs.job(fresh, second).result == {"made": 2}
    assert jobs.ask(fresh, OFFICE, "try", {"a": 1}) == second, "what is done stays done"
    assert ran == [("mizukoshi", {"a": 1})] * 2


def test_an_unforeseen_error_is_a_sentence(
    fresh: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds(monkeypatch, lambda *_: 1 / 0)
    job = jobs.ask(fresh, OFFICE, "try", {})
    assert jobs.work_once(fresh, "w", clock)
    assert "ZeroDivisionError" in (jobs.job(fresh, job).error or "")


def test_a_stop_ends_it_at_the_next_step(fresh: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def does(wp: Workplace, by: By, args: Mapping[str, Any], step: jobs.Step) -> dict[str, Any]:
        for n in range(6_000):
            step(n, 0, "歩み")
            begun.set()
            time.sleep(0.01)
        return {}

    kinds(monkeypatch, does)
    job = jobs.ask(fresh, OFFICE, "try", {})
    worker = threading.Thread(target=jobs.work_once, args=(fresh, "w", clock))
    worker.start()
    assert begun.wait(20)
    jobs.stop(fresh, OFFICE, job)
    worker.join(20)
    assert not worker.is_alive() and jobs.job(fresh, job).state == "CANCELLED"


def test_unknown_kinds_and_missing_files_are_sentences(fresh: Workplace) -> None:
    with pytest.raises(PiaError, match="ありません"):
        jobs.ask(fresh, OFFICE, "nope", {})
    with pytest.raises(PiaError, match="ありません"):
        jobs.result(fresh, 1)
    job = jobs.ask(fresh, OFFICE, "paper", {"ref": "nix@1"})
    assert jobs.work_once(fresh, "w", clock)
    assert jobs.job(fresh, job).state == "FAILED" and "nix" in (jobs.job(fresh, job).error or "")
    with pytest.raises(PiaError, match="まだ"):
        jobs.result(fresh, job)


def test_a_killed_worker_s_job_is_done_by_the_next(played: Workplace, tmp_path: Path) -> None:
    """kill -9 while it prints: the next worker sees that the first is dead and makes the same
    file."""
    made = jobs.ask(played, OFFICE, "paper", {"ref": "elderly-medical@published"})
    env = {
        **os.environ,
        "PIA_DATABASE_URL": f"sqlite:///{tmp_path / 'pia.db'}",
        "PYTHONPATH": str(Path(forms.__file__).parents[2]),
    }
    first = subprocess.Popen([sys.executable, "-m", "pia", "work"], env=env)
    until = time.monotonic() + 60
    while jobs.job(played, made).state != "RUNNING" and time.monotonic() < until:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert jobs.job(played, made).state == "RUNNING"
    subprocess.run(
        [sys.executable, "-m", "pia", "work", "--once"], env=env, check=True, timeout=120
    )
    job = jobs.job(played, made)
    assert (job.state, job.tries) == ("DONE", 2)
    assert jobs.result(played, made)[0].startswith(b"%PDF")
