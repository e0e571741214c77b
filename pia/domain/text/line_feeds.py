"""Which line feeds of two texts are only layout: where one breaks a line that runs on in the other.

Knows the letters that count of both. A line feed that has its like in the other text, or stands
where something came or went, ends a line and stays.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from . import alignment, dates
from .notation import Plain
from .numbering import Shifts
from .tokens import sentences

# Where a line feed (with the blanks around it) was typed, and what counts instead: nothing, or the
# blank that the other text has there.
Feed = tuple[int, str]


def without_layout(old: Plain, new: Plain, coarse: list[bool]) -> tuple[Plain, Plain]:
    """Both without the line feeds that are only layout."""
    old_feeds, new_feeds = layout(old, new, coarse)
    return _without(old, old_feeds), _without(new, new_feeds)


def _without(text: Plain, feeds: Sequence[Feed]) -> Plain:
    if not feeds:
        return text
    spots = []
    for typed, instead in feeds:
        place = bisect_left(text.begins, typed)
        spots.append((place, place + 1, instead))
    return text.with_instead(spots)


def layout(old: Plain, new: Plain, coarse: list[bool]) -> tuple[list[Feed], list[Feed]]:
    """The line feeds of each that are only layout, in order."""
    if "\n" not in old.text[:-1] and "\n" not in new.text[:-1]:
        return [], []
    old, new = dates.spelled_alike(old, new)
    old, new = Shifts(old, new).levelled(old, new)
    old_parts = sentences(old.text)
    new_parts = sentences(new.text)
    old_feeds: list[Feed] = []
    new_feeds: list[Feed] = []
    at_a = at_b = 0
    index = other_index = 0
    for a0, a1, b0, b1 in alignment.runs(old_parts, new_parts, coarse):
        at_a += sum(map(len, old_parts[index:a0]))
        at_b += sum(map(len, new_parts[other_index:b0]))
        run = "".join(old_parts[a0:a1])
        other = "".join(new_parts[b0:b1])
        if run and other and ("\n" in run[:-1] or "\n" in other[:-1]):
            here, there = _layout(run, other, coarse)
            old_feeds += [(old.begins[at_a + place], instead) for place, instead in here]
            new_feeds += [(new.begins[at_b + place], instead) for place, instead in there]
        at_a += len(run)
        at_b += len(other)
        index = a1
        other_index = b1
    return old_feeds, new_feeds


def _layout(old: str, new: str, coarse: list[bool]) -> tuple[list[Feed], list[Feed]]:
    here = _Feeds(old)
    there = _Feeds(new)
    runs = []
    for run in alignment.runs(here.letters, there.letters, coarse):
        runs.append(_widest(here.letters, there.letters, run))
    back = [(b0, b1, a0, a1) for a0, a1, b0, b1 in runs]
    return here.only_layout(runs, there), there.only_layout(back, here)


def _widest(old: str, new: str, run: alignment.Run) -> alignment.Run:
    """A run with the equal letters over which what came or went could as well be moved."""
    a0, a1, b0, b1 = run
    if a0 != a1 and b0 != b1:
        return run
    text, start, end = (new, b0, b1) if a0 == a1 else (old, a0, a1)
    left = 0
    while left < min(a0, b0) and text[start - 1 - left] == text[end - 1 - left]:
        left += 1
    right = 0
    room = min(len(old) - a1, len(new) - b1)
    while right < room and text[start + right] == text[end + right]:
        right += 1
    return a0 - left, a1 + right, b0 - left, b1 + right


class _Feeds:
    """A text without its line feeds, and how many letters stand before each."""

    def __init__(self, text: str):
        self.places: list[int] = []
        self.counts: list[int] = []
        for match in _FEED.finditer(text):
            self.counts.append(match.start() - len(self.places))
            self.places.append(match.start())
        self.letters = text.replace("\n", "")

    def only_layout(self, runs: list[alignment.Run], other: _Feeds) -> list[Feed]:
        """Those that have no like in the other text."""
        out = []
        for place, count in zip(self.places, self.counts):
            if self._ends_by_itself(count):
                continue
            low, high = _image(count, runs)
            if not other.has_between(low, high):
                out.append((place, " " if other.letters[low:high] == " " else ""))
        return out

    def _ends_by_itself(self, count: int) -> bool:
        """Whether a line ends as the text or as a sentence does."""
        if count in (0, len(self.letters)):
            return True
        return self.letters[count - 1] == "。" and self.letters[count] not in "）」』】"

    def has_between(self, low: int, high: int) -> bool:
        """Whether one stands behind so many letters, or the text ends there; before what marks an
        item of a list, too."""
        if high >= len(self.letters) or low == 0:
            return True
        at = bisect_right(self.counts, high) - 1
        line = self.counts[at] if at >= 0 else 0
        return line >= low or _MARK.fullmatch(self.letters[line:low]) is not None


_FEED = re.compile("\n")
_MARK = re.compile(r"[^ぁ-ゖァ-ヺ一-鿿]{1,4}|第1[条項号章節]|[アイ一]")


def _image(count: int, runs: list[alignment.Run]) -> tuple[int, int]:
    """Where the letters before and behind a place stand in the other text."""
    low = high = count
    at = bisect_right(runs, (count, count, -1, -1)) - 1
    if at >= 0 and runs[at][1] >= count:
        return runs[at][2], max(_after(count, runs, at + 1), runs[at][3])
    if at >= 0:
        low = high = count - runs[at][1] + runs[at][3]
    return low, max(high, _after(count, runs, at + 1))


def _after(count: int, runs: list[alignment.Run], at: int) -> int:
    """The end of what changed right behind a place, in the other text; 0 for nothing."""
    if at < len(runs) and runs[at][0] == count:
        return runs[at][3]
    return 0
