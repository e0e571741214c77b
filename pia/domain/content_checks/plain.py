"""What may be hard to read for residents and members: long sentences, negations on top of each
other, の upon の upon の, words nobody explains. Each is a hint a writer may wave away.

Knows Japanese sentences and the limits of the rules. Must not know where a text stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_SENTENCE = re.compile(r"[^。\n]+。?")
_HEAD = re.compile(r"^[\s　①-⑳・･＜＞<>【】（）()\d１-９０．.、]*")
_TWICE = re.compile(
    r"(?:ない|なく|ず)(?:こと|わけ|もの|とき|と)?(?:は|が|も|では|には|にも|とは|とも)?"
    r"(?:ない|なく|いかない|限らない|言えない|いえない|いられない|ありません)"
)
_DUTY = re.compile(r"(?:なければ|なくては|ないと)なら(?:ない|ず|なく)")
_WORD = r"[^\s　、。「」『』（）()・のをにがはでとへもや]{1,8}"
_ACRONYM = re.compile(r"(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class PlainHint:
    """A sentence that may be hard to read: by which rule, the words it is about, in which
    sentence, and what is said of it."""

    rule: str
    words: str
    within: str
    sentence: str


def hints(text: str, rules: Mapping[str, Any], explained: frozenset[str]) -> tuple[PlainHint, ...]:
    """The hints of a text. `rules`: those of content-checks.yaml; `explained`: the words the city's
    word book explains."""
    limits = {rule["id"]: rule for rule in rules["plain"]}
    length = limits.get("long_sentence", {}).get("letters", 0)
    times = limits.get("three_no", {}).get("times", 0)
    words = (tuple(rules["terms"]), frozenset(rules["known"]) | explained)
    out = []
    for rule, said, within, values in _read(text, length, times, words):
        if rule in limits:
            sentence = limits[rule]["sentence"].format(words=said, **dict(values))
            out.append(PlainHint(rule, said, within, sentence))
    return tuple(out)


_Read = tuple[str, str, str, tuple[tuple[str, int], ...]]


@lru_cache(maxsize=4000)
def _read(
    text: str, length: int, times: int, words: tuple[tuple[str, ...], frozenset[str]]
) -> tuple[_Read, ...]:
    """(rule, words, sentence, numbers for what is said) of each hint."""
    out: list[_Read] = []
    for match in _SENTENCE.finditer(text):
        sentence = _HEAD.sub("", match.group()).strip()
        letters = len(re.sub(r"\s", "", sentence))
        if length and letters > length:
            numbers = (("letters", letters), ("limit", length))
            out.append(("long_sentence", sentence[:20], sentence, numbers))
        for twice in _TWICE.finditer(_DUTY.sub("", sentence)):
            out.append(("two_negations", twice.group(), sentence, ()))
        if times:
            out += _in_a_row(sentence, times)
    out += _unexplained(text, words)
    return tuple(out)


def _in_a_row(sentence: str, times: int) -> Iterator[_Read]:
    # その他の is one word.
    whole = sentence.replace("その他の", "、")
    for row in re.finditer(rf"{_WORD}(?:の{_WORD}){{{times},}}", whole):
        numbers = (("times", row.group().count("の")),)
        yield "three_no", row.group(), sentence, numbers


def _unexplained(text: str, words: tuple[tuple[str, ...], frozenset[str]]) -> Iterable[_Read]:
    """Words that need an explanation and have none: neither in the word book nor in brackets beside
    them. Each once a text."""
    wanted, explained = words
    plain = unicodedata.normalize("NFKC", text)
    met = dict.fromkeys(term for term in wanted if term in text)
    met |= dict.fromkeys(_ACRONYM.findall(plain))
    for term in met:
        beside = re.search(rf"{re.escape(term)}[(（]|[(（]{re.escape(term)}[)）]|{term}とは", plain)
        if term not in explained and not beside:
            yield "unexplained_term", term, term, ()
