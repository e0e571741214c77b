"""The index of a search: which texts may have a phrase, by the pairs of its letters. FTS5 on
SQLite, a tsvector on PostgreSQL, filled with the same words, so that both find the same.

Knows tables of `rows.search` and words as `domain.text.searching` makes them. Must not know what is
looked for, nor who may find it. Neither index keeps where in a text a word stands: whether a text
has the whole phrase is asked of its folded letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    TableClause,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from ..domain.text import searching
from .model import Base
from .rows.search import SearchGuard, SearchMark, SearchText, SearchWhole

Kind = type[SearchText] | type[SearchWhole]
_AT_ONCE = 200


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@cache
def _index(name: str, key: str) -> TableClause:
    """The index of a table as statements name it. On SQLite it has a column of its own name, to
    which its commands are told."""
    return table(name, column(name), column(key), column("words"))


def _of(session: Session, kind: Kind) -> tuple[TableClause, ColumnElement[Any], str]:
    """The index of a kind, the column that numbers its rows, and its name."""
    name = f"{kind.__tablename__}_index"
    key = "rowid" if _is_sqlite(session) else "id"
    index = _index(name, key)
    return index, index.c[key], name


def add(session: Session, kind: Kind, rows: Iterable[tuple[int, str]]) -> None:
    """Puts texts into the index: (number, folded letters)."""
    index, key, _ = _of(session, kind)
    words: ColumnElement[Any] = bindparam("said")
    if not _is_sqlite(session):
        words = func.array_to_tsvector(func.string_to_array(words, " "))
    _run(session, insert(index).values({key.name: bindparam("number"), "words": words}), rows)


def drop(session: Session, kind: Kind, rows: Iterable[tuple[int, str]]) -> None:
    """Takes texts out of the index, given as they were put in."""
    index, key, name = _of(session, kind)
    if _is_sqlite(session):
        told = {name: literal("delete"), key.name: bindparam("number"), "words": bindparam("said")}
        _run(session, insert(index).values(told), rows)
        return
    numbers = [number for number, _ in rows]
    if numbers:
        session.execute(delete(index).where(key.in_(numbers)))


def _run(session: Session, statement: Insert, rows: Iterable[tuple[int, str]]) -> None:
    values = []
    for number, plain in rows:
        values.append({"number": number, "said": " ".join(searching.pairs(plain))})
    for at in range(0, len(values), _AT_ONCE):
        session.execute(statement, values[at : at + _AT_ONCE])


def _command(session: Session, kind: Kind, words: str) -> None:
    """Tells SQLite's index to do something with itself."""
    index, _, name = _of(session, kind)
    session.execute(insert(index).values({name: literal(words)}))


def emptied(session: Session, kind: Kind) -> None:
    """Takes everything out of the index."""
    if _is_sqlite(session):
        _command(session, kind, "delete-all")
    else:
        session.execute(delete(_of(session, kind)[0]))


def forgotten(session: Session, kind: Kind) -> None:
    """Makes sure that nothing of a text that was taken out can be read in the file: SQLite's index
    keeps it until its parts are joined. PostgreSQL does it at its own VACUUM, as for every row."""
    if _is_sqlite(session):
        _command(session, kind, "optimize")


def has(
    session: Session, kind: Kind, phrases: Sequence[str], any_of: bool = False
) -> ColumnElement[bool]:
    """Whether a text has all of these folded phrases (one at least), or one of them, as a condition
    on `kind`."""
    index, key, name = _of(session, kind)
    if _is_sqlite(session):
        both, either, begins, whole = " AND ", " OR ", '"{0}" *', '"{0}"'
    else:
        both, either, begins, whole = " & ", " | ", "'{0}':*", "'{0}'"
    groups = []
    for phrase in phrases:
        words = []
        for word in searching.needed(phrase):
            words.append((begins if len(phrase) == 1 else whole).format(word))
        groups.append(f"({both.join(words)})")
    asked = (either if any_of else both).join(groups)
    if _is_sqlite(session):
        fits = index.c[name].op("MATCH")(asked)
    else:
        fits = index.c.words.op("@@")(cast(asked, TSQUERY))
    in_index = kind.id.in_(select(key).where(fits))
    # Of two letters the index says it all.
    stands = [_stands(session, kind, phrase) for phrase in phrases if len(phrase) > 2]
    if any_of:
        return and_(in_index, or_(*stands)) if len(stands) == len(phrases) else in_index
    return and_(in_index, *stands)


def lacks(session: Session, kind: Kind, phrases: Sequence[str]) -> list[ColumnElement[bool]]:
    """That a text has none of these folded phrases."""
    return [~_stands(session, kind, phrase) for phrase in phrases]


def how_many(session: Session, kind: Kind, phrases: Sequence[str]) -> ColumnElement[int]:
    """How many of these folded phrases a text has."""
    known: ColumnElement[int] = literal(0)
    for phrase in phrases:
        known = known + case((_stands(session, kind, phrase), 1), else_=0)
    return known


def _stands(session: Session, kind: Kind, phrase: str) -> ColumnElement[bool]:
    found = func.instr if _is_sqlite(session) else func.strpos
    return found(kind.folded, phrase) > 0


# ---- the texts with their index


def put(session: Session, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Adds texts (columns but for `id`, `path` as the program has it) and puts them into the index;
    their numbers. One at a time: whoever calls holds the turn of the search."""
    if not rows:
        return []
    last = session.scalar(select(func.max(kind.id))) or 0
    numbers = list(range(last + 1, last + 1 + len(rows)))
    values = []
    for number, row in zip(numbers, rows, strict=True):
        values.append({"id": number, **row})
    session.execute(insert(Base.metadata.tables[kind.__tablename__]), values)
    add(session, kind, ((row["id"], row["folded"]) for row in values))
    return numbers


def take_out(session: Session, kind: Kind, numbers: Iterable[int]) -> None:
    """Drops texts and what the index has of them."""
    wanted = list(numbers)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        folded = session.execute(select(kind.id, kind.folded).where(kind.id.in_(some))).all()
        drop(session, kind, ((number, plain) for number, plain in folded))
        if kind is SearchWhole:
            session.execute(delete(SearchGuard).where(SearchGuard.whole_id.in_(some)))
        session.execute(delete(kind).where(kind.id.in_(some)))


def close(session: Session, kind: Kind, numbers: Iterable[int], until: int) -> None:
    """Says of texts of a document that a version does not say them any more."""
    wanted = list(numbers)
    for at in range(0, len(wanted), _AT_ONCE):
        some = kind.id.in_(wanted[at : at + _AT_ONCE])
        session.execute(update(kind).where(some).values(until=until))


def guard(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Says whose withheld words whole texts say: (whole text, assessment)."""
    rows = [{"whole_id": whole, "assessment_id": number} for whole, number in pairs]
    if rows:
        session.execute(insert(Base.metadata.tables["search_guard"]), rows)


def mark(session: Session, name: str, number: int, words: Sequence[str] = ()) -> None:
    """Writes down how far the index is."""
    row = session.get(SearchMark, name)
    if row is None:
        session.add(SearchMark(name=name, number=number, words=list(words)))
    else:
        row.number = number
        row.words = list(words)
    session.flush()


def begin_again(session: Session) -> None:
    """Drops everything."""
    for kind in (SearchText, SearchWhole):
        emptied(session, kind)
    for rows in (SearchGuard, SearchWhole, SearchText, SearchMark):
        session.execute(delete(rows))
