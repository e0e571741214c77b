"""Which speeches of a transcript are those that were written down in the room (会議録).

Knows words, speakers and items. Must not know how either was recorded. Both run in the order of the
meeting, so pairs never cross within an item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

ALIKE = 60.0  # of 100, of the shorter text within the longer one
SHORT = 4  # letters; shorter answers (はい。) are the same only to the letter


@dataclass(frozen=True, slots=True)
class Uttered:
    """What is compared of a speech: its item, who spoke as printed, and the words."""

    item: str
    speaker: str
    text: str


def pairs(read: Sequence[Uttered], noted: Sequence[Uttered]) -> Mapping[int, int]:
    """Place in `read` → place in `noted` of the same speech."""
    out: dict[int, int] = {}
    after: dict[str, int] = {}
    for place, note in enumerate(noted):
        for candidate in range(after.get(note.item, 0), len(read)):
            if candidate not in out and _same(read[candidate], note):
                out[candidate] = place
                after[note.item] = candidate + 1
                break
    return out


def _same(read: Uttered, note: Uttered) -> bool:
    if (read.item, _role(read.speaker)) != (note.item, _role(note.speaker)):
        return False
    mine = "".join(read.text.split())
    theirs = "".join(note.text.split())
    if min(len(mine), len(theirs)) <= SHORT:
        return mine == theirs
    return fuzz.partial_ratio(mine, theirs) >= ALIKE


def _role(speaker: str) -> str:
    """実施機関 of 実施機関（国保年金課）: the room hears one of them."""
    return speaker.split("（")[0]
