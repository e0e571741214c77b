"""A copy of records with black boxes where something is not disclosed, as PDF.

Knows labels, open words and boxes. Must not know what lies under a box: it is never handed the
words, and every box is as wide as the next, so that nothing of the file says what or how long they
are. A box bears its number in the 墨塗り一覧.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..pdf.fonts import NO_OWN, OwnFonts
from ..word import as_pdf
from ..word.model import Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper, cell, para

_SHADE = "E4E9EF"
_WIDTHS = (120.0, 361.9)


@dataclass(frozen=True, slots=True)
class BlackedText:
    """A text of a record with what it is called: pieces in order, open words or the number of a
    box."""

    where: str
    pieces: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class BlackedCopy:
    """The copy of one record, beginning on a page of its own. `head` names the record by its number
    in the list; `notes` are what is said of the copy."""

    head: str
    notes: tuple[str, ...]
    lines: tuple[BlackedText, ...]


def box(number: int) -> str:
    """What stands on a box: as many letters for every number up to 9999."""
    return f"【墨{number:04d}】"


def write(
    pages: Sequence[BlackedCopy],
    title: str,
    *,
    own: OwnFonts = NO_OWN,
) -> bytes:
    """The PDF's bytes; equal pages give equal bytes. PiaError names a character the typeface
    lacks."""
    items: list[Item] = []
    for number, page in enumerate(pages):
        if number:
            items.append(Break())
        items.append(para(page.head, bold=True, size=14, after=6, level=1))
        for note in page.notes:
            items.append(para(note, size=9))
        items.append(_table(page))
    return as_pdf.write(WrittenPaper(title, tuple(items), size=10), own=own)


def _table(page: BlackedCopy) -> PaperTable:
    head = (cell("箇所", bold=True, shade=_SHADE), cell("記載", bold=True, shade=_SHADE))
    rows = tuple((cell(line.where), PaperCell((Para(_runs(line.pieces)),))) for line in page.lines)
    return PaperTable(_WIDTHS, (head, *rows), heads=1)


def _runs(pieces: Sequence[str | int]) -> tuple[Run, ...]:
    runs = []
    for piece in pieces:
        if isinstance(piece, int):
            runs.append(Run(box(piece), black=True))
        else:
            runs.append(Run(piece))
    return tuple(runs)
