"""Comments on items, opinions and questions given to a department, files kept with a round, and
which department is the city's 情報部門."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled

revision = "20261130_29_working_together"
down_revision = "20261130_31_words"

TABLES = ("round_file", "assignment", "comment_named", "comment")
FROZEN = {
    "comment": (
        "id",
        "round_id",
        "thread_id",
        "corrects_id",
        "path",
        "act",
        "actor",
        "role",
        "at",
    ),
    "comment_named": (),
    "assignment": ("id", "opinion_id", "remark_id", "actor", "role", "at"),
    "round_file": ("id", "round_id", "name", "sha256", "actor", "role", "at"),
}
INDEXES = (
    ("comment", "round_id"),
    ("comment", "thread_id"),
    ("comment", "corrects_id"),
    ("comment_named", "account"),
    ("comment_named", "department_id"),
    ("assignment", "opinion_id"),
    ("assignment", "remark_id"),
    ("assignment", "department_id"),
    ("round_file", "round_id"),
)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("department", sa.Column("digital", sa.Boolean(), nullable=True))
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_nonce", sa.Text(), nullable=True),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("comment", "round_id", "round"),
        _points("comment", "thread_id", "comment"),
        _points("comment", "corrects_id", "comment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_table(
        "comment_named",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        _points("comment_named", "comment_id", "comment"),
        _points("comment_named", "department_id", "department"),
        sa.PrimaryKeyConstraint("comment_id", "account", name=op.f("pk_comment_named")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=True),
        sa.Column("remark_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("assignment", "opinion_id", "opinion"),
        _points("assignment", "remark_id", "remark"),
        _points("assignment", "department_id", "department"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_table(
        "round_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("round_file", "round_id", "round"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_file")),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)
    freeze_texts({"comment": ("text",)})


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    filled = "SELECT 1 FROM department WHERE digital IS NOT NULL LIMIT 1"
    if op.get_bind().exec_driver_sql(filled).first():
        refuse_if_filled(["department"])
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("department", "digital")
