"""How an answer is printed into cells that are there: brackets, boxes, gaps in brackets, plain text.

The counterpart of `answers`: it finds the places in a text the same way and puts the answer there, leaving every other letter. Knows nothing of sheets beyond
cells side by side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.document import items
from ...domain.document.form import FormNode, Option
from ...domain.document.items import folded
from ..ooxml.book import Cell, rows_of
from ..workbook_in import answers
from ..workbook_in.answers import _BOX, _BRACKETED, _PIECE

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
        self.whole[at] = text

    def splice(self, cell: Cell, start: int, end: int, text: str) -> None:
        self.pieces[cell.at].append((start, end, text))

    def changes(self) -> dict[At, str]:
        """The cells whose text is another now."""
        out = dict(self.whole)
        for at, pieces in self.pieces.items():
            if at in out:
                continue
            said = self.texts.get(at, "")
            for start, end, text in sorted(pieces, reverse=True):
                said = said[:start] + text + said[end:]
            out[at] = said
        return {at: text for at, text in sorted(out.items()) if self.texts.get(at, "") != text}


class Stream:
    """The text of cells as the reader joins them, with the way back to each letter's cell."""

    def __init__(self, rows: Sequence[Sequence[Cell]]):
        self.text = ""
        self.spans: list[tuple[int, int, Cell]] = []
        for count, row in enumerate(rows):
            for index, cell in enumerate(row):
                self.text += "\n" * bool(count and not index) + _PIECE * bool(index)
                self.spans.append((len(self.text), len(self.text) + len(cell.text), cell))
                self.text += cell.text

    def fill(
        self, draft: Draft, start: int, end: int, said: str, padded: str | None = None
    ) -> None:
        """Puts `said` where start..end stands; `padded` is how it is written when that is within one cell."""
        inside = next(
            (
                (number, cell)
                for number, number_here, cell in self.spans
                if number <= start and end <= number_here
            ),
            None,
        )
        if inside and _PIECE not in self.text[start:end]:
            draft.splice(
                inside[1], start - inside[0], end - inside[0], said if padded is None else padded
            )
            return
        whole = []
        for number, that_number, cell in self.spans:
            if start <= number and that_number <= end and that_number > number:
                whole.append(cell)
        if whole:
            draft.put(whole[0].at, said)
            for cell in whole[1:]:
                draft.put(cell.at, "")
            return
        before = next(
            (
                cell
                for number, one_number, cell in reversed(self.spans)
                if number <= start <= one_number
            ),
            None,
        )
        after = next(
            (
                cell
                for number, each_number, cell in self.spans
                if number >= start and before is not None and cell is not before
            ),
            None,
        )
        if before is None:
            return
        if after is not None and after.row == before.row and before.col2 + 1 < after.col:
            draft.put((before.sheet, before.row, before.col2 + 1), said)
        else:
            draft.splice(before, len(before.text), len(before.text), said)


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


def _set_box(stream: Stream, draft: Draft, found: re.Match[str], on: bool) -> None:
    inner = found.group(1)
    if bool(inner.replace(_PIECE, "").strip()) == on:
        return
    stream.fill(draft, *found.span(1), "○" if on else "", tick(inner, on))


def check(line: FormNode, value: Any, cells: Sequence[Cell], draft: Draft) -> bool:
    """A yes_no whose label is a box. False where the box is not printed."""
    want = folded(_BOX.sub("", line.label))
    for row in rows_of(cells):
        stream = Stream([row])
        for found in _BOX.finditer(stream.text):
            if folded(stream.text[found.end() :].replace(_PIECE, "")).startswith(want):
                _set_box(stream, draft, found, bool(value))
                return True
    return False


def gap(line: FormNode, value: str, cells: Sequence[Cell], draft: Draft) -> bool:
    """An item whose answer stands in the gap of its label: （　）件."""
    start, _, end = line.label.partition("　")
    head = r"\s*".join(re.escape(ch) for ch in folded(start).replace("(", "").strip())
    tail = r"\s*".join(re.escape(ch) for ch in folded(end.replace("）", "")))
    for row in rows_of(cells):
        for count in range(len(row)):
            for index in range(count + 1, min(len(row), count + 6) + 1):
                stream = Stream([row[count:index]])
                flat = folded(stream.text.replace(_PIECE, ""))
                if not (flat.startswith(folded(start)) and flat.endswith(folded(end))):
                    continue
                wide = stream.text.translate(str.maketrans("（）：", "():"))
                found = re.search(rf"\({_PIECE}?{head}(.*)\){_PIECE}?\s*{tail}", wide, re.S)
                if found:
                    stream.fill(draft, *found.span(1), value, f" {value} " if value else "　")
                    return True
    return False


def boxes(line: FormNode, value: Sequence[Any], cells: Sequence[Cell], draft: Draft) -> bool:
    """The boxes of a choice_many: each set as it must be, the free text of an option in its brackets, wording that is no option behind the last one."""
    kept = answers._without_list(line, cells)
    rows = rows_of(kept)
    stream = Stream(rows)
    found = answers._real_boxes(line, stream.text)
    if not any(one_option for _, one_option in found):
        return False
    picked: dict[str, str] = {}
    other: list[str] = []
    for part in value:
        if isinstance(part, Mapping):
            label, note = next(iter(part.items()))
        else:
            label = part
            note = ""
        known = items.option_of(line, label)
        if known is None:
            other.append(label)
        else:
            picked[known] = note
    for index, (box, option) in enumerate(found):
        if index + 1 < len(found):
            end = found[index + 1][0].start()
        else:
            end = len(stream.text)
        if option is None:
            said = stream.text[box.end() : end].replace(_PIECE, " ").strip()
            ticked = bool(box.group(1).replace(_PIECE, "").strip())
            if said in other:
                other.remove(said)
            elif ticked:
                _set_box(stream, draft, box, False)
            continue
        _set_box(stream, draft, box, option.label in picked)
        if option.free:
            _set_note(stream, draft, option, box.end(), end, picked.get(option.label, ""))
    if other:
        last = kept[-1]
        draft.splice(
            last,
            len(last.text),
            len(last.text),
            "".join(f"\n[○] {each_text}" for each_text in other),
        )
    return all(
        any(each_option and each_option.label == label for _, each_option in found)
        for label in picked
    )


def _set_note(
    stream: Stream, draft: Draft, option: Option, start: int, end: int, note: str
) -> None:
    said = stream.text[start:end]
    rest = answers._drop(said, folded(option.around[0]))
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
    if old.replace(_PIECE, "").strip() != note.strip():
        stream.fill(draft, begin, begin + len(old), note, f"{note}" if note else "　　")


def bracket(
    line: FormNode, value: str, cells: Sequence[Cell], draft: Draft, slot: Callable[[], At | None]
) -> bool:
    """A choice_one in its brackets, in one cell or with brackets in cells of their own."""
    kept = []
    for cell in answers._without_list(line, cells):
        if cell.text.strip():
            kept.append(cell)
    single = []
    for cell in kept:
        if _BRACKETED.match(cell.text):
            single.append(cell)
    if single:
        chosen = next(
            (cell for cell in single if items.option_of(line, answers._inner(cell.text))), single[0]
        )
        match = _IN_BRACKETS.match(chosen.text)
        if match is None:
            return False
        if value and match.group(3):
            inside = f"{match.group(2) or '　'}{value}{match.group(4) or '　'}"
        else:
            inside = f"　{value}　"
        draft.put(chosen.at, match.group(1) + inside + match.group(5))
        return True
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


def text(value: str, cells: Sequence[Cell], draft: Draft, slot: Callable[[], At | None]) -> bool:
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
