"""内容の点検: answers to what the checks find, checks a city made binding, and what was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_39_content"
down_revision = "20261130_42_calendar"

TABLES = ("content_answer", "binding_check")
DERIVED = ("content_name", "content_tally")
FROZEN = {
    "content_answer": (
        *("id", "assessment_id", "rule", "fingerprint", "path"),
        *("actor", "role", "at"),
    ),
    "binding_check": ("id", "rule", "actor", "role", "at"),
}
INDEXES = (
    ("content_answer", "assessment_id"),
    ("content_answer", "fingerprint"),
    ("content_tally", "assessment_id"),
    ("content_name", "assessment_id"),
    ("content_name", "folded"),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _withdrawn() -> sa.Column[object]:
    return sa.Column("withdrawn", sa.Date(), nullable=True)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "content_answer",
        *(_number("id"), _number("assessment_id")),
        *(_text(name) for name in ("rule", "fingerprint", "path", "reason")),
        _withdrawn(),
        *_acted(),
        _points("content_answer", "assessment_id", "assessment"),
        _key("content_answer", "id"),
    )
    op.create_table(
        "binding_check",
        *(_number("id"), _text("rule"), _text("reason")),
        _withdrawn(),
        *_acted(),
        _key("binding_check", "id"),
    )
    op.create_table(
        "content_tally",
        *(_number("version_id"), _number("assessment_id")),
        *(_text(name) for name in ("rests_on", "findings")),
        _points("content_tally", "version_id", "version"),
        _points("content_tally", "assessment_id", "assessment"),
        _key("content_tally", "version_id"),
    )
    op.create_table(
        "content_name",
        *(_number("id"), _number("version_id"), _number("assessment_id")),
        *(_text(name) for name in ("rule", "folded", "name", "path", "citation", "facts")),
        _points("content_name", "version_id", "version"),
        _points("content_name", "assessment_id", "assessment"),
        _key("content_name", "id"),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in (*DERIVED, *TABLES):
        op.drop_table(table)
