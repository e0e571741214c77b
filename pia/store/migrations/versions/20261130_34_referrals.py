"""What follows a 諮問 (市の判断, 取下げ, 差替え) and what became of a proposed wording; the text that is
before a council can be replaced, which its step says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled, unfreeze

revision = "20261130_34_referrals"
down_revision = "20261130_36_convening"

TABLES = ("proposal_outcome", "referral_step")
FROZEN = {
    "referral_step": ("id", "referral_id", "kind", "actor", "role", "at"),
    "proposal_outcome": ("id", "proposal_id", "outcome", "version_id", "actor", "role", "at"),
}
TEXTS = {"referral_step": ("reason", "response"), "proposal_outcome": ("reason",)}
INDEXES = (("referral_step", "referral_id"), ("proposal_outcome", "proposal_id"))
PINNED = ("referral_id", "round_id")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _sealed(name: str) -> tuple[sa.Column[str], ...]:
    """A text that may be erased, with what it is hashed together with."""
    return (_text(name), sa.Column(f"{name}_nonce", sa.Text(), nullable=True))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "referral_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("facts"),
        *_sealed("reason"),
        *_sealed("response"),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        _text("actor"),
        _text("role"),
        _text("at"),
        _points("referral_step", "referral_id", "referral"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_step")),
    )
    op.create_table(
        "proposal_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        _text("outcome"),
        sa.Column("version_id", sa.Integer(), nullable=True),
        *_sealed("reason"),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        _text("actor"),
        _text("role"),
        _text("at"),
        _points("proposal_outcome", "proposal_id", "proposal"),
        _points("proposal_outcome", "version_id", "version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_outcome")),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)
    freeze_texts(TEXTS)
    # A text that is before a council is replaced where it stands; the step of the 差替え says which
    # was there before, and both are under the chain.
    unfreeze("referral_round")
    freeze({"referral_round": PINNED})


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    unfreeze("referral_round")
    freeze({"referral_round": ()})
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in TABLES:
        op.drop_table(table)
