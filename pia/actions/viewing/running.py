"""The rounds that run, the documents of one 評価書一式 together: where each stands, whose turn it
is, since when and until when, and what comes next.

Reads only, as many statements for a hundred as for one, and no text. Must not know pages, nor who
asks: `today` and the board of the office take from here what is theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.procedure import calendar, holders, steps
from ...domain.procedure.calendar import DONE, FIXED, KnownDay, Schedule
from ...domain.procedure.draft_ways import HandoverStep
from ...domain.procedure.office_days import OfficeDays
from ...store import queries
from ...store.queries.waiting import RunningRow
from ...store.rows.assessments import RoundEvent
from ...store.rows.councils import Remark, Sitting
from ..records import draft_ways as ways
from ..records import procedures, schedules
from ..records.days import on_agenda
from ..records.draft_ways import DraftWay, Row
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who brought a round to where it stands (`who` as they are shown), when, and by which step."""

    actor: str
    who: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A consultation with what waits in it: `sent` by residents and not taken in, `open` opinions
    without the city's answer."""

    number: int
    title: str
    end: date
    sent: int
    open: int


@dataclass(frozen=True, slots=True)
class RunningSet:
    """The rounds of one name of an affair that run: `ref` is that of the main document, `refs` of
    all. `holder` is one of `holders.NAMES`, `holder_name` what people call it; `until` the next day
    that is fixed and `due` what that is; `event` and `act` the step that leads on. `changes` and
    `counted_late` as in `RoundLine`. `questions` are
    those before the council nobody has answered; `way` is that of the draft through the house,
    while the round is at its department; `schedule` its days, by what is
    known of them here.
    """

    ref: str
    refs: tuple[str, ...]
    key: str
    keys: tuple[str, ...]
    ids: frozenset[int]
    affair_key: str
    affair: str
    department_id: int | None
    department: str
    document: str
    kind: str
    title: str
    reasons: tuple[str, ...]
    change_date: date | None
    state: str
    state_name: str
    holder: str
    holder_name: str
    opened_by: str
    handed: HandedOver
    until: date | None
    due: str
    event: str
    act: str
    changes: int | None
    counted_late: bool
    talk: Talk | None
    referral: int | None
    sitting: Sitting | None
    questions: tuple[Remark, ...]
    strip: tuple[str, ...]
    way: DraftWay | None
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Running:
    """Every running set, in the order they began, and every consultation something waits in."""

    sets: tuple[RunningSet, ...]
    talks: tuple[Talk, ...]
    sittings: tuple[Sitting, ...]


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands around the main rounds, by round or referral."""

    steps: Mapping[int, Sequence[tuple[RoundEvent, str | None]]]
    talks: Mapping[int, Talk]
    referrals: Mapping[int, int]
    sittings: Sequence[Sitting]
    questions: Mapping[int, Sequence[Remark]]
    ways: Mapping[int, Sequence[Row]]
    way: tuple[tuple[HandoverStep, ...], frozenset[int]]
    chosen: Mapping[int, Mapping[str, KnownDay]]
    office: OfficeDays


def running(session: Session, wp: Workplace, today: date) -> Running:
    """Every running set on a day."""
    groups = _groups(queries.waiting.running(session))
    mains = [group[0] for group in groups]
    ids = [row[0].id for row in mains]
    done: dict[int, list[tuple[RoundEvent, str | None]]] = {}
    for event, shown in queries.waiting.last_steps(session, ids):
        done.setdefault(event.round_id, []).append((event, shown))
    about, talks = _talks(session, ids)
    at_check = [row[0].id for row in mains if row[0].state == "REVIEWING"]
    referrals = _referrals(session, at_check)
    first = min([today, *(_day_of(done[number]) for number in at_check if number in done)])
    sittings = queries.waiting.sittings_since(session, first)
    handed = _handed(session, wp, ids)
    around = _Beside(
        done,
        {number: talks[talk] for number, talk in about.items()},
        referrals,
        sittings,
        _questions(session, referrals.values()),
        handed,
        ways.steps_where_needed(session, wp, handed.values()),
        *schedules.said(session, wp, ids),
    )
    sets = tuple(_set(session, wp, group, around, today) for group in groups)
    return Running(sets, tuple(talks.values()), tuple(sittings))


def _groups(rows: Iterable[RunningRow]) -> list[list[RunningRow]]:
    """The rounds of one name of an affair together, the main document's first."""
    by_name: dict[tuple[int, str], list[RunningRow]] = {}
    for row in rows:
        by_name.setdefault((row[2].id, row[0].name), []).append(row)
    for group in by_name.values():
        group.sort(key=lambda row: row[1].kind == "basic_item")
    return list(by_name.values())


def _talks(session: Session, round_ids: Sequence[int]) -> tuple[dict[int, int], dict[int, Talk]]:
    """(round → its latest consultation, that one and every one for which something was sent)."""
    about = {}
    known = {}
    for talk, sent, open_, round_id in queries.waiting.consultations(session, round_ids):
        known[talk.id] = Talk(talk.id, talk.title, talk.end, sent, open_)
        if round_id is not None:
            about[round_id] = talk.id
    latest = set(about.values())
    talks = {number: talk for number, talk in known.items() if talk.sent or number in latest}
    return about, talks


def _referrals(session: Session, round_ids: Collection[int]) -> dict[int, int]:
    """By round at its check: the latest referral of it."""
    if not round_ids:
        return {}
    pinned = queries.councils.pinned_of_rounds(session, round_ids)
    return {referral_round.round_id: referral_round.referral_id for referral_round in pinned}


def _questions(session: Session, referral_ids: Collection[int]) -> dict[int, list[Remark]]:
    asked: dict[int, list[Remark]] = {}
    if referral_ids:
        for remark in queries.waiting.questions(session, set(referral_ids)):
            asked.setdefault(remark.referral_id, []).append(remark)
    return asked


def _handed(session: Session, wp: Workplace, ids: Sequence[int]) -> dict[int, list[Row]]:
    """By round: what was done on the way of its draft."""
    handed: dict[int, list[Row]] = {}
    if wp.handover["steps"]:
        for act, shown in queries.draft_ways.of_rounds(session, ids):
            handed.setdefault(act.round_id, []).append((act, shown))
    return handed


def _day_of(done: Sequence[tuple[RoundEvent, str | None]]) -> date:
    return day_in_japan(done[-1][0].at)


def _set(
    session: Session, wp: Workplace, group: Sequence[RunningRow], around: _Beside, today: date
) -> RunningSet:
    round_, document, affair, department, tally = group[0]
    done = around.steps.get(round_.id, ())
    events = [event for event, _ in done]
    table = procedures.of_round(session, wp, document.kind, round_.kind, events)
    talk = around.talks.get(round_.id)
    referral = around.referrals.get(round_.id)
    last, shown = done[-1]
    sitting = _sitting(around.sittings, referral)
    if last.event == "continue" and sitting and sitting.day <= day_in_japan(last.at):
        sitting = None  # it comes back to a sitting that is not convened yet
    holder = _holder(table, round_.state, last.event, talk, sitting, today)
    way = None
    if holder == "department":
        way = ways.way(around.way[0], around.ways.get(round_.id, ()), last.at, around.way[1])
        if way is not None and way.at_end:
            holder = "office"
    until, due = _until(round_.state, round_.change_date, talk, sitting)
    step = steps.onward(table, document.kind, round_.kind, round_.state)
    keys = tuple(row[1].key for row in group)
    asked = around.questions.get(referral or 0, ())
    names = {"department": department or holders.NAMES["department"]}
    if way is not None and not way.at_end:
        names["department"] += f"（{way.here.name}）"
    return RunningSet(
        ref=f"{document.key}~{round_.name}",
        refs=tuple(f"{key}~{round_.name}" for key in keys),
        key=document.key,
        keys=keys,
        ids=frozenset(row[1].id for row in group),
        affair_key=affair.key,
        affair=affair.name,
        department_id=affair.department_id,
        department=department or "",
        document=document.kind,
        kind=procedures.kind_word(round_),
        title=str(events[0].facts.get("title") or round_.name),
        reasons=tuple(round_.reasons),
        change_date=round_.change_date,
        state=round_.state,
        state_name=procedures.state_name(wp, round_.state, table),
        holder=holder,
        holder_name=names.get(holder, holders.NAMES[holder]),
        opened_by=events[0].actor,
        handed=HandedOver(last.actor, shown or last.actor, last.at, last.event),
        until=until,
        due=due,
        event=step.event if step else "",
        act=step.act if step else "",
        changes=tally.changes if tally else None,
        counted_late=tally is not None and tally.head_id != round_.head_id,
        talk=talk,
        referral=referral,
        sitting=sitting,
        questions=tuple(asked),
        strip=tuple(table["strip"]),
        way=way,
        schedule=_schedule(wp, table, group[0], around, (talk, sitting), today),
    )


# State → the last day of a schedule that has happened once a round stands there.
_REACHED = {
    "CONSULTING": "opened",
    "REVISING": "closed",
    "REVIEWING": "referred",
    "REVIEWED": "heard",
    "SUBMITTED": "submitted",
}


def _schedule(
    wp: Workplace,
    table: Mapping[str, Any],
    row: RunningRow,
    around: _Beside,
    fixed: tuple[Talk | None, Sitting | None],
    today: date,
) -> Schedule:
    """The schedule of a round, by what is known of its days here."""
    round_, document, *_ = row
    known = dict(around.chosen.get(round_.id, {}))
    talk, sitting = fixed
    if talk is not None:
        known["closed"] = KnownDay(talk.end, DONE if talk.end < today else FIXED)
    if sitting is not None:
        known["heard"] = KnownDay(sitting.day, DONE if sitting.day < today else FIXED)
    reached = _REACHED.get(round_.state)
    if reached is not None:
        known.setdefault(reached, KnownDay(_day_of(around.steps[round_.id]), DONE))
    at = schedules.steps_of(wp, table, document.kind, round_.kind)
    return calendar.schedule(at, round_.change_date, known, around.office, today)


def _sitting(sittings: Iterable[Sitting], referral: int | None) -> Sitting | None:
    """The last sitting that is convened for a referral."""
    if referral is None:
        return None
    heard = [sitting for sitting in sittings if on_agenda(sitting, referral)]
    return heard[-1] if heard else None


def _holder(
    table: Mapping[str, Any],
    state: str,
    last: str,
    talk: Talk | None,
    sitting: Sitting | None,
    today: date,
) -> str:
    """Whose turn it is, by what is on record beside the state."""
    if state == "CONSULTING" and talk is not None and talk.end < today:
        return "office"
    if state == "REVISING" and last not in ("send_back", "reopen"):
        return "office"
    if state == "REVIEWING" and (sitting is None or sitting.day <= today):
        return "office"
    return holders.holder(table, state)


def _until(
    state: str, change_date: date | None, talk: Talk | None, sitting: Sitting | None
) -> tuple[date | None, str]:
    """(the next day that is fixed, what it is)."""
    if state == "CONSULTING" and talk is not None:
        return talk.end, "意見募集の終わり"
    if state == "REVIEWING" and sitting is not None:
        return sitting.day, "会議の日"
    if change_date is not None:
        return change_date, "変更の実施予定"
    return None, ""
