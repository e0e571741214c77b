"""個人情報ファイル簿: what is left out of it, and what was published when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_48_file_register"
down_revision = "20261130_47_registers"

TABLES = ("file_omission", "published_file")
FROZEN = {
    "file_omission": ("id", "record_id", "field", "part", "ground", "actor", "role", "at"),
    "published_file": ("id", "record_id", "version_id", "left_out", "actor", "role", "at"),
}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _end(table: str) -> tuple[SchemaItem, ...]:
    return (
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *(_text(name) for name in ("actor", "role", "at")),
        _points(table, "record_id", "register_record"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "file_omission",
        *(_number("id"), _number("record_id")),
        *(_text(name) for name in ("field", "part", "ground", "reason")),
        *_end("file_omission"),
    )
    op.create_table(
        "published_file",
        *(_number(name) for name in ("id", "record_id", "version_id")),
        sa.Column("day", sa.Date(), nullable=False),
        *(_text("left_out"), _text("words")),
        _points("published_file", "version_id", "register_version"),
        *_end("published_file"),
    )
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_record_id"), table, ["record_id"])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_record_id"), table)
        op.drop_table(table)
