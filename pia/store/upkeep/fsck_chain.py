"""The part of fsck about the record of acts: both versions of entries, the chain that binds the
chains, and that every row says what its last entry says.

Knows entries and rows as they are stored, past all column types. Must not know what they mean.
Reads in streams and keeps what it expects in a scratch database that spills to the disk, so a
million rows cost time and no memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ...domain.errors import Problem
from .. import nodes, queries
from ..ledger import digests as row_digests
from ..ledger import log
from ..rows.tables import METADATA

_RESTORE = "バックアップから戻してください（pia restore）。"
_AT_ONCE = 100  # rows asked for in one statement
_MOST = 20  # findings of one kind in one table that are told one by one
_SAYS = {
    "row-changed": "この記録の中身が、書いた操作の記録と違います。あとから書き換えられています。",
    "row-missing": "操作の記録にあるこの行がありません。消されています。",
    "row-unattributed": "この行を書いた操作の記録がありません。外から入れられた行です。",
    "row-back": "操作の記録では消したはずのこの行が、また入っています。",
}
Versions = dict[
    tuple[str, str], set[tuple[str, str, str]]
]  # (KEY@N, digest) → who is said to have saved it, as (actor, role, at)


class Entry(NamedTuple):
    """An entry as it is stored."""

    chain: str
    seq: int
    v: int
    prev: str
    hash: str
    actor: str
    role: str
    at: str
    action: str
    target: str
    detail: str
    nonce: str | None
    rows: str | None


class Expected:
    """The digest each row should have: the last that an entry told."""

    def __init__(self, bare: sqlite3.Connection):
        self._bare = bare
        bare.execute("CREATE TABLE e (t TEXT, k TEXT, d TEXT, PRIMARY KEY (t, k)) WITHOUT ROWID")

    def tell(self, table: str, digests: Iterable[tuple[str, str | None]]) -> None:
        """Takes in the digests an entry tells; null of a row it dropped."""
        self._bare.executemany(
            "INSERT OR REPLACE INTO e VALUES (?, ?, ?)", ((table, key, day) for key, day in digests)
        )

    def of(self, table: str, keys: Sequence[str]) -> dict[str, str | None]:
        """What was told of these rows; they are crossed off."""
        marks = ",".join("?" * len(keys))
        select = f"SELECT k, d FROM e WHERE t = ? AND k IN ({marks})"  # nosec B608
        delete = f"DELETE FROM e WHERE t = ? AND k IN ({marks})"  # nosec B608
        # nosemgrep: raw-sql # question marks alone; values are bound
        expected = dict(self._bare.execute(select, (table, *keys)))
        # nosemgrep: raw-sql # the same
        self._bare.execute(delete, (table, *keys))
        return expected

    def told(self, table: str, keys: Collection[str]) -> dict[str, str | None]:
        """What was told of these rows; it stays."""
        marks = ",".join("?" * len(keys))
        select = f"SELECT k, d FROM e WHERE t = ? AND k IN ({marks})"  # nosec B608
        # nosemgrep: raw-sql # question marks alone; values are bound
        return dict(self._bare.execute(select, (table, *keys)))

    def keys(self) -> dict[str, list[str]]:
        """The keys of all rows told, by table."""
        by_table: dict[str, list[str]] = {}
        for table, key in self._bare.execute("SELECT t, k FROM e ORDER BY t, k"):
            by_table.setdefault(table, []).append(key)
        return by_table

    def left(self, table: str) -> Iterator[str]:
        """Rows that should be there and were not crossed off."""
        for (key,) in self._bare.execute(
            "SELECT k FROM e WHERE t = ? AND d IS NOT NULL ORDER BY k", (table,)
        ):
            yield key

    def unknown(self, known: Iterable[str]) -> list[str]:
        """Tables with rows that should be there, other than these."""
        return sorted(
            {text for (text,) in self._bare.execute("SELECT DISTINCT t FROM e WHERE d IS NOT NULL")}
            - set(known)
        )


def check(session: Session, versions: Versions) -> Iterator[Problem]:
    """All findings; `versions` is filled with what entries say of versions."""
    with closing(sqlite3.connect("")) as bare:
        expected = Expected(bare)
        yield from _chains(session, expected, versions)
        yield from _rows(session, expected)


class _Chain:
    """How far a chain was read, and whether it was whole until there."""

    def __init__(self) -> None:
        self.seq = 0
        self.last = log.START
        self.broken = False


def _chains(session: Session, expected: Expected, versions: Versions) -> Iterator[Problem]:
    """Every entry, in an order in which the last that names a row is the last that wrote it."""
    bound: dict[tuple[str, int], str] = {}
    read: dict[str, _Chain] = defaultdict(_Chain)
    for entry in in_order(session, {}):
        chain = read[entry.chain]
        chain.seq += 1
        seq = chain.seq
        if not chain.broken and (entry.seq != seq or entry.prev != chain.last or not holds(entry)):
            # All after the first break fails too; one finding says where it began.
            chain.broken = True
            yield broken_at(entry.chain, seq)
        chain.last = entry.hash
        wrong = []
        if bound.pop((entry.chain, entry.seq), entry.hash) != entry.hash:
            wrong.append((entry.chain, entry.seq))
        try:
            for name, number, value in after_chains(entry):
                if read[name].seq > number or (
                    read[name].seq == number and read[name].last != value
                ):
                    wrong.append((name, number))
                elif read[name].seq < number:
                    bound[name, number] = value
            yield from said(session, entry, expected, versions, bound)
        except (ValueError, TypeError, KeyError, AttributeError):
            if not chain.broken:
                yield Problem(
                    "audit-broken",
                    f"操作の記録の {seq} 件目を読めません。{_RESTORE}",
                    at(entry.chain, seq),
                )
        for name, number in wrong:
            yield Problem(
                "heads-differ",
                f"操作の記録の {number} 件目が、記録の束ねと違います。{_RESTORE}",
                at(name, number),
            )
    for lost, number in sorted(bound):
        yield Problem(
            "heads-ahead",
            f"記録の束ねにある {number} 件目の操作の記録がありません。"
            f"終わりの記録が失われています。{_RESTORE}",
            at(lost, number),
        )


def broken_at(chain: str, seq: int) -> Problem:
    """The finding of an entry that does not follow from the one before."""
    return Problem(
        "audit-broken",
        f"操作の記録の {seq} 件目から先が、前の記録につながっていません。"
        f"書換え、抜取り、差込みのいずれかです。{_RESTORE}",
        at(chain, seq),
    )


def entries(session: Session, chain: str, after: int, most: int | None) -> Iterator[Entry]:
    """The entries of a chain after a number, in order; at most so many."""
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    listed = ", ".join(f'"{field}"' for field in Entry._fields)
    limit = "" if most is None else f" LIMIT {most}"
    # Columns are our own names; chain and number are bound.
    query = (
        f"SELECT {listed} FROM audit_entry WHERE chain = {mark} AND seq > {mark}"  # nosec B608
        f" ORDER BY seq{limit}"
    )
    # nosemgrep: raw-sql # the same
    rows = connection.exec_driver_sql(query, (chain, after), execution_options={"yield_per": 500})
    for raw in rows:
        yield Entry(*raw)


def in_order(session: Session, after: Mapping[str, int]) -> Iterator[Entry]:
    """The chain that binds the others, then `main`, with the entries of every other chain before
    the first entry of `main` that says it came after them; what is left of these at the end.
    `after`: the number in each chain after which it is read.
    """
    others = {}
    for name in queries.audit_entries.chain_names(session):
        if name not in (log.HEADS, log.MAIN):
            number = after.get(name, 0)
            others[name] = _ChainEntries(entries(session, name, number, None), number)
    yield from entries(session, log.HEADS, after.get(log.HEADS, 0), None)
    for entry in entries(session, log.MAIN, after.get(log.MAIN, 0), None):
        for name, number, _ in _after_or_none(entry):
            if name in others:
                yield from others[name].until(number)
        yield entry
    for other in others.values():
        yield from other.rest()


class _ChainEntries:
    """The entries of a chain after a number, read as far as another chain says."""

    def __init__(self, entries: Iterator[Entry], after: int):
        self._entries = entries
        self._count = after

    def until(self, number: int) -> Iterator[Entry]:
        while self._count < number:
            entry = next(self._entries, None)
            if entry is None:
                return
            self._count += 1
            yield entry

    def rest(self) -> Iterator[Entry]:
        yield from self._entries


def after_chains(entry: Entry) -> list[tuple[str, int, str]]:
    """[chain, number, hash] of the other chains where an act of the whole installation found them.
    ValueError, TypeError for a detail that cannot be read."""
    if entry.chain != log.MAIN or '"after_chains":[[' not in entry.detail:
        return []
    heads = json.loads(entry.detail).get("after_chains", ())
    return [(str(name), int(number), str(value)) for name, number, value in heads]


def _after_or_none(entry: Entry) -> list[tuple[str, int, str]]:
    try:
        return after_chains(entry)
    except (ValueError, TypeError, AttributeError):
        return []


def at(chain: str, seq: int) -> str:
    """The place of an entry, as findings name it."""
    if chain == log.MAIN:
        return f"audit {seq}"
    return f"audit {chain} {seq}"


def holds(entry: Entry) -> bool:
    """Whether an entry is what its own hash says."""
    if entry.v == 1 and (
        entry.chain != log.MAIN or entry.nonce is not None or entry.rows is not None
    ):
        return False
    try:
        return bool(entry.hash == log.hashed(entry))
    except (ValueError, TypeError):
        return False


def said(
    session: Session,
    entry: Entry,
    expected: Expected,
    versions: Versions,
    bound: dict[tuple[str, int], str],
) -> Iterator[Problem]:
    """Takes in what an entry tells of rows, versions and other chains; what it seals is checked."""
    detail = json.loads(entry.detail)
    for ref, name in detail.get("versions", ()):
        versions.setdefault((ref, name), set()).add((entry.actor, entry.role, entry.at))
    if entry.chain == log.HEADS:
        bound.update({(chain, seq): name for chain, seq, name in detail["heads"]})
    if entry.v == 2 and entry.action == "ledger.seal":
        yield from _sealed(session, entry, detail, expected)
    for table, digests in json.loads(entry.rows or "{}").items():
        expected.tell(table, digests.items())


def _sealed(session: Session, entry: Entry, detail: Any, expected: Expected) -> Iterator[Problem]:
    for table, table_seal in detail["tables"].items():
        whole = sha256()
        count = 0
        for part in table_seal["parts"]:
            try:
                body = nodes.get_blob(session, part)
            except Exception:
                break
            whole.update(body)
            lines = body.splitlines()
            count += len(lines)
            expected.tell(table, map(json.loads, lines))
        if (whole.hexdigest(), count) != (table_seal["root"], table_seal["count"]):
            yield Problem(
                "seal-broken",
                f"更新のときに封じた行の一覧（{table}"
                f"）が、失われたか書き換えられています。{_RESTORE}",
                at(entry.chain, entry.seq),
            )


def _rows(session: Session, expected: Expected) -> Iterator[Problem]:
    for table in METADATA.sorted_tables:
        counts: Counter[str] = Counter()
        for code, key in _differing(session, table, expected):
            counts[code] += 1
            if counts[code] <= _MOST:
                yield of_row(code, table.name, key)
        for code, count in counts.items():
            if count > _MOST:
                yield Problem(code, f"ほかに{count - _MOST}行が同じです。{_RESTORE}", table.name)
    for name in expected.unknown(row_digests.CHAINED):
        yield without_table(name)


def of_row(code: str, table: str, key: str) -> Problem:
    """The finding about one row."""
    return Problem(code, f"{_SAYS[code]}{_RESTORE}", f"{table} {key}")


def without_table(name: str) -> Problem:
    """The finding about rows of a table that is not there."""
    return Problem("row-missing", f"操作の記録にある表がありません。{_RESTORE}", name)


def stored(session: Session, table: Table, keys: Iterable[str]) -> dict[str, str]:
    """Key → digest of these rows of a table as they stand; those that are not there are left
    out.
    """
    shape = row_digests.shape(table)
    assert shape is not None
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    listed = ", ".join(f'"{column}"' for column in shape.columns)
    digests: dict[str, str] = {}
    many = list(keys)
    for begin in range(0, len(many), _AT_ONCE):
        some = many[begin : begin + _AT_ONCE]
        where, values = with_keys(table, some, mark)
        query = f'SELECT {listed} FROM "{table.name}" WHERE {where}'  # nosec B608
        # nosemgrep: raw-sql # our own names; keys are bound
        rows = connection.exec_driver_sql(query, values).all()
        digests.update(_digests(shape, rows))
    return digests


def with_keys(table: Table, keys: Sequence[str], mark: str) -> tuple[str, tuple[int | str, ...]]:
    """The condition that a row has one of these keys, and the values of its marks."""
    key_test = " AND ".join(f'"{column.name}" = {mark}' for column in table.primary_key.columns)
    where = " OR ".join([f"({key_test})"] * len(keys))
    values: list[int | str] = []
    for key in keys:
        values += _values(table, key)
    return where, tuple(values)


def _values(table: Table, key: str) -> Iterator[int | str]:
    """The values of a row's key, from its text."""
    columns = list(table.primary_key.columns)
    for column, text in zip(columns, key.split("/", len(columns) - 1), strict=True):
        yield int(text) if column.type.python_type is int else text


def _differing(session: Session, table: Table, expected: Expected) -> Iterator[tuple[str, str]]:
    """(code, key) of every row that is not what its last entry says."""
    shape = row_digests.shape(table)
    if shape is None:
        return
    listed = ", ".join(f'"{column}"' for column in shape.columns)
    query = f'SELECT {listed} FROM "{table.name}"'  # nosec B608
    # nosemgrep: raw-sql # our own names of tables and columns
    rows = session.connection().exec_driver_sql(query, execution_options={"yield_per": 500})
    for some in rows.partitions(500):
        own = dict(_digests(shape, some))
        expected_digests = expected.of(table.name, list(own))
        for key, digest in own.items():
            if key not in expected_digests:
                yield "row-unattributed", key
            elif expected_digests[key] is None:
                yield "row-back", key
            elif expected_digests[key] != digest:
                yield "row-changed", key
    for key in expected.left(table.name):
        yield "row-missing", key


def _digests(shape: row_digests.Shape, some: Iterable[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for raw in some:
        key = shape.key(dict(zip(shape.columns, raw, strict=True)))
        try:
            yield key, row_digests.digest(shape.name, key, shape.stored(raw))
        except (TypeError, ValueError):  # a value no column type of ours could have written
            yield key, ""
