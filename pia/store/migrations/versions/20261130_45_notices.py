"""A consultation that is extended, corrected or cancelled by a notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_45_notices"
down_revision = "20261130_44_opinions"

FROZEN = {
    "consultation_notice": (
        *("id", "consultation_id", "kind", "before", "after"),
        *("actor", "role", "at"),
    )
}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "consultation_notice",
        *(_number("id"), _number("consultation_id"), _text("kind")),
        sa.Column("day", sa.Date(), nullable=False),
        *(_text("document_number"), sa.Column("decided", sa.Date(), nullable=True)),
        *(_text("reason"), _text("before"), _text("after")),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *(_text(name) for name in ("actor", "role", "at")),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_consultation_notice_consultation_id_consultation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_notice")),
    )
    op.create_index(
        op.f("ix_consultation_notice_consultation_id"), "consultation_notice", ["consultation_id"]
    )
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(["consultation_notice"])
    op.drop_index(op.f("ix_consultation_notice_consultation_id"), "consultation_notice")
    op.drop_table("consultation_notice")
