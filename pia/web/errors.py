"""Refusals and errors as pages: on the page the form stands on, with all that was typed, or on a
page of their own.

Knows which status a refusal has. Must not know why something is refused: the sentence says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from ..domain.errors import PiaError, Refused, Repeated, Unavailable
from . import declared, gate, refusals, request_numbers
from .allowed import Denied, NotThere, as_seen
from .answers import again

SECRET = ("csrf_token", "_password", "_code", "password", "old", "new", "again", "code", "secret")
WORDS = {
    404: "そのページはありません。",
    405: "このページでは、その操作はできません。",
    400: "指定が正しくありません。",
    413: "送られた内容が大きすぎます。",
    421: "このアドレスの名前では使えません。管理者に、サーバーの名前の設定（PIA_HOSTS）"
    "を確かめてもらってください。",
}
_COUNTED = {413: "large", 421: "host"}  # statuses that are counted, and as what


def set_up(app: Flask) -> None:
    """Makes every error of an application a page."""
    app.register_error_handler(PiaError, _refused)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(CSRFError, _too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: PiaError) -> tuple[str, int] | Answer:
    """A refusal as a page: the one the form stands on, with all that was typed, or a page of its
    own."""
    if isinstance(error, Repeated) or gate.twice():
        return again()
    status = _status(error)
    view = current_app.view_functions.get(request.endpoint or "")
    page = declared.of(view).page if view is not None else None
    if request.method == "POST" and page is not None and status not in (403, 404):
        g.problem = error
        g.typed = request.form
        shown = _on_its_page(page)
        if shown is not None:
            return shown, status
    return _page(str(error), status, getattr(error, "unmet", ()))


def _unavailable(error: Unavailable) -> Answer:
    """503 (507 where the disk is full) with the time after which to ask again. The page needs no
    database: what was typed stands in it and can be sent once more, under the same key.
    """
    sent: list[tuple[str, str]] | None = None
    hidden: list[tuple[str, str]] = []
    if request.method == "POST":
        sent = []
        for name, words in request.form.items(multi=True):
            if name in SECRET and name != "csrf_token":
                continue
            is_typed = not name.startswith("_") and name != "csrf_token" and words.strip()
            (sent if is_typed else hidden).append((name, words))
    page = render_template(
        "errors/unavailable.html",
        sentence=current_app.extensions.get("pia.away", str)(error),
        # Two slashes at the beginning would name another host.
        again="/" + request.full_path.rstrip("?").lstrip("/"),
        is_once=any(name == "_request" for name, _ in hidden),
        sent=sent,
        hidden=hidden,
        files=bool(request.files),
    )
    answer = Response(page, status=507 if error.full else 503)
    answer.headers["Retry-After"] = str(error.retry)
    return answer


def _status(error: PiaError) -> int:
    for kind, status in ((Denied, 403), (NotThere, 404), (Refused, 409)):
        if isinstance(error, kind):
            return status
    return 404 if request.method == "GET" else 422


def _on_its_page(page: Callable[..., Any]) -> str | None:
    """The page of a form with what was typed; None where it says nothing or cannot be shown any
    more."""
    arguments = request.view_args or {}
    try:
        shown = as_seen(page, **arguments)
        if not isinstance(shown, str):  # a page that only leads elsewhere says nothing
            return None
        g.lost = _lost(shown)
        return str(as_seen(page, **arguments)) if g.lost else shown
    except PiaError:
        return None


def _lost(page: str) -> list[str]:
    """What was typed and is in no field of the page that answers: a form that stands there many
    times does not know which of them was sent."""
    texts = []
    for key, value in request.form.items(multi=True):
        if key.startswith("_") or key in SECRET or not value.strip():
            continue
        shown = escape(value)
        fields = (f'value="{shown}"', f">\n{shown}</textarea>", f" selected>{shown}</option>")
        if not any(field in page for field in fields):
            texts.append(value)
    return texts


def _too_old(_: CSRFError) -> tuple[str, int] | Answer:
    return _refused(
        PiaError("画面の有効な時間が切れました。画面を開き直してから、もう一度お試しください。")
    )


def _http(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    if code in _COUNTED:
        refusals.note(_COUNTED[code])
    return _page(WORDS.get(code, "表示できませんでした。"), code)


def _unexpected(error: Exception) -> tuple[str, int]:
    current_app.logger.error("unexpected error on %s", request.endpoint, exc_info=error)
    sentence = (
        "思いがけない誤りが起きました。管理者に、次の番号を添えて連絡してください"
        f"（問い合わせ番号 {request_numbers.number()}）。"
    )
    if request.method == "POST":
        sentence += "保存されたかどうかは、画面を開き直して確かめてください。"
    return _page(sentence, 500)


def _page(sentence: str, status: int, unmet: Any = ()) -> tuple[str, int]:
    page = render_template("errors/refusal.html", sentence=sentence, unmet=unmet, status=status)
    return page, status
