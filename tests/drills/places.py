"""A database for one drill: a SQLite file in a folder of its own, or a database on the drill's server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from pia.store.base import upgrade
from tests.store import servers


@contextmanager
def place(kind: str, pg: str | None) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            upgrade(f"sqlite:///{folder}/pia.db")
            yield f"sqlite:///{folder}/pia.db"
    else:
        assert pg is not None
        with servers.database(pg) as url:
            upgrade(url)
            yield url
