"""An index by which what a request did is found, in the order of the bytes of its key; and the acts
that wait to be entered in a chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261129_22_requests"
down_revision = "20261129_21_counts"
_NAME = "ix_request_key"


def upgrade() -> None:
    op.create_index(_NAME, "request", ["key"], postgresql_ops={"key": "text_pattern_ops"})
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
    others = "SELECT 1 FROM audit_entry WHERE chain NOT IN ('main', 'heads') LIMIT 1"
    if op.get_bind().exec_driver_sql(others).first():
        # The release before knows no order between the chains of two bodies.
        refuse_if_filled(["audit_entry"])
    refuse_if_filled(["waiting_entry"])
    op.drop_table("waiting_entry")
    op.drop_index(_NAME, "request")
