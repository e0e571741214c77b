"""Every naughty string through every field of every form, and out on every page and in every file: the small house of tests/web played again and again, each time
with the strings the fields did not have yet, until every field has had all it can hold. What can be printed is played with every paper, the rest without.

Knows the story and its outputs (tests/web); must not know what a field is for.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from pia.store import fsck
from tests.web import naughty_outputs
from tests.web.naughty import SHORT, Words, printable
from tests.web.naughty_story import UNSEEN, House, play

from .places import place

MORE = 8  # records more than the story needs, for fields that are too short for many strings
Strings = dict[str, set[str]]


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """At most `-n` plays; ends when every field has had every string it may hold: those that can be printed in plays with papers, the others in plays without. The
    first play of each kind is played with harmless words too: no page may have an element more."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    had: Strings = {}
    may: Strings = {}
    found, counts, refused, plays = list[str](), Counter[str](), Counter[str](), 0
    while plays < args.n:
        left = {where: strings - had.get(where, set()) for where, strings in may.items()}
        some = {s for strings in left.values() for s in strings}
        if plays > 1 and not some:
            break
        only = "rest" if plays == 0 or (plays > 1 and plays % 2 == 0 and some - printable()) or not (plays == 1 or some & printable()) else "printed"
        h = _played(kind, pg, True, only, had, plays, counts, found)
        if plays < 2 and not found:
            found += _more_elements(_played(kind, pg, False, only, had, plays, Counter(), []), h)
        for where, strings in h.words.covered.items():
            had.setdefault(where, set()).update(strings)
            may.setdefault(where, set()).update(s for s in h.words.holds(where) if (s in printable()) == (only == "printed"))
        refused += h.too_long
        plays += 1
        least, done = _figures(had, may)
        print(f"{plays} {only}: {done} of {len(may)} fields had all, the least {least:.2f}; missed {len(found)}", *found[-3:], sep="\n  ", file=sys.stderr, flush=True)
    least, done = _figures(had, may)
    never = {where: len(SHORT) - len(strings) for where, strings in may.items() if len(strings) < len(SHORT)}
    return {
        "plays": plays, "fields": len(may), "strings": len(SHORT), "all": done, "least": min(map(len, had.values()), default=0), "least share": round(least, 3),
        "strings not held": never, "too long and refused": dict(refused), **counts, "which": found[:20], "missed": len(found),
    }  # fmt: skip


def _played(kind: str, pg: str | None, naughty: bool, only: str, had: Strings, plays: int, counts: Counter[str], found: list[str]) -> House:
    with place(kind, pg) as url, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        h = House(Path(folder), Words(naughty, only, had), url, MORE)
        h.refusing = h.every = plays == 0 and naughty
        try:
            play(h)
            counts += naughty_outputs.crawl(h, 1 if plays else 3)
            found += [str(p) for p in fsck.check(h.wp.store, deep=True) if p.level != "info"]
            found += [f"{h.words.where[n]} 〔{n:03d}〕 is nowhere" for n in set(h.words.kept) - h.shown_words if h.words.where[n] not in UNSEEN]
            found += [f"{where}: {s!r} is nowhere" for where, many in h.words.bare.items() for s in many if s not in h.bare]
        except Exception as e:  # an answer that is not what it should be is a miss, and the next play goes on
            found.append(f"{str(e)[:400]} {[f.line for f in traceback.extract_tb(e.__traceback__)][1:4]}")
        found += [*h.wrong, *h.lost]
        h.wp.store.close()
    return h


def _more_elements(plain: House, h: House) -> list[str]:
    """Pages that have other elements with naughty words than with harmless ones."""
    pairs = list(zip(plain.pages, h.pages))
    out = [f"{b[0]}: {b[1] - a[1]} more, {a[1] - b[1]} fewer" for a, b in pairs if a[1] != b[1]]
    return out + ([] if len(plain.pages) == len(h.pages) else [f"{len(plain.pages)} pages and {len(h.pages)}"])


def _figures(had: Strings, may: Strings) -> tuple[float, int]:
    """The smallest share of its strings a field had, and how many had all."""
    shares = [len(had.get(where, set()) & strings) / len(strings) for where, strings in may.items() if strings]
    return min(shares, default=0.0), sum(x == 1 for x in shares)
