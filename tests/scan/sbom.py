"""`python -m tests.scan.sbom FILE`: the libraries of the release, as CycloneDX: what
`cyclonedx-py` finds in the environment, without what only tests need.

Knows the lock of the release. Must not know the tools' own libraries. The same environment gives
the same file: no time and no serial number of its own making.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def locked() -> set[str]:
    """The names of the release's libraries, as the lock has them."""
    return {
        _plain(name) for name in _LOCKED.findall((ROOT / "requirements.lock").read_text("utf-8"))
    }


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(tool: str, python: str) -> dict[str, Any]:
    """What the tool finds in the environment of `python`."""
    report = subprocess.run(
        [tool, "environment", python, "--of", "JSON", "--output-reproducible"],
        capture_output=True,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(report.stdout)
    return report


def release(report: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The list without what is not part of the release, and without this program itself, whose
    place on this machine nobody needs."""
    kept = [component for component in report["components"] if _plain(component["name"]) in names]
    left = {component["bom-ref"] for component in kept}
    joined = [
        dependency for dependency in report.get("dependencies", []) if dependency["ref"] in left
    ]
    joined = [
        dependency | {"dependsOn": [ref for ref in dependency.get("dependsOn", []) if ref in left]}
        for dependency in joined
    ]
    return report | {"components": kept, "dependencies": joined}


def main(file: str) -> int:
    names = locked()
    report = release(
        listed(
            str(ROOT / ".venv-scan" / "bin" / "cyclonedx-py"),
            str(ROOT / ".venv" / "bin" / "python"),
        ),
        names,
    )
    missing = sorted(names - {_plain(component["name"]) for component in report["components"]})
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(
        json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8"
    )
    print(
        f"{len(report['components'])} libraries of {len(names)} in the lock; not "
        f"installed here: {', '.join(missing) or 'none'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
