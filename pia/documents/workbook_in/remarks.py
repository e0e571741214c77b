"""Stage of a reading: what is missing in a workbook, what belongs nowhere, and cells to look at.

Knows the placement that was found; changes no answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence

from ...domain.document.form import FormNode
from ...domain.document.items import folded
from ..ooxml.book import BookCell, address, places_of
from . import assign_cells
from .find_labels import FoundLabel
from .labels import OPTIONS, Script, Token
from .stamps import only_printed
from .work import Assembly, Chain, shortened


def warn_of_missing(work: Assembly, founds: Sequence[FoundLabel]) -> None:
    """Labels of the form that are not in the workbook, in what parts and entries there are."""
    placed = {(label.token.index, label.entry) for label in founds}
    present = set()
    entries = set()
    for label in founds:
        if label.token.kind not in ("note", "title") and label.token.node.role != "contents":
            present.add(label.token.node.part.id)
        for index in range(len(label.entry)):
            entries.add(label.entry[: index + 1])
    for part in work.form.parts:
        if part.id not in present:
            _warn_of_part(work, part)
    for token in work.script.tokens:
        part = token.node.part
        if part.id in present and part.role != "contents" and _is_expected(token):
            _warn_of_label(work, token, founds, placed, entries)


def _warn_of_part(work: Assembly, part: FormNode) -> None:
    work.lost_parts.append(part.key)
    if not part.children or part.role in ("contents", "cover"):
        return
    level = "error"
    if part.number.startswith("（") or (part.repeated and not part.number):
        level = "warning"
    work.say(
        "part_missing",
        f"「{part.number}{part.label}」が見つかりません。シートが抜けていないか確かめてください。",
        level=level,
    )


def _is_expected(token: Token) -> bool:
    return token.required and token.node.kind != "table" and token.kind not in ("part", "head")


def _warn_of_label(
    work: Assembly,
    token: Token,
    founds: Sequence[FoundLabel],
    placed: Container[tuple[int, Chain]],
    entries: set[Chain],
) -> None:
    """A label that is missing once, or in some of the entries it repeats in."""
    if _is_covered(token, founds):
        return
    around = _repeats_around(work.script, token)
    where = ""
    if around:
        gone = []
        for entry in sorted(entries):
            if [node for node, _ in entry] == around and (token.index, entry) not in placed:
                gone.append(entry)
        if not gone:
            return
        work.missing += [(token.node, entry) for entry in gone]
        listed = "・".join(f"{entry[-1][1]}番目" for entry in gone[:5])
        where = f"（{listed}）"
    elif (token.index, ()) in placed:
        return
    else:
        work.missing.append((token.node, ()))
    numbers = "".join(parent.number for parent in token.node.parents if parent.number)
    work.say(
        "label_missing",
        f"項目「{numbers}{token.printed}」{where}が見つかりません。"
        "項目名の書き方と行の抜けを確かめてください。",
        level="warning",
    )


def _repeats_around(script: Script, token: Token) -> list[str]:
    """The ids of the repeated groups a label stands in, the outermost first."""
    return [repeat.node.id for repeat in script.around(token.index)]


def _is_covered(token: Token, founds: Sequence[FoundLabel]) -> bool:
    """A group and its only item may share one printed label."""
    known = [label.token.node for label in founds]
    for node in (*token.node.parents[-1:], *token.node.children):
        if node.parents and folded(node.label) == folded(token.label) and node in known:
            return True
    return False


def warn_of_covered(work: Assembly) -> None:
    """Words under a merge that shows another cell: nobody sees them, and they are not read."""
    for sheet in work.book.sheets:
        for cell in sheet.covered:
            is_option_list = folded(cell.text).startswith(folded(OPTIONS))
            if cell.text.strip() and not is_option_list and not only_printed(cell):
                work.say(
                    "covered",
                    f"「{shortened(cell.text)}」は、結合したセルの下に隠れているため、"
                    "読み取りませんでした。",
                    cell,
                    "warning",
                )


def warn_of_strangers(work: Assembly, owned: assign_cells.Owned) -> None:
    """Labels the form does not have, and words that belong to no item, sheet by sheet."""
    work.stray += owned.strangers
    rows = {(cell.sheet, cell.row) for cell in owned.doubtful}
    for cell in owned.doubtful:
        work.say(
            "unknown_label",
            f"「{shortened(cell.text)}」は様式にない項目名です。"
            "この行は読み取りませんでした。様式の項目名に直すか、"
            "様式の版を確かめてください。",
            cell,
            "warning",
        )
    by_sheet: dict[int, list[BookCell]] = defaultdict(list)
    for cell in owned.strangers:
        if (cell.sheet, cell.row) in rows or not cell.text.strip() or only_printed(cell):
            continue
        by_sheet[cell.sheet].append(cell)
    for sheet, cells in by_sheet.items():
        named = []
        for cell in cells[:8]:
            named.append(f"{address(cell.row, cell.col)}「{shortened(cell.text, 14)}」")
        work.warn_sheet(
            "unread_cell",
            f"どの項目にも属さない記載が{len(cells)}か所あり、"
            f"読み取りませんでした：{_listed(named, len(cells))}",
            sheet,
        )


def _listed(named: Sequence[str], count: int) -> str:
    """The first of `count` things, and など where there are more."""
    listed = "、".join(named)
    if count > len(named):
        return listed + "など"
    return listed


def warn_of_cells(work: Assembly, cells: Sequence[BookCell], owned: assign_cells.Owned) -> None:
    """Cells whose value is an error, not saved, a formula's, or hidden from the eye."""
    loose = places_of(owned.strangers)
    used: set[tuple[int, int, int]] = set()
    for _, _, value, read in work.values:
        if value is not None:
            used |= places_of(read)
    hidden: dict[int, list[BookCell]] = defaultdict(list)
    for cell in cells:
        _warn_of_flag(work, cell, cell.at in loose)
        if cell.hidden and cell.at in used:
            hidden[cell.sheet].append(cell)
    for sheet, seen in hidden.items():
        named = [address(cell.row, cell.col) for cell in seen[:8]]
        work.warn_sheet(
            "hidden",
            f"非表示の行・列・シートに記載があり、読み取りました：{_listed(named, len(seen))}",
            sheet,
        )


def _warn_of_flag(work: Assembly, cell: BookCell, is_loose: bool) -> None:
    """One cell whose value is not plainly typed; in no item's answer it is only a warning."""
    level = "error"
    if is_loose:
        level = "warning"
    if cell.flag == "error":
        work.say(
            "cell_error",
            f"セルがエラー（{cell.text}）になっています。式か参照先を直してください。",
            cell,
            level,
        )
    elif cell.flag == "uncached":
        work.say(
            "no_value",
            "式の計算結果が保存されていません。Excelで開いて保存し直すか、値に直してください。",
            cell,
            level,
        )
    elif cell.flag == "formula" and not is_loose:
        work.say(
            "formula",
            f"式が入っています。計算結果「{shortened(cell.text)}」を文字として読みました。",
            cell,
            "warning",
        )
