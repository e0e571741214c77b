"""Answers of views: a deed that is done, a file that is fetched, and addresses that stay here.

Knows headers and how an answer leads on. Must not know rights or what a file holds.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from flask import Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from ..actions.issuing import classes
from ..actions.issuing.classes import Class
from ..documents import rehearsal as rehearsal_words
from ..documents.papers import class_print


def done(words: str, to: str = "") -> Answer:
    """After a deed: says what was done on the page it leads to (`_to` of the form, or `to`)."""
    flash(words)
    return redirect(local(request.form.get("_to", ""), to or "/"), 303)


def again() -> Answer:
    """The answer to a POST that was carried out already: the same as the first time."""
    return redirect(local(request.form.get("_to", ""), "/"), 303)


def is_sent_to(address: str) -> bool:
    """Whether this request goes to an address of the application: one is written for a link, with
    its letters escaped and the prefix the application is served under, the other as it came in."""
    return unquote(urlsplit(address).path) == request.script_root + request.path


def local(address: str, otherwise: str) -> str:
    """An address of this application, never one that leads away."""
    parts = urlsplit(address)
    good = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and not parts.scheme
        and not parts.netloc
    )
    if good and address.isprintable():
        return address
    return otherwise


def chosen(name: str, options: tuple[str, ...]) -> str:
    """A query argument that must be one of a few; the first is the default."""
    value = request.args.get(name, options[0])
    if value in options:
        return value
    return options[0]


def numbered(words: str) -> int | None:
    """What an address or a form names by its number; None where that is none."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None


_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
LONGEST_NAME = 80  # letters of a file's name before its ending


def file_name(ending: str, *parts: str) -> str:
    """A name for a file in the words of what it holds: the parts joined, without what a file system
    cannot hold, of at most 80 letters."""
    words = [" ".join(_UNSAFE.sub(" ", part).split()) for part in parts]
    whole = "_".join(word for word in words if word)
    return f"{whole[:LONGEST_NAME].strip(' .')}.{ending}"


def attachment(
    body: bytes | str, name: str, kind: str, has: Class = classes.NONE, form: bool = False
) -> Response:
    """A download, never shown in place (RFC 6266). `kind`: its media type; `has`: its 機密性の区分,
    printed on it where its kind has a place for it, and told beside it always; `form`: an official
    form that is handed in."""
    if has.words:
        whole = body.encode() if isinstance(body, str) else body
        body = class_print.marked(whole, name.rpartition(".")[2], has.words, form=form)
    response = Response(body, mimetype=kind)
    if has.words:
        response.headers["Pia-Class"] = quote(has.words, safe="")
    if rehearsal_words.words():
        name = rehearsal_words.FILE + name
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
