"""Room for every entry of a document in a workbook: blocks shown or hidden, copied where more are
needed; sheets copied for each ファイル.

Knows repeats and where their blocks stand; not what is answered in them. Copies are made of the
last printed block and stand behind it (Ⅱ all before 別添2 before Ⅲ, as the 記載要領 has them).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ...domain.document.form import Form, FormNode
from ..workbook_in.assign_cells import ENTRY_RANGE
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import FoundLabel
from ..workbook_in.labels import has_figure, has_table, shared_roots
from ..workbook_in.sections import FileList
from .copies import copy_sheets
from .places import Places, Wanted
from .refs import Insert

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def adjust(places: Places, wanted: Iterable[Wanted], files: int) -> bool:
    """Makes room; whether anything was put in, so that the workbook must be read again."""
    need = _needed(places.form, wanted, files)
    if _sheets(places, need):
        return True
    return _rows(places, need)


def file_repeats(form: Form) -> set[str]:
    """Repeats that stand for one ファイル each: the first, and those that share its entries."""
    return shared_roots(form) | {node.id for node in form.walk() if node.shares}


def _needed(form: Form, wanted: Iterable[Wanted], files: int) -> dict[tuple[str, Chain], int]:
    out: dict[tuple[str, Chain], int] = defaultdict(int)
    for answer in wanted:
        for index, (node, count) in enumerate(answer.chain):
            key = (node, answer.chain[:index])
            out[key] = max(out[key], count)
    for node in file_repeats(form):
        out[node, ()] = max(out[node, ()], files)
    return out


def blocks(places: Places, line: FormNode, around: Chain = ()) -> dict[int, list[FoundLabel]]:
    """The printed blocks of a repeat: number → its labels."""
    out: dict[int, list[FoundLabel]] = defaultdict(list)
    depth = len(around)
    for label in places.work.founds:
        if (
            label.entry[:depth] == around
            and len(label.entry) > depth
            and label.entry[depth][0] == line.id
            and label.token.node.role != "contents"
            and label.token.kind != "note"
        ):
            out[label.entry[depth][1]].append(label)
    return dict(out)


# ---- a sheet for every file


def _sheets(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    """Shows, hides and copies the sheets of the files; whether any sheet was put in."""
    form = places.form
    roots = file_repeats(form)
    for line in form.walk():
        if line.id not in roots:
            continue
        printed = blocks(places, line)
        if not printed:
            continue
        want = max(need[line.id, ()], 1)
        have = max(printed)
        if has_table(line):
            have = max(have, len(places.lists))
        for number, block in printed.items():
            if _alone(places, block):
                _show_sheets(places, line, number, block, want)
        if want > have:
            _copy_block(places, printed[max(printed)], have, want)
            # The sheets' numbers have changed: they are read again before the next.
            return True
    return False


def _show_sheets(
    places: Places, line: FormNode, number: int, block: Sequence[FoundLabel], want: int
) -> None:
    """Shows the sheets of a file that is there; hides what was used, or seen, and is empty now."""
    for sheet in {label.sheet for label in block}:
        if number <= want or number == 1:
            places.parts.set_state(places.index(sheet), False)
            continue
        was_used = any(chain[:1] == ((line.id, number),) for _, chain in places.now)
        if was_used or places.book.sheets[sheet].state == "visible":
            places.parts.set_state(places.index(sheet), True)


def _copy_block(places: Places, block: Sequence[FoundLabel], have: int, want: int) -> None:
    """Copies the last file's sheets, or its rows where it shares a sheet."""
    if not _alone(places, block):
        first, end = _span(places, block)
        inserts = [Insert(end, first, end) for _ in range(want - have)]
        places.parts.insert(places.index(block[0].sheet), inserts)
        return
    sources = sorted({places.index(label.sheet) for label in block})
    for number in range(have + 1, want + 1):
        behind = max(sources) + (number - have - 1) * len(sources)
        copy_sheets(places.parts, sources, behind, number)


def _alone(places: Places, block: Sequence[FoundLabel]) -> bool:
    """Whether a block has its sheets to itself."""
    sheets = {label.sheet for label in block}
    return all(label.sheet not in sheets for label in _others(places, block))


# ---- rows for every entry


def _rows(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    """Puts in rows for entries that have none; whether any were put in."""
    roots = file_repeats(places.form)
    inserts: dict[int, list[Insert]] = defaultdict(list)
    for repeat in places.work.script.repeats:
        line = repeat.node
        if line.id in roots or has_figure(line):
            continue
        for around in sorted(_arounds(places, line)):
            printed = blocks(places, line, around)
            want = need.get((line.id, around), 0)
            spans = {number: _span(places, block) for number, block in printed.items()}
            _show(places, line, around, printed, spans, want)
            have = max(printed)
            for number in range(have + 1, want + 1):
                inserted = _entry(line, printed[have], spans[have], number)
                inserts[printed[have][0].sheet].append(inserted)
    for sheet, some in inserts.items():
        places.parts.insert(places.index(sheet), some)
    return bool(inserts)


def _arounds(places: Places, line: FormNode) -> set[Chain]:
    """The entries in which a repeated group stands in the workbook."""
    arounds = set()
    for label in places.work.founds:
        for index, (node, _) in enumerate(label.entry):
            if node == line.id:
                arounds.add(label.entry[:index])
    return arounds


def _entry(
    line: FormNode, block: Sequence[FoundLabel], span: tuple[int, int], number: int
) -> Insert:
    """A copy of an entry's rows with the number of the new one in its head."""
    first, end = span
    insert = Insert(end, first, end)
    for label in block:
        if label.token.kind == "head" and label.token.node is line:
            insert.texts.update(_headed(label, first, number))
            break
    return insert


def _span(places: Places, block: Sequence[FoundLabel]) -> tuple[int, int]:
    """First and last row of a block on its sheet: its labels, answers and empty boxes, up to the
    next label of something else.
    """
    sheet = block[0].sheet
    first, _, last, _ = block[0].box
    for label in block:
        if label.sheet == sheet:
            first = min(first, label.box[0])
            last = max(last, label.box[2])
    last = max(last, *_ends_of_answers(places, block, sheet), *_ends_of_lists(places, block))
    for label in _others(places, block):
        if label.sheet == sheet and label.box[0] > first:
            last = min(last, label.box[0] - 1)
    return first, last


def _others(places: Places, block: Sequence[FoundLabel]) -> Iterator[FoundLabel]:
    """The labels of something else; notes may be missing in print and count for nothing."""
    own = set(map(id, block))
    for label in places.work.founds:
        if id(label) not in own and label.token.kind != "note":
            yield label


def _ends_of_lists(places: Places, block: Sequence[FoundLabel]) -> Iterator[int]:
    """The last rows of the lists of 記録項目 below a block's labels."""
    own = set(map(id, block))
    for label, file_list in places.lists.values():
        if id(label) in own:
            yield _end_of_list(label, file_list)


def _ends_of_answers(places: Places, block: Sequence[FoundLabel], sheet: int) -> Iterator[int]:
    """The last rows of the answers to a block's labels."""
    chains = {label.entry for label in block}
    for site in places.sites.values():
        if site.found.sheet == sheet and site.found.entry in chains:
            yield places.extent(site)[2]


def _end_of_list(label: FoundLabel, file_list: FileList) -> int:
    """The last row of a list of 記録項目; an empty one has a row below its heading."""
    ends = []
    for row in file_list.lines:
        for cell in row:
            ends.append(cell.row2)
    return max(ends, default=label.box[2] + 1)


def _headed(head: FoundLabel, first: int, n: int) -> dict[tuple[int, int], str]:
    """The head of a copied block with its own number: システム3."""
    for cell in reversed(head.cells):
        match = re.search(r"[0-9]+|[０-９]+", cell.text)
        if match:
            number = str(n)
            if match.group()[0] > "9":
                number = number.translate(_WIDE)
            return {(cell.row - first, cell.col): cell.text[: match.start()] + number}
    return {}


def _show(
    places: Places,
    line: FormNode,
    around: Chain,
    printed: dict[int, list[FoundLabel]],
    spans: dict[int, tuple[int, int]],
    want: int,
) -> None:
    """Shows the blocks that are used with the line above them that names their range; hides what
    was used and is empty now.
    """
    for number, block in printed.items():
        sheet = block[0].sheet
        grid = places.grid(sheet)
        first, last = spans[number]
        if number > max(want, 1):
            entry = (*around, (line.id, number))
            if any(chain[: len(entry)] == entry for _, chain in places.now):
                for row in range(first, last + 1):
                    grid.show(row, True)
        elif grid.is_hidden(first):
            for row in range(first, last + 1):
                grid.show(row, False)
            above = first - 1
            while above > 0 and grid.is_hidden(above) and _is_range(places, sheet, above):
                grid.show(above, False)
                above -= 1


def _is_range(places: Places, sheet: int, row: int) -> bool:
    for cell in places.work.cells:
        if (
            cell.sheet == sheet
            and cell.row == row
            and ENTRY_RANGE.fullmatch(re.sub(r"\s", "", cell.text))
        ):
            return True
    return False
