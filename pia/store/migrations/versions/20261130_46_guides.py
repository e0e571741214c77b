"""The commission's 記載要領 as the city filed it, and the pages of items a person chose; what was
decided of places changed after a submission; where an affair came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_46_guides"
down_revision = "20261130_45_notices"

TABLES = ("affair_origin", "amended_place", "guide_page", "guide_file")
FROZEN = {
    "guide_file": ("id", "name", "sha256", "pages", "places", "actor", "role", "at"),
    "guide_page": (),
    "amended_place": ("id", "round_id", "submission_id", "path", "digest", "actor", "role", "at"),
    "affair_origin": ("id", "affair_id", "from_id", "actor", "role", "at"),
}
INDEXES = (
    ("guide_page", "guide_id"),
    ("amended_place", "round_id"),
    ("affair_origin", "affair_id"),
    ("affair_origin", "from_id"),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "guide_file",
        *(_number("id"), _text("title")),
        sa.Column("edition", sa.Date(), nullable=True),
        *(_text(name) for name in ("name", "sha256", "pages", "places")),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_file")),
    )
    op.create_table(
        "guide_page",
        *(_number("id"), _number("guide_id"), _text("form_kind"), _text("item"), _number("page")),
        *_acted(),
        _points("guide_page", "guide_id", "guide_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_page")),
    )
    op.create_table(
        "amended_place",
        *(_number(name) for name in ("id", "round_id", "submission_id")),
        *(_text(name) for name in ("path", "digest", "decision", "reason")),
        sa.Column("decided", sa.Date(), nullable=True),
        _text("document_number"),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("amended_place", "round_id", "round"),
        _points("amended_place", "submission_id", "submission"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amended_place")),
    )
    op.create_table(
        "affair_origin",
        *(_number(name) for name in ("id", "affair_id", "from_id")),
        _text("kind"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("reason"),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        *_acted(),
        _points("affair_origin", "affair_id", "affair"),
        _points("affair_origin", "from_id", "affair"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affair_origin")),
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
