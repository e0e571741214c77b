"""Withheld words drawn anew for every kind of mark, near copies in other places, everything
answered and announced; then every outward body is unpacked to its last stream and searched. `-n`
bodies at least. The control: read without the projection, the same crawl finds every word.

Knows the story of 岬町 (tests/web/withheld_story). Counts: bodies, streams, hits (0)."""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
from pathlib import Path
from typing import Any

from pia import config
from pia.actions.records import outward
from pia.actions.upkeep.opening import open_workplace
from pia.domain.withheld import public_reading
from pia.store.upkeep import fsck
from tests.web import withheld_story as story

from .places import place

_LETTERS = "灯台磯浜潮鯨鰯鱗舵櫓碇帆凪渦峡湾渚汐鴎鴫鷺鵜雁鱒鯖鰈鮪蛸蟹鮑"
_KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろ"
_KINDS = ("name", "label", "cell", "note", "row", "past", "day", "reason")


def words(rng: random.Random) -> story.Words:
    """Words nobody writes by chance: four 漢字, five かな, a number."""
    drawn = {
        k: "".join(rng.choices(_LETTERS, k=4))
        + "".join(rng.choices(_KANA, k=5))
        + str(rng.randrange(100, 999))
        for k in _KINDS
    }
    drawn["day"] = f"令和9年{drawn['day']}"
    return story.Words(**drawn)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Withheld words of one play found in outward bodies where the projection is off; 0 unless
    all of them are."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    w = words(random.Random(args.seed))
    with place(kind, pg) as url, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
        story.begin(wp, w)
        story.answer_all(wp, w)
        unseen = _control(wp, story.announce(wp), w, Path(folder))
        wp.store.close()
    return 0 if unseen else len(w.all)


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    rng, bodies, streams, plays = random.Random(args.seed), 0, 0, 0
    hits: list[str] = []
    unseen: list[str] = []
    while bodies < args.n:
        w = words(rng)
        with place(kind, pg) as url, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
            story.begin(wp, w)
            blocked = _blocked(wp)
            story.answer_all(wp, w)
            number = story.announce(wp)
            for name, body in story.outward(wp, number, Path(folder)):
                bodies += 1
                streams += sum(1 for _ in story.streams(name, body))
                known = (
                    (w.past,)
                    if name.startswith(
                        (f"page /published/{story.KEY}", f"site published/{story.KEY}")
                    )
                    else ()
                )  # as it was published: open until the round is
                hits += story.hits(name, body, tuple(x for x in (*w.all, w.near) if x not in known))
            unseen += [] if blocked else ["announced with open places"]
            hits += [str(p) for p in fsck.check(wp.store, deep=True) if p.level != "info"]
            wp.store.close()
        plays += 1
    return {
        "plays": plays,
        "bodies": bodies,
        "streams": streams,
        "hits": hits[:10],
        "announced with open places": unseen[:10],
        "missed": len(hits) + len(unseen),
    }


def _blocked(wp: Any) -> bool:
    from pia.domain.errors import Refused

    try:
        story.announce(wp)
    except Refused:
        return True
    return False


def _control(wp: Any, number: int, w: story.Words, folder: Path) -> list[str]:
    """The words the crawl does not find where the projection is off."""
    kept = outward._sides

    def off(s: Any, version: Any, old: Any) -> Any:
        full = outward.nodes.recent(s, version.id)
        return None, public_reading.PublicReading(
            full.form, full.children, door=public_reading._DOOR
        )

    outward._sides = off
    try:
        found = [
            h
            for name, body in story.outward(wp, number, folder)
            for h in story.hits(name, body, w.all)
        ]
    finally:
        outward._sides = kept
    return [x for x in w.all if not any(h.endswith(x) for h in found)]
