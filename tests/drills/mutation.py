"""The core changed a little, here and there: a comparison turned round, a number one more, a call
left out. The tests must fail of it. By mutmut, area by area: ledger, rights, withheld, procedure,
workbooks that come in.

mutmut is no dependency of the tests (`pip install mutmut`, decision 0024); where it is missing the
drill says so and shows nothing. Changes that change nothing anybody can see are listed, with why,
in equivalents.yaml.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENTS = Path(__file__).with_name("equivalents.yaml")
COPIED = ("pia", "tests", "fixtures", "templates", "docs", "wsgi.py")
BESIDE = ("setup.cfg", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", ".ci")
LEAST = 90
"""Of a hundred changes the tests must fail of so many."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the core and the tests that look at it."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "rights": Area(
        ("pia/actions/people/rights.py",),
        ("tests/web/test_rights.py", "tests/web/test_departments.py", "tests/web/test_canaries.py"),
    ),
    "ledger": Area(
        ("pia/store/ledger/log.py", "pia/store/ledger/digests.py", "pia/store/ledger/witness.py"),
        ("tests/store/test_ledger.py", "tests/store/test_fsck.py", "tests/store/test_records.py"),
    ),
    "withheld": Area(
        (
            "pia/domain/withheld/kept.py",
            "pia/domain/withheld/public_reading.py",
            "pia/domain/withheld/occurrences.py",
        ),
        ("tests/domain", "tests/web/test_withheld.py"),
    ),
    "procedure": Area(
        ("pia/domain/procedure/checks.py", "pia/domain/procedure/steps.py"),
        ("tests/domain/test_procedure.py", "tests/actions/test_case.py", "tests/test_law.py"),
    ),
    "workbook_in": Area(
        ("pia/documents/workbook_in/labels.py", "pia/documents/workbook_in/assemble.py"),
        ("tests/documents/test_reading_cases.py", "tests/documents/test_xlsx_round_trip.py"),
    ),
}


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` changes, the same number in each area, drawn from the seed."""
    if importlib.util.find_spec("mutmut") is None:
        return {"program missing": "mutmut", "missed": 0}
    each = max(1, args.n // len(AREAS))
    out: dict[str, Any] = {}
    survived: list[str] = []
    for name, area in AREAS.items():
        ended, left = _tried(area, each, args.seed)
        killed = ended["killed"] + ended["timeout"]
        looked = killed + len(left)
        survived += left
        out[name] = f"{killed}/{looked}"
        out[f"{name} equivalent"] = ended["equivalent"]
        out["missed"] = out.get("missed", 0) + (100 * killed < LEAST * looked)
    return {**out, "which": survived}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Changes that survive where the tests look at something else."""
    if importlib.util.find_spec("mutmut") is None:
        return 1
    other = Area(AREAS["withheld"].sources[:1], ("tests/domain/test_retention.py",))
    return len(_tried(other, 5, args.seed)[1])


def _tried(area: Area, many: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How so many changes ended, and those that survived and are no equivalents."""
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as name:
        folder = Path(name)
        for one in (*COPIED, *BESIDE):
            _copy(ROOT / one, folder / one)
        with (folder / "pyproject.toml").open("a") as out:
            out.write(_config(area))
        # Makes all changes and finds which test meets which of them; there is none of this name.
        _mutmut(folder, "run", "none", "--max-children", "1")
        known = sorted(_ended(folder))
        chosen = random.Random(seed).sample(known, min(many, len(known)))
        _mutmut(folder, "run", *chosen, "--max-children", "1")
        ended = _ended(folder)
        counts: Counter[str] = Counter()
        survived = []
        for change in chosen:
            status = _status(ended[change])
            if status in ("survived", "no tests"):
                diff = _mutmut(folder, "show", change)
                is_equivalent = _is_equivalent(change, diff)
                status = "equivalent" if is_equivalent else status
                survived += [] if is_equivalent else [f"{change}: {_changed(diff)}"]
            counts[status] += 1
        return counts, survived


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.exists():
        shutil.copy(source, target)


def _config(area: Area) -> str:
    return (
        "\n[tool.mutmut]\n"
        f"source_paths = {json.dumps(area.sources)}\n"
        f"pytest_add_cli_args_test_selection = {json.dumps(area.tests)}\n"
        f"also_copy = {json.dumps([*COPIED, *BESIDE])}\n"
    )


def _mutmut(folder: Path, *words: str) -> str:
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *words],
        cwd=folder,
        env=known,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout


def _ended(folder: Path) -> dict[str, int | None]:
    """How the tests ended with each change, None where it was not tried."""
    out: dict[str, int | None] = {}
    for file in (folder / "mutants").rglob("*.meta"):
        out |= json.loads(file.read_text("utf-8"))["exit_code_by_key"]
    return out


def _status(code: int | None) -> str:
    from mutmut.stats import status_by_exit_code

    return str(status_by_exit_code[code])


def _changed(diff: str) -> str:
    """The lines of a change: - before, + after."""
    lines = [
        line for line in diff.splitlines() if line[:1] in "-+" and line[:3] not in ("---", "+++")
    ]
    return " ".join(line[0] + line[1:].strip() for line in lines)


def _is_equivalent(change: str, diff: str) -> bool:
    """Whether it is listed as one nobody can see."""
    listed = yaml.safe_load(EQUIVALENTS.read_text("utf-8")) or []
    function = change.rsplit("__mutmut_", 1)[0]
    return any(
        equivalent["in"] == function and equivalent["change"] == _changed(diff)
        for equivalent in listed
    )
