"""Passwords: which may be used, how they are kept, and that checking them cannot stop the server.

Knows hashes and words that are easy to guess. Must not know accounts or sessions. Serves
ASVS 6.2, 11.4: a hash is slow on purpose, so one is made at a time.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from ...domain.errors import PiaError

# letters of a password; a sentence is welcome
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LEAST = 12
MOST = 128
STRONG = 3  # of zxcvbn's 0 to 4: safe against a thief of the hashes who tries for months
LEFT = 6  # letters that are not words of the person or the city
JUDGED = 72  # letters zxcvbn looks at; a longer password is at least as good as its beginning
WAITING = 4  # people whose password may be looked at or wait for it; the next is asked to wait
OURS = ("pia", "mynumber", "maina", "tokutei", "kojin", "joho", "hogo", "hyoka", "shiyakusho")
SIMPLE = (
    "そのパスワードは推測されやすいため使えません。"
    "関係のない言葉をいくつか並べると、安全で覚えやすくなります。"
)
LEAKED = (
    "そのパスワードは、外に漏れたパスワードの一覧にあるため使えません。"
    "別のパスワードにしてください。"
)
BUSY = "サインインが混み合っています。少し待ってから、もう一度お試しください。"

_places = threading.BoundedSemaphore(WAITING)
_turn = threading.Lock()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _dummy() -> str:
    """Checked where there is no such account, so that the time taken tells nothing."""
    return _hasher().hash(secrets.token_hex(16))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """The turn of one password. PiaError at once when too many wait already: who waits holds a
    thread that others need."""
    if not _places.acquire(blocking=False):
        raise PiaError(BUSY)
    try:
        with _turn:
            yield
    finally:
        _places.release()


def generated() -> str:
    """A first password nobody has to think of: five groups of four letters that are not taken for
    each other, about 98 bits."""
    groups = []
    for _ in range(5):
        groups.append("".join(secrets.choice(_LETTERS) for _ in range(4)))
    return "-".join(groups)


def check(password: str, words: Iterable[str] = (), leaked: str = "") -> None:
    """PiaError for a password nobody should use. `words`: those of the person and the city, which
    others guess first; `leaked`: a city's file of passwords that became known, one a line."""
    if not LEAST <= len(password) <= MOST:
        raise PiaError(
            f"パスワードは{LEAST}文字以上{MOST}文字以下にしてください。"
            "文章のような長いものが安全です。"
        )
    known = sorted(_parts((*words, *OURS)), key=len, reverse=True)
    if _others(password, known) < LEFT:
        raise PiaError(
            "名前や所属の言葉を除くと、ほとんど残りません。関係のない言葉を足してください。"
        )
    if zxcvbn(password[:JUDGED], user_inputs=known)["score"] < STRONG:
        raise PiaError(SIMPLE)
    if leaked and _stands_in(leaked, password):
        raise PiaError(LEAKED)


def _stands_in(file: str, password: str) -> bool:
    """Whether a line of the file is this password; the file may be large."""
    import mmap

    line = password.encode()
    with Path(file).open("rb") as opened:
        if not opened.seek(0, 2):
            return False
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            at = text.find(line)
            while at >= 0:
                before = text[max(0, at - 1) : at]
                after = text[at + len(line) : at + len(line) + 1]
                if before in (b"", b"\n") and after in (b"", b"\n", b"\r"):
                    return True
                at = text.find(line, at + 1)
    return False


def _parts(words: Iterable[str]) -> set[str]:
    """The words, each also without its spaces and dots, in small letters."""
    parts: set[str] = set()
    for word in words:
        pieces = word.lower().replace("　", " ").replace(".", " ").split()
        parts |= {piece for piece in (*pieces, "".join(pieces)) if len(piece) > 1}
    return parts


def _others(password: str, known: Iterable[str]) -> int:
    """How many letters are left without known words and without what stands between words; all of
    them where no known word is in it, for a password may be of any letters."""
    left = password.lower()
    for word in known:
        left = left.replace(word, "")
    if left == password.lower():
        return len(password)
    return sum(1 for letter in left if letter.isalnum())


def hashed(password: str, words: Iterable[str] = (), leaked: str = "") -> str:
    """The hash to keep. PiaError for a password nobody should use."""
    check(password, words, leaked)
    with one_at_a_time():
        return _hasher().hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash is kept; as slow where none is kept.

    One that is longer than any can be is another, also where it begins alike.
    """
    possible = kept is not None and len(password) <= MOST
    try:
        return _hasher().verify(kept or _dummy(), password[:MOST]) and possible
    except (VerifyMismatchError, InvalidHashError):
        return False
