"""Days that members are asked for, what they answer, and those who listen to a sitting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_36_convening"
down_revision = "20261130_35_term_requests"

TABLES = ("observer", "date_reply", "date_inquiry")
FROZEN = {
    "date_inquiry": ("id", "council_id", "actor", "role", "at"),
    "date_reply": ("id", "inquiry_id", "member_id", "answers", "actor", "role", "at"),
    "observer": ("id", "sitting_id", "ticket", "actor", "role", "at"),
}
INDEXES = (
    ("date_inquiry", "council_id"),
    ("date_reply", "inquiry_id"),
    ("observer", "sitting_id"),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "date_inquiry",
        _number("id"),
        _number("council_id"),
        _text("title"),
        _text("place"),
        _text("choices"),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("date_inquiry", "council_id", "council"),
        _key("date_inquiry"),
    )
    op.create_table(
        "date_reply",
        _number("id"),
        _number("inquiry_id"),
        _number("member_id"),
        _text("answers"),
        *_acted(),
        _points("date_reply", "inquiry_id", "date_inquiry"),
        _points("date_reply", "member_id", "member"),
        _key("date_reply"),
    )
    op.create_table(
        "observer",
        _number("id"),
        _number("sitting_id"),
        _number("ticket"),
        sa.Column("came", sa.Time(), nullable=False),
        sa.Column("left", sa.Time(), nullable=True),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("observer", "sitting_id", "sitting"),
        _key("observer"),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in TABLES:
        op.drop_table(table)
