"""The code of a name plate, which tablet a plate went to, and where a card stands that was looked
at, and the order cards are explained in; members' own notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_33_tablets"
down_revision = "20261130_34_referrals"

TABLES = ("plate_code", "card_order", "own_note")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("web_session", _number("left_to", nullable=True))
    op.add_column("web_session", _text("left_at", nullable=True))
    op.add_column("tick", _text("places", nullable=True))
    op.create_table(
        "plate_code",
        _number("sitting_id"),
        _number("member_id"),
        _text("code"),
        _points("plate_code", "sitting_id", "sitting"),
        _points("plate_code", "member_id", "member"),
        sa.PrimaryKeyConstraint("sitting_id", "member_id", name=op.f("pk_plate_code")),
    )
    op.create_table(
        "card_order",
        _number("id"),
        _number("referral_id"),
        _text("numbers"),
        *(_text(name) for name in ("actor", "role", "at")),
        _points("card_order", "referral_id", "referral"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_order")),
    )
    op.create_index(op.f("ix_card_order_referral_id"), "card_order", ["referral_id"])
    op.create_table(
        "own_note",
        _number("id"),
        _number("member_id"),
        _text("sealed"),
        sa.Column("erase_on", sa.Date(), nullable=False),
        _points("own_note", "member_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_note")),
    )
    op.create_index(op.f("ix_own_note_member_id"), "own_note", ["member_id"])
    freeze({"card_order": ()})


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    op.drop_index(op.f("ix_own_note_member_id"), "own_note")
    op.drop_index(op.f("ix_card_order_referral_id"), "card_order")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("tick", "places")
    op.drop_column("web_session", "left_at")
    op.drop_column("web_session", "left_to")
