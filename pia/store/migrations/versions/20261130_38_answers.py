"""Questions a department expects with their answers, what a wording rests on, and the changes of
each round by their fingerprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled

revision = "20261130_38_answers"
down_revision = "20261130_37_carrying"

TABLES = ("expected_question", "wording_source")
FROZEN = {
    "expected_question": (
        *("id", "round_id", "taken_id", "corrects_id", "path"),
        *("actor", "role", "at"),
    ),
    "wording_source": ("id", "round_id", "path", "digest", "actor", "role", "at"),
}
INDEXES = (
    ("expected_question", "round_id"),
    ("expected_question", "taken_id"),
    ("expected_question", "corrects_id"),
    ("wording_source", "round_id"),
    ("change_mark", "fingerprint"),
)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _day(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=True)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "expected_question",
        _number("id"),
        _number("round_id"),
        _number("taken_id", nullable=True),
        _number("corrects_id", nullable=True),
        _text("path"),
        *(_text("question"), _text("question_nonce", nullable=True)),
        *(_text("answer"), _text("answer_nonce", nullable=True)),
        *(_day("released"), _day("withdrawn")),
        *_acted(),
        _points("expected_question", "round_id", "round"),
        _points("expected_question", "taken_id", "expected_question"),
        _points("expected_question", "corrects_id", "expected_question"),
        _key("expected_question", "id"),
    )
    op.create_table(
        "wording_source",
        _number("id"),
        _number("round_id"),
        _text("path"),
        *(_text("digest"), _text("kind"), _text("source")),
        _day("withdrawn"),
        *_acted(),
        _points("wording_source", "round_id", "round"),
        _key("wording_source", "id"),
    )
    op.create_table(
        "change_mark",
        _number("round_id"),
        _text("fingerprint"),
        _points("change_mark", "round_id", "round"),
        _key("change_mark", "round_id", "fingerprint"),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)
    freeze_texts({"expected_question": ("question", "answer")})


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in ("change_mark", *TABLES):
        op.drop_table(table)
