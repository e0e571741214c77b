"""Canonical bytes and digests: SHA-256 over RFC 8785 of {"v": 1, "kind", "value"}. Test vectors
stand in docs/contracts.md.

Knows text hygiene at the door and nothing of trees. Values hold only text, whole numbers, booleans,
null, lists and objects with ASCII keys; for these the standard library's JSON equals RFC 8785 to
the byte (a test compares both).
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any

from .errors import PiaError

VERSION = 1
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a value of ours."""
    return _encode(value).encode()


def digest(kind: str, value: Any) -> str:
    """Lower-case hex SHA-256 of one content."""
    return sha256(canonical({"v": VERSION, "kind": kind, "value": value})).hexdigest()


def clean(text: str, what: str = "文章") -> str:
    """Text at the door: CRLF and CR become LF; what no office document may hold is refused with its
    position; nothing else is changed.

    Refused: C0 controls but TAB and LF, lone surrogates, U+FFFE, U+FFFF.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    refused = _REFUSED.search(text)
    if refused:
        line = text.count("\n", 0, refused.start()) + 1
        place = refused.start() - (text.rfind("\n", 0, refused.start()) + 1) + 1
        raise PiaError(
            f"{what}の{line}行目{place}文字目に、文書で使えない文字（U+"
            f"{ord(refused.group()):04X}）があります。その文字を消してから、"
            "もう一度お試しください。"
        )
    return text
