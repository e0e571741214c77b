"""Generated documents through a workbook and back: with what our export carries the digest is
equal; without it the answers are, or a problem says why not.

Every third try is an official form laid out in somebody else's way instead.
"""

from __future__ import annotations

import argparse
import json
import random
from typing import Any

from pia import forms
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from tests.documents import foreign
from tests.documents.books import by_place, without_map
from tests.domain.trees import a_tree

from .defences import without


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Documents that come back otherwise where texts are tidied in reading."""
    with without("texts as typed"):
        return int(run(kind, pg, argparse.Namespace(n=6, seed=1))["missed"])


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`kind` and `pg` are not used: no database is involved."""
    counts = {"carried": 0, "bare": 0, "foreign": 0, "reported": 0, "missed": 0}
    missed: list[str] = []
    known = forms.known()
    for i in range(args.n):
        rng = random.Random(f"{args.seed}/{i}")
        if i % 3 == 2:
            seed = rng.randrange(2**32)
            tree, data, habits = foreign.make(
                seed, rng.choice([f for f in known if not f.startswith("plan")])
            )
            counts["foreign"] += 1
            _compare(
                reader.read(data, child=False),
                tree,
                counts,
                missed,
                f"foreign {seed} {sorted(habits)}",
            )
            continue
        tree = a_tree(rng, rng.choice(known), rng.choice([0.02, 0.1, 0.3, 0.9]))
        form = forms.load(tree.form)
        data = writer.write(tree, form, title="往復", ref="drill@1")
        if i % 3 == 0:
            counts["carried"] += 1
            if reader.read(data, child=False).tree.digest != tree.digest:
                missed.append(f"carried {args.seed}/{i}")
        else:
            counts["bare"] += 1
            _compare(
                reader.read(without_map(data), form, child=False),
                tree,
                counts,
                missed,
                f"bare {args.seed}/{i}",
            )
    counts["missed"] = len(missed)
    return {**counts, "which": missed[:20]}


def _compare(
    reading: reader.BookReading, tree: Any, counts: dict[str, int], missed: list[str], name: str
) -> None:
    form = forms.load(tree.form)
    if by_place(reading.tree, form) == by_place(tree, form):
        return
    if reading.errors or any(
        p.code == "file_by_place" for p in reading.problems
    ):  # files without names can only be told by their place, and that is said
        counts["reported"] += 1
    else:
        missed.append(name)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="xlsx_roundtrip")
    parser.add_argument("-n", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    counts = run("", None, parser.parse_args(argv))
    print(json.dumps({"drill": "xlsx_roundtrip", **counts}, ensure_ascii=False))
    return 1 if counts["missed"] else 0
