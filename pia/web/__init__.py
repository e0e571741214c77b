"""The web application: requests in, pages out. Read-only in this release; no outside request, no script needed.

Knows routes, headers and the clock. Never a rule of the scheme: pages show what `actions.reading` puts together.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from .. import resources
from ..actions.workplace import Workplace
from ..config import Config
from ..documents import page
from ..domain.act import JST
from ..domain.errors import PiaError, Refused

CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


SIZES = {"normal": "標準", "large": "大", "huge": "特大"}
YEAR = 365 * 24 * 3600


def _sizes() -> dict[str, Any]:
    """The type size of this reader (asked for now, or remembered), and where each size is a link to the same page."""
    asked = request.args.get("size", "") or request.cookies.get("size", "")
    size = asked if asked in SIZES else "normal"
    kept = {k: v for k, v in request.args.to_dict(flat=False).items() if k != "size"}

    def here(name: str) -> str:
        return f"{request.path if request.url_rule else '/'}?{urlencode({**kept, 'size': name}, doseq=True)}"

    return {"size": size, "sizes": [(words, here(name), name == size) for name, words in SIZES.items()]}


def create_app(wp: Workplace, settings: Config, today: Callable[[], date] | None = None) -> Flask:
    """The application over an open workplace. `today` is given by tests; otherwise it is the day in Japan."""
    from . import council, desk, office, papers

    app = Flask("pia", static_folder=str(resources.folder("static")), static_url_path="/static", template_folder=str(resources.folder("templates")))
    app.secret_key = settings.values["PIA_SECRET_KEY"] or secrets.token_hex(32)
    app.config.update(MAX_CONTENT_LENGTH=1 << 20, TRAP_HTTP_EXCEPTIONS=False)
    app.extensions["pia"] = wp
    app.extensions["pia.today"] = today or (lambda: datetime.now(JST).date())
    page.dress(app.jinja_env)
    app.context_processor(_sizes)
    for module in (desk, office, council, papers):
        app.register_blueprint(module.blueprint)

    @app.get("/healthz")
    def health() -> Response:
        with wp.store.read():
            return Response("ok\n", mimetype="text/plain")

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            if not (name == "Cache-Control" and request.endpoint == "static"):
                response.headers.setdefault(name, value)
        if request.args.get("size") in SIZES:
            response.set_cookie("size", request.args["size"], max_age=YEAR, httponly=True, samesite="Lax")
        return response

    @app.errorhandler(PiaError)
    def said(e: PiaError) -> tuple[str, int]:
        status = 409 if isinstance(e, Refused) else 404
        return render_template("errors/said.html", sentence=str(e), unmet=getattr(e, "unmet", ()), status=status), status

    @app.errorhandler(HTTPException)
    def http(e: HTTPException) -> tuple[str, int]:
        words = {
            404: "そのページはありません。",
            405: "このページでは、その操作はできません。",
            400: "指定が正しくありません。",
            413: "送られた内容が大きすぎます。",
        }
        code = e.code or 500
        return render_template("errors/said.html", sentence=words.get(code, "表示できませんでした。"), unmet=(), status=code), code

    @app.errorhandler(Exception)
    def unexpected(e: Exception) -> tuple[str, int]:
        app.logger.error("unexpected error on %s", request.path, exc_info=e)
        return render_template(
            "errors/said.html", sentence="思いがけない誤りが起きました。何も変わっていません。管理者に連絡してください。", unmet=(), status=500
        ), 500

    return app


def workplace() -> Workplace:
    from flask import current_app

    return current_app.extensions["pia"]


def now_day() -> date:
    from flask import current_app

    return current_app.extensions["pia.today"]()


def attachment(body: bytes | str, name: str, kind: str) -> Response:
    """A download, never shown in place (RFC 6266)."""
    from urllib.parse import quote

    response = Response(body, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def chosen(name: str, options: tuple[str, ...]) -> str:
    """A query argument that must be one of a few; the first is the default."""
    value: Any = request.args.get(name, options[0])
    return value if value in options else options[0]
