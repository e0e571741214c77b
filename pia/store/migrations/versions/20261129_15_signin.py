"""Where a try to sign in came from, and of a session what its browser calls itself and when its person last showed who they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261129_15_signin"
down_revision = "20261129_14_withheld"


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("origin", sa.Text(), nullable=True))
    op.create_index(op.f("ix_sign_in_origin"), "sign_in", ["origin"])
    op.add_column("web_session", sa.Column("proved", sa.Text(), nullable=True))
    op.add_column("web_session", sa.Column("agent", sa.Text(), nullable=True))


def downgrade() -> None:
    refuse_if_filled(["account"])  # a sealed second factor is no secret the release before can read
    op.drop_column("web_session", "agent")
    op.drop_column("web_session", "proved")
    op.drop_index(op.f("ix_sign_in_origin"), "sign_in")
    op.drop_column("sign_in", "origin")
