"""Texts as a search reads them: letters of one width, case, kana and variant, without spaces; the
pairs of letters an index is made of; and what somebody typed to look for.

Knows letters only. Must not know an index or what a text is about. A text has a phrase exactly
where its folded letters hold those of the phrase: an index only says sooner which texts cannot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from . import variants

_KANA = {index: index - 0x60 for index in range(ord("ァ"), ord("ヶ") + 1)}
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_LETTERS = {ord(letter): first for letter, first in variants.ONE.items()}
_ONE = _KANA | _HYPHENS | _LETTERS
# A letter with what is written onto it: combining marks, half-width sound marks, selectors.
_CLUSTER = re.compile(
    rf".[\u0300-\u036f\u3099\u309aﾞﾟ゛゜{variants.SELECTORS}]*",
    re.DOTALL,
)
_SELECTOR = re.compile(f"[{variants.SELECTORS}]")
_APART = str.maketrans("゛゜", "\u3099\u309a")
_QUOTED = re.compile(r'([-－−]?)["“”＂]([^"“”＂]*)["“”＂]|(\S+)')
_MINUS = "-－−"
MOST_LETTERS = 200  # of what somebody types
MOST_PHRASES = 8
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=30_000)
def _fold(cluster: str) -> str:
    bare = _SELECTOR.sub("", cluster).translate(_APART)
    plain = unicodedata.normalize("NFKC", bare).casefold().translate(_ONE)
    return "".join(plain.split())


def folded(text: str) -> str:
    """The letters of a text as a search reads them."""
    return "".join(map(_fold, _CLUSTER.findall(text)))


def folded_at(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its letters where in the text it begins; one number more
    than letters, the last the length of the text."""
    letters: list[str] = []
    where: list[int] = []
    for match in _CLUSTER.finditer(text):
        plain = _fold(match.group())
        letters.append(plain)
        where += [match.start()] * len(plain)
    return "".join(letters), [*where, len(text)]


# ---- what an index is made of


@lru_cache(maxsize=30_000)
def _code(letter: str) -> str:
    """A letter as four letters any index takes for part of a word."""
    number = ord(letter)
    code = ""
    for _ in range(4):
        number, digit = divmod(number, len(_DIGITS))
        code = _DIGITS[digit] + code
    return code


def pairs(plain: str) -> list[str]:
    """The words an index keeps of a folded text: each pair of letters that stands in it, and its
    last letter alone. Every letter begins one of them."""
    codes = list(map(_code, plain))
    return sorted({first + second for first, second in zip(codes, [*codes[1:], ""])})


def needed(phrase: str) -> list[str]:
    """The words of an index that a text with this folded phrase has; of a phrase of one letter the
    beginning of one."""
    codes = list(map(_code, phrase))
    if len(codes) == 1:
        return codes
    return sorted({first + second for first, second in pairwise(codes)})


# ---- what somebody looks for


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed: phrases a text must all have, and those it must not have, folded."""

    phrases: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.phrases


def sought(typed: str) -> Sought:
    """Reads what somebody typed: words between spaces, each in the text somewhere; what stands
    between quotation marks as one phrase; what a minus stands before must not be in the text. At
    most `MOST_LETTERS` letters and `MOST_PHRASES` phrases are read.
    """
    phrases: list[str] = []
    without: list[str] = []
    for match in _QUOTED.finditer(typed[:MOST_LETTERS]):
        minus, quoted, word = match.groups()
        if word is not None and len(word) > 1 and word[0] in _MINUS:
            minus, word = word[0], word[1:]
        plain = folded(quoted if word is None else word)
        if plain:
            (without if minus else phrases).append(plain)
    return Sought(
        tuple(dict.fromkeys(phrases))[:MOST_PHRASES],
        tuple(dict.fromkeys(without))[:MOST_PHRASES],
    )


# ---- showing where it stands


@dataclass(frozen=True, slots=True)
class SnippetPiece:
    """Letters of a snippet; `marked` where they are what was looked for."""

    text: str
    marked: bool = False


def places(text: str, phrases: Iterable[str]) -> list[tuple[int, int]]:
    """Where folded phrases stand in a text, half-open, in order; places that touch are one."""
    plain, where = folded_at(text)
    found = []
    for phrase in phrases:
        at = plain.find(phrase)
        while at >= 0:
            found.append((where[at], _end(where, at + len(phrase))))
            at = plain.find(phrase, at + len(phrase))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def without(text: str, words: Iterable[str], instead: str) -> str:
    """The text with every place of these words replaced, however it writes their letters: a search
    must not find what is written in another way either."""
    out = ""
    at = 0
    for begin, end in places(text, filter(None, map(folded, words))):
        out += text[at:begin] + instead
        at = end
    return out + text[at:]


def _end(where: Sequence[int], at: int) -> int:
    """Where the letter before folded letter `at` ends: where the next one begins that is another
    letter of the text."""
    last = where[at - 1]
    while at < len(where) - 1 and where[at] == last:
        at += 1
    return where[at]


def snippet(
    text: str, phrases: Sequence[str], around: int = 40, most: int = 3
) -> list[SnippetPiece]:
    """At most `most` places of a text with `around` letters before and after each, what was found
    marked; 「…」 where something is left out. The beginning of the text where nothing is found."""
    found = places(text, phrases)
    stretches: list[tuple[int, int]] = []
    for begin, end in found or [(0, 0)]:
        first = max(0, begin - around)
        last = min(len(text), end + around)
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], last)
        elif len(stretches) < most:
            stretches.append((first, last))
        else:
            break
    pieces: list[SnippetPiece] = []
    for first, last in stretches:
        if first > 0:
            pieces.append(SnippetPiece("…"))
        pieces += _cut(text, first, last, [place for place in found if first <= place[0] < last])
    if stretches[-1][1] < len(text):
        pieces.append(SnippetPiece("…"))
    return pieces


def _cut(text: str, first: int, last: int, found: Iterable[tuple[int, int]]) -> list[SnippetPiece]:
    """A stretch of a text, what was found in it marked."""
    pieces = []
    at = first
    for begin, end in found:
        pieces.append(SnippetPiece(text[at:begin]))
        pieces.append(SnippetPiece(text[begin:end], True))
        at = end
    pieces.append(SnippetPiece(text[at:last]))
    return [piece for piece in pieces if piece.text]
