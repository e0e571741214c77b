"""The history of the schema, one file per change, never edited after landing. Runs Alembic on a
connection given by the caller.

Knows the newest revision. Must not read an ini file, an environment variable or the models.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

HEAD = "20261201_50_search"


def config(connection: Connection | None = None, at: str | None = None) -> Config:
    """Alembic's settings for a connection of the caller's."""
    from alembic.config import Config  # slow to import, and most commands never need it

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    settings.attributes["at"] = at
    return settings


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    from alembic.script import ScriptDirectory

    return [
        revision.revision for revision in ScriptDirectory.from_config(config()).walk_revisions()
    ][::-1]


def run(connection: Connection, to: str = "head", at: str | None = None) -> None:
    """Brings the database to a revision, up or down; "base" is before the first. The caller's
    transaction makes it all or nothing. `at`: the instant that entries of the migration itself
    bear, as it is stored.
    """
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    settings = config(connection, at)
    now = MigrationContext.configure(connection).get_current_revision()
    known = revisions()
    if to == "head":
        target = known[-1]
    else:
        target = to
    down = target == "base" or (
        now in known and target in known and known.index(target) < known.index(now)
    )
    (command.downgrade if down else command.upgrade)(settings, target)
