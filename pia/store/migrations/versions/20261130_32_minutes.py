"""Speeches of a sitting in editions, transcripts, fields of minutes written by hand, coming and
going of members, steps of a sitting, and what is said of a member beside their term."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled

revision = "20261130_32_minutes"
down_revision = "20261130_29_working_together"

TABLES = ("sitting_step", "movement", "minutes_field", "speech", "transcript")
FROZEN = {
    "transcript": ("id", "sitting_id", "name", "actor", "role", "at"),
    "speech": (
        "id",
        "sitting_id",
        "begins_id",
        "place",
        "kind",
        "item",
        "speaker",
        "person",
        "gone",
        "remark_id",
        "answer_id",
        "transcript_id",
        "lines",
        "about",
        "reason",
        "actor",
        "role",
        "at",
    ),
    "minutes_field": ("id", "sitting_id", "field", "actor", "role", "at"),
    "movement": ("id", "sitting_id", "member_id", "actor", "role", "at"),
    "sitting_step": ("id", "sitting_id", "kind", "member_id", "actor", "role", "at"),
}
TEXTS = {
    "transcript": ("text",),
    "speech": ("text",),
    "minutes_field": ("text", "base"),
    "sitting_step": ("note",),
}
INDEXES = (
    ("transcript", "sitting_id"),
    ("speech", "sitting_id"),
    ("speech", "begins_id"),
    ("speech", "kind"),
    ("speech", "remark_id"),
    ("speech", "answer_id"),
    ("speech", "transcript_id"),
    ("minutes_field", "sitting_id"),
    ("movement", "sitting_id"),
    ("sitting_step", "sitting_id"),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _sealed(name: str) -> tuple[sa.Column[str], ...]:
    """A text that may be erased, with what it is hashed together with."""
    return (_text(name), sa.Column(f"{name}_nonce", sa.Text(), nullable=True))


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _withdrawn() -> sa.Column[date]:
    return sa.Column("withdrawn", sa.Date(), nullable=True)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.add_column("member", sa.Column("facts", sa.Text(), nullable=True))
    op.create_table(
        "transcript",
        _number("id"),
        _number("sitting_id"),
        _text("name"),
        *_sealed("text"),
        _text("known"),
        _withdrawn(),
        *_acted(),
        _points("transcript", "sitting_id", "sitting"),
        _key("transcript"),
    )
    op.create_table(
        "speech",
        _number("id"),
        _number("sitting_id"),
        _number("begins_id", nullable=True),
        _text("place"),
        _text("kind"),
        _text("item"),
        _text("speaker"),
        _text("person"),
        *_sealed("text"),
        sa.Column("gone", sa.Boolean(), nullable=False),
        _number("remark_id", nullable=True),
        _number("answer_id", nullable=True),
        _number("transcript_id", nullable=True),
        _text("lines"),
        _text("about"),
        _text("reason"),
        *_acted(),
        _points("speech", "sitting_id", "sitting"),
        _points("speech", "begins_id", "speech"),
        _points("speech", "remark_id", "remark"),
        _points("speech", "answer_id", "answer"),
        _points("speech", "transcript_id", "transcript"),
        _key("speech"),
    )
    op.create_table(
        "minutes_field",
        _number("id"),
        _number("sitting_id"),
        _text("field"),
        *_sealed("text"),
        *_sealed("base"),
        _withdrawn(),
        *_acted(),
        _points("minutes_field", "sitting_id", "sitting"),
        _key("minutes_field"),
    )
    op.create_table(
        "movement",
        _number("id"),
        _number("sitting_id"),
        _number("member_id"),
        _text("what"),
        sa.Column("clock", sa.Time(), nullable=False),
        _text("item"),
        _withdrawn(),
        *_acted(),
        _points("movement", "sitting_id", "sitting"),
        _points("movement", "member_id", "member"),
        _key("movement"),
    )
    op.create_table(
        "sitting_step",
        _number("id"),
        _number("sitting_id"),
        _text("kind"),
        _number("member_id", nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        _text("facts"),
        *_sealed("note"),
        _withdrawn(),
        *_acted(),
        _points("sitting_step", "sitting_id", "sitting"),
        _points("sitting_step", "member_id", "member"),
        _key("sitting_step"),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)
    freeze_texts(TEXTS)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    filled = "SELECT 1 FROM member WHERE facts IS NOT NULL LIMIT 1"
    if op.get_bind().exec_driver_sql(filled).first():
        refuse_if_filled(["member"])
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("member", "facts")
