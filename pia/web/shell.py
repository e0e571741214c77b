"""What every application has: files, headers, a clock, errors as sentences; with a database also
its workplace and its health.

Knows settings and headers. Must not know any page: `application` and the public zone put their
pages into it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, current_app, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from .. import resources
from ..actions.upkeep import anchors, clocks, nightly
from ..actions.upkeep import rehearsal as rehearsals
from ..actions.workplace import Workplace
from ..documents import rehearsal as rehearsal_words
from ..documents.text import page
from ..domain.act import JST
from ..domain.errors import PiaError
from ..settings import Config
from ..store import patience
from . import council_words, devices, errors, limits, looks, refusals, requests_told
from .actor import workplace
from .answers import is_sent_to
from .declared import needs

Clock = Callable[[], datetime]
Inner = Callable[[limits.Wsgi], limits.Wsgi]
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src "
    "'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors "
    "'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def bare(
    wp: Workplace, settings: Config, now: Clock | None = None, inner: Inner = lambda app: app
) -> Flask:
    """What the application of every zone with a database has. `inner` stands between it and its
    requests; `now` is given by tests, otherwise it is the clock."""
    app = shell(settings, now, inner)
    app.extensions["pia"] = wp
    app.extensions["pia.now"] = rehearsals.clock(wp, app.extensions["pia.machine"])
    app.extensions["pia.rehearsal"] = rehearsals.is_one(wp)
    app.after_request(_keep_refusals)
    app.add_url_rule("/livez", "live", needs("open")(_live))
    app.add_url_rule("/readyz", "ready", needs("open")(_ready))
    app.add_url_rule("/healthz", "health", needs("open")(_ready))
    return app


def shell(settings: Config, now: Clock | None = None, inner: Inner = lambda app: app) -> Flask:
    """What every application has, also without a database: files, headers, errors as sentences."""
    app = Flask(
        "pia",
        static_folder=str(resources.folder("static")),
        static_url_path="/static",
        template_folder=str(resources.folder("templates")),
    )
    _configure(app, settings)
    _wrap(app, settings, inner)
    council_words.set_up(app)
    _equip(app, settings, now or (lambda: datetime.now(JST)))
    answers = limits.hosts(settings)
    app.before_request(lambda: None if answers(request.host) else abort(421))
    app.before_request(lambda: rehearsal_words.serve(app.extensions["pia.rehearsal"]))
    app.context_processor(_rehearsal)
    page.dress(app.jinja_env)
    app.url_map.converters["int"] = _Number
    app.after_request(_headers)
    app.jinja_env.globals["is_sent_to"] = is_sent_to
    looks.set_up(app)
    errors.set_up(app)
    return app


def _configure(app: Flask, settings: Config) -> None:
    """Keys, cookies and how much may be sent."""
    app.secret_key = settings.values["PIA_SECRET_KEY"] or secrets.token_hex(32)
    old = []
    for key in settings.values["PIA_OLD_SECRET_KEYS"].split(","):
        old.append(key.strip())
    secure = settings.values["PIA_SECURE"] == "1"
    app.config.update(
        MAX_CONTENT_LENGTH=64 << 20,
        MAX_FORM_MEMORY_SIZE=8 << 20,
        MAX_FORM_PARTS=5_000,
        SECRET_KEY_FALLBACKS=[key for key in old if key],
        SESSION_COOKIE_NAME=devices.bound("pia", secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )


def _wrap(app: Flask, settings: Config, inner: Inner) -> None:
    """Puts what looks at requests first around the application."""
    outer: Any = _patient(inner(app.wsgi_app))
    if settings.values["PIA_PROXY"] == "1":
        outer = ProxyFix(outer, x_for=1, x_proto=1, x_host=1)
    outer = requests_told.wrap(app, outer, settings)
    app.wsgi_app = outer  # type: ignore[method-assign] # the place Flask names for it


PATIENCE = 5.0  # seconds a page waits for one answer of the database


def _patient(app: Any) -> Any:
    """A request does not wait for ever for a database that does not answer."""

    def run(environ: Any, start: Any) -> Any:
        with patience.of(PATIENCE):
            return app(environ, start)

    return run


def _equip(app: Flask, settings: Config, machine: Clock) -> None:
    """What views ask of their application."""
    app.extensions["pia.machine"] = machine
    app.extensions["pia.now"] = machine
    app.extensions["pia.rehearsal"] = False
    app.extensions["pia.settings"] = settings
    app.extensions["pia.scan"] = settings.values["PIA_SCAN_COMMAND"].strip()
    app.extensions["pia.opinions"] = settings.values["PIA_SITE_OPINIONS"]
    app.extensions["pia.anchors"] = lambda: anchors.notice(settings)
    app.extensions["pia.backups"] = nightly.Notice(settings)
    app.extensions["pia.clocks"] = lambda store, at: clocks.compare(settings, store, at)


def _rehearsal() -> dict[str, Any]:
    """What every page of a rehearsal says; None in earnest."""
    shown = None
    if current_app.extensions["pia.rehearsal"]:
        shown = current_app.extensions["pia.now"]()
    return {"rehearsal": shown}


class _Number(IntegerConverter):
    """A number in an address, as large as a row's number can be; larger ones are no page."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any):
        super().__init__(map, *args, **{"max": 2**31 - 1, **kwargs})


def _keep_refusals(response: Response) -> Response:
    """What was refused of late is written down beside a request that was not."""
    refusals.keep(workplace(), current_app.extensions["pia.machine"]())
    return response


def _live() -> Response:
    """Whether this process answers, whatever its database does."""
    return Response("ok\n", mimetype="text/plain")


def _ready() -> Response:
    """Whether its work can be done: the database can be read."""
    try:
        with workplace().store.read() as session:
            session.execute(text("SELECT 1"))
    except (PiaError, SQLAlchemyError):
        answer = Response("the database cannot be read\n", status=503, mimetype="text/plain")
        answer.headers["Retry-After"] = "5"
        return answer
    return Response("ok\n", mimetype="text/plain")


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        if not (name == "Cache-Control" and request.endpoint == "static"):
            response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", limits.HSTS)
    return response
