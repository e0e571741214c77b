"""Many people write one assessment through real servers at once: every acknowledged save is in
the history, nothing written is lost unseen, no line forks.

Half of the tries go to one block that everybody writes, half to a block of each person's own in
one item. On PostgreSQL two servers share the database.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from pia.actions import sources
from pia.actions.editing import items
from pia.domain.act import By
from pia.domain.document.items import text_of
from pia.store import nodes
from pia.store.rows import assessments
from pia.store.rows.assessments import Round, Version
from pia.store.upkeep import fsck

from . import visitor
from .defences import without
from .places import place
from .visitor import Page, Visitor

KEY, ROUND = "nhi-benefits", "r6-cloud"
REF = f"{KEY}~{ROUND}"
SHARED, OWN = "II/file-nhi/6/1", "IV/3"
BLOCK = "ガバメントクラウドにおける措置"


@dataclass(slots=True)
class Told:
    """What one person was told. `saved`: token → (item, the version they looked at)."""

    saved: dict[str, tuple[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`--writers` people for `-n` seconds."""
    return _written(kind, pg, args)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Misses where what somebody wrote goes over what stands by now."""
    with place(kind, pg, "national") as url, without("three ways"):
        names = visitor.writers(url, 2)
        first = _prepare(url, names)
        wp = visitor.workplace(url)
        seen = sources.read_ref(wp, REF).ref
        people = []
        for name in names:
            by = By(name, "secretariat", visitor.demo._at("2024-04-11T09:00:00+09:00"))
            # Both write the same block from what both saw.
            opened = items.Opened(REF, tuple(SHARED.split("/")), seen=seen)
            text = f"＜{BLOCK}＞\n{name}の記載。"
            items.save_answer(wp, by, opened, text, why=f"{name}の記載。")
            people.append(Told(saved={f"{name}の記載。": (SHARED, seen)}))
        wp.store.close()
        return int(check(url, first, people)["unseen"])


def _written(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    with place(kind, pg, "national") as url, ExitStack() as stack:
        names = visitor.writers(url, args.writers)
        first = _prepare(url, names)
        servers = [
            stack.enter_context(visitor.served(url)) for _ in range(2 if kind == "pg" else 1)
        ]
        people = [Told() for _ in names]
        end = [0.0]
        ready = threading.Barrier(len(names), lambda: end.__setitem__(0, time.monotonic() + args.n))
        threads = [
            threading.Thread(
                target=_write, args=(servers[i % len(servers)].port, name, people[i], ready, end)
            )
            for i, name in enumerate(names)
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join(args.n + 300)
        assert not any(t.is_alive() for t in threads), "a person never came back"
        stack.close()
        return {
            "people": len(names),
            "seconds": args.n,
            "servers": len(servers),
            **_told(people),
            **check(url, first, people),
        }


def _prepare(url: str, names: list[str]) -> int:
    """One item with a block for each person; the sequence number of the version that has them."""
    wp = visitor.workplace(url)
    by = By("mizukoshi", "secretariat", visitor.demo._at("2024-04-10T09:00:00+09:00"))
    text = "\n".join(f"＜{n}の担当＞\nはじめ" for n in names)
    saved = items.save_answer(
        wp,
        by,
        items.Opened(REF, tuple(OWN.split("/")), seen=sources.read_ref(wp, REF).ref),
        text,
        why="はじめ",
    )
    wp.store.close()
    return int(saved.ref.split("@")[-1])


def _write(port: int, name: str, told: Told, ready: threading.Barrier, end: list[float]) -> None:
    person = Visitor(port)
    try:
        person.sign_in(name)
    except AssertionError:
        # Too many sign in at the same moment: this one is told so, and writes nothing.
        told.counts["not signed in"] += 1
        return
    finally:
        ready.wait(120)  # all begin together
    n = 0
    while time.monotonic() < end[0]:
        n += 1
        try:
            _try(person, name, f"{name}:{n:04}。", told, shared=n % 2 == 0)
        except OSError:
            told.counts["broken"] += 1
        except Exception as e:
            told.wrong.append(f"{name}: {type(e).__name__}: {e}"[:300])


def _try(person: Visitor, name: str, token: str, told: Told, shared: bool) -> None:
    """One text saved, again from what stands now when it clashed, at most ten times."""
    path, block = (SHARED, BLOCK) if shared else (OWN, f"{name}の担当")
    action, mine = f"/lines/{REF}/items/{path}", f"＜{block}＞\n{token}"
    page = person.get(f"{action}?block={block}")
    for _ in range(10):
        if page.status not in (200, 409, 422):
            told.counts[f"status {page.status}"] += 1
            return
        sent = visitor.fields(page, action) | {"text": mine, "why": token}
        assert sent.get("block") == block, f"the form no longer writes one block: {page.status}"
        told.counts["sent"] += 1
        page = person.post(action, sent)
        if page.status == 200:
            assert "保存しました" in page.document().text_content()
            told.saved[token] = (path, sent["seen"])
            told.times.append(page.first)
            return
        if page.status == 409:
            told.counts["clashes"] += 1
            _both_shown(page, token, told)
        elif page.status == 422:
            told.counts["busy"] += "ほかの保存が続いている" in page.document().text_content()
    told.counts["given up"] += 1


def _both_shown(page: Page, token: str, told: Told) -> None:
    """The clash page has what stands now and what was meant."""
    document = page.document()
    for spoken in document.find_class("sr"):
        spoken.drop_tree()
    sides = (
        [e.text_content() for e in document.find_class("two")[0].find_class("text")]
        if document.find_class("two")
        else []
    )
    if (
        len(sides) != 2
        or token not in sides[1]
        or f"＜{BLOCK}＞" not in sides[0]
        or token in sides[0]
    ):
        told.wrong.append(f"{token}: the clash page does not show both texts")


def _told(people: list[Told]) -> dict[str, Any]:
    counts: Counter[str] = sum((p.counts for p in people), Counter())
    return {
        "acknowledged": sum(len(p.saved) for p in people),
        **dict(sorted(counts.items())),
        "save_ms_p50_p95": visitor.p50_p95([t for p in people for t in p.times]),
    }


def check(url: str, first: int, people: list[Told]) -> dict[str, Any]:
    """What the database says to what was told. `lost`: acknowledged, and in no version.
    `unseen`: a text that went away in a save whose writer had not seen it. `forks`: a version
    whose parent is not the one before. `untold`: saved, but its answer never arrived (no miss)."""
    wp = visitor.workplace(url)
    with wp.store.read() as s:
        assessment = assessments.by_key(s, KEY)
        line = s.scalar(
            select(Round).where(Round.assessment_id == assessment.id, Round.name == ROUND)
        )
        assert line is not None
        rows = list(
            s.scalars(
                select(Version)
                .where(Version.assessment_id == assessment.id, Version.seq >= first)
                .order_by(Version.seq)
            )
        )
        texts = {
            f"{KEY}@{v.seq}": {
                p: text_of(nodes.tree(s, v.id).find(tuple(p.split("/")))) for p in (SHARED, OWN)
            }
            for v in rows
        }
        head = line.head_id
    saved = {token: spot for p in people for token, spot in p.saved.items()}
    by_why = Counter(v.why for v in rows)
    lost = [
        t
        for t, (path, _) in saved.items()
        if by_why[t] != 1 or not any(t in texts[f"{KEY}@{v.seq}"][path] for v in rows if v.why == t)
    ]
    forks = sum(v.parent_id != before.id for before, v in pairwise(rows)) + (head != rows[-1].id)
    unseen = []
    tokens = [v.why for v in rows[1:]]
    for before, v in pairwise(rows):
        old, new = texts[f"{KEY}@{before.seq}"], texts[f"{KEY}@{v.seq}"]
        for gone in [t for t in tokens if any(t in old[p] and t not in new[p] for p in old)]:
            path, seen = saved.get(v.why, ("", ""))
            if v.why in saved and gone not in texts[seen][path]:
                unseen.append(f"{gone} by {v.why}")
    damage = [p for p in fsck.check(wp.store, deep=True) if p.level != "info"]
    wp.store.close()
    wrong = [w for p in people for w in p.wrong]
    bad = sum(n for p in people for c, n in p.counts.items() if c.startswith("status 5"))
    missed = len(lost) + forks + len(unseen) + len(damage) + len(wrong) + bad
    return {
        "versions": len(rows) - 1,
        "untold": len(rows) - 1 - len(saved),
        "lost": len(lost),
        "unseen": len(unseen),
        "forks": forks,
        "damage": len(damage),
        "wrong": wrong[:5],
        "missed": missed,
    }
