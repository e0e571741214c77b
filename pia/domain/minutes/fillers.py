"""Words of hesitation (えー, あのー, まあ、) taken out of a speech on wish; what goes is told, so
that the change can be shown before it is made.

Knows words only. A word is hesitation where nothing leans on it: あの件, その他, まあまあ stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

DRAWN = (
    "えーと",
    "えーっと",
    "えー",
    "えっと",
    "あのー",
    "そのー",
    "まあー",
    "うーん",
    "うーんと",
    "んー",
    "ええと",
)
"""Never part of a word behind a pause: they go whatever follows."""
PLAIN = ("あの", "その", "まあ", "まぁ", "なんか", "こう")
"""Words that are hesitation only between two pauses; ええ is a yes and stays."""
_PAUSE = "。、，？！?!…「『（(\n 　"


@lru_cache(maxsize=16)
def _pattern(drawn: tuple[str, ...], plain: tuple[str, ...]) -> re.Pattern[str]:
    longest = "|".join(re.escape(word) + "ー*" for word in sorted(drawn, key=len, reverse=True))
    short = "|".join(map(re.escape, sorted(plain, key=len, reverse=True)))
    return re.compile(
        rf"(?:(?<=[{re.escape(_PAUSE)}])|(?<![\s\S]))"
        rf"(?:(?:{longest})[、，…]*|(?:{short})(?:[、，]|…+、?))+"
    )


def without_fillers(
    text: str, drawn: Sequence[str] = DRAWN, plain: Sequence[str] = PLAIN
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without words of hesitation, and the half-open ranges of the text that went. `drawn`
    and `plain` are a city's own words where it has any.
    """
    gone = tuple(match.span() for match in _pattern(tuple(drawn), tuple(plain)).finditer(text))
    kept = []
    at = 0
    for start, end in gone:
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:])), gone
