"""`python -m tests.bench.papers OTHER [--runs 5]`: the PDF of an assessment and the printed pack of
the played case beside another state of the code (a worktree, such as of 3486151), in one run.

Seconds of the processor, medians: `fresh` is the first of a process (a command), `again` the next
ones (a server). Each state plays the case itself. Says whether every page has the same words.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KINDS = ("assessment", "pack")
# Runs in either state, whose modules have other names.
PROGRAM = """
import json, sys, time
from pathlib import Path
from pia import config
from pia.actions import demo
from pia.actions.sources import read_ref
try:
    from pia.actions.output import printing
    try:
        from pia.actions.issuing import pack
    except ImportError:
        from pia.actions.output import pack
    from pia.actions.upkeep.opening import open_workplace
    from pia.store.opening import upgrade
except ImportError:
    from pia.actions import pack, printing
    from pia.actions.workplace import open_workplace
    from pia.store.base import upgrade

file, kind, out = sys.argv[1:]
url = f"sqlite:///{file}"
fresh = not Path(file).exists()
if fresh:
    upgrade(url)
wp = open_workplace(config.load({"PIA_DATABASE_URL": url, "PIA_OFFICE": "none"}))
if fresh:
    demo.play(wp, papers=True)
    sys.exit()
source = read_ref(wp, "nhi-benefits")
press = (wp.press,) if hasattr(wp, "press") else ()

def made():
    if kind == "pack":
        return pack.pack(wp, 1)[0].data
    return printing._print(source, "", *press, None).data

took = []
for _ in range(4):
    before = time.process_time()
    data = made()
    took.append(time.process_time() - before)
Path(out).write_bytes(data)
print(json.dumps(took))
"""


def _run(state: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(state)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=state,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout


def measured(states: dict[str, Path], kind: str, runs: int, folder: Path) -> dict[str, Any]:
    """Medians of so many processes of each state, in turn; the words of their last papers."""
    fresh: dict[str, list[float]] = {name: [] for name in states}
    again: dict[str, list[float]] = {name: [] for name in states}
    for _ in range(runs):
        for name, state in states.items():
            out = folder / f"{name}-{kind}.pdf"
            first, *rest = json.loads(_run(state, str(folder / f"{name}.db"), kind, str(out)))
            fresh[name].append(first)
            again[name].append(statistics.median(rest))
    told: dict[str, Any] = {"paper": kind}
    for what, times in (("fresh", fresh), ("again", again)):
        ours, theirs = (statistics.median(times[name]) for name in ("ours", "theirs"))
        told |= {f"{what} ours": ours, f"{what} theirs": theirs, f"{what} ratio": ours / theirs}
    pages = [_words(folder / f"{name}-{kind}.pdf") for name in states]
    return told | {"pages": len(pages[0]), "same words": pages[0] == pages[1]}


def _words(paper: Path) -> list[str]:
    """The words of each page, as another program reads them."""
    command = ["pdftotext", "-raw", str(paper), "-"]
    read = subprocess.run(command, capture_output=True, check=True, text=True)
    return read.stdout.split("\f")[:-1]


def main() -> None:
    """One line a paper."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    states = {"ours": ROOT, "theirs": given.other.resolve()}
    with tempfile.TemporaryDirectory(prefix="pia-bench-") as made:
        folder = Path(made)
        for name, state in states.items():
            _run(state, str(folder / f"{name}.db"), "", "")
        for kind in KINDS:
            told = measured(states, kind, given.runs, folder)
            print("  ".join(f"{name} {_shown(value)}" for name, value in told.items()))


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
