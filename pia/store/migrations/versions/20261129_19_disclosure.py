"""What is blacked out of the copies of a 開示請求, and corrections of the request and its decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_19_disclosure"
down_revision = "20261129_16_records"

TABLES = ("blackout", "disclosure_correction")


def _acted() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "role", "at")]


def _of_disclosure(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("disclosure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id"],
            ["disclosure.id"],
            name=op.f(f"fk_{table}_disclosure_id_disclosure"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "blackout",
        *_of_disclosure("blackout"),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text_mark", sa.Text(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_acted(),
    )
    op.create_table(
        "disclosure_correction",
        *_of_disclosure("disclosure_correction"),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_acted(),
    )
    for table in TABLES:
        op.create_index(f"ix_{table}_disclosure_id", table, ["disclosure_id"])
    freeze({table: () for table in TABLES})


def downgrade() -> None:
    refuse_if_filled(TABLES)
    for table in reversed(TABLES):
        op.drop_table(table)
