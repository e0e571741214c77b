"""Pieces found on the letters that count of two texts, set in the texts as they were typed.

What was typed otherwise and counts the same becomes notation, what lies between the letters is
notation too or part of what changed around it, and a number that only shifted is a renumbering.
Every letter typed is in exactly one piece. Must not know how the pieces are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from .notation import Plain
from .numbering import Numbered, Shifts

# op, a0, a1, b0, b1, move
Piece = tuple[str, int, int, int, int, int | None]
FEED = "line feed"
_NUMBER = "number"
_LINE_BREAK = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_CHANGED = ("delete", "insert")


def pieces(
    old: Plain, new: Plain, found: Iterable[Piece], shifts: Shifts | None
) -> Iterator[Piece]:
    """The pieces with places in the typed texts."""
    if old.inner or new.inner:
        found = _gathered(_outside(found, old.inner, new.inner))
    setting = _Setting(old, new, shifts)
    setting.rest_at_start()
    for piece in found:
        setting.put(piece)
    setting.close()
    return setting.settled()


class _Setting:
    """The work under way. `gap`: what was typed behind the last piece and does not count, for the
    next piece to take or to leave."""

    def __init__(self, old: Plain, new: Plain, shifts: Shifts | None):
        self.old = old
        self.new = new
        self.shifts = shifts
        self.out: list[Piece] = []
        self.numbers: dict[int, tuple[Numbered, Numbered]] = {}
        self.gap: tuple[int, int, int, int, int | None] | None = None
        self.after = "equal"

    def rest_at_start(self) -> None:
        """What was typed before the first letter that counts."""
        a0, a1 = self.old.rest(-1)
        b0, b1 = self.new.rest(-1)
        self._gap(a0, a1, b0, b1, None)
        self.close()

    def put(self, piece: Piece) -> None:
        """One more piece, in the order of the new text."""
        op, a0, a1, b0, b1, move = piece
        if a1 == a0 and b1 == b0:
            return
        if op == "delete":
            self._delete(a0, a1, move)
        elif op == "insert":
            self._insert(b0, b1, move)
        else:
            self.close()
            self._same(a0, a1, b0, b1, move, op == "notation")

    def close(self) -> None:
        """Gives out the gap that no piece took."""
        if self.gap is None:
            return
        a0, a1, b0, b1, move = self.gap
        self.gap = None
        self._put_gap(a0, a1, b0, b1, move)

    def _put_gap(self, a0: int, a1: int, b0: int, b1: int, move: int | None) -> None:
        before = self.old.typed[a0:a1]
        after = self.new.typed[b0:b1]
        if before == after:
            op = "equal"
        elif _LINE_BREAK.search(before + after):
            op = FEED
        else:
            op = "notation"
        if before or after:
            self.out.append((op, a0, a1, b0, b1, move))

    def _gap(self, a0: int, a1: int, b0: int, b1: int, move: int | None) -> None:
        self.gap = (a0, a1, b0, b1, move)

    def _delete(self, a0: int, a1: int, move: int | None) -> None:
        start, end = self.old.part(a0, a1)
        rest = self.old.rest(a1 - 1)[1]
        if self.gap and self._same_gap(
            self.gap[2:4], self.gap[:2], self.new, (end, rest), self.old
        ):
            # What stood before the deleted words stands behind them in the old text.
            here = self.gap[2]
            gap_end = self.gap[3]
            self.gap = None
            self.out.append(("delete", start, end, here, here, move))
            self._gap(end, rest, here, gap_end, move)
            self.after = "equal"
            return
        if self.gap and self.after == "equal" and _taken(self.old, self.gap[:2], self.gap[2:4]):
            start = self.gap[0]
            self.gap = None
        self.close()
        here = self.out[-1][4] if self.out else 0
        self.out.append(("delete", start, end, here, here, move))
        self._gap(end, rest, here, here, move)
        self.after = "delete"

    def _insert(self, b0: int, b1: int, move: int | None) -> None:
        start, end = self.new.part(b0, b1)
        gap = self.gap
        rest = self.new.rest(b1 - 1)[1]
        if (
            gap
            and self.after == "delete"
            and gap[4] is None is move
            and self.out[-1][0] == "delete"
        ):
            # What stood behind the deleted words and what stands behind the new ones are one place.
            here = gap[0]
            self.gap = None
            self.out.append(("insert", here, here, start, end, move))
            self._gap(gap[0], gap[1], end, rest, move)
            self.after = "insert"
            return
        if gap and self._same_gap(gap[:2], gap[2:4], self.old, (end, rest), self.new):
            here = gap[0]
            self.gap = None
            self.out.append(("insert", here, here, start, end, move))
            self._gap(here, gap[1], end, rest, move)
            self.after = "equal"
            return
        if gap and self.after == "equal" and _taken(self.new, gap[2:4], gap[:2]):
            start = gap[2]
            self.gap = None
            here = gap[1]
        else:
            self.close()
            here = self.out[-1][2] if self.out else 0
        self.out.append(("insert", here, here, start, end, move))
        self._gap(here, here, end, rest, move)
        self.after = "insert"

    def _same_gap(
        self,
        mine: tuple[int, ...],
        other: tuple[int, ...],
        side: Plain,
        rest: tuple[int, int],
        rest_side: Plain,
    ) -> bool:
        """Whether what one side has before words that the other lacks is what stands behind them
        there."""
        if self.after != "equal" or other[0] != other[1] or mine[0] == mine[1]:
            return False
        return side.typed[mine[0] : mine[1]] == rest_side.typed[rest[0] : rest[1]]

    def _same(self, a0: int, a1: int, b0: int, b1: int, move: int | None, noted: bool) -> None:
        """Letters that count the same: to the letter, or otherwise typed."""
        old, new = self.old, self.new
        if noted:
            x0, x1 = old.part(a0, a1)
            y0, y1 = new.part(b0, b1)
            self.out.append(("notation", x0, x1, y0, y1, move))
        else:
            x0 = old.begins[a0]
            y0 = new.begins[b0]
            x1 = old.ends[a1 - 1]
            y1 = new.ends[b1 - 1]
            if old.typed[x0:x1] == new.typed[y0:y1]:
                self.out.append(("equal", x0, x1, y0, y1, move))
            else:
                self._letters(a0, a1, b0, move)
        self._gap(*old.rest(a1 - 1), *new.rest(b1 - 1), move)
        self.after = "equal"

    def _letters(self, a0: int, a1: int, b0: int, move: int | None) -> None:
        """Letter by letter, with what lies between them."""
        for index in range(a0, a1):
            other = b0 + index - a0
            if index > a0:
                self._put_gap(*self.old.rest(index - 1), *self.new.rest(other - 1), move)
            x0, x1 = self.old.begins[index], self.old.ends[index]
            y0, y1 = self.new.begins[other], self.new.ends[other]
            if x0 == x1 and y0 == y1:
                continue
            before = self.old.typed[x0:x1]
            after = self.new.typed[y0:y1]
            op = "equal" if before == after else "notation"
            if op == "notation" and _LINE_BREAK.search(before):
                op = FEED
            elif op == "notation" and self._is_number(x0, y0):
                op = _NUMBER
            self.out.append((op, x0, x1, y0, y1, move))

    def _is_number(self, x0: int, y0: int) -> bool:
        if self.shifts is None:
            return False
        old = self.shifts.old.get(x0)
        new = self.shifts.new.get(y0)
        if old is None or new is None or old.value == new.value:
            return False
        self.numbers[len(self.out)] = (old, new)
        self.shifts.pair(old, new)
        return True

    def settled(self) -> Iterator[Piece]:
        """All pieces; a number that did not merely shift was changed."""
        for index, piece in enumerate(self.out):
            if piece[0] == _NUMBER:
                yield from self._number(index)
            else:
                yield piece

    def _number(self, index: int) -> Iterator[Piece]:
        _, a0, a1, b0, b1, move = self.out[index]
        assert self.shifts is not None
        if self.shifts.renumbered(*self.numbers[index]):
            yield "renumbered", a0, a1, b0, b1, move
        else:
            yield "delete", a0, a1, b0, b0, move
            yield "insert", a1, a1, b0, b1, move


def _taken(side: Plain, mine: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether blanks that only one side has go with the words that go or come behind them."""
    blank = side.typed[mine[0] : mine[1]]
    return bool(blank) and other[0] == other[1] and not _LINE_BREAK.search(blank)


def blanks_noted(old: str, new: str, found: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with blanks and line feeds that came or went as notation. Those of a line that
    came or went belong to it, and a blank between digits makes two numbers of one."""
    pieces_found = list(found)
    for index, piece in enumerate(pieces_found):
        op, a0, a1, b0, b1, move = piece
        if op == "delete":
            text, start, end = old, a0, a1
        elif op == "insert":
            text, start, end = new, b0, b1
        else:
            yield piece
            continue
        words = text[start:end]
        between_digits = text[start - 1 : start].isdigit() and text[end : end + 1].isdigit()
        if words.strip() or between_digits or _has_beside(pieces_found, index):
            yield piece
        elif _LINE_BREAK.search(words):
            yield FEED, a0, a1, b0, b1, move
        else:
            yield "notation", a0, a1, b0, b1, move


def _has_beside(found: list[Piece], index: int) -> bool:
    """Whether a neighbour is a change of the same kind, of the same passage."""
    here = found[index]
    for other in (index - 1, index + 1):
        if 0 <= other < len(found):
            beside = found[other]
            if beside[0] == here[0] and beside[5] == here[5]:
                return True
    return False


def _outside(
    found: Iterable[Piece], inner: frozenset[int], new_inner: frozenset[int]
) -> Iterator[Piece]:
    """The pieces, with letters that were typed as one kept together: what is the same gives up
    those that are in part changed."""
    for op, a0, a1, b0, b1, move in found:
        if op in _CHANGED:
            yield op, a0, a1, b0, b1, move
            continue
        first = 0
        count = a1 - a0
        if op == "notation":
            yield op, a0, a1, b0, b1, move
            continue
        while first < count and (a0 + first in inner or b0 + first in new_inner):
            first += 1
        last = count
        while last > first and (a0 + last in inner or b0 + last in new_inner):
            last -= 1
        if first:
            yield "delete", a0, a0 + first, b0, b0, move
            yield "insert", a0 + first, a0 + first, b0, b0 + first, move
        if last > first:
            yield op, a0 + first, a0 + last, b0 + first, b0 + last, move
        if last < count:
            yield "delete", a0 + last, a1, b0 + last, b0 + last, move
            yield "insert", a1, a1, b0 + last, b1, move


def _gathered(found: Iterable[Piece]) -> Iterator[Piece]:
    """What changed between two equal pieces as one deletion and one insertion, where each is one
    stretch."""
    for changed, run in groupby(found, key=lambda piece: (piece[0] in _CHANGED, piece[5])):
        parts = list(run)
        gone = [piece for piece in parts if piece[0] == "delete"]
        came = [piece for piece in parts if piece[0] == "insert"]
        if not changed[0] or not _is_one(gone, 1) or not _is_one(came, 3):
            yield from parts
            continue
        if gone:
            yield "delete", gone[0][1], gone[-1][2], gone[0][3], gone[0][3], gone[0][5]
        if came:
            end = gone[-1][2] if gone else came[0][1]
            yield "insert", end, end, came[0][3], came[-1][4], came[0][5]


def _is_one(parts: list[Piece], side: int) -> bool:
    """Whether pieces follow each other without a break on one side."""
    return all(one[side + 1] == other[side] for one, other in pairwise(parts))
