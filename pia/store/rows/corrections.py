"""Records put right or taken back by hand: what a record said before, what it says now, why, by
whom and when (規則第7条第4項: what is decided on rests on a record that can be followed).

Knows rows by table and number. Must not know which field may be corrected, nor by whom.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, exists
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base

AMENDED, WITHDRAWN, REINSTATED = "AMENDED", "WITHDRAWN", "REINSTATED"


class RecordCorrection(Acted, Base):
    """A record corrected: `kind` is its table, `row_id` its number, `act` AMENDED, WITHDRAWN or
    REINSTATED. `before` and `after` hold the fields that were changed, days and times as ISO
    texts. Append-only. `body_id`: whose record it is; None for one of several bodies."""

    __tablename__ = "record_correction"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    kind: Mapped[str]
    row_id: Mapped[int]
    act: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str]
    __table_args__ = (Index("ix_record_correction_kind_row_id", "kind", "row_id"),)


def standing(kind: type[Any]) -> ColumnElement[bool]:
    """Whether a row of a table that is never rewritten was not taken back: part of the queries
    over them."""
    return ~exists().where(
        RecordCorrection.kind == kind.__tablename__,
        RecordCorrection.row_id == kind.id,
        RecordCorrection.act == WITHDRAWN,
    )
