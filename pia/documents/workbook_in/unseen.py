"""What nobody sees in a workbook, and what cannot be read for what it says: hidden sheets, rows and
columns, words struck through, letters that were lost on the way.

Knows labels, places and letters; no answers. A hidden copy of a part is left out and said; hidden
words that stand nowhere else are read, and that is said by `remarks`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...domain.document.items import folded
from ..ooxml.book import BookCell, address, places_of
from .labels import OPTIONS, PRINTED, Script
from .work import Assembly, shortened

_SURE = 1.0  # a label to the letter
_ALIKE = 0.5  # of a copy's words, so many stand where people see them as well
_TELLING = 4  # letters that tell a text
_LOST = re.compile("[\ufffd\x80-\x84\x86-\x9f]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LETTERS = (
    (_LOST, "garbled", "文字化けした文字があります。元の資料で確かめて、書き直してください。"),
    (
        _PRIVATE,
        "garbled",
        "外字（作った環境でしか表示できない文字）があり、ほかでは文字化けします。"
        "通常の文字に書き直してください。",
    ),
    (_INVISIBLE, "invisible", "目に見えない文字があります。必要がなければ消してください。"),
)


def without_copies(work: Assembly, cells: Sequence[BookCell]) -> list[BookCell]:
    """The cells without hidden copies of what stands where people see it; each is said once."""
    seen = _Visible(work.script, [cell for cell in cells if not cell.hidden])
    out: set[tuple[int, int, int]] = set()
    for group in _groups(work, cells):
        if seen.has_all_of(group):
            out |= places_of(group)
            _say(work, group)
    beside = [cell for cell in cells if cell.at not in out and seen.stands_beside(work, cell)]
    for group in _by_sheet(beside):
        out |= places_of(group)
        _say(work, group)
    return [cell for cell in cells if cell.at not in out]


def _groups(work: Assembly, cells: Iterable[BookCell]) -> list[list[BookCell]]:
    """Hidden cells that were hidden together: a sheet, or rows or columns of one."""
    groups: dict[tuple[int, str, int], list[BookCell]] = defaultdict(list)
    last = (-1, -1)
    run = 0
    for cell in cells:
        if not cell.hidden:
            continue
        sheet = work.book.sheets[cell.sheet]
        if sheet.state != "visible":
            groups[cell.sheet, "sheet", 0].append(cell)
        elif sheet.widths.get(cell.col) == 0.0:
            groups[cell.sheet, "col", 0].append(cell)
        else:
            between = range(last[1] + 1, cell.row)
            if last[0] != cell.sheet or any(sheet.heights.get(row) != 0.0 for row in between):
                run += 1
            last = (cell.sheet, cell.row)
            groups[cell.sheet, "row", run].append(cell)
    return list(groups.values())


def _by_sheet(cells: Iterable[BookCell]) -> list[list[BookCell]]:
    groups: dict[int, list[BookCell]] = defaultdict(list)
    for cell in cells:
        groups[cell.sheet].append(cell)
    return list(groups.values())


class _Visible:
    """The labels and words that people see."""

    def __init__(self, script: Script, cells: Sequence[BookCell]):
        self.script = script
        self.labels: set[int] = set()
        self.words = {folded(cell.text) for cell in cells}
        self.rows: dict[tuple[int, int], list[BookCell]] = defaultdict(list)
        for cell in cells:
            self.rows[cell.sheet, cell.row].append(cell)
            self.labels.update(self._labels(cell))

    def _labels(self, cell: BookCell) -> set[int]:
        """The labels a cell surely is."""
        found = set()
        for match in self.script.match(cell.text):
            if match.weight >= _SURE and self.script.tokens[match.token].kind != "note":
                found.add(match.token)
        return found

    def has_all_of(self, group: Sequence[BookCell]) -> bool:
        """Whether hidden cells only repeat what people see: the same labels, and in parts that
        stand once for every ファイル or system the same words."""
        labels: set[int] = set()
        words = []
        for cell in group:
            here = self._labels(cell)
            labels |= here
            text = folded(cell.text)
            if any(self.script.tokens[label].prefix for label in here) and text not in self.words:
                # システム3, where people see only システム1: the next entry and no copy.
                return False
            if not here and len(text) >= _TELLING and not PRINTED.match(cell.text):
                words.append(text)
        if not labels or not labels <= self.labels:
            return False
        if not any(self.script.around(label) for label in labels):
            return True
        same = [text for text in words if text in self.words]
        return bool(words) and len(same) >= len(words) * _ALIKE

    def stands_beside(self, work: Assembly, cell: BookCell) -> bool:
        """Whether a cell of a hidden column stands beside words of its row that people see."""
        sheet = work.book.sheets[cell.sheet]
        if not cell.hidden or sheet.state != "visible" or sheet.widths.get(cell.col) != 0.0:
            return False
        for mate in self.rows.get((cell.sheet, cell.row), ()):
            is_printed = self._labels(mate) or folded(mate.text).startswith(folded(OPTIONS))
            if mate.col > cell.col and not is_printed:
                return True
            if mate.col < cell.col and not is_printed:
                return True
        return False


def _say(work: Assembly, group: Sequence[BookCell]) -> None:
    """That a hidden copy was left out, once for its sheet, rows or columns."""
    sheet = work.book.sheets[group[0].sheet]
    if sheet.state != "visible":
        sentence = (
            "非表示のシートです。同じ部分が表示されているため、このシートは読み取りませんでした。"
        )
        work.warn_sheet("hidden_copy", sentence, sheet.index)
        return
    places = [address(group[0].row, group[0].col), address(group[-1].row, group[-1].col)]
    sentence = (
        f"非表示の行・列（{'～'.join(dict.fromkeys(places))}）は、"
        "表示されている欄と重なるため、読み取りませんでした。"
    )
    work.warn_sheet("hidden_copy", sentence, sheet.index)


def warn_of_letters(work: Assembly, cells: Iterable[BookCell]) -> None:
    """Names each cell with letters that were lost, that only one machine shows, or that nobody
    sees."""
    for cell in cells:
        for letters, code, sentence in _LETTERS:
            if letters.search(cell.text):
                work.say(code, f"「{_plainly(cell.text)}」に{sentence}", cell, "warning")


def _plainly(text: str) -> str:
    """A text with a mark for each letter that shows nothing."""
    return shortened(_INVISIBLE.sub("␣", _LOST.sub("\ufffd", text)))


def warn_of_struck(work: Assembly, cells: Iterable[BookCell]) -> None:
    """Names each cell with words struck through: they are no living text."""
    whole = [cell for sheet in work.book.sheets for cell in sheet.struck]
    for cell in (*cells, *whole):
        if cell.struck.strip() and not folded(cell.struck).startswith(folded(OPTIONS)):
            sentence = (
                f"「{shortened(cell.struck)}」は取消線が引かれているため、"
                "消された記載として、読み取りませんでした。"
            )
            work.say("struck", sentence, cell, "warning")
