"""Cases of 漏えい等: what is known of each, what was reported to the commission and to a council,
what was asked and answered, and what it means for the documents of its affair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, freeze_texts, refuse_if_filled

revision = "20261130_49_leaks"
down_revision = "20261130_48_file_register"

TABLES = (
    "leak_effect",
    "leak_reply",
    "leak_question",
    "leak_given",
    "leak_report",
    "leak_fact",
    "leak_case",
)
ACTED = ("actor", "role", "at")
FROZEN = {
    "leak_case": ("id", "body_id", "year", "serial", *ACTED),
    "leak_fact": ("id", "case_id", "field", "unknown", "since", *ACTED),
    "leak_report": ("id", "case_id", "kind", *ACTED),
    "leak_given": ("id", "case_id", "sitting_id", "fact_id", *ACTED),
    "leak_question": ("id", "given_id", "speaker", *ACTED),
    "leak_reply": ("id", "question_id", "speaker", *ACTED),
    "leak_effect": ("id", "case_id", "assessment_id", "changes", *ACTED),
}
TEXTS = {
    "leak_fact": ("text",),
    "leak_report": ("text",),
    "leak_question": ("text",),
    "leak_reply": ("text",),
}
INDEXES = (
    ("leak_case", "body_id"),
    ("leak_case", "department_id"),
    ("leak_case", "affair_id"),
    ("leak_fact", "case_id"),
    ("leak_report", "case_id"),
    ("leak_given", "case_id"),
    ("leak_given", "sitting_id"),
    ("leak_question", "given_id"),
    ("leak_reply", "question_id"),
    ("leak_effect", "case_id"),
    ("leak_effect", "assessment_id"),
)


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _truth(name: str, null: bool = False) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def _day(name: str, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=null)


def _erasable() -> tuple[sa.Column[str], ...]:
    return _text("text"), _text("text_nonce", null=True)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ACTED)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "leak_case",
        *(_number(name) for name in ("id", "body_id", "department_id")),
        *(_number(name, null=True) for name in ("affair_id", "incident_id")),
        *(_number("year"), _number("serial"), _truth("major", null=True), _text("major_reason")),
        *(_day("closed"), _day("withdrawn")),
        *_acted(),
        _points("leak_case", "body_id", "body"),
        _points("leak_case", "department_id", "department"),
        _points("leak_case", "affair_id", "affair"),
        _points("leak_case", "incident_id", "incident"),
        _key("leak_case"),
        sa.UniqueConstraint(
            "body_id", "year", "serial", name=op.f("uq_leak_case_body_id_year_serial")
        ),
    )
    op.create_table(
        "leak_fact",
        *(_number("id"), _number("case_id"), _text("field")),
        *_erasable(),
        *(_truth("unknown"), _day("since")),
        *_acted(),
        _points("leak_fact", "case_id", "leak_case"),
        _key("leak_fact"),
    )
    op.create_table(
        "leak_report",
        *(_number("id"), _number("case_id"), _text("kind"), _text("laws"), _day("day", null=False)),
        sa.Column("hour", sa.Time(), nullable=False),
        *(_text(name) for name in ("receipt", "entered", "way", "way_reason")),
        _truth("open"),
        *_erasable(),
        _day("withdrawn"),
        *_acted(),
        _points("leak_report", "case_id", "leak_case"),
        _key("leak_report"),
    )
    op.create_table(
        "leak_given",
        *(_number("id"), _number("case_id"), _number("sitting_id"), _text("mark")),
        *(_number("fact_id"), _day("withdrawn")),
        *_acted(),
        _points("leak_given", "case_id", "leak_case"),
        _points("leak_given", "sitting_id", "sitting"),
        _points("leak_given", "fact_id", "leak_fact"),
        _key("leak_given"),
    )
    for table, column, to in (
        ("leak_question", "given_id", "leak_given"),
        ("leak_reply", "question_id", "leak_question"),
    ):
        op.create_table(
            table,
            *(_number("id"), _number(column), _text("speaker")),
            *_erasable(),
            _day("withdrawn"),
            *_acted(),
            _points(table, column, to),
            _key(table),
        )
    op.create_table(
        "leak_effect",
        *(_number(name) for name in ("id", "case_id", "assessment_id")),
        *(_truth("changes"), _text("reason"), _number("candidate_id", null=True)),
        _day("withdrawn"),
        *_acted(),
        _points("leak_effect", "case_id", "leak_case"),
        _points("leak_effect", "assessment_id", "assessment"),
        _points("leak_effect", "candidate_id", "revision_candidate"),
        _key("leak_effect"),
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)
    freeze_texts(TEXTS)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table, column in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in TABLES:
        op.drop_table(table)
