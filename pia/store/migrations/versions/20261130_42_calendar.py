"""Days on which an office is closed, days of a round that were chosen, and secret addresses of
calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_42_calendar"
down_revision = "20261130_41_reports"

TABLES = ("closing_day", "planned_day", "calendar_feed")
FROZEN = {
    "closing_day": ("id", "actor", "role", "at"),
    "planned_day": ("id", "round_id", "step", "actor", "role", "at"),
    "calendar_feed": ("id", "account_id", "digest", "actor", "role", "at"),
}
INDEXES = (("planned_day", "round_id"), ("calendar_feed", "account_id"))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "closing_day",
        _number("id"),
        *(_day("first"), _day("last")),
        _text("name"),
        sa.Column("opened", sa.Boolean(), nullable=False),
        _day("withdrawn", nullable=True),
        *_acted(),
        _key("closing_day"),
    )
    op.create_table(
        "planned_day",
        *(_number("id"), _number("round_id")),
        _text("step"),
        _day("day"),
        _text("reason"),
        _day("withdrawn", nullable=True),
        *_acted(),
        _points("planned_day", "round_id", "round"),
        _key("planned_day"),
    )
    op.create_table(
        "calendar_feed",
        *(_number("id"), _number("account_id")),
        _text("digest"),
        _day("revoked", nullable=True),
        *_acted(),
        _points("calendar_feed", "account_id", "account"),
        _key("calendar_feed"),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_feed_digest")),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in reversed(TABLES):
        op.drop_table(table)
