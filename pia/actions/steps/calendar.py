"""What a person says of the calendar: a day of a round chosen with its reason, days on which the
office is closed or open. Put right and taken back by `corrections` (規則第7条第1項・第4項, 第11条).

Knows the schedule a day belongs to. Must not know pages.
"""

from __future__ import annotations

from datetime import date

from ...domain.act import By
from ...domain.errors import Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.calendar import ClosingDay, PlannedDay
from ..records import closing, schedules
from ..records.calendar_kinds import must_be_period, must_fit
from ..workplace import Workplace, chain_at, line


def choose(wp: Workplace, by: By, where: str, step: str, day: date, reason: str) -> int:
    """The day of a step of a round as a person chooses it, instead of the computed one; its number.
    Unfit for a day that has happened, lies after what follows it, or was chosen already."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at, before=closing.OVER)
        round_ = at.own_round
        must_fit(schedules.schedule_of(session, wp, round_, by.day), step, day)
        if queries.calendar.chosen_for(session, round_.id, step) is not None:
            raise Unfit(
                "step",
                "この予定日は、もう人が決めています。変えるときは、その行の「直す」を押してください。",
            )
        row = PlannedDay(round_id=round_.id, step=step, day=day, reason=reason, **acted(by))
        session.add(row)
        session.flush()
        told = {"step": step, "day": day.isoformat(), "planned_day": row.id}
        log.entry(session, by, "calendar.choose", at.ref, told)
        return row.id


def close(wp: Workplace, by: By, first: date, last: date, name: str, opened: bool) -> int:
    """The office is closed from a day to a day, or (`opened`) open although the calendar says
    otherwise; the number of the record."""
    must_be_period(first, last)
    with wp.store.begin() as session:
        row = ClosingDay(first=first, last=last, name=name, opened=opened, **acted(by))
        session.add(row)
        session.flush()
        told = {"first": first.isoformat(), "last": last.isoformat(), "opened": opened}
        log.entry(session, by, "calendar.close", name, told)
        return row.id
