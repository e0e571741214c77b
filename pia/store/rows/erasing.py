"""Erasing a text that has to go by law or by the city's rule: text and nonce together, as an act of
its own. What was hashed of it stays and says nothing.

Knows which texts can be erased. Must not know who decides that (`actions`). The row stays, its last
entry says that it was emptied, and `fsck` takes an empty text for erased only by that entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ..ledger import digests, log
from ..model import Base, acted
from . import records


def texts_of(kind: type[Base]) -> tuple[str, ...]:
    """The names of a table's texts that can be erased."""
    shape = digests.shape(kind.__table__)
    if shape is not None:
        texts = []
        for text, _ in shape.seals:
            texts.append(text)
        return tuple(texts)
    return ()


def erase(
    session: Session,
    by: By,
    row: Base,
    texts: Sequence[str],
    decision: str,
    reason: str,
    decided: date | None = None,
) -> None:
    """Erases texts of one row for good, on record as `records.erase` with the number and day of the
    decision and the reason (which must not repeat the text), and as a row of its own that gives the
    words that stand in their place. PiaError when one of them cannot be erased or is gone already.
    Backups keep the text until they are deleted in turn."""
    known = texts_of(type(row))
    if not texts or not set(texts) <= set(known):
        raise PiaError(f"消せるのは {'、'.join(known) or 'この表では何もありません'} だけです。")
    if all(records.is_erased(row, text) for text in texts):
        raise PiaError("この文章は、もう消されています。")
    for text in texts:
        setattr(row, text, "")
        setattr(row, text + digests.NONCE, None)
    place = records.place_of(row)
    erasure = records.Erasure(
        place=place,
        texts=list(texts),
        decision=decision,
        decided=decided,
        reason=reason,
        **acted(by),
    )
    session.add(erasure)
    session.flush()
    about = {"texts": list(texts), "decision": decision, "reason": reason}
    if decided is not None:
        about["decided"] = decided.isoformat()
    log.entry(session, by, "records.erase", place, about)
