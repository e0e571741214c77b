"""Expressions that the two databases write differently: folded text, and a member of a JSON text.

Knows how each database says them. Must not know any table. `fold` is the SQLite function of the
first one, which every connection gets (`opening`).
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

FOLDED = "pia_folded"  # what the function is called in SQLite


def fold(text: str | None) -> str:
    """Text for looking words up: one width (NFKC), small letters; empty for none."""
    return unicodedata.normalize("NFKC", text or "").casefold()


class folded(GenericFunction[str]):
    """`fold` of a text column, in the database."""

    type = Text()
    inherit_cache = True


class member(GenericFunction[str]):
    """A member of an object that is stored as JSON text: (column, name)."""

    type = Text()
    inherit_cache = True


@compiles(folded, "sqlite")
def _folded_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"{FOLDED}({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _folded_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"lower(normalize(coalesce({compiler.process(element.clauses, **options)}, ''), NFKC))"


@compiles(member, "sqlite")
def _member_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({column}, '$.' || {name})"


@compiles(member, "postgresql")
def _member_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"(({column})::jsonb ->> {name})"
