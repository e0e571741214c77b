"""Erasing a text that has to go by law or by the city's rule: text and nonce together, as an act of its own. What was hashed of it stays and says nothing.

Knows which texts can be erased. Must not know who decides that (`actions`). The row stays, its last entry says that it was emptied, and `fsck` takes an empty
text for erased only by that entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from ..domain.act import By
from ..domain.errors import PiaError
from . import log, rows
from .base import Base


def texts_of(kind: type[Base]) -> tuple[str, ...]:
    """The names of a table's texts that can be erased."""
    shape = rows.shape(kind.__table__)  # type: ignore[arg-type]
    return tuple(text for text, _ in shape.seals) if shape is not None else ()


def erased(row: Base, text: str) -> bool:
    """Whether a text of a row was erased: it is empty, and has no nonce."""
    return getattr(row, text) == "" and getattr(row, text + rows.NONCE) is None


def erase(session: Session, by: By, row: Base, texts: Sequence[str], decision: str, reason: str) -> None:
    """Erases texts of one row for good, on record as `records.erase` with the number of the decision and the reason (which must not repeat the text).
    PiaError when one of them cannot be erased or is gone already. Backups keep the text until they are deleted in turn."""
    known = texts_of(type(row))
    if not texts or not set(texts) <= set(known):
        raise PiaError(f"消せるのは {'、'.join(known) or 'この表では何もありません'} だけです。")
    if all(erased(row, text) for text in texts):
        raise PiaError("この文章は、もう消されています。")
    for text in texts:
        setattr(row, text, "")
        setattr(row, text + rows.NONCE, None)
    session.flush()
    key = "/".join(str(k) for k in inspect(row).identity)  # type: ignore[union-attr]
    log.entry(session, by, "records.erase", f"{row.__tablename__} {key}", {"texts": list(texts), "decision": decision, "reason": reason})
