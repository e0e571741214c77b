"""An index by which PostgreSQL finds what a request did, in the order of the bytes of its key (SQLite
has that order anyway); and the acts that wait to be entered in a chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261129_22_requests"
down_revision = "20261129_20_signin"
_NAME = "ix_request_key"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f'CREATE INDEX {_NAME} ON request (key COLLATE "C")')
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entry")),
    )


def downgrade() -> None:
    refuse_if_filled(["waiting_entry"])
    op.drop_table("waiting_entry")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP INDEX {_NAME}")
