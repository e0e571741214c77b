"""The browsers people signed in with before, and so where a try to sign in comes from.

Knows one signed cookie. Must not know passwords. A browser that signed in under a name is counted
for itself, so a stranger's wrong tries from the same address never make its owner wait.
"""

from __future__ import annotations

import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as Answer

COOKIE = "pia-device"
NOTES = "pia-notes"  # holds the key of a member's own notes
LASTS = 180 * 24 * 3600  # seconds
MOST = 20  # names one browser is remembered for: a shared computer's people


def bound(name: str, secure: bool) -> str:
    """The name of a cookie. Over https the browser keeps one of such a name for this very host
    alone and takes it from nobody else (ASVS 3.3.3)."""
    if secure:
        return f"__Host-{name}"
    return name


def _cookie() -> str:
    return bound(COOKIE, bool(current_app.config["SESSION_COOKIE_SECURE"]))


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], str(current_app.secret_key)]
    return URLSafeTimedSerializer(keys, salt="pia device 1")  # signs with the last of them


def _known() -> tuple[str, list[str]]:
    """(number of this browser, names that signed in with it); a new number for an unknown one."""
    try:
        number, names = _signer().loads(request.cookies.get(_cookie(), ""), max_age=LASTS)
    except (BadSignature, ValueError, TypeError):
        return secrets.token_urlsafe(16), []
    return str(number), list(map(str, names))


def origin(name: str) -> str:
    """Where a try under this name comes from: the browser, where it signed in under it before,
    else the address."""
    number, names = _known()
    if name in names:
        return f"device:{number}"
    return f"address:{request.remote_addr or ''}"


def remember(answer: Answer, name: str) -> Answer:
    """The answer with the browser remembered for a name that has just signed in with it."""
    number, names = _known()
    kept = [name, *(other for other in names if other != name)][:MOST]
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    value = _signer().dumps([number, kept])
    answer.set_cookie(
        _cookie(), value, max_age=LASTS, httponly=True, samesite="Strict", secure=secure
    )
    return answer


def forgotten(answer: Answer) -> Answer:
    """The answer with which a browser drops what it held for the person who signs out."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.delete_cookie(bound(NOTES, secure), httponly=True, samesite="Strict", secure=secure)
    return answer
