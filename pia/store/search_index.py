"""The index of a search: which texts may have a phrase, by the pairs of its letters. FTS5 on
SQLite, a tsvector on PostgreSQL, filled with the same words, so that both find the same.

Knows tables of `rows.search` and words as `domain.text.searching` makes them. Must not know what is
looked for, nor who may find it. Neither index keeps where in a text a word stands: whether a text
has the whole phrase is asked of its folded letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from ..domain.text import searching
from .model import Base
from .rows.search import SearchGuard, SearchMark, SearchText, SearchWhole

Kind = type[SearchText] | type[SearchWhole]
_AT_ONCE = 200


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def add(session: Session, kind: Kind, rows: Iterable[tuple[int, str]]) -> None:
    """Puts texts into the index: (number, folded letters)."""
    name = f"{kind.__tablename__}_index"
    if _is_sqlite(session):
        statement = f"INSERT INTO {name} (rowid, words) VALUES (:id, :words)"  # nosec B608
    else:
        statement = (
            f"INSERT INTO {name} (id, words) VALUES "  # nosec B608
            "(:id, array_to_tsvector(string_to_array(:words, ' ')))"
        )
    _run(session, statement, rows)


def drop(session: Session, kind: Kind, rows: Iterable[tuple[int, str]]) -> None:
    """Takes texts out of the index, given as they were put in."""
    name = f"{kind.__tablename__}_index"
    if _is_sqlite(session):
        statement = (
            f"INSERT INTO {name} ({name}, rowid, words) "  # nosec B608
            "VALUES ('delete', :id, :words)"
        )
        _run(session, statement, rows)
        return
    numbers = [{"id": number} for number, _ in rows]
    if numbers:
        session.execute(text(f"DELETE FROM {name} WHERE id = :id"), numbers)  # nosec B608


def _run(session: Session, statement: str, rows: Iterable[tuple[int, str]]) -> None:
    values = []
    for number, plain in rows:
        values.append({"id": number, "words": " ".join(searching.pairs(plain))})
    for at in range(0, len(values), _AT_ONCE):
        session.execute(text(statement), values[at : at + _AT_ONCE])


def emptied(session: Session, kind: Kind) -> None:
    """Takes everything out of the index."""
    name = f"{kind.__tablename__}_index"
    if _is_sqlite(session):
        session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('delete-all')"))  # nosec B608
    else:
        session.execute(text(f"DELETE FROM {name}"))  # nosec B608


def forgotten(session: Session, kind: Kind) -> None:
    """Makes sure that nothing of a text that was taken out can be read in the file: SQLite's index
    keeps it until its parts are joined. PostgreSQL does it at its own VACUUM, as for every row."""
    name = f"{kind.__tablename__}_index"
    if _is_sqlite(session):
        session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))  # nosec B608


def has(
    session: Session, kind: Kind, phrases: Sequence[str], any_of: bool = False
) -> ColumnElement[bool]:
    """Whether a text has all of these folded phrases (one at least), or one of them, as a condition
    on `kind`."""
    name = f"{kind.__tablename__}_index"
    if _is_sqlite(session):
        listed = text(f"SELECT rowid FROM {name} WHERE {name} MATCH :{name}")  # nosec B608
        both, either, begins = " AND ", " OR ", '"{0}" *'
        whole = '"{0}"'
    else:
        listed = text(
            f"SELECT id FROM {name} WHERE words @@ CAST(:{name} AS tsquery)"  # nosec B608
        )
        both, either, begins = " & ", " | ", "'{0}':*"
        whole = "'{0}'"
    asked = []
    for phrase in phrases:
        words = []
        for word in searching.needed(phrase):
            words.append((begins if len(phrase) == 1 else whole).format(word))
        asked.append(f"({both.join(words)})")
    given = {name: (either if any_of else both).join(asked)}
    in_index = kind.id.in_(listed.bindparams(**given).columns(literal_column("id")))
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
    for table in (SearchGuard, SearchWhole, SearchText, SearchMark):
        session.execute(delete(table))
