"""The key of a member's own notes: drawn at random, held by the member's browser alone, said as a
few words where they want to take it to another tablet.

Knows AES-GCM and Scrypt of `cryptography`. Must not know cookies, pages or rows. Nothing of a key
is stored, logged or hashed here: who loses it loses the notes (decision 0031).
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ...domain.text import passphrase

_SEED = 8  # bytes: as many words
_KEY = 32  # bytes
_NONCE = 12  # bytes
_ROOM = 512  # what is sealed is as long as a multiple of this: its length says little
_COST = 2**15  # of Scrypt: each guess at the words needs 32 MB


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The key of one member's notes, with what it is made of. Never shown by accident."""

    member: int
    seed: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @property
    def words(self) -> str:
        """控えの合言葉."""
        return passphrase.said(self.seed)

    @property
    def kept(self) -> str:
        """As the browser keeps it."""
        return f"{self.member}.{base64.urlsafe_b64encode(self.seed + self.key).decode()}"


def new(member: int) -> NoteKey:
    """A new key for a member."""
    return _of_seed(member, secrets.token_bytes(_SEED))


def of_words(member: int, words: str) -> NoteKey | None:
    """The key that words stand for; None where they are no such words."""
    seed = passphrase.heard(words)
    return _of_seed(member, seed) if seed is not None and len(seed) == _SEED else None


def of_kept(kept: str, member: int) -> NoteKey | None:
    """The key a browser kept, where it is this member's."""
    whose, _, rest = kept.partition(".")
    try:
        raw = base64.urlsafe_b64decode(rest.encode("ascii"))
    except ValueError:
        return None
    if whose != str(member) or len(raw) != _SEED + _KEY:
        return None
    return NoteKey(member, raw[:_SEED], raw[_SEED:])


def _of_seed(member: int, seed: bytes) -> NoteKey:
    stretch = Scrypt(salt=f"pia own note 1 {member}".encode(), length=_KEY, n=_COST, r=8, p=1)
    return NoteKey(member, seed, stretch.derive(seed))


def seal(key: NoteKey, note: Mapping[str, Any]) -> str:
    """A note as it may be stored."""
    plain = json.dumps(note, ensure_ascii=False).encode()
    plain += b" " * (-len(plain) % _ROOM)
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(key.key).encrypt(nonce, plain, _about(key))
    return base64.b64encode(sealed).decode()


def opened(key: NoteKey, sealed: str) -> dict[str, Any] | None:
    """What a stored note says; None where it was sealed with another key."""
    raw = base64.b64decode(sealed)
    try:
        plain = AESGCM(key.key).decrypt(raw[:_NONCE], raw[_NONCE:], _about(key))
    except InvalidTag:
        return None
    note: dict[str, Any] = json.loads(plain)
    return note


def _about(key: NoteKey) -> bytes:
    return f"own note of {key.member}".encode()
