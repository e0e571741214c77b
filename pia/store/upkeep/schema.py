"""The shape of a database: every table, column, constraint, index, view, trigger and function with
its text, and how it compares with what a revision makes.

Knows catalogs. On SQLite what should be there is made by running the revisions into a database in
memory; on PostgreSQL it stands in `migrations/postgresql.json` (written by `python -m
tests.store.schemas`, held against a server by a test), because whoever checks need not own the
database.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from .. import migrations

Described = dict[str, str]  # "kind name" → text; of PostgreSQL, the text's SHA-256
_FILE = Path(__file__).parents[1] / "migrations" / "postgresql.json"


def differences(connection: Connection, revision: str) -> Iterator[tuple[str, str]]:
    """("missing" | "extra" | "changed", "kind name") of everything that is not as the revision
    makes it. ValueError for a revision nobody knows.
    """
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        wanted = _made(revision)
    else:
        wanted = _told(revision)
    own = described(connection)
    for name in sorted(wanted.keys() | own.keys()):
        if name not in own:
            yield "missing", name
        elif name not in wanted:
            yield "extra", name
        elif own[name] != wanted[name]:
            yield "changed", name


def described(connection: Connection) -> Described:
    """The schema of a database: name of a table, index or trigger → what tells its text from
    another."""
    if connection.dialect.name == "sqlite":
        return _of_sqlite(
            connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master").all()
        )
    texts = {}
    for name, text in _of_postgresql(connection):
        texts[name] = sha256(text.encode()).hexdigest()[:32]
    return texts


def of_file(file: Path) -> tuple[str, Described]:
    """Revision and shape of a SQLite file, opened so that nothing in it can run."""
    bare = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        bare.execute("PRAGMA query_only = ON")
        bare.execute("PRAGMA trusted_schema = OFF")
        (revision,) = bare.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision), _of_sqlite(
            bare.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        )
    finally:
        bare.close()


def unlike(file: Path) -> list[tuple[str, str]]:
    """`differences` of a SQLite file from the revision it says it is of. ValueError for a revision
    nobody knows.
    """
    revision, own = of_file(file)
    wanted = _made(revision)
    names = sorted(key for key in wanted.keys() | own.keys() if wanted.get(key) != own.get(key))
    pairs = []
    for name in names:
        if name not in own:
            pairs.append(("missing", name))
        elif name not in wanted:
            pairs.append(("extra", name))
        else:
            pairs.append(("changed", name))
    return pairs


def _of_sqlite(objects: Iterable[Any]) -> Described:
    texts = {}
    for kind, name, sql in objects:
        texts[f"{kind} {name}"] = _normal(kind, sql or "")
    return texts


def _normal(kind: str, sql: str) -> str:
    """A statement without what carries no meaning: spaces, quotes around names, and in a table the
    order of columns and constraints, which Alembic does not fix when it rebuilds one.
    """
    text = re.sub(r"\s+", " ", sql).strip()
    if kind != "table":
        return text
    head, _, body = re.sub(r'"(\w+)"', r"\1", text).partition("(")
    parts = []
    depth = 0
    part = ""
    for letter in body.rpartition(")")[0]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return f"{head.strip()} ({', '.join(sorted([*parts, part.strip()]))}){body.rpartition(')')[2]}"


@cache
def _made(revision: str) -> Described:
    engine = create_engine("sqlite://", poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def _by_hand(dbapi: sqlite3.Connection, _: object) -> None:
        dbapi.isolation_level = None

    try:
        with engine.begin() as connection:
            if revision not in migrations.revisions():
                raise ValueError(revision)
            migrations.run(connection, revision)
            return described(connection)
    finally:
        engine.dispose()


def _told(revision: str) -> Described:
    """What PostgreSQL has at a revision: the steps of the file up to it, each with what it makes
    (text) and drops (null).
    """
    steps: list[tuple[str, Mapping[str, str | None]]] = list(
        json.loads(_FILE.read_text("utf-8")).items()
    )
    if revision not in dict(steps):
        raise ValueError(revision)
    out: Described = {}
    for name, normal in steps:
        out.update({key: value for key, value in normal.items() if value is not None})
        for gone in [key for key, value in normal.items() if value is None]:
            out.pop(gone, None)
        if name == revision:
            break
    return out


# What each kind of thing of our schema is, as the server writes it down. Names are those of the
# schema we work in; columns come without their order.
_CATALOG = {
    "column": """SELECT c.relname || '.' || a.attname,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT
        JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = {here} AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0
        AND NOT a.attisdropped""",
    "relation": """SELECT c.relname, concat_ws(' ', c.relkind, c.relpersistence,
        c.relrowsecurity, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
        FROM pg_class c WHERE c.relnamespace = {here}
        AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')""",
    "constraint": """SELECT c.relname || '.' || o.conname, concat_ws(' ', o.convalidated,
        pg_get_constraintdef(o.oid))
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE o.connamespace = {here}
        AND o.contype NOT IN ('n', 't')""",
    "index": """SELECT c.relname, concat_ws(' ', i.indisvalid, pg_get_indexdef(c.oid))
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = {here}""",
    "trigger": """SELECT c.relname || '.' || t.tgname, concat_ws(' ', t.tgenabled,
        pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = {here}
        AND NOT t.tgisinternal""",
    "inner trigger": """SELECT c.relname || '.' || o.conname, string_agg(concat(t.tgenabled,
        p.proname), ' ' ORDER BY p.proname)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_constraint o ON o.oid = t.tgconstraint
        WHERE c.relnamespace = {here} AND t.tgisinternal GROUP BY 1""",
    "function": """SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        concat_ws(' ', l.lanname, p.prosecdef, p.provolatile, array_to_string(p.proconfig, ','),
        p.prosrc)
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = {here}""",
    "rule": """SELECT c.relname || '.' || r.rulename, concat_ws(' ', r.ev_enabled,
        pg_get_ruledef(r.oid))
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = {here}
        AND r.rulename <> '_RETURN'""",
    "policy": """SELECT c.relname || '.' || p.polname, concat_ws(' ', p.polcmd,
        pg_get_expr(p.polqual, p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = {here}""",
    "event trigger": "SELECT e.evtname, concat_ws(' ', e.evtenabled, e.evtevent, p.proname) FROM "
    "pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid",
}


def _of_postgresql(connection: Connection) -> Iterator[tuple[str, str]]:
    here = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
    (schema,) = connection.exec_driver_sql("SELECT current_schema()").one()
    for kind, query in _CATALOG.items():
        # nosemgrep: raw-sql # our own query about the schema
        for name, text in connection.exec_driver_sql(query.format(here=here)):
            yield f"{kind} {name}", re.sub(r"\s+", " ", text).replace(f"{schema}.", "").strip()
