"""How pages look to a reader: the size of type, offered on every page, and the colours and the
contrast, offered on the page of one's own settings; each a link, remembered in a cookie.

Knows what can be chosen. Must not know who reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from . import devices
from .answers import local

# What can be chosen → its values in words; the first is used where nothing was chosen.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "size": {"normal": "標準", "large": "大", "huge": "特大"},
    "colours": {"auto": "端末に合わせる", "light": "明るい画面", "dark": "暗い画面"},
    "contrast": {"auto": "端末に合わせる", "more": "線と文字を濃くする"},
}
# Where a style sheet counts, by what was chosen; paper is always light.
_DARK = {"auto": "screen and (prefers-color-scheme: dark)", "light": "", "dark": "screen"}
_CONTRAST = {"auto": "screen and (prefers-contrast: more)", "more": "screen"}
YEAR = 365 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class LookLink:
    """A value that can be chosen: its words, this page's address with it, whether it is in use."""

    words: str
    address: str
    now: bool


def set_up(app: Flask) -> None:
    """Gives every page of an application its look and the ways to the others."""
    app.context_processor(_looks)
    app.after_request(_remember)


def _looks() -> dict[str, Any]:
    """The look of this reader (asked for now, or remembered), and the links to every other."""
    size = _chosen("size")
    return {
        "size": size,
        "sizes": links("size"),
        "look_links": links,
        "dark_media": _DARK[_chosen("colours")],
        "contrast_media": _CONTRAST[_chosen("contrast")],
    }


def links(name: str) -> list[LookLink]:
    """Every value of what can be chosen, as a link to the same page."""
    chosen = _chosen(name)
    listed = []
    for value, words in LOOKS[name].items():
        listed.append(LookLink(words, _with(name, value), value == chosen))
    return listed


def _chosen(name: str) -> str:
    values = LOOKS[name]
    value = request.args.get(name, "") or request.cookies.get(_cookie(name), "")
    if value in values:
        return value
    return next(iter(values))


def _with(name: str, value: str) -> str:
    """This page's address with something chosen."""
    kept = request.args.to_dict(flat=False)
    for look in LOOKS:
        kept.pop(look, None)
    path = _readable(request.path) or _readable(_of_form()) or "/"
    return f"{path}?{urlencode({**kept, name: [value]}, doseq=True)}"


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


def _cookie(name: str) -> str:
    return devices.bound(name, current_app.config["SESSION_COOKIE_SECURE"])


def _remember(response: Response) -> Response:
    for name, values in LOOKS.items():
        if request.args.get(name) in values:
            response.set_cookie(
                _cookie(name),
                request.args[name],
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )
    return response
