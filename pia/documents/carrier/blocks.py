"""Room for every entry of a document in a workbook: blocks shown or hidden, copied where more are needed; sheets copied for each ファイル.

Knows repeats and where their blocks stand; not what is answered in them. Copies are made of the last printed block and stand behind it (Ⅱ all before 別添2
before Ⅲ, as the 記載要領 has them).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...domain.document.form import Form, FormNode
from ..workbook_in.assign_cells import _RANGE
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import Found
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


def shared_roots(form: Form) -> set[str]:
    """Repeats that stand for one ファイル each."""
    return {node.shares for node in form.walk() if node.shares} | {
        node.id for node in form.walk() if node.shares
    }


def _needed(form: Form, wanted: Iterable[Wanted], files: int) -> dict[tuple[str, Chain], int]:
    out: dict[tuple[str, Chain], int] = defaultdict(int)
    for each_wanted in wanted:
        for index, (node, count) in enumerate(each_wanted.chain):
            key = (node, each_wanted.chain[:index])
            out[key] = max(out[key], count)
    for node in shared_roots(form):
        out[node, ()] = max(out[node, ()], files)
    return out


def blocks(places: Places, line: FormNode, around: Chain = ()) -> dict[int, list[Found]]:
    """The printed blocks of a repeat: number → its labels."""
    out: dict[int, list[Found]] = defaultdict(list)
    depth = len(around)
    for found in places.work.founds:
        if (
            found.entry[:depth] == around
            and len(found.entry) > depth
            and found.entry[depth][0] == line.id
            and found.token.node.id != "TOC"
            and found.token.kind != "note"
        ):
            out[found.entry[depth][1]].append(found)
    return dict(out)


# ---- a sheet for every file


def _sheets(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    changed = False
    form = places.form
    for line in [node for node in form.walk() if node.id in shared_roots(form)]:
        found = blocks(places, line)
        want = max(need[line.id, ()], 1)
        if not found:
            continue
        if any(child.kind == "table" for child in line.children):
            have = max(*found, len(places.lists))
        else:
            have = max(found)
        last = found[max(found)]
        for key, block in found.items():
            if _alone(places, block):
                for number in {one_found.sheet for one_found in block}:
                    if key <= want or key == 1:
                        places.parts.set_state(places.index(number), False)
                    elif (
                        any(chain[:1] == ((line.id, key),) for _, chain in places.now)
                        or places.book.sheets[number].state == "visible"
                    ):
                        places.parts.set_state(places.index(number), True)
        if want <= have:
            continue
        if _alone(places, last):
            sources = sorted({places.index(each_found.sheet) for each_found in last})
            for index in range(have + 1, want + 1):
                copy_sheets(
                    places.parts, sources, max(sources) + (index - have - 1) * len(sources), index
                )
        else:
            first, end = _span(places, last)
            sheet = last[0].sheet
            places.parts.insert(
                places.index(sheet), [Insert(end, first, end) for _ in range(want - have)]
            )
        changed = True
        break  # the sheets' numbers have changed: read again before the next
    return changed


def _alone(places: Places, block: Sequence[Found]) -> bool:
    """Whether a block has its sheets to itself."""
    sheets = set()
    for found in block:
        sheets.add(found.sheet)
    mine = set()
    for found in block:
        mine.add(id(found))
    return all(
        id(found) in mine or found.token.kind == "note"
        for found in places.work.founds
        if found.sheet in sheets
    )


# ---- rows for every entry


def _rows(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    form = places.form
    inserts = defaultdict(list)
    for repeat in places.work.script.repeats:
        line = repeat.node
        if line.id in shared_roots(form) or any(child.kind == "figure" for child in line.children):
            continue
        arounds = set()
        for one_found in places.work.founds:
            for each_index in range(len(one_found.entry)):
                if one_found.entry[each_index][0] == line.id:
                    arounds.add(one_found.entry[:each_index])
        for around in sorted(arounds):
            found = blocks(places, line, around)
            want = need.get((line.id, around), 0)
            spans = {}
            for key, block in found.items():
                spans[key] = _span(places, block)
            _show(places, line, around, found, spans, want)
            have = max(found)
            if want <= have:
                continue
            first, end = spans[have]
            sheet = found[have][0].sheet
            head = next(
                (
                    each_found
                    for each_found in found[have]
                    if each_found.token.kind == "head" and each_found.token.node is line
                ),
                None,
            )
            for index in range(have + 1, want + 1):
                made = Insert(end, first, end)
                if head is not None:
                    made.texts.update(_headed(head, first, index))
                inserts[sheet].append(made)
    for sheet, some in inserts.items():
        places.parts.insert(places.index(sheet), some)
    return bool(inserts)


def _span(places: Places, block: Sequence[Found]) -> tuple[int, int]:
    """First and last row of a block on its sheet: its labels, answers and empty boxes, up to the next label of something else."""
    sheet = block[0].sheet
    mine = set()
    for that_found in block:
        mine.add(id(that_found))
    first = min(f.box[0] for f in block if f.sheet == sheet)
    following = []
    for one_found in places.work.founds:
        if (
            one_found.sheet == sheet
            and id(one_found) not in mine
            and one_found.box[0] > first
            and one_found.token.kind != "note"
        ):
            following.append(one_found.box[0])
    chains = set()
    for each_found in block:
        chains.add(each_found.entry)
    ends = []
    for site in places.sites.values():
        if site.found.sheet == sheet and site.found.entry in chains:
            ends.append(places.extent(site)[2])
    for found, one in places.lists.values():
        if id(found) in mine:
            ends += [cell.row2 for row in one.lines for cell in row] or [found.box[2] + 1]
    last = max([found_here.box[2] for found_here in block if found_here.sheet == sheet] + ends)
    return first, min([last, *(number - 1 for number in following)])


def _headed(head: Found, first: int, n: int) -> dict[tuple[int, int], str]:
    """The head of a copied block with its own number: システム3."""
    for cell in reversed(head.cells):
        found = re.search(r"[0-9]+|[０-９]+", cell.text)
        if found:
            if found.group()[0] > "9":
                number = str(n).translate(_WIDE)
            else:
                number = str(n)
            return {(cell.row - first, cell.col): cell.text[: found.start()] + number}
    return {}


def _show(
    places: Places,
    line: FormNode,
    around: Chain,
    found: dict[int, list[Found]],
    spans: dict[int, tuple[int, int]],
    want: int,
) -> None:
    """Shows the blocks that are used with the line above them that names their range; hides what was used and is empty now."""
    for key, block in found.items():
        grid, (first, last) = places.grid(block[0].sheet), spans[key]
        if key <= max(want, 1):
            if grid.is_hidden(first):
                for row in range(first, last + 1):
                    grid.show(row, False)
                above = first - 1
                while (
                    above > 0
                    and grid.is_hidden(above)
                    and _is_range(places, block[0].sheet, above, line)
                ):
                    grid.show(above, False)
                    above -= 1
        elif any(chain[: len(around) + 1] == (*around, (line.id, key)) for _, chain in places.now):
            for row in range(first, last + 1):
                grid.show(row, True)


def _is_range(places: Places, sheet: int, row: int, line: FormNode) -> bool:
    return any(
        cell.sheet == sheet and cell.row == row and _RANGE.fullmatch(re.sub(r"\s", "", cell.text))
        for cell in places.work.cells
    )
