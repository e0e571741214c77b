"""Spans made ready to be shown: pieces of one running text, or of two sides, with long unchanged
stretches folded.

Every medium (page, terminal, workbook, paper) renders these pieces; none looks at offsets again.
Knows no markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .notation import unseen
from .spans import Span

_FOLD = 120  # an unchanged stretch longer than this is folded
_KEEP = 36  # and so much of it stays on each side that borders a change
_REACH = 18  # or a little more, so that it ends where a clause ends
_STOPS = "。、\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """op: equal, delete, insert, notation, renumbered, or fold (an unchanged stretch left out;
    `text` is what was left out).
    """

    op: str
    text: str
    move: int | None = None


def inline(old: str, new: str, spans: Sequence[Span], fold: bool = True) -> tuple[Piece, ...]:
    """One running text: what was deleted stands where it stood, followed by what came instead."""
    out: list[Piece] = []
    for span in spans:
        if span.op == "delete":
            text = old[span.a0 : span.a1]
        else:
            text = new[span.b0 : span.b1]
        out.append(Piece(_seen(span.op, text), text, span.move))
    return _made(out, fold)


def sides(
    old: str, new: str, spans: Sequence[Span], fold: bool = True
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The two sides of a 新旧対照表: each with only its own marks."""
    left = []
    for span in sorted(spans, key=lambda span: (span.a0, span.a1)):
        if span.a1 > span.a0:
            text = old[span.a0 : span.a1]
            left.append(Piece(_seen(span.op, text), text, span.move))
    right = []
    for span in spans:
        if span.b1 > span.b0:
            text = new[span.b0 : span.b1]
            right.append(Piece(_seen(span.op, text), text, span.move))
    return _made(left, fold), _made(right, fold)


def _seen(op: str, text: str) -> str:
    """No mark stands around nothing: a notation of blanks and line feeds is not marked."""
    if op == "notation" and unseen(text):
        return "equal"
    return op


def _made(pieces: Sequence[Piece], fold: bool) -> tuple[Piece, ...]:
    """The pieces that have a text, equal neighbours as one."""
    out: list[Piece] = []
    for piece in pieces:
        if out and piece.op == "equal" == out[-1].op and piece.move == out[-1].move:
            out[-1] = Piece("equal", out[-1].text + piece.text, piece.move)
        elif piece.text:
            out.append(piece)
    if fold:
        return _folded(out)
    return tuple(out)


def _folded(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    out: list[Piece] = []
    for index, piece in enumerate(pieces):
        if piece.op != "equal" or len(piece.text) <= _FOLD or piece.move:
            out.append(piece)
            continue
        if index:
            head = _beginning(piece.text)
        else:
            head = ""
        if index + 1 < len(pieces):
            tail = _ending(piece.text)
        else:
            tail = ""
        middle = piece.text[len(head) : len(piece.text) - len(tail)]
        if not head and not tail:
            out.append(piece)
            continue
        for part in (Piece("equal", head), Piece("fold", middle), Piece("equal", tail)):
            if part.text:
                out.append(part)
    return tuple(out)


def _beginning(text: str) -> str:
    """What stays of a stretch after a change: up to the end of a clause, where one is near."""
    for place in range(_KEEP - 1, _KEEP + _REACH):
        if text[place] in _STOPS:
            return text[: place + 1]
    return text[:_KEEP]


def _ending(text: str) -> str:
    """What stays of a stretch before a change: from the beginning of a clause, where one is
    near."""
    for place in range(len(text) - _KEEP - 1, len(text) - _KEEP - _REACH - 1, -1):
        if text[place] in _STOPS:
            return text[place + 1 :]
    return text[-_KEEP:]
