"""Contents and files by their digests, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..nodes import Blob, Content


def figures(session: Session) -> Sequence[Row[int, bytes]]:
    """(number, digest) of every figure that is kept."""
    return session.execute(select(Content.id, Content.digest).where(Content.kind == "figure")).all()


def filled(session: Session) -> Sequence[Row[int, bytes]]:
    """(number, digest) of every content whose body is there."""
    return session.execute(
        select(Content.id, Content.digest).where(func.length(Content.body) > 0)
    ).all()


def files(session: Session) -> list[str]:
    """The SHA-256 of every file whose body is there."""
    return list(session.scalars(select(Blob.sha256).where(func.length(Blob.body) > 0)))
