"""Who may read withheld words, corrections of records that are closed, what came after its event, and the number of a tablet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled, unfreeze

revision = "20261129_13_rights"
down_revision = "20261129_12_ledger"

LATER = ("remark", "answer", "opinion")
# What never changes of the tables with a text that may be erased: as the revision before has it, and now also when it came.
BEFORE = {
    "opinion": ("consultation_id", "number", "received", "channel"),
    "remark": (
        "id", "referral_id", "assessment_id", "version_id", "path", "fingerprint",
        "speaker", "actor", "role", "at",
    ),
    "answer": ("id", "remark_id", "speaker", "actor", "role", "at"),
}  # fmt: skip


def _freeze_again(tables: dict[str, tuple[str, ...]]) -> None:
    for table in tables:
        unfreeze(table)
    freeze(tables)
    freeze_texts({table: ("text",) for table in tables})


def upgrade() -> None:
    op.create_table(
        "withheld_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_withheld_reader_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withheld_reader")),
    )
    op.create_index("ix_withheld_reader_assessment_id", "withheld_reader", ["assessment_id"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_correction_sitting_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_correction_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_sitting_id", "correction", ["sitting_id"])
    for table in LATER:
        op.add_column(table, sa.Column("later", sa.Boolean(), nullable=True))
    op.add_column("web_session", sa.Column("device", sa.Integer(), nullable=True))
    op.add_column("web_session", sa.Column("asked_member", sa.Integer(), nullable=True))
    freeze({"withheld_reader": (), "correction": ()})
    _freeze_again({table: (*columns, "later") for table, columns in BEFORE.items()})


def downgrade() -> None:
    refuse_if_filled(["correction", "withheld_reader", *LATER])
    op.drop_column("web_session", "asked_member")
    op.drop_column("web_session", "device")
    for table in LATER:
        unfreeze(table)
        op.drop_column(table, "later")
    _freeze_again(BEFORE)
    op.drop_index("ix_correction_sitting_id", "correction")
    op.drop_table("correction")
    op.drop_index("ix_withheld_reader_assessment_id", "withheld_reader")
    op.drop_table("withheld_reader")
