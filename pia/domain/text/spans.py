"""How one text became another, in pieces a lay reader follows: sentences first, then words, with
edges where a person would put them.

Exact underneath: unmarked text is equal to the letter on both sides. Three views: "phrase"
(default), "char" (minimal marks, for lawyers), "clause". Knows tokens; nothing of trees. The work
is bounded: when a pair is too large to align it is marked coarser, never wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz.distance import Indel

from . import alignment, as_typed, dates, line_feeds
from .hunks import Hunk, hunks_of
from .notation import may_be_noted, plain
from .numbering import Shifts
from .tokens import common, script, sentences

_PAIR = 0.45  # sentences at least this alike are one edited sentence
_MOVED = 0.70  # and this alike, elsewhere, one moved sentence
_MOVED_CHARS = 12
_SAME_CHARS = 8  # a sentence equal to the letter may be this short
_CELL = ("｜", "\t")
_ENDS = ("\n", *_CELL)
# A line that goes on behind its end.
_BROKEN_LINE = re.compile(r"[^。\s｜]\s*\n.")
_PAIRS = 2_500
_WEIGHED = 900


class Span(NamedTuple):
    """A piece of both texts: op is equal, delete, insert, notation or renumbered; ranges are code
    points, half-open, and may be empty. `line_feed`: a notation of line feeds and blanks only.
    """

    op: str
    a0: int
    a1: int
    b0: int
    b1: int
    move: int | None = None
    line_feed: bool = False


# A span at work: op, a0, a1, b0, b1, move.
_Piece = as_typed.Piece


class Spans(tuple[Span, ...]):
    """The spans of one pair of texts. `coarse`: the budget was used up, so marks are wider than
    they need be; they are still exact.
    """

    coarse: bool = False

    @classmethod
    def of(cls, pieces: Iterable[Span], coarse: bool = False) -> Spans:
        """The spans, and whether the work was cut short."""
        spans = cls(pieces)
        spans.coarse = coarse
        return spans


def spans(old: str, new: str, view: str = "phrase") -> Spans:
    """Spans that tile each side without overlap, in the order of the new text, a deletion after its
    left neighbour. Pieces of a moved passage carry the same `move` number and stand where it is
    now.
    """
    if old == new:
        return Spans.of((Span("equal", 0, len(old), 0, len(new)),) if old else ())
    if not old or not new:
        return Spans.of(
            (Span("delete", 0, len(old), 0, 0),) if old else (Span("insert", 0, 0, 0, len(new)),)
        )
    coarse: list[bool] = []
    head, tail = _same_ends(old, new)
    end_a = len(old) - tail
    end_b = len(new) - tail
    out: list[_Piece] = [("equal", 0, head, 0, head, None)]
    a = old[head:end_a]
    b = new[head:end_b]
    found = as_typed.blanks_noted(a, b, _counted(a, b, view, coarse))
    for op, a0, a1, b0, b1, move in found:
        out.append((op, a0 + head, a1 + head, b0 + head, b1 + head, move))
    out.append(("equal", end_a, len(old), end_b, len(new), None))
    return Spans.of(_joined(old, new, out), bool(coarse))


def _same_ends(old: str, new: str) -> tuple[int, int]:
    """Lengths of the whole lines, and of the whole sentences then, that both begin and end with."""
    head, tail = common(old, new)
    head = old.rfind("\n", 0, head) + 1
    line = old.find("\n", len(old) - tail)
    if line >= 0:
        tail = len(old) - line - 1
    else:
        tail = 0
    old_parts = sentences(old[head : len(old) - tail])
    new_parts = sentences(new[head : len(new) - tail])
    first, last = alignment.ends(old_parts, new_parts)
    head += sum(map(len, old_parts[:first]))
    tail += sum(map(len, old_parts[len(old_parts) - last :]))
    return head, tail


def _counted(a: str, b: str, view: str, coarse: list[bool]) -> Iterable[_Piece]:
    """Pieces of two texts: as they stand where nothing that changed can be notation or a number,
    else found on the letters that count of each."""
    found = _changed(sentences(a), sentences(b), view, coarse)
    if not _may_be_notation(a, b, found):
        return found
    old, new = line_feeds.without_layout(plain(a), plain(b), coarse)
    old, new = dates.spelled_alike(old, new)
    shifts = Shifts(old, new)
    old, new = shifts.levelled(old, new)
    if old.text == a and new.text == b:
        return found
    found = _changed(sentences(old.text), sentences(new.text), view, coarse)
    return as_typed.pieces(old, new, found, shifts)


def _may_be_notation(a: str, b: str, found: Iterable[_Piece]) -> bool:
    if _BROKEN_LINE.search(a) or _BROKEN_LINE.search(b):
        return True
    for op, a0, a1, b0, b1, _ in found:
        if op == "notation":
            return True
        if op == "delete" and may_be_noted(a[a0:a1]):
            return True
        if op == "insert" and may_be_noted(b[b0:b1]):
            return True
    return False


def _offsets(parts: Sequence[str]) -> list[int]:
    return list(accumulate(map(len, parts), initial=0))


def _changed(sa: list[str], sb: list[str], view: str, coarse: list[bool]) -> list[_Piece]:
    """Pieces of sentences from the first to the last that differ."""
    oa = _offsets(sa)
    ob = _offsets(sb)
    # new sentence -> old sentence
    partner = _partners(sa, sb, coarse)
    moved = _moved_sentences(sa, sb, partner, coarse)
    numbers = _move_numbers(moved)
    old_of = {**partner, **moved}
    left_behind = _left_behind(len(sa), partner, moved)
    out: list[_Piece] = []
    for gone in left_behind.get(-1, ()):
        out.append(("delete", oa[gone], oa[gone + 1], ob[0], ob[0], None))
    for index, sentence in enumerate(sb):
        begins = ob[index]
        ends = ob[index + 1]
        old = old_of.get(index)
        if old is None:
            spot = out[-1][2] if out else 0
            out.append(("insert", spot, spot, begins, ends, None))
        elif sa[old] == sentence:
            out.append(("equal", oa[old], oa[old + 1], begins, ends, numbers.get(index)))
        else:
            hunks = hunks_of(sa[old], sentence, view, coarse)
            out += _inner(hunks, oa[old], begins, numbers.get(index))
        if index in left_behind:
            for gone in left_behind[index]:
                out.append(("delete", oa[gone], oa[gone + 1], ends, ends, None))
    return out


def _moved_sentences(
    sa: list[str], sb: list[str], partner: dict[int, int], coarse: list[bool]
) -> dict[int, int]:
    """New → old sentence of those that have no partner in order but came up elsewhere."""
    if len(partner) in (len(sa), len(sb)):
        return {}
    kept = set(partner.values())
    gone = []
    for index in range(len(sa)):
        if index not in kept:
            gone.append(index)
    fresh = []
    for index in range(len(sb)):
        if index not in partner:
            fresh.append(index)
    return _moves(sa, sb, gone, fresh, coarse)


def _left_behind(
    count: int, partner: dict[int, int], moved: dict[int, int]
) -> dict[int, list[int]]:
    """New sentence → the old ones that are gone and stood behind it; -1 is before all."""
    if len(partner) + len(moved) == count:
        return {}
    in_place = {old: new for new, old in partner.items()}
    away = set(moved.values())
    left: dict[int, list[int]] = defaultdict(list)
    anchor = -1
    for index in range(count):
        if index in in_place:
            anchor = in_place[index]
        elif index not in away:
            left[anchor].append(index)
    return left


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
    """Runs of sentences that differ. Where one of them only changed its place, a few sentences are
    one window: paired by weight, a long sentence that stayed counts for more than two short ones.
    """
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
    """Whether one sentence in the place of another begins or ends with the same content words,
    however unlike the rest is.
    """
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
    """Changed sentences paired in order, the most alike in all (dynamic programming); by place
    where there are too many.
    """
    rows = len(a)
    columns = len(b)
    if not rows or not columns:
        return []
    if rows == columns == 1:
        if _alike(a[0], b[0], _PAIR) or _same_frame(a[0], b[0]):
            return [(0, 0)]
        return []
    if rows == columns and _are_cells(a, b):
        return [(index, index) for index in range(rows)]
    if rows * columns <= _PAIRS:
        return _heaviest(_worths(a, b))
    if rows != columns:
        coarse.append(True)
    return _by_place(a, b)


def _by_place(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    places = range(min(len(a), len(b)))
    return [(index, index) for index in places if _alike(a[index], b[index], _PAIR)]


def _are_cells(a: list[str], b: list[str]) -> bool:
    """Whether they are the cells of one row: all but the last end like cells."""
    return all(x[-1] == y[-1] in _CELL for x, y in zip(a[:-1], b[:-1]))


def _worths(a: list[str], b: list[str]) -> list[list[float]]:
    """What each pair is worth, a row per old sentence. A sentence that is there to the letter pairs
    with itself or with none.
    """
    same = set(a) & set(b)
    places: dict[str, list[int]] = defaultdict(list)
    fresh = []
    for index, y in enumerate(b):
        if y in same:
            places[y].append(index)
        else:
            fresh.append((index, y))
    worths = []
    for x in a:
        row = [0.0] * len(b)
        if x in same:
            for index in places[x]:
                row[index] = float(max(len(x), 8))
        else:
            for index, y in fresh:
                row[index] = _worth(x, y)
        worths.append(row)
    return worths


def _heaviest(worths: list[list[float]]) -> list[tuple[int, int]]:
    """The pairs in ascending order on both sides that are worth the most in all."""
    rows = len(worths)
    columns = len(worths[0])
    best = _best_rests(worths)
    pairs = []
    index = 0
    column = 0
    while index < rows and column < columns:
        worth = worths[index][column]
        if worth and best[index][column] == best[index + 1][column + 1] + worth:
            pairs.append((index, column))
            index += 1
            column += 1
        elif best[index][column] == best[index + 1][column]:
            index += 1
        else:
            column += 1
    return pairs


def _best_rests(worths: list[list[float]]) -> list[list[float]]:
    """What can be had from each pair of places to the end; one row and column more than given."""
    rows = len(worths)
    columns = len(worths[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for index in range(rows - 1, -1, -1):
        row = best[index]
        below = best[index + 1]
        right = 0.0
        for column in range(columns - 1, -1, -1):
            value = below[column]
            if right > value:
                value = right
            worth = worths[index][column]
            if worth and below[column + 1] + worth > value:
                value = below[column + 1] + worth
            row[column] = right = value
    return best


def _moves(
    a: list[str], b: list[str], gone: list[int], fresh: list[int], coarse: list[bool]
) -> dict[int, int]:
    """Sentences that left one place and came up in another, alike enough: new index -> old
    index."""
    left = _long(a, gone, _SAME_CHARS)
    came = _long(b, fresh, _SAME_CHARS)
    moves: dict[int, int] = {}
    waiting: dict[str, list[int]] = defaultdict(list)
    for old in left:
        waiting[a[old].strip()].append(old)
    for new in came:
        same = waiting[b[new].strip()]
        if same:
            moves[new] = same.pop(0)
    settled = set(moves.values())
    left = _long(a, [old for old in left if old not in settled], _MOVED_CHARS)
    came = _long(b, [new for new in came if new not in moves], _MOVED_CHARS)
    if len(left) * len(came) > _PAIRS:
        coarse.append(True)
        return moves
    for old, new in _most_alike(a, b, left, came):
        if old not in settled and new not in moves:
            moves[new] = old
            settled.add(old)
    return moves


def _long(sentences: list[str], indices: list[int], letters: int) -> list[int]:
    """Those of the sentences that have at least so many letters."""
    return [index for index in indices if len(sentences[index].strip()) >= letters]


def _most_alike(
    a: list[str], b: list[str], left: list[int], came: list[int]
) -> list[tuple[int, int]]:
    """Pairs (old, new) that are alike enough to have moved, the most alike first."""
    scored = []
    for old in left:
        for new in came:
            alike = _alike(a[old], b[new], _MOVED)
            if alike:
                scored.append((alike, old, new))
    scored.sort(reverse=True)
    return [(old, new) for _, old, new in scored]


def _inner(hunks: Iterable[Hunk], at_a: int, at_b: int, move: int | None) -> Iterator[_Piece]:
    """Pieces of one sentence and what became of it, at its place in both texts."""
    for kind, a0, a1, b0, b1 in hunks:
        a0 = a0 + at_a
        a1 = a1 + at_a
        b0 = b0 + at_b
        b1 = b1 + at_b
        if kind != "x":
            yield "equal" if kind == "=" else "notation", a0, a1, b0, b1, move
            continue
        if a1 > a0:
            yield "delete", a0, a1, b0, b0, move
        if b1 > b0:
            yield "insert", a1, a1, b0, b1, move


def _joined(old: str, new: str, pieces: Iterable[_Piece]) -> Iterator[Span]:
    """Neighbouring pieces of one kind as one; a line feed that ends both the old and the new
    wording of a line stands apart, equal.
    """
    last: _Piece | None = None  # what was not given out yet; it goes on to `end_a` and `end_b`
    end_a = end_b = 0
    for piece in pieces:
        op, a0, a1, b0, b1, move = piece
        if a1 == a0 and b1 == b0:
            continue
        if last is None:
            last = piece
        elif op == last[0] and a0 == end_a and b0 == end_b and move == last[5]:
            pass
        elif op == "insert" and _one_end(old, new, last, end_a, piece):
            if end_a - 1 > last[1]:
                yield Span("delete", last[1], end_a - 1, last[3], last[3])
            if b1 - 1 > b0:
                yield Span("insert", end_a - 1, end_a - 1, b0, b1 - 1)
            last = ("equal", end_a - 1, end_a, b1 - 1, b1, None)
            end_b = b1
            continue
        else:
            yield _span(last, end_a, end_b)
            last = piece
        end_a = a1
        end_b = b1
    if last is not None:
        yield _span(last, end_a, end_b)


def _span(piece: _Piece, end_a: int, end_b: int) -> Span:
    op, a0, _, b0, _, move = piece
    if op == as_typed.FEED:
        return Span("notation", a0, end_a, b0, end_b, move, line_feed=True)
    return Span(op, a0, end_a, b0, end_b, move)


def _one_end(old: str, new: str, gone: _Piece, end: int, come: _Piece) -> bool:
    """Whether what was deleted up to `end` and what stands there instead end with the same line
    feed."""
    return (
        gone[0] == "delete"
        and gone[5] is come[5] is None
        and old[end - 1] == new[come[4] - 1] in _ENDS
    )
