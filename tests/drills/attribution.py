"""Random histories: five people write blocks of three items, from what they saw a while ago,
carried three-way; then each block still there is traced to the version that wrote it. Whose it is
must be who wrote it, every row is named by an entry, and each version by one with the same person,
role and time.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pia.actions import sources
from pia.actions.editing import items
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.document.items import text_of
from pia.domain.document.tree import Path as Place
from pia.domain.errors import Refused
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import upgrade
from pia.store.rows import assessments
from pia.store.rows.assessments import Version
from pia.store.upkeep import fsck
from tests import shared
from tests.actions import umihara

from .defences import without
from .places import place

PEOPLE = ("shiomi", "isobe", "minato", "tsubaki", "kaede")
ITEMS: tuple[Place, ...] = (("I", "1", "2"), ("II", "file-a", "6", "1"), ("IV", "3"))
SAVES = 14
BLOCKS = ("甲", "乙", "丙")


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` histories; on SQLite each in a database of its own, on PostgreSQL one after the other
    in one."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as name:
        folder = Path(name)
        if kind == "sqlite":
            first = shared.copied(shared.blank(), folder)
            umihara.play(first, "open")
            first.store.close()
            for index in range(args.n):
                file = shutil.copy(folder / "pia.db", folder / "one.db")
                wp = shared.workplace_at(f"sqlite:///{file}")
                _history(wp, random.Random(f"{args.seed}/{index}"), counts, wrong)
                wrong += _rows(wp) if index % 20 == 0 else []
                wp.store.close()
        else:
            with place(kind, pg) as url:
                upgrade(url)
                wp = shared.workplace_at(url)
                umihara.play(wp, "open")
                for index in range(args.n):
                    _history(wp, random.Random(f"{args.seed}/{index}"), counts, wrong)
                wrong += _rows(wp)
                wp.store.close()
    return {**counts, "which": wrong[:10], "missed": len(wrong) + (not counts["blocks"])}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Blocks with a wrong author, or rows without one, where versions are saved in the name of
    whoever signed in first."""
    with without("author of a version"):
        return int(run(kind, pg, argparse.Namespace(n=2, seed=args.seed))["missed"])


def _history(wp: Workplace, rng: random.Random, counts: Counter[str], wrong: list[str]) -> None:
    """One history, and whose each block of its end is."""
    with wp.store.read() as session:
        began = assessments.resolve(session, umihara.LINE).seq
    at = umihara.at("2025-11-21 09:00").at
    seen = [sources.read_ref(wp, umihara.LINE).ref]
    wrote: dict[str, tuple[str, str]] = {}
    for number in range(SAVES):
        at += timedelta(minutes=rng.randint(1, 600))
        name = rng.choice(PEOPLE)
        by = By(name, rng.choice(("drafter", "secretariat")), at)
        mark = f"{name}が{began}・{number}番目に書いた。"
        path = rng.choice(ITEMS)
        opened = items.Opened(umihara.LINE, path, seen=rng.choice(seen[-3:]))
        text = _written(wp, opened, rng.choice(BLOCKS), mark)
        with suppress(Refused):
            # A clash changes nothing and is told: nobody's statement.
            items.save_answer(wp, by, opened, text, why=mark)
            wrote[mark] = (by.actor, by.role)
            counts["saves"] += 1
        seen.append(sources.read_ref(wp, umihara.LINE).ref)
    counts["histories"] += 1
    _blamed(wp, began, wrote, counts, wrong)


def _written(wp: Workplace, opened: items.Opened, block: str, mark: str) -> str:
    """The item as it was seen, with one block written anew."""
    node = sources.read_ref(wp, opened.seen).tree.find(opened.path)
    parts: dict[str, str] = {}
    for line in text_of(node).split("\n") if node is not None else ():
        if line.startswith("＜"):
            parts[line] = ""
        elif parts:
            parts[list(parts)[-1]] = line
    parts[f"＜{block}＞"] = mark
    return "\n".join(f"{head}\n{body}" for head, body in parts.items())


def _blamed(
    wp: Workplace,
    began: int,
    wrote: dict[str, tuple[str, str]],
    counts: Counter[str],
    wrong: list[str],
) -> None:
    """Traces each block of the head through the comparisons of one version with the next."""
    with wp.store.read() as session:
        head = assessments.resolve(session, umihara.LINE)
        assessment = assessments.by_key(session, umihara.LINE.split("~")[0])
        line = session.scalars(
            select(Version)
            .where(Version.assessment_id == assessment.id, Version.seq >= began)
            .order_by(Version.seq)
        ).all()
        author: dict[Place, Version] = {}
        for before, after in pairwise(line):
            for change in nodes.compare_versions(session, before.id, after.id).changes:
                author[change.path] = after
        tree = nodes.tree(session, head.id)
        entries = {
            (str(key), digest): (entry.actor, entry.role, entry.at)
            for entry in session.scalars(select(log.AuditEntry))
            for key, digest in entry.detail.get("versions", ())
        }
        for version in line:
            told = entries.get((version.named(session), version.digest))
            counts["versions"] += 1
            if told != (version.actor, version.role, version.at):
                wrong.append(f"version {version.seq} is {version.actor}'s, and on record {told}")
    for path in ITEMS:
        node = tree.find(path)
        for block in node.children if node is not None else ():
            mark = block.value["text"].split("\n")[-1]
            if mark not in wrote:
                continue
            counts["blocks"] += 1
            whose = author[(*path, block.key)]
            if (whose.actor, whose.role) != wrote[mark] or whose.why != mark:
                wrong.append(f"{mark} is said to be {whose.actor}'s")


def _rows(wp: Workplace) -> list[str]:
    """Rows without an author, and whatever else fsck finds."""
    return [str(problem) for problem in fsck.check(wp.store, deep=True) if problem.level != "info"]
