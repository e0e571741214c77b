"""Every naughty string through every field of every form, and out on every page and in every
file: the small house of tests/web played again and again, each time with the strings the fields
did not have yet, until every field has had all it can hold; then again with every paper printed,
for the strings that can be printed.

Knows the story and its outputs (tests/web); must not know what a field is for.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pia.store.upkeep import fsck
from tests.web import naughty_outputs
from tests.web.naughty import SHORT, Words
from tests.web.naughty_house import UNSEEN, House
from tests.web.naughty_story import play

from . import controls
from .places import place

MORE = 8  # records more than the story needs, for fields that are too short for many strings
Strings = dict[str, set[str]]


@dataclass
class Outcome:
    """What plays came to: how much was looked at, and what was not as it should be."""

    counts: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Tests of one page that fail where what people wrote is drawn as it stands."""
    return controls.failing(controls.named()["1.2.1"], "1.2.1")


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """At most `-n` plays; every sixth with the papers printed, until all fields have had all
    strings on pages and in files; then the papers alone. The second play is played with harmless
    words too: no page may have an element more."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    had: dict[bool, Strings] = {
        False: {},
        True: {},
    }  # with papers printed or not: what each field had
    may: dict[bool, Strings] = {False: {}, True: {}}  # and what it may hold
    outcome = Outcome()
    missed = outcome.missed
    refused: Counter[str] = Counter()
    plays = 0
    while plays < args.n and not all(
        _done(had[p], may[p])[1] == len(may[p]) > 0 for p in (False, True)
    ):
        paper = (
            plays % 6 == 5
            if plays < 2 or _done(had[False], may[False])[1] < len(may[False])
            else True
        )
        before = {where: set(strings) for where, strings in had[paper].items()}
        h = _played(kind, pg, Words(True, paper, before, most=2_000), outcome, plays == 0)
        if plays == 1:
            missed += _more_elements(
                _played(kind, pg, Words(False, paper, before, most=2_000), Outcome()), h
            )
        for where, strings in h.words.covered.items():
            had[paper].setdefault(where, set()).update(strings)
            may[paper][where] = h.words.holds(where)
        refused += h.too_long
        plays += 1
        for p, words in ((False, "pages"), (True, "papers")):
            share, done, least = _done(had[p], may[p])
            print(
                f"{plays} {words}: {done} of {len(may[p])} fields had all, the least "
                f"{share:.2f} ({least})",
                file=sys.stderr,
            )
        print(f"{plays} missed {len(missed)}", *missed[-3:], file=sys.stderr, flush=True)
    never = {
        where: len(SHORT) - len(strings)
        for where, strings in {**may[True], **may[False]}.items()
        if len(strings) < len(SHORT)
    }
    return {
        "plays": plays,
        "fields": len(may[False] | may[True]),
        "strings": len(SHORT),
        "all": _done(had[False], may[False])[1],
        "least": min(map(len, had[False].values()), default=0),
        "least share": round(_done(had[False], may[False])[0], 3),
        "papers all": _done(had[True], may[True])[1],
        "papers least share": round(_done(had[True], may[True])[0], 3),
        "not held": never,
        "too long and refused": dict(refused),
        **outcome.counts,
        "which": missed[:20],
        "missed": len(missed),
    }


def _played(
    kind: str, pg: str | None, words: Words, outcome: Outcome, refusing: bool = False
) -> House:
    """One play with these words. `refusing`: also what is too long is tried."""
    problems = outcome.missed
    with place(kind, pg) as url, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        h = House(Path(folder), words, url, MORE)
        h.refusing = refusing
        h.every = h.refusing
        try:
            play(h)
            outcome.counts += naughty_outputs.crawl(h, 1)
            problems += [str(p) for p in fsck.check(h.wp.store, deep=True) if p.level != "info"]
            problems += [
                f"{h.words.where[n]} 〔{n:03d}〕 is nowhere"
                for n in set(h.words.kept) - h.shown_words
                if h.words.where[n] not in UNSEEN
            ]
            problems += [
                f"{where}: {s!r} is nowhere"
                for where, many in h.words.bare.items()
                for s in many
                if s not in h.bare
            ]
        except (
            Exception
        ) as e:  # an answer that is not what it should be is a miss, and the next play goes on
            problems.append(
                f"{str(e)[:400]} {[f.line for f in traceback.extract_tb(e.__traceback__)][1:4]}"
            )
        problems += [*h.wrong, *h.lost]
        h.wp.store.close()
    return h


def _more_elements(plain: House, h: House) -> list[str]:
    """Pages that have other elements with naughty words than with harmless ones."""
    pairs = list(zip(plain.pages, h.pages))
    out = [f"{b[0]}: {b[1] - a[1]} more, {a[1] - b[1]} fewer" for a, b in pairs if a[1] != b[1]]
    return out + (
        [] if len(plain.pages) == len(h.pages) else [f"{len(plain.pages)} pages and {len(h.pages)}"]
    )


def _done(had: Strings, may: Strings) -> tuple[float, int, str]:
    """The smallest share of its strings a field had, how many fields had all, and which had the
    least."""
    shares = {
        where: len(had.get(where, set()) & strings) / len(strings)
        for where, strings in may.items()
        if strings
    }
    least = min(shares, key=shares.__getitem__, default="")
    return shares.get(least, 0.0), sum(x == 1 for x in shares.values()), least
