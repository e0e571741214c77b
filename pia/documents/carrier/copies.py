"""Sheets of a workbook copied for another ファイル, with parts of their own: drawings, comments,
printer settings, names and print areas.

Knows the package; neither forms nor answers. What must be one of its kind (code names, the sheet
that is shown first, tables) stays with the original.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from .parts import NAME, REL, Parts, changed_name, counted, unquoted
from .refs import attribute, with_attribute

_LONGEST = 31  # letters of a sheet's name
# Parts a sheet may not share with another.
_ALONE = (
    "drawing",
    "vmlDrawing",
    "comments",
    "printerSettings",
    "ctrlProp",
    "threadedComment",
)


def copy_sheets(parts: Parts, sources: Sequence[int], after: int, number: int) -> None:
    """Copies of sheets put behind sheet `after`, named like them with a number, with parts of their
    own.
    """
    parts.flush()
    for place, source in enumerate(sources, after):
        name, part, rel = parts.sheets[source]
        copy = parts.free(part)
        parts.body[copy] = _copied(parts.body[part].decode("utf-8-sig")).encode()
        parts.typed(copy, like=part)
        if parts.rels(part) in parts.body:
            parts.body[parts.rels(copy)] = _copied_relations(parts, part, copy)
        new_rel = parts.add_relation(parts.main, "worksheet", copy)
        new_name = _free_name(parts, name, number)
        tag = _copied_tag(parts, rel, new_rel, new_name)
        before = parts.sheets[place][2]
        text = parts.workbook.replace(parts.sheet_tag(before), parts.sheet_tag(before) + tag, 1)
        tab = parts.tab(before) + 1
        parts.workbook = _names_for_copy(text, tab, parts.tab(rel), name, new_name)
        parts.sheets.insert(place + 1, (new_name, copy, new_rel))
    parts.drop_calculation()


def _copied_tag(parts: Parts, rel: str, new_rel: str, new_name: str) -> str:
    """The tag of a copy in the workbook part: shown, with a number and name of its own."""
    tag = with_attribute(parts.sheet_tag(rel).rstrip("/>").rstrip(), "state", None)
    tag = re.sub(r'\bsheetId="\d+"', f'sheetId="{parts.next_sheet_id()}"', tag)
    tag = re.sub(r'(\w+:id=)"[^"]*"', rf'\1"{new_rel}"', tag)
    name = f"name={quoteattr(new_name)}".replace("\\", r"\\")
    return re.sub(r'\bname=("[^"]*"|\'[^\']*\')', name, tag) + "/>"


def _copied(text: str) -> str:
    """The markup of a sheet without what must be one of its kind."""
    text = re.sub(r'\s(?:tabSelected|codeName)="[^"]*"', "", text)
    return re.sub(r"<(?:\w+:)?tableParts\b.*?(?:</(?:\w+:)?tableParts>|/>)", "", text, flags=re.S)


def _copied_relations(parts: Parts, part: str, copy: str) -> bytes:
    """The relations of a copy, with parts of its own where two sheets may not share one."""
    text = parts.body[parts.rels(part)].decode("utf-8-sig")
    for rel, kind, target in parts.related(part):
        tag = next(word for word in REL.findall(text) if attribute(word, "Id") == rel)
        if kind in ("table", "queryTable", "pivotTable"):
            text = text.replace(tag, "")
        elif kind in _ALONE and target in parts.body:
            own = parts.free(target)
            parts.body[own] = parts.body[target]
            parts.typed(own, like=target)
            if parts.rels(target) in parts.body:
                parts.body[parts.rels(own)] = parts.body[parts.rels(target)]
            to = posixpath.relpath(own, posixpath.dirname(copy))
            text = text.replace(tag, re.sub(r'\bTarget="[^"]*"', f'Target="{to}"', tag))
    return text.encode()


def _free_name(parts: Parts, name: str, number: int) -> str:
    """The name of a copy, with the first number from `number` that no sheet has yet."""
    stem = re.sub(r"\s*[(（]\d+[)）]$", "", name)
    used = {sheet_name.lower() for sheet_name, _, _ in parts.sheets}
    while True:
        ending = f" ({number})"
        free = stem[: _LONGEST - len(ending)] + ending
        if free.lower() not in used:
            return free
        number += 1


def _names_for_copy(text: str, tab: int, source: int, name: str, new_name: str) -> str:
    """Names of a sheet behind the new one (`tab`, from 0) count one more; the new one gets what the
    copied one (`source`) has of its own (print areas and the like).
    """

    def renumbered(match: re.Match[str]) -> str:
        sheet = attribute(match.group(2), "localSheetId")
        if sheet is None or int(sheet) < tab:
            return match.group(0)
        return changed_name(match, sheet=int(sheet) + 1)

    text = NAME.sub(renumbered, text)
    copied = ""
    for match in NAME.finditer(text):
        if attribute(match.group(2), "localSheetId") == str(source + (source >= tab)):
            formula = _renamed(unquoted(match.group(4)), name, new_name)
            copied += changed_name(match, sheet=tab, formula=escape(formula))
    if copied:
        text = re.sub(r"(?=</(?:\w+:)?definedNames>)", lambda _: copied, text, count=1)
    return counted(text, lambda number: number + (number >= tab))


def _renamed(formula: str, name: str, new_name: str) -> str:
    """A formula that stands for places on the copy."""
    quoted = "'" + new_name.replace("'", "''") + "'!"
    formula = formula.replace("'" + name.replace("'", "''") + "'!", quoted)
    return formula.replace(f"{name}!", quoted)
