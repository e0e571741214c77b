"""Letters of the commission about a submission with the city's answers, and the end of an affair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_43_after_submission"
down_revision = "20261130_38_answers"

TABLES = ("commission_reply", "commission_letter", "affair_end")
FROZEN = {
    "commission_letter": ("id", "round_id", "submission_id", "kind", "actor", "role", "at"),
    "commission_reply": ("id", "round_id", "letter_id", "actor", "role", "at"),
    "affair_end": ("id", "affair_id", "actor", "role", "at"),
}
INDEXES = (
    ("commission_letter", "round_id"),
    ("commission_reply", "letter_id"),
    ("affair_end", "affair_id"),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _day(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "commission_letter",
        _number("id"),
        _number("round_id"),
        _number("submission_id"),
        _text("kind"),
        _day("day", nullable=False),
        _day("due"),
        _text("document_number"),
        _text("text"),
        _day("withdrawn"),
        *_acted(),
        _points("commission_letter", "round_id", "round"),
        _points("commission_letter", "submission_id", "submission"),
        _key("commission_letter"),
    )
    op.create_table(
        "commission_reply",
        _number("id"),
        _number("round_id"),
        _number("letter_id"),
        _day("day", nullable=False),
        _text("document_number"),
        _text("text"),
        _day("withdrawn"),
        *_acted(),
        _points("commission_reply", "round_id", "round"),
        _points("commission_reply", "letter_id", "commission_letter"),
        _key("commission_reply"),
    )
    op.create_table(
        "affair_end",
        _number("id"),
        _number("affair_id"),
        _day("day", nullable=False),
        _text("reason"),
        _day("told"),
        _text("document_number"),
        _day("closed"),
        _day("withdrawn"),
        *_acted(),
        _points("affair_end", "affair_id", "affair"),
        _key("affair_end"),
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
