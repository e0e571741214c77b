"""What the records office writes down: erasures, answers to finds, keeping, disposals, disclosures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_16_records"
down_revision = "20261129_18_two_persons"

TABLES = (
    "erasure",
    "find_answer",
    "record_note",
    "disposal",
    "disclosure",
    "disclosure_end",
)


def _acted() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "role", "at")]


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_place", "erasure", ["place"])
    op.create_table(
        "find_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text_mark", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_find_answer")),
    )
    op.create_index("ix_find_answer_place", "find_answer", ["place"])
    op.create_table(
        "record_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("historic", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_note")),
    )
    op.create_index("ix_record_note_record", "record_note", ["record"])
    op.create_table(
        "disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("decided", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listed", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index("ix_disclosure_subject", "disclosure", ["subject"])
    op.create_table(
        "disclosure_end",
        sa.Column("disclosure_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("decided", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_acted(),
        sa.PrimaryKeyConstraint("disclosure_id", name=op.f("pk_disclosure_end")),
    )
    freeze({table: () for table in TABLES})


def downgrade() -> None:
    refuse_if_filled(TABLES)
    for table in reversed(TABLES):
        op.drop_table(table)
