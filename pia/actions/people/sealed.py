"""Secrets that stand in the database and are readable only with the server's key.

Knows AES-GCM and one key. Must not know what is sealed. What the database holds of a second
factor, and what a backup of it holds, opens nothing without the key (ASVS 11.3, 13.3).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ...domain.errors import PiaError

_MARK = "sealed:1:"
_NONCE = 12  # bytes
ENOUGH = 128  # bits of the server's key (ASVS 11.2.3)
KINDS = 8  # different letters a key has at least
_HEX = set("0123456789abcdefABCDEF")
_SMALL = set("0123456789abcdefghijklmnopqrstuvwxyz")
NO_KEY = (
    "サーバーの鍵（PIA_SECRET_KEY）が設定されていないため、2つ目の確認を使えません。"
    "管理者に知らせてください。"
)
OTHER_KEY = (
    "2つ目の確認の鍵を読めません。サーバーの鍵（PIA_SECRET_KEY）が変わっています。"
    "管理者に、2つ目の確認を外してもらってください。"
)


def seal(words: str, key: str, about: str) -> str:
    """`words` as they may be kept. `about` (whose they are) is bound to them. PiaError without a
    key."""
    if not key:
        raise PiaError(NO_KEY)
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(_derived(key)).encrypt(nonce, words.encode(), about.encode())
    return _MARK + base64.b64encode(sealed).decode()


def unseal(kept: str, key: str, about: str, old: Sequence[str] = ()) -> str:
    """The words again; those an earlier release kept in clear are returned as they are. `old`: keys
    used before, for reading. PiaError without the key they were sealed with."""
    if not is_sealed(kept):
        return kept
    if not key:
        raise PiaError(NO_KEY)
    for secret in (key, *old):
        opened = _opened(kept, secret, about)
        if opened is not None:
            return opened
    raise PiaError(OTHER_KEY)


def is_current(kept: str, key: str, about: str) -> bool:
    """Whether words are sealed with this very key: what is not is sealed anew in use."""
    return is_sealed(kept) and _opened(kept, key, about) is not None


def _opened(kept: str, key: str, about: str) -> str | None:
    raw = base64.b64decode(kept.removeprefix(_MARK))
    try:
        return AESGCM(_derived(key)).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
    except InvalidTag:
        return None


def bits(key: str) -> int:
    """How many bits a key may hold at most, judged by its letters: 4 each of a hexadecimal one, 5
    of small letters and figures, 6 of others; few different letters, or the same again and again,
    hold little."""
    kinds = len(set(key))
    if kinds < KINDS or any(
        key == key[:index] * (len(key) // index) for index in range(1, len(key) // 2 + 1)
    ):
        return kinds
    if set(key) <= _HEX:
        each = 4
    elif set(key) <= _SMALL:
        each = 5
    else:
        each = 6
    return each * len(key)


def is_sealed(kept: str) -> bool:
    """Whether kept words are sealed."""
    return kept.startswith(_MARK)


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"pia second factor 1").derive(key.encode())
