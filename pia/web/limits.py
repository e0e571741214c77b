"""What keeps rude visitors from the others: names this server answers to, how often one may send,
and how many of the public's requests are answered at once.

Knows requests before a page does. Must not know pages or people; origins are counted under a key
that nobody keeps.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from ..settings import Config
from . import refusals

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

AT_ONCE = 6  # requests of the public zone that are answered at the same time
ORIGIN = (60, 2.0)  # posts one origin may send at once, and seconds until the next counts
TOGETHER = (200, 0.05)  # the same for all origins together
_CSP = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
HSTS = f"max-age={365 * 24 * 3600}; includeSubDomains"
KEPT = 50_000  # origins remembered at a time
_PAGE = (
    '<!doctype html><html lang="ja"><head><meta charset="utf-8">'
    "<title>混み合っています</title></head>\n"
    "<body><main><h1>混み合っています</h1><p>いま続けて送られているため、受け付けられません。"
    "{0}秒ほどたってから、もう一度お試しください。</p>\n"
    "<p>前の画面に戻ると、入力した内容が残っています。</p></main></body></html>"
)


def hosts(settings: Config) -> Callable[[str], bool]:
    """Whether this server answers to a Host header: the names of PIA_HOSTS; where none are set,
    this machine's own names. An address in numbers is nobody's name and always answered to."""
    given = [
        name.strip().lower() for name in settings.values["PIA_HOSTS"].split(",") if name.strip()
    ]
    own = {"localhost", *(given or _own_names())}

    def answers(host: str) -> bool:
        name = _name(host)
        return name in own or _is_number(name)

    return answers


def _own_names() -> list[str]:
    return [socket.gethostname().lower(), socket.getfqdn().lower()]


def _name(host: str) -> str:
    """A Host header without its port, in small letters."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Pace:
    """How often something may happen: `burst` times at once, then once every `each` seconds, for
    each key by itself."""

    def __init__(self, burst: int, each: float, clock: Callable[[], float] = time.monotonic):
        self.longest = burst * each
        self.each = each
        self.clock = clock
        self.due: OrderedDict[str, float] = OrderedDict()
        self.lock = threading.Lock()

    def takes(self, key: str) -> bool:
        """Whether it may happen now; it is counted only then."""
        with self.lock:
            now = self.clock()
            due = max(self.due.pop(key, now), now) + self.each
            fits = due - now <= self.longest
            if fits:
                self.due[key] = due
            else:
                self.due[key] = due - self.each
            while len(self.due) > KEPT:
                self.due.popitem(last=False)
            return fits


class Posts:
    """Refuses posts that come too fast, before anything is looked up for them."""

    def __init__(self, app: Wsgi, clock: Callable[[], float] = time.monotonic):
        self.app = app
        self.origins = Pace(*ORIGIN, clock)
        self.together = Pace(*TOGETHER, clock)
        self.key = secrets.token_bytes(32)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answers a request, or says when to come back."""
        if environ["REQUEST_METHOD"] == "POST" and not self._takes(environ.get("REMOTE_ADDR", "")):
            refusals.note("pace")
            return _busy(environ, start, "429 Too Many Requests", 10)
        return self.app(environ, start)

    def _takes(self, address: str) -> bool:
        mark = hmac.new(self.key, address.encode(), sha256).hexdigest()
        return self.origins.takes(mark) and self.together.takes("")


class AtOnce:
    """Answers a few requests at the same time and asks the rest to come back: the other threads
    are for the staff."""

    def __init__(self, app: Wsgi, most: int = AT_ONCE):
        self.app = app
        self.places = threading.BoundedSemaphore(most)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answers a request, or says when to come back."""
        if not self.places.acquire(blocking=False):
            refusals.note("busy")
            return _busy(environ, start, "503 Service Unavailable", 2)
        try:
            return self.app(environ, start)
        finally:
            self.places.release()


def _busy(
    environ: dict[str, Any], start: Callable[..., Any], status: str, seconds: int
) -> list[bytes]:
    body = _PAGE.format(seconds).encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    kept = [
        ("Retry-After", str(seconds)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    policies = [("Content-Security-Policy", _CSP), ("Referrer-Policy", "same-origin")]
    if environ.get("wsgi.url_scheme") == "https":
        policies.append(("Strict-Transport-Security", HSTS))
    start(status, [*headers, *kept, *policies])
    return [body]
