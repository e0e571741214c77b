"""The words of a paper made into a Word template: a line is a paragraph, a mark at its beginning
says how it stands, fields stay as {{ … }}.

Knows the markup of pia/papers/*.yaml. Must not know what a paper is filled with.

# title (centred) ## heading, ### smaller > to the right = centred - hanging -- hanging, one step in
|= 30 140 a table with column widths in mm (`|=plain` without rules) |! a | b a head row | a | b a
row; a cell that begins with ! is a label |& one cell over all columns % for x in xs a statement
around paragraphs; |% for x in xs around rows === a new page **bold** ¶ a new line in a cell
"""

from __future__ import annotations

import re
from typing import Any

from ...papers import Wording
from .model import Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper

_MM = 72 / 25.4
_SHADE = "EDF0F4"


def sheet(words: Wording) -> WrittenPaper:
    """The template as a paper with its fields still in it."""
    items: list[Item] = []
    table: dict[str, Any] | None = None

    def close() -> None:
        nonlocal table
        if table is not None:
            items.append(
                PaperTable(table["widths"], tuple(table["rows"]), table["heads"], table["plain"])
            )
        table = None

    for line in words.body.split("\n"):
        if line.startswith("|="):
            close()
            rest = line[2:].replace("plain", "")
            table = {
                "widths": tuple(float(x) * _MM for x in rest.split()),
                "rows": [],
                "heads": 0,
                "plain": "plain" in line,
            }
            continue
        if table is not None and line.startswith("|"):
            table["heads"] += line.startswith("|!")
            table["rows"].append(_row(line, len(table["widths"])))
            continue
        close()
        items.append(_paragraph(line, words.size))
    close()
    while items and isinstance(items[-1], Para) and not items[-1].runs:
        items.pop()
    return WrittenPaper(words.title, tuple(items), words.wide, words.size)


def _runs(text: str, bold: bool = False, size: float = 0.0) -> tuple[Run, ...]:
    runs = []
    for index, part in enumerate(re.split(r"\*\*", text)):
        if part:
            runs.append(Run(part, bold or index % 2 == 1, False, size))
    return tuple(runs)


def _paragraph(line: str, size: float) -> Item:
    if line == "===":
        return Break()
    if line.startswith("% "):
        return Para((Run(f"{{%p {line[2:]} %}}"),))
    if line.startswith("### "):
        return Para(_runs(line[4:], True), before=size * 0.5, level=3, keep=True)
    if line.startswith("## "):
        return Para(_runs(line[3:], True), before=size * 0.9, after=2.0, level=2, keep=True)
    if line.startswith("# "):
        return Para(
            _runs(line[2:], True, round(size * 1.33, 1)),
            "center",
            before=size * 0.4,
            after=size * 0.6,
            level=1,
        )
    if line.startswith("> "):
        return Para(_runs(line[2:]), "right")
    if line.startswith("= "):
        return Para(_runs(line[2:]), "center")
    if line.startswith("-- "):
        return Para(_runs(line[3:]), left=size * 3, first=-size)
    if line.startswith("- "):
        return Para(_runs(line[2:]), left=size * 2, first=-size)
    return Para(_runs(line))


def _row(line: str, columns: int) -> tuple[PaperCell, ...]:
    if line.startswith("|%"):
        return (PaperCell((Para((Run(f"{{%tr {line[2:].strip()} %}}"),)),), span=columns),)
    if line.startswith("|&"):
        return (_cell(line[2:].strip(), span=columns),)
    head = line.startswith("|!")
    # Only the blanks of the markup go: a wide space is what a person is to write on.
    cells = []
    for text in re.split(r"(?: |^)\|(?: |$)", line[2 if head else 1 :]):
        cells.append(_cell(text.strip(" "), head))
    while len(cells) < columns:
        cells.append(_cell("", head))
    return tuple(cells)


def _cell(text: str, head: bool = False, span: int = 1) -> PaperCell:
    label = text.startswith("!")
    text = text.removeprefix("!")
    align = "left"
    if head:
        align = "center"
    elif text.startswith("> "):
        align = "right"
    paras = []
    for words in text.removeprefix("> ").split("¶"):
        paras.append(Para(_runs(words, head), align))
    shade = _SHADE if head or label else ""
    return PaperCell(tuple(paras), shade, span)
