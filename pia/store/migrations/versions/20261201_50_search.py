"""What a search looks through: texts once more with their folded letters, an index over the pairs
of their letters, and how far it is up to date. Filled by the program when it is first asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261201_50_search"
down_revision = "20261130_49_leaks"

TEXTS = ("search_text", "search_whole")
_SQLITE = (
    "CREATE VIRTUAL TABLE {0}_index USING "
    "fts5(words, content='', detail='none', columnsize=0, tokenize='ascii')"
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _texts(table: str, *more: sa.Column[bool]) -> None:
    op.create_table(
        table,
        _number("id"),
        _text("kind"),
        _number("row_id"),
        *(_number(name, null=True) for name in ("assessment_id", "thing_id", "since", "until")),
        _number("year"),
        _text("at"),
        *more,
        *(_text(name) for name in ("item", "path", "place", "text", "folded")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_kind_row_id", table, ["kind", "row_id"])
    op.create_index(f"ix_{table}_assessment_id", table, ["assessment_id"])


def _index(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_SQLITE.format(table))
        return
    op.create_table(
        f"{table}_index",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["id"], [f"{table}.id"], name=op.f(f"fk_{table}_index_id_{table}")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}_index")),
    )
    op.create_index(f"ix_{table}_index_words", f"{table}_index", ["words"], postgresql_using="gin")


def upgrade() -> None:
    _texts("search_text", sa.Column("veiled", sa.Boolean(), nullable=False))
    _texts("search_whole")
    for table in TEXTS:
        _index(table)
    op.create_table(
        "search_guard",
        _number("whole_id"),
        _number("assessment_id"),
        sa.ForeignKeyConstraint(
            ["whole_id"], ["search_whole.id"], name=op.f("fk_search_guard_whole_id_search_whole")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_search_guard_assessment_id_assessment"),
        ),
        sa.PrimaryKeyConstraint("whole_id", "assessment_id", name=op.f("pk_search_guard")),
    )
    op.create_index(op.f("ix_search_guard_assessment_id"), "search_guard", ["assessment_id"])
    op.create_table(
        "search_mark",
        _text("name"),
        _number("number"),
        _text("words"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_mark")),
    )


def downgrade() -> None:
    op.drop_table("search_mark")
    op.drop_table("search_guard")
    for table in reversed(TEXTS):
        op.drop_table(f"{table}_index")
        op.drop_table(table)
