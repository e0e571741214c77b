"""What every revision needs: freezing append-only tables, sealing what rows say under the chain,
and refusing to step back over data.

Knows the operations of the running migration. Nothing here is taken from the running program: what
a landed revision writes stays what it wrote, letter by letter (`tests/store/test_migrations.py`
holds it against a database of then). A table rebuilt in batch mode loses its triggers on SQLite, so
a revision that rebuilds one freezes it again.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, time
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from ...domain.errors import PiaError

_REFUSAL = "pia: append-only"
NONCE = "_nonce"
_PART = 50_000  # rows in one listing of a seal


def freeze(tables: Mapping[str, tuple[str, ...]]) -> None:
    """Makes tables append-only, or some of their columns (empty: all): UPDATE of these, DELETE, and
    TRUNCATE where there is one.
    """
    for table, columns in tables.items():
        for statement in _frozen(op.get_bind().dialect.name, table, columns):
            op.get_bind().exec_driver_sql(statement)


def _frozen(dialect: str, table: str, columns: tuple[str, ...]) -> Iterator[str]:
    if columns:
        of = " OF " + ", ".join(f'"{column}"' for column in columns)
    else:
        of = ""
    if dialect == "sqlite":
        for name, act in ((f"{table}_no_update", f"UPDATE{of}"), (f"{table}_no_delete", "DELETE")):
            yield (
                f'CREATE TRIGGER {name} BEFORE {act} ON "{table}" BEGIN SELECT '
                f"RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    yield (
        "CREATE OR REPLACE FUNCTION pia_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{_REFUSAL}'; END$$"
    )
    for name, act, each in (
        ("update", f"UPDATE{of}", "ROW"),
        ("delete", "DELETE", "ROW"),
        ("truncate", "TRUNCATE", "STATEMENT"),
    ):
        yield (
            f'CREATE TRIGGER {table}_no_{name} BEFORE {act} ON "{table}" FOR EACH {each} '
            f"EXECUTE FUNCTION pia_refuse()"
        )


def unfreeze(table: str) -> None:
    """Takes a table's triggers away, to freeze it anew in the same revision."""
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    for act in (
        ("update", "delete", "rewrite") if sqlite else ("update", "delete", "truncate", "rewrite")
    ):
        # nosemgrep: raw-sql # names of a revision's own list
        bind.exec_driver_sql(
            f"DROP TRIGGER IF EXISTS {table}_no_{act}" + ("" if sqlite else f' ON "{table}"')
        )


def freeze_texts(tables: Mapping[str, Sequence[str]]) -> None:
    """Lets texts of append-only tables be erased, each with its nonce beside it, and changed in no
    other way. A revision that adds a column to such a table freezes it again.
    """
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    if sqlite:
        same = "IS"
    else:
        same = "IS NOT DISTINCT FROM"
    for table, texts in tables.items():
        kept = []
        for text in texts:
            kept.append(
                f'(NEW."{text}" = OLD."{text}" AND NEW."{text}{NONCE}" {same} OLD."{text}{NONCE}")'
            )
        gone = []
        for text in texts:
            gone.append(f'(NEW."{text}" = \'\' AND NEW."{text}{NONCE}" IS NULL)')
        when = " AND ".join(
            f"({same_text} OR {erased})" for same_text, erased in zip(kept, gone, strict=True)
        )
        of = ", ".join(f'"{text}", "{text}{NONCE}"' for text in texts)
        head = f'CREATE TRIGGER {table}_no_rewrite BEFORE UPDATE OF {of} ON "{table}"'
        if sqlite:
            # nosemgrep: raw-sql # names and conditions of a revision's own list
            bind.exec_driver_sql(
                f"{head} WHEN NOT ({when}) BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        else:
            # nosemgrep: raw-sql # the same
            bind.exec_driver_sql(
                f"{head} FOR EACH ROW WHEN (NOT ({when})) EXECUTE FUNCTION pia_refuse()"
            )


def freeze_bodies(tables: Sequence[str]) -> None:
    """Lets the body of a content or file be emptied (廃棄), and an empty one be filled again, and
    changed in no other way. What it is filled with, its digest says; `fsck` holds it against
    that."""
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    if sqlite:
        empty = "X''"
    else:
        empty = "''::bytea"
    for table in tables:
        head = f'CREATE TRIGGER {table}_no_rewrite BEFORE UPDATE OF body ON "{table}"'
        when = f'NEW."body" = {empty} OR OLD."body" = {empty}'
        refusal = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        trigger = f"{head} WHEN NOT ({when}) {refusal}"
        if not sqlite:
            trigger = f"{head} FOR EACH ROW WHEN (NOT ({when})) EXECUTE FUNCTION pia_refuse()"
        bind.exec_driver_sql(trigger)  # nosemgrep: raw-sql # names of a revision's own list


def refuse_if_filled(tables: Sequence[str]) -> None:
    """PiaError when a step back would drop rows: records are kept, and a backup is the way back."""
    for table in tables:
        statement = f'SELECT 1 FROM "{table}" LIMIT 1'  # nosec B608
        # nosemgrep: raw-sql # names of a revision's own list
        if op.get_bind().exec_driver_sql(statement).first():
            raise PiaError(
                f"表 {table} に記録があるため、前の形に戻せません。戻すときは、"
                "更新の前にとったバックアップを pia restore で使ってください。"
            )


def seal(tables: Sequence[str], skipped: Mapping[str, Collection[str]] | None = None) -> None:
    """An entry in the chain `main` with the digests of all rows these tables hold now: for tables
    that come under the chain, and after a revision that changed what their rows say (a NULL in a
    new column changes nothing). `skipped`: columns that carry nothing. Nothing is written where
    there are no rows.

    The entry's detail: {"revision", "tables": {table: {"count", "root", "parts": [SHA-256 of a
    blob]}}}. A blob holds a line of JSON [key, digest] for each row in the order of the keys; the
    root is the SHA-256 of all lines.
    """
    bind = op.get_bind()
    sealed_tables: dict[str, Any] = {}
    kept: dict[str, str] = {}
    for table in tables:
        parts = []
        count = 0
        whole = sha256()
        for lines in _parts(_digests(bind, table, frozenset((skipped or {}).get(table, ())))):
            body = "".join(lines).encode()
            whole.update(body)
            count += len(lines)
            parts.append(_blob(bind, body, kept))
        if count:
            sealed_tables[table] = {"count": count, "root": whole.hexdigest(), "parts": parts}
    if sealed_tables:
        _entry(
            bind,
            {
                "revision": context.get_context().opts.get("destination_rev") or "",
                "tables": sealed_tables,
            },
            kept,
        )


def _parts(lines: Iterator[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for line in lines:
        some.append(line)
        if len(some) == _PART:
            yield some
            some = []
    if some:
        yield some


def _digests(bind: sa.Connection, table: str, skipped: Collection[str]) -> Iterator[str]:
    inspected = sa.inspect(bind)
    columns = []
    for column in inspected.get_columns(table):
        if column["name"] not in skipped:
            columns.append(column)
    keys = inspected.get_pk_constraint(table)["constrained_columns"]
    names = []
    for column in columns:
        names.append(column["name"])
    truths = set()
    for column in columns:
        if isinstance(column["type"], sa.Boolean):
            truths.add(column["name"])
    listed = _quoted(names)
    order = _quoted(keys)
    query = f'SELECT {listed} FROM "{table}" ORDER BY {order}'  # nosec B608
    # nosemgrep: raw-sql # names the database's schema gives
    for raw in bind.exec_driver_sql(query, execution_options={"yield_per": 500}):
        row = dict(zip(names, raw, strict=True))
        key = "/".join(str(row[name]) for name in keys)
        values = _sealed_values(row, truths)
        digest = sha256(
            _canonical({"v": 1, "kind": "row", "table": table, "key": key, "values": values})
        ).hexdigest()
        yield _canonical([key, digest]).decode() + "\n"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _sealed_values(row: Mapping[str, Any], truths: Collection[str]) -> dict[str, Any]:
    """The values of a row as they are digested; a text with a nonce only as their commitment."""
    values = {}
    for name, value in row.items():
        if value is not None:
            values[name] = _value(value, name in truths)
    for salt in [name for name in values if name.endswith(NONCE)]:
        text = salt.removesuffix(NONCE)
        nonce = values.pop(salt)
        values[text] = {"sealed": sha256(_canonical([nonce, values.get(text)])).hexdigest()}
    return values


def _value(value: Any, truth: bool) -> Any:
    if truth and value in (0, 1):
        return bool(value)
    if isinstance(value, (bytes, memoryview)):
        return {"sha256": sha256(value).hexdigest()}
    if isinstance(value, time):
        return value.isoformat("microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _canonical(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _blob(bind: sa.Connection, body: bytes, kept: dict[str, str]) -> str:
    """Keeps a listing as a file, as the store keeps files; `kept` gets the digest of its row."""
    name = sha256(body).hexdigest()
    table_clause = sa.table(
        "blob",
        sa.column("id", sa.Integer),
        sa.column("sha256", sa.Text),
        sa.column("size", sa.Integer),
        sa.column("body", sa.LargeBinary),
    )
    known = bind.execute(sa.select(table_clause.c.id).where(table_clause.c.sha256 == name)).scalar()
    if known is not None:
        return name
    packed = zlib.compressobj(6, wbits=-15)
    stored = b"\x01" + packed.compress(body) + packed.flush()
    number = (bind.execute(sa.select(sa.func.max(table_clause.c.id))).scalar() or 0) + 1
    if bind.dialect.name == "sqlite":
        bind.execute(
            table_clause.insert().values(id=number, sha256=name, size=len(body), body=stored)
        )
    else:
        number = bind.execute(
            table_clause.insert()
            .values(sha256=name, size=len(body), body=stored)
            .returning(table_clause.c.id)
        ).scalar_one()
    values = {
        "id": number,
        "sha256": name,
        "size": len(body),
        "body": {"sha256": sha256(stored).hexdigest()},
    }
    kept[str(number)] = sha256(
        _canonical({"v": 1, "kind": "row", "table": "blob", "key": str(number), "values": values})
    ).hexdigest()
    return name


def _entry(bind: sa.Connection, detail: dict[str, Any], blobs: dict[str, str]) -> None:
    """The sealing entry, of version 2. It bears the instant the migration was told
    (`context.config.attributes["at"]`, as it is stored), else that of the entry before it.
    """
    last = bind.exec_driver_sql(
        "SELECT seq, hash, at FROM audit_entry WHERE chain = 'main' ORDER BY seq DESC LIMIT 1"
    ).first()
    if last:
        seq = last[0]
        prev = last[1]
        before = last[2]
    else:
        seq = 0
        prev = "0" * 64
        before = "1970-01-01T00:00:00.000000+00:00"
    given = context.config.attributes.get("at")
    if given:
        at = max(before, given)
    else:
        at = before
    text = _canonical(detail).decode()
    salt = secrets.token_hex(16)
    rows = _canonical({"blob": blobs} if blobs else {}).decode()
    entry = {
        "chain": "main",
        "seq": seq + 1,
        "v": 2,
        "prev": prev,
        "actor": "pia",
        "role": "system",
        "at": at,
        "action": "ledger.seal",
        "target": "rows",
    }
    sealed = {
        "detail": sha256(_canonical([salt, text])).hexdigest(),
        "rows": sha256(rows.encode()).hexdigest(),
    }
    entry |= {
        "hash": sha256(_canonical({**entry, "kind": "entry", **sealed})).hexdigest(),
        "detail": text,
        "nonce": salt,
        "rows": rows,
    }
    names = ", ".join(f'"{name}"' for name in entry)
    marks = ", ".join(f":{name}" for name in entry)
    statement = f"INSERT INTO audit_entry ({names}) VALUES ({marks})"  # nosec B608
    # nosemgrep: raw-sql # names of our own entry; values are bound
    bind.execute(sa.text(statement), entry)
