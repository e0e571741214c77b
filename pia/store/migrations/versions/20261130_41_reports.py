"""定期報告, and whether the measures of published texts are carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_41_reports"
down_revision = "20261130_40_year"

TABLES = ("handling_report", "report_document", "measure_check")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _day(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "handling_report",
        _number("id"),
        _number("year"),
        _day("until", nullable=False),
        _text("note"),
        _day("sent"),
        _text("document_number"),
        _day("received"),
        _text("receipt"),
        _day("withdrawn"),
        *(_text("actor"), _text("role"), _text("at")),
        _key("handling_report", "id"),
    )
    op.create_table(
        "report_document",
        _number("report_id"),
        _number("assessment_id"),
        _number("measures"),
        _points("report_document", "report_id", "handling_report"),
        _points("report_document", "assessment_id", "assessment"),
        _key("report_document", "report_id", "assessment_id"),
    )
    op.create_table(
        "measure_check",
        _number("id"),
        _number("report_id"),
        _number("assessment_id"),
        *(_text("path"), _text("digest"), _text("state")),
        *(_text("evidence"), _text("checker")),
        _day("day", nullable=False),
        *(_text("actor"), _text("role"), _text("at")),
        _points("measure_check", "report_id", "handling_report"),
        _points("measure_check", "assessment_id", "assessment"),
        _key("measure_check", "id"),
    )
    op.create_index(
        op.f("ix_measure_check_report_id_assessment_id"),
        "measure_check",
        ["report_id", "assessment_id"],
    )
    freeze(
        {
            "handling_report": ("id", "year", "actor", "role", "at"),
            "report_document": ("report_id", "assessment_id"),
            "measure_check": (),
        }
    )


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    op.drop_index(op.f("ix_measure_check_report_id_assessment_id"), "measure_check")
    for table in reversed(TABLES):
        op.drop_table(table)
