"""How much room a text takes in a cell, and where a long one goes on in another row: spreadsheet
programs compute neither for merged cells.

Knows widths of letters and lines; nothing of forms or files. Pieces of a text joined again are the
text, to the letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# What a row says that goes on with the text above it: behind a line feed, or in mid line.
CONTINUED = "（続き）"
CONTINUED_INLINE = "（続き・改行なし）"
LINE = 14.6  # points a line of body text takes
ROW_LINES = 16  # Excel shows no row higher than 409 points; lower ones leave less of a page empty
_CHARS = 8_000  # a cell holds 32,767 UTF-16 units; letters without width must not reach that
PX = 8.0  # pixels of a digit of the workbook's standard font


def width(text: str, points: float = 10) -> float:
    """Pixels a line takes in a Japanese font of that size."""
    return sum(map(_halves, text)) * points * 2 / 3


@cache
def _halves(ch: str) -> int:
    """Widths of a digit a letter takes."""
    if ch == "\t":
        return 4
    if unicodedata.combining(ch) or "\U000e0100" <= ch <= "\U000e01ef":
        return 0
    if unicodedata.east_asian_width(ch) in "FWA":
        return 2
    return 1


def lines(text: str, pixels: float, points: float = 10) -> int:
    """Lines a text takes in a cell of that width; a margin for fonts and for line-breaking rules is
    kept.
    """
    room = max((pixels - 18) * 0.97, 2 * points)
    return sum(_lines_of(line, room, points) for line in text.split("\n"))


# Figures in a row with their commas: programs break no line within them while they fit one.
_RUN = re.compile(r"[0-9A-Za-z.,、，．/-]{8,}")


def _lines_of(line: str, room: float, points: float) -> int:
    """Lines one line of a text takes: a long run of figures begins one of its own where it does not
    fit what is left."""
    used = 0.0
    at = 0
    for run in _RUN.finditer(line):
        used += width(line[at : run.start()], points)
        wide = width(run.group(), points)
        begun = used % room
        if begun and wide > room - begun:
            used += room - begun
        used += wide
        at = run.end()
    used += width(line[at:], points)
    return max(1, -int(-used // room))


def height(text: str, pixels: float, points: float = 10) -> float:
    """Points a text takes in a width of pixels."""
    return lines(text, pixels, points) * LINE * points / 10 + 5


def chunks(text: str, pixels: float, limit: int = ROW_LINES) -> Iterator[tuple[str, str]]:
    """(label of the row, text) pieces that each fit a row.

    Joined with LF after （続き） and without after （続き・改行なし） they are the text again.
    """
    row: list[str] = []
    used = size = 0
    label = ""
    for line in text.split("\n"):
        need = lines(line[:_CHARS], pixels)
        if row and (used + need > limit or size + len(line) > _CHARS):
            yield label, "\n".join(row)
            row = []
            used = 0
            size = 0
            label = CONTINUED
        while need > limit or len(line) > _CHARS:
            cut = _cut(line, pixels, limit)
            yield label, line[:cut]
            line = line[cut:]
            label = CONTINUED_INLINE
            need = lines(line[:_CHARS], pixels)
        row.append(line)
        used = used + need
        size = size + len(line) + 1
    yield label, "\n".join(row)


def _cut(line: str, pixels: float, limit: int) -> int:
    """Where to cut a line too long for a row: behind the last full stop that still fits, never
    before a mark that belongs to the letter before it.
    """
    room = (pixels - 18) * 0.97 * (limit - 1)
    used = 0.0
    at = 0
    while at < min(len(line), _CHARS) and used <= room:
        used += width(line[at])
        at += 1
    stop = max(line.rfind(mark, at // 2, at) for mark in "。、 ")
    if stop > 0:
        at = stop + 1
    else:
        at = max(at - 1, 1)
    while at < len(line) and (
        unicodedata.combining(line[at])
        or "\ufe00" <= line[at] <= "\ufe0f"
        or "\U000e0100" <= line[at] <= "\U000e01ef"
    ):
        at += 1
    return at
