"""What changed inside one sentence: words aligned, edges slid to where a person would put them,
equal crumbs between two changes swallowed.

Works on words (`tokens`), so an edge never falls inside one; every piece keeps both texts exact.
Knows one pair of sentences and nothing around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from . import alignment
from .notation import same_but_notation
from .tokens import characters, clauses, common, script, tokens_of_both

_ORDINARY = 1_000


class Hunk(NamedTuple):
    """kind "=" equal to the letter, "~" notation only, "x" changed; ranges in words while at work,
    in code points when given out.
    """

    kind: str
    a0: int
    a1: int
    b0: int
    b1: int

    @property
    def replaces(self) -> bool:
        """Whether it has words on both sides."""
        return self.a1 > self.a0 and self.b1 > self.b0


def hunks_of(a: str, b: str, view: str, coarse: list[bool]) -> Sequence[Hunk]:
    """Hunks that tile two different sentences. view: phrase, char, clause. The same edit comes
    again in every document a national text went into, and in every medium of one comparison, so
    sentences of ordinary length are remembered.
    """
    hunks, budget_spent = (_remembered if len(a) + len(b) < _ORDINARY else _worked_out)(a, b, view)
    if budget_spent:
        coarse.append(True)
    return hunks


def _worked_out(a: str, b: str, view: str) -> tuple[Sequence[Hunk], bool]:
    coarse: list[bool] = []
    head, tail = _same_clauses(a, b)
    x = a[head : len(a) - tail]
    y = b[head : len(b) - tail]
    if view == "clause":
        ta = clauses(x)
        tb = clauses(y)
        hunks = _aligned(ta, tb, coarse)
    elif view == "char":
        ta = characters(x)
        tb = characters(y)
        hunks = _slid(ta, tb, _aligned(ta, tb, coarse))
    else:
        ta, tb = tokens_of_both(x, y)
        hunks = _aligned(ta, tb, coarse)
        if len(hunks) > 1:
            hunks = _swallowed(ta, tb, _turned(ta, tb, _slid(ta, tb, hunks)))
        hunks = [hunk if hunk.kind != "x" else _judged(ta, tb, hunk) for hunk in hunks]
    out = _codepoints(hunks, ta, tb, head)
    if head:
        out.insert(0, Hunk("=", 0, head, 0, head))
    if tail:
        out.append(Hunk("=", len(a) - tail, len(a), len(b) - tail, len(b)))
    return out, bool(coarse)


_remembered = lru_cache(maxsize=8_192)(_worked_out)


def forget() -> None:
    """Empties what is remembered: for measuring."""
    _remembered.cache_clear()


def _same_clauses(a: str, b: str) -> tuple[int, int]:
    """Lengths of the whole clauses both begin and end with: they need not be cut into words."""
    head, tail = common(a, b)
    head = a.rfind("、", 0, head) + 1
    comma = a.find("、", len(a) - tail)
    return head, len(a) - comma - 1 if comma >= 0 else 0


def _judged(ta: Sequence[str], tb: Sequence[str], hunk: Hunk) -> Hunk:
    """A changed hunk whose two sides differ in notation only says so."""
    old = "".join(ta[hunk.a0 : hunk.a1])
    new = "".join(tb[hunk.b0 : hunk.b1])
    if hunk.replaces and same_but_notation(old, new):
        return hunk._replace(kind="~")
    return hunk


def _codepoints(
    hunks: Sequence[Hunk], ta: Sequence[str], tb: Sequence[str], start: int
) -> list[Hunk]:
    out: list[Hunk] = []
    index = other_index = start
    for hunk in hunks:
        end = index + len("".join(ta[hunk.a0 : hunk.a1]))
        other_end = other_index + len("".join(tb[hunk.b0 : hunk.b1]))
        if end > index or other_end > other_index:
            out.append(Hunk(hunk.kind, index, end, other_index, other_end))
        index = end
        other_index = other_end
    return out


def _aligned(ta: Sequence[str], tb: Sequence[str], coarse: list[bool]) -> list[Hunk]:
    out: list[Hunk] = []
    index = other_index = 0
    for a0, a1, b0, b1 in [
        *alignment.runs(ta, tb, coarse),
        (len(ta), len(ta), len(tb), len(tb)),
    ]:
        if index < a0:
            out.append(Hunk("=", index, a0, other_index, b0))
        if a1 > a0 or b1 > b0:
            out.append(Hunk("x", a0, a1, b0, b1))
        index = a1
        other_index = b1
    return out


def _border(words: Sequence[str], number: int) -> int:
    """How good a place between two words is for the edge of a mark, 0 to 6."""
    if number == 0 or number == len(words):
        return 6
    left = words[number - 1][-1]
    right = words[number][0]
    if left in "\n。":
        return 6
    if right in "\n":
        return 5
    if left in "、・／）)】＞」" or right in "（(【＜「①":
        return 4
    if right in "。、・／）)」】＞":
        return 3
    scripts = (script(left), script(right))
    if scripts[0] == scripts[1]:
        return 0
    if scripts == ("k", "h"):
        return 1
    return 2


def _slid(ta: Sequence[str], tb: Sequence[str], hunks: list[Hunk]) -> list[Hunk]:
    """Pure insertions and deletions moved along equal words to the best border; the text of both
    sides stays what it was.
    """
    out = list(hunks)
    index = 0
    while index < len(out):
        hunk = out[index]
        if hunk.kind == "x" and not hunk.replaces:
            before = _equal_at(out, index - 1)
            after = _equal_at(out, index + 1)
            shift = _shift(ta, tb, hunk, before, after)
            if shift:
                first = index - (before is not None)
                last = index + (after is not None)
                out[first : last + 1] = _shifted(hunk, before, after, shift)
                out = _merged(out)
                index = _index_from(out, hunk.a1 + shift, hunk.b1 + shift, index)
        index += 1
    return out


def _equal_at(hunks: Sequence[Hunk], index: int) -> Hunk | None:
    """The hunk of equal words at an index, if there is one."""
    if 0 <= index < len(hunks) and hunks[index].kind == "=":
        return hunks[index]
    return None


def _shift(
    ta: Sequence[str], tb: Sequence[str], hunk: Hunk, before: Hunk | None, after: Hunk | None
) -> int:
    """How many words a pure insertion or deletion is best moved to the right."""
    if before:
        room_left = before.a1 - before.a0
    else:
        room_left = 0
    if after:
        room_right = after.a1 - after.a0
    else:
        room_right = 0
    if hunk.a0 == hunk.a1:
        return _best_shift(tb, hunk.b0, hunk.b1, room_left, room_right)
    return _best_shift(ta, hunk.a0, hunk.a1, room_left, room_right)


def _shifted(hunk: Hunk, before: Hunk | None, after: Hunk | None, shift: int) -> list[Hunk]:
    """The moved hunk between the equal words on both sides, without empty ones."""
    _, a0, a1, b0, b1 = hunk
    if before:
        left_a = before.a0
    else:
        left_a = a0
    if before:
        left_b = before.b0
    else:
        left_b = b0
    if after:
        right_a = after.a1
    else:
        right_a = a1
    if after:
        right_b = after.b1
    else:
        right_b = b1
    three = (
        Hunk("=", left_a, a0 + shift, left_b, b0 + shift),
        Hunk("x", a0 + shift, a1 + shift, b0 + shift, b1 + shift),
        Hunk("=", a1 + shift, right_a, b1 + shift, right_b),
    )
    return [part for part in three if part.a1 > part.a0 or part.b1 > part.b0]


def _index_from(hunks: Sequence[Hunk], a: int, b: int, default: int) -> int:
    """The first changed hunk that ends at or behind these places."""
    for index, hunk in enumerate(hunks):
        if hunk.kind == "x" and hunk.a1 >= a and hunk.b1 >= b:
            return index
    return default


def _best_shift(texts: Sequence[str], x0: int, x1: int, room_left: int, room_right: int) -> int:
    best = _border(texts, x0) + _border(texts, x1)
    shift = 0
    for step, room in ((-1, room_left), (1, room_right)):
        y0 = x0
        y1 = x1
        for index in range(1, room + 1):
            if (step < 0 and texts[y0 - 1] != texts[y1 - 1]) or (
                step > 0 and texts[y0] != texts[y1]
            ):
                break
            y0 = y0 + step
            y1 = y1 + step
            score = _border(texts, y0) + _border(texts, y1)
            if score > best:
                best = score
                shift = step * index
    return shift


def _merged(hunks: list[Hunk]) -> list[Hunk]:
    out: list[Hunk] = []
    for hunk in hunks:
        if out and out[-1].kind == hunk.kind:
            out[-1] = Hunk(hunk.kind, out[-1].a0, hunk.a1, out[-1].b0, hunk.b1)
        else:
            out.append(hunk)
    return out


def _turned(ta: Sequence[str], tb: Sequence[str], hunks: list[Hunk]) -> list[Hunk]:
    """Where 及び stayed and its neighbour was replaced by itself (氏名及び住所 →
    氏名、住所及び連絡先), the member stays and the joining word moves.
    """
    out: list[Hunk] = []
    for hunk in hunks:
        if (
            len(out) > 1
            and hunk.kind == out[-2].kind == "x"
            and hunk.replaces
            and out[-2].a0 == out[-2].a1
            and out[-1].kind == "="
        ):
            added = out[-2]
            joining = out[-1]
            count = hunk.a1 - hunk.a0
            if (
                joining.a1 - joining.a0 == 1
                and ta[joining.a0] in _JOINING
                and count < added.b1 - added.b0
                and ta[hunk.a0 : hunk.a1] == tb[added.b1 - count : added.b1]
            ):
                out[-2:] = [
                    Hunk("x", joining.a0, joining.a1, added.b0, added.b1 - count),
                    Hunk("=", hunk.a0, hunk.a1, added.b1 - count, added.b1),
                    Hunk("x", hunk.a1, hunk.a1, added.b1, hunk.b1),
                ]
                continue
        out.append(hunk)
    return out


def _swallowed(ta: Sequence[str], tb: Sequence[str], hunks: list[Hunk]) -> list[Hunk]:
    """Equal crumbs between two changes become part of them: what is left says more in one piece."""
    again = True
    while again and len(hunks) > 2:
        again = False
        out: list[Hunk] = []
        for hunk in hunks:
            if (
                len(out) > 1
                and hunk.kind == out[-2].kind == "x"
                and out[-1].kind != "x"
                and _crumb(ta, tb, out[-2], out[-1], hunk)
            ):
                out.pop()
                out[-1] = Hunk("x", out[-1].a0, hunk.a1, out[-1].b0, hunk.b1)
                again = True
            else:
                out.append(hunk)
        hunks = _merged(out)
    return hunks


_BORDERS = frozenset("。\n｜\t（）()「」『』【】＜＞")
_JOINING = frozenset(("及び", "又は", "並びに", "若しくは", "かつ"))


def _numeric(words: Sequence[str]) -> bool:
    return len(words) == 1 and any(
        letter.isdigit() or letter in "〇一二三四五六七八九十百千元" for letter in words[0]
    )


def _of_numbers(ta: Sequence[str], tb: Sequence[str], hunk: Hunk) -> bool:
    """Whether one number came for another of the same unit."""
    old = ta[hunk.a0 : hunk.a1]
    new = tb[hunk.b0 : hunk.b1]
    return _numeric(old) and _numeric(new) and _unit(old[0]) == _unit(new[0])


def _unit(word: str) -> str:
    """A number without its digits."""
    return "".join(letter for letter in word if not _numeric([letter]))


def _size(words: Sequence[str], start: int, end: int) -> int:
    return sum(map(len, words[start:end]))


def _crumb(ta: Sequence[str], tb: Sequence[str], left: Hunk, middle: Hunk, right: Hunk) -> bool:
    """Whether the equal words between two changes are so few that one change reads better."""
    equal = "".join(ta[middle.a0 : middle.a1])
    if not _BORDERS.isdisjoint(equal):
        return False
    old_left = _size(ta, left.a0, left.a1)
    old_right = _size(ta, right.a0, right.a1)
    new_left = _size(tb, left.b0, left.b1)
    new_right = _size(tb, right.b0, right.b1)
    if not old_left + old_right or not new_left + new_right:
        # Two insertions, or two deletions: nothing would be gained.
        return False
    if _of_numbers(ta, tb, left) or _of_numbers(ta, tb, right):
        # Numbers and dates stand by themselves.
        return False
    size = min(max(old_left, new_left), max(old_right, new_right))
    if left.replaces and right.replaces:
        return _crumb_of_replacements(equal, size)
    if (left.replaces or right.replaces) and len(equal) == 1 and script(equal) == "h":
        return True
    return len(equal) * 3 <= size


def _crumb_of_replacements(equal: str, size: int) -> bool:
    """Between two replacements of at least `size` letters."""
    length = len(equal)
    if length <= 2 and all(script(letter) in "hp" for letter in equal):
        return True
    if length * 2 > size or equal in _JOINING:
        return False
    return length == 1 or "、" not in equal or length * 4 <= size
