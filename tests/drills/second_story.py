"""The second story on a database, through pages and papers, every page that can be reached read
by everyone: nothing of another story, no day nobody knows.

Counts pages and papers and what is wrong on them. The suite reads fewer pages and plays it on
SQLite.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pia.actions.people import sign_in
from pia.store.opening import upgrade
from pia.store.upkeep import fsck
from tests.conftest import workplace_at
from tests.web import second_story as story
from tests.web import second_town
from tests.web.test_second_story import EVERY_DAY, pages, paper, strangers

from .places import place


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    usual = (sign_in.LONGEST, sign_in.IDLE)
    sign_in.LONGEST = sign_in.IDLE = (
        usual[0] * 1000
    )  # the story takes years: a day's session would be signed in anew each time
    try:
        with place(kind, pg) as url:
            upgrade(url)
            return _played(url, args.n)
    finally:
        sign_in.LONGEST, sign_in.IDLE = usual


def _played(url: str, most: int) -> dict[str, Any]:
    wp = workplace_at(url)
    town = second_town.settle(wp)
    story.play_first(town)
    story.play_between(town)
    refused = story.play_second(town)
    texts = pages(town, most)
    count = len(texts)
    if shutil.which("pdftotext"):
        office = town.person("kazama")
        with tempfile.TemporaryDirectory() as folder:
            for start in ("/consultations/1", "/consultations/2", "/referrals", "/plan"):
                for a in office.get(start).iter("a"):
                    name = re.sub(r"\?.*", "", unquote(a.get("href") or ""))
                    if re.search(r"/(papers|made)/[a-z-]+\.(pdf|xlsx)|/plan\.pdf", name):
                        texts[name] = paper(office, name, Path(folder))
    wrong = strangers(texts, EVERY_DAY)
    damage = fsck.check(wp.store, deep=True)
    wp.store.close()
    missed = sum(map(len, wrong.values())) + len(damage) + (0 if len(refused) >= 6 else 1)
    return {
        "missed": missed,
        "pages": count,
        "papers": len(texts) - count,
        "which": {**wrong, **({"damage": [str(p) for p in damage]} if damage else {})},
    }
