"""Books that are brought in together, and what is taken back of it: an affair, a document, a
publication that was recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261129_23_first_day"
down_revision = "20261129_24_stand_in"


def upgrade() -> None:
    op.add_column("affair", sa.Column("withdrawn", sa.Date(), nullable=True))
    op.add_column("assessment", sa.Column("withdrawn", sa.Date(), nullable=True))
    op.create_table(
        "publication_withdrawn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["body.id"], name=op.f("fk_publication_withdrawn_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_publication_withdrawn_publication_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_withdrawn")),
        sa.UniqueConstraint("publication_id", name=op.f("uq_publication_withdrawn_publication_id")),
    )
    freeze({"publication_withdrawn": ()})
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_import_batch_body_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_import_batch_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "import_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("made", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_book_batch_id")
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_import_book_body_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_import_book_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_book")),
    )
    op.create_index(op.f("ix_import_book_batch_id"), "import_book", ["batch_id"])


def downgrade() -> None:
    refuse_if_filled(["import_book", "import_batch", "publication_withdrawn"])
    for table in ("affair", "assessment"):
        filled = f"SELECT 1 FROM {table} WHERE withdrawn IS NOT NULL LIMIT 1"  # nosec B608
        # nosemgrep: raw-sql # our own two names
        if op.get_bind().exec_driver_sql(filled).first():
            refuse_if_filled([table])
    op.drop_index(op.f("ix_import_book_batch_id"), "import_book")
    op.drop_table("import_book")
    op.drop_table("import_batch")
    op.drop_table("publication_withdrawn")
    op.drop_column("assessment", "withdrawn")
    op.drop_column("affair", "withdrawn")
