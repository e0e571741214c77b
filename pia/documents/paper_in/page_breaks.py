"""Rows of a table that the end of a page broke in two: which text on the next page goes on with
which.

Knows pieces of two pages and the form's labels. Must not know what an answer is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..workbook_in.labels import Script
from . import boxes
from .boxes import PaperPiece

_NEAR = 1.5  # points
_SAME = 3.0  # points by which the edges of one column may differ on two pages


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A piece with the index of its cell; `joined`: it goes on with a page before."""

    piece: PaperPiece
    index: int
    joined: bool


def going_on(
    pieces: Sequence[PaperPiece], before: Sequence[PlacedPiece], script: Script | None
) -> Mapping[int, PlacedPiece]:
    """Pieces of a page's first row that go on with the last row of the page before: id of the
    piece → what it goes on with. All of the row, or nothing."""
    first = _row(pieces, last=False)
    ends = _row([placed.piece for placed in before], last=True)
    if not first or not ends:
        return {}
    last = [placed for placed in before if placed.piece in ends]
    out = {}
    for piece in first:
        above = next((one for one in reversed(last) if _is_over(one.piece, piece)), None)
        if above is None or boxes.lists_options(piece.text):
            return {}
        out[id(piece)] = above
    if _is_broken(first, last, out, script):
        return out
    return {}


def _is_broken(
    first: Sequence[PaperPiece],
    last: Sequence[PlacedPiece],
    pairs: Mapping[int, PlacedPiece],
    script: Script | None,
) -> bool:
    """Whether a page's first row is the rest of a row and no row of its own."""
    left = min(piece.left for piece in first)
    if min(placed.piece.left for placed in last) < left - _NEAR:
        # Its label stands on the page before, and an empty box in its place here.
        return True
    if any(placed.joined for placed in last) and not _is_label(script, first[0]):
        return True
    if all(map(_is_open_below, last)) and all(map(_is_open_above, first)):
        return True
    if script is None:
        return False
    above = pairs[id(first[0])].piece
    if len(first) > 1:
        # The label itself is broken: neither half is one, both together are.
        whole = f"{above.text}{first[0].text}"
        return not script.match(above.text) and any(
            match.weight >= 0.8 for match in script.match(whole)
        )
    # A text over the whole width, in the middle of a sentence.
    return above.full and not _is_label(script, above) and not _is_label(script, first[0])


def _is_label(script: Script | None, piece: PaperPiece) -> bool:
    return script is not None and bool(script.match(piece.text))


def _is_open_below(placed: PlacedPiece) -> bool:
    return placed.piece.frame is not None and placed.piece.frame.cut


def _is_open_above(piece: PaperPiece) -> bool:
    return piece.frame is not None and piece.frame.begun


def _is_over(above: PaperPiece, piece: PaperPiece) -> bool:
    """Whether two pieces stand in the same column."""
    return abs(above.left - piece.left) < _SAME and abs(above.right - piece.right) < _SAME


def _row(pieces: Sequence[PaperPiece], last: bool) -> list[PaperPiece]:
    """The framed pieces of the first or the last row of a page."""
    tops = [round(piece.frame.top) for piece in pieces if piece.frame is not None]
    if not tops:
        return []
    top = max(tops) if last else min(tops)
    row = []
    for piece in pieces:
        if piece.frame is not None and round(piece.frame.top) == top:
            row.append(piece)
    return sorted(row, key=lambda piece: piece.left)


def behind(before: PaperPiece, piece: PaperPiece) -> str:
    """What a piece adds to the text it goes on with."""
    room = 0.0 if before.full else piece.right - piece.left
    return boxes.between(before.text, piece.text, room, piece.size) + piece.text
