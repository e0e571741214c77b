"""The web application: requests in, pages out; no outside request, no script needed.

Knows routes, headers and the clock. Never a rule of the scheme: pages show what `actions` put
together, and a deed is one call of an action.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as Answer

from .. import resources
from ..actions.issuing import classes
from ..actions.issuing.classes import Class
from ..actions.upkeep import anchors, clocks
from ..actions.upkeep import rehearsal as rehearsals
from ..actions.workplace import Workplace
from ..config import Config
from ..documents import rehearsal as rehearsal_words
from ..documents.papers import class_print
from ..documents.text import page
from ..domain.act import JST
from ..domain.errors import PiaError, Refused, Repeated
from . import gate, limits, refusals
from .gate import needs, now_day, workplace
from .people import devices

__all__ = ["attachment", "chosen", "create_app", "now_day", "workplace"]

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


SIZES = {"normal": "標準", "large": "大", "huge": "特大"}
SECRET = ("csrf_token", "_password", "_code", "password", "old", "new", "again", "code", "secret")
YEAR = 365 * 24 * 3600


def _sizes() -> dict[str, Any]:
    """The type size of this reader (asked for now, or remembered), and where each size is a link to
    the same page."""
    asked = request.args.get("size", "") or request.cookies.get(_size_cookie(), "")
    if asked in SIZES:
        size = asked
    else:
        size = "normal"
    kept = {}
    for key, value in request.args.to_dict(flat=False).items():
        if key != "size":
            kept[key] = value

    here_path = (
        _readable(request.path)
        or _readable(gate.local(request.form.get("_to", ""), "/").split("?")[0])
        or "/"
    )

    def here(name: str) -> str:
        return f"{here_path}?{urlencode({**kept, 'size': name}, doseq=True)}"

    return {
        "size": size,
        "sizes": [(words, here(name), name == size) for name, words in SIZES.items()],
    }


def _size_cookie() -> str:
    return devices.bound("size", current_app.config["SESSION_COOKIE_SECURE"])


def _readable(path: str) -> str:
    """A path that can be opened as a page; empty where it only takes forms."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return ""
    return path


def create_app(wp: Workplace, settings: Config, now: Callable[[], datetime] | None = None) -> Flask:
    """The staff's application over an open workplace. `now` is given by tests; otherwise it is the
    clock."""
    from .council import cards
    from .desk import documents, entries, importing, items, parts, withheld
    from .office import consultations, jobs, overview, papers, records, rehearsal, rounds, sittings
    from .people import admin, directory, oidc, saml, signin, sso, yearly

    app = bare(wp, settings, now)
    app.extensions["pia.oidc"] = oidc.provider(settings)
    app.extensions["pia.saml"] = saml.provider(settings)
    app.extensions["pia.directory"] = directory.directory(settings)
    gate.set_up(app, wp)
    modules = (
        *(signin, sso, admin, yearly),
        *(documents, parts, items, entries, withheld, importing),
        *(overview, rounds, consultations, sittings, papers, jobs, records, rehearsal),
        cards,
    )
    # Several modules of the desk add their views to one blueprint.
    for blueprint in dict.fromkeys(module.blueprint for module in modules):
        app.register_blueprint(blueprint)
    return app


def create_zone(
    zone: str, wp: Workplace, settings: Config, now: Callable[[], datetime] | None = None
) -> Any:
    """The WSGI application of a zone: "staff", "public", or "all": both in one process, the public
    one below /public (for trying out and small houses)."""
    from .public.pages import create_public_app

    if zone == "staff":
        return create_app(wp, settings, now)
    if zone == "public":
        return create_public_app(wp, settings, now)
    staff = create_app(wp, settings, now)
    return DispatcherMiddleware(staff, {"/public": create_public_app(wp, settings, now)})


Inner = Callable[[limits.Wsgi], limits.Wsgi]


def bare(
    wp: Workplace,
    settings: Config,
    now: Callable[[], datetime] | None = None,
    inner: Inner = lambda app: app,
) -> Flask:
    """What the application of every zone with a database has. `inner` stands between it and its
    requests."""
    app = shell(settings, now, inner)
    app.extensions["pia"] = wp
    app.extensions["pia.now"] = rehearsals.clock(wp, app.extensions["pia.machine"])
    app.extensions["pia.rehearsal"] = rehearsals.is_one(wp)
    app.after_request(_keep_refusals)
    app.add_url_rule("/healthz", "health", needs("open")(_health))
    return app


def shell(
    settings: Config, now: Callable[[], datetime] | None = None, inner: Inner = lambda app: app
) -> Flask:
    """What every application has, also without a database: files, headers, errors as sentences."""
    app = Flask(
        "pia",
        static_folder=str(resources.folder("static")),
        static_url_path="/static",
        template_folder=str(resources.folder("templates")),
    )
    app.secret_key = settings.values["PIA_SECRET_KEY"] or secrets.token_hex(32)
    old = []
    for part in settings.values["PIA_OLD_SECRET_KEYS"].split(","):
        if key := part.strip():
            old.append(key)
    secure = settings.values["PIA_SECURE"] == "1"
    app.config.update(
        MAX_CONTENT_LENGTH=64 << 20,
        MAX_FORM_MEMORY_SIZE=8 << 20,
        MAX_FORM_PARTS=5_000,
        SECRET_KEY_FALLBACKS=old,
        SESSION_COOKIE_NAME=devices.bound("pia", secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.wsgi_app = inner(app.wsgi_app)  # type: ignore[assignment, method-assign]
    if settings.values["PIA_PROXY"] == "1":
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    machine = now or (lambda: datetime.now(JST))
    app.extensions["pia.machine"] = app.extensions["pia.now"] = machine
    app.extensions["pia.anchors"] = lambda: anchors.notice(settings)
    app.extensions["pia.rehearsal"] = False
    app.extensions["pia.clocks"] = lambda store, at: clocks.compare(settings, store, at)
    app.extensions["pia.settings"] = settings
    app.extensions["pia.scan"] = settings.values["PIA_SCAN_COMMAND"].strip()
    app.extensions["pia.opinions"] = settings.values["PIA_SITE_OPINIONS"]
    answers = limits.hosts(settings)
    app.before_request(lambda: None if answers(request.host) else abort(421))
    app.before_request(lambda: rehearsal_words.serve(app.extensions["pia.rehearsal"]))
    app.context_processor(_rehearsal)
    page.dress(app.jinja_env)
    app.url_map.converters["int"] = _Number
    app.context_processor(_sizes)
    app.after_request(_headers)
    app.register_error_handler(PiaError, _said)
    app.register_error_handler(
        CSRFError,
        lambda _: _said(
            PiaError("画面の有効な時間が切れました。画面を開き直してから、もう一度お試しください。")
        ),
    )
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    return app


def _rehearsal() -> dict[str, Any]:
    """What every page of a rehearsal says; None in earnest."""
    return {
        "rehearsal": current_app.extensions["pia.now"]()
        if current_app.extensions["pia.rehearsal"]
        else None
    }


class _Number(IntegerConverter):
    """A number in an address, as large as a row's number can be; larger ones are no page."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any):
        super().__init__(map, *args, **{"max": 2**31 - 1, **kwargs})


def _keep_refusals(response: Response) -> Response:
    """What was refused of late is written down beside a request that was not."""
    refusals.keep(workplace(), current_app.extensions["pia.machine"]())
    return response


def _health() -> Response:
    with workplace().store.read():
        return Response("ok\n", mimetype="text/plain")


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        if not (name == "Cache-Control" and request.endpoint == "static"):
            response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", limits.HSTS)
    if request.args.get("size") in SIZES:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(
            _size_cookie(),
            request.args["size"],
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
    return response


def _said(error: PiaError) -> tuple[str, int] | Answer:
    """A refusal as a page: the one the form stands on, with all that was typed, or a page of its
    own."""
    if isinstance(error, Repeated) or gate.twice():
        return gate.again()
    if isinstance(error, gate.Denied):
        status = 403
    elif isinstance(error, gate.NotThere):
        status = 404
    elif isinstance(error, Refused):
        status = 409
    elif request.method == "GET":
        status = 404
    else:
        status = 422
    view = getattr(current_app.view_functions.get(request.endpoint or ""), "page", None)
    if request.method == "POST" and view is not None and status not in (403, 404):
        g.problem, g.typed = error, request.form
        try:
            shown = gate.as_seen(view, **(request.view_args or {}))
            if isinstance(shown, str):  # a page that only leads elsewhere says nothing
                g.lost = _lost(shown)
                return (
                    gate.as_seen(view, **(request.view_args or {})) if g.lost else shown
                ), status
        except PiaError:
            pass  # the page itself cannot be shown any more
    return render_template(
        "errors/said.html", sentence=str(error), unmet=getattr(error, "unmet", ()), status=status
    ), status


def _lost(page: str) -> list[str]:
    """What was typed and is in no field of the page that answers: a form that stands there many
    times does not know which of them was sent."""
    typed = []
    for key, value in request.form.items(multi=True):
        if not key.startswith("_") and key not in SECRET:
            typed.append(value)
    texts = []
    for text in typed:
        if (
            text.strip()
            and f'value="{escape(text)}"' not in page
            and f">\n{escape(text)}</textarea>" not in page
        ):
            texts.append(text)
    return texts


def _http(httpexception: HTTPException) -> tuple[str, int]:
    words = {
        404: "そのページはありません。",
        405: "このページでは、その操作はできません。",
        400: "指定が正しくありません。",
        413: "送られた内容が大きすぎます。",
        421: "このアドレスの名前では使えません。管理者に、サーバーの名前の設定（PIA_HOSTS）"
        "を確かめてもらってください。",
    }
    code = httpexception.code or 500
    if code in (413, 421):
        if code == 413:
            refusals.note("large")
        else:
            refusals.note("host")
    return render_template(
        "errors/said.html",
        sentence=words.get(code, "表示できませんでした。"),
        unmet=(),
        status=code,
    ), code


def _unexpected(exception: Exception) -> tuple[str, int]:
    current_app.logger.error("unexpected error on %s", request.endpoint, exc_info=exception)
    sentence = "思いがけない誤りが起きました。管理者に連絡してください。"
    if request.method == "POST":
        sentence += "保存されたかどうかは、画面を開き直して確かめてください。"
    return render_template("errors/said.html", sentence=sentence, unmet=(), status=500), 500


def attachment(
    body: bytes | str, name: str, kind: str, has: Class = classes.NONE, form: bool = False
) -> Response:
    """A download, never shown in place (RFC 6266). `has`: its 機密性の区分, printed on it where its
    kind has a place for it, and told beside it always; `form`: an official form that is handed
    in."""
    from urllib.parse import quote

    if has.words:
        if isinstance(body, str):
            body = body.encode()
        else:
            body = body
        body = class_print.marked(body, name.rpartition(".")[2], has.words, form=form)
    response = Response(body, mimetype=kind)
    if has.words:
        response.headers["Pia-Class"] = quote(has.words, safe="")
    if rehearsal_words.words():
        name = rehearsal_words.FILE + name
    else:
        name = name
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def chosen(name: str, options: tuple[str, ...]) -> str:
    """A query argument that must be one of a few; the first is the default."""
    value: Any = request.args.get(name, options[0])
    if value in options:
        return value
    return options[0]
