"""The type size a reader chose: remembered in a cookie, offered on every page as links.

Knows three sizes. Must not know who reads.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from . import devices
from .answers import local

SIZES = {"normal": "標準", "large": "大", "huge": "特大"}
YEAR = 365 * 24 * 3600  # seconds


def set_up(app: Flask) -> None:
    """Gives every page of an application its size and the ways to the others."""
    app.context_processor(_sizes)
    app.after_request(_remember)


def _sizes() -> dict[str, Any]:
    """The type size of this reader (asked for now, or remembered), and where each size is a link to
    the same page."""
    size = request.args.get("size", "") or request.cookies.get(_cookie(), "")
    if size not in SIZES:
        size = "normal"
    links = []
    for name, words in SIZES.items():
        links.append((words, _in_size(name), name == size))
    return {"size": size, "sizes": links}


def _in_size(name: str) -> str:
    """This page's address in a size."""
    kept = request.args.to_dict(flat=False)
    kept.pop("size", None)
    path = _readable(request.path) or _readable(_of_form()) or "/"
    return f"{path}?{urlencode({**kept, 'size': [name]}, doseq=True)}"


def _of_form() -> str:
    """The page a form leads back to."""
    return local(request.form.get("_to", ""), "/").split("?")[0]


def _readable(path: str) -> str:
    """A path that can be opened as a page; empty where it only takes forms."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return ""
    return path


def _cookie() -> str:
    return devices.bound("size", current_app.config["SESSION_COOKIE_SECURE"])


def _remember(response: Response) -> Response:
    if request.args.get("size") in SIZES:
        response.set_cookie(
            _cookie(),
            request.args["size"],
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response
