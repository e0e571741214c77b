"""References to rows in a workbook, and where they point after rows were put in.

Knows ranges, formulas and attributes as text; no sheet and no package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# First row, first column, last row, last column.
Box = tuple[int, int, int, int]
# A row → where it stands after rows were put in.
Move = Callable[[int], int]

_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?")
# A text in quotes, or what may be a reference: its sheet with !, then cells or whole rows.
_REFERENCE = re.compile(
    r"""("(?:[^"]|"")*")"""
    r"""|(?<![\w.$])((?:'(?:[^']|'')+'|[^\s'!(),:;+\-*/^&=<>"{}$]+)!)?"""
    r"""(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?|\$?\d+:\$?\d+)(?![\w(.])"""
)
_ROWS = re.compile(r"(\$?)(\d+):(\$?)(\d+)")


@dataclass(slots=True)
class Insert:
    """Copies of rows `first`..`last` put in below row `after`. `blank`: without their values;
    `texts`: (row from 0, column) → text; `merges`: boxes within the copy, rows from 0, in place of
    the copied ones; `heights`: row from 0 → points.
    """

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
    column, row, last_column, last_row = match.groups()
    first = f"{column}{new(int(row))}"
    if last_column is not None:
        return f"{first}:{last_column}{end(int(last_row))}"
    if end(int(row)) == new(int(row)):
        return first
    return f"{first}:{column}{end(int(row))}"


def shifted(formula: str, own: str, sheet: str, new: Move, end: Move | None = None) -> str:
    """A formula (as XML text) that stands on sheet `own`, after rows moved on `sheet`.

    `end`: for a print area, that takes in rows below its last.
    """

    def follows(match: re.Match[str]) -> str:
        quoted, on, ref = match.groups()
        if quoted is not None:
            return quoted
        on = on or ""
        if (on.rstrip("!").strip("'").replace("''", "'") or own) != sheet:
            return match.group(0)
        rows = _ROWS.fullmatch(ref)
        if rows:
            first, top, last, bottom = rows.groups()
            return f"{on}{first}{new(int(top))}:{last}{new(int(bottom))}"
        return on + moved_range(ref, new, (end or new) if ":" in ref else new)

    return _REFERENCE.sub(follows, formula)


def attribute(tag: str, name: str) -> str | None:
    """The value of an attribute in a tag; None where it is not there."""
    match = re.search(rf"(?<![\w:]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    if match is None:
        return None
    if match.group(1) is not None:
        return match.group(1)
    return match.group(2)


def with_attribute(tag: str, name: str, value: str | None) -> str:
    """A tag with an attribute set, or without it (None)."""
    pattern = rf"\s*(?<![\w:]){name}\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    if value is None:
        setting = ""
    else:
        setting = f' {name}="{value}"'
    if re.search(pattern, tag):
        return re.sub(pattern, setting, tag, count=1)
    return tag + setting
