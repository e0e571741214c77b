"""Whether a password was typed by somebody else, the token of a session before it was proved again
and the way its person came in; and how many requests of a kind an hour refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261129_20_signin"
down_revision = "20261129_19_disclosure"


def upgrade() -> None:
    op.add_column("account", sa.Column("renew", sa.Boolean(), nullable=True))
    op.add_column("web_session", sa.Column("previous", sa.Text(), nullable=True))
    op.create_index(op.f("ix_web_session_previous"), "web_session", ["previous"])
    op.add_column("web_session", sa.Column("renewed", sa.Text(), nullable=True))
    op.add_column("web_session", sa.Column("way", sa.Text(), nullable=True))
    op.create_table(
        "refused",
        sa.Column("hour", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "kind", name=op.f("pk_refused")),
    )


def downgrade() -> None:
    refuse_if_filled(["account"])  # the release before lets in who has to change a password first
    op.drop_table("refused")
    op.drop_column("web_session", "way")
    op.drop_column("web_session", "renewed")
    op.drop_index(op.f("ix_web_session_previous"), "web_session")
    op.drop_column("web_session", "previous")
    op.drop_column("account", "renew")
