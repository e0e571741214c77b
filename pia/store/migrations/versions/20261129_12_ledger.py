"""Every row comes under the chain: entries of version 2 with the digests of rows, nonces beside texts that may be erased, and one entry that seals all rows
there were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled, seal, unfreeze

revision = "20261129_12_ledger"
down_revision = "20261129_11_told"

TABLES = [
    "content", "blob", "request", "body", "department", "account", "affair", "threshold_fact", "assessment", "round", "version", "round_event",
    "national_revision", "national_application", "national_undo", "confirmation", "consultation", "consultation_round", "opinion", "opinion_sender",
    "response", "adoption", "council", "member", "referral", "referral_round", "sitting", "attendance", "remark", "answer", "verdict", "glossary_term",
    "submission", "publication", "change_note", "round_note", "plan_head", "carrier", "printed", "paper_template", "job", "door", "proposal", "inbox",
    "outward_date", "identity", "form_confirmation", "rehearsal",
]  # fmt: skip
PROGRESS = ("state", "tries", "done", "total", "says", "cancel", "worker", "beat", "error")
TEXTS = {
    "opinion": ("text",),
    "inbox": ("text", "name", "address"),
    "opinion_sender": ("name", "address"),
    "response": ("text",),
    "remark": ("text",),
    "answer": ("text",),
    "proposal": ("before", "after", "why"),
    "verdict": ("note",),
}
FROZEN: dict[str, tuple[str, ...]] = {
    "opinion": ("consultation_id", "number", "received", "channel"),
    "inbox": ("id", "receipt", "consultation_id", "key", "item", "at"),
    "response": ("id", "opinion_id", "outcome", "actor", "role", "at"),
    "remark": (
        "id",
        "referral_id",
        "assessment_id",
        "version_id",
        "path",
        "fingerprint",
        "speaker",
        "actor",
        "role",
        "at",
    ),
    "answer": ("id", "remark_id", "speaker", "actor", "role", "at"),
    "proposal": (
        "id",
        "referral_id",
        "assessment_id",
        "version_id",
        "path",
        "speaker",
        "actor",
        "role",
        "at",
    ),
    "verdict": ("id", "referral_id", "sitting_id", "kind", "reviewed", "actor", "role", "at"),
}
BEFORE: dict[str, tuple[str, ...]] = {
    "opinion": ("consultation_id", "number", "received", "channel", "text"),
    **{table: () for table in ("response", "remark", "answer", "proposal", "verdict")},
}


def upgrade() -> None:
    _entries()
    bind = op.get_bind()
    random = (
        "lower(hex(randomblob(16)))"
        if bind.dialect.name == "sqlite"
        else "replace(gen_random_uuid()::text, '-', '')"
    )
    for table, texts in TEXTS.items():
        unfreeze(table)
        for text in texts:
            op.add_column(table, sa.Column(f"{text}_nonce", sa.Text(), nullable=True))
            bind.exec_driver_sql(
                f'UPDATE "{table}" SET "{text}_nonce" = {random} WHERE "{text}" <> \'\''
            )
    freeze(FROZEN)
    freeze_texts({table: texts for table, texts in TEXTS.items() if table in FROZEN})
    seal(TABLES, {"job": PROGRESS})


def _entries() -> None:
    """Entries get a chain and their rows; what there is becomes the beginning of the chain `main`, as it is."""
    unfreeze("audit_entry")
    op.add_column("audit_entry", sa.Column("nonce", sa.Text(), nullable=True))
    op.add_column("audit_entry", sa.Column("rows", sa.Text(), nullable=True))
    with op.batch_alter_table("audit_entry") as batch:
        batch.add_column(sa.Column("chain", sa.Text(), nullable=False, server_default="main"))
        batch.add_column(sa.Column("v", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint(op.f("uq_audit_entry_prev"), type_="unique")
        batch.drop_constraint(op.f("pk_audit_entry"), type_="primary")
        batch.create_primary_key(op.f("pk_audit_entry"), ["chain", "seq"])
        batch.create_unique_constraint(op.f("uq_audit_entry_chain_prev"), ["chain", "prev"])
    with op.batch_alter_table("audit_entry") as batch:
        batch.alter_column("chain", existing_type=sa.Text(), server_default=None)
        batch.alter_column("v", existing_type=sa.Integer(), server_default=None)
    freeze({"audit_entry": ()})


def downgrade() -> None:
    refuse_if_filled(["audit_entry", *TEXTS])
    for table, texts in TEXTS.items():
        unfreeze(table)
        with op.batch_alter_table(table) as batch:
            for text in texts:
                batch.drop_column(f"{text}_nonce")
    unfreeze("audit_entry")
    with op.batch_alter_table("audit_entry") as batch:
        batch.drop_constraint(op.f("uq_audit_entry_chain_prev"), type_="unique")
        batch.drop_constraint(op.f("pk_audit_entry"), type_="primary")
        batch.drop_column("chain")
        batch.drop_column("v")
        batch.drop_column("nonce")
        batch.drop_column("rows")
        batch.create_primary_key(op.f("pk_audit_entry"), ["seq"])
        batch.create_unique_constraint(op.f("uq_audit_entry_prev"), ["prev"])
    freeze({"audit_entry": (), **BEFORE})
