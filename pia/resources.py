"""Finds packaged data: forms, pages, fixtures, migrations, static files.

Knows where a file lies, in a checkout and when installed. Must not know what is in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `name` ("forms", "templates", "fixtures", "static"): inside the package when
    installed, beside it in a checkout.
    """
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(name)


def data(text: str) -> Any:
    """What a YAML text holds: plain values and nothing that does something when it is read."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the compiled one is ten times as fast
    return yaml.load(text, Loader=loader)  # nosec B506 # both are the safe loader
