"""Words that stand beside the box of the form: notes of the people who worked on it, no answers.

Knows where the boxes of a sheet begin and end; neither labels' meaning nor answers. What stands
outside is named with its cell and read by nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ..ooxml.book import BookCell, places_of
from .find_labels import FoundLabel
from .labels import PRINTED, has_figure
from .work import Assembly, shortened

_LEAST = 4  # cells with lines or merges that show where a form's boxes are
_SHARE = 0.15  # of them end where the boxes end


def take_notes(
    work: Assembly, founds: Sequence[FoundLabel], cells: Sequence[BookCell]
) -> frozenset[tuple[int, int, int]]:
    """The cells outside the boxes, each named."""
    labels: set[tuple[int, int, int]] = set()
    figures: set[int] = set()
    titles: dict[int, list[FoundLabel]] = defaultdict(list)
    for label in founds:
        labels |= places_of(label.cells)
        titles[label.sheet].append(label)
        if any(map(has_figure, label.token.node.part.children)):
            figures.add(label.sheet)
    by_sheet: dict[int, list[BookCell]] = defaultdict(list)
    for cell in cells:
        by_sheet[cell.sheet].append(cell)
    notes = []
    for sheet, here in by_sheet.items():
        bounds = _bounds(here)
        if sheet in figures or bounds is None or sheet not in titles:
            continue
        left, right = bounds
        left = min([left, *(label.box[1] for label in titles[sheet])])
        right = max([right, *(label.box[3] for label in titles[sheet])])
        for cell in here:
            is_outside = cell.col > right or cell.col2 < left
            is_free = cell.at not in labels and cell.at not in work.mapped
            if is_outside and is_free and not PRINTED.match(cell.text):
                notes.append(cell)
    for cell in notes:
        _name(work, cell)
    return frozenset(places_of(notes))


def _bounds(cells: Sequence[BookCell]) -> tuple[int, int] | None:
    """First and last column of the boxes of a sheet; None where no lines or merges show them."""
    boxes = [cell for cell in cells if cell.ruled or cell.col2 > cell.col]
    if len(boxes) < _LEAST:
        return None
    least = max(2.0, len(boxes) * _SHARE)
    rights = [col for col, count in Counter(cell.col2 for cell in boxes).items() if count >= least]
    lefts = [col for col, count in Counter(cell.col for cell in boxes).items() if count >= least]
    if not rights or not lefts:
        return None
    return min(lefts), max(rights)


def _name(work: Assembly, cell: BookCell) -> None:
    if cell.text.strip():
        work.stray.append(cell)
        sentence = (
            f"「{shortened(cell.text)}」は記載欄の外に書かれているため、"
            "記載として読み取りませんでした。記載にするときは、欄の中に書いてください。"
        )
        work.say("beside", sentence, cell, "warning")
