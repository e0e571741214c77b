"""`python -m tests.bench.diff [--quick] [--json] [--runs 7]`: our engine beside others on the
same documents, one table.

Times are of the processor (git's own process included), medians of interleaved runs in one
process, each run repeated until it has taken 20 ms (as timeit does); memory is the rise of the
resident peak in a fresh process. pia-warm is compare and spans in memory, with nothing remembered
from the run before; pia-stored the same from a SQLite file. deepdiff gets the whole trees in its
default mode (it gives no spans). difflib, diff-match-patch and rapidfuzz get the pairs of changed
texts (found for them by equal paths, free of charge), by character; git gets two files. What takes
more than two seconds is run once; what takes more than LIMIT is stopped there and has no pieces.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import json
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pia.domain.change.compare import compare
from pia.domain.change.model import ChangeSet
from pia.domain.document import items
from pia.domain.document.tree import Tree, node
from pia.domain.text import hunks
from pia.domain.text.spans import spans

from .made import FORM, cloud, document, heavy, leaf_texts, plain, sentence

ENGINES = (
    "pia-warm",
    "pia-stored",
    "deepdiff",
    "difflib",
    "diff-match-patch",
    "rapidfuzz",
    "git-word-diff",
)
SIZES = {"200": (200, 40_000), "600": (600, 150_000), "1500": (1_500, 500_000)}
LIMIT = 20  # seconds
CASES = (
    "200-cloud",
    "600-cloud",
    "600-heavy",
    "600-same",
    "1500-cloud",
    "1500-heavy",
    "text-rewrite",
    "text-repeat",
    "table-2000",
)
QUICK = tuple(c for c in CASES if c.startswith("600"))


@dataclass(frozen=True)
class Case:
    name: str
    old: Tree
    new: Tree


@cache
def case(name: str) -> Case:
    size, _, what = name.partition("-")
    if size in SIZES:
        old = document(*SIZES[size])
        new = {
            "cloud": lambda: cloud(old)[0],
            "heavy": lambda: heavy(old)[0],
            "same": lambda: document(*SIZES[size]),
        }[what]()
        return Case(name, old, new)
    rng = random.Random(9)
    if name == "table-2000":
        rows = [[str(i), f"項目{i:04}", sentence(rng)] for i in range(1, 2_001)]
        changed = [list(r) for r in rows]
        for i in rng.sample(range(2_000), 60):
            changed[i][2] = sentence(rng)
        del changed[rng.randrange(2_000)]
        changed.insert(700, ["", "追加項目", sentence(rng)])
        changed = [[str(i), *r[1:]] for i, r in enumerate(changed, 1)]
        return Case(
            name, *(_one(lambda r=r: items.table("x", map(items.row, r))) for r in (rows, changed))
        )
    texts = (
        ("同じ措置を繰り返す。" * 2_000, "同じ措置を繰り返した。" * 1_818)
        if name == "text-repeat"
        else (_rewrite(rng), _rewrite(rng))
    )
    return Case(name, *(_one(lambda t=t: items.text("x", t)) for t in texts))


def _rewrite(rng: random.Random) -> str:
    out = ""
    while len(out) < 20_000:
        out += sentence(rng)
    return out


def _one(make: Callable[[], Any]) -> Tree:
    return Tree(FORM, (node("II", "group", None, (make(),)),))


def said(cs: ChangeSet) -> int:
    """Pieces a reader sees: spans that are not equal, and changes without a text pair."""
    count = 0
    for c in cs:
        if c.before is not None and c.after is not None and c.before.content != c.after.content:
            count += sum(
                p.op != "equal" for p in spans(items.leaf_text(c.before), items.leaf_text(c.after))
            )
        else:
            count += 1
    return count


def warm(c: Case) -> Callable[[], int]:
    c.old.digest, c.new.digest  # noqa: B018 - stored with every version

    def run() -> int:
        hunks.forget()
        return said(compare(c.old, c.new))

    return run


def stored(c: Case) -> Callable[[], int] | str:
    try:
        from pia.store import nodes
        from pia.store.opening import open_store, upgrade
        from pia.store.rows import assessments
        from tests.store import city
    except ImportError:
        return "no store"
    url = f"sqlite:///{Path(_folder()) / (c.name + '.db')}"
    if not (Path(_folder()) / (c.name + ".db")).exists():
        upgrade(url)
    store = open_store(url)
    with store.begin() as s:
        held = (
            city.found(s, "bench")
            if not s.query(assessments.Assessment).count()
            else assessments.by_key(s, "bench")
        )
        a, b = city.save(s, held, c.old).id, city.save(s, held, c.new).id

    def run() -> int:
        hunks.forget()
        with store.read() as s:
            return said(nodes.compare_versions(s, a, b))

    return run


def deep(c: Case) -> Callable[[], int] | str:
    try:
        from deepdiff import DeepDiff
    except ImportError:
        return "not installed"
    a, b = plain(c.old), plain(c.new)
    return lambda: sum(len(v) for v in DeepDiff(a, b).values())


def _pairs(c: Case) -> list[tuple[str, str]]:
    a, b = leaf_texts(c.old), leaf_texts(c.new)
    return [(a.get(p, ""), b.get(p, "")) for p in dict.fromkeys((*a, *b)) if a.get(p) != b.get(p)]


def by_difflib(c: Case) -> Callable[[], int]:
    pairs = _pairs(c)
    return lambda: sum(
        sum(
            op[0] != "equal"
            for op in difflib.SequenceMatcher(None, x, y, autojunk=False).get_opcodes()
        )
        for x, y in pairs
    )


def by_dmp(c: Case) -> Callable[[], int] | str:
    try:
        from diff_match_patch import diff_match_patch
    except ImportError:
        return "not installed"
    pairs, engine = (
        _pairs(c),
        diff_match_patch(),
    )  # its own time limit of one second a text stays on

    def one(x: str, y: str) -> int:
        got = engine.diff_main(x, y)
        engine.diff_cleanupSemantic(got)
        return sum(op != 0 for op, _ in got)

    return lambda: sum(one(x, y) for x, y in pairs)


def by_rapidfuzz(c: Case) -> Callable[[], int]:
    from rapidfuzz.distance import Indel

    pairs = _pairs(c)
    return lambda: sum(sum(op.tag != "equal" for op in Indel.opcodes(x, y)) for x, y in pairs)


def by_git(c: Case) -> Callable[[], int] | str:
    folder = Path(_folder())
    files = [folder / f"{c.name}-{i}.txt" for i in (1, 2)]
    for f, t in zip(files, (c.old, c.new)):
        f.write_text("\n".join(leaf_texts(t).values()) + "\n", "utf-8")
    command = [
        "git",
        "diff",
        "--no-index",
        "--no-color",
        "--word-diff=porcelain",
        "--word-diff-regex=.",
        *map(str, files),
    ]
    try:
        subprocess.run(["git", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no git"
    env = {**os.environ, "LC_ALL": "C.UTF-8"}

    def run() -> int:
        out = subprocess.run(command, capture_output=True, env=env, check=False).stdout
        return sum(
            line[:1] in (b"+", b"-") and line[:3] not in (b"+++", b"---")
            for line in out.split(b"\n")
        )

    return run


MAKE: dict[str, Callable[[Case], Callable[[], int] | str]] = {
    "pia-warm": warm,
    "pia-stored": stored,
    "deepdiff": deep,
    "difflib": by_difflib,
    "diff-match-patch": by_dmp,
    "rapidfuzz": by_rapidfuzz,
    "git-word-diff": by_git,
}


@cache
def _folder() -> str:
    return tempfile.mkdtemp(prefix="pia-bench-")


def _probe(case_name: str, engine: str, answer: Any) -> None:
    """In a fresh process: milliseconds and pieces of one run, and how far the resident peak
    rises, in MB; None where the system does not say."""
    run = MAKE[engine](case(case_name))
    if isinstance(run, str):
        answer.send(None)
        return
    gc.collect()
    before = _resident("VmRSS", reset=True)
    began = time.perf_counter()
    pieces = run()
    spent = (time.perf_counter() - began) * 1000
    after = _resident("VmHWM")
    answer.send(
        (
            spent,
            pieces,
            None if before is None or after is None else round(max(0.0, after - before) / 1024, 1),
        )
    )


def _resident(name: str, reset: bool = False) -> float | None:
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        return float(
            dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())[
                name
            ].split()[0]
        )
    except (OSError, KeyError):
        return None


def probe(case_name: str, engine: str) -> tuple[float, int | None, float | None] | None:
    """One run of an engine on a case, within LIMIT seconds; None where the engine is not there."""
    mine, theirs = multiprocessing.Pipe()
    p = multiprocessing.get_context("fork").Process(target=_probe, args=(case_name, engine, theirs))
    p.start()
    theirs.close()
    try:
        got = mine.recv() if mine.poll(LIMIT) else (LIMIT * 1000.0, None, None)
    except EOFError:
        got = (LIMIT * 1000.0, None, None)
    p.kill()
    p.join()
    return got


def rows(names: tuple[str, ...], runs: int) -> Iterator[dict[str, Any]]:
    for name in names:
        case(name)
        found = {e: got for e in ENGINES if (got := probe(name, e)) is not None}
        quick = {e: MAKE[e](case(name)) for e, got in found.items() if got[0] < 2_000}
        took: dict[str, list[float]] = {
            e: [] if e in quick else [got[0]] for e, got in found.items()
        }
        for run in quick.values():
            run()  # type: ignore[operator] # once before it counts, for imports and caches
        for _ in range(runs):
            for engine, run in quick.items():
                took[engine].append(_timed(run))  # type: ignore[arg-type]
        for engine, (_, pieces, mb) in found.items():
            yield {
                "case": name,
                "engine": engine,
                "ms": round(statistics.median(took[engine]), 4),
                "peak_mb": mb,
                "pieces": pieces,
            }


def _timed(run: Callable[[], int]) -> float:
    """Milliseconds of one run, the mean of as many as fit into 20 ms."""
    gc.collect()
    gc.freeze()  # the documents, as a server does after its start
    times, began = 0, spent()
    while not times or spent() - began < 0.02:
        run()
        times += 1
    return (spent() - began) * 1000 / times


def spent() -> float:
    """Seconds of the processor this process and those it started have used: what others do on the
    machine meanwhile is not counted."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--quick", action="store_true", help="the 600-item rows only")
    args.add_argument("--json", action="store_true", help="print the rows as JSON")
    args.add_argument("--runs", type=int, default=7)
    given = args.parse_args()
    found = list(rows(QUICK if given.quick else CASES, given.runs))
    if given.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    warm_ms = {r["case"]: r["ms"] for r in found if r["engine"] == "pia-warm"}
    print(f"{'case':14}{'engine':18}{'ms':>12}{'ratio':>10}{'peak MB':>10}{'pieces':>9}")
    for r in found:
        mb, pieces = (
            "-" if r["peak_mb"] is None else f"{r['peak_mb']:.1f}",
            "-" if r["pieces"] is None else r["pieces"],
        )
        print(
            f"{r['case']:14}{r['engine']:18}{r['ms']:12.3f}"
            f"{r['ms'] / warm_ms[r['case']]:10.1f}{mb:>10}{pieces:>9}"
        )


if __name__ == "__main__":
    main()
