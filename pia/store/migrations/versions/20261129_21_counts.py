"""What lists show without reading a text: the days an assessment was published, how much a round
changes and how a document stands to a national text; and an index of the rounds that run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled, seal

revision = "20261129_21_counts"
down_revision = "20261129_20_signin"

OPEN = "state NOT IN ('PUBLISHED', 'WITHDRAWN')"
# The last publication of each assessment, and the last that was no mere 修正.
_LAST = """
UPDATE assessment SET {column} = (
  SELECT p.day FROM publication p
  JOIN version v ON v.id = p.version_id
  LEFT JOIN round r ON r.id = p.round_id
  WHERE v.assessment_id = assessment.id {whole}
  ORDER BY p.id DESC LIMIT 1
)
"""


def upgrade() -> None:
    op.add_column("assessment", sa.Column("published", sa.Date(), nullable=True))
    op.add_column("assessment", sa.Column("reassessed", sa.Date(), nullable=True))
    bind = op.get_bind()
    bind.exec_driver_sql(_LAST.format(column="published", whole=""))
    whole = "AND (r.id IS NULL OR r.kind = 'REASSESSMENT')"
    bind.exec_driver_sql(_LAST.format(column="reassessed", whole=whole))
    op.create_index(op.f("ix_assessment_reassessed"), "assessment", ["reassessed"])
    op.create_index(
        "ix_round_open",
        "round",
        ["assessment_id"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(op.f("ix_affair_department_id"), "affair", ["department_id"])
    op.create_table(
        "round_tally",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("material", sa.Integer(), nullable=False),
        sa.Column("finds", sa.Integer(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_tally_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_tally")),
    )
    op.create_table(
        "national_tally",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("standings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["national_revision.id"],
            name=op.f("fk_national_tally_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_national_tally_assessment_id"),
        ),
        sa.PrimaryKeyConstraint("revision_id", "assessment_id", name=op.f("pk_national_tally")),
    )
    seal(["assessment"])


def downgrade() -> None:
    refuse_if_filled(["assessment"])  # their rows are sealed with the new days
    op.drop_table("national_tally")
    op.drop_table("round_tally")
    op.drop_index(op.f("ix_affair_department_id"), "affair")
    op.drop_index("ix_round_open", "round")
    op.drop_index(op.f("ix_assessment_reassessed"), "assessment")
    op.drop_column("assessment", "reassessed")
    op.drop_column("assessment", "published")
