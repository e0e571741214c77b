"""What people wait for, each beside a floor: `python -m tests.bench.waits
[pages|first|saves|every …] [--db sqlite,pg] [--runs 5] [--seconds 120]`.

pages: processor time of a long document's pages right after a save (1,500 items), beside the same
page again, which draws nothing anew. first: of the first visitor after a start beside the second,
who opens another document, each run a process of its own. saves: seconds until a save is answered
while ten people each save every five, median and p95, on a server of its own. Medians; nothing is
asserted. every: of all pages with 60 affairs in the house.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from lxml import html

from pia import config
from pia.actions import demo
from pia.cli import serving
from pia.web.application import create_app, create_zone
from tests import shared
from tests.conftest import NOW
from tests.drills import visitor, web_load
from tests.drills.places import place
from tests.store import servers
from tests.web import test_cost
from tests.web.client import PageClient, leads_to

PEOPLE = 10
EVERY = 5.0  # seconds between two saves of one person
ITEM = "I/1/1"  # a text of every form


def _clock(day: str) -> Callable[[], Any]:
    instant = demo._at(f"{day}T09:00:00+09:00")
    return lambda: instant


def _spent(act: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of the processor an act takes, and what comes of it."""
    before = time.process_time()
    made = act()
    return (time.process_time() - before) * 1000, made


def pages(runs: int) -> dict[str, float]:
    """Medians of a person who saves one item after another and looks at the document."""
    with place("sqlite", None, "open") as url:
        (name,) = visitor.writers(url, 1)
        ref, places = web_load._large(url)
        wp = visitor.workplace(url)
        person = PageClient(create_app(wp, config.load({}), _clock("2024-11-01")), name)
        serving.look_seldom()
        took: dict[str, list[float]] = {}
        for number in range(runs + 1):
            for what, spent in _saved(person, ref, random.Random(number).choice(places)):
                if number:  # the first fills what a server has at hand
                    took.setdefault(what, []).append(spent)
        wp.store.close()
        return {what: round(statistics.median(some), 1) for what, some in took.items()}


def _saved(person: PageClient, ref: str, spot: str) -> Iterator[tuple[str, float]]:
    """A save, the page after it, and the document's page: now, and once more."""
    address = f"/lines/{ref}/items/{spot}"
    spent, answer = _spent(lambda: person.client.get(address))
    yield "item", spent
    page = html.document_fromstring(answer.get_data(as_text=True))
    (form,) = (form for form in page.iter("form") if leads_to(form, address))
    sent = person.fields(form)
    sent |= {"text": sent["text"] + "追記した。", "why": "追記"}
    spent, answer = _spent(
        lambda: person.client.post(address, data=sent, content_type="multipart/form-data")
    )
    yield "save", spent
    after = answer.headers["Location"]
    yield "page after the save", _spent(lambda: person.client.get(after))[0]
    for what in ("document after the save", "document again (floor)"):
        yield what, _spent(lambda: person.client.get(f"/assessments/{ref}"))[0]


def first(runs: int) -> dict[str, float]:
    """How many times what the second visitor costs the first one costs, by page: medians."""
    found: dict[str, list[float]] = {}
    command = [sys.executable, "-m", "tests.bench.waits", "--visit", str(shared.played("open"))]
    for _ in range(runs):
        made = subprocess.run(command, capture_output=True, check=True)
        for page, (one, other) in json.loads(made.stdout).items():
            found.setdefault(f"{page} ms", []).append(one)
            found.setdefault(f"{page} times the second", []).append(one / other)
    return {what: round(statistics.median(some), 2) for what, some in found.items()}


def visits(case: str) -> dict[str, tuple[float, float]]:
    """Page → processor time of the first and of the second visitor of this process."""
    rounds = [f"{key}~r6-cloud" for key in ("nhi-benefits", "nhi-levy")]
    with tempfile.TemporaryDirectory(prefix="pia-bench-") as folder:
        file = Path(folder) / "pia.db"
        shutil.copy(case, file)
        wp = shared.workplace_at(f"sqlite:///{file}")
        app: Flask = create_zone("staff", wp, config.load({}), _clock("2024-11-01"))
        people = [PageClient(app, name) for name in ("mizukoshi", "morishita")]
        anybody = PageClient(app).client
        one, other = (_spent(lambda: anybody.get("/sign-in"))[0] for _ in people)
        took = {"sign-in": (one, other)}
        for page, addresses in {
            "first page": ("/", "/"),
            "rounds": ("/rounds", "/rounds"),
            "item": tuple(f"/lines/{ref}/items/{ITEM}" for ref in rounds),
            "document": tuple(f"/assessments/{ref}" for ref in rounds),
        }.items():
            one, other = (
                _spent(lambda c=c, a=a: c.client.get(a))[0] for c, a in zip(people, addresses)
            )
            took[page] = (one, other)
        wp.store.close()
    return took


def saves(kind: str, pg: str | None, seconds: float) -> dict[str, float]:
    """[p50, p95] of saves while ten people each save every five seconds, and how far apart."""
    with place(kind, pg, "open") as url:
        names = visitor.writers(url, PEOPLE)
        ref, places = web_load._large(url)
        took: list[float] = []
        bad: list[int] = []
        with visitor.served(url) as served:
            people = []
            for name in names:
                person = visitor.Visitor(served.port)
                person.sign_in(name)
                people.append(person)
            end = time.monotonic() + seconds
            threads = [
                threading.Thread(target=_writes, args=(one, ref, places[n::PEOPLE], end, took, bad))
                for n, one in enumerate(people)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(seconds + 120)
        p50, p95 = visitor.p50_p95(took)
        return {
            "saves": len(took),
            "not saved": len(bad),
            "p50 ms": p50,
            "p95 ms": p95,
            "p95 times the median": round(p95 / max(1, p50), 2),
        }


def _writes(
    person: visitor.Visitor,
    ref: str,
    places: list[str],
    end: float,
    took: list[float],
    bad: list[int],
) -> None:
    """One person: an item opened and saved every five seconds, from a moment of their own on."""
    rng = random.Random(places[0])
    due = time.monotonic() + rng.uniform(0, EVERY)
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        due += EVERY
        address = f"/lines/{ref}/items/{rng.choice(places)}"
        page = person.get(address)
        sent = visitor.fields(page, address)
        saved = person.post(
            address, sent | {"text": sent["text"] + "追記した。", "why": "追記"}, follow=False
        )
        if saved.status == 303:
            took.append(saved.first)
        else:
            bad.append(saved.status)


def every(runs: int) -> dict[str, Any]:
    """Processor time of every page that links lead to, in ms, with 60 affairs beside the played
    case: how many pages, how many take 300 and more, and the slowest. Files are no pages."""
    with tempfile.TemporaryDirectory() as folder:
        wp = shared.copied(test_cost.with_affairs(60), Path(folder))
        app = create_app(wp, config.load({}), lambda: NOW)
        clients = {person: PageClient(app, person).client for person in test_cost.PEOPLE}
        took = {}
        for route, (person, address) in test_cost.addresses().items():
            answer = clients[person].get(address)
            is_file = answer.headers.get("Content-Disposition", "").startswith("attachment")
            if answer.mimetype == "text/html" and not is_file:
                took[route] = 1000 * _median(partial(clients[person].get, address), runs)
        wp.store.close()
    slow = sorted(took.items(), key=lambda pair: -pair[1])
    return {
        "pages": len(took),
        "over 300": sum(1 for _, spent in slow if spent >= 300),
        "median": round(statistics.median(took.values()), 1),
        "slowest": {route: round(spent) for route, spent in slow[:6]},
    }


def _median(run: Callable[[], Any], runs: int) -> float:
    """Seconds of processor time, the median of so many runs."""
    spent = []
    for _ in range(runs):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def main() -> None:
    """One line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["pages", "first", "saves"])
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--visit", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.visit:
        print(json.dumps(visits(given.visit)))
        return
    if "every" in given.what:
        print("every", every(given.runs), flush=True)
    if "pages" in given.what:
        print("pages", pages(given.runs), flush=True)
    if "first" in given.what:
        print("first", first(given.runs), flush=True)
    if "saves" in given.what:
        kinds = given.db.split(",")
        with servers.server() if "pg" in kinds else nullcontext() as pg:
            for kind in kinds:
                print("saves", kind, saves(kind, pg, given.seconds), flush=True)


if __name__ == "__main__":
    main()
