"""National texts, consultations and opinions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261123_3_texts"
down_revision = "20261123_2_assessments"

TABLES = [
    "national_revision",
    "national_application",
    "national_undo",
    "confirmation",
    "consultation",
    "consultation_round",
    "opinion",
    "opinion_sender",
    "response",
    "adoption",
]
FROZEN: dict[str, tuple[str, ...]] = {
    "national_revision": (),
    "national_application": (),
    "national_undo": (),
    "confirmation": (),
    "opinion": ("consultation_id", "number", "received", "channel", "text"),
    "response": (),
    "adoption": (),
}


def upgrade() -> None:
    op.create_table(
        "national_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_revision")),
        sa.UniqueConstraint("key", name=op.f("uq_national_revision_key")),
    )
    op.create_table(
        "national_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_id"], ["version.id"], name=op.f("fk_national_application_after_id")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_national_application_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["version.id"], name=op.f("fk_national_application_before_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["national_revision.id"],
            name=op.f("fk_national_application_revision_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_application")),
    )
    op.create_index(
        "ix_national_application_assessment_id", "national_application", ["assessment_id"]
    )
    op.create_index("ix_national_application_revision_id", "national_application", ["revision_id"])
    op.create_table(
        "national_undo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["national_application.id"],
            name=op.f("fk_national_undo_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_national_undo_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_undo")),
        sa.UniqueConstraint("application_id", name=op.f("uq_national_undo_application_id")),
    )
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_confirmation_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["national_revision.id"], name=op.f("fk_confirmation_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
    )
    op.create_index("ix_confirmation_revision_id", "confirmation", ["revision_id"])
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("announced", sa.Date(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    op.create_table(
        "consultation_round",
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_consultation_round_consultation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_consultation_round_round_id")
        ),
        sa.PrimaryKeyConstraint("consultation_id", "round_id", name=op.f("pk_consultation_round")),
    )
    op.create_index("ix_consultation_round_round_id", "consultation_round", ["round_id"])
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_opinion_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint(
            "consultation_id", "number", name=op.f("uq_opinion_consultation_id_number")
        ),
    )
    op.create_table(
        "opinion_sender",
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["opinion.id"], name=op.f("fk_opinion_sender_opinion_id")
        ),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_opinion_sender")),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["opinion.id"], name=op.f("fk_response_opinion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    op.create_index("ix_response_opinion_id", "response", ["opinion_id"])
    op.create_table(
        "adoption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["version.id"], name=op.f("fk_adoption_after_id")),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_adoption_assessment_id")
        ),
        sa.ForeignKeyConstraint(["before_id"], ["version.id"], name=op.f("fk_adoption_before_id")),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["opinion.id"], name=op.f("fk_adoption_opinion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption")),
    )
    op.create_index("ix_adoption_opinion_id", "adoption", ["opinion_id"])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(TABLES)
    op.drop_table("adoption")
    op.drop_table("response")
    op.drop_table("opinion_sender")
    op.drop_table("opinion")
    op.drop_table("consultation_round")
    op.drop_table("consultation")
    op.drop_table("confirmation")
    op.drop_table("national_undo")
    op.drop_table("national_application")
    op.drop_table("national_revision")
