"""The session of a store: it sees every row under the chain that an act writes or drops, and hands
their digests to the act's entry.

Knows how rows are written (by the unit of work, past it, and by statements over many). Must not
know how an entry is made: an act brings that along. A row written without an entry in its
transaction is a fault of the program, and the transaction is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Insert, Table, Update, bindparam, event, insert, select, update
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    RelationshipProperty,
    Session,
    make_transient_to_detached,
)
from sqlalchemy.orm.attributes import set_committed_value

from ..model import Base
from . import digests as row_digests
from .chains import MAIN
from .digests import Shape, Values

Digests = dict[str, dict[str, str | None]]
TOLD = {"pia_told": True}  # the execution option of a statement whose rows are told with `told`


@dataclass(slots=True)
class _Act:
    """An entry that waits for the rows written after it, with those written before."""

    write: Callable[[Digests], None]
    rows: Digests


@dataclass(slots=True)
class _Seen:
    """Rows written since the last entry. None: dropped. `again`: rows whose values are read
    back."""

    rows: dict[str, dict[str, Values | None]] = field(default_factory=lambda: defaultdict(dict))
    again: dict[str, dict[str, tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(dict))


class Witness(Session):
    """A session in which entries know their rows. `chain`: the chain its acts stand in, None where
    it may have none; `alone`: no act of any other chain goes on meanwhile; `writes`: it may write.
    `left`: what goes out once this transaction stands. `touched`: table → keys of the
    rows under the chain it wrote.
    """

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.chain: str | None = MAIN
        self.alone = False
        self.writes = False
        self.seen = _Seen()
        self.waiting: _Act | None = None
        self.last: list[Callable[[], None]] = []
        self.left: list[Any] = []
        self.touched: dict[str, set[str]] = defaultdict(set)

    def act(self, write: Callable[[Digests], None]) -> None:
        """An act of a person: `write` is called with the rows written since the entry before and
        until the act ends.
        """
        self.flush()
        self.waiting = _Act(write, self._taken())

    def settle_entry(self) -> None:
        """Writes the entry that waits as it is: another follows, and what was written since is
        its."""
        self.flush()
        waiting = self.waiting
        self.waiting = None
        if waiting is not None:
            waiting.write(waiting.rows)

    def settle(self) -> None:
        """Writes the entry that waits: an act has ended."""
        self.flush()
        waiting = self.waiting
        self.waiting = None
        if waiting is not None:
            for table, digests in self._taken().items():
                waiting.rows.setdefault(table, {}).update(digests)
            waiting.write(waiting.rows)

    def close_acts(self) -> None:
        """Writes what waits at the end of a transaction. RuntimeError when rows were written by
        nobody.
        """
        self.settle()
        orphans = self._taken()
        if orphans:
            raise RuntimeError(
                f"rows of {', '.join(sorted(orphans))} were written without an entry in the record"
            )
        for closing in self.last:
            closing()
        self.last.clear()

    def told(self, table: Table, written: Iterable[Mapping[str, Any]]) -> None:
        """Rows (all columns by name) that were inserted past the unit of work."""
        shape = row_digests.shape(table)
        if shape is not None:
            for row in written:
                self._wrote(shape, row)

    def add_now(self, row: Base) -> None:
        """Adds a row by one statement of its own, told like any other; afterwards it is a row of
        this session with its key. For the rows of every save: the unit of work costs several times
        as much. What is not set is NULL or, of the key, the database's."""
        self.flush()
        _, pairs, _ = _mapped(inspected(row).mapper)
        table = cast(Table, row.__table__)
        values = {column: row.__dict__[name] for name, column in pairs if name in row.__dict__}
        keys = self.execute(_insert(table, tuple(values)), values).one()
        for name, column in pairs:
            if column in keys._fields:
                setattr(row, name, keys._mapping[column])
                values[column] = keys._mapping[column]
        self.told(table, [values])
        make_transient_to_detached(row)
        self.add(row)

    def compare_and_set(self, row: Base, name: str, expected: Any, value: Any) -> bool:
        """Sets one column of a row of this session where it still is `expected`; whether it was."""
        self.flush()
        _, pairs, _ = _mapped(inspected(row).mapper)
        table = cast(Table, row.__table__)
        held = {column: getattr(row, attribute) for attribute, column in pairs}
        key = {f"own_{column.name}": held[column.name] for column in table.primary_key.columns}
        asked = {**key, "expected": expected, "value": value}
        done = cast(CursorResult[Any], self.execute(_compare_and_set(table, name), asked))
        if not done.rowcount:
            return False
        set_committed_value(row, name, value)
        self.told(table, [{**held, name: value}])
        return True

    def _wrote(self, shape: Shape, row: Mapping[str, Any]) -> None:
        key = shape.key(row)
        self.seen.rows[shape.name][key] = shape.bound(row)
        self.touched[shape.name].add(key)

    def _dropped(self, shape: Shape, key: str) -> None:
        self.seen.rows[shape.name][key] = None

    def _read_again(self, shape: Shape, key: tuple[Any, ...]) -> None:
        named = "/".join(map(str, key))
        self.seen.again[shape.name][named] = key
        self.touched[shape.name].add(named)

    def _taken(self) -> Digests:
        seen = self.seen
        self.seen = _Seen()
        for table, keys in seen.again.items():
            seen.rows[table].update(self._stored(table, keys))
        digests = {}
        for text, rows in seen.rows.items():
            if rows and self._is_foreign(text):
                raise RuntimeError(f"a row of {text} written in the chain {self.chain}")
            if rows:
                digests[text] = {
                    key: None if value is None else row_digests.digest(text, key, value)
                    for key, value in rows.items()
                }
        return digests

    def _is_foreign(self, table: str) -> bool:
        """Whether the turn of this one chain may not write rows of a table."""
        is_of_body = self.chain not in (None, MAIN) and not self.alone
        return is_of_body and table not in row_digests.OF_BODY

    def _stored(self, table: str, keys: Mapping[str, tuple[Any, ...]]) -> dict[str, Values]:
        """Values read back from the database, past the column types."""
        shape = _shapes(self)[table]
        connection = self.connection()
        if connection.dialect.name == "sqlite":
            mark = "?"
        else:
            mark = "%s"
        key_test = " AND ".join(f'"{name}" = {mark}' for name in shape.keys)
        columns = ", ".join(f'"{column}"' for column in shape.columns)
        many = list(keys.items())
        out: dict[str, Values] = {}
        for at in range(0, len(many), 200):
            some = many[at : at + 200]
            where = " OR ".join([f"({key_test})"] * len(some))
            # nosemgrep: raw-sql # our own names; keys are bound
            rows = connection.exec_driver_sql(
                f'SELECT {columns} FROM "{table}" WHERE {where}',  # nosec B608
                tuple(value for _, key in some for value in key),
            )
            out.update(
                (shape.key(dict(zip(shape.columns, raw, strict=True))), shape.stored(raw))
                for raw in rows
            )
        return out


def _shapes(session: Witness) -> Mapping[str, Shape]:
    shapes = {}
    for table in Base.metadata.tables.values():
        if (own_shape := row_digests.shape(table)) is not None:
            shapes[table.name] = own_shape
    return shapes


@cache
def _mapped(
    mapper: Mapper[Any],
) -> tuple[Shape | None, tuple[tuple[str, str], ...], tuple[RelationshipProperty[Any], ...]]:
    """The shape of a class, its (attribute, column) pairs, and its relationships that write rows of
    a table of their own.
    """
    shape = row_digests.shape(mapper.local_table)
    pairs = tuple((attr.key, attr.columns[0].name) for attr in mapper.column_attrs)
    return (
        shape,
        pairs,
        tuple(
            relationship
            for relationship in mapper.relationships
            if relationship.secondary is not None
        ),
    )


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> Insert:
    """The insert of these columns that gives back the key."""
    values: dict[str, Any] = {column: bindparam(column) for column in columns}
    statement = insert(table).values(values).returning(*table.primary_key.columns)
    return statement.execution_options(**TOLD)


@cache
def _compare_and_set(table: Table, name: str) -> Update:
    """The update of one column of one row, where it is as it was expected."""
    column = table.c[name]
    statement = update(table).where(
        column.is_not_distinct_from(bindparam("expected", type_=column.type))
    )
    for key in table.primary_key.columns:
        statement = statement.where(key == bindparam(f"own_{key.name}"))
    return statement.values({name: bindparam("value")}).execution_options(**TOLD)


@event.listens_for(Witness, "after_flush")
def _flushed(session: Witness, _: Any) -> None:
    for instance in session.new:
        shape, pairs, links = _mapped(inspected(instance).mapper)
        if shape is not None:
            session._wrote(shape, {column: instance.__dict__.get(name) for name, column in pairs})
        _linked(session, instance, links)
    for instance in session.dirty:
        shape, pairs, links = _mapped(inspected(instance).mapper)
        if shape is not None:
            _changed(session, shape, instance, pairs)
        _linked(session, instance, links)
    for instance in session.deleted:
        shape, pairs, _links = _mapped(inspected(instance).mapper)
        if shape is not None:
            session._dropped(
                shape,
                shape.key(
                    {
                        column: getattr(instance, name)
                        for name, column in pairs
                        if column in shape.keys
                    }
                ),
            )


def _changed(
    session: Witness, shape: Shape, instance: Any, pairs: tuple[tuple[str, str], ...]
) -> None:
    state = inspected(instance)
    if not any(
        column not in shape.skipped and state.attrs[name].history.has_changes()
        for name, column in pairs
    ):
        return
    held = {}
    for name, column in pairs:
        if name in instance.__dict__:
            held[column] = instance.__dict__[name]
    missing = []
    for letter in shape.columns:
        if letter not in held:
            missing.append(letter)
    if missing and any(letter not in shape.skipped for letter in missing):
        session._read_again(shape, tuple(held[key] for key in shape.keys))
        return
    session._wrote(shape, held)


def _linked(session: Witness, instance: Any, links: tuple[RelationshipProperty[Any], ...]) -> None:
    """Rows that only tie two others together."""
    for link in links:
        shape = row_digests.shape(link.secondary)
        history = inspected(instance).attrs[link.key].history
        if shape is None or not history.has_changes():
            continue
        for other in history.added or ():
            session._wrote(shape, _tie(link, instance, other))
        for other in history.deleted or ():
            session._dropped(shape, shape.key(_tie(link, instance, other)))


def _tie(link: RelationshipProperty[Any], instance: Any, other: Any) -> dict[str, Any]:
    ours = {}
    for here, target in link.synchronize_pairs:
        ours[target.name] = getattr(instance, str(here.key))
    theirs = {}
    for here, target in link.secondary_synchronize_pairs or ():
        theirs[target.name] = getattr(other, str(here.key))
    return ours | theirs


@event.listens_for(Witness, "do_orm_execute")
def _executed(state: ORMExecuteState) -> Any:
    """Statements over rows past the unit of work: which rows they touch is asked before, what
    stands in them after.
    """
    session = state.session
    if not isinstance(session, Witness):
        return None
    if state.is_select:
        if session.waiting is not None and _reads_entries(state):
            session.settle()
        return None
    shape = _shape_of(state)
    if shape is None:
        return None
    statement: Any = state.statement
    table = statement.table
    if state.execution_options.get("pia_told"):
        return None
    if state.is_insert:
        raise RuntimeError(f"an insert into {table.name} nobody tells the record of")
    if state.is_update and _columns_set(statement) <= shape.skipped:
        return None
    touched = select(*table.primary_key.columns).where(*statement._where_criteria)
    keys = list(map(tuple, session.execute(touched)))
    done = state.invoke_statement()
    _note(session, shape, keys, state.is_delete)
    return done


def _reads_entries(state: ORMExecuteState) -> bool:
    """Whether a statement reads the record: an entry is read where it was just written."""
    return any(mapper.class_.__tablename__ == "audit_entry" for mapper in state.all_mappers)


def _columns_set(statement: Any) -> set[Any]:
    """The names of the columns an update sets."""
    return {getattr(column, "name", column) for column in statement._values or ()}


def _shape_of(state: ORMExecuteState) -> row_digests.Shape | None:
    """How rows of the changed table are digested; None for reads and tables without digests."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return None
    statement: Any = state.statement
    return row_digests.shape(statement.table)


def _note(
    session: Witness, shape: row_digests.Shape, keys: Iterable[tuple[Any, ...]], deleted: bool
) -> None:
    """Tells the session which rows are gone, or are to be read again."""
    for key in keys:
        if deleted:
            session._dropped(shape, "/".join(map(str, key)))
        else:
            session._read_again(shape, key)
