"""Where a speech stands among others: a key between two keys, however often something is put
between (会議録の発言の順).

Knows keys as texts that are compared letter by letter. Must not know what stands at them. A key is
a fraction written with 62 digits; it never ends in the lowest one, so that there is always room
before it.
"""

from __future__ import annotations

from ..errors import PiaError

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(DIGITS)
_STEP = 1  # a key at the end follows the last one closely: many follow


def between(before: str, after: str) -> str:
    """A key after `before` and ahead of `after`; empty: the beginning, the end. PiaError where the
    two are not in order."""
    if after and before >= after:
        raise PiaError("発言の順が読めません。画面を開き直してください。")
    if not after:
        return _next(before)
    key = ""
    for place in range(len(before) + len(after) + 1):
        low = _digit(before, place, 0)
        high = _digit(after, place, _BASE) if key == after[:place] else _BASE
        if high - low > 1:
            return key + DIGITS[(low + high) // 2]
        key += DIGITS[low]
    raise PiaError("発言の順が読めません。画面を開き直してください。")


def _digit(key: str, place: int, missing: int) -> int:
    if place < len(key):
        return DIGITS.index(key[place])
    return missing


def _next(last: str) -> str:
    """The key that follows closely: of four digits, so that thousands follow without growing."""
    width = max(4, len(last))
    whole = 0
    for place in range(width):
        whole = whole * _BASE + _digit(last, place, 0)
    whole += _STEP
    if whole % _BASE == 0:
        whole += 1
    if whole >= _BASE**width:
        return last + DIGITS[1]
    digits = ""
    for _ in range(width):
        digits = DIGITS[whole % _BASE] + digits
        whole //= _BASE
    return digits


def following(last: str, many: int) -> list[str]:
    """So many keys in order after `last`."""
    keys = []
    for _ in range(many):
        last = _next(last)
        keys.append(last)
    return keys


def within(before: str, after: str, many: int) -> list[str]:
    """So many keys in order between two."""
    keys = []
    for _ in range(many):
        before = between(before, after)
        keys.append(before)
    return keys
