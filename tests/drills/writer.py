"""One writer process of the kill9 and editors drills: saves its own marks for ever and tells
each acknowledged one on its output.

`python -m tests.drills.writer URL NAME [LIMIT]`. A line is written only after the commit
returned, and flushed at once: what is on the output was acknowledged.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pia import forms
from pia.domain.act import By
from pia.domain.document.form import reviewed
from pia.domain.document.tree import Tree, node
from pia.domain.errors import PiaError, Stale
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import open_store
from pia.store.rows import assessments

START = datetime(2026, 4, 1, tzinfo=UTC)


def marked(tree: Tree, name: str, mark: str) -> Tree:
    """The tree with this writer's block of the first text item set to its newest mark; other
    writers' blocks stay."""
    part = tree.children[0]
    item = next(c for c in part.children if c.kind == "text")
    block = node(name, "block", {"text": f"＜{name}＞\n{mark}", "withheld": []})
    others = tuple(c for c in item.children if c.key != name)
    new = replace(
        item,
        children=(*others, block),
    )
    return Tree(
        tree.form,
        (
            replace(
                part,
                children=tuple(new if c is item else c for c in part.children),
            ),
            *tree.children[1:],
        ),
    )


def main(url: str, name: str, limit: int) -> None:
    store = open_store(url)
    out = sys.stdout.fileno()
    for n in itertools.islice(itertools.count(1), limit or None):
        mark = f"{name}-{os.getpid()}-{n}"
        by = By(name, "editor", START + timedelta(seconds=n))
        try:
            with store.read() as s:
                seen = assessments.resolve(s, "drill")
                tree = marked(nodes.skeleton(s, seen.id), name, mark)
            with store.begin() as s:
                one = assessments.by_key(s, "drill")
                digest = reviewed(forms.load(tree.form), tree).digest
                made = assessments.save(
                    s,
                    assessments.NewVersion(tree=tree, reviewed_digest=digest, why=mark),
                    assessment=one,
                    parent_id=seen.id,
                    by=by,
                )
                log.entry(s, by, "drill.save", "drill", {"mark": mark}, [made])
                seq, name_of = made.seq, made.digest
        except Stale:
            os.write(out, b"stale\n")
            continue
        except PiaError as e:
            os.write(out, f"told {e}\n".encode())
            continue
        os.write(out, f"saved {seq} {name_of} {mark}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
