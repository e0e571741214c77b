"""One affair with its counts, judgement and duties, and the plan of each body.

Knows how to put stored facts together for a page or a terminal. Must not know pages. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.errors import PiaError
from ...domain.procedure import duties as duty_rules
from ...domain.procedure import threshold
from ...store import queries
from ...store.rows import assessments
from ...store.rows import plan as plan_rows
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair, ThresholdFact
from ..records import basic as basic_record
from ..workplace import Workplace
from .register import RegisterLine


@dataclass(frozen=True, slots=True)
class CountLine:
    """What was counted for an affair: each count with its day, whether with a 重大事故, the
    result in the form's words, and who recorded it when."""

    people: int
    counted_people: date
    handlers: int
    counted_handlers: date
    incident: bool
    result: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AffairView:
    """One affair with its documents, counts, judgement and duties; `missing`: the kinds of document
    the judgement asks for and nobody began; `candidates`: how many 次回修正候補 wait, by
    document; `counts`: what was counted, the latest first."""

    key: str
    number: str
    name: str
    body: str
    facts: Mapping[str, Any]
    judgement: threshold.Judgement | None
    counted: date | None
    people: int | None
    handlers: int | None
    duties: tuple[duty_rules.Duty, ...]
    after: tuple[duty_rules.After, ...] = ()
    missing: tuple[str, ...] = ()
    candidates: Mapping[str, int] = field(default_factory=dict)
    counts: tuple[CountLine, ...] = ()


def affair_view(wp: Workplace, key: str, today: date) -> AffairView:
    """One affair, by the key of one of its assessments."""
    from ...store.rows.bodies import Body

    with wp.store.read() as session:
        assessment = assessments.by_key(session, key)
        affair = session.get_one(Affair, assessment.affair_id)
        counts = queries.affairs.last_threshold_fact(session, affair.id)
        pub = queries.filing.last_whole_publication(session, assessment.id)
        reviewed = queries.reviews.last_reviewed(session, [affair.id]).get(affair.id)
        counted: tuple[date | None, int | None, int | None] = (None, None, None)
        if counts:
            counted = (counts.counted_people, counts.people, counts.handlers)
            judgement = threshold.judge(
                counts.people, counts.handlers, counts.incident, wp.thresholds
            )
        else:
            judgement = None
        return AffairView(
            affair.key,
            affair.number,
            affair.name,
            session.get_one(Body, affair.body_id).name,
            affair.facts,
            judgement,
            *counted,
            duty_rules.duties(pub.day if pub else None, reviewed, affair.ended, today, wp.rules),
            _after_counts(session, wp, affair.id),
            _missing(session, affair.id, judgement),
            queries.candidates.waiting_by_document(session, affair.id),
            _counts(session, wp, affair.id),
        )


def _counts(session: Session, wp: Workplace, affair_id: int) -> tuple[CountLine, ...]:
    rows = basic_record.counts_of(session, affair_id)
    names = queries.accounts.shown_of_names(session, {row.actor for row in rows}) if rows else {}
    lines = []
    for row in reversed(rows):
        judged = threshold.judge(row.people, row.handlers, row.incident, wp.thresholds)
        lines.append(
            CountLine(
                row.people,
                row.counted_people,
                row.handlers,
                row.counted_handlers,
                row.incident,
                judged.result,
                names.get(row.actor, row.actor),
                row.at,
            )
        )
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the しきい値判断 would say if so many more were counted: with the latest counts, and
    with these."""

    people: int
    handlers: int
    incident: bool
    now: threshold.Judgement
    then: threshold.Judgement

    @property
    def changes(self) -> bool:
        """Whether another document would be due."""
        return self.now.due != self.then.due


def supposed(
    wp: Workplace, key: str, more_people: int, more_handlers: int, incident: bool | None
) -> Supposed | None:
    """What the judgement of an affair would be with so many more (or fewer, never below none), and
    with or without a 重大事故 (None: as it was counted). Stores nothing; None where it was never
    counted."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        last = queries.affairs.last_threshold_fact(session, affair.id)
    if last is None:
        return None
    people = max(last.people + more_people, 0)
    handlers = max(last.handlers + more_handlers, 0)
    with_one = last.incident if incident is None else incident
    return Supposed(
        people,
        handlers,
        with_one,
        threshold.judge(last.people, last.handlers, last.incident, wp.thresholds),
        threshold.judge(people, handlers, with_one, wp.thresholds),
    )


def _missing(
    session: Session, affair_id: int, judgement: threshold.Judgement | None
) -> tuple[str, ...]:
    if judgement is None:
        return ()
    begun = queries.assessments.kinds_begun(session, affair_id)
    return threshold.missing(begun, judgement.due)


def _after_counts(session: Session, wp: Workplace, affair_id: int) -> tuple[duty_rules.After, ...]:
    """What a rise of the threshold or a 重大事故 asks for, in order, and what is done of it."""
    counts = basic_record.counts_of(session, affair_id)
    basic = basic_record.basic_of(session, affair_id)
    out = []
    risen = basic_record.pending_rise(session, affair_id, wp.thresholds)
    if risen is not None:
        corrected = basic is not None and basic_record.published_since(session, basic, risen.at)
        out.append(duty_rules.after_rise(risen.before, risen.after, risen.due, corrected, wp.rules))
    incident = basic_record.new_incident(counts)
    if incident is not None:
        documents = queries.assessments.of_affair_in_order(session, affair_id)
        named = []
        for x in documents:
            named.append(
                (
                    forms.KIND_NAMES.get(x.kind, x.kind),
                    basic_record.published_since(session, x, incident),
                )
            )
        if not all(done for _, done in named):
            out.append(duty_rules.after_incident(named, wp.rules))
    return tuple(out)


def to_begin(documents: Iterable[RegisterLine]) -> tuple[str, ...]:
    """The kinds of document of an affair nobody has begun, the 基礎項目評価書 first."""
    begun = {line.kind for line in documents if line.head or line.rounds}
    return tuple(kind for kind in threshold.ORDER[1:] if kind not in begun)


def asked_for(view: AffairView, documents: Iterable[RegisterLine]) -> tuple[str, ...]:
    """The kinds that are to be begun now: what the judgement asks for, before one what was
    registered."""
    if view.judgement is not None:
        return view.missing
    return tuple(line.kind for line in documents if not line.head and not line.rounds)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One affair as the page of the 計画管理書 lists it, by its document beyond the 基礎項目評価書;
    `head` is the REF of its latest version on the main line."""

    number: str
    name: str
    head: str | None
    published: date | None
    facts: Mapping[str, Any]
    judgement: threshold.Judgement | None
    counted: date | None
    people: int | None
    handlers: int | None


PAGE = 50  # affairs on a page of the plan


def plan_lines(wp: Workplace, first: int, most: int = PAGE) -> tuple[list[PlanLine], int]:
    """(some of the affairs that have a document beyond the 基礎項目評価書, how many there are)."""
    with wp.store.read() as session:
        rows = queries.assessments.page_beyond_basic(session, first, most)
        counts = queries.affairs.last_threshold_facts(session, [affair.id for _, affair, _ in rows])
        lines = []
        for assessment, affair, seq in rows:
            head = None
            if seq is not None:
                head = f"{assessment.key}@{seq}"
            lines.append(_plan_line(wp, assessment, affair, head, counts.get(affair.id)))
        return lines, queries.assessments.count_beyond_basic(session)


def _plan_line(
    wp: Workplace,
    assessment: Assessment,
    affair: Affair,
    head: str | None,
    counts: ThresholdFact | None,
) -> PlanLine:
    judgement = None
    counted: tuple[date | None, int | None, int | None] = (None, None, None)
    if counts is not None:
        counted = (counts.counted_people, counts.people, counts.handlers)
        judgement = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
    return PlanLine(
        affair.number,
        affair.name,
        head,
        assessment.published,
        affair.facts,
        judgement,
        *counted,
    )


def plan(wp: Workplace) -> list[tuple[str, Mapping[str, Any]]]:
    """The head of each body's 計画管理書."""

    with wp.store.read() as session:
        pairs: list[tuple[str, Mapping[str, Any]]] = []
        for body in queries.departments.bodies(session):
            if head := plan_rows.plan_head(session, body.id):
                pairs.append((body.name, head.facts))
        return pairs
