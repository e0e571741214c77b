"""A database for one drill, empty or with the case played so far: a SQLite file in a folder of
its own, or a database on the drill's server."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from pia.actions import demo
from pia.store.opening import upgrade
from tests import shared
from tests.store import servers


@contextmanager
def place(kind: str, pg: str | None, until: str | None = None) -> Iterator[str]:
    """`until`: a step of `demo.play`, "" for the whole case, None for an empty database."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
            shutil.copy(
                shared.blank() if until is None else shared.played(until), f"{folder}/pia.db"
            )
            yield f"sqlite:///{folder}/pia.db"
    else:
        assert pg is not None
        with servers.database(pg) as url:
            upgrade(url)
            if until is not None:
                wp = shared.workplace_at(url)
                demo.play(wp, until=until)
                wp.store.close()
            yield url
