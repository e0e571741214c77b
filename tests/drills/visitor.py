"""A real `pia serve` for a drill, and a person who uses it over HTTP: cookies, forms filled in
as a browser would, redirects followed.

Only 127.0.0.1. Knows pages as bytes and forms; must not know what a drill looks for.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from lxml import html

from pia import cli, config
from pia.actions import demo
from pia.actions.people import passwords, registration
from pia.actions.upkeep.opening import open_workplace
from pia.actions.workplace import Workplace
from pia.domain.act import By
from tests import forked

from . import undefended

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "a secret of one drill, which is long enough"


@dataclass(slots=True)
class Served:
    """A running server. `process` is the server; its worker is its child."""

    port: int
    process: forked.Child
    log: Path

    def said(self) -> str:
        """What the server wrote to its log so far: what to show where an answer is not what it
        should be."""
        return self.log.read_text("utf-8") if self.log.exists() else ""


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def served(url: str, zone: str = "staff", off: str = "", **settings: str) -> Iterator[Served]:
    """`pia serve` over a database, ready to answer; stopped gracefully afterwards. `off`: the
    defence it is served without."""
    port = _free_port()
    environment = {**os.environ, "PIA_DATABASE_URL": url, "PIA_SECRET_KEY": SECRET, **settings}
    serve = partial(_serve, zone, port, off)
    with TemporaryDirectory(prefix="pia-served-") as folder:
        log = Path(folder) / "log"
        process = forked.Child(serve, ROOT, environment, complaints=log)
        try:
            _ready(port, process)
            yield Served(port, process, log)
        finally:
            process.terminate()
            process.wait(60)


def _serve(zone: str, port: int, off: str) -> None:
    command = ["serve", "--zone", zone, "--port", str(port)]
    if off:
        undefended.main(off, command)
    else:
        cli.main(command)


def _ready(port: int, process: forked.Child) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            if Visitor(port).get("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def writers(url: str, people: int) -> list[str]:
    """So many accounts of the secretariat, added to a database of the case; their names."""
    wp = workplace(url)
    by = By("sagara", "administrator", demo._at("2024-04-01T09:00:00+09:00"))
    kept = passwords.hashed(demo.PASSWORD)
    names = [f"writer{i:02}" for i in range(people)]
    for name in names:
        registration.add_account(
            wp,
            by,
            registration.NewAccount(
                name, f"書き手{name[-2:]}", "secretariat", demo.fixture("scenario")["body"]
            ),
            kept=kept,
        )
    wp.store.close()
    return names


def workplace(url: str) -> Workplace:
    return open_workplace(config.load({"PIA_DATABASE_URL": url}))


@dataclass(slots=True)
class Page:
    """What came back. `url` is where it ended; `first` the seconds to its first byte."""

    status: int
    body: bytes
    url: str
    first: float

    def document(self) -> html.HtmlElement:
        return html.document_fromstring(self.body.decode("utf-8"))


@dataclass(slots=True)
class Visitor:
    """One browser: a connection kept open, and its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    line: HTTPConnection | None = None
    host: str = "127.0.0.1"

    def get(self, url: str) -> Page:
        return self._send("GET", url, None)

    def post(self, url: str, values: dict[str, Any], follow: bool = True) -> Page:
        """Sends a form; `first` of the page is the POST's own time, also when its redirect is
        followed."""
        answer = self._send("POST", url, values)
        if follow and answer.status == 303:
            shown = self.get(answer.url)
            shown.first = answer.first
            return shown
        return answer

    def sign_in(self, name: str) -> None:
        form = fields(self.get("/sign-in"), "/sign-in")
        shown = self.post("/sign-in", form | {"name": name, "password": demo.PASSWORD})
        assert shown.status == 200, f"{name} cannot sign in: {shown.status}"

    def _send(self, method: str, url: str, values: dict[str, Any] | None) -> Page:
        body = (
            urlencode(values, doseq=True, encoding="utf-8").encode() if values is not None else None
        )
        headers = (
            {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
            if self.cookies
            else {}
        )
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        if self.line is None:
            self.line = HTTPConnection(self.host, self.port, timeout=60)
        began = time.perf_counter()
        try:
            self.line.request(method, quote(url, safe="/?=&%~@#+"), body, headers)
            answer = self.line.getresponse()
            first = time.perf_counter() - began
            got = answer.read()
        except OSError:
            self.line.close()
            self.line = None
            raise
        for k, v in answer.getheaders():
            if k.lower() == "set-cookie":
                name, _, value = v.split(";")[0].partition("=")
                self.cookies[name] = value
        to = answer.getheader("Location") or url
        return Page(answer.status, got, urlsplit(to)._replace(scheme="", netloc="").geturl(), first)


def fields(page: Page, action: str) -> dict[str, str]:
    """What a browser would send of the first form to `action` (without its query) if nothing
    were touched."""
    form = next(
        f
        for f in page.document().iter("form")
        if urlsplit(f.get("action")).path == quote(action, safe="/~@")
        or urlsplit(f.get("action")).path == action
    )
    out = {}
    for e in form.iter("input", "select", "textarea"):
        if not e.get("name") or (
            e.get("type") in ("checkbox", "radio") and e.get("checked") is None
        ):
            continue
        if e.tag == "select":
            chosen = [o for o in e.iter("option") if o.get("selected") is not None] or list(
                e.iter("option")
            )
            out[e.get("name")] = chosen[0].get("value", "") if chosen else ""
        else:
            out[e.get("name")] = (
                (e.text or "").removeprefix("\n") if e.tag == "textarea" else e.get("value", "")
            )
    return out


def p50_p95(seconds: list[float]) -> list[int]:
    """[p50, p95] in milliseconds."""
    ordered = sorted(seconds) or [0.0]
    return [
        round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * q))]) for q in (0.5, 0.95)
    ]
