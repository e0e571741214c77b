"""Whether a kept workbook is the project's stand-in for the commission's blank."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import refuse_if_filled

revision = "20261129_24_stand_in"
down_revision = "20261129_22_requests"


def upgrade() -> None:
    # Empty for every row there is: a column that is NULL enters no digest.
    op.add_column("carrier", sa.Column("stand_in", sa.Boolean(), nullable=True))


def downgrade() -> None:
    refuse_if_filled(["carrier"])  # what is marked would be taken for the commission's own
    op.drop_column("carrier", "stand_in")
