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
    return {n.shares for n in form.walk() if n.shares} | {n.id for n in form.walk() if n.shares}


def _needed(form: Form, wanted: Iterable[Wanted], files: int) -> dict[tuple[str, Chain], int]:
    out: dict[tuple[str, Chain], int] = defaultdict(int)
    for w in wanted:
        for k, (node, n) in enumerate(w.chain):
            key = (node, w.chain[:k])
            out[key] = max(out[key], n)
    for node in shared_roots(form):
        out[node, ()] = max(out[node, ()], files)
    return out


def blocks(places: Places, line: FormNode, around: Chain = ()) -> dict[int, list[Found]]:
    """The printed blocks of a repeat: number → its labels."""
    out: dict[int, list[Found]] = defaultdict(list)
    depth = len(around)
    for f in places.work.founds:
        if (
            f.entry[:depth] == around
            and len(f.entry) > depth
            and f.entry[depth][0] == line.id
            and f.token.node.id != "TOC"
            and f.token.kind != "note"
        ):
            out[f.entry[depth][1]].append(f)
    return dict(out)


# ---- a sheet for every file


def _sheets(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    changed = False
    form = places.form
    for line in [n for n in form.walk() if n.id in shared_roots(form)]:
        found, want = blocks(places, line), max(need[line.id, ()], 1)
        if not found:
            continue
        have = (
            max(*found, len(places.lists))
            if any(c.kind == "table" for c in line.children)
            else max(found)
        )
        last = found[max(found)]
        for n, block in found.items():
            if _alone(places, block):
                for s in {f.sheet for f in block}:
                    if n <= want or n == 1:
                        places.parts.set_state(places.index(s), False)
                    elif (
                        any(chain[:1] == ((line.id, n),) for _, chain in places.now)
                        or places.book.sheets[s].state == "visible"
                    ):
                        places.parts.set_state(places.index(s), True)
        if want <= have:
            continue
        if _alone(places, last):
            sources = sorted({places.index(f.sheet) for f in last})
            for k in range(have + 1, want + 1):
                copy_sheets(places.parts, sources, max(sources) + (k - have - 1) * len(sources), k)
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
    sheets = {f.sheet for f in block}
    mine = {id(f) for f in block}
    return all(
        id(f) in mine or f.token.kind == "note" for f in places.work.founds if f.sheet in sheets
    )


# ---- rows for every entry


def _rows(places: Places, need: dict[tuple[str, Chain], int]) -> bool:
    form, inserts = places.form, defaultdict(list)
    for r in places.work.script.repeats:
        line = r.node
        if line.id in shared_roots(form) or any(c.kind == "figure" for c in line.children):
            continue
        arounds = {
            f.entry[:k]
            for f in places.work.founds
            for k in range(len(f.entry))
            if f.entry[k][0] == line.id
        }
        for around in sorted(arounds):
            found, want = blocks(places, line, around), need.get((line.id, around), 0)
            spans = {n: _span(places, block) for n, block in found.items()}
            _show(places, line, around, found, spans, want)
            have = max(found)
            if want <= have:
                continue
            first, end = spans[have]
            sheet = found[have][0].sheet
            head = next(
                (f for f in found[have] if f.token.kind == "head" and f.token.node is line), None
            )
            for n in range(have + 1, want + 1):
                made = Insert(end, first, end)
                if head is not None:
                    made.texts.update(_headed(head, first, n))
                inserts[sheet].append(made)
    for sheet, some in inserts.items():
        places.parts.insert(places.index(sheet), some)
    return bool(inserts)


def _span(places: Places, block: Sequence[Found]) -> tuple[int, int]:
    """First and last row of a block on its sheet: its labels, answers and empty boxes, up to the next label of something else."""
    sheet, mine = block[0].sheet, {id(f) for f in block}
    first = min(f.box[0] for f in block if f.sheet == sheet)
    following = [
        f.box[0]
        for f in places.work.founds
        if f.sheet == sheet and id(f) not in mine and f.box[0] > first and f.token.kind != "note"
    ]
    chains = {f.entry for f in block}
    ends = [
        places.extent(s)[2]
        for s in places.sites.values()
        if s.found.sheet == sheet and s.found.entry in chains
    ]
    for found, one in places.lists.values():
        if id(found) in mine:
            ends += [c.row2 for row in one.lines for c in row] or [found.box[2] + 1]
    last = max([f.box[2] for f in block if f.sheet == sheet] + ends)
    return first, min([last, *(r - 1 for r in following)])


def _headed(head: Found, first: int, n: int) -> dict[tuple[int, int], str]:
    """The head of a copied block with its own number: システム3."""
    for c in reversed(head.cells):
        found = re.search(r"[0-9]+|[０-９]+", c.text)
        if found:
            number = str(n).translate(_WIDE) if found.group()[0] > "9" else str(n)
            return {(c.row - first, c.col): c.text[: found.start()] + number}
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
    for n, block in found.items():
        grid, (first, last) = places.grid(block[0].sheet), spans[n]
        if n <= max(want, 1):
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
        elif any(chain[: len(around) + 1] == (*around, (line.id, n)) for _, chain in places.now):
            for row in range(first, last + 1):
                grid.show(row, True)


def _is_range(places: Places, sheet: int, row: int, line: FormNode) -> bool:
    return any(
        c.sheet == sheet and c.row == row and _RANGE.fullmatch(re.sub(r"\s", "", c.text))
        for c in places.work.cells
    )
