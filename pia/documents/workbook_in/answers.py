"""Reads one item's answer out of the cells that belong to its label: bracketed choices, check boxes, gaps in brackets, plain text.

Knows how the official forms print choices (＜選択肢＞ and a numbered list are never an answer). Must not know where cells stand in the workbook beyond rows and
columns. What was written is kept to the letter; only comparing folds width and spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.document.form import FormNode, Option
from ...domain.document.items import folded, option_of
from ..ooxml.book import Cell, rows_of
from .labels import OPTIONS, is_check, is_hole

_BRACKETED = re.compile(r"^\s*[\[［]\s*(.*?)\s*[\]］]\s*$", re.S)
_BOX = re.compile(r"[\[［]([\s　\x1f]*(?:[○〇◯●✓✔レ☑■][\s　\x1f]*)?)[\]］]")
_PIECE = "\x1f"  # stands between two cells of one row


@dataclass(slots=True)
class Answer:
    """`value` as `items.plain` takes it, None when nothing is written. `notes` are (code, sentence) a person should see; `unread` cells that fit nothing."""

    value: Any = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    unread: list[Cell] = field(default_factory=list)


def read(line: FormNode, cells: Sequence[Cell]) -> Answer:
    """The answer of an item from its cells in reading order."""
    match line.kind:
        case "choice_one":
            return _choice_one(line, _without_list(line, cells))
        case "choice_many":
            return _choice_many(line, _without_list(line, cells))
        case "yes_no":
            return _yes_no(line, cells)
        case "number":
            return _text(cells)
    return _text(cells)


def _text(cells: Sequence[Cell]) -> Answer:
    filled = []
    for cell in cells:
        if cell.text.strip():
            filled.append(cell)
    if not filled:
        return Answer(
            notes=[("blank_text", "空白だけの記載は、記載なしとして読みました。")] if cells else []
        )
    if len(cells) == 1:
        return Answer(cells[0].text)
    joined = "\n".join("　".join(cell.text for cell in row) for row in rows_of(filled))
    return Answer(
        joined, [("joined", f"{len(filled)}個のセルに分かれた記載を、改行でつないで読みました。")]
    )


def _without_list(line: FormNode, cells: Sequence[Cell]) -> list[Cell]:
    """The cells without the printed ＜選択肢＞ and its numbered options."""
    head = next((cell for cell in cells if folded(cell.text).startswith(folded(OPTIONS))), None)
    kept = []
    for cell in cells:
        if head is None or not (cell is head or (cell.col >= head.col and cell.row >= head.row)):
            kept.append(cell)
    if head is not None:
        return kept
    listed = []
    for cell in kept:
        if is_listed(line, cell.text):
            listed.append(cell)
    shown = "".join(folded(cell.text) for cell in listed)
    full = all(f"{index})" in shown for index in range(1, len(line.options) + 1))
    if (full and len(kept) > len(listed)) or (full and len(listed) > 1):
        found = []
        for cell in kept:
            if cell not in listed:
                found.append(cell)
        return found
    return kept


def is_listed(line: FormNode, text: str) -> bool:
    """Whether a text is nothing but numbered options of the item: 1) 実施する　2) 実施しない."""
    said = folded(text).removeprefix(folded(OPTIONS))
    if not re.match(r"\(?\d{1,2}[).]", said):
        return not said
    for number, option in reversed(list(enumerate(line.options, 1))):
        for mark in (f"({number})", f"{number})", f"{number}."):
            said = said.replace(f"{mark}{folded(option.label)}", "", 1)
    return not said


def _choice_one(line: FormNode, cells: Sequence[Cell]) -> Answer:
    cells = [cell for cell in cells if cell.text.strip()]
    if not cells:
        return Answer()
    pieces = []
    for cell in cells:
        pieces.append(cell.text)
    whole = "".join(pieces)
    # Brackets may stand in cells of their own, and a remark may stand beside them.
    if len(cells) > 1 and not re.fullmatch(r"\s*[\[［][^\[\]［］]*[\]］]\s*", whole, re.S):
        bracketed = []
        for cell in cells:
            if _BRACKETED.match(cell.text):
                bracketed.append(cell)
        chosen = [
            cell for cell in (bracketed or cells) if option_of(line, _inner(cell.text))
        ] or bracketed
        if len(chosen) == 1:
            return Answer(
                _inner(chosen[0].text) or None,
                unread=[cell for cell in cells if cell is not chosen[0]],
            )
        said = "、".join(piece.strip() for piece in pieces)
        return Answer(
            None,
            [
                (
                    "choice_unclear",
                    f"選択した答えが1つに決まりません（{_cut(said)}）。[　] の中に選択肢を1つだけ書いてください。",
                )
            ],
            [],
        )
    typed = _inner(whole)
    if not typed.strip():
        return Answer()
    if option_of(line, typed) is None:
        if len(re.findall(r"[\[［]", whole)) > 1:
            return Answer(
                None,
                [
                    (
                        "choice_unclear",
                        f"選択した答えが1つに決まりません（{_cut(whole)}）。[　] の中に選択肢を1つだけ書いてください。",
                    )
                ],
            )
        return Answer(
            typed,
            [
                (
                    "not_an_option",
                    f"「{_cut(typed)}」は選択肢にありません。書かれたとおりに取り込みます。",
                )
            ],
        )
    return Answer(typed)


def _inner(text: str) -> str:
    found = _BRACKETED.match(text)
    if found:
        return found.group(1)
    return text.strip()


def _cut(text: str) -> str:
    flat = " ".join(text.replace(_PIECE, " ").split())
    if len(flat) <= 30:
        return flat
    return flat[:29] + "…"


def _choice_many(line: FormNode, cells: Sequence[Cell]) -> Answer:
    """Check boxes, several a row or a cell, the box and its wording together or in cells of their own."""
    stream = "\n".join(_PIECE.join(cell.text for cell in row) for row in rows_of(cells))
    boxes = _real_boxes(line, stream)
    if not boxes:
        return _bare_options(line, cells)
    picked: list[Any] = []
    answer = Answer()
    seen: dict[str, int] = {}
    for index, (found, option) in enumerate(boxes):
        said = stream[
            found.end() : boxes[index + 1][0].start() if index + 1 < len(boxes) else len(stream)
        ]
        ticked = bool(found.group(1).replace(_PIECE, "").strip())
        if option is None:
            wording = said.replace(_PIECE, " ").strip()
            if ticked and wording:
                picked.append(wording)
                answer.notes.append(
                    (
                        "not_an_option",
                        f"「{_cut(wording)}」は選択肢にありません。書かれたとおりに取り込みます。",
                    )
                )
            continue
        seen[option.label] = seen.get(option.label, 0) + 1
        note, rest = _free(option, said)
        if ticked:
            if option.free and note and not note.strip():
                answer.notes.append(
                    ("blank_text", f"「{option.label}」に○がありますが、括弧の中は空白だけです。")
                )
            if note.strip():
                picked.append({option.label: note.strip() if note.strip() else ""})
            else:
                picked.append(option.label)
        elif note.strip():
            answer.notes.append(
                (
                    "unticked_note",
                    f"「{option.label}」に○がないのに「{_cut(note)}」と書かれています。○を付けるか、記載を消してください。",
                )
            )
        if rest.replace(_PIECE, "").strip():
            answer.notes.append(
                (
                    "unread_text",
                    f"「{_cut(rest)}」は選択肢の後に書かれているため、読み取りませんでした。",
                )
            )
    before = stream[: boxes[0][0].start()].replace(_PIECE, " ").strip()
    if before and folded(before) != folded(line.label):
        answer.notes.append(
            (
                "unread_text",
                f"「{_cut(before)}」は選択肢の前に書かれているため、読み取りませんでした。",
            )
        )
    twice = []
    for label, value in seen.items():
        if value > 1:
            twice.append(label)
    if twice:
        return Answer(
            None,
            [("choice_unclear", f"選択肢「{twice[0]}」が2回あります。1回だけにしてください。")],
        )
    answer.value = picked or None
    return answer


def _real_boxes(line: FormNode, stream: str) -> list[tuple[re.Match[str], Option | None]]:
    """The boxes that stand before an option; one inside another option's （　） is part of that text."""
    out: list[tuple[re.Match[str], Option | None]] = []
    for found in _BOX.finditer(stream):
        option = _after_box(line, stream[found.end() : found.end() + 200])
        if option is None and out:
            since = stream[out[-1][0].end() : found.start()]
            known = out[-1][1]
            if (
                known is not None
                and known.free
                and "\n" not in since
                and since.count("（") + since.count("(") > since.count("）") + since.count(")")
            ):
                continue
        out.append((found, option))
    return out


def _after_box(line: FormNode, said: str) -> Option | None:
    text = folded(said.replace(_PIECE, ""))
    best: Option | None = None
    for option in line.options:
        if option.free:
            start = folded(option.around[0])
        else:
            start = folded(option.label)
        if text.startswith(start) and (
            best is None or len(start) > len(folded(best.around[0] if best.free else best.label))
        ):
            best = option
    return best


def _free(option: Option, said: str) -> tuple[str, str]:
    """(the text in the option's gap, what follows the option) of what stands after its box."""
    if not option.free:
        return "", _drop(said, folded(option.label))
    before, after = option.around
    rest = _drop(said, folded(before))
    close = folded(after)[:1]
    if close == ")":
        at = max(rest.rfind("）"), rest.rfind(")"))
    else:
        at = len(rest)
    if at < 0:
        return rest.strip(_PIECE), ""
    inner = rest[:at].replace(_PIECE, "")
    if folded(rest[at:]).startswith(folded(after)):
        trailing = _drop(rest[at:], folded(after))
    else:
        trailing = rest[at + 1 :]
    return inner, trailing


def _drop(said: str, folded_start: str) -> str:
    """`said` without the beginning that folds to `folded_start`."""
    need = len(folded_start)
    for index, ch in enumerate(said):
        if need <= 0 and ch != _PIECE:
            return said[index:]
        if ch != _PIECE:
            need -= len(folded(ch))
        else:
            need -= 0
    return ""


def _bare_options(line: FormNode, cells: Sequence[Cell]) -> Answer:
    """Options written without boxes, one a line: taken only where every line is an option."""
    lines = []
    for cell in cells:
        for one in re.split(r"[\n、]", cell.text):
            if one.strip():
                lines.append(one)
    if not lines:
        return Answer()
    known = []
    for one in lines:
        known.append(option_of(line, one))
    if all(known):
        return Answer(known)
    return Answer(
        None,
        [
            (
                "choice_unclear",
                f"どの選択肢に○があるか読み取れません（{_cut('、'.join(lines))}）。[○] を選択肢の前に書いてください。",
            )
        ],
    )


def _yes_no(line: FormNode, cells: Sequence[Cell]) -> Answer:
    stream = _PIECE.join(cell.text for cell in cells)
    want = folded(_BOX.sub("", line.label))
    for found in _BOX.finditer(stream):
        if folded(stream[found.end() :].replace(_PIECE, "")).startswith(want):
            return Answer(True if found.group(1).replace(_PIECE, "").strip() else None)
    return Answer()


def _gap(label: str, cells: Sequence[Cell]) -> Answer:
    """What is written in a label's gap: 3 of （ 3 ）件, 実費 of （手数料額、納付方法：実費）."""
    stream = _PIECE.join(cell.text for cell in cells)
    start, _, end = label.partition("　")
    head = r"\s*".join(re.escape(ch) for ch in folded(start).replace("(", "").strip())
    tail = r"\s*".join(re.escape(ch) for ch in folded(end.replace("）", "")))
    wide = stream.translate(str.maketrans("（）：", "():"))
    found = re.search(rf"\({_PIECE}?{head}{_PIECE}?(.*)\){_PIECE}?\s*{tail}", wide, re.S)
    if not found:
        return Answer()
    inner = stream[found.start(1) : found.end(1)].replace(_PIECE, "")
    if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in " 　":
        inner = inner[1:-1]
    return Answer(inner if inner.strip() else None)


def gaps_and_boxes(
    children: Sequence[FormNode], cells: Sequence[Cell]
) -> tuple[dict[str, Answer], list[Cell]]:
    """The answers of items printed inside their parent's cells (（　）件, [　]委託しない), and the cells that are not theirs."""
    out: dict[str, Answer] = {}
    rest = list(cells)
    for line in children:
        if is_check(line):
            want = folded(_BOX.sub("", line.label))
            mine = _cells_for(
                rest,
                lambda text, want=want: (
                    bool(_BOX.search(text)) and want in folded(text.replace(_PIECE, ""))
                ),
            )
            if mine:
                out[line.key] = _yes_no(line, mine)
                # Two boxes may share a cell: it is taken away when the last of them was read.
                others = []
                for child in children:
                    if is_check(child) and child is not line and child.key not in out:
                        others.append(folded(_BOX.sub("", child.label)))
                if not any(
                    other in folded("".join(cell.text for cell in mine)) for other in others
                ):
                    rest = [cell for cell in rest if cell not in mine]
        elif is_hole(line):
            lead = folded(line.label.partition("　")[0])
            end = folded(line.label.partition("　")[2])
            mine = _cells_for(
                rest,
                lambda text, lead=lead, end=end: (
                    folded(text.replace(_PIECE, "")).startswith(lead)
                    and folded(text.replace(_PIECE, "")).endswith(end)
                ),
            )
            if mine:
                out[line.key] = _gap(line.label, mine)
                rest = [cell for cell in rest if cell not in mine]
    return out, rest


def _cells_for(cells: Sequence[Cell], fits: Any) -> list[Cell]:
    """The shortest run of neighbouring cells of one row whose joined text fits."""
    for row in rows_of(cells):
        for length in range(1, min(len(row), 6) + 1):
            for index in range(len(row) - length + 1):
                run = row[index : index + length]
                if fits(_PIECE.join(cell.text for cell in run)):
                    return run
    return []
