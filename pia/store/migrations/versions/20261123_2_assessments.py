"""Assessments, their rounds and versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261123_2_assessments"
down_revision = "20261123_1_contents"

TABLES = ["assessment", "round", "version", "round_event"]
FROZEN: dict[str, tuple[str, ...]] = {
    "assessment": ("key", "affair_id", "kind", "created"),
    "round": ("assessment_id", "name", "kind", "actor", "role", "at"),
    "version": (),
    "round_event": (),
}


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("affair_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["affair_id"], ["affair.id"], name=op.f("fk_assessment_affair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("affair_id", "kind", name=op.f("uq_assessment_affair_id_kind")),
        sa.UniqueConstraint("key", name=op.f("uq_assessment_key")),
    )
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("change_date", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_round_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("assessment_id", "name", name=op.f("uq_round_assessment_id_name")),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reviewed_digest", sa.Text(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_version_assessment_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["version.id"], name=op.f("fk_version_parent_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_version_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("assessment_id", "seq", name=op.f("uq_version_assessment_id_seq")),
    )
    op.create_index("ix_version_round_id", "version", ["round_id"])
    op.create_table(
        "round_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_event_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_event")),
        sa.UniqueConstraint("round_id", "seq", name=op.f("uq_round_event_round_id_seq")),
    )
    with op.batch_alter_table("assessment") as batch:
        batch.create_foreign_key(op.f("fk_assessment_head_id"), "version", ["head_id"], ["id"])
    with op.batch_alter_table("round") as batch:
        batch.create_foreign_key(op.f("fk_round_head_id"), "version", ["head_id"], ["id"])
        batch.create_foreign_key(op.f("fk_round_base_id"), "version", ["base_id"], ["id"])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(TABLES)
    with op.batch_alter_table("round") as batch:
        batch.drop_constraint(op.f("fk_round_base_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_round_head_id"), type_="foreignkey")
    with op.batch_alter_table("assessment") as batch:
        batch.drop_constraint(op.f("fk_assessment_head_id"), type_="foreignkey")
    op.drop_table("round_event")
    op.drop_table("version")
    op.drop_table("round")
    op.drop_table("assessment")
