"""`python -m tests.store.schemas` writes what each revision makes on PostgreSQL to
`pia/store/migrations/postgresql.json`. Run it after adding a revision; the test of the schema
says when it was forgotten."""

from __future__ import annotations

import json
from pathlib import Path

from pia.store import migrations
from pia.store.opening import open_store, upgrade
from pia.store.upkeep import schema

from . import servers

FILE = Path(schema.__file__).parents[1] / "migrations" / "postgresql.json"


def steps(url: str) -> dict[str, dict[str, str | None]]:
    """Revision → what it makes or changes, and what it drops (null), on an empty database."""
    out: dict[str, dict[str, str | None]] = {}
    before: dict[str, str] = {}
    for revision in migrations.revisions():
        upgrade(url, revision)
        store = open_store(url)
        with store.engine.connect() as connection:
            now = schema.described(connection)
        store.close()
        gone: dict[str, str | None] = dict.fromkeys(before.keys() - now.keys())
        out[revision] = dict(
            sorted((gone | {k: v for k, v in now.items() if before.get(k) != v}).items())
        )
        before = now
    return out


def main() -> None:
    with servers.server() as server:
        if server is None:
            raise SystemExit(servers.HOW)
        with servers.database(server) as url:
            FILE.write_text(json.dumps(steps(url), indent=0, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
