"""Settings read: from the environment, or a TOML file named by PIA_CONFIG; `pia config` lists them.
The only place that reads the environment for them.

Knows where settings come from. Only doors import it (the command line, `wsgi.py`); everything below
is handed a `Config`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from .domain.errors import PiaError
from .settings import SETTINGS, Config, defaults

__all__ = ["SETTINGS", "Config", "load"]


def load(environ: Mapping[str, str] | None = None) -> Config:
    """PiaError when PIA_CONFIG names a file that is missing, broken or holds unknown names."""
    env = os.environ if environ is None else environ
    known = defaults()
    path = env.get("PIA_CONFIG")
    if path:
        try:
            given = tomllib.loads(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as entry:
            raise PiaError(
                f"設定ファイル {path} を読めません。場所と書き方（TOML）を確かめてください。"
            ) from entry
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise PiaError(
                f"設定ファイル {path} に、知らない設定（{'、'.join(unknown)}）があります。"
                "pia config で名前を確かめてください。"
            )
        known |= {key: str(value) for key, value in given.items()}
    known |= {setting.name: env[setting.name] for setting in SETTINGS if env.get(setting.name)}
    return Config(known)
