"""What somebody is writing and has not saved yet: theirs alone, replaced as they write, and gone
when they save or throw it away.

Knows the fields of a form as they were sent. It is no statement of anybody and stands in no record;
what is saved is a version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Base


class Unsaved(Base):
    """The fields of one item's form (name → values) of one person, from version `seen` on. line:
    KEY or KEY~ROUND; path: with slashes.
    """

    __tablename__ = "unsaved"
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]
    line: Mapped[str]
    path: Mapped[str]
    seen: Mapped[str]
    fields: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("account", "line", "path"),)


_TABLE = Unsaved.metadata.tables["unsaved"]
_DROP = delete(_TABLE).where(
    _TABLE.c.account == bindparam("whose"),
    _TABLE.c.line == bindparam("where"),
    _TABLE.c.path == bindparam("place"),
)


def of(session: Session, account: str, line: str, path: str) -> Unsaved | None:
    """What an account is writing at a place and has not saved; None when nothing."""
    return session.scalar(
        select(Unsaved).where(
            Unsaved.account == account, Unsaved.line == line, Unsaved.path == path
        )
    )


def listed(session: Session, account: str) -> list[Unsaved]:
    """All of one person, the newest first."""
    return list(
        session.scalars(
            select(Unsaved)
            .where(Unsaved.account == account)
            .order_by(Unsaved.at.desc(), Unsaved.id)
        )
    )


def drop(session: Session, account: str, line: str, path: str) -> None:
    """Forgets what an account was writing at a place."""
    session.execute(_DROP, {"whose": account, "where": line, "place": path})
