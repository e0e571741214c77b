"""How one text became another, in pieces a lay reader follows: sentences first, then words, with edges where a person would put them.

Exact underneath: unmarked text is equal to the letter on both sides. Three views: "phrase" (default), "char" (minimal marks, for lawyers), "clause".
Knows tokens; nothing of trees. The work is bounded: when a pair is too large to align it is marked coarser, never wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

from . import alignment
from .hunks import Piece, hunks
from .tokens import common, script, sentences

_PAIR = 0.45  # sentences at least this alike are one edited sentence
_MOVED = 0.70  # and this alike, elsewhere, one moved sentence
_MOVED_CHARS = 12
_SAME_CHARS = 8  # a sentence equal to the letter may be this short
_CELL = ("｜", "\t")
_ENDS = ("\n", *_CELL)
_PAIRS = 2_500
_WEIGHED = 900


class Span(NamedTuple):
    """A piece of both texts: op is equal, delete, insert or notation; ranges are code points, half-open, and may be empty."""

    op: str
    a0: int
    a1: int
    b0: int
    b1: int
    move: int | None = None


class Spans(tuple[Span, ...]):
    """The spans of one pair of texts. `coarse`: the budget was used up, so marks are wider than they need be; they are still exact."""

    coarse: bool = False

    @classmethod
    def of(cls, pieces: Iterable[Span], coarse: bool = False) -> Spans:
        made = cls(pieces)
        made.coarse = coarse
        return made


def spans(old: str, new: str, view: str = "phrase") -> Spans:
    """Spans that tile each side without overlap, in the order of the new text, a deletion after its left neighbour. Pieces of a moved passage carry
    the same `move` number and stand where it is now."""
    if old == new:
        return Spans.of((Span("equal", 0, len(old), 0, len(new)),) if old else ())
    if not old or not new:
        return Spans.of(
            (Span("delete", 0, len(old), 0, 0),) if old else (Span("insert", 0, 0, 0, len(new)),)
        )
    head, tail = common(old, new)
    head = old.rfind("\n", 0, head) + 1
    line = old.find("\n", len(old) - tail)
    tail = len(old) - line - 1 if line >= 0 else 0
    coarse: list[bool] = []
    out: list[Span] = [Span("equal", 0, head, 0, head)] if head else []
    out += _sentences(old[head : len(old) - tail], new[head : len(new) - tail], head, view, coarse)
    if tail:
        out.append(Span("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return Spans.of(_joined(old, new, out), bool(coarse))


def _offsets(parts: Sequence[str], start: int) -> list[int]:
    out = [start]
    for p in parts:
        out.append(out[-1] + len(p))
    return out


def _sentences(a: str, b: str, start: int, view: str, coarse: list[bool]) -> list[Span]:
    """Spans of two texts that both begin at `start`."""
    sa, sb = sentences(a), sentences(b)
    head, tail = alignment.ends(sa, sb)
    before, after = sum(map(len, sa[:head])), sum(map(len, sa[len(sa) - tail :]))
    out = [Span("equal", start, start + before, start, start + before)] if head else []
    out += _changed(
        sa[head : len(sa) - tail], sb[head : len(sb) - tail], start + before, view, coarse
    )
    if tail:
        out.append(
            Span(
                "equal",
                start + len(a) - after,
                start + len(a),
                start + len(b) - after,
                start + len(b),
            )
        )
    return out


def _changed(sa: list[str], sb: list[str], start: int, view: str, coarse: list[bool]) -> list[Span]:
    """Spans of sentences from the first to the last that differ."""
    oa, ob = _offsets(sa, start), _offsets(sb, start)
    partner = _partners(sa, sb, coarse)  # new sentence -> old sentence
    kept = set(partner.values())
    gone, fresh = (
        [i for i in range(len(sa)) if i not in kept],
        [j for j in range(len(sb)) if j not in partner],
    )
    moved = _moves(sa, sb, gone, fresh, coarse)
    numbers = _move_numbers(moved)
    old_of = {**partner, **moved}
    left_behind: dict[int, list[int]] = defaultdict(list)
    in_place = {i: j for j, i in partner.items()}
    away = set(moved.values())
    anchor = -1
    for i in range(len(sa)):
        if i in in_place:
            anchor = in_place[i]
        elif i not in away:
            left_behind[anchor].append(i)
    out = [Span("delete", oa[i], oa[i + 1], ob[0], ob[0]) for i in left_behind[-1]]
    for j, sentence in enumerate(sb):
        if j in old_of:
            i = old_of[j]
            if sa[i] == sentence:
                out.append(Span("equal", oa[i], oa[i + 1], ob[j], ob[j + 1], numbers.get(j)))
            else:
                out += _inner(hunks(sa[i], sentence, view, coarse), oa[i], ob[j], numbers.get(j))
        else:
            out.append(
                Span(
                    "insert",
                    out[-1].a1 if out else start,
                    out[-1].a1 if out else start,
                    ob[j],
                    ob[j + 1],
                )
            )
        out += [Span("delete", oa[i], oa[i + 1], ob[j + 1], ob[j + 1]) for i in left_behind[j]]
    return out


def _partners(sa: list[str], sb: list[str], coarse: list[bool]) -> dict[int, int]:
    """Which old sentence each new one was, in order: equal ones, and edited ones alike enough."""
    out: dict[int, int] = {}
    i = j = 0
    for a0, a1, b0, b1 in [*_windows(sa, sb, coarse), (len(sa), len(sa), len(sb), len(sb))]:
        out.update(zip(range(j, b0), range(i, a0)))
        out.update((b0 + y, a0 + x) for x, y in _pairs(sa[a0:a1], sb[b0:b1], coarse))
        i, j = a1, b1
    return out


def _windows(sa: list[str], sb: list[str], coarse: list[bool]) -> list[alignment.Run]:
    """Runs of sentences that differ. Where one of them only changed its place, a few sentences are one window: paired by weight, a long sentence that
    stayed counts for more than two short ones."""
    runs = alignment.runs(sa, sb, coarse)
    if len(runs) > 1 and (runs[-1][1] - runs[0][0]) * (runs[-1][3] - runs[0][2]) <= _WEIGHED:
        gone = {s for a0, a1, _, _ in runs for s in sa[a0:a1]}
        if any(s in gone for _, _, b0, b1 in runs for s in sb[b0:b1]):
            return [(runs[0][0], runs[-1][1], runs[0][2], runs[-1][3])]
    return runs


def _move_numbers(moved: dict[int, int]) -> dict[int, int]:
    """Consecutive sentences that moved together are one passage."""
    out: dict[int, int] = {}
    n = 0
    for j in sorted(moved):
        if not (j - 1 in moved and moved[j - 1] == moved[j] - 1):
            n += 1
        out[j] = n
    return out


def _same_frame(x: str, y: str) -> bool:
    """Whether one sentence in the place of another begins or ends with the same content words, however unlike the rest is."""
    head, tail = common(x, y)
    return head + tail >= 4 and any(script(c) in "kt" for c in x[:head] + x[len(x) - tail :])


def _alike(x: str, y: str, least: float) -> float:
    """Similarity 0 to 1, or 0 below `least`."""
    if 2 * min(len(x), len(y)) < least * (len(x) + len(y)):
        return 0.0
    return Indel.normalized_similarity(x, y, score_cutoff=least)


def _worth(x: str, y: str) -> float:
    alike = _alike(x, y, _PAIR)
    return alike * alike * max(len(x), 8)


def _pairs(a: list[str], b: list[str], coarse: list[bool]) -> list[tuple[int, int]]:
    """Changed sentences paired in order, the most alike in all (dynamic programming); by place where there are too many."""
    m, n = len(a), len(b)
    if not m or not n:
        return []
    if m == n == 1:
        return [(0, 0)] if _alike(a[0], b[0], _PAIR) or _same_frame(a[0], b[0]) else []
    if m == n and all(x[-1] == y[-1] in _CELL for x, y in zip(a[:-1], b[:-1])):
        return [(i, i) for i in range(m)]  # the cells of one row
    if m * n > _PAIRS:
        if m != n:
            coarse.append(True)
        return [(i, i) for i in range(min(m, n)) if _alike(a[i], b[i], _PAIR)]
    same = set(a) & set(b)  # a sentence that is there to the letter pairs with itself or with none
    fresh = [(j, y) for j, y in enumerate(b) if y not in same]
    worth = [[0.0] * n for _ in a]
    for x, row in zip(a, worth):
        for j, y in enumerate(b) if x in same else fresh:
            if x == y:
                row[j] = float(max(len(x), 8))
            elif x not in same:
                row[j] = _worth(x, y)
    best = [[0.0] * (n + 1) for _ in range(m + 1)]
    for i in range(m - 1, -1, -1):
        row, below, here = best[i], best[i + 1], worth[i]
        for j in range(n - 1, -1, -1):
            value = max(below[j], row[j + 1])
            row[j] = max(value, below[j + 1] + here[j]) if here[j] else value
    out, i, j = [], 0, 0
    while i < m and j < n:
        if worth[i][j] and best[i][j] == best[i + 1][j + 1] + worth[i][j]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return out


def _moves(
    a: list[str], b: list[str], gone: list[int], fresh: list[int], coarse: list[bool]
) -> dict[int, int]:
    """Sentences that left one place and came up in another, alike enough: new index -> old index."""
    out: dict[int, int] = {}
    taken: set[int] = set()
    left = [i for i in gone if len(a[i].strip()) >= _SAME_CHARS]
    came = [j for j in fresh if len(b[j].strip()) >= _SAME_CHARS]
    where: dict[str, list[int]] = defaultdict(list)
    for i in left:
        where[a[i].strip()].append(i)
    for j in came:
        if where[b[j].strip()]:
            out[j] = where[b[j].strip()].pop(0)
            taken.add(out[j])
    left = [i for i in left if i not in taken and len(a[i].strip()) >= _MOVED_CHARS]
    came = [j for j in came if j not in out and len(b[j].strip()) >= _MOVED_CHARS]
    if len(left) * len(came) > _PAIRS:
        coarse.append(True)
    elif left and came:
        scored = sorted(
            ((s, i, j) for i in left for j in came if (s := _alike(a[i], b[j], _MOVED))),
            reverse=True,
        )
        for _, i, j in scored:
            if i not in taken and j not in out:
                out[j] = i
                taken.add(i)
    return out


def _inner(pieces: Iterable[Piece], at_a: int, at_b: int, move: int | None) -> Iterator[Span]:
    """Spans of one sentence and what became of it, at its place in both texts."""
    for kind, a0, a1, b0, b1 in pieces:
        a0, a1, b0, b1 = a0 + at_a, a1 + at_a, b0 + at_b, b1 + at_b
        if kind != "x":
            yield Span("equal" if kind == "=" else "notation", a0, a1, b0, b1, move)
            continue
        if a1 > a0:
            yield Span("delete", a0, a1, b0, b0, move)
        if b1 > b0:
            yield Span("insert", a1, a1, b0, b1, move)


def _joined(old: str, new: str, pieces: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring pieces of one kind as one; a line feed that ends both the old and the new wording of a line stands apart, equal."""
    last: Span | None = None
    for p in pieces:
        if p.a1 == p.a0 and p.b1 == p.b0:
            continue
        if last and last.op == p.op and last.move == p.move and last.a1 == p.a0 and last.b1 == p.b0:
            last = Span(p.op, last.a0, p.a1, last.b0, p.b1, p.move)
            continue
        if (
            last
            and last.op == "delete"
            and p.op == "insert"
            and last.move is p.move is None
            and old[last.a1 - 1] == new[p.b1 - 1] in _ENDS
        ):
            if last.a1 - last.a0 > 1:
                yield Span("delete", last.a0, last.a1 - 1, last.b0, last.b0)
            if p.b1 - p.b0 > 1:
                yield Span("insert", last.a1 - 1, last.a1 - 1, p.b0, p.b1 - 1)
            last = Span("equal", last.a1 - 1, last.a1, p.b1 - 1, p.b1)
            continue
        if last:
            yield last
        last = p
    if last:
        yield last
