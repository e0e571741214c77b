"""Pairs of trees through compare, replay and the store: what comes out is what went in, to the
last digest."""

from __future__ import annotations

import argparse
import random
from typing import Any

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.revise.apply import apply
from pia.domain.revise.replay import replay
from pia.store import nodes
from pia.store.opening import open_store
from pia.store.rows import assessments
from pia.store.upkeep import fsck
from tests.domain import trees
from tests.store import city

from .places import place

_BATCH = 50


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` pairs, drawn from the seed, each saved as two versions."""
    wrong = raised = changes = 0
    example = ""
    with place(kind, pg) as url:
        store = open_store(url)
        with store.begin() as s:
            city.found(s, "drill")
            city.wrote(s)
        for at in range(0, args.n, _BATCH):
            made = []
            for i in range(at, min(at + _BATCH, args.n)):
                rng = random.Random(f"{args.seed}-{i}")
                old = trees.a_tree(rng, share=0.06)
                made.append(
                    (
                        i,
                        old,
                        trees.revised(rng, old)
                        if rng.random() < 0.8
                        else trees.a_tree(rng, share=0.06),
                    )
                )
            with store.begin() as s:
                assessment = assessments.by_key(s, "drill")
                ids = [
                    (
                        i,
                        old,
                        new,
                        city.save(s, assessment, old).id,
                        city.save(s, assessment, new).id,
                    )
                    for i, old, new in made
                ]
            with store.read() as s:
                for i, old, new, a, b in ids:
                    try:
                        form = forms.load(old.form)
                        cs = nodes.compare_versions(s, a, b)
                        changes += len(cs.changes)
                        there, back = nodes.tree(s, a), nodes.tree(s, b)
                        applied = apply(there, cs, form)
                        same = (
                            (there, back) == (old, new)
                            and cs == compare(old, new)
                            and replay(there, cs, form) == new
                        )
                        if not same or applied.conflicts or applied.tree != new:
                            wrong, example = wrong + 1, example or f"{args.seed}-{i}"
                    except Exception as e:
                        raised, example = raised + 1, example or f"{args.seed}-{i}: {e!r}"
        damage = [p for p in fsck.check(store, deep=True) if p.level != "info"]
        store.close()
    return {
        "pairs": args.n,
        "changes": changes,
        "wrong": wrong,
        "raised": raised,
        "damage": len(damage),
        "missed": wrong + raised + len(damage),
        "first": example,
    }
