"""What a city confirmed of a form by its own blank, and a database that is only a rehearsal with the clock it shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_11_told"
down_revision = "20261123_10_departments"


def upgrade() -> None:
    op.create_table(
        "form_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["blob.sha256"], name=op.f("fk_form_confirmation_sha256_blob")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_confirmation")),
    )
    op.create_index(op.f("ix_form_confirmation_form"), "form_confirmation", ["form"])
    op.create_table(
        "rehearsal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("real", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
    )
    freeze({"form_confirmation": (), "rehearsal": ()})


def downgrade() -> None:
    refuse_if_filled(["rehearsal", "form_confirmation"])
    op.drop_table("rehearsal")
    op.drop_index(op.f("ix_form_confirmation_form"), "form_confirmation")
    op.drop_table("form_confirmation")
