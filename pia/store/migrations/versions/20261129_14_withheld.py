"""What was decided about withheld words that stand in a second place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_14_withheld"
down_revision = "20261129_13_rights"


def upgrade() -> None:
    op.create_table(
        "withheld_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("affair_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["affair_id"], ["affair.id"], name=op.f("fk_withheld_answer_affair_id_affair")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withheld_answer")),
    )
    op.create_index(op.f("ix_withheld_answer_affair_id"), "withheld_answer", ["affair_id"])
    op.create_index(op.f("ix_withheld_answer_fingerprint"), "withheld_answer", ["fingerprint"])
    freeze({"withheld_answer": ()})


def downgrade() -> None:
    refuse_if_filled(["withheld_answer"])
    op.drop_index(op.f("ix_withheld_answer_fingerprint"), "withheld_answer")
    op.drop_index(op.f("ix_withheld_answer_affair_id"), "withheld_answer")
    op.drop_table("withheld_answer")
