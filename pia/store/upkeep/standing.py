"""What the database says of itself: its clock, and whether this program signs in as the owner of
the tables.

Knows both databases. Must not know what follows from the answers.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Select, column, func, select, table

from ..opening import Store


def clock(store: Store) -> datetime:
    """The database's own time. SQLite has none of its own: it is that of this machine."""
    with store.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            return datetime.fromisoformat(
                session.scalars(select(func.strftime("%Y-%m-%dT%H:%M:%f", "now"))).one()
            ).replace(tzinfo=UTC)
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now


def owns(store: Store) -> bool:
    """Whether the role of this program owns the tables or may do everything: then the database
    refuses it nothing. False on SQLite, where the file decides.
    """
    with store.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            return False
        owner: Select[tuple[str]] = (
            select(column("tableowner"))
            .select_from(table("pg_tables"))
            .where(column("tablename") == "audit_entry")
        )
        me = session.scalar(select(func.current_user()))
        mighty: Select[tuple[bool]] = (
            select(column("rolsuper"))
            .select_from(table("pg_roles"))
            .where(column("rolname") == func.current_user())
        )
        return me in set(session.scalars(owner)) or bool(session.scalar(mighty))
