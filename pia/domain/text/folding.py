"""Words found in a text whatever their width, spaces, line feeds, and whether they are written in
ひらがな or カタカナ; and what is nearly the same.

Knows letters only. Offsets are code points of the text as it stands. `NEAR` is told to whoever is
asked about a near copy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rapidfuzz import fuzz

NEAR = 85  # of 100: a passage at least this much like withheld words is shown to a person
NEAR_LETTERS = 8  # shorter words are alike by chance
_KANA = {index: index - 0x60 for index in range(ord("ァ"), ord("ヶ") + 1)}
_SENTENCE = re.compile(r"[^。\n]+[。\n]?")


@lru_cache(maxsize=20_000)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """The folded text, and for each of its letters where it came from."""
    out: list[str] = []
    where: list[int] = []
    for index, letter in enumerate(text):
        folded = "".join(unicodedata.normalize("NFKC", letter).split()).casefold().translate(_KANA)
        out.append(folded)
        where += [index] * len(folded)
    return "".join(out), tuple(where)


def fold(text: str) -> str:
    """The text for comparing: NFKC, no spaces or line feeds, small letters, カタカナ as ひらがな.
    Half-width カナ with a mark of its own is one letter as in full width."""
    return (
        "".join(
            unicodedata.normalize(
                "NFKC", text.replace("゛", "\u3099").replace("゜", "\u309a")
            ).split()
        )
        .casefold()
        .translate(_KANA)
    )


def found(text: str, word: str) -> list[tuple[int, int]]:
    """Where a word stands, half-open, from left to right without overlap."""
    sought = fold(word)
    if not sought or sought not in fold(text):
        return []
    folded, where = _folded(text)
    return _hits(folded, sought, where) or _composed(text, sought)


def _composed(text: str, sought: str) -> list[tuple[int, int]]:
    """Letters and their marks may be written apart (ｶﾞ, か゛): looked for once more with each mark
    joined to the letter before it."""
    out: list[str] = []
    where: list[int] = []
    for index, letter in enumerate(text):
        mark = {
            "ﾞ": "\u3099",
            "゛": "\u3099",
            "\u3099": "\u3099",
            "ﾟ": "\u309a",
            "゜": "\u309a",
            "\u309a": "\u309a",
        }.get(letter)
        if mark and out:
            joined = unicodedata.normalize("NFC", out[-1] + mark)
        else:
            joined = ""
        if len(joined) == 1:
            out[-1] = joined
            continue
        folded = _folded(letter)[0]
        out += list(folded)
        where += [index] * len(folded)
    return _hits("".join(out), sought, tuple(where))


def _hits(folded: str, sought: str, where: tuple[int, ...]) -> list[tuple[int, int]]:
    out = []
    at = folded.find(sought)
    while at >= 0:
        out.append((where[at], where[at + len(sought) - 1] + 1))
        at = folded.find(sought, at + len(sought))
    return out


def without(text: str, words: Iterable[str], instead: str) -> str:
    """The text with every place of these words replaced; the longest first is the caller's
    order."""
    places = []
    for word in words:
        for part in found(text, word):
            places.append(part)
    out = ""
    at = 0
    for start, end in sorted(places, key=lambda part: (part[0], -part[1])):
        if end <= at:
            continue
        if start >= at:
            out += text[at:start] + instead
        at = end
    return out + text[at:]


def near(text: str, word: str) -> Iterator[tuple[int, int]]:
    """Passages nearly like a word: within one sentence, at least `NEAR` alike, and not the word
    itself."""
    sought = fold(word)
    if len(sought) < NEAR_LETTERS:
        return
    for sentence in _SENTENCE.finditer(text):
        folded, where = _folded(sentence.group())
        if sought in folded or len(folded) < len(sought) // 2:
            continue
        hit = fuzz.partial_ratio_alignment(sought, folded, score_cutoff=NEAR)
        if hit is not None and hit.dest_end - hit.dest_start >= len(sought) * 0.8:
            start = sentence.start()
            yield start + where[hit.dest_start], start + where[hit.dest_end - 1] + 1
