"""What was recorded since a backup of SQLite, in small files beside it: from the backup and its
segments the database is made again as it stood a few minutes ago.

Knows the chains, the rows their entries tell, and files. Must not know when a segment is due. A
segment is a SQLite file with the new entries and the rows they tell as they stand at its end; it
names the SHA-256 of the file before it (the first one that of the backup) and has its own in its
name. It is made in one short moment beside writers. What no entry tells (drafts nobody saved,
sessions) is as old as the backup. That the result is whole says `fsck`, row by row.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ...domain.errors import Refused
from .. import queries
from ..ledger import digests as row_digests
from ..ledger import log
from ..migrations import HEAD
from ..opening import Store
from ..rows.tables import METADATA
from . import fsck_chain

FORMAT = "pia-segment/1"
_NAME = re.compile(r"(?P<base>.+)\.(?P<number>\d{5})-(?P<sha>[0-9a-f]{16})\.seg")
_AT_ONCE = 200
_RECORD = "audit_entry"


@dataclass(frozen=True, slots=True)
class Increment:
    """A segment: its file, its number after the backup (0 tells of the backup itself), the SHA-256
    of the file before it, and the heads of the chains at its end."""

    file: Path
    number: int
    before: str
    heads: tuple[tuple[str, int, str], ...]

    @property
    def base(self) -> Path:
        """The backup it goes on from."""
        parts = _NAME.fullmatch(self.file.name)
        assert parts is not None
        return self.file.with_name(f"{parts['base']}.db")


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, lower hex."""
    whole = sha256()
    with file.open("rb") as opened:
        while part := opened.read(1 << 20):
            whole.update(part)
    return whole.hexdigest()


def is_name(name: str) -> bool:
    """Whether a file is called as segments are."""
    return _NAME.fullmatch(name) is not None


def named(name: str) -> tuple[str, int]:
    """Of a file called as segments are, its backup without the ending, and its number."""
    parts = _NAME.fullmatch(name)
    assert parts is not None
    return parts["base"], int(parts["number"])


def read(file: Path) -> Increment:
    """A segment by what its file says. Refused where it is none, or not what its name says."""
    parts = _NAME.fullmatch(file.name)
    broken = Refused(f"{file.name} は、壊れているか、追加のバックアップではありません。")
    try:
        if parts is None or sha256_of(file)[:16] != parts["sha"]:
            raise broken
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as bare:
            about = json.loads(bare.execute("SELECT said FROM about").fetchone()[0])
        heads = tuple((str(chain), int(seq), str(name)) for chain, seq, name in about["heads"])
        is_ours = about["format"] == FORMAT and about["number"] == int(parts["number"])
    except (OSError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise broken from error
    if not is_ours:
        raise broken
    if about["revision"] != HEAD:
        raise Refused(
            f"{file.name} は、ほかの版のソフトウェアが作ったものです。"
            "作った版のソフトウェアで戻してください。"
        )
    return Increment(file, int(about["number"]), str(about["before"]), heads)


def of_base(base: Path) -> list[Path]:
    """The files of a backup's segments, in order of their numbers."""
    segments = []
    for file in base.parent.glob(f"{base.stem}.*.seg"):
        if is_name(file.name):
            segments.append(file)
    return sorted(segments, key=lambda file: file.name)


def newest(folder: Path, of: str) -> Path | None:
    """The file of the newest segment of the newest backup of a database in a folder; None where
    there is none. `of`: how names of its backups begin.
    """
    segments = []
    for file in folder.iterdir():
        if is_name(file.name) and re.fullmatch(rf"{re.escape(of)}-\d.*", named(file.name)[0]):
            segments.append(file)
    return max(segments, key=lambda file: named(file.name), default=None)


def begin(base: Path, heads: Iterable[tuple[str, int, str]], folder: Path) -> Path:
    """Makes the segment that tells of a backup with these heads."""
    return _made(folder, base.stem, Increment(base, 0, sha256_of(base), tuple(heads)), {}, {})


def goes_on(store: Store, last: Increment) -> bool:
    """Whether a database holds the record up to the end of a segment; it does not after another was
    restored in its place.
    """
    with store.read() as session:
        for chain, seq, name in last.heads:
            entries = list(fsck_chain.entries(session, chain, seq - 1, 1))
            if seq and (not entries or entries[0].hash != name):
                return False
    return True


def take(store: Store, last: Increment, folder: Path) -> Path | None:
    """Makes the segment after another, from which the database goes on (`goes_on`), into a folder;
    None where nothing was recorded since.
    """
    with store.read() as session:
        heads = []
        for chain in queries.audit_entries.chain_names(session):
            heads.append((chain, *log.chain_head(session, chain)))
        if tuple(heads) == last.heads:
            return None
        entries, keys = _told(session, last)
        rows: dict[str, _Rows] = {_RECORD: _Rows(fsck_chain.Entry._fields, entries)}
        gone: dict[str, list[str]] = {}
        for name, some in keys.items():
            rows[name] = _stored(session, name, some)
            gone[name] = sorted(some)
    base = last.base.stem
    piece = Increment(last.file, last.number + 1, sha256_of(last.file), tuple(heads))
    return _made(folder, base, piece, rows, gone)


@dataclass(frozen=True, slots=True)
class _Rows:
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def _told(session: Session, last: Increment) -> tuple[list[fsck_chain.Entry], dict[str, set[str]]]:
    """The entries after a segment, and the keys of the rows they tell."""
    after = {chain: seq for chain, seq, _ in last.heads}
    entries: list[fsck_chain.Entry] = []
    keys: dict[str, set[str]] = defaultdict(set)
    for chain in queries.audit_entries.chain_names(session):
        for entry in fsck_chain.entries(session, chain, after.get(chain, 0), None):
            entries.append(entry)
            for table, digests in json.loads(entry.rows or "{}").items():
                keys[table] |= set(digests)
    return entries, keys


def _stored(session: Session, name: str, keys: Iterable[str]) -> _Rows:
    """All columns of the rows with these keys, as they are stored."""
    table = METADATA.tables[name]
    columns = [str(column.name) for column in table.columns]
    listed = ", ".join(f'"{column}"' for column in columns)
    rows: list[Sequence[Any]] = []
    many = sorted(keys)
    for at in range(0, len(many), _AT_ONCE):
        some = many[at : at + _AT_ONCE]
        where, values = fsck_chain.with_keys(table, some, "?")
        query = f'SELECT {listed} FROM "{name}" WHERE {where}'  # nosec B608
        # nosemgrep: raw-sql # our own names; keys are bound
        rows += session.connection().exec_driver_sql(query, values).all()
    return _Rows(columns, rows)


def _made(
    folder: Path,
    base: str,
    piece: Increment,
    rows: Mapping[str, _Rows],
    gone: Mapping[str, Sequence[str]],
) -> Path:
    """Writes a segment under its name."""
    part = folder / f".{base}.{piece.number:05}.part"
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    about = {
        "format": FORMAT,
        "number": piece.number,
        "revision": HEAD,
        "before": piece.before,
        "heads": list(map(list, piece.heads)),
    }
    with closing(sqlite3.connect(part)) as bare, bare:
        bare.execute("CREATE TABLE about (said)")
        bare.execute("INSERT INTO about VALUES (?)", (json.dumps(about),))
        bare.execute("CREATE TABLE touched (name, key)")
        for name, keys in gone.items():
            bare.executemany("INSERT INTO touched VALUES (?, ?)", ((name, key) for key in keys))
        for name, table in rows.items():
            columns = ", ".join(f'"{column}"' for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            # nosemgrep: raw-sql # our own names of tables and columns
            bare.execute(f'CREATE TABLE "{name}" ({columns})')
            # nosemgrep: raw-sql # the same
            bare.executemany(
                f'INSERT INTO "{name}" VALUES ({marks})',  # nosec B608
                map(tuple, table.rows),
            )
    target = folder / f"{base}.{piece.number:05}-{sha256_of(part)[:16]}.seg"
    part.rename(target)
    return target


def chain_to(file: Path) -> tuple[Path, list[Increment]]:
    """The backup a segment goes on from, and all segments up to it. Refused where one is missing,
    broken, or does not follow from the one before.
    """
    last = read(file)
    base = last.base
    pieces = []
    for each in of_base(base):
        if each.name <= file.name:
            pieces.append(read(each))
    if not base.is_file():
        raise Refused(f"{file.name} のもとのバックアップ {base.name} がありません。")
    before = sha256_of(base)
    for number, piece in enumerate(pieces):
        if piece.number != number or piece.before != before:
            raise Refused(
                f"{piece.file.name} が、前のファイルにつながっていません。"
                "間のファイルがないか、もとのバックアップが違います。"
            )
        before = sha256_of(piece.file)
    return base, pieces


def play(database: Path, pieces: Iterable[Increment]) -> None:
    """Puts what segments hold into a copy of their backup. Nothing in the copy can run meanwhile:
    its triggers are taken out and made again.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as bare:
        bare.execute("BEGIN IMMEDIATE")
        triggers = bare.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            # nosemgrep: raw-sql # names of our own schema, compared before
            bare.execute(f'DROP TRIGGER "{name}"')
        for piece in pieces:
            _play_one(bare, piece)
        for _, statement in triggers:
            bare.execute(statement)
        bare.execute("COMMIT")


def _play_one(bare: sqlite3.Connection, piece: Increment) -> None:
    with closing(sqlite3.connect(f"file:{piece.file}?mode=ro", uri=True)) as segment:
        held = [
            name
            for (name,) in segment.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name in row_digests.CHAINED or name == _RECORD
        ]
        touched: dict[str, list[str]] = defaultdict(list)
        for name, key in segment.execute("SELECT name, key FROM touched"):
            touched[name].append(key)
        for name, keys in touched.items():
            if name in row_digests.CHAINED:
                _drop(bare, name, keys)
        for name in held:
            for rows in _cut(segment, name):
                columns = [str(column.name) for column in METADATA.tables[name].columns]
                _put(bare, name, columns, rows)


def _cut(segment: sqlite3.Connection, name: str) -> Iterator[list[tuple[Any, ...]]]:
    columns = ", ".join(f'"{column.name}"' for column in METADATA.tables[name].columns)
    # nosemgrep: raw-sql # our own names of tables and columns
    rows = segment.execute(f'SELECT {columns} FROM "{name}"')  # nosec B608
    while some := rows.fetchmany(_AT_ONCE):
        yield some


def _drop(bare: sqlite3.Connection, name: str, keys: Sequence[str]) -> None:
    table = METADATA.tables[name]
    for at in range(0, len(keys), _AT_ONCE):
        where, values = fsck_chain.with_keys(table, keys[at : at + _AT_ONCE], "?")
        # nosemgrep: raw-sql # our own names; keys are bound
        bare.execute(f'DELETE FROM "{name}" WHERE {where}', values)  # nosec B608


def _put(
    bare: sqlite3.Connection, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    listed = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    # nosemgrep: raw-sql # our own names; values are bound
    bare.executemany(f'INSERT INTO "{name}" ({listed}) VALUES ({marks})', rows)  # nosec B608
