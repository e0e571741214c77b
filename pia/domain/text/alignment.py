"""The one sequence alignment: two lists of hashable things in, the runs in which they differ out,
within a budget.

Bit-parallel (rapidfuzz) where the pair is small enough, by things unique to both sides where it is
not, and one whole run where even that fails. Knows nothing of text or trees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from rapidfuzz.distance import Indel, Levenshtein

Run = tuple[int, int, int, int]  # a0, a1, b0, b1: a[a0:a1] became b[b0:b1]
_CELLS = 60_000_000  # about 30 ms; beyond it Levenshtein, which needs no matrix
_MOST = 1_500_000_000  # about 100 ms


def kept_in_order(order: Sequence[int]) -> set[int]:
    """Indices of a longest increasing subsequence: what did not move."""
    tails: list[int] = []
    ends: list[int] = []
    before = [-1] * len(order)
    for index, number in enumerate(order):
        at = bisect_left(tails, number)
        if at == len(tails):
            tails.append(number)
            ends.append(index)
        else:
            tails[at] = number
            ends[at] = index
        if at:
            before[index] = ends[at - 1]
        else:
            before[index] = -1
    out: set[int] = set()
    if ends:
        index = ends[-1]
    else:
        index = -1
    while index >= 0:
        out.add(index)
        index = before[index]
    return out


def ends(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[int, int]:
    """How many things both begin with, and how many of the rest both end with."""
    count = len(a)
    length = len(b)
    head = 0
    limit = min(count, length)
    while head < limit and a[head] == b[head]:
        head += 1
    tail = 0
    limit = limit - head
    while tail < limit and a[count - 1 - tail] == b[length - 1 - tail]:
        tail += 1
    return head, tail


def runs(
    a: Sequence[Hashable], b: Sequence[Hashable], coarse: list[bool] | None = None
) -> list[Run]:
    """Where two lists differ, in order. When the budget is used up, True is put into `coarse` and a
    run is wider than it need be.
    """
    count = len(a)
    length = len(b)
    head, tail = ends(a, b)
    if head + tail == count or head + tail == length:
        if count != length:
            return [(head, count - tail, head, length - tail)]
        return []
    if head or tail:
        a = a[head : count - tail]
        b = b[head : length - tail]
    if len(a) * len(b) > _MOST:
        inner = _by_unique(a, b, coarse)
    else:
        inner = _opcodes(a, b)
    if head:
        rows = []
        for a0, a1, b0, b1 in inner:
            rows.append((a0 + head, a1 + head, b0 + head, b1 + head))
        return rows
    return inner


def _opcodes(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Run]:
    codes: dict[Hashable, int] = {}
    for code, thing in enumerate(dict.fromkeys((*a, *b))):
        codes[thing] = code if code < 0xD800 else code + 0x800  # no halves of a letter
    x: Any = [codes[thing] for thing in a]
    y: Any = [codes[thing] for thing in b]
    if len(codes) < 1_000_000:
        x = "".join(map(chr, x))
        y = "".join(map(chr, y))
    distance: Any = Levenshtein
    if len(x) * len(y) <= _CELLS:
        distance = Indel
    out: list[Run] = []
    for tag, a0, a1, b0, b1 in distance.opcodes(x, y).as_list():
        if tag == "equal":
            continue
        if out and out[-1][1] == a0 and out[-1][3] == b0:
            out[-1] = (out[-1][0], a1, out[-1][2], b1)
        else:
            out.append((a0, a1, b0, b1))
    return out


def _by_unique(
    a: Sequence[Hashable], b: Sequence[Hashable], coarse: list[bool] | None
) -> list[Run]:
    """Cut at things that stand once on either side and in the same order; the gaps between are
    aligned in their turn.
    """
    anchors = _anchors(a, b)
    if not anchors:
        if coarse is not None:
            coarse.append(True)
        return [(0, len(a), 0, len(b))]
    out: list[Run] = []
    start_a = 0
    start_b = 0
    for x, y in [*anchors, (len(a), len(b))]:
        if x > start_a or y > start_b:
            for a0, a1, b0, b1 in runs(a[start_a:x], b[start_b:y], coarse):
                out.append((a0 + start_a, a1 + start_a, b0 + start_b, b1 + start_b))
        start_a = x + 1
        start_b = y + 1
    return out


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """(index, index) of things that stand once on either side and kept their order."""
    count_a = Counter(a)
    count_b = Counter(b)
    where = {}
    for index, thing in enumerate(b):
        if count_b[thing] == 1 == count_a.get(thing):
            where[thing] = index
    common = []
    for index, thing in enumerate(a):
        if thing in where:
            common.append((index, where[thing]))
    kept = kept_in_order([index for _, index in common])
    return [common[index] for index in sorted(kept)]


def sample(text: str, most: int = 6_000) -> str:
    """Enough of a text to say how alike it is to another: all of it, or both ends. Likeness costs
    the product of the lengths, and a line may be endless.
    """
    if len(text) <= most:
        return text
    return text[: most // 2] + text[-most // 2 :]
