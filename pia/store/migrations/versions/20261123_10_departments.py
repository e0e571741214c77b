"""Departments have an order and can be closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261123_10_departments"
down_revision = "20261123_9_unsaved"


def upgrade() -> None:
    op.add_column(
        "department", sa.Column("position", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("department", sa.Column("closed", sa.Date(), nullable=True))


def downgrade() -> None:
    refuse_if_filled(["department"])
    with op.batch_alter_table("department") as batch:
        batch.drop_column("closed")
        batch.drop_column("position")
