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

from .parts import NAME, REL, SHEET, Parts, unquoted
from .refs import attribute, with_attribute

_ALONE = (
    "drawing",
    "vmlDrawing",
    "comments",
    "printerSettings",
    "ctrlProp",
    "threadedComment",
)  # parts a sheet may not share with another


def copy_sheets(parts: Parts, sources: Sequence[int], after: int, number: int) -> None:
    """Copies of sheets put behind sheet `after`, named like them with a number, with parts of their
    own.
    """
    parts.flush()
    for index, source in enumerate(sources):
        name, part, rel = parts.sheets[source]
        made = parts.free(part)
        parts.body[made] = _copied(parts.body[part].decode("utf-8-sig")).encode()
        parts.typed(made, like=part)
        if parts.rels(part) in parts.body:
            parts.body[parts.rels(made)] = _copied_relations(parts, part, made)
        new_rel = parts.add_relation(parts.main, "worksheet", made)
        new_name = _free_name(parts, name, number)
        tag = next(
            word for word in SHEET.findall(parts.workbook) if attribute(word, r"\w+:id") == rel
        )
        ids = []
        for word in SHEET.findall(parts.workbook):
            ids.append(int(attribute(word, "sheetId") or 0))
        made_tag = with_attribute(tag.rstrip("/>").rstrip(), "state", None)
        made_tag = re.sub(r'\bsheetId="\d+"', f'sheetId="{max(ids) + 1}"', made_tag)
        made_tag = re.sub(r'(\w+:id=)"[^"]*"', rf'\1"{new_rel}"', made_tag)
        made_tag = (
            re.sub(
                r'\bname=("[^"]*"|\'[^\']*\')',
                f"name={quoteattr(new_name)}".replace("\\", r"\\"),
                made_tag,
            )
            + "/>"
        )
        before = next(
            word
            for word in SHEET.findall(parts.workbook)
            if attribute(word, r"\w+:id") == parts.sheets[after + index][2]
        )
        text = parts.workbook.replace(before, before + made_tag, 1)
        at = [attribute(word, r"\w+:id") for word in SHEET.findall(parts.workbook)].index(
            parts.sheets[after + index][2]
        ) + 1
        at_source = [attribute(word, r"\w+:id") for word in SHEET.findall(parts.workbook)].index(
            rel
        )
        parts.workbook = _names_for_copy(text, at, at_source, name, new_name)
        parts.sheets.insert(after + index + 1, (new_name, made, new_rel))
    parts.drop_calculation()


def _copied(text: str) -> str:
    text = re.sub(r'\s(?:tabSelected|codeName)="[^"]*"', "", text)
    return re.sub(r"<(?:\w+:)?tableParts\b.*?(?:</(?:\w+:)?tableParts>|/>)", "", text, flags=re.S)


def _copied_relations(parts: Parts, part: str, made: str) -> bytes:
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
            to = posixpath.relpath(own, posixpath.dirname(made))
            text = text.replace(tag, re.sub(r'\bTarget="[^"]*"', f'Target="{to}"', tag))
    return text.encode()


def _free_name(parts: Parts, name: str, number: int) -> str:
    stem = re.sub(r"\s*[(（]\d+[)）]$", "", name)
    taken = set()
    for each_name, _, _ in parts.sheets:
        taken.add(each_name.lower())
    while True:
        ending = f" ({number})"
        made = stem[: 31 - len(ending)] + ending
        if made.lower() not in taken:
            return made
        number += 1


def _names_for_copy(text: str, at: int, source: int, name: str, new_name: str) -> str:
    """Names of a sheet behind the new one count one more; the new one gets what the copied one has
    of its own (print areas and the like).
    """
    index = source + (source >= at)

    def renumbered(match: re.Match[str]) -> str:
        said = attribute(match.group(2), "localSheetId")
        if said is None or int(said) < at:
            return match.group(0)
        return (
            match.group(1)
            + re.sub(r'\blocalSheetId="\d+"', f'localSheetId="{int(said) + 1}"', match.group(2))
            + match.group(3)
            + match.group(4)
            + match.group(5)
        )

    text = NAME.sub(renumbered, text)
    quoted = "'" + new_name.replace("'", "''") + "'!"
    plain = (f"'{name.replace(chr(39), chr(39) * 2)}'!", f"{name}!")
    made = []
    for match in NAME.finditer(text):
        if attribute(match.group(2), "localSheetId") == str(index):
            formula = unquoted(match.group(4))
            if plain[0] in formula:
                formula = formula.replace(plain[0], quoted).replace(plain[1], quoted)
            else:
                formula = formula.replace(plain[1], quoted)
            made.append(
                match.group(1)
                + re.sub(r'\blocalSheetId="\d+"', f'localSheetId="{at}"', match.group(2))
                + match.group(3)
                + escape(formula)
                + match.group(5)
            )
    if made:
        text = re.sub(r"(?=</(?:\w+:)?definedNames>)", lambda _: "".join(made), text, count=1)
    for what in ("activeTab", "firstSheet"):
        text = re.sub(
            rf'\b({what})="(\d+)"',
            lambda match: f'{match.group(1)}="{int(match.group(2)) + (int(match.group(2)) >= at)}"',
            text,
        )
    return text
