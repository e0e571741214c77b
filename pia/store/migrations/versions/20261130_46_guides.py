"""The commission's 記載要領 as the city filed it, and the pages of items a person chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_46_guides"
down_revision = "20261130_45_notices"

TABLES = ("guide_page", "guide_file")
FROZEN = {
    "guide_file": ("id", "name", "sha256", "pages", "places", "actor", "role", "at"),
    "guide_page": (),
}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


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
        sa.ForeignKeyConstraint(
            ["guide_id"], ["guide_file.id"], name=op.f("fk_guide_page_guide_id_guide_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_page")),
    )
    op.create_index(op.f("ix_guide_page_guide_id"), "guide_page", ["guide_id"])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    op.drop_index(op.f("ix_guide_page_guide_id"), "guide_page")
    for table in TABLES:
        op.drop_table(table)
