"""What is blacked out of the copies of a 開示請求, corrections of the request and its decision, and
what 廃棄 destroyed: bodies of contents and files may be emptied, and filled again with what their digest
says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_bodies, refuse_if_filled, unfreeze

revision = "20261129_19_disclosure"
down_revision = "20261129_16_records"

TABLES = ("blackout", "disclosure_correction", "destruction")
# Tables of bodies → the columns that never change.
BODIES = {"content": ("id", "digest", "kind"), "blob": ("id", "sha256", "size")}


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
    op.create_table(
        "destruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("disposal_id", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        *_acted(),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["disposal.id"], name=op.f("fk_destruction_disposal_id_disposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    for table in TABLES[:2]:
        op.create_index(f"ix_{table}_disclosure_id", table, ["disclosure_id"])
    op.create_index("ix_destruction_disposal_id", "destruction", ["disposal_id"])
    for table in BODIES:
        unfreeze(table)
    freeze(BODIES)
    freeze_bodies(tuple(BODIES))
    freeze({table: () for table in TABLES})


def downgrade() -> None:
    refuse_if_filled(TABLES)
    for table in reversed(TABLES):
        op.drop_table(table)
    for table in BODIES:
        unfreeze(table)
    freeze(dict.fromkeys(BODIES, ()))
