"""`python -m tests.golden.readability [--all] [--view phrase] [--file pairs.yaml …]`: the score
as one table."""

from __future__ import annotations

import argparse
from collections import defaultdict
from functools import partial
from pathlib import Path

from pia.domain.text.spans import spans

from . import Score, corpus, read, score, total


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument(
        "--all", action="store_true", help="show every pair that is not marked as the editor did"
    )
    args.add_argument("--view", default="phrase", choices=["phrase", "char", "clause"])
    args.add_argument(
        "--file", type=Path, nargs="*", help="score these files instead of the corpus"
    )
    given = args.parse_args()
    pairs = [p for f in given.file for p in read(f)] if given.file else corpus()
    by_file: dict[str, list[Score]] = defaultdict(list)
    for p in pairs:
        by_file[p.file].append(score(p, partial(spans, view=given.view)))
    print(f"{'':16}{'pairs':>6}{'exact':>9}{'fragments':>11}{'marked':>9}{'cut words':>11}")
    for name, scores in [*by_file.items(), ("total", [s for v in by_file.values() for s in v])]:
        t = total(scores)
        print(f"{name:16}{t.pairs:6}{t.exact:9.1%}{t.fragments:11.2f}{t.marked:9.2f}{t.cuts:11.2%}")
    if given.all:
        for s in (s for v in by_file.values() for s in v if not s.exact):
            print(f"\n{s.pair.file}: {s.pair.name}\n  {s.shown}")


if __name__ == "__main__":
    main()
