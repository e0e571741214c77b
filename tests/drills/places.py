"""A database for one drill, empty or with the case played so far: a SQLite file in a folder of
its own, or a database on the drill's server."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

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
        with servers.database(pg, _template(pg, until)) as url:
            yield url


def _template(pg: str, until: str | None) -> str:
    """The database a run makes once of what a drill begins with."""
    if until is None:
        return servers.blank(pg)
    whole = servers.template(pg, "case", lambda url: _play(pg, url))
    return servers.template(pg, f"case-{until}", _not_played) if until else whole


def _play(pg: str, url: str) -> None:
    """The whole case, with a copy of the database after each step."""
    upgrade(url)
    wp = shared.workplace_at(url)
    for step in shared.steps(wp):
        wp.store.engine.dispose()  # a copy is made where nobody is connected
        servers.template(pg, f"case-{step}", lambda _: None, str(make_url(url).database))
    wp.store.close()


def _not_played(url: str) -> None:
    raise AssertionError(f"no step of the case has this name: {url}")
