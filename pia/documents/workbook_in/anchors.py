"""Where names and merges of a workbook belong that a program left behind when it put rows in, took
rows out or gave a sheet another name.

Excel moves a cell's name and its merge along with the cell; other programs move only the words. A
name is believed where its cell still says what was sent out, or stands beside its item's label;
else the rows of its sheet are laid against the rows that were sent out, and where name and label
disagree the label decides. Knows the form's labels and what was carried; no answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from ...domain.document.form import FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ..ooxml import carried
from ..ooxml.book import Book, BookCell, BookSheet
from .labels import Script

At = tuple[int, int, int]
Merge = tuple[int, int, int, int]
_TEXT = 2.0  # a cell says what was sent out in it
_LABEL = 1.0  # it stands beside the label of its item
_CHANGE = 0.8  # from here on the rows are moved by another number
_STAY = 0.05  # of two readings alike, the one that moves nothing
_MOST = 40  # numbers of rows that are tried
_LONG = 10  # letters; so much of a text cut over several cells is recognised
_TELLING = 4  # letters of an answer that tell it
_SURE = 1.0  # a label to the letter


@dataclass(frozen=True, slots=True)
class PlacedNames:
    """What the names of a workbook stand for now. `moved`: sheets whose names were left behind."""

    paths: dict[At, Path]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as the file has it, and what its cell held when it was sent out (folded)."""

    row: int
    col: int
    path: Path
    line: FormNode
    said: str


def placed(book: Book, script: Script, base: Mapping[str, Any]) -> PlacedNames:
    """The cell of every carried path, and the merges of the workbook put right beside them."""
    by_sheet = _names(book, script, base)
    sheets = {sheet.name: sheet for sheet in book.sheets if sheet.name != carried.SHEET}
    grounds = {name: _Ground(sheet, script) for name, sheet in sheets.items()}
    moved = []
    paths: dict[At, Path] = {}
    for name, found in _renamed(by_sheet, grounds).items():
        ground = grounds[found]
        names = by_sheet[name]
        shifts: list[int | None] = [0] * len(names)
        if not all(ground.is_right(each) for each in names):
            shifts, _ = ground.shifts(names)
        if any(shifts) or name != found:
            moved.append(found)
        if any(shifts) and ground.sheet.covered:
            ground.sheet.merge_anew(_merges(ground, names, shifts))
            ground = _Ground(ground.sheet, script)
        for each, shift in zip(names, shifts):
            if shift is not None and not ground.says_label(each, shift):
                paths[ground.sheet.index, each.row + shift, each.col] = each.path
    return PlacedNames(paths, tuple(moved))


def warned(moved: Sequence[str]) -> list[Problem]:
    """That the names of sheets were left behind, for a person to look at what was read."""
    out = []
    for name in moved:
        sentence = (
            "行やシートが、書き出したときの目印を残したまま動かされています。"
            "項目名をもとに読み取りました。変わるところを確かめてください。"
        )
        out.append(Problem("names_left", sentence, name, "warning"))
    return out


def free_covered(book: Book, script: Script, base: Mapping[str, Any] | None) -> None:
    """Takes merges apart that cover words, on sheets where they cover a label of the form or an
    answer that was sent out: they belong to rows that moved away from under them."""
    said = set()
    for _, answer in (base or {"answers": []})["answers"]:
        said.add(_said(answer))
    for sheet in book.sheets:
        if any(_is_label(script, cell) or _is_said(cell, said) for cell in sheet.covered):
            covered = list(sheet.covered)
            sheet.merge_anew([merge for merge in sheet.merges if not _covers_any(merge, covered)])


def _is_said(cell: BookCell, said: Set[str]) -> bool:
    text = folded(cell.text)
    return len(text) >= _TELLING and text in said


def _is_label(script: Script, cell: BookCell) -> bool:
    for match in script.match(cell.text):
        if match.weight >= _SURE and script.tokens[match.token].kind in ("item", "part", "group"):
            return True
    return False


def _covers_any(merge: Merge, cells: Sequence[BookCell]) -> bool:
    top, left, bottom, right = merge
    return any(top <= cell.row <= bottom and left <= cell.col <= right for cell in cells)


def _names(book: Book, script: Script, base: Mapping[str, Any]) -> dict[str, list[_Name]]:
    """The names of ours by the sheet the file has them on, from top to bottom."""
    said = {tuple(path): _said(answer) for path, answer in base["answers"]}
    by_sheet: dict[str, list[_Name]] = defaultdict(list)
    for name, path in base["names"].items():
        if name not in book.names or not _is_path(path):
            continue
        sheet, row, col = book.names[name]
        line, _, rest = script.form.at(tuple(path))
        if line is not None and not rest:
            by_sheet[sheet].append(_Name(row, col, tuple(path), line, said.get(tuple(path), "")))
    for names in by_sheet.values():
        names.sort(key=lambda name: (name.row, name.col))
    return by_sheet


def _is_path(path: Any) -> bool:
    return isinstance(path, list) and all(isinstance(key, str) for key in path)


def _said(answer: Any) -> str:
    """The folded words the first cell of an answer begins with; "" of kinds that are no words."""
    if isinstance(answer, Mapping):
        answer = answer.get("text", answer.get("answer"))
    if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
        cells = answer[0].get("cells") or [""]
        answer = cells[0]
    return folded(answer) if isinstance(answer, str) else ""


def _renamed(
    by_sheet: Mapping[str, Sequence[_Name]], grounds: Mapping[str, _Ground]
) -> dict[str, str]:
    """Sheet as the names have it → the sheet of the workbook: itself, else of those without names
    the one that holds most of what was sent out."""
    found = {name: name for name in by_sheet if name in grounds}
    free = [name for name in grounds if name not in found]
    for name in by_sheet:
        if name in found or not free:
            continue
        weights = {other: grounds[other].shifts(by_sheet[name])[1] for other in free}
        # Of sheets alike, the first: sheets keep their order.
        best = max(free, key=lambda other: weights[other])
        weight = weights[best]
        if weight >= len(by_sheet[name]) * _LABEL / 2:
            found[name] = best
            free.remove(best)
    return found


class _Ground:
    """The words and labels of a sheet by row."""

    def __init__(self, sheet: BookSheet, script: Script):
        self.sheet = sheet
        self.script = script
        self.texts: dict[tuple[int, int], str] = {}
        self.rows_of: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.labels: dict[int, set[str]] = defaultdict(set)
        self.labelled: dict[str, list[int]] = defaultdict(list)
        for cell in (*sheet.cells, *sheet.covered):
            self._enter(cell)

    def _enter(self, cell: BookCell) -> None:
        text = _unbracketed(folded(cell.text))
        self.texts[cell.row, cell.col] = text
        self.rows_of[cell.col, text].append(cell.row)
        for match in self.script.match(cell.text):
            if match.weight < 0.8:
                continue
            node = self.script.tokens[match.token].node.id
            self.labelled[node].append(cell.row)
            for row in range(cell.row, min(cell.row2, cell.row + 60) + 1):
                self.labels[row].add(node)

    def score(self, name: _Name, shift: int) -> float:
        """How well a name stands so many rows further down."""
        if name.line.kind == "table" and not name.said:
            # An empty list has no label beside it: nothing speaks for another place.
            return 0.0 if shift else _LABEL
        row = name.row + shift
        said = self.texts.get((row, name.col), "")
        weight = 0.0
        if said and name.said and _begins(name.said, said):
            weight = _TEXT
        nodes = {name.line.id, *(parent.id for parent in name.line.parents[-1:])}
        if nodes & self.labels.get(row, set()) or nodes & self.labels.get(row - 1, set()):
            weight += _LABEL
        return weight

    def is_right(self, name: _Name) -> bool:
        """Whether a name stands where it was sent out: at its words, else beside its label."""
        return self.score(name, 0) >= (_TEXT if name.said else _LABEL)

    def shifts(self, names: Sequence[_Name]) -> tuple[list[int | None], float]:
        """By how many rows each name was left behind, as the rows say it best together; None where
        nothing of a name is left. And how well that fits."""
        tried = self._tried(names)
        best = dict.fromkeys(tried, 0.0)
        before: list[dict[int, int]] = []
        for name in names:
            top = max(best, key=lambda shift: best[shift])
            step = {}
            now = {}
            for shift in tried:
                stays = best[shift] >= best[top] - _CHANGE
                step[shift] = shift if stays else top
                value = best[shift] if stays else best[top] - _CHANGE
                now[shift] = value + self.score(name, shift) + (0.0 if shift else _STAY)
            before.append(step)
            best = now
        shift = max(best, key=lambda each: best[each])
        weight = best[shift]
        if weight <= sum(self.score(name, 0) + _STAY for name in names) + _CHANGE:
            return [0] * len(names), weight
        path = []
        for step in reversed(before):
            path.append(shift)
            shift = step[shift]
        return self._kept(names, path[::-1]), weight

    def _tried(self, names: Sequence[_Name]) -> list[int]:
        """The numbers of rows that would bring a name to its words or beside its label."""
        counted: Counter[int] = Counter()
        for name in names:
            rows = set(self.rows_of.get((name.col, name.said), ())) if name.said else set()
            rows.update(self.labelled.get(name.line.id, ()))
            counted.update(row - name.row for row in rows)
        return [0, *(shift for shift, _ in counted.most_common(_MOST) if shift)]

    def _kept(self, names: Sequence[_Name], path: Sequence[int]) -> list[int | None]:
        """The shifts without those of names that nothing speaks for, unless the names around them
        moved alike."""
        found = [bool(self.score(name, shift)) for name, shift in zip(names, path)]
        out: list[int | None] = []
        for index, shift in enumerate(path):
            around: list[int] = []
            for near in (path[:index][::-1], path[index + 1 :]):
                around += near[:1]
            out.append(shift if found[index] or set(around) <= {shift} else None)
        return out

    def says_label(self, name: _Name, shift: int) -> bool:
        """Whether the cell of a name holds a label of the form that was not its answer."""
        text = self.texts.get((name.row + shift, name.col), "")
        if not text or (name.said and _begins(name.said, text)):
            return False
        for match in self.script.match(text):
            token = self.script.tokens[match.token]
            if match.weight >= _SURE and token.kind != "note" and not match.tail:
                return True
        return False


def _unbracketed(text: str) -> str:
    """The choice in a text like [実施する]."""
    if text[:1] in "[［" and text[-1:] in "]］" and len(text) > 2:
        return text[1:-1]
    return text


def _begins(whole: str, text: str) -> bool:
    """Whether a text is the whole, or a first piece of it that is long enough to tell."""
    return text == whole or (len(text) >= _LONG and whole.startswith(text))


def _merges(ground: _Ground, names: Sequence[_Name], shifts: Sequence[int | None]) -> list[Merge]:
    """The merges of a sheet moved with the rows they belong to; one that would cover words wherever
    it stands is left out."""
    filled: dict[int, set[int]] = defaultdict(set)
    for row, col in ground.texts:
        filled[row].add(col)
    known = [(name.row, shift) for name, shift in zip(names, shifts) if shift is not None]
    out = []
    for merge in ground.sheet.merges:
        tried = _near(known, merge[0])
        fitting = [_moved(merge, shift) for shift in tried]
        fitting = [each for each in fitting if not _covers(each, filled)]
        headed = [each for each in fitting if each[1] in filled[each[0]]]
        out += (headed or fitting)[:1]
    return list(dict.fromkeys(out))


def _near(known: Sequence[tuple[int, int]], row: int) -> list[int]:
    """The shifts of the names above a row (or at it) and below."""
    above = [shift for at, shift in known if at <= row]
    below = [shift for at, shift in known if at >= row]
    return list(dict.fromkeys([*above[-1:], *below[:1]])) or [0]


def _moved(merge: Merge, shift: int) -> Merge:
    top, left, bottom, right = merge
    return (top + shift, left, bottom + shift, right)


def _covers(merge: Merge, filled: Mapping[int, set[int]]) -> bool:
    """Whether a merge hides words of another cell than its first."""
    top, left, bottom, right = merge
    for row in range(top, bottom + 1):
        for col in filled.get(row, ()):
            if left <= col <= right and (row, col) != (top, left):
                return True
    return False
