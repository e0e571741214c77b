"""Ten tablets follow a sitting and two people write its record in real browsers, on one process,
for `-n` seconds of real time: how late the tablets are, and whether a letter is lost when the
server is killed and when the line is gone.

Needs Chromium. Tablets are visitors who ask as often as `follow.js` does and then load the page
they are led to; the writers' pages run their own script.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http.client import HTTPException
from typing import Any

from pia import resources
from pia.actions.steps import sittings, tablets
from pia.domain.act import JST, By
from pia.store import queries
from tests import forked

from . import visitor
from .places import place
from .visitor import ROOT, SECRET, Visitor

TABLETS, WRITERS = 10, 2
DOWN = 8.0  # seconds a line is gone
BETWEEN = 6.0  # seconds between two items called
AGENDA = [
    {"number": "(1)", "title": "点検の結果", "kind": "報告"},
    {"number": "(2)", "title": "届出", "kind": "報告"},
]
RESEND = "setTimeout(() => { sending = false; send(); }, 3000);"
FORGET = "waiting.length = 0; sending = false;"


@dataclass(slots=True)
class Hall:
    """A sitting with its server. `called`: item → when it was called last; `lags`: seconds from
    there until a tablet had the page; `pulses`: seconds an answer to a tablet took."""

    url: str
    port: int
    sitting: int
    door: str
    server: forked.Child | None = None
    called: tuple[str, float] = ("", 0.0)
    over: threading.Event = field(default_factory=threading.Event)
    calm: threading.Event = field(default_factory=threading.Event)
    lags: list[float] = field(default_factory=list)
    pulses: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """The server, at the same port as ever."""
        environment = {**os.environ, "PIA_DATABASE_URL": self.url, "PIA_SECRET_KEY": SECRET}
        serve = partial(visitor._serve, "staff", self.port, "")
        self.server = forked.Child(serve, ROOT, environment)
        visitor._ready(self.port, self.server)

    def killed(self) -> None:
        """The server dies as a process does, and is started again."""
        assert self.server is not None
        self.calm.clear()
        self.server.kill()
        self.server.wait(30)
        time.sleep(1)
        self.start()
        time.sleep(3)
        self.calm.set()


def late() -> float:
    """Seconds between two looks of a tablet, as its script has them."""
    script = (resources.folder("static") / "follow.js").read_text("utf-8")
    found = re.search(r"const LATE = (\d+)", script)
    assert found is not None
    return int(found[1]) / 1000


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` seconds; missed: letters lost or written twice, and tablets over two seconds at p95."""
    with place(kind, pg, "refer") as url, _hall(url) as hall:
        told = _played(hall, args.n, late())
    slow = told["lag_ms_p50_p95"][1] > 2000
    return {**told, "missed": told["lost"] + told["twice"] + slow}


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Misses where a page forgets what it could not send, and tablets look every six seconds."""
    with place(kind, pg, "refer") as url, _hall(url) as hall:
        told = _played(hall, 40, 6.0, forgets=True)
    return int(told["lost"] > 0) + int(told["lag_ms_p50_p95"][1] > 2000)


@contextmanager
def _hall(url: str) -> Iterator[Hall]:
    """A sitting of this hour with its entrance, and its server."""
    wp = visitor.workplace(url)
    now = datetime.now(JST)
    by = By("mizukoshi", "secretariat", now)
    new = sittings.NewSitting("実時間の会議", now.date(), now.time(), "会議室", AGENDA)
    number = sittings.convene(wp, by, 1, new)
    door = tablets.open_door(wp, by, number)
    wp.store.close()
    names = visitor.writers(url, WRITERS + 1)
    hall = Hall(url, visitor._free_port(), number, door)
    hall.start()
    hall.calm.set()
    assert len(names) == WRITERS + 1
    try:
        yield hall
    finally:
        hall.over.set()
        if hall.server is not None:
            hall.server.terminate()
            hall.server.wait(60)


def _played(hall: Hall, seconds: int, pause: float, forgets: bool = False) -> dict[str, Any]:
    followers = [threading.Thread(target=_follow, args=(hall, pause, at)) for at in range(TABLETS)]
    caller = threading.Thread(target=_call, args=(hall,))
    for thread in (*followers, caller):
        thread.start()
    try:
        typed = _written(hall, seconds, forgets)
    finally:
        hall.over.set()
    for thread in (*followers, caller):
        thread.join(60)
    wp = visitor.workplace(hall.url)
    with wp.store.read() as session:
        stood = Counter(row.text for row in queries.minutes.speeches(session, hall.sitting))
    wp.store.close()
    lost = [words for words in typed if not stood[words]]
    return {
        "seconds": seconds,
        "tablets": TABLETS,
        "writers": WRITERS,
        "speeches": len(typed),
        "letters": sum(map(len, typed)),
        "lost": sum(map(len, lost)),
        "twice": sum(1 for words in typed if stood[words] > 1),
        "followed": len(hall.lags),
        "lag_ms_p50_p95": visitor.p50_p95(hall.lags),
        "pulses": len(hall.pulses),
        "pulse_ms_p50_p95": visitor.p50_p95(hall.pulses),
        **dict(hall.wrong),
    }


# ---- tablets


def _follow(hall: Hall, pause: float, at: int) -> None:
    """A tablet that follows until the sitting is over; each looks at a moment of its own."""
    time.sleep(pause * at / TABLETS)
    person = Visitor(hall.port)
    person.get(f"/t/{hall.door}")
    shown = ""
    while not hall.over.wait(pause):
        try:
            answer = person.get(f"/sittings/{hall.sitting}/pulse")
            if answer.status != 200:
                hall.wrong[f"pulse {answer.status}"] += 1
                continue
            hall.pulses.append(answer.first)
            item = re.search(rb'"now":\s*"([^"]*)"', answer.body)
            now = item[1].decode() if item else ""
            if now and now != shown:
                page = person.get(f"/sittings/{hall.sitting}/items/{now}")
                called, when = hall.called
                if shown and called == now and page.status == 200 and hall.calm.is_set():
                    hall.lags.append(time.monotonic() - when)
                shown = now
        except (OSError, HTTPException):
            hall.wrong["no line"] += 1


def _call(hall: Hall) -> None:
    """The office calls one item after the other, but not while the server is down."""
    person = Visitor(hall.port)
    person.sign_in("writer02")
    mark = 0
    while not hall.over.wait(BETWEEN):
        if not hall.calm.is_set():
            continue
        mark = mark % len(AGENDA) + 1
        here = f"/sittings/{hall.sitting}/desk?item={mark}"
        try:
            sent = visitor.fields(person.get(here), f"/sittings/{hall.sitting}/now")
            hall.called = (str(mark), time.monotonic())
            answer = person.post(f"/sittings/{hall.sitting}/now", sent, follow=False)
            if answer.status != 303:
                hall.wrong[f"called {answer.status}"] += 1
        except (OSError, HTTPException, StopIteration):
            hall.wrong["not called"] += 1


# ---- writers


def _written(hall: Hall, seconds: int, forgets: bool) -> list[str]:
    """What was typed, a speech each; the server dies at a third of the time, a line at two."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "Chromiumがありません。"
    typed: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = [_desk(browser, hall, number, forgets) for number in range(WRITERS)]
        began = time.monotonic()
        death = threading.Thread(target=hall.killed)
        gone = 0.0
        while time.monotonic() - began < seconds:
            passed = time.monotonic() - began
            if passed > seconds / 3 and not death.ident:
                death.start()
            if passed > 2 * seconds / 3 and not gone:
                gone = passed
                pages[0].context.set_offline(True)
            if gone and passed > gone + DOWN:
                pages[0].context.set_offline(False)
            for number, page in enumerate(pages):
                words = f"書き手{number}の発言{len(typed):04}。記録を確かめます。"
                page.keyboard.type(words, delay=15)
                page.keyboard.press("Control+Enter")
                typed.append(words)
        pages[0].context.set_offline(False)
        death.join(120)
        for page in pages:
            page.wait_for_function(
                "!document.getElementById('kept').textContent.includes('通信できません')",
                timeout=30_000,
            )
            page.wait_for_timeout(4000)
        browser.close()
    return typed


def _desk(browser: Any, hall: Hall, number: int, forgets: bool) -> Any:
    """The desk of one writer, in a browser of their own."""
    page = browser.new_context().new_page()
    if forgets:
        script = (resources.folder("static") / "sitting.js").read_text("utf-8")
        assert RESEND in script, "the script resends otherwise now"
        body = script.replace(RESEND, FORGET)
        page.route(
            "**/sitting.js", lambda route: route.fulfill(body=body, content_type="text/javascript")
        )
    page.goto(f"http://127.0.0.1:{hall.port}/sign-in")
    page.fill("#name", f"writer{number:02}")
    page.fill("#password", visitor.demo.PASSWORD)
    page.click("main button.first")
    page.goto(f"http://127.0.0.1:{hall.port}/sittings/{hall.sitting}/desk?item=1")
    page.click("label[for=sp1]")
    page.focus("#text")
    return page
