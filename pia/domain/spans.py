"""How one text became another, in pieces a lay reader follows: sentences first, then words, with edges where a person would put them.

Exact underneath: unmarked text is equal to the letter on both sides. Three views: "phrase" (default), "char" (minimal marks, for lawyers), "clause".
Knows tokens; nothing of trees. The work is bounded: when a pair is too large to align it is marked coarser, never wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel, Levenshtein

from .tokens import CLAUSE, fold, same_but_notation, script, sentences, tokens

_PAIR = 0.45  # sentences at least this alike are one edited sentence
_MOVED = 0.70  # and this alike, elsewhere, one moved sentence
_MOVED_CHARS = 12
_PAIRS = 2_500
_CELLS = 60_000_000

# What _hunks works on: [kind, a0, a1, b0, b1]; kind "=" equal, "~" notation only, "x" changed.
Piece = list


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of both texts: op is equal, delete, insert or notation; ranges are code points, half-open, and may be empty."""

    op: str
    a0: int
    a1: int
    b0: int
    b1: int
    move: int | None = None


def spans(old: str, new: str, view: str = "phrase") -> tuple[Span, ...]:
    """Spans that tile each side without overlap, in the order of the new text, a deletion after its left neighbour. Pieces of a moved passage carry
    the same `move` number and stand where it is now."""
    if old == new:
        return (Span("equal", 0, len(old), 0, len(new)),) if old else ()
    if not old or not new:
        return (Span("delete", 0, len(old), 0, 0),) if old else (Span("insert", 0, 0, 0, len(new)),)
    head, tail = _common(old, new)
    while head and old[head - 1] not in "。\n":
        head -= 1
    while tail and old[len(old) - tail - 1] not in "。\n":
        tail -= 1
    out: list[Span] = [Span("equal", 0, head, 0, head)] if head else []
    out += _sentences(old[head : len(old) - tail], new[head : len(new) - tail], head, view)
    if tail:
        out.append(Span("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return tuple(_joined(out))


def _common(a: str, b: str) -> tuple[int, int]:
    """Lengths of the common head and tail, by bisection over slices."""

    def longest(limit: int, same: Callable[[int, int], bool]) -> int:
        low, high = 0, limit + 1
        while low < high - 1:
            middle = (low + high) // 2
            if same(low, middle):
                low = middle
            else:
                high = middle
        return low

    n = min(len(a), len(b))
    head = n if a[:n] == b[:n] else longest(n, lambda lo, m: a[lo:m] == b[lo:m])
    n -= head
    return head, longest(n, lambda lo, m: a[len(a) - m : len(a) - lo] == b[len(b) - m : len(b) - lo])


def _opcodes(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Differing runs (a0, a1, b0, b1) of two lists, on a bit-parallel core: interned to one character each."""
    ids: dict[str, int] = {}

    def encode(items: Sequence[str]) -> str | list[int]:
        codes = [ids.setdefault(t, len(ids)) for t in items]
        return "".join([chr(c if c < 0xD800 else c + 0x800) for c in codes]) if len(ids) < 1_000_000 else codes

    x, y = encode(a), encode(b)
    measure = Indel if len(x) * len(y) <= _CELLS else Levenshtein
    out: list[tuple[int, int, int, int]] = []
    for op in measure.opcodes(x, y):
        if op.tag == "equal":
            continue
        if out and out[-1][1] == op.src_start and out[-1][3] == op.dest_start:
            out[-1] = (out[-1][0], op.src_end, out[-1][2], op.dest_end)
        else:
            out.append((op.src_start, op.src_end, op.dest_start, op.dest_end))
    return out


def _offsets(parts: Sequence[str], start: int) -> list[int]:
    out = [start]
    for p in parts:
        out.append(out[-1] + len(p))
    return out


def _sentences(a: str, b: str, start: int, view: str) -> list[Span]:
    sa, sb = sentences(a), sentences(b)
    oa, ob = _offsets(sa, start), _offsets(sb, start)
    partner: dict[int, int] = {}  # new sentence -> old sentence
    i = j = 0
    gone: list[int] = []
    fresh: list[int] = []
    for a0, a1, b0, b1 in [*_opcodes(sa, sb), (len(sa), len(sa), len(sb), len(sb))]:
        while i < a0:
            partner[j] = i
            i, j = i + 1, j + 1
        pairs = _pairs(sa[a0:a1], sb[b0:b1])
        partner.update({b0 + y: a0 + x for x, y in pairs})
        gone += [a0 + x for x in range(a1 - a0) if x not in {p for p, _ in pairs}]
        fresh += [b0 + y for y in range(b1 - b0) if y not in {q for _, q in pairs}]
        i, j = a1, b1
    moved = _moves(sa, sb, gone, fresh)
    numbers = _move_numbers(moved)
    old_of = {**partner, **moved}
    left_behind: dict[int, list[int]] = defaultdict(list)
    in_place = {i: j for j, i in partner.items()}
    anchor = -1
    for i in range(len(sa)):
        if i in in_place:
            anchor = in_place[i]
        elif i not in moved.values():
            left_behind[anchor].append(i)
    out = [Span("delete", oa[i], oa[i + 1], ob[0], ob[0]) for i in left_behind[-1]]
    for j, sentence in enumerate(sb):
        if j in old_of:
            i = old_of[j]
            out += _inner(sa[i], sentence, oa[i], ob[j], view, numbers.get(j))
        else:
            out.append(Span("insert", out[-1].a1 if out else start, out[-1].a1 if out else start, ob[j], ob[j + 1]))
        out += [Span("delete", oa[i], oa[i + 1], ob[j + 1], ob[j + 1]) for i in left_behind[j]]
    return out


def _move_numbers(moved: dict[int, int]) -> dict[int, int]:
    """Consecutive sentences that moved together are one passage."""
    out: dict[int, int] = {}
    n = 0
    for j in sorted(moved):
        if not (j - 1 in moved and moved[j - 1] == moved[j] - 1):
            n += 1
        out[j] = n
    return out


def _alike(x: str, y: str, least: float) -> float:
    return Indel.normalized_similarity(x, y, score_cutoff=least)


def _pairs(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """Changed sentences paired in order, the most alike in all (dynamic programming); by place where there are too many."""
    m, n = len(a), len(b)
    if not m or not n:
        return []
    if m * n > _PAIRS:
        return [(i, i) for i in range(min(m, n)) if _alike(a[i], b[i], _PAIR) >= _PAIR]
    worth = [[(s * max(len(x), 8) if (s := _alike(x, y, _PAIR)) >= _PAIR else 0.0) for y in b] for x in a]
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


def _moves(a: list[str], b: list[str], gone: list[int], fresh: list[int]) -> dict[int, int]:
    """Sentences that left one place and came up in another, alike enough: new index -> old index."""
    out: dict[int, int] = {}
    taken: set[int] = set()
    left = [i for i in gone if len(a[i].strip()) >= _MOVED_CHARS]
    came = [j for j in fresh if len(b[j].strip()) >= _MOVED_CHARS]
    where: dict[str, list[int]] = defaultdict(list)
    for i in left:
        where[a[i].strip()].append(i)
    for j in came:
        if where[b[j].strip()]:
            out[j] = where[b[j].strip()].pop(0)
            taken.add(out[j])
    left, came = [i for i in left if i not in taken], [j for j in came if j not in out]
    if left and came and len(left) * len(came) <= _PAIRS:
        scored = sorted(((s, i, j) for i in left for j in came if (s := _alike(a[i], b[j], _MOVED)) >= _MOVED), reverse=True)
        for _, i, j in scored:
            if i not in taken and j not in out:
                out[j] = i
                taken.add(i)
    return out


def _inner(a: str, b: str, at_a: int, at_b: int, view: str, move: int | None) -> list[Span]:
    """Spans of one sentence and what became of it."""
    if a == b:
        return [Span("equal", at_a, at_a + len(a), at_b, at_b + len(b), move)]
    out = []
    for kind, a0, a1, b0, b1 in _hunks(a, b, view):
        a0, a1, b0, b1 = a0 + at_a, a1 + at_a, b0 + at_b, b1 + at_b
        if kind == "=":
            out.append(Span("equal", a0, a1, b0, b1, move))
        elif kind == "~":
            out.append(Span("notation", a0, a1, b0, b1, move))
        else:
            if a1 > a0:
                out.append(Span("delete", a0, a1, b0, b0, move))
            if b1 > b0:
                out.append(Span("insert", a1, a1, b0, b1, move))
    return out


def _hunks(a: str, b: str, view: str) -> list[Piece]:
    if view == "char":
        pieces = _aligned(list(a), list(b), str)
        return _slid(a, b, pieces)
    if view == "clause":
        return _aligned(CLAUSE.findall(a), CLAUSE.findall(b), str)
    pieces = _aligned(tokens(a), tokens(b), fold)
    pieces = _notation_spaces(a, b, pieces)
    pieces = _slid(a, b, pieces)
    pieces = _swallowed(a, pieces)
    return _trimmed(a, b, pieces)


def _aligned(ta: list[str], tb: list[str], key: Callable[[str], str]) -> list[Piece]:
    oa, ob = _offsets(ta, 0), _offsets(tb, 0)
    out: list[Piece] = []

    def add(kind: str, a0: int, a1: int, b0: int, b1: int) -> None:
        if out and out[-1][0] == kind:
            out[-1][2], out[-1][4] = a1, b1
        elif a1 > a0 or b1 > b0:
            out.append([kind, a0, a1, b0, b1])

    i = j = 0
    for a0, a1, b0, b1 in [*_opcodes([key(t) for t in ta], [key(t) for t in tb]), (len(ta), len(ta), len(tb), len(tb))]:
        while i < a0:
            add("=" if ta[i] == tb[j] else "~", oa[i], oa[i + 1], ob[j], ob[j + 1])
            i, j = i + 1, j + 1
        add("x", oa[a0], oa[a1], ob[b0], ob[b1])
        i, j = a1, b1
    return out


def _notation_spaces(a: str, b: str, pieces: list[Piece]) -> list[Piece]:
    for p in pieces:
        if p[0] == "x" and same_but_notation(a[p[1] : p[2]], b[p[3] : p[4]]):
            p[0] = "~"
    return pieces


def _border(s: str, i: int) -> int:
    """How good a place is for the edge of a mark, 0 to 6."""
    if i == 0 or i == len(s):
        return 6
    left, right = s[i - 1], s[i]
    if left in "\n。":
        return 5
    if left in "、）)】＞」" or right in "（(【＜「\n":
        return 4
    if right in "。、）)」":
        return 3
    a, b = script(left), script(right)
    return 0 if a == b else 1 if (a, b) == ("k", "h") else 2


def _slid(a: str, b: str, pieces: list[Piece]) -> list[Piece]:
    """Pure insertions and deletions moved along equal text to the best border; the text of both sides stays what it was."""
    for q, p in enumerate(pieces):
        if p[0] != "x" or (p[1] == p[2]) == (p[3] == p[4]):
            continue
        s, x0, x1 = (b, p[3], p[4]) if p[1] == p[2] else (a, p[1], p[2])
        before = pieces[q - 1] if q and pieces[q - 1][0] == "=" else None
        after = pieces[q + 1] if q + 1 < len(pieces) and pieces[q + 1][0] == "=" else None
        room_left = before[2] - before[1] if before else 0
        room_right = after[2] - after[1] if after else 0
        best, shift = _border(s, x0) + _border(s, x1), 0
        for step, room in ((-1, room_left), (1, room_right)):
            y0, y1 = x0, x1
            for d in range(1, room + 1):
                if (step < 0 and s[y0 - 1] != s[y1 - 1]) or (step > 0 and s[y0] != s[y1]):
                    break
                y0, y1 = y0 + step, y1 + step
                score = _border(s, y0) + _border(s, y1)
                if score > best:
                    best, shift = score, step * d
        if shift:
            for k in (1, 2, 3, 4):
                p[k] += shift
            if before:
                before[2], before[4] = before[2] + shift, before[4] + shift
            elif shift > 0:
                pieces.insert(q, ["=", p[1] - shift, p[1], p[3] - shift, p[3]])
            if after:
                after[1], after[3] = after[1] + shift, after[3] + shift
            elif shift < 0:
                pieces.insert(q + 1, ["=", p[2], p[2] - shift, p[4], p[4] - shift])
            return _slid(a, b, [x for x in pieces if x[1] < x[2] or x[3] < x[4]])
    return pieces


def _swallowed(a: str, pieces: list[Piece]) -> list[Piece]:
    """Equal crumbs between two changes become part of them: what is left says more in one piece."""
    again = True
    while again:
        again, out = False, []
        for p in pieces:
            if len(out) > 1 and p[0] == out[-2][0] == "x" and out[-1][0] == "=" and _crumb(a[out[-1][1] : out[-1][2]], out[-2], p):
                out.pop()
                out[-1] = ["x", out[-1][1], p[2], out[-1][3], p[4]]
                again = True
            elif out and p[0] == out[-1][0] == "x":
                out[-1] = ["x", out[-1][1], p[2], out[-1][3], p[4]]
            else:
                out.append(p)
        pieces = out
    return pieces


def _crumb(equal: str, left: Piece, right: Piece) -> bool:
    if "。" in equal or "\n" in equal:
        return False
    n = len(equal)
    size = min(max(p[2] - p[1], p[4] - p[3]) for p in (left, right))
    content = sum(script(c) in "ktda" for c in equal)
    return (content == 0 and n <= 2) or (n <= size and content <= 2 and n <= 4) or n * 2 <= size


_COMPOUND = re.compile(r"(?:[一-鿿々]+|[ァ-ヺー]+)\Z")


def _trimmed(a: str, b: str, pieces: list[Piece]) -> list[Piece]:
    """One long compound replaced by another is marked only where they differ (保護評価書 → 評価書), never inside numbers or short words."""
    out: list[Piece] = []
    for p in pieces:
        x, y = a[p[1] : p[2]], b[p[3] : p[4]]
        if p[0] == "x" and min(len(x), len(y)) >= 2 and max(len(x), len(y)) >= 3 and _COMPOUND.match(x) and _COMPOUND.match(y):
            head, tail = _common(x, y)
            rest = min(len(x), len(y)) - head - tail
            if rest == 0 or (rest >= 2 and head + tail >= 2):
                out.append(["=", p[1], p[1] + head, p[3], p[3] + head])
                out.append(["x", p[1] + head, p[2] - tail, p[3] + head, p[4] - tail])
                out.append(["=", p[2] - tail, p[2], p[4] - tail, p[4]])
                continue
        out.append(p)
    return [p for p in out if p[1] < p[2] or p[3] < p[4]]


def _joined(pieces: list[Span]) -> list[Span]:
    """Neighbouring pieces of one kind as one, and empty sides placed at their neighbour's edge."""
    out: list[Span] = []
    for p in pieces:
        last = out[-1] if out else None
        if last and last.op == p.op and last.move == p.move and last.a1 == p.a0 and last.b1 == p.b0:
            out[-1] = Span(p.op, last.a0, p.a1, last.b0, p.b1, p.move)
        elif p.a1 > p.a0 or p.b1 > p.b0:
            out.append(p)
    return out
