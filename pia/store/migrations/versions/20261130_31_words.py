"""Wording the office keeps (文例), and words explained with the source of their explanation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261130_31_words"
down_revision = "20261129_26_today"


def upgrade() -> None:
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
    )
    op.add_column("glossary_term", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("glossary_term", sa.Column("read_on", sa.Date(), nullable=True))
    op.add_column("glossary_term", sa.Column("withdrawn", sa.Date(), nullable=True))


def downgrade() -> None:
    refuse_if_filled(["phrase"])
    for column in ("withdrawn", "read_on", "source"):
        op.drop_column("glossary_term", column)
    op.drop_table("phrase")
