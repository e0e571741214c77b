"""Words that members ask the office to explain (用語の説明の求め)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_35_term_requests"
down_revision = "20261130_32_minutes"


def upgrade() -> None:
    op.create_table(
        "term_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referral.id"],
            name=op.f("fk_term_request_referral_id_referral"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_request")),
    )
    op.create_index(op.f("ix_term_request_referral_id"), "term_request", ["referral_id"])
    freeze({"term_request": ("id", "referral_id", "speaker", "actor", "role", "at")})


def downgrade() -> None:
    refuse_if_filled(["term_request"])
    op.drop_table("term_request")
