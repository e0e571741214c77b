"""The file of a 持出し記録: the record of one sitting, sealed with its code, the same file on the
way out, on the laptop and on the way back.

Knows bytes and the shape of a record. Must not know rows, nor where a file stands.
"""

from __future__ import annotations

import zlib
from typing import Any

import orjson

from ...domain.errors import Refused, Unfit
from ..access import carried_code
from ..access.carried_code import CarriedKey
from . import desk_records
from .desk_records import NOT_OURS, Record

MAGIC = b"PIA-CARRIED-1\n"
MOST = 64 * 1024 * 1024  # bytes of a record once it is opened
ENDING = "piaset"


def written(key: CarriedKey, record: Record, about: str) -> bytes:
    """A record as its file; `about`: what may be read without the code."""
    plain = zlib.compress(orjson.dumps(record), 6)
    return MAGIC + orjson.dumps(carried_code.sealed(key, plain, about))


def read(data: bytes, code: str) -> tuple[CarriedKey, Record, str]:
    """(the key of a file, its record, what it says without the code). Unfit for another code,
    Refused for what is no such file."""
    if not data.startswith(MAGIC):
        raise Refused(NOT_OURS)
    envelope = _json(data[len(MAGIC) :])
    digits = carried_code.heard(code).encode()
    plain = carried_code.opened(digits, envelope) if digits else None
    if plain is None:
        raise Unfit("code", "コードが違うか、ファイルが途中で壊れています。")
    unpacked = zlib.decompressobj()
    try:
        text = unpacked.decompress(plain, MOST)
    except zlib.error as error:
        raise Refused(NOT_OURS) from error
    if unpacked.unconsumed_tail:
        raise Refused(NOT_OURS)
    record = desk_records.must_be_record(_json(text))
    return carried_code.key_again(digits, envelope), record, str(envelope["about"])


def about_of(data: bytes) -> str:
    """What a file says without its code. Refused for what is no such file."""
    if not data.startswith(MAGIC):
        raise Refused(NOT_OURS)
    return str(_json(data[len(MAGIC) :]).get("about") or "")


def _json(text: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(NOT_OURS) from error
    if not isinstance(said, dict):
        raise Refused(NOT_OURS)
    return said
