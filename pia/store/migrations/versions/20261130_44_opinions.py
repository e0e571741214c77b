"""What an opinion is a point of, whose answer is its answer too, and who sent it; opinions their
senders took back; files that came with an opinion; which columns of a list hold what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_44_opinions"
down_revision = "20261130_39_content"

NUMBERS = ("letter_id", "like_id", "same_person_id")
DAYS = ("postmarked", "recalled")
TEXTS = ("counting", "reference")
TABLES = ("opinion_attachment", "opinion_columns")
FROZEN = {
    "opinion_attachment": ("id", "opinion_id", "name", "sha256", "size", "actor", "role", "at"),
    "opinion_columns": (),
}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _day(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=True)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def upgrade() -> None:
    for name in NUMBERS:
        op.add_column("opinion", sa.Column(name, sa.Integer(), nullable=True))
    for name in DAYS:
        op.add_column("opinion", _day(name))
    for name in TEXTS:
        op.add_column("opinion", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("opinion", sa.Column("anonymous", sa.Boolean(), nullable=True))
    op.create_index(op.f("ix_opinion_letter_id"), "opinion", ["letter_id"])
    op.create_table(
        "opinion_attachment",
        *(_number("id"), _number("opinion_id")),
        *(_text("name"), _text("sha256"), _number("size")),
        *(_day("cleaned"), _text("cleaned_how"), _day("withdrawn")),
        *_acted(),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["opinion.id"], name=op.f("fk_opinion_attachment_opinion_id_opinion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_attachment")),
    )
    op.create_index(op.f("ix_opinion_attachment_opinion_id"), "opinion_attachment", ["opinion_id"])
    op.create_table(
        "opinion_columns",
        *(_number("id"), _text("columns")),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_columns")),
    )
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for name in (*NUMBERS, *DAYS, *TEXTS, "anonymous"):
        # nosemgrep: raw-sql # names of this revision's own list
        filled = f"SELECT 1 FROM opinion WHERE {name} IS NOT NULL LIMIT 1"  # nosec B608
        if op.get_bind().exec_driver_sql(filled).first():
            refuse_if_filled(["opinion"])
    op.drop_index(op.f("ix_opinion_attachment_opinion_id"), "opinion_attachment")
    for table in TABLES:
        op.drop_table(table)
    op.drop_index(op.f("ix_opinion_letter_id"), "opinion")
    for name in (*NUMBERS, *DAYS, *TEXTS, "anonymous"):
        op.drop_column("opinion", name)
