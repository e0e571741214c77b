"""References to rows in a workbook, and where they point after rows were put in.

Knows ranges, formulas and attributes as text; no sheet and no package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Box = tuple[int, int, int, int]  # first row, first column, last row, last column
Move = Callable[[int], int]

_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?")
_REFERENCE = re.compile(
    r"""("(?:[^"]|"")*")|(?<![\w.$])((?:'(?:[^']|'')+'|[^\s'!(),:;+\-*/^&=<>"{}$]+)!)?(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?|\$?\d+:\$?\d+)(?![\w(.])"""
)
_ROWS = re.compile(r"(\$?)(\d+):(\$?)(\d+)")


@dataclass(slots=True)
class Insert:
    """Copies of rows `first`..`last` put in below row `after`. `blank`: without their values;
    `texts`: (row from 0, column) -> text; `merges`: boxes
    within the copy, rows from 0, in place of the copied ones."""

    after: int
    first: int
    last: int
    blank: bool = False
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: tuple[Box, ...] | None = None
    heights: dict[int, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many rows are put in."""
        return self.last - self.first + 1


def moved(inserts: Sequence[Insert]) -> Move:
    """Where a row stands after the rows were put in."""
    steps = sorted((insert.after, insert.size) for insert in inserts)
    return lambda row: row + sum(size for after, size in steps if after < row)


def growth(inserts: Sequence[Insert]) -> Move:
    """Like `moved`, but the last row of a range takes in the rows put in right below it."""
    steps = sorted((insert.after, insert.size) for insert in inserts)
    return lambda row: row + sum(size for after, size in steps if after <= row)


def bases(inserts: Sequence[Insert], new: Move) -> list[tuple[Insert, int]]:
    """Each insert with the row it stands behind when all are in."""
    used: dict[int, int] = {}
    out = []
    for insert in inserts:
        out.append((insert, new(insert.after) + used.get(insert.after, 0)))
        used[insert.after] = used.get(insert.after, 0) + insert.size
    return out


def moved_range(ref: str, new: Move, end: Move) -> str:
    """A range of cells where its rows stand now."""
    match = _RANGE.fullmatch(ref)
    if match is None:
        return ref
    text, r1, this_text, r2 = match.groups()
    if this_text is None:
        last = end(int(r1))
        return f"{text}{new(int(r1))}" + (f":{text}{last}" if last != new(int(r1)) else "")
    return f"{text}{new(int(r1))}:{this_text}{end(int(r2))}"


def shifted(formula: str, own: str, sheet: str, new: Move, end: Move | None = None) -> str:
    """A formula (as XML text) that stands on sheet `own`, after rows moved on `sheet`.

    `end`: for a print area, that takes in rows below its last.
    """

    def one(match: re.Match[str]) -> str:
        if match.group(1) is not None:
            return match.group(1)
        there = (match.group(2) or "").rstrip("!").strip("'").replace("''", "'") or own
        if there != sheet:
            return match.group(0)
        ref = match.group(3)
        last = end or new
        rows = _ROWS.fullmatch(ref)
        if rows:
            said = (
                f"{rows.group(1)}{new(int(rows.group(2)))}:{rows.group(3)}{new(int(rows.group(4)))}"
            )
        else:
            said = moved_range(ref, new, last if ":" in ref else new)
        return (match.group(2) or "") + said

    return _REFERENCE.sub(one, formula)


def attribute(said: str, name: str) -> str | None:
    """The value of an attribute in a tag; None where it is not there."""
    found = re.search(rf"(?<![\w:]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", said)
    if found is None:
        return None
    if found.group(1) is not None:
        return found.group(1)
    return found.group(2)


def with_attribute(said: str, name: str, value: str | None) -> str:
    """A tag with an attribute set."""
    pattern = rf"\s*(?<![\w:]){name}\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    if value is None:
        made = ""
    else:
        made = f' {name}="{value}"'
    if re.search(pattern, said):
        return re.sub(pattern, made, said, count=1)
    return said + made
