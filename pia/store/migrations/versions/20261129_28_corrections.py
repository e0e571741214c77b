"""Records that are put right or taken back by hand, with what they said before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled, unfreeze

revision = "20261129_28_corrections"
down_revision = "20261129_23_first_day"

TAKEN_BACK = ("consultation", "opinion", "referral", "sitting", "remark", "answer")
OPINION = ("consultation_id", "number", "received", "channel", "later")
REFERRAL = ("council_id", "title", "actor", "role", "at")


def upgrade() -> None:
    op.create_table(
        "record_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["body.id"], name=op.f("fk_record_correction_body_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_correction")),
    )
    op.create_index(
        op.f("ix_record_correction_kind_row_id"), "record_correction", ["kind", "row_id"]
    )
    freeze({"record_correction": ()})
    for table in TAKEN_BACK:
        op.add_column(table, sa.Column("withdrawn", sa.Date(), nullable=True))
    # A day or a title that was typed wrongly is put right where it stands: what it said before is
    # in the correction, and both are under the chain.
    _freeze("opinion", ("consultation_id", "number"))
    _freeze("referral", ("council_id", "actor", "role", "at"))


def _freeze(table: str, columns: tuple[str, ...]) -> None:
    unfreeze(table)
    freeze({table: columns})
    if table == "opinion":
        freeze_texts({"opinion": ("text",)})


def downgrade() -> None:
    refuse_if_filled(["record_correction"])
    _freeze("opinion", OPINION)
    _freeze("referral", REFERRAL)
    for table in TAKEN_BACK:
        op.drop_column(table, "withdrawn")
    op.drop_index(op.f("ix_record_correction_kind_row_id"), "record_correction")
    op.drop_table("record_correction")
