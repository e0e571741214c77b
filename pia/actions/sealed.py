"""Secrets that stand in the database and are readable only with the server's key.

Knows AES-GCM and one key. Must not know what is sealed. What the database holds of a second
factor, and what a backup of it holds, opens nothing without the key (ASVS 11.3, 13.3).
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..domain.errors import PiaError

_MARK = "sealed:1:"
_NONCE = 12  # bytes
NO_KEY = "サーバーの鍵（PIA_SECRET_KEY）が設定されていないため、2つ目の確認を使えません。管理者に知らせてください。"
OTHER_KEY = "2つ目の確認の鍵を読めません。サーバーの鍵（PIA_SECRET_KEY）が変わっています。管理者に、2つ目の確認を外してもらってください。"


def seal(words: str, key: str, about: str) -> str:
    """`words` as they may be kept. `about` (whose they are) is bound to them. PiaError without a
    key."""
    if not key:
        raise PiaError(NO_KEY)
    nonce = os.urandom(_NONCE)
    made = nonce + AESGCM(_derived(key)).encrypt(nonce, words.encode(), about.encode())
    return _MARK + base64.b64encode(made).decode()


def unseal(kept: str, key: str, about: str) -> str:
    """The words again; those an earlier release kept in clear are returned as they are. PiaError
    without the key they were sealed with."""
    if not is_sealed(kept):
        return kept
    if not key:
        raise PiaError(NO_KEY)
    made = base64.b64decode(kept.removeprefix(_MARK))
    try:
        opened = AESGCM(_derived(key)).decrypt(made[:_NONCE], made[_NONCE:], about.encode())
    except InvalidTag as e:
        raise PiaError(OTHER_KEY) from e
    return opened.decode()


def is_sealed(kept: str) -> bool:
    return kept.startswith(_MARK)


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"pia second factor 1").derive(key.encode())
