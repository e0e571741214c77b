"""Which file somebody looked at before it is taken in: its page names it under the server's seal,
so that no other file that is kept can be named in its place.

Knows names of kept files and who looked. Must not know what is in them.
"""

from __future__ import annotations

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ..domain.errors import PiaError
from .actor import by

FIELD = "looked"
_LASTS = 12 * 3600  # seconds, as long as a session
_GONE = "取り込むファイルが分かりません。もう一度、ファイルを選んで確かめてください。"


def sealed(sha256: str, body: int) -> str:
    """What the page of a file carries: this file, looked at by this person for this body."""
    return _signer().dumps([sha256, body, by().actor])


def opened(body: int) -> str:
    """The file (SHA-256) the page that was sent names. PiaError where this person did not look at
    it for this body, or long ago."""
    try:
        sha256, looked, actor = _signer().loads(request.form.get(FIELD, ""), max_age=_LASTS)
    except (BadSignature, ValueError, TypeError):
        raise PiaError(_GONE) from None
    if (looked, actor) != (body, by().actor):
        raise PiaError(_GONE)
    return str(sha256)


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], str(current_app.secret_key)]
    return URLSafeTimedSerializer(keys, salt="pia looked 1")  # signs with the last of them
