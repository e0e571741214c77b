"""The case in a real browser: each step by the person whose step it is, with what they have in
their hands; nothing outside is asked for, axe finds nothing on any page they come to, and the
texts at the end are the demonstration's to the digest. With PIA_TEST_PICTURES=1 pictures stay in
artifacts/case.

In the suite the first step of each kind is taken in the browser, later ones by the page client.
`python -m tests.drills browser` (PIA_TEST_WIDTHS=all) takes every step in it, with the widths of
the office, the council and a resident turned, on both databases.
"""

from __future__ import annotations

import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from waitress import create_server

from pia import config
from pia.actions import demo, jobs
from pia.actions.people import sign_in as signing_in
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.upkeep import fsck
from pia.web.application import create_zone
from tests.store import servers
from tests.web import case
from tests.web.test_case import Paged, Paper, _file, house

from .. import shared
from .test_browser import (
    ARTIFACTS,
    CHROMIUM,
    QUIET,
    SIDEWAYS,
    WIDTHS,
    faults,
    picture,
    playwright,
    resized,
)

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromiumがありません。chromium をインストールしてください。"
    ),
    pytest.mark.xdist_group("browser-case"),
]

ALL = os.environ.get("PIA_TEST_WIDTHS") == "all"
# Finds the form a person means: its address, and what tells it from others with the same address.
FIND = """([action, pick]) => {
  const parts = action.split("*").map(p => p.replace(/[.+?^${}()|[\\]\\\\]/g, "\\\\$&"));
  const wanted = new RegExp(parts.join(".*") + "$");
  return [...document.forms].findIndex(f => f.getAttribute("method") === "post"
    && wanted.test(f.getAttribute("action").split("?")[0])
    && Object.entries(pick).every(([n, v]) =>
      [...f.elements].some(e => e.name === n && e.value === v)));
}"""

# What a form's fields are, by their names: of several with a name the first.
KINDS = """form => Object.fromEntries([...form.elements].filter(e => e.name).reverse()
  .map(e => [e.name, e.tagName + ":" + e.type]))"""
MADE_OF = """() => [...new Set([...document.querySelectorAll("body *")].map(e => {
  const parent = e.parentElement;
  return [parent.localName, parent.className, e.localName, e.className, e.type].join(" ");
}))]"""


class Browsed:
    """A person of the case with a browser in front of them."""

    def __init__(
        self, stage: Screen, width: str, prefix: str = "", paged: Callable[[], Paged] | None = None
    ):
        """`paged`: the same person as the page client plays them, for steps the browser has
        taken before."""
        self.stage = stage
        self.width = width
        self.prefix = prefix
        self.paged = paged
        self.context = stage.browser.new_context(
            viewport=dict(zip(("width", "height"), WIDTHS[width])),
            locale="ja-JP",
            base_url=stage.address,
            has_touch=width != "desktop",
        )
        self.page = self.context.new_page()
        self.page.on(
            "console",
            lambda m: (
                stage.console.append(m.text)
                if m.type in ("error", "warning") and "Failed to load resource" not in m.text
                else None
            ),
        )
        self.page.on("pageerror", lambda e: stage.console.append(str(e)))
        self.page.on("request", lambda r: stage.requests.append(r.url))

    def sign_in(self, name: str) -> Browsed:
        self.page.goto("/sign-in")
        self.page.get_by_label("利用者名").fill(name)
        self.page.get_by_label("パスワード").fill(demo.PASSWORD)
        self._press(self.page.get_by_role("button", name="サインイン"))
        assert "/sign-in" not in self.page.url, self.page.locator("main").inner_text()
        return self

    def read(self, url: str) -> str:
        assert self.page.goto(self.prefix + url).status == 200, url
        self.stage.look(self, url)
        return self.page.locator("body").inner_text()

    def do(
        self,
        url: str,
        action: str,
        values: Mapping[str, Any],
        pick: Mapping[str, str] | None = None,
    ) -> str:
        if self.paged and not self.stage.first(self, f"{action} {sorted(pick or {})}"):
            return self.paged().do(url, action, values, pick)
        self.read(url)
        if action == "/plates":
            self._press(self.page.get_by_role("button", name="三田村"))
        else:
            self._fill(action, values, dict(pick or {}))
        if "/opinion" in action and self.prefix:  # a resident reads once more what they wrote
            self.stage.look(self, f"{action} confirm")
            self._press(self.page.get_by_role("button", name="送る"))
        if self.page.locator("#_password").count():
            self.stage.look(self, f"{action} who is there")
            self.page.locator("#_password").fill(demo.PASSWORD)
            self._press(self.page.get_by_role("button", name="確認して続ける"))
        assert self.page.locator("#problem").count() == 0, (
            action,
            self.page.locator("#problem").inner_text(),
        )
        self.stage.look(self, f"{action} after")
        return self.page.locator("body").inner_text()

    def _fill(self, action: str, values: Mapping[str, Any], pick: dict[str, str]) -> None:
        index = self.page.evaluate(FIND, [action, pick])
        assert index >= 0, f"{self.page.url}: no form to {action} {pick}"
        form = self.page.locator("form").nth(index)
        for closed in (
            form.locator("xpath=ancestor::details[not(@open)]"),
            form.locator("xpath=.//details[not(@open)]"),
        ):
            while closed.count():
                closed.nth(0).locator("summary").first.click()
        kinds = form.evaluate(KINDS)
        for name, value in values.items():
            field = form.locator(f'[name="{name}"]')
            kind = kinds[name]
            if kind.endswith(":file"):
                field.set_input_files(str(value))
            elif kind.endswith(":checkbox"):
                wanted = value if isinstance(value, list) else [value]
                for i in range(field.count()):
                    field.nth(i).set_checked(field.nth(i).get_attribute("value") in wanted)
            elif kind.startswith("SELECT"):
                field.select_option(value if value else "")
            elif kind != "INPUT:hidden":
                field.fill(str(value))
        button = form.locator("button")
        for name, value in pick.items():
            named = form.locator(f'button[name="{name}"][value="{value}"]')
            button = named if named.count() else button
        self._press(button.first)

    def _press(self, button: Any) -> None:
        """A button that leads to a page: the next look is at that page, whole."""
        with self.page.expect_navigation(wait_until="load", timeout=90_000):
            button.click()


class Screen:
    """The stage of the browser: both zones served for real, and a clock."""

    def __init__(
        self, wp: Workplace, browser: Any, staff: str, council: str, resident: str, name: str
    ):
        self.wp = wp
        self.browser = browser
        self.name = name
        self.now = datetime(2024, 1, 9, tzinfo=JST)
        self.widths = {"staff": staff, "council": council, "resident": resident}
        self.console: list[str] = []
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.seen: list[str] = []
        self.taken: set[str] = set()
        self.played: list[Callable[[case.Case], None]] = []
        self.examined: dict[str, set[str]] = defaultdict(set)
        self.people: dict[str, Browsed] = {}
        self.paper = Paper(wp)
        self.server = create_server(
            create_zone("all", wp, config.load({}), lambda: self.now),
            host="127.0.0.1",
            port=0,
            threads=4,
        )
        self.address = f"http://127.0.0.1:{self.server.effective_port}"
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def person(self, name: str) -> Browsed:
        if name not in self.people:
            width = self.widths["council" if name == "kiryu" else "staff"]
            self.people[name] = Browsed(
                self, width, paged=None if ALL else partial(self.paper.person, name)
            ).sign_in(name)
        return self.people[name]

    def settle(self, name: str) -> None:
        self.paper.settle(name)

    def resident(self) -> Browsed:
        return self.people.setdefault("resident", Browsed(self, self.widths["resident"], "/public"))

    def tablet(self, address: str) -> Browsed:
        member = Browsed(self, self.widths["council"])
        member.page.goto(address)
        assert member.page.url.endswith("/plates")
        return member

    def at(self, when: Any) -> None:
        self.paper.at(when)
        self.now = self.paper.now

    def play(self, stage: case.Stage, part: Callable[[case.Case], None], folder: Path) -> None:
        """The next part of the case, in the browser or (`stage`) by the page client."""
        part(case.Case(stage, folder))
        self.played.append(part)
        self.now = self.paper.now

    def first(self, who: Browsed, what: str) -> bool:
        """Whether a kind of step or page is new on this width."""
        kind = (
            re.sub(r"nhi-benefits|nhi-levy|elderly-medical|-basic|\d+", "x", f"{who.prefix}{what}")
            + who.width
        )
        new = kind not in self.taken
        self.taken.add(kind)
        return new

    def work(self) -> None:
        assert jobs.work_once(self.wp, "w", lambda: self.now)

    def look(self, who: Browsed, what: str) -> None:
        """Each kind of page once on each width: a picture, no sideways scrolling there or at any
        other width, and what axe says where it is made of anything that no page before it was."""
        if not self.first(who, f"page {what}"):
            return
        self.seen.append(what)
        folder = ARTIFACTS / "case" / self.name
        name = re.sub(r"[^\w]+", "-", f"{who.prefix}{what}{who.width}").strip("-")[:80]
        picture(
            who.page,
            folder / f"{len(self.seen):03d}-{name}",
            whole=who.page.evaluate("document.documentElement.scrollHeight") < 8000,
        )
        for width in sorted(WIDTHS, key=lambda other: other == who.width):
            resized(who.page, width)
            if who.page.evaluate(SIDEWAYS):
                self.faults.append(f"{what} scrolls sideways at {width}")
        made_of = set(who.page.evaluate(MADE_OF))
        if made_of <= self.examined[who.width] and not ALL:
            return
        self.examined[who.width] |= made_of
        for v in faults(who.page):
            self.faults += [
                f"{what} {v['id']}: {n['target']} {n.get('failureSummary', '')[:160]}"
                for n in v["nodes"][:3]
            ]


@contextmanager
def opened() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


# The widths of the office, the council and a resident, turned so that everybody's pages are seen at
# each width.
MIXES = [
    ("desktop", "tablet", "phone"),
    ("tablet", "phone", "desktop"),
    ("phone", "desktop", "tablet"),
]
PLAYS = (
    [(kind, *mix) for mix in MIXES for kind in ("sqlite", "pg")] if ALL else [("sqlite", *MIXES[0])]
)

# Pieces of the case, each a test: none takes a minute, and together they are the whole.
PIECES = {
    "register": (case.register, case.revise),
    "consult": (case.consult, case.respond),
    "refer": (case.refer,),
    "sit": (case.sit,),
    "submit": (case.submit, case.publish),
}
assert tuple(chain(*PIECES.values())) == case.PARTS


@pytest.fixture(scope="module", params=PLAYS, ids="-".join)
def screen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screen]:
    """The stage on which the pieces are played, one after the other."""
    kind, *widths = request.param
    folder = tmp_path_factory.mktemp("browser-case")
    with pytest.MonkeyPatch.context() as patched, ExitStack() as opens:
        # The case takes months, and a person signs in once.
        patched.setattr(signing_in, "LONGEST", signing_in.LONGEST * 1000)
        patched.setattr(signing_in, "IDLE", signing_in.LONGEST)
        if kind == "pg":
            server = opens.enter_context(servers.server())
            if server is None:
                pytest.skip(servers.HOW)
            url = opens.enter_context(servers.database(server, servers.blank(server)))
        else:
            url = opens.enter_context(_file(folder))
        wp = opens.enter_context(house(url))
        shared.take_printings(wp)
        own = By("sagara", "administrator", datetime(2024, 1, 9, tzinfo=JST))
        signing_in.set_password(wp, own, "sagara", demo.PASSWORD)
        stage = Screen(wp, opens.enter_context(opened()), *widths, name=f"{kind}-{widths[0]}")
        opens.callback(stage.server.close)
        yield stage


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", PIECES)
def test_the_case_in_a_browser(piece: str, screen: Screen, tmp_path: Path, seen: Workplace) -> None:
    """One piece of the case by its people. Whoever runs a piece without those before it has them
    played by the page client."""
    for part in case.PARTS[len(screen.played) : case.PARTS.index(PIECES[piece][0])]:
        screen.play(screen.paper, part, tmp_path)
    looked = len(screen.seen)
    for part in PIECES[piece]:
        screen.play(screen, part, tmp_path)
    assert screen.faults == [], "\n".join(screen.faults)
    assert screen.console == []
    assert [url for url in screen.requests if urlsplit(url).hostname != "127.0.0.1"] == []
    assert len(screen.seen) > looked + 5
    if piece == [*PIECES][-1]:
        assert tuple(screen.played) == case.PARTS
        assert case.digests(screen.wp) == case.digests(seen)
        assert fsck.check(screen.wp.store, deep=True) == []
