"""Reads one item's answer out of the cells that belong to its label: bracketed choices, check
boxes, gaps in brackets, plain text.

Knows how the official forms print choices (＜選択肢＞ and a numbered list are never an answer).
Must not know where cells stand in the workbook beyond rows and columns. What was written is kept to
the letter; only comparing folds width and spaces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.document.form import FormNode, Option
from ...domain.document.items import folded, option_of
from ..ooxml.book import BookCell, joined_text, rows_of
from .labels import OPTIONS, is_check, is_hole

BRACKETED = re.compile(r"^\s*[\[［]\s*(.*?)\s*[\]］]\s*$", re.S)
# [　], [○] and the like before the wording of an option.
TICK_BOX = re.compile(r"[\[［]([\s　\x1f]*(?:[○〇◯●✓✔レ☑■][\s　\x1f]*)?)[\]］]")
BETWEEN_CELLS = "\x1f"  # stands between the texts of two cells of one row


@dataclass(slots=True)
class ReadAnswer:
    """`value` as `items.plain` takes it, None when nothing is written.

    `notes` are (code, sentence) a person should see; `unread` cells that fit nothing.
    """

    value: Any = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    unread: list[BookCell] = field(default_factory=list)


def read(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    """The answer of an item from its cells in reading order."""
    match line.kind:
        case "choice_one":
            return _choice_one(line, without_list(line, cells))
        case "choice_many":
            return _choice_many(line, without_list(line, cells))
        case "yes_no":
            return _yes_no(line, cells)
        case "number":
            return _text(cells)
    return _text(cells)


def _text(cells: Sequence[BookCell]) -> ReadAnswer:
    filled = []
    for cell in cells:
        if cell.text.strip():
            filled.append(cell)
    if not cells:
        return ReadAnswer()
    if not filled:
        return ReadAnswer(notes=[("blank_text", "空白だけの記載は、記載なしとして読みました。")])
    if len(cells) == 1:
        return ReadAnswer(cells[0].text)
    rows = [joined_text(row, "　") for row in rows_of(filled)]
    note = f"{len(filled)}個のセルに分かれた記載を、改行でつないで読みました。"
    return ReadAnswer("\n".join(rows), [("joined", note)])


def without_list(line: FormNode, cells: Sequence[BookCell]) -> list[BookCell]:
    """The cells without the printed ＜選択肢＞ and its numbered options."""
    for head in cells:
        if folded(head.text).startswith(folded(OPTIONS)):
            return [cell for cell in cells if cell.col < head.col or cell.row < head.row]
    listed = []
    others = []
    for cell in cells:
        if is_listed(line, cell.text):
            listed.append(cell)
        else:
            others.append(cell)
    if (len(listed) > 1 or others) and _lists_all(line, listed):
        return others
    return list(cells)


def _lists_all(line: FormNode, listed: Sequence[BookCell]) -> bool:
    """Whether cells hold the numbers of all options."""
    shown = "".join(folded(cell.text) for cell in listed)
    return all(f"{number})" in shown for number in range(1, len(line.options) + 1))


def is_listed(line: FormNode, text: str) -> bool:
    """Whether a text is nothing but numbered options of the item: 1) 実施する　2) 実施しない."""
    left = folded(text).removeprefix(folded(OPTIONS))
    if not re.match(r"\(?\d{1,2}[).]", left):
        return not left
    for number, option in reversed(list(enumerate(line.options, 1))):
        for mark in (f"({number})", f"{number})", f"{number}."):
            left = left.replace(f"{mark}{folded(option.label)}", "", 1)
    return not left


def _choice_one(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    cells = [cell for cell in cells if cell.text.strip()]
    whole = joined_text(cells)
    # Brackets may stand in cells of their own, and a remark may stand beside them.
    if len(cells) > 1 and not re.fullmatch(r"\s*[\[［][^\[\]［］]*[\]］]\s*", whole, re.S):
        return _chosen_cell(line, cells)
    typed = within_brackets(whole)
    if not typed.strip():
        return ReadAnswer()
    if option_of(line, typed) is not None:
        return ReadAnswer(typed)
    if len(re.findall(r"[\[［]", whole)) > 1:
        return _unclear(whole)
    return ReadAnswer(typed, [_no_option(typed)])


def _chosen_cell(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    """The choice of the one cell that has brackets and an option, or else brackets."""
    bracketed = []
    for cell in cells:
        if BRACKETED.match(cell.text):
            bracketed.append(cell)
    chosen = []
    for cell in bracketed or cells:
        if option_of(line, within_brackets(cell.text)):
            chosen.append(cell)
    chosen = chosen or bracketed
    if len(chosen) != 1:
        return _unclear("、".join(cell.text.strip() for cell in cells))
    beside = []
    for cell in cells:
        if cell is not chosen[0]:
            beside.append(cell)
    return ReadAnswer(within_brackets(chosen[0].text) or None, unread=beside)


def _unclear(words: str) -> ReadAnswer:
    sentence = (
        f"選択した答えが1つに決まりません（{_cut(words)}）。"
        "[　] の中に選択肢を1つだけ書いてください。"
    )
    return ReadAnswer(None, [("choice_unclear", sentence)])


def _no_option(words: str) -> tuple[str, str]:
    sentence = f"「{_cut(words)}」は選択肢にありません。書かれたとおりに取り込みます。"
    return ("not_an_option", sentence)


def within_brackets(text: str) -> str:
    """What stands between the brackets of a text; the text itself where it has none around it."""
    match = BRACKETED.match(text)
    if match:
        return match.group(1)
    return text.strip()


def _cut(text: str) -> str:
    flat = " ".join(text.replace(BETWEEN_CELLS, " ").split())
    if len(flat) <= 30:
        return flat
    return flat[:29] + "…"


def _choice_many(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    """Check boxes, several a row or a cell, the box and its wording together or in cells of their
    own.
    """
    rows = [joined_text(row, BETWEEN_CELLS) for row in rows_of(cells)]
    stream = "\n".join(rows)
    boxes = real_boxes(line, stream)
    if not boxes:
        return _bare_options(line, cells)
    picked: list[Any] = []
    answer = ReadAnswer()
    ends = [box.start() for box, _ in boxes[1:]]
    for (box, option), end in zip(boxes, [*ends, len(stream)]):
        words = stream[box.end() : end]
        is_ticked = bool(box.group(1).replace(BETWEEN_CELLS, "").strip())
        if option is not None:
            picked += _option(answer, option, words, is_ticked)
        elif is_ticked:
            picked += _wording(answer, words.replace(BETWEEN_CELLS, " ").strip())
    before = stream[: boxes[0][0].start()].replace(BETWEEN_CELLS, " ").strip()
    if before and folded(before) != folded(line.label):
        sentence = f"「{_cut(before)}」は選択肢の前に書かれているため、読み取りませんでした。"
        answer.notes.append(("unread_text", sentence))
    twice = _twice(boxes)
    if twice:
        sentence = f"選択肢「{twice}」が2回あります。1回だけにしてください。"
        return ReadAnswer(None, [("choice_unclear", sentence)])
    answer.value = picked or None
    return answer


def _twice(boxes: Sequence[tuple[re.Match[str], Option | None]]) -> str:
    """The first option that has two boxes; "" where there is none."""
    counted = Counter(option.label for _, option in boxes if option)
    return next((label for label, number in counted.items() if number > 1), "")


def _wording(answer: ReadAnswer, wording: str) -> list[str]:
    """Words behind a ticked box that are no option: taken as written, with a remark."""
    if not wording:
        return []
    answer.notes.append(_no_option(wording))
    return [wording]


def _option(answer: ReadAnswer, option: Option, words: str, is_ticked: bool) -> list[Any]:
    """The option behind a box with its note, where it is ticked; remarks go into `answer`."""
    note, rest = _free(option, words)
    picked: list[Any] = []
    if is_ticked and note.strip():
        picked = [{option.label: note.strip()}]
    elif is_ticked:
        picked = [option.label]
        if option.free and note:
            sentence = f"「{option.label}」に○がありますが、括弧の中は空白だけです。"
            answer.notes.append(("blank_text", sentence))
    elif note.strip():
        sentence = (
            f"「{option.label}」に○がないのに「{_cut(note)}」と書かれています。"
            "○を付けるか、記載を消してください。"
        )
        answer.notes.append(("unticked_note", sentence))
    if rest.replace(BETWEEN_CELLS, "").strip():
        sentence = f"「{_cut(rest)}」は選択肢の後に書かれているため、読み取りませんでした。"
        answer.notes.append(("unread_text", sentence))
    return picked


def real_boxes(line: FormNode, stream: str) -> list[tuple[re.Match[str], Option | None]]:
    """The boxes that stand before an option; one inside another option's （　） is part of that
    text.
    """
    out: list[tuple[re.Match[str], Option | None]] = []
    for box in TICK_BOX.finditer(stream):
        option = _after_box(line, stream[box.end() : box.end() + 200])
        if option is None and out:
            last, known = out[-1]
            is_free = known is not None and known.free
            if is_free and _is_open(stream[last.end() : box.start()]):
                continue
        out.append((box, option))
    return out


def _is_open(text: str) -> bool:
    """Whether a bracket stays open at the end of a text of one line."""
    opened = text.count("（") + text.count("(")
    return "\n" not in text and opened > text.count("）") + text.count(")")


def _after_box(line: FormNode, behind: str) -> Option | None:
    """The option with the longest wording a text begins with."""
    text = folded(behind.replace(BETWEEN_CELLS, ""))
    best: Option | None = None
    longest = -1
    for option in line.options:
        start = folded(option.around[0] if option.free else option.label)
        if text.startswith(start) and len(start) > longest:
            best = option
            longest = len(start)
    return best


def _free(option: Option, behind: str) -> tuple[str, str]:
    """(the text in the option's gap, what follows the option) of what stands after its box."""
    if not option.free:
        return "", without_beginning(behind, folded(option.label))
    before, after = option.around
    rest = without_beginning(behind, folded(before))
    close = folded(after)[:1]
    if close == ")":
        at = max(rest.rfind("）"), rest.rfind(")"))
    else:
        at = len(rest)
    if at < 0:
        return rest.strip(BETWEEN_CELLS), ""
    inner = rest[:at].replace(BETWEEN_CELLS, "")
    if folded(rest[at:]).startswith(folded(after)):
        trailing = without_beginning(rest[at:], folded(after))
    else:
        trailing = rest[at + 1 :]
    return inner, trailing


def without_beginning(text: str, folded_start: str) -> str:
    """`said` without the beginning that folds to `folded_start`."""
    need = len(folded_start)
    for index, letter in enumerate(text):
        if letter == BETWEEN_CELLS:
            continue
        if need <= 0:
            return text[index:]
        need -= len(folded(letter))
    return ""


def _bare_options(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    """Options written without boxes, one a line: taken only where every line is an option."""
    lines = []
    for cell in cells:
        for text in re.split(r"[\n、]", cell.text):
            if text.strip():
                lines.append(text)
    if not lines:
        return ReadAnswer()
    known = [option_of(line, text) for text in lines]
    if all(known):
        return ReadAnswer(known)
    sentence = (
        f"どの選択肢に○があるか読み取れません（{_cut('、'.join(lines))}）。"
        "[○] を選択肢の前に書いてください。"
    )
    return ReadAnswer(None, [("choice_unclear", sentence)])


def _yes_no(line: FormNode, cells: Sequence[BookCell]) -> ReadAnswer:
    stream = joined_text(cells, BETWEEN_CELLS)
    want = folded(TICK_BOX.sub("", line.label))
    for box in TICK_BOX.finditer(stream):
        if folded(stream[box.end() :].replace(BETWEEN_CELLS, "")).startswith(want):
            is_ticked = bool(box.group(1).replace(BETWEEN_CELLS, "").strip())
            return ReadAnswer(is_ticked or None)
    return ReadAnswer()


def _gap(label: str, cells: Sequence[BookCell]) -> ReadAnswer:
    """What is written in a label's gap: 3 of （ 3 ）件, 実費 of （手数料額、納付方法：実費）."""
    stream = joined_text(cells, BETWEEN_CELLS)
    start, _, end = label.partition("　")
    head = r"\s*".join(map(re.escape, folded(start).replace("(", "").strip()))
    tail = r"\s*".join(map(re.escape, folded(end.replace("）", ""))))
    if _count_in(label, stream):
        return ReadAnswer(_count_in(label, stream))
    wide = stream.translate(str.maketrans("（）：", "():"))
    match = re.search(
        rf"\({BETWEEN_CELLS}?{head}{BETWEEN_CELLS}?(.*)\){BETWEEN_CELLS}?\s*{tail}", wide, re.S
    )
    if not match:
        return ReadAnswer()
    inner = stream[match.start(1) : match.end(1)].replace(BETWEEN_CELLS, "")
    if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in " 　":
        inner = inner[1:-1]
    return ReadAnswer(inner if inner.strip() else None)


def gaps_and_boxes(
    children: Sequence[FormNode], cells: Sequence[BookCell]
) -> tuple[dict[str, ReadAnswer], list[BookCell]]:
    """The answers of items printed inside their parent's cells (（　）件, [　]委託しない), and the
    cells that are not theirs.
    """
    out: dict[str, ReadAnswer] = {}
    rest = list(cells)
    for line in children:
        if is_check(line):
            own = _cells_for(rest, _fits_box(line))
        elif is_hole(line):
            own = _cells_for(rest, _fits_gap(line))
            own = own or _cells_for(rest, _fits_count(line))
        else:
            continue
        if not own:
            continue
        if is_hole(line):
            out[line.key] = _gap(line.label, own)
        else:
            out[line.key] = _yes_no(line, own)
        # Two boxes may share a cell: it is taken away when the last of them was read.
        if is_hole(line) or not _has_other_box(children, own, out):
            rest = [cell for cell in rest if cell not in own]
    return out, rest


def _fits_box(line: FormNode) -> Callable[[str], bool]:
    """Whether a text is a box with the item's wording."""
    want = folded(TICK_BOX.sub("", line.label))
    return lambda text: (
        bool(TICK_BOX.search(text)) and want in folded(text.replace(BETWEEN_CELLS, ""))
    )


def _fits_gap(line: FormNode) -> Callable[[str], bool]:
    """Whether a text begins and ends as the item's label does around its gap."""
    start, _, end = line.label.partition("　")

    def fits(text: str) -> bool:
        flat = folded(text.replace(BETWEEN_CELLS, ""))
        return flat.startswith(folded(start)) and flat.endswith(folded(end))

    return fits


_COUNT = re.compile(r"\d[\d,]*")


def _fits_count(line: FormNode) -> Callable[[str], bool]:
    """Whether a text is nothing but the figure of a count: 3 typed over （　）件."""
    return lambda text: line.kind == "number" and bool(_count_in(line.label, text))


def _count_in(label: str, text: str) -> str:
    """The figure in a text that is nothing but a count, with or without the word behind it (件);
    "" where it is none."""
    _, _, end = label.partition("　")
    figure = folded(text).removesuffix(folded(end.replace("）", "")))
    return figure if _COUNT.fullmatch(figure) else ""


def _has_other_box(
    children: Sequence[FormNode], cells: Sequence[BookCell], read_already: Container[str]
) -> bool:
    """Whether cells hold the box of another item that was not read yet."""
    text = folded(joined_text(cells))
    for child in children:
        is_waiting = is_check(child) and child.key not in read_already
        if is_waiting and folded(TICK_BOX.sub("", child.label)) in text:
            return True
    return False


def _cells_for(cells: Sequence[BookCell], fits: Callable[[str], bool]) -> list[BookCell]:
    """The shortest run of neighbouring cells of one row whose joined text fits."""
    for row in rows_of(cells):
        for length in range(1, min(len(row), 6) + 1):
            for index in range(len(row) - length + 1):
                run = row[index : index + length]
                if fits(joined_text(run, BETWEEN_CELLS)):
                    return run
    return []
