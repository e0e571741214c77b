"""The way of a draft through the house, and indexes of the record of acts for what the first page
asks: when somebody came in last, and which departments confirmed their people. Only entries of
these acts stand in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_26_today"
down_revision = "20261129_28_corrections"

CAME_IN = "action = 'access.in'"
REVIEWED = "action IN ('account.reviewed', 'account.review_corrected')"


def upgrade() -> None:
    for name, columns, which in (
        ("ix_audit_entry_came_in", ["target", "at"], CAME_IN),
        ("ix_audit_entry_reviewed", ["target", "seq"], REVIEWED),
    ):
        where = sa.text(which)
        op.create_index(name, "audit_entry", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("goes_to", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_handover_round_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_handover_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_round_id"), "handover", ["round_id"])
    freeze({"handover": ()})


def downgrade() -> None:
    refuse_if_filled(["handover"])
    op.drop_index(op.f("ix_handover_round_id"), "handover")
    op.drop_table("handover")
    op.drop_index("ix_audit_entry_reviewed", "audit_entry")
    op.drop_index("ix_audit_entry_came_in", "audit_entry")
