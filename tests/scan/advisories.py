"""`python -m tests.scan.advisories`: known faults of the release's libraries, where a source of
advisories can be reached; else it says that none was.

Knows pip-audit. A source that cannot be reached is no finding and no all-clear: what was not
looked at is counted and said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOOL = ROOT / ".venv-scan" / "bin" / "pip-audit"


def asked() -> dict[str, Any] | None:
    """What pip-audit says of the lock; None where it could not ask."""
    command = [
        str(TOOL),
        "-r",
        "requirements.lock",
        "--no-deps",
        "--disable-pip",
        "-f",
        "json",
        "--progress-spinner",
        "off",
    ]
    report = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        report: dict[str, Any] = json.loads(report.stdout)
    except ValueError:
        return None
    return report


def verdict(report: dict[str, Any] | None) -> tuple[int, str]:
    """(exit code, sentence): 1 only where a library has a known fault."""
    if report is None:
        return 0, "advisories: no source could be reached, nothing was looked at"
    looked_at = [dependency for dependency in report["dependencies"] if "vulns" in dependency]
    faulty = [
        f"{dependency['name']} {dependency['version']}: {fault['id']}"
        for dependency in looked_at
        for fault in dependency["vulns"]
    ]
    if faulty:
        return 1, "advisories: " + "; ".join(faulty)
    skipped = len(report["dependencies"]) - len(looked_at)
    return (
        0,
        f"advisories: {len(looked_at)} libraries without a known fault, {skipped}"
        " that the source does not know",
    )


if __name__ == "__main__":
    code, sentence = verdict(asked())
    print(sentence)
    sys.exit(code)
