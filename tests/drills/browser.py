"""The case in a real browser, every step of it, three times with the widths of the office, the
council and a resident turned: `tests/e2e/test_case` at full size."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """The plays on this database, as tests; what they find is told on stderr. `-n` is not used."""
    command = [sys.executable, "-m", "pytest", "tests/e2e/test_case.py", "-k", f"{kind}-"]
    environment = {**os.environ, "PIA_TEST_WIDTHS": "all", "PIA_TEST_PICTURES": "1"} | (
        {"PIA_TEST_PG_URL": pg} if pg else {}
    )
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr)
    return {"missed": int(done.returncode != 0)}
