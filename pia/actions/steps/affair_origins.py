"""Affairs that were merged, and an affair that was split: recorded with the affair that follows, so
that what the earlier ones published and decided stays in view (規則第16条; 番号法第28条第1項).

The secretariat records. Nothing of the earlier affair is moved or changed; that it ended is a
record of its own. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.affair_origins import AffairOrigin
from ...store.rows.bodies import Affair
from ..records.origin_kinds import must_be_origin
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class NewOrigin:
    """Where an affair came from, as it was typed: the key of the other affair, whether it was
    merged or split, from which day, and why."""

    origin: str
    kind: str
    day: date
    reason: str


def record(wp: Workplace, by: By, key: str, new: NewOrigin) -> int:
    """Records where an affair came from; the number of the record. Unfit for one that is recorded
    already, or cannot be."""
    with wp.store.begin() as session:
        affair = _affair(session, key)
        origin = _affair(session, new.origin)
        must_be_origin(session, by, affair.id, origin.id, new.day)
        known = queries.affair_origins.before(session, [affair.id])
        if any(row.from_id == origin.id for row in known):
            again = "直すときは、記録を直してください。"
            raise Unfit("origin", f"この事務は、もう記録されています。{again}")
        row = AffairOrigin(
            affair_id=affair.id,
            from_id=origin.id,
            kind=new.kind,
            day=new.day,
            reason=new.reason,
            **acted(by),
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "affair.origin", key, {"from": new.origin, "kind": new.kind})
        return row.id


def _affair(session: Session, key: str) -> Affair:
    affair = queries.affairs.of_key(session, key)
    if affair is None or affair.withdrawn is not None:
        raise Unfit("origin", "事務を選び直してください。")
    return affair
