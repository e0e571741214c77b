"""Every naughty string through every field of every form, and out on every page and in every file: the small house of tests/web played again and again, each time
with the next strings in each field, until every field has had them all; every third time with strings that can be printed, and with every paper.

Knows the story and its outputs (tests/web); must not know what a field is for.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from pia.store import fsck
from tests.web import naughty_outputs
from tests.web.naughty import SHORT, Words
from tests.web.naughty_story import House, play

from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """At most `-n` plays; ends when every field that is not a paper's has had every string."""
    logging.getLogger("pia").setLevel(logging.CRITICAL)
    covered: dict[str, set[str]] = {}
    found, counts, plays = list[str](), Counter[str](), 0
    while plays < args.n and not (plays and min(map(len, covered.values())) == len(SHORT)):
        with place(kind, pg) as url, tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            h = House(Path(folder), Words(True, pack=plays, printed=plays % 3 == 2), url)
            h.refusing = plays == 0
            play(h)
            counts += naughty_outputs.crawl(h, 1 if plays else 3)
            found += [*h.wrong, *h.lost, *(str(p) for p in fsck.check(h.wp.store, deep=True) if p.level != "info")]
            for where, strings in h.words.covered.items():
                covered.setdefault(where, set()).update(strings)
            h.wp.store.close()
        plays += 1
        print(plays, min(map(len, covered.values())), len(SHORT), len(found), found[:3], file=sys.stderr, flush=True)
    fields = {where: len(strings) for where, strings in covered.items()}
    return {"plays": plays, "fields": len(fields), "strings": len(SHORT), "least": min(fields.values()), "all": sum(n == len(SHORT) for n in fields.values()), **counts, "which": found[:20], "missed": len(found)}
