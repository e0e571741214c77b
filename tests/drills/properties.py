"""The property tests with as many examples as one likes, on new documents each time: the suite
looks at the same few.

Runs them in a child, where `tests.properties` reads the number. Counts the tests that held and
those that did not, which it names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from tests import properties

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/domain", "tests/store", "tests/documents")


def run(
    kind: str, pg: str | None, args: argparse.Namespace, tests: Sequence[str] = FOLDERS
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis"]
        command += ["-p", "tests.properties", "-p", "no:xdist", "-p", "no:cacheprovider"]
        command += [f"--hypothesis-seed={args.seed}", f"--junit-xml={report}", *tests]
        known = {**os.environ, properties.WANTED: str(args.n)}
        subprocess.run(command, cwd=ROOT, env=known, capture_output=True)
        cases = list(etree.parse(report).iter("testcase")) if report.exists() else []
    failed = [
        f"{case.get('classname')}.{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    held = len(cases) - len(failed)
    return {"missed": len(failed) if cases else 1, "held": held, "which": failed}
