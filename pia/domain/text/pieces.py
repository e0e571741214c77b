"""Spans made ready to be shown: pieces of one running text, or of two sides, with long unchanged stretches folded.

Every medium (page, terminal, workbook, paper) renders these pieces; none looks at offsets again. Knows no markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .spans import Span

_FOLD = 120  # an unchanged stretch longer than this is folded
_KEEP = 36  # and so much of it stays on each side that borders a change


@dataclass(frozen=True, slots=True)
class Piece:
    """op: equal, delete, insert, notation, or fold (an unchanged stretch left out; `text` is what was left out)."""

    op: str
    text: str
    move: int | None = None


def inline(old: str, new: str, spans: Sequence[Span], fold: bool = True) -> tuple[Piece, ...]:
    """One running text: what was deleted stands where it stood, followed by what came instead."""
    out: list[Piece] = []
    for s in spans:
        text = old[s.a0 : s.a1] if s.op == "delete" else new[s.b0 : s.b1]
        if text:
            out.append(Piece(s.op, text, s.move))
        elif s.op == "notation" and s.a1 > s.a0:
            out.append(Piece("notation", old[s.a0 : s.a1], s.move))
    return _folded(out) if fold else tuple(out)


def sides(
    old: str, new: str, spans: Sequence[Span], fold: bool = True
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The two sides of a 新旧対照表: each with only its own marks."""
    left = [
        Piece(s.op, old[s.a0 : s.a1], s.move)
        for s in sorted(spans, key=lambda s: (s.a0, s.a1))
        if s.a1 > s.a0
    ]
    right = [Piece(s.op, new[s.b0 : s.b1], s.move) for s in spans if s.b1 > s.b0]
    return (_folded(left), _folded(right)) if fold else (tuple(left), tuple(right))


def _folded(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    out: list[Piece] = []
    for i, p in enumerate(pieces):
        if p.op != "equal" or len(p.text) <= _FOLD or p.move:
            out.append(p)
            continue
        head = p.text[:_KEEP] if i else ""
        tail = p.text[-_KEEP:] if i + 1 < len(pieces) else ""
        middle = p.text[len(head) : len(p.text) - len(tail)]
        if not head and not tail:
            out.append(p)
            continue
        out += [
            x for x in (Piece("equal", head), Piece("fold", middle), Piece("equal", tail)) if x.text
        ]
    return tuple(out)
