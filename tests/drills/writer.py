"""One writer process of the kill9 and editors drills: saves its own marks for ever and tells
each acknowledged one on its output.

`python -m tests.drills.writer URL NAME [LIMIT [OFF]]`. A line is written only after the commit
returned, and flushed at once: what is on the output was acknowledged.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pia import forms
from pia.domain.act import By
from pia.domain.document.form import reviewed
from pia.domain.document.tree import Tree, node
from pia.domain.errors import PiaError, Stale
from pia.store import nodes, opening
from pia.store.ledger import log
from pia.store.opening import Store, open_store
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


def save(store: Store, name: str, mark: str, minutes: int, early: bool = False) -> tuple[int, str]:
    """One save of a mark, as an act of the program makes one; its number and digest. `early` tells
    before it stands."""
    by = By(name, "editor", START + timedelta(seconds=minutes))
    with store.read() as session:
        seen = assessments.resolve(session, "drill")
        tree = marked(nodes.skeleton(session, seen.id), name, mark)
    with store.begin() as session:
        assessment = assessments.by_key(session, "drill")
        digest = reviewed(forms.load(tree.form), tree).digest
        saved = assessments.save(
            session,
            assessments.NewVersion(tree=tree, reviewed_digest=digest, why=mark),
            assessment=assessment,
            parent_id=seen.id,
            by=by,
        )
        log.entry(session, by, "drill.save", "drill", {"mark": mark}, [saved])
        saved = (saved.seq, saved.digest)
        if early:
            _tell(*saved, mark)
            time.sleep(0.3)
    return saved


def _tell(number: int, digest: str, mark: str) -> None:
    os.write(sys.stdout.fileno(), f"saved {number} {digest} {mark}\n".encode())


def _without_stale() -> None:
    """Nobody asks any more whether the head is where the writer saw it."""

    def saved(session: Session, new: Any, *, assessment: Any, **rest: Any) -> Any:
        session.refresh(assessment)
        return was(
            session, new, assessment=assessment, **{**rest, "expected_head": assessment.head_id}
        )

    was = assessments.save
    assessments.save = saved


# Defences a control switches off in this process.
OFF: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "early": lambda: None,
    "stale": _without_stale,
    "full": lambda: opening._PRAGMAS.update(synchronous=2),
}


def main(url: str, name: str, limit: int, off: str = "") -> None:
    OFF[off]()
    store = open_store(url)
    out = sys.stdout.fileno()
    for number in itertools.islice(itertools.count(1), limit or None):
        mark = f"{name}-{os.getpid()}-{number}"
        try:
            saved = save(store, name, mark, number, off == "early")
        except Stale:
            os.write(out, b"stale\n")
            continue
        except PiaError as e:
            os.write(out, f"told {e}\n".encode())
            continue
        if off != "early":
            _tell(*saved, mark)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0, *sys.argv[4:])
