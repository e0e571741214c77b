"""What leaves the house for a sitting (持出し)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_37_carrying"
down_revision = "20261130_33_tablets"


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _day(name: str, nullable: bool = True) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "carried_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("member_id", sa.Integer(), nullable=True),
        _text("holder"),
        _text("purpose"),
        _text("place"),
        _day("until", nullable=False),
        _text("seal"),
        _day("handed"),
        _text("handed_by", nullable=True),
        _day("ended"),
        _text("ended_by", nullable=True),
        _text("outcome", nullable=True),
        _text("note"),
        _text("facts"),
        _day("withdrawn"),
        _text("actor"),
        _text("role"),
        _text("at"),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_carried_set_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_carried_set_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_set")),
    )
    op.create_index(op.f("ix_carried_set_sitting_id"), "carried_set", ["sitting_id"])
    frozen = ("id", "sitting_id", "number", "kind", "member_id", "seal", "actor", "role", "at")
    freeze({"carried_set": frozen})


def downgrade() -> None:
    refuse_if_filled(["carried_set"])
    op.drop_index(op.f("ix_carried_set_sitting_id"), "carried_set")
    op.drop_table("carried_set")
