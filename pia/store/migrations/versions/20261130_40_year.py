"""The year of a city: 年次見直し, 次回修正候補 and 重大事故."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_40_year"
down_revision = "20261130_43_after_submission"

FROZEN = {
    "review_campaign": ("id", "year", "actor", "role", "at"),
    "review_affair": (),
    "review_answer": ("id", "campaign_id", "affair_id", "actor", "role", "at"),
    "review_reminder": ("id", "campaign_id", "department_id", "actor", "role", "at"),
    "revision_candidate": ("id", "assessment_id", "path", "actor", "role", "at"),
    "incident": ("id", "body_id", "actor", "role", "at"),
    "incident_decision": ("id", "incident_id", "affair_id", "decision", "actor", "role", "at"),
}
# Table → (column, the table it points to, whether it may be empty, whether it is looked up by it).
POINTS = {
    "review_affair": (
        ("campaign_id", "review_campaign", False, False),
        ("affair_id", "affair", False, True),
    ),
    "review_answer": (
        ("campaign_id", "review_campaign", False, True),
        ("affair_id", "affair", False, True),
        ("round_id", "round", True, False),
    ),
    "review_reminder": (
        ("campaign_id", "review_campaign", False, True),
        ("department_id", "department", False, False),
    ),
    "revision_candidate": (
        ("assessment_id", "assessment", False, True),
        ("version_id", "version", True, False),
    ),
    "incident": (("body_id", "body", False, True),),
    "incident_decision": (
        ("incident_id", "incident", False, True),
        ("affair_id", "affair", False, True),
    ),
}
TABLES = (
    "review_campaign",
    "review_affair",
    "review_answer",
    "review_reminder",
    "revision_candidate",
    "incident",
    "incident_decision",
)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _day(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _truth(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _columns(table: str) -> tuple[sa.Column[Any], ...]:
    own: dict[str, tuple[sa.Column[Any], ...]] = {
        "review_campaign": (
            *(_number("year"), _text("document_number")),
            *(_day("issued", False), _day("until", False), _text("note")),
        ),
        "review_affair": (),
        "review_answer": (
            *(_text("kind"), _text("note"), _day("confirmed")),
            *(_text("head"), _text("confirmer", True)),
        ),
        "review_reminder": (_text("document_number"), _day("day", False), _day("until", False)),
        "revision_candidate": (
            *(_text("path"), _text("text"), _text("outcome", True), _day("settled")),
            *(_text("settler", True), _text("reason")),
        ),
        "incident": (
            *(_text("contractor"), _day("occurred"), _day("known", False), _text("summary")),
            *(_number("people", True), _truth("intentional"), _truth("staff_only")),
            *(_truth("excused"), _truth("major"), _text("reason")),
        ),
        "incident_decision": (_text("decision"), _text("reason")),
    }
    return own[table]


def upgrade() -> None:
    for table in TABLES:
        points = POINTS.get(table, ())
        plain = table == "review_affair"
        last = () if plain else (_day("withdrawn"), _text("actor"), _text("role"), _text("at"))
        key = ("campaign_id", "affair_id") if plain else ("id",)
        op.create_table(
            table,
            *(() if plain else (_number("id"),)),
            *(_number(column, empty) for column, _, empty, _ in points),
            *_columns(table),
            *last,
            *(
                sa.ForeignKeyConstraint(
                    [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}")
                )
                for column, to, _, _ in points
            ),
            sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        )
        for column, _, _, asked in points:
            if asked:
                op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table in reversed(TABLES):
        for column, _, _, asked in POINTS.get(table, ()):
            if asked:
                op.drop_index(op.f(f"ix_{table}_{column}"), table)
        op.drop_table(table)
