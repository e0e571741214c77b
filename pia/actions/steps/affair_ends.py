"""The end of a 事務 (規則第16条): recorded with the day the commission is told, and, after the
years its 評価書 must stay public, the day they are public no more.

The secretariat records. How many years is data of the rules (R18).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.affair_ends import AffairEnd
from ...store.rows.bodies import Affair
from ..records import ends_kinds
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class NewEnd:
    """An end as it was typed: its day and why; `told` when the commission was told, under which
    文書番号."""

    day: date
    reason: str
    told: date | None = None
    document_number: str = ""


def end(wp: Workplace, by: By, key: str, new: NewEnd) -> int:
    """Records that an affair ended; the number of the record. Refused while something of it is
    under way, Unfit for days that cannot be."""
    with wp.store.begin() as session:
        affair = _affair(session, key)
        if affair.ended is not None:
            raise PiaError(
                "この事務の終了は、もう記録されています。直すときは、記録を直してください。"
            )
        running = queries.affair_ends.running(session, affair.id)
        if running:
            raise Refused(
                "この事務の手続が終わっていないため、事務の終了を記録できません。",
                tuple(f"「{round_.name}」を、公表するか取り下げてください。" for round_ in running),
            )
        ends_kinds.must_be_days(session, by, affair.id, new.day, new.told)
        row = AffairEnd(
            affair_id=affair.id,
            day=new.day,
            reason=new.reason,
            told=new.told,
            document_number=new.document_number,
            **acted(by),
        )
        session.add(row)
        session.flush()
        affair.ended = new.day
        affair.ended_notice = new.told
        log.entry(session, by, "affair.end", key, {"day": new.day.isoformat(), "end": row.id})
        log.anchor(session, by)
        return row.id


def close(wp: Workplace, by: By, key: str, day: date) -> None:
    """The 評価書 of an affair that ended are public no more from a day on. Unfit before the years
    are over, PiaError where the affair goes on."""
    with wp.store.begin() as session:
        affair = _affair(session, key)
        row = queries.affair_ends.of_affair(session, affair.id)
        if row is None:
            raise PiaError("この事務は終了していません。公表を終えるのは、終了した事務だけです。")
        if row.closed is not None:
            raise PiaError(f"公表は、{written(row.closed)}に終えたと記録されています。")
        if row.told is None:
            raise PiaError("委員会に終了を届け出た日を、先に記録してください。")
        ends_kinds.must_be_closing(by, row.day, day, years(wp))
        row.closed = day
        log.entry(session, by, "affair.close", key, {"day": day.isoformat()})
        log.anchor(session, by)


def years(wp: Workplace) -> int:
    """How many years the 評価書 of an affair that ended stay public at least."""
    return int(wp.rules["rules"]["R18"]["years"])


def _affair(session: Session, key: str) -> Affair:
    affair = queries.affairs.of_key(session, key)
    if affair is None:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    return affair
