"""What is said of a kind of record that may be put right: its fields, what must hold of them, and
whether it may be taken back.

Knows no kind. Which there are stands in `correctable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `name`: of the form; `label`: for people; `kind`: line, area, lines,
    day, clock, ticked, choice, many, verdict, agenda or places; `column`: of the row, `facts.NAME`
    for one of its facts; `options`: value → words, of a choice."""

    name: str
    label: str
    kind: str = "line"
    need: bool = True
    column: str = ""
    options: Mapping[str, str] | None = None

    @property
    def place(self) -> str:
        """The column, or the fact of the column `facts`, that holds it."""
        return self.column or self.name


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record. `words`: what it is called; `fields` of a row; `check`: raises for values
    that cannot be (Unfit at their field); `follows`: why a row cannot be taken back now (empty
    where it can), None for a kind that never is; `overlaid`: nothing is written but the correction,
    and readers ask for it; `apart`: fields whose words may be erased one day and stand in no
    correction."""

    name: str
    table: type[Any]
    words: str
    fields: Callable[[Session, Any], Sequence[Field]]
    check: Callable[[Session, By, Any, Values], None] = lambda *_: None
    follows: Callable[[Session, Any], Sequence[str]] | None = None
    overlaid: bool = False
    apart: frozenset[str] = frozenset()
