"""A plugin of pytest for one child of the drill `controls`: switches off the guard PIA_SWITCHED
names before anything is collected, and writes down how the tests ended. Only an assertion of the
test itself that does not hold is `failed`; whatever else goes wrong, also before it, is `error`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from . import controls

_ended: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PIA_SWITCHED"):
        controls.switch_off(os.environ["PIA_SWITCHED"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or report.outcome != "passed":
        _ended[how(report.when, report.outcome, call.excinfo)] += 1
    return report


def how(when: str, outcome: str, info: pytest.ExceptionInfo[BaseException] | None) -> str:
    """How a phase of a test ended: passed, failed, skipped or error."""
    if outcome != "failed":
        return outcome
    asserted = info is not None and isinstance(info.value, AssertionError | pytest.fail.Exception)
    return "failed" if when == "call" and asserted else "error"


def pytest_sessionfinish() -> None:
    Path(os.environ["PIA_SWITCHED_TOLD"]).write_text(
        " ".join(f"{word}={_ended[word]}" for word in ("passed", "failed", "skipped", "error")),
        "utf-8",
    )
