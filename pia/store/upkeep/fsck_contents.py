"""The part of fsck about bytes: contents and files under their digests, and rows that point at
rows.

Knows tables and digests. Must not know versions or acts. `only`: table → keys of the rows to look
at; None for all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Column, select
from sqlalchemy.orm import Session

from ...domain.canonical import digest
from ...domain.errors import Problem
from .. import packing
from ..nodes import Blob, Content
from ..rows.tables import METADATA

_RESTORE = "バックアップから戻してください（pia restore）。"
Only = Mapping[str, Collection[int]]
Query = TypeVar("Query")


def among(query: Query, key: Any, table: str, only: Only | None) -> Query:
    """A query about the rows of a table that are to be looked at."""
    if only is None:
        return query
    whole: Any = query
    some: Query = whole.where(key.in_(sorted(only.get(table, ()))))
    return some


def references(session: Session, only: Only | None = None) -> Iterator[Problem]:
    """Rows that point at a row that is not there."""
    for table in METADATA.sorted_tables:
        key: Column[Any] = next(iter(table.primary_key.columns))
        if only is not None and table.name not in only:
            continue
        for fk in sorted(table.foreign_keys, key=lambda foreign_key: foreign_key.parent.name):
            other = fk.column.table.alias()
            lost = select(fk.parent).select_from(
                table.outerjoin(other, fk.parent == other.c[fk.column.name])
            )
            lost = among(lost, key, table.name, only)
            for value in session.scalars(
                lost.where(fk.parent.is_not(None), other.c[fk.column.name].is_(None))
                .distinct()
                .limit(20)
            ):
                yield Problem(
                    "reference-broken",
                    f"指している先（{fk.column.table.name} {value}）がありません。{_RESTORE}",
                    f"{table.name}.{fk.parent.name}",
                )


def contents(session: Session, gone: set[str], only: Only | None = None) -> Iterator[Problem]:
    """Contents that are not what their digest says; `gone`: those 廃棄 emptied."""
    rows = select(Content.id, Content.digest, Content.kind, Content.body)
    rows = among(rows, Content.id, "content", only)
    for id_, name, kind, body in session.execute(rows.execution_options(yield_per=500)):
        if not body and bytes(name).hex() in gone:
            continue
        try:
            value = json.loads(packing.unpack(body))
        except ValueError:
            yield Problem(
                "content-unreadable", f"記載の1つを読めません。{_RESTORE}", f"content {id_}"
            )
            continue
        if digest(kind, value) != bytes(name).hex():
            yield Problem(
                "content-changed",
                f"記載の1つが、保存したあとに書き換えられています。{_RESTORE}",
                f"content {id_}",
            )


def blobs(session: Session, gone: set[str], only: Only | None = None) -> Iterator[Problem]:
    """Files that are not what their SHA-256 says; `gone`: those 廃棄 emptied."""
    rows = among(select(Blob.sha256, Blob.size, Blob.body), Blob.id, "blob", only)
    for name, size, body in session.execute(rows.execution_options(yield_per=1)):
        if not body and name in gone:
            continue
        try:
            whole = packing.unpack(body)
        except ValueError:
            whole = None
        if whole is None or len(whole) != size or sha256(whole).hexdigest() != name:
            yield Problem(
                "blob-changed",
                f"保存したファイルの1つが、保存したときと違います。{_RESTORE}",
                f"blob {name[:12]}",
            )
