"""What one person asked for and another has to confirm."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_18_two_persons"
down_revision = "20261129_15_signin"


def upgrade() -> None:
    op.create_table(
        "asked_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_step")),
    )
    freeze({"asked_step": ("id", "kind", "rounds", "args", "actor", "role", "at")})


def downgrade() -> None:
    refuse_if_filled(["asked_step"])
    op.drop_table("asked_step")
