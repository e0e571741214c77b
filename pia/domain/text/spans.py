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
    if line >= 0:
        tail = len(old) - line - 1
    else:
        tail = 0
    coarse: list[bool] = []
    if head:
        out: list[Span] = [Span("equal", 0, head, 0, head)]
    else:
        out = []
    out += _sentences(old[head : len(old) - tail], new[head : len(new) - tail], head, view, coarse)
    if tail:
        out.append(Span("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return Spans.of(_joined(old, new, out), bool(coarse))


def _offsets(parts: Sequence[str], start: int) -> list[int]:
    out = [start]
    for part in parts:
        out.append(out[-1] + len(part))
    return out


def _sentences(a: str, b: str, start: int, view: str, coarse: list[bool]) -> list[Span]:
    """Spans of two texts that both begin at `start`."""
    sa = sentences(a)
    sb = sentences(b)
    head, tail = alignment.ends(sa, sb)
    before = sum(map(len, sa[:head]))
    after = sum(map(len, sa[len(sa) - tail :]))
    if head:
        out = [Span("equal", start, start + before, start, start + before)]
    else:
        out = []
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
    oa = _offsets(sa, start)
    ob = _offsets(sb, start)
    partner = _partners(sa, sb, coarse)  # new sentence -> old sentence
    kept = set(partner.values())
    gone = [index for index in range(len(sa)) if index not in kept]
    fresh = []
    for each_index in range(len(sb)):
        if each_index not in partner:
            fresh.append(each_index)
    moved = _moves(sa, sb, gone, fresh, coarse)
    numbers = _move_numbers(moved)
    old_of = {**partner, **moved}
    left_behind: dict[int, list[int]] = defaultdict(list)
    in_place = {}
    for key, value in partner.items():
        in_place[value] = key
    away = set(moved.values())
    anchor = -1
    for index in range(len(sa)):
        if index in in_place:
            anchor = in_place[index]
        elif index not in away:
            left_behind[anchor].append(index)
    out = [Span("delete", oa[index], oa[index + 1], ob[0], ob[0]) for index in left_behind[-1]]
    for other_index, sentence in enumerate(sb):
        if other_index in old_of:
            index = old_of[other_index]
            if sa[index] == sentence:
                out.append(
                    Span(
                        "equal",
                        oa[index],
                        oa[index + 1],
                        ob[other_index],
                        ob[other_index + 1],
                        numbers.get(other_index),
                    )
                )
            else:
                out += _inner(
                    hunks(sa[index], sentence, view, coarse),
                    oa[index],
                    ob[other_index],
                    numbers.get(other_index),
                )
        else:
            out.append(
                Span(
                    "insert",
                    out[-1].a1 if out else start,
                    out[-1].a1 if out else start,
                    ob[other_index],
                    ob[other_index + 1],
                )
            )
        out += [
            Span("delete", oa[index], oa[index + 1], ob[other_index + 1], ob[other_index + 1])
            for index in left_behind[other_index]
        ]
    return out


def _partners(sa: list[str], sb: list[str], coarse: list[bool]) -> dict[int, int]:
    """Which old sentence each new one was, in order: equal ones, and edited ones alike enough."""
    out: dict[int, int] = {}
    index = other_index = 0
    for a0, a1, b0, b1 in [*_windows(sa, sb, coarse), (len(sa), len(sa), len(sb), len(sb))]:
        out.update(zip(range(other_index, b0), range(index, a0)))
        out.update((b0 + y, a0 + x) for x, y in _pairs(sa[a0:a1], sb[b0:b1], coarse))
        index = a1
        other_index = b1
    return out


def _windows(sa: list[str], sb: list[str], coarse: list[bool]) -> list[alignment.Run]:
    """Runs of sentences that differ. Where one of them only changed its place, a few sentences are one window: paired by weight, a long sentence that
    stayed counts for more than two short ones."""
    runs = alignment.runs(sa, sb, coarse)
    if len(runs) > 1 and (runs[-1][1] - runs[0][0]) * (runs[-1][3] - runs[0][2]) <= _WEIGHED:
        gone = set()
        for a0, a1, _, _ in runs:
            for text in sa[a0:a1]:
                gone.add(text)
        if any(text in gone for _, _, b0, b1 in runs for text in sb[b0:b1]):
            return [(runs[0][0], runs[-1][1], runs[0][2], runs[-1][3])]
    return runs


def _move_numbers(moved: dict[int, int]) -> dict[int, int]:
    """Consecutive sentences that moved together are one passage."""
    out: dict[int, int] = {}
    count = 0
    for other_index in sorted(moved):
        if not (other_index - 1 in moved and moved[other_index - 1] == moved[other_index] - 1):
            count += 1
        out[other_index] = count
    return out


def _same_frame(x: str, y: str) -> bool:
    """Whether one sentence in the place of another begins or ends with the same content words, however unlike the rest is."""
    head, tail = common(x, y)
    return head + tail >= 4 and any(
        script(letter) in "kt" for letter in x[:head] + x[len(x) - tail :]
    )


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
    length = len(a)
    count = len(b)
    if not length or not count:
        return []
    if length == count == 1:
        if _alike(a[0], b[0], _PAIR) or _same_frame(a[0], b[0]):
            return [(0, 0)]
        return []
    if length == count and all(x[-1] == y[-1] in _CELL for x, y in zip(a[:-1], b[:-1])):
        return [(index, index) for index in range(length)]  # the cells of one row
    if length * count > _PAIRS:
        if length != count:
            coarse.append(True)
        return [
            (index, index)
            for index in range(min(length, count))
            if _alike(a[index], b[index], _PAIR)
        ]
    same = set(a) & set(b)  # a sentence that is there to the letter pairs with itself or with none
    fresh = []
    for each_index, y in enumerate(b):
        if y not in same:
            fresh.append((each_index, y))
    worth = []
    for _ in a:
        worth.append([0.0] * count)
    for x, row in zip(a, worth):
        for other_index, y in enumerate(b) if x in same else fresh:
            if x == y:
                row[other_index] = float(max(len(x), 8))
            elif x not in same:
                row[other_index] = _worth(x, y)
    best = []
    for _ in range(length + 1):
        best.append([0.0] * (count + 1))
    for index in range(length - 1, -1, -1):
        row = best[index]
        below = best[index + 1]
        here = worth[index]
        for other_index in range(count - 1, -1, -1):
            value = max(below[other_index], row[other_index + 1])
            if here[other_index]:
                row[other_index] = max(value, below[other_index + 1] + here[other_index])
            else:
                row[other_index] = value
    out = []
    index = 0
    other_index = 0
    while index < length and other_index < count:
        if (
            worth[index][other_index]
            and best[index][other_index]
            == best[index + 1][other_index + 1] + worth[index][other_index]
        ):
            out.append((index, other_index))
            index = index + 1
            other_index = other_index + 1
        elif best[index][other_index] == best[index + 1][other_index]:
            index += 1
        else:
            other_index += 1
    return out


def _moves(
    a: list[str], b: list[str], gone: list[int], fresh: list[int], coarse: list[bool]
) -> dict[int, int]:
    """Sentences that left one place and came up in another, alike enough: new index -> old index."""
    out: dict[int, int] = {}
    taken: set[int] = set()
    left = []
    for index in gone:
        if len(a[index].strip()) >= _SAME_CHARS:
            left.append(index)
    came = []
    for other_index in fresh:
        if len(b[other_index].strip()) >= _SAME_CHARS:
            came.append(other_index)
    where: dict[str, list[int]] = defaultdict(list)
    for index in left:
        where[a[index].strip()].append(index)
    for other_index in came:
        if where[b[other_index].strip()]:
            out[other_index] = where[b[other_index].strip()].pop(0)
            taken.add(out[other_index])
    left = [index for index in left if index not in taken and len(a[index].strip()) >= _MOVED_CHARS]
    came = [
        other_index
        for other_index in came
        if other_index not in out and len(b[other_index].strip()) >= _MOVED_CHARS
    ]
    if len(left) * len(came) > _PAIRS:
        coarse.append(True)
    elif left and came:
        scored = sorted(
            (
                (length, index, other_index)
                for index in left
                for other_index in came
                if (length := _alike(a[index], b[other_index], _MOVED))
            ),
            reverse=True,
        )
        for _, index, other_index in scored:
            if index not in taken and other_index not in out:
                out[other_index] = index
                taken.add(index)
    return out


def _inner(pieces: Iterable[Piece], at_a: int, at_b: int, move: int | None) -> Iterator[Span]:
    """Spans of one sentence and what became of it, at its place in both texts."""
    for kind, a0, a1, b0, b1 in pieces:
        a0 = a0 + at_a
        a1 = a1 + at_a
        b0 = b0 + at_b
        b1 = b1 + at_b
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
    for piece in pieces:
        if piece.a1 == piece.a0 and piece.b1 == piece.b0:
            continue
        if (
            last
            and last.op == piece.op
            and last.move == piece.move
            and last.a1 == piece.a0
            and last.b1 == piece.b0
        ):
            last = Span(piece.op, last.a0, piece.a1, last.b0, piece.b1, piece.move)
            continue
        if (
            last
            and last.op == "delete"
            and piece.op == "insert"
            and last.move is piece.move is None
            and old[last.a1 - 1] == new[piece.b1 - 1] in _ENDS
        ):
            if last.a1 - last.a0 > 1:
                yield Span("delete", last.a0, last.a1 - 1, last.b0, last.b0)
            if piece.b1 - piece.b0 > 1:
                yield Span("insert", last.a1 - 1, last.a1 - 1, piece.b0, piece.b1 - 1)
            last = Span("equal", last.a1 - 1, last.a1, piece.b1 - 1, piece.b1)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
