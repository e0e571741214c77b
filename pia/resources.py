"""Finds packaged data: forms, pages, fixtures, migrations, static files.

Knows where a file lies, in a checkout and when installed. Must not know what is in it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `name` ("forms", "templates", "fixtures", "static"): inside the package when installed, beside it in a checkout."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(name)
