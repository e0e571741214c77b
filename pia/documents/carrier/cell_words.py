"""How an answer is printed into cells that are there: brackets, boxes, gaps in brackets, plain
text.

The counterpart of `answers`: it finds the places in a text the same way and puts the answer there,
leaving every other letter. Knows nothing of sheets beyond cells side by side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.document import items
from ...domain.document.form import FormNode, Option
from ...domain.document.items import folded
from ..ooxml.book import BookCell, rows_of
from ..workbook_in import answers
from ..workbook_in.answers import BETWEEN_CELLS, BRACKETED, TICK_BOX

At = tuple[int, int, int]
_TICKED = re.compile(r"[○〇◯●✓✔レ☑■]")
_IN_BRACKETS = re.compile(r"(\s*[\[［])(\s*)(.*?)(\s*)([\]］]\s*)$", re.S)


class Draft:
    """Texts of cells being changed: whole, or some letters of them."""

    def __init__(self, texts: Mapping[At, str]):
        self.texts = texts
        self.whole: dict[At, str] = {}
        self.pieces: dict[At, list[tuple[int, int, str]]] = defaultdict(list)

    def put(self, at: At, text: str) -> None:
        """A cell says this text."""
        self.whole[at] = text

    def splice(self, cell: BookCell, start: int, end: int, text: str) -> None:
        """The letters from start to end of a cell become this text."""
        self.pieces[cell.at].append((start, end, text))

    def changes(self) -> dict[At, str]:
        """The cells whose text is another now."""
        out = dict(self.whole)
        for at, pieces in self.pieces.items():
            if at in out:
                continue
            whole = self.texts.get(at, "")
            for start, end, text in sorted(pieces, reverse=True):
                whole = whole[:start] + text + whole[end:]
            out[at] = whole
        return {at: text for at, text in sorted(out.items()) if self.texts.get(at, "") != text}


class Stream:
    """The text of cells as the reader joins them, with the way back to each letter's cell."""

    def __init__(self, rows: Sequence[Sequence[BookCell]]):
        self.text = ""
        self.spans: list[tuple[int, int, BookCell]] = []
        for count, row in enumerate(rows):
            for index, cell in enumerate(row):
                self.text += "\n" * bool(count and not index) + BETWEEN_CELLS * bool(index)
                self.spans.append((len(self.text), len(self.text) + len(cell.text), cell))
                self.text += cell.text

    def fill(
        self, draft: Draft, start: int, end: int, words: str, padded: str | None = None
    ) -> None:
        """Puts words where start..end stands; `padded` is how they are written when that is within
        one cell.
        """
        for first, last, cell in self.spans:
            if first <= start and end <= last and BETWEEN_CELLS not in self.text[start:end]:
                if padded is None:
                    padded = words
                draft.splice(cell, start - first, end - first, padded)
                return
        whole = []
        for first, last, cell in self.spans:
            if start <= first < last <= end:
                whole.append(cell)
        if whole:
            draft.put(whole[0].at, words)
            for cell in whole[1:]:
                draft.put(cell.at, "")
            return
        self._fill_between(draft, start, words)

    def _fill_between(self, draft: Draft, start: int, words: str) -> None:
        """Puts words between two cells: into a free one there, else behind the first."""
        before = None
        for first, last, cell in self.spans:
            if first <= start <= last:
                before = cell
        if before is None:
            return
        after = None
        for first, _, cell in reversed(self.spans):
            if first >= start and cell is not before:
                after = cell
        if after is not None and after.row == before.row and before.col2 + 1 < after.col:
            draft.put((before.sheet, before.row, before.col2 + 1), words)
        else:
            draft.splice(before, len(before.text), len(before.text), words)


def tick(inner: str, on: bool) -> str:
    """What stands between the brackets of a box, ticked or not; its spaces stay where they are."""
    if not on:
        return _TICKED.sub("　", inner)
    if _TICKED.search(inner):
        return inner
    if "　" in inner:
        at = inner.find("　")
    else:
        at = len(inner) // 2
    return inner[:at] + "○" + inner[at + 1 :]


def _set_box(stream: Stream, draft: Draft, box: re.Match[str], on: bool) -> None:
    inner = box.group(1)
    if bool(inner.replace(BETWEEN_CELLS, "").strip()) == on:
        return
    stream.fill(draft, *box.span(1), "○" if on else "", tick(inner, on))


def check(line: FormNode, value: Any, cells: Sequence[BookCell], draft: Draft) -> bool:
    """A yes_no whose label is a box. False where the box is not printed."""
    want = folded(TICK_BOX.sub("", line.label))
    for row in rows_of(cells):
        stream = Stream([row])
        for box in TICK_BOX.finditer(stream.text):
            if folded(stream.text[box.end() :].replace(BETWEEN_CELLS, "")).startswith(want):
                _set_box(stream, draft, box, bool(value))
                return True
    return False


def gap(line: FormNode, value: str, cells: Sequence[BookCell], draft: Draft) -> bool:
    """An item whose answer stands in the gap of its label: （　）件."""
    start, _, end = line.label.partition("　")
    head = r"\s*".join(map(re.escape, folded(start).replace("(", "").strip()))
    tail = r"\s*".join(map(re.escape, folded(end.replace("）", ""))))
    for row in rows_of(cells):
        for count in range(len(row)):
            for index in range(count + 1, min(len(row), count + 6) + 1):
                stream = Stream([row[count:index]])
                flat = folded(stream.text.replace(BETWEEN_CELLS, ""))
                if not (flat.startswith(folded(start)) and flat.endswith(folded(end))):
                    continue
                wide = stream.text.translate(str.maketrans("（）：", "():"))
                match = re.search(
                    rf"\({BETWEEN_CELLS}?{head}(.*)\){BETWEEN_CELLS}?\s*{tail}", wide, re.S
                )
                if match:
                    stream.fill(draft, *match.span(1), value, f" {value} " if value else "　")
                    return True
    return False


def boxes(line: FormNode, value: Sequence[Any], cells: Sequence[BookCell], draft: Draft) -> bool:
    """The boxes of a choice_many: each set as it must be, the free text of an option in its
    brackets, wording that is no option behind the last one.
    """
    kept = answers.without_list(line, cells)
    stream = Stream(rows_of(kept))
    printed_boxes = answers.real_boxes(line, stream.text)
    if not any(option for _, option in printed_boxes):
        return False
    picked, other = _picked(line, value)
    ends = [box.start() for box, _ in printed_boxes[1:]]
    ends.append(len(stream.text))
    for (box, option), end in zip(printed_boxes, ends):
        if option is None:
            _set_wording(stream, draft, box, end, other)
            continue
        _set_box(stream, draft, box, option.label in picked)
        if option.free:
            _set_note(stream, draft, option, box.end(), end, picked.get(option.label, ""))
    if other:
        last = kept[-1]
        words = "".join(f"\n[○] {wording}" for wording in other)
        draft.splice(last, len(last.text), len(last.text), words)
    printed = set()
    for _, option in printed_boxes:
        if option:
            printed.add(option.label)
    return all(label in printed for label in picked)


def _picked(line: FormNode, value: Sequence[Any]) -> tuple[dict[str, str], list[str]]:
    """The options of an answer with their notes, and its wordings that are no option."""
    picked: dict[str, str] = {}
    other: list[str] = []
    for part in value:
        label = part
        note = ""
        if isinstance(part, Mapping):
            label, note = next(iter(part.items()))
        option = items.option_of(line, label)
        if option is None:
            other.append(label)
        else:
            picked[option] = note
    return picked, other


def _set_wording(
    stream: Stream, draft: Draft, box: re.Match[str], end: int, other: list[str]
) -> None:
    """A box whose wording is no option stays if the answer has it (and leaves `other`)."""
    wording = stream.text[box.end() : end].replace(BETWEEN_CELLS, " ").strip()
    if wording in other:
        other.remove(wording)
    elif box.group(1).replace(BETWEEN_CELLS, "").strip():
        _set_box(stream, draft, box, False)


def _set_note(
    stream: Stream, draft: Draft, option: Option, start: int, end: int, note: str
) -> None:
    behind = stream.text[start:end]
    rest = answers.without_beginning(behind, folded(option.around[0]))
    begin = end - len(rest)
    close = folded(option.around[1])[:1]
    if close == ")":
        at = max(rest.rfind("）"), rest.rfind(")"))
    else:
        at = len(rest)
    if at < 0:
        old = rest
    else:
        old = rest[:at]
    if old.replace(BETWEEN_CELLS, "").strip() != note.strip():
        stream.fill(draft, begin, begin + len(old), note, f"{note}" if note else "　　")


def bracket(
    line: FormNode,
    value: str,
    cells: Sequence[BookCell],
    draft: Draft,
    slot: Callable[[], At | None],
) -> bool:
    """A choice_one in its brackets, in one cell or with brackets in cells of their own."""
    kept = []
    for cell in answers.without_list(line, cells):
        if cell.text.strip():
            kept.append(cell)
    single = []
    for cell in kept:
        if BRACKETED.match(cell.text):
            single.append(cell)
    if single:
        return _in_one_cell(line, value, single, draft)
    for row in rows_of(kept):
        stream = Stream([row])
        pair = re.search(r"[\[［]([^\[\]［］]*)[\]］]", stream.text)
        if pair:
            stream.fill(draft, *pair.span(1), value, f"　{value}　")
            return True
    if kept:
        return text(value, kept, draft, slot)
    at = slot()
    if at is None:
        return False
    draft.put(at, f"[　{value}　]" if value else "")
    return True


def _in_one_cell(line: FormNode, value: str, cells: Sequence[BookCell], draft: Draft) -> bool:
    """A choice in the brackets of one cell: the one that holds an option, else the first."""
    chosen = cells[0]
    for cell in cells:
        if items.option_of(line, answers.within_brackets(cell.text)):
            chosen = cell
            break
    match = _IN_BRACKETS.match(chosen.text)
    if match is None:
        return False
    inside = f"　{value}　"
    if value and match.group(3):
        inside = f"{match.group(2) or '　'}{value}{match.group(4) or '　'}"
    draft.put(chosen.at, match.group(1) + inside + match.group(5))
    return True


def text(
    value: str, cells: Sequence[BookCell], draft: Draft, slot: Callable[[], At | None]
) -> bool:
    """A text, number or date: the first of its cells says all of it, the others nothing."""
    if cells:
        at = cells[0].at
    else:
        at = slot()
    if at is None:
        return False
    draft.put(at, value)
    for cell in cells[1:]:
        draft.put(cell.at, "")
    return True
