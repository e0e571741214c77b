"""The address of the host that takes opinions, as a setting or a person gives it.

Knows its form. Must not know what stands there.
"""

from __future__ import annotations

import re

from ..domain.errors import PiaError


def address(given: str) -> str:
    """The address of the host that takes opinions, as a setting or a person gave it. PiaError when
    it is none."""
    if given in ("", ".") or re.fullmatch(
        r"https?://[\w.:\[\]-]+(?:/[\w./~-]*)?/", given, re.ASCII
    ):
        return given
    raise PiaError(
        "意見の画面の住所は、https:// で始まり / で終わる形（例 "
        "https://iken.example.lg.jp/）か . で指定してください。"
    )
