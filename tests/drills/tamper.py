"""Altered rows: behind the triggers every column of every table is changed, rows are deleted,
forged, swapped, the whole chain is computed anew, triggers are emptied and planted in a backup;
and fsck (with an anchor kept elsewhere) must name each. What was altered is put back.

Many rows are altered at once and each must be named by itself: one look at a million rows costs
what one look at one costs.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Table

from pia.domain.canonical import canonical
from pia.domain.errors import PiaError
from pia.store.ledger import digests as row_digests
from pia.store.ledger import log
from pia.store.opening import Store, database_file, open_store
from pia.store.rows.tables import METADATA
from pia.store.upkeep import backup, fsck, fsck_chain
from tests.store import city, records

from .defences import without
from .places import place

# so many tries and more are made on the whole played case, fewer on an invented city's records
PLAYED = 1_000
# rows of a table altered before one look; fsck tells the first twenty of a kind by themselves
AT_ONCE = 15


class Bare:
    """The database without the program: no triggers, no foreign keys."""

    def __init__(self, url: str):
        file = database_file(url)
        self.sqlite = file is not None
        self._c: Any = (
            sqlite3.connect(file, isolation_level=None)
            if file is not None
            else psycopg.connect(url, autocommit=True)
        )
        if self.sqlite:
            self.run("PRAGMA synchronous = OFF")
            for (name,) in self.all("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                self.run(f"DROP TRIGGER {name}")
        else:
            self.run("SET session_replication_role = replica")
            self.run("SET synchronous_commit = off")

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        self._c.execute(statement if self.sqlite else statement.replace("?", "%s"), values)

    def all(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return list(
            self._c.execute(
                statement if self.sqlite else statement.replace("?", "%s"), values
            ).fetchall()
        )

    def close(self) -> None:
        self._c.close()


Row = dict[str, Any]


def _where(table: Table) -> str:
    return " AND ".join(f'"{c.name}" = ?' for c in table.primary_key)


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[c.name] for c in table.primary_key)


def _rows(bare: Bare, table: Table) -> list[Row]:
    names = [str(c.name) for c in table.columns]
    listed, order = (
        ", ".join(f'"{n}"' for n in names),
        ", ".join(f'"{c.name}"' for c in table.primary_key),
    )
    return [
        dict(zip(names, raw, strict=True))
        for raw in bare.all(f'SELECT {listed} FROM "{table.name}" ORDER BY {order}')
    ]


def _other(rng: random.Random, column: Any, value: Any) -> Any:
    """Another value of the same kind; something where there was nothing."""
    kind = column.type.python_type if not hasattr(column.type, "impl") else str
    if value is None:
        return {int: 7, bool: True, date: "2001-02-03", time: "03:04:05.000000", bytes: b"x"}.get(
            kind, "足した" + str(rng.randrange(10**6))
        )
    if kind is bool:
        return not value
    if isinstance(value, int):
        return value + 1_000 + rng.randrange(10**6)
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
    if isinstance(value, (date, time)):
        return (
            value.replace(year=value.year + 1, day=1)
            if isinstance(value, date)
            else value.replace(minute=(value.minute + 1) % 60)
        )
    if kind in (date, time):
        return (
            value[:3] + str((int(value[3]) + 1) % 6) + value[4:]
            if value[3].isdigit()
            else value[:1] + str((int(value[1]) + 1) % 10) + value[2:]
        )
    place = rng.randrange(len(value) + 1)
    return value[:place] + rng.choice((" ", "f", "0", "改")) + value[place:]


def _seen(store: Store) -> set[str]:
    """Where fsck finds damage."""
    with store.read() as s:
        return {p.where for p in fsck_chain.check(s, {})}


class Tries:
    def __init__(self, store: Store, bare: Bare, rng: random.Random):
        self.store, self.bare, self.rng = store, bare, rng
        self.made = 0
        self.unseen: list[str] = []

    def look(self, altered: list[tuple[str, set[str]]], what: str) -> None:
        """Each of these must be named under one of its places."""
        seen = _seen(self.store)
        self.made += len(altered)
        self.unseen += [f"{what} {name}" for name, places in altered if not places & seen]

    def columns(self) -> None:
        """Every column of every table under the chain, of some rows each."""
        tables = [t for t in METADATA.sorted_tables if row_digests.shape(t) is not None]
        for turn in range(max(len(t.columns) for t in tables)):
            altered: list[tuple[str, set[str]]] = []
            back: list[tuple[Table, str, Any, tuple[Any, ...]]] = []
            for table in tables:
                column = list(table.columns)[turn % len(table.columns)]
                if column.name in row_digests.NOTHING_IN.get(table.name, {}) or turn >= len(
                    table.columns
                ):
                    continue
                rows = _rows(self.bare, table)
                for row in self.rng.sample(rows, min(AT_ONCE, len(rows))):
                    new = dict(row) | {str(column.name): _other(self.rng, column, row[column.name])}
                    self.bare.run(
                        f'UPDATE "{table.name}" SET "{column.name}" = ? WHERE {_where(table)}',
                        (new[column.name], *_key(table, row)),
                    )
                    shape = row_digests.shape(table)
                    assert shape is not None
                    altered.append(
                        (
                            f"{table.name}.{column.name}",
                            {f"{table.name} {shape.key(row)}", f"{table.name} {shape.key(new)}"},
                        )
                    )
                    back.append((table, str(column.name), row[column.name], _key(table, new)))
            self.look(altered, "altered")
            for table, name, value, key in back:
                self.bare.run(
                    f'UPDATE "{table.name}" SET "{name}" = ? WHERE {_where(table)}', (value, *key)
                )

    def whole_rows(self) -> None:
        """Rows deleted, forged and swapped."""
        deleted = []
        back: list[tuple[Table, list[Row]]] = []
        for table in METADATA.sorted_tables:
            shape = row_digests.shape(table)
            if shape is None:
                continue
            rows = _rows(self.bare, table)
            some = self.rng.sample(rows, min(AT_ONCE, len(rows)))
            back.append((table, some))
            for row in some:
                self.bare.run(f'DELETE FROM "{table.name}" WHERE {_where(table)}', _key(table, row))
                deleted.append((table.name, {f"{table.name} {shape.key(row)}"}))
        self.look(deleted, "deleted")
        for table, some in back:
            for row in some:
                self._insert(table, row)
        self._forge(back)
        self._swap_pairs(back)

    def _forge(self, sampled: list[tuple[Table, list[Row]]]) -> None:
        """Looks at rows like these under other keys, and takes them out again."""
        forged = []
        added: list[tuple[Table, Row]] = []
        for table, rows in sampled:
            shape = row_digests.shape(table)
            assert shape is not None
            new = self._forged(table, rows[0]) if rows else None
            if new is not None:
                self._insert(table, new)
                added.append((table, new))
                forged.append((table.name, {f"{table.name} {shape.key(new)}"}))
        self.look(forged, "forged")
        for table, new in added:
            self.bare.run(f'DELETE FROM "{table.name}" WHERE {_where(table)}', _key(table, new))

    def _swap_pairs(self, sampled: list[tuple[Table, list[Row]]]) -> None:
        """Looks at two rows of each table with their contents swapped, and swaps them back."""
        swapped = []
        for table, some in sampled:
            pair = _unlike(table, some)
            if pair is not None:
                self._swap(table, *pair)
                shape = row_digests.shape(table)
                assert shape is not None
                swapped.append((table.name, {f"{table.name} {shape.key(r)}" for r in pair}))
        self.look(swapped, "swapped")
        for table, some in sampled:
            pair = _unlike(table, some)
            if pair is not None:
                self._swap(table, pair[1], pair[0], back=True)

    def _insert(self, table: Table, row: Row) -> None:
        names = ", ".join(f'"{n}"' for n in row)
        self.bare.run(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(row))})',
            tuple(row.values()),
        )

    def _forged(self, table: Table, row: Row) -> Row | None:
        """A row like this one under another key."""
        new = dict(row)
        for column in table.columns:
            value = row[str(column.name)]
            unique = (
                column.primary_key
                or column.unique
                or table.name in ("national_undo", "blob", "content", "identity")
            )
            if unique and isinstance(value, int) and not isinstance(value, bool):
                new[str(column.name)] = value + 5_000
            elif isinstance(value, bytes) and unique:
                new[str(column.name)] = value[:-1] + bytes([value[-1] ^ 1])
            elif (
                isinstance(value, str)
                and not isinstance(
                    column.type.python_type if not hasattr(column.type, "impl") else "", type
                )
                and column.name not in ("at",)
            ):
                new[str(column.name)] = value + "偽"
            elif isinstance(value, int) and not isinstance(value, bool):
                new[str(column.name)] = value + 5_000
        return new

    def _swap(self, table: Table, first_row: Row, two: Row, back: bool = False) -> None:
        """Exchanges one column that is not unique between two rows."""
        name = _swappable(table, first_row, two)
        a, b = (first_row, two) if not back else (two, first_row)
        values = (a[name], b[name]) if back else (two[name], first_row[name])
        first, second = (a, b) if back else (first_row, two)
        self.bare.run(
            f'UPDATE "{table.name}" SET "{name}" = ? WHERE {_where(table)}',
            (values[0], *_key(table, first)),
        )
        self.bare.run(
            f'UPDATE "{table.name}" SET "{name}" = ? WHERE {_where(table)}',
            (values[1], *_key(table, second)),
        )


def _swappable(table: Table, first: Row, two: Row) -> str:
    skipped = row_digests.NOTHING_IN.get(table.name, {})
    in_keys = {
        c.name
        for k in table.constraints
        if type(k).__name__ in ("UniqueConstraint", "PrimaryKeyConstraint")
        for c in k.columns
    }  # type: ignore[attr-defined]
    free = [str(c.name) for c in table.columns if c.name not in in_keys and c.name not in skipped]
    return next((n for n in free if first[n] != two[n]), "")


def _unlike(table: Table, some: list[Row]) -> tuple[Row, Row] | None:
    """The first two rows that differ in a column that may be exchanged."""
    return next(((a, b) for a, b in pairwise(some) if _swappable(table, a, b)), None)


def _chain(tries: Tries, anchor: Path) -> None:
    """Every column of entries, one at a time: the first bad one is named."""
    table = METADATA.tables["audit_entry"]
    rows = _rows(tries.bare, table)
    for column in table.columns:
        for row in tries.rng.sample(rows, min(3, len(rows))):
            name = str(column.name)
            new = _other(tries.rng, column, row[name])
            tries.bare.run(
                f'UPDATE audit_entry SET "{name}" = ? WHERE {_where(table)}',
                (new, *_key(table, row)),
            )
            with tries.store.read() as s:
                codes = {p.code for p in fsck_chain.check(s, {})}
            tries.made += 1
            if not codes & {"audit-broken", "heads-differ"}:
                tries.unseen.append(f"altered audit_entry.{name} of version {row['v']}")
            tries.bare.run(
                f'UPDATE audit_entry SET "{name}" = ? WHERE {_where(table)}',
                (row[name], *_key(table, {**row, name: new})),
            )


def rewrite(bare: Bare) -> None:
    """Computes every digest and the whole chain anew: what whoever owns the database can do."""
    table = METADATA.tables["audit_entry"]
    entries = [Entry(**e) for e in _rows(bare, table)]
    told: dict[tuple[str, str], Entry] = {}
    for e in sorted(entries, key=lambda e: (e.chain == log.HEADS, e.chain, e.seq)):
        for name, digests in json.loads(e.rows or "{}").items():
            told.update({(name, k): e for k in digests})
    for name, made in METADATA.tables.items():
        shape = row_digests.shape(made)
        for row in _rows(bare, made) if shape is not None else ():
            assert shape is not None
            key = shape.key(row)
            e = told.get((name, key))
            if e is not None and e.rows:
                body = json.loads(e.rows)
                body[name][key] = row_digests.digest(
                    name, key, shape.stored([row[c] for c in shape.columns])
                )
                e.rows = canonical(body).decode()
    heads: dict[tuple[str, int], str] = {}
    for e in sorted(entries, key=lambda e: (e.chain == log.HEADS, e.chain, e.seq)):
        e.prev = heads.get((e.chain, e.seq - 1), log.START)
        if e.chain == log.HEADS:
            e.detail = canonical(
                {"heads": [[c, n, heads[c, n]] for c, n, _ in json.loads(e.detail)["heads"]]}
            ).decode()
        e.hash = heads[e.chain, e.seq] = log.hashed(e)
    for e in entries:
        bare.run(
            "UPDATE audit_entry SET prev = ?, hash = ? WHERE chain = ? AND seq = ?",
            (f"x{e.chain}{e.seq}", f"x{e.chain}{e.seq}", e.chain, e.seq),
        )
    for e in entries:
        bare.run(
            "UPDATE audit_entry SET prev = ?, hash = ?, rows = ?, detail = ? WHERE "
            "chain = ? AND seq = ?",
            (e.prev, e.hash, e.rows, e.detail, e.chain, e.seq),
        )


class Entry(argparse.Namespace):
    """An entry as it is stored, to be forged."""


def _forgeries(tries: Tries, anchor: Path) -> None:
    """An edit with everything computed anew passes every check from inside, and no anchor."""
    table = METADATA.tables["audit_entry"]
    entries = _rows(tries.bare, table)
    (verdict,) = tries.bare.all("SELECT kind FROM verdict ORDER BY id LIMIT 1")[:1]
    tries.bare.run(
        "UPDATE verdict SET kind = ? WHERE id = (SELECT min(id) FROM verdict)", ("不適当",)
    )
    rewrite(tries.bare)
    tries.made += 1
    if _seen(tries.store):
        tries.unseen.append("the forger of this drill is no good")
    with tries.store.read() as s:
        if not list(fsck._anchor(s, anchor)):
            tries.unseen.append("everything computed anew")
    tries.bare.run("UPDATE verdict SET kind = ? WHERE id = (SELECT min(id) FROM verdict)", verdict)
    for e in entries:
        tries.bare.run(
            "UPDATE audit_entry SET prev = ?, hash = ? WHERE chain = ? AND seq = ?",
            (f"y{e['chain']}{e['seq']}", f"y{e['chain']}{e['seq']}", e["chain"], e["seq"]),
        )
    for e in entries:
        values = (e["prev"], e["hash"], e["rows"], e["detail"], e["chain"], e["seq"])
        tries.bare.run(
            "UPDATE audit_entry SET prev = ?, hash = ?, rows = ?, detail = ? WHERE "
            "chain = ? AND seq = ?",
            values,
        )


def _schema(tries: Tries, url: str, whole: list[tuple[str, str]], folder: Path) -> None:
    """Triggers emptied under their own names, one planted, an index dropped; and planted in a
    backup, which is refused before anything in it can run."""
    store, bare = tries.store, tries.bare

    def must(code: str, name: str, what: str) -> None:
        tries.made += 1
        if not any(p.code == code and name in p.where for p in fsck.check(store)):
            tries.unseen.append(what)

    if not bare.sqlite:
        bare.run(
            "CREATE FUNCTION pia_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
            "RETURN NEW; END'"
        )
        must("schema-extra", "pia_nothing", "a function added")
        bare.run("DROP TRIGGER version_no_update ON version")
        bare.run(
            "CREATE TRIGGER version_no_update BEFORE UPDATE ON version FOR EACH ROW "
            "EXECUTE FUNCTION pia_nothing()"
        )
        must("schema-changed", "version_no_update", "an empty trigger of the same name")
        bare.run("DROP TRIGGER version_no_update ON version")
        must("trigger-missing", "version_no_update", "a trigger dropped")
        bare.run(
            "CREATE TRIGGER version_no_update BEFORE UPDATE ON version FOR EACH ROW "
            "EXECUTE FUNCTION pia_refuse()"
        )
        bare.run("DROP FUNCTION pia_nothing()")
        bare.run("ALTER TABLE verdict DISABLE TRIGGER verdict_no_update")
        must("schema-changed", "verdict_no_update", "a trigger switched off")
        bare.run("ALTER TABLE verdict ENABLE TRIGGER verdict_no_update")
        bare.run("DROP INDEX ix_answer_remark_id")
        must("schema-missing", "ix_answer_remark_id", "an index dropped")
        bare.run("CREATE INDEX ix_answer_remark_id ON answer (remark_id)")
        return
    for _, sql in whole:
        bare.run(sql)
    bare.run("DROP TRIGGER version_no_update")
    must("trigger-missing", "version_no_update", "a trigger dropped")
    bare.run("CREATE TRIGGER version_no_update BEFORE UPDATE ON version BEGIN SELECT 1; END")
    must("schema-changed", "version_no_update", "an empty trigger of the same name")
    bare.run("DROP TRIGGER version_no_update")
    bare.run(dict(whole)["version_no_update"])
    bare.run("DROP INDEX ix_answer_remark_id")
    must("schema-missing", "ix_answer_remark_id", "an index dropped")
    bare.run("CREATE INDEX ix_answer_remark_id ON answer (remark_id)")
    bare.run(
        "CREATE TRIGGER planted AFTER INSERT ON audit_entry BEGIN UPDATE account SET "
        "role = 'administrator'; END"
    )
    must("schema-extra", "planted", "a planted trigger")
    bare.run("DROP TRIGGER planted")
    _planted_backup(tries, folder)


def _planted_backup(tries: Tries, folder: Path) -> None:
    backup.backup(tries.store, folder / "b.db")
    bad = sqlite3.connect(folder / "b.db")
    bad.execute(
        "CREATE TRIGGER planted AFTER UPDATE ON alembic_version BEGIN UPDATE account "
        "SET role = 'administrator'; END"
    )
    bad.commit()
    bad.close()
    tries.made += 1
    try:
        backup.restore(folder / "b.db", f"sqlite:///{folder / 'new.db'}")
        tries.unseen.append("a trigger planted in a backup")
    except PiaError:
        pass


@contextmanager
def _opened(kind: str, pg: str | None, played: bool) -> Iterator[tuple[Store, str]]:
    with place(kind, pg, "" if played else None) as url:
        store = open_store(url)
        if not played:
            records.fill(store)
        with store.begin() as s:
            log.entry(s, city.by(), "drill.anchor", "x")
            log.anchor(s, city.by())
        yield store, url
        store.close()


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Alterations unseen where entries do not hold the digests of rows."""
    with without("digests of rows"):
        return int(run(kind, pg, argparse.Namespace(n=1, seed=args.seed))["unseen"])


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(args.seed)
    played = args.n >= PLAYED
    with _opened(kind, pg, played) as (store, url), tempfile.TemporaryDirectory() as folder:
        with store.read() as s:
            seq, last = log.chain_head(s, log.HEADS)
            anchor = Path(folder) / "anchor.json"
            anchor.write_text(
                json.dumps(
                    {
                        "chain": log.HEADS,
                        "seq": seq,
                        "hash": last,
                        "heads": [list(h) for h in log.heads_of(s)],
                    }
                )
            )
        assert not fsck.damaged(fsck.check(store, deep=True, anchor=anchor))
        file = database_file(url)
        whole = (
            sqlite3.connect(file)
            .execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            .fetchall()
            if file
            else []
        )
        bare = Bare(url)
        tries = Tries(store, bare, rng)
        while True:
            tries.columns()
            tries.whole_rows()
            if tries.made >= args.n:
                break
        _chain(tries, anchor)
        _forgeries(tries, anchor)
        _schema(tries, url, whole, Path(folder))
        bare.close()
        problems = fsck.check(store, deep=True, anchor=anchor)
        sound = not fsck.damaged(problems)
    carry = sorted(
        [
            *(t for t in row_digests.NOTHING if t != "audit_entry"),
            *(f"{t}.{c}" for t, some in row_digests.NOTHING_IN.items() for c in some),
        ]
    )
    missed = len(tries.unseen) + (not sound)
    return {
        "alterations": tries.made,
        "unseen": len(tries.unseen),
        "which": sorted(set(tries.unseen)),
        "put back sound": sound,
        "carry nothing": carry,
        "missed": missed,
    }
