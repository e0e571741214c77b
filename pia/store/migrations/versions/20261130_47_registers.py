"""Registers beside the assessments: 個人情報取扱事務 and 個人情報ファイル, their acts with the texts
they left, and the periodic reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pia.store.migrations.ledger import freeze, refuse_if_filled

revision = "20261130_47_registers"
down_revision = "20261130_46_guides"

TABLES = (
    *("register_report_line", "register_report", "register_version", "register_record"),
    "register_rule",
)
FROZEN: dict[str, tuple[str, ...]] = {
    "register_rule": (),
    "register_record": ("id", "body_id", "register", "actor", "role", "at"),
    "register_version": (
        *("id", "record_id", "body_id", "register", "seq", "act", "year", "serial", "number"),
        *("filed", "effective", "department_id", "name", "form", "digest", "manifest", "why"),
        *("source", "corrects_id", "actor", "role", "at"),
    ),
    "register_report": (
        *("id", "body_id", "register", "first", "last", "dated", "number", "council_id"),
        *("actor", "role", "at"),
    ),
    "register_report_line": (),
}
INDEXES = (
    ("register_rule", ("body_id",)),
    ("register_record", ("department_id",)),
    ("register_record", ("affair_id",)),
    ("register_record", ("body_id", "register", "state")),
    ("register_version", ("record_id",)),
    ("register_version", ("body_id", "register", "filed")),
    ("register_report", ("body_id",)),
    ("register_report", ("sitting_id",)),
    ("register_report_line", ("version_id",)),
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _day(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _acted() -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in ("actor", "role", "at"))


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "register_rule",
        *(_number("id"), _number("body_id"), _text("register")),
        sa.Column("kept", sa.Boolean(), nullable=False),
        *(_text("ordinance"), _text("article"), _number("months"), _number("first_month")),
        *(_number("council_id", True), _text("form")),
        *_acted(),
        _points("register_rule", "body_id", "body"),
        _points("register_rule", "council_id", "council"),
        _key("register_rule"),
    )
    op.create_table(
        "register_record",
        *(_number("id"), _number("body_id"), _text("register")),
        *(_number(name, True) for name in ("department_id", "affair_id")),
        *(_text("name"), _text("state"), _number("head_id", True), _text("words")),
        *_acted(),
        _points("register_record", "body_id", "body"),
        _points("register_record", "department_id", "department"),
        _points("register_record", "affair_id", "affair"),
        _key("register_record"),
    )
    op.create_table(
        "register_version",
        *(_number("id"), _number("record_id"), _number("body_id"), _text("register")),
        *(_number("seq"), _text("act"), _number("year", True), _number("serial", True)),
        *(_text("number"), _day("filed"), _day("effective"), _number("department_id", True)),
        *(_text(name) for name in ("name", "form", "digest")),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        _text("why"),
        sa.Column("source", sa.Text(), nullable=True),
        *(_number("corrects_id", True), _day("withdrawn")),
        *_acted(),
        _points("register_version", "record_id", "register_record"),
        _points("register_version", "body_id", "body"),
        _points("register_version", "department_id", "department"),
        _points("register_version", "corrects_id", "register_version"),
        _key("register_version"),
    )
    with op.batch_alter_table("register_record") as table:
        table.create_foreign_key(
            op.f("fk_register_record_head_id_register_version"),
            "register_version",
            ["head_id"],
            ["id"],
        )
    op.create_table(
        "register_report",
        *(_number("id"), _number("body_id"), _text("register")),
        *(_day("first", False), _day("last", False), _day("dated", False), _text("number")),
        *(_number("council_id", True), _number("sitting_id", True), _day("withdrawn")),
        *_acted(),
        _points("register_report", "body_id", "body"),
        _points("register_report", "council_id", "council"),
        _points("register_report", "sitting_id", "sitting"),
        _key("register_report"),
    )
    op.create_table(
        "register_report_line",
        *(_number("report_id"), _number("place"), _number("version_id")),
        _points("register_report_line", "report_id", "register_report"),
        _points("register_report_line", "version_id", "register_version"),
        _key("register_report_line", "report_id", "place"),
    )
    for table_name, columns in INDEXES:
        op.create_index(op.f(f"ix_{table_name}_{columns[0]}"), table_name, list(columns))
    freeze(FROZEN)


def downgrade() -> None:
    refuse_if_filled(list(TABLES))
    for table_name, columns in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{table_name}_{columns[0]}"), table_name)
    with op.batch_alter_table("register_record") as table:
        table.drop_constraint(
            op.f("fk_register_record_head_id_register_version"), type_="foreignkey"
        )
    for table_name in TABLES:
        op.drop_table(table_name)
