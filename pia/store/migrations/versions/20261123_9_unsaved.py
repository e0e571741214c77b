"""What somebody is writing and has not saved yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261123_9_unsaved"
down_revision = "20261123_8_identity"


def upgrade() -> None:
    op.create_table(
        "unsaved",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsaved")),
        sa.UniqueConstraint("account", "line", "path", name=op.f("uq_unsaved_account_line_path")),
    )


def downgrade() -> None:
    refuse_if_filled(["unsaved"])
    op.drop_table("unsaved")
