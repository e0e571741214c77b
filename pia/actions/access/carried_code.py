"""The code of what leaves the house, and what it seals (decision 0033).

Knows AES-GCM and PBKDF2, which every browser has too. Must not know pages, rows or what is sealed.
The code is said once, to whoever hands it over apart from the file, and is kept nowhere.
"""

from __future__ import annotations

import base64
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

DIGITS = 20  # 66 bits
ROUNDS = 600_000  # of PBKDF2 over SHA-256: what one guess costs
_SALT = 16  # bytes
_NONCE = 12  # bytes
_KEY = 32  # bytes
_GROUP = 4  # digits said together


def new() -> str:
    """A new code, in groups of four digits."""
    return said(f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}")


def said(digits: str) -> str:
    """A code in groups, as it is written down."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def heard(typed: str) -> str:
    """The digits of a code as somebody typed it, in letters of any width and with any signs between
    them; empty where it is no code."""
    narrow = unicodedata.normalize("NFKC", typed)
    digits = "".join(letter for letter in narrow if letter.isdecimal())
    rest = "".join(letter for letter in narrow if letter.isalpha())
    return digits if len(digits) == DIGITS and not rest else ""


def stretched(secret: bytes, salt: bytes) -> bytes:
    """The key that a secret makes with a salt."""
    return PBKDF2HMAC(SHA256(), _KEY, salt, ROUNDS).derive(secret)


def seal_of(code: str, about: str) -> str:
    """What is kept of a code: enough to know it again, as dear to guess as the file itself."""
    digits = heard(code).encode()
    return stretched(digits, f"pia carried set 1 {about}".encode()).hex()


@dataclass(frozen=True, slots=True)
class CarriedKey:
    """The key of one file, made of its code once. Never shown by accident."""

    salt: bytes
    key: bytes = field(repr=False)


def key_of(secret: bytes, salt: bytes | None = None) -> CarriedKey:
    """The key of a secret (the digits of a code, the bytes of some words); with a new salt where
    none is given."""
    salt = secrets.token_bytes(_SALT) if salt is None else salt
    return CarriedKey(salt, stretched(secret, salt))


def sealed(key: CarriedKey, plain: bytes, about: str) -> dict[str, str | int]:
    """What may leave the house, as JSON has it. `about` stands there to be read and cannot be
    changed without the seal breaking."""
    nonce = secrets.token_bytes(_NONCE)
    body = AESGCM(key.key).encrypt(nonce, plain, about.encode())
    return {
        "about": about,
        "rounds": ROUNDS,
        "salt": _text(key.salt),
        "nonce": _text(nonce),
        "body": _text(body),
    }


def opened(secret: bytes, envelope: Mapping[str, object]) -> bytes | None:
    """What was sealed; None where it is of another secret, or was changed, or is no such thing."""
    try:
        salt, nonce, body = (_bytes(envelope[name]) for name in ("salt", "nonce", "body"))
        about = str(envelope["about"]).encode()
        if envelope["rounds"] != ROUNDS or len(nonce) != _NONCE:
            return None
        return AESGCM(stretched(secret, salt)).decrypt(nonce, body, about)
    except (KeyError, ValueError, TypeError, InvalidTag):
        return None


def key_again(secret: bytes, envelope: Mapping[str, object]) -> CarriedKey:
    """The key an envelope was sealed with, for sealing what follows it."""
    return key_of(secret, _bytes(envelope["salt"]))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)
