"""Starting writers, collecting what they were told, and checking the line of versions against
it."""

from __future__ import annotations

import os
import random
from functools import partial
from pathlib import Path

from pia.domain.document.tree import Tree, node
from pia.store import nodes
from pia.store.opening import Store, open_store
from pia.store.rows import assessments
from pia.store.upkeep import fsck
from tests import forked
from tests.domain import trees
from tests.store import city

from . import writer

ROOT = Path(__file__).resolve().parent.parent.parent
Saved = tuple[int, str, str]  # seq, digest, mark


def prepare(url: str, seed: int) -> None:
    """The assessment the writers write, with one text item for their marks."""
    store = open_store(url)
    tree = trees.a_tree(random.Random(seed), share=0.2)
    first = [
        p for p in tree.children if p.key == "I"
    ]  # none where the seed drew an assessment whose part I is still unwritten
    item = node("marks", "text", None, [node("", "block", {"text": "はじめ", "withheld": []})])
    with store.begin() as s:
        city.save(
            s, city.found(s, "drill"), Tree(tree.form, (node("C", "group", None, [item]), *first))
        )
    store.close()


def start(url: str, name: str, limit: int = 0, off: str = "") -> forked.Child:
    """A writer; `off`: the defence that is switched off in it (`writer.OFF`)."""
    return forked.Child(partial(writer.main, url, name, limit, off), ROOT, os.environ, listens=True)


def told(output: bytes) -> tuple[list[Saved], int]:
    """The acknowledged saves in an output, and how many were stale. A last line cut in the
    middle was never told."""
    saved, stale = [], 0
    for line in output.split(b"\n")[:-1]:
        words = line.decode().split(" ")
        if words[0] == "saved":
            saved.append((int(words[1]), words[2], words[3]))
        stale += words[0] == "stale"
    return saved, stale


def misses(store: Store, saved: list[Saved]) -> dict[str, int]:
    """Acknowledged saves that are not in the line as they were told, and findings of fsck."""
    with store.read() as s:
        line = {v.seq: v for v in assessments.log(s, assessments.by_key(s, "drill"))}
        lost = sum(
            1
            for seq, digest, mark in saved
            if seq not in line or line[seq].digest != digest or line[seq].why != mark
        )
        newest: dict[str, str] = {}
        for _, _, mark in sorted(saved):
            newest[mark.rsplit("-", 2)[0]] = mark
        text = str([n.value for n in _blocks(nodes.tree(s, line[max(line)].id))])
        gone = 0
        for name, mark in newest.items():
            # The writer's last acknowledged mark stands in the head, unless a later save of its own
            # was committed but never told.
            untold = any(
                v.why.startswith(f"{name}-") and v.seq > seq
                for v in line.values()
                for seq, _, m in saved
                if m == mark
            )
            gone += not untold and mark not in text
    damage = [p for p in fsck.check(store, deep=True) if p.level != "info"]
    return {
        "lost": lost,
        "overwritten": gone,
        "damage": len(damage),
        "missed": lost + gone + len(damage),
        "versions": len(line),
    }


def _blocks(tree: Tree) -> list:
    item = tree.find(("C", "marks"))
    assert item is not None
    return list(item.children)
