"""A plugin of pytest for one child of the drill `controls`: switches off the guard PIA_SWITCHED
names before anything is collected, and writes down how the tests ended."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from . import controls

_ended: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PIA_SWITCHED"):
        controls.switch_off(os.environ["PIA_SWITCHED"])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        _ended[report.outcome] += 1


def pytest_sessionfinish() -> None:
    Path(os.environ["PIA_SWITCHED_TOLD"]).write_text(
        " ".join(f"{word}={_ended[word]}" for word in ("passed", "failed", "skipped")), "utf-8"
    )
