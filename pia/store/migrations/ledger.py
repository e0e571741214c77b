"""What every revision needs: freezing append-only tables, and refusing to step back over data.

Knows the operations of the running migration. A table rebuilt in batch mode loses its triggers on SQLite, so a revision that rebuilds one freezes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic import op

from ...domain.errors import PiaError
from ..guard import create


def freeze(tables: Mapping[str, tuple[str, ...]]) -> None:
    """Makes tables append-only, or some of their columns (empty: all)."""
    for table, columns in tables.items():
        for statement in create(op.get_bind().dialect.name, table, columns):
            op.get_bind().exec_driver_sql(statement)


def refuse_if_filled(tables: Sequence[str]) -> None:
    """PiaError when a step back would drop rows: records are kept, and a backup is the way back."""
    for table in tables:
        if op.get_bind().exec_driver_sql(f'SELECT 1 FROM "{table}" LIMIT 1').first():
            raise PiaError(f"表 {table} に記録があるため、前の形に戻せません。戻すときは、更新の前にとったバックアップを pia restore で使ってください。")
