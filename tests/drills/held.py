"""Promises that tests hold: the tests of the suite as a drill, and as its control one of them with
the defence switched off, which must fail then.

Knows how a child runs tests without a defence (`controls`); must not know what they look at.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from . import controls


@dataclass(frozen=True, slots=True)
class Held:
    """`tests` hold the promise; `bites` fails without the `defence` (`controls.DEFENCES`)."""

    tests: tuple[str, ...]
    defence: str
    bites: str

    def run(self, kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
        """All of them, on both databases where they ask for one."""
        with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            command += ["-p", "no:xdist", f"--junit-xml={report}", *self.tests]
            known = {**os.environ} | ({"PIA_TEST_PG_URL": pg} if pg else {})
            subprocess.run(command, cwd=controls.ROOT, env=known, capture_output=True)
            cases = list(etree.parse(report).iter("testcase")) if report.exists() else []
        ended = Counter(_ended(case) for case in cases)
        failed = [str(case.get("name")) for case in cases if _ended(case) == "failed"]
        return {
            "tests": ended["passed"],
            "skipped": ended["skipped"],
            "which": failed,
            "missed": len(failed) + (not ended["passed"]),
        }

    def control(self, kind: str, pg: str | None, args: argparse.Namespace) -> int:
        """How many tests fail without the defence."""
        return controls.failing(self.bites, self.defence)


def _ended(case: Any) -> str:
    for child, word in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        if case.find(child) is not None:
            return word
    return "passed"


FSCK_CODES = Held(
    ("tests/store/test_fsck.py",),
    "records looked at",
    "tests/store/test_fsck.py::test_a_planted_damage_is_named[sqlite-verdict-unknown]",
)
APPENDONLY = Held(
    ("tests/store/test_guard.py",),
    "schema locked",
    "tests/store/test_guard.py::test_no_kept_row_can_be_changed_or_deleted[sqlite]",
)
RESTORE = Held(
    ("tests/store/test_backup.py",),
    "backups looked at",
    "tests/store/test_backup.py::test_a_trigger_planted_in_a_backup_never_runs",
)
MIGRATE = Held(
    ("tests/store/test_migrations.py", "tests/golden/test_landed.py"),
    "no step over records",
    "tests/store/test_migrations.py::test_records_are_never_stepped_over[sqlite]",
)
MATRIX = Held(
    ("tests/web/test_rights.py",),
    "8.2.1",
    "tests/web/test_rights.py::test_every_cell_of_the_matrix",
)
A11Y = Held(
    ("tests/e2e/test_browser.py",),
    "language named",
    "tests/e2e/test_browser.py::test_every_page_on_every_width[desktop]",
)
