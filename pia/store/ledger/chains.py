"""The chains of the record: one for each body, and the one that binds them.

Knows which chain a body's acts stand in. The chain of the first body is `main`, which is also that
of the whole installation (accounts, councils, the server itself): a city of one body has one chain.
Must not know what an entry says.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from ..model import Base

MAIN = "main"
HEADS = "heads"  # the chain of chain heads


def named(body: int, first: int | None) -> str:
    """The chain of a body, given the number of the first body there is."""
    if first is None or body <= first:
        return MAIN
    return f"body-{body}"


def of_body(session: Session, body: int) -> str:
    """The chain in which the acts on a body's things stand."""
    return named(body, session.scalar(select(func.min(_table().c.id))))


def common(names: Iterable[str | None]) -> str | None:
    """The chain of an act on things of these chains: theirs where it is one, else None (an act of
    the whole installation)."""
    distinct = set(names)
    return distinct.pop() if len(distinct) == 1 else None


def all_names(session: Session) -> list[str]:
    """Every chain that acts may stand in, `main` first; of a body without acts too."""
    bodies = list(session.scalars(select(_table().c.id).order_by(_table().c.id)))
    names = [MAIN]
    for body in bodies[1:]:
        names.append(named(body, bodies[0]))
    return names


def _table() -> Table:
    return Base.metadata.tables["body"]
