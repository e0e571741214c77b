"""The schedules of rounds: the office's open days, what is known of each day, and the days reckoned
from both (規則第7条第1項・第4項・第5項・第6項, 第11条).

Reads only, as many statements for a hundred rounds as for one. Knows which record says that a day
has happened or is fixed. Must not know how days are counted, nor pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan, day_of_text
from ...domain.procedure import calendar
from ...domain.procedure.calendar import CHOSEN, DONE, FIXED, KnownDay, Schedule
from ...domain.procedure.office_days import ClosedPeriod, OfficeDays
from ...store import queries
from ...store.rows.assessments import Round, RoundEvent
from ..workplace import Workplace
from . import days, procedures
from .days import RoundRecord

RoundRow = Sequence[Any]  # (round, assessment, affair, name of its department)
WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class ScheduledRound:
    """A round with its schedule: what it is of, and what its state is called."""

    ref: str
    round: Round
    document: str
    affair: str
    department: str
    kind: str
    title: str
    state_name: str
    schedule: Schedule


def office_days(session: Session, wp: Workplace) -> OfficeDays:
    """The open days of the office, with what the city says of single days."""
    own = []
    for row in queries.calendar.closings(session):
        own.append(ClosedPeriod(row.first, row.last, row.name, row.opened))
    return OfficeDays(wp.calendar, own)


def said(
    session: Session, wp: Workplace, ids: Iterable[int]
) -> tuple[Mapping[int, Mapping[str, KnownDay]], OfficeDays]:
    """(by round: the days that were chosen; the open days of the office), in one statement."""
    chosen: defaultdict[int, dict[str, KnownDay]] = defaultdict(dict)
    own = []
    for round_id, name, first, last, opened in queries.calendar.said(session, ids):
        if round_id:
            chosen[round_id][name] = KnownDay(first, CHOSEN)
        else:
            own.append(ClosedPeriod(first, last, name, opened))
    return chosen, OfficeDays(wp.calendar, own)


def of_rounds(
    session: Session, wp: Workplace, rows: Iterable[RoundRow], office: OfficeDays, today: date
) -> Iterator[ScheduledRound]:
    """The schedule of each of these rounds, in their order."""
    given = list(rows)
    rounds = [row[0] for row in given]
    ids = [round_.id for round_ in rounds]
    events: dict[int, list[RoundEvent]] = defaultdict(list)
    for event in queries.rounds.events_of_rounds(session, ids):
        events[event.round_id].append(event)
    chosen = chosen_days(session, ids)
    records = days.records(session, rounds, events)
    for row, record in zip(given, records, strict=True):
        yield _planned(session, wp, row, record, chosen[record.round.id], office, today)


def schedule_of(session: Session, wp: Workplace, round_: Round, today: date) -> Schedule:
    """The schedule of one round."""
    office = office_days(session, wp)
    rows = queries.calendar.round_rows(session, [round_.id])
    return next(of_rounds(session, wp, rows, office, today)).schedule


def _planned(
    session: Session,
    wp: Workplace,
    row: RoundRow,
    record: RoundRecord,
    chosen: Mapping[str, KnownDay],
    office: OfficeDays,
    today: date,
) -> ScheduledRound:
    round_, document, affair, department = row[0], row[1], row[2], row[3]
    table = procedures.of_round(session, wp, document.kind, round_.kind, record.events)
    steps = steps_of(wp, table, document.kind, round_.kind)
    known = {**chosen, **known_days(record, today)}
    changed = None if round_.state == WITHDRAWN else round_.change_date
    opened = record.events[0].facts if record.events else {}
    return ScheduledRound(
        f"{document.key}~{round_.name}",
        round_,
        document.kind,
        affair.name,
        department or "",
        procedures.kind_word(round_),
        str(opened.get("title") or round_.name),
        procedures.state_name(wp, round_.state, table),
        calendar.schedule(steps, changed, known, office, today),
    )


def steps_of(
    wp: Workplace, table: Mapping[str, Any], kind: str, round_kind: str
) -> tuple[calendar.ScheduleStep, ...]:
    """The steps of the schedule of a round that goes by a table."""
    track = table["tracks"].get(f"{kind}/{round_kind}", ())
    return calendar.steps_of(wp.calendar, {line["event"] for line in track})


def chosen_days(session: Session, ids: Iterable[int]) -> defaultdict[int, dict[str, KnownDay]]:
    """By round: the days that were chosen, by step."""
    out: defaultdict[int, dict[str, KnownDay]] = defaultdict(dict)
    for row, shown in queries.calendar.chosen(session, ids):
        known = KnownDay(row.day, CHOSEN, row.reason, shown or row.actor, row.id)
        out[row.round_id][row.step] = known
    return out


def known_days(record: RoundRecord, today: date) -> dict[str, KnownDay]:
    """By step: the days the record of a round says. What lies ahead is fixed, the rest is done."""
    told = dict(_told(record))
    for event in record.events:  # a step of a city's own, named as its event is
        told.setdefault(event.event, day_in_japan(event.at))
    known = {}
    for step, day in told.items():
        if day is not None:
            known[step] = KnownDay(day, DONE if day <= today else FIXED)
    return known


def _told(record: RoundRecord) -> Iterator[tuple[str, date | None]]:
    if record.state != "DRAFTING":
        yield "drafted", record.spans()["DRAFTING"].until
    talk = record.consultation
    if talk is not None:
        decided = talk.facts.get("decided")
        yield "decided", day_of_text(str(decided)) if decided else None
        yield "announced", talk.announced or talk.start
        yield "opened", talk.start
        yield "closed", talk.end
        yield "revised", record.review_fixed
    if record.reviews:
        last = record.reviews[-1]
        yield "referred", day_in_japan(last.referral.at)
        yield "heard", last.sitting.day if last.sitting and not last.continued else None
    if record.submissions:
        yield "approved", record.submissions[-1].decided
        yield "submitted", record.submitted
    yield "published", record.published
    if record.published is not None:
        yield "changed", record.round.change_date
