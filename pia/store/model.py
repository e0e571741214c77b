"""The declarative base of all tables, and the columns that say who made a row.

Knows how Python types are stored and how constraints are named. Must not know any table, nor how a
database is opened.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, LargeBinary, MetaData, Time
from sqlalchemy.orm import DeclarativeBase, Mapped

from ..domain.act import By
from .columns import CleanText, Instant, Json


class Base(DeclarativeBase):
    """All tables. The naming convention lets a migration name every constraint on both
    databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: CleanText,
        datetime: Instant,
        date: Date,
        time: Time,
        bytes: LargeBinary,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class Acted:
    """Who made this row, in which role, and when."""

    actor: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]


def acted(by: By) -> dict[str, Any]:
    """The columns of `Acted` for a `By`."""
    return {"actor": by.actor, "role": by.role, "at": by.at}
