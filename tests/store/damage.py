"""Breaks a database the way only someone outside the program can: behind the triggers and
without foreign keys."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
from psycopg import sql

from pia.store.opening import database_file


def damage(
    url: str, *statements: str, keep_triggers: bool = True, values: tuple[Any, ...] = ()
) -> None:
    """Runs statements (with `?` for values in the last one) on the bare database."""
    file = database_file(url)
    if file is None:
        with psycopg.connect(url) as c:
            c.execute("SET session_replication_role = replica")
            for n, s in enumerate(statements, 1):
                c.execute(sql.SQL(s.replace("?", "%s")), values if n == len(statements) else None)
        return
    bare = sqlite3.connect(file)
    try:
        triggers = bare.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        if keep_triggers:
            for name, _ in triggers:
                bare.execute(f"DROP TRIGGER {name}")
        for n, s in enumerate(statements, 1):
            bare.execute(s, values if n == len(statements) else ())
        if keep_triggers:
            for _, statement in triggers:
                bare.execute(statement)
        bare.commit()
    finally:
        bare.close()
